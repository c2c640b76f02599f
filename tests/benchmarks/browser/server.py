"""The servers that are measured: the product of a tree, and the bare app beside it."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.conftest import ROOT, free_port, stop_app

_BARE = Path(__file__).with_name("bare.py")
_PATIENCE_S = 120


@dataclass(frozen=True)
class Product:
    """What is started: a script in its folder, with a store of its own.

    Attributes
    ----------
    folder
        Where it runs.
    script
        What Streamlit runs.
    var
        What it writes to.
    database
        Address of the PostgreSQL that its store is in; None: a file in ``var``.
    """

    folder: Path
    script: str
    var: Path
    database: str | None = None


@dataclass(frozen=True)
class Server:
    """A server that runs.

    Attributes
    ----------
    address
        Without a slash at the end.
    pid
        Of its process.
    """

    address: str
    pid: int

    def cpu_s(self) -> float:
        """Return the seconds of processor time that it took so far."""
        stat = Path(f"/proc/{self.pid}/stat").read_text(encoding="ascii")
        user, system = stat.rpartition(")")[2].split()[11:13]
        return (int(user) + int(system)) / os.sysconf("SC_CLK_TCK")


def product_of(tree: Path, var: Path, database: str | None = None) -> Product:
    """Return the product of a tree, with its store made."""
    script = "serve.py" if (tree / "serve.py").exists() else "app.py"
    product = Product(tree, script, var, database)
    command = [sys.executable, "cli.py", "prepare"]
    subprocess.run(command, cwd=tree, env=_environment(product), check=True, capture_output=True)
    return product


def bare_product(folder: Path) -> Product:
    """Return the bare app in a folder of its own: the layer of kecamatan beside it."""
    from services.dataset import load_dataset
    from services.prepare import open_prepared

    data = load_dataset(open_prepared())
    shapes = data.display_shapes["kecamatan"][["code", "name", "geometry"]]
    shutil.copy(_BARE, folder / "bare.py")
    shutil.copytree(ROOT / "static" / "vendor", folder / "static" / "vendor")
    (folder / "layer.geojson").write_text(shapes.to_json(), encoding="utf-8")
    shutil.copytree(ROOT / ".streamlit", folder / ".streamlit")
    return Product(folder, "bare.py", folder)


def _environment(product: Product) -> dict[str, str]:
    environment = os.environ | {"SIAGA_VAR": str(product.var), "PYTHONPATH": str(product.folder)}
    environment.pop("DATABASE_URL", None)
    return environment | ({"DATABASE_URL": product.database} if product.database else {})


@contextmanager
def running(product: Product, log_file: Path | None = None) -> Iterator[Server]:
    """Start a server, yield it as soon as it listens, and stop it; what it says goes to a file."""
    port = free_port()
    command = [sys.executable, "-m", "streamlit", "run", product.script]
    with log_file.open("wb") if log_file else tempfile.TemporaryFile() as log:
        process = subprocess.Popen(
            [*command, "--server.port", str(port)],
            cwd=product.folder, env=_environment(product), stdout=log, stderr=subprocess.STDOUT,
        )  # fmt: skip
        address = f"http://127.0.0.1:{port}"
        try:
            _wait(address, process)
            yield Server(address, process.pid)
        finally:
            stop_app(process)


def _wait(address: str, process: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + _PATIENCE_S
    while time.monotonic() < deadline and process.poll() is None:
        try:
            urllib.request.urlopen(f"{address}/_stcore/health", timeout=5).close()
        except OSError:
            time.sleep(0.05)
        else:
            return
    raise RuntimeError("the server does not answer")
