"""A throw-away PostgreSQL on a loopback port for the tests that need a real one."""

from __future__ import annotations

import getpass
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest


def server_binaries() -> Path | None:
    """Return the folder of Debian's newest PostgreSQL server, None when there is none."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"))
    return found[-1].parent if found else None


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _run(command: list[str]) -> None:
    subprocess.run(
        command, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.STDOUT, cwd="/"
    )


@contextmanager
def temporary_postgres() -> Iterator[str]:
    """Start a fresh cluster in a temporary folder; yield its URL; stop it and remove the folder."""
    binaries = server_binaries()
    if binaries is None:
        pytest.skip("no PostgreSQL server under /usr/lib/postgresql (apt-get install postgresql)")
    # The server refuses to run as root: as root, run it as the user that Debian made for it.
    prefix = ["runuser", "-u", "postgres", "--"] if getpass.getuser() == "root" else []
    folder = Path(tempfile.mkdtemp(prefix="siaga-pg-"))
    try:
        if prefix:
            shutil.chown(folder, "postgres")
        port = _free_port()
        data = folder / "data"
        init = [*prefix, str(binaries / "initdb"), "-D", str(data), "-A", "trust", "-U", "siaga"]
        _run([*init, "-E", "UTF8", "--no-sync"])
        control = [*prefix, str(binaries / "pg_ctl"), "-D", str(data), "-w"]
        options = f"-p {port} -k {folder} -c listen_addresses=127.0.0.1 -c fsync=off"
        _run([*control, "-l", str(folder / "log"), "-o", options, "start"])
        try:
            yield f"postgresql+psycopg://siaga@127.0.0.1:{port}/postgres"
        finally:
            _run([*control, "-m", "immediate", "stop"])
    finally:
        shutil.rmtree(folder, ignore_errors=True)
