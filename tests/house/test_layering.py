"""Layers and capabilities are held by parsing imports, and the checks themselves can fail."""

from __future__ import annotations

import ast
from collections import Counter
from pathlib import Path

import pytest

from tools.architecture import LAYERS, ORDER, capability, modules_named

ROOT = Path(__file__).resolve().parents[2]
OURS = {"geo", "data", "analytics", "services", "pages", "commands", "app", "cli", "serve"}
ALLOWED = {
    "geo": {"geo"},
    "data": {"data", "geo"},
    "analytics": {"analytics", "geo"},
    "services": {"services", "data", "analytics", "geo"},
    "pages": OURS - {"app", "cli", "serve", "commands"},
    "commands": OURS - {"app", "cli", "serve", "pages"},
    "app": OURS - {"cli", "serve", "commands"},
    "serve": OURS - {"app", "cli", "commands"},
    "cli": OURS - {"app", "serve", "pages"},
}
IO_MODULES = {
    "sqlite3", "sqlalchemy", "psycopg", "urllib", "requests", "http", "socket", "shutil",
    "tempfile", "openpyxl", "pyogrio",
}  # fmt: skip
IO_CALLS = {"read_text", "write_text", "read_bytes", "write_bytes"}
HARMLESS = {"urllib.parse"}
MAX_LINES, MAX_FUNCTION, MAX_MODULES = 500, 50, 15


def imported(tree: ast.AST) -> set[str]:
    """Return the top-level names a module imports, wherever in the file."""
    names: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names |= {alias.name.split(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.level:
            names.add("<relative>")
        elif isinstance(node, ast.ImportFrom) and node.module not in HARMLESS:
            names.add(str(node.module).split(".")[0])
    return names


def file_calls(tree: ast.AST) -> set[str]:
    """Return the calls that open, read or write a file."""
    found: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
            found |= {node.func.id} & {"open"}
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            found |= {node.func.attr} & IO_CALLS
    return found


def faults(layer: str, name: str, source: str) -> list[str]:
    """Return what one module does that its layer may not."""
    tree = ast.parse(source)
    names = imported(tree)
    wrong = [f"{name} imports {n}" for n in sorted((names & OURS) - ALLOWED[layer])]
    if "<relative>" in names:
        wrong.append(f"{name} uses a relative import")
    if "streamlit" in names and layer not in {"app", "pages", "serve"}:
        wrong.append(f"{name} imports streamlit")
    if "streamlit_folium" in names and layer not in {"app", "pages", "serve"}:
        wrong.append(f"{name} imports streamlit_folium")
    if layer in {"geo", "analytics", "services", "pages"}:
        wrong += [f"{name} imports {n}" for n in sorted(names & IO_MODULES)]
        wrong += [f"{name} calls {n}" for n in sorted(file_calls(tree))]
    return wrong


def modules() -> list[tuple[str, Path]]:
    found = [
        (p.stem, p) for p in (ROOT / "app.py", ROOT / "cli.py", ROOT / "serve.py") if p.exists()
    ]
    for layer in LAYERS:
        found += [(layer, p) for p in sorted((ROOT / layer).rglob("*.py"))]
    return found


def test_each_module_keeps_to_its_layer() -> None:
    found = [
        fault
        for layer, path in modules()
        for fault in faults(layer, str(path.relative_to(ROOT)), path.read_text(encoding="utf-8"))
    ]
    assert found == []


def test_modules_and_functions_stay_small() -> None:
    large = {}
    for _, path in modules():
        source, name = path.read_text(encoding="utf-8"), str(path.relative_to(ROOT))
        if (lines := len(source.splitlines())) > MAX_LINES:
            large[name] = lines
        for node in ast.walk(ast.parse(source)):
            if isinstance(node, ast.FunctionDef):
                body = [n for n in node.body if not _is_docstring(n)]
                lines = (body[-1].end_lineno or 0) - body[0].lineno + 1 if body else 0
                if lines > MAX_FUNCTION:
                    large[f"{name}:{node.name}"] = lines
    assert large == {}


def _is_docstring(node: ast.stmt) -> bool:
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)


def backward(module: str, source: str) -> list[str]:
    """Return the imports of a module that run against the order of the capabilities.

    A page stands above all capabilities; so does what no capability's folder holds, except in
    ``geo``, ``data``, ``analytics`` and ``services``, where it is the ground below them.
    """
    own = capability(module)
    if own is None:
        return []
    named = ((name, capability(name)) for name in sorted(modules_named(ast.parse(source))))
    return [
        f"{module} imports {name}" for name, other in named if other and rank(other) > rank(own)
    ]


def rank(name: str) -> int:
    return ORDER.index(name)


def test_a_capability_imports_none_behind_it() -> None:
    found = []
    for _, path in modules():
        module = ".".join(path.relative_to(ROOT).with_suffix("").parts)
        found += backward(module, path.read_text(encoding="utf-8"))
    assert found == []


def test_the_ground_of_services_knows_no_capability() -> None:
    found = {}
    for path in (ROOT / "services").glob("*.py"):
        named = modules_named(ast.parse(path.read_text(encoding="utf-8")))
        if wrong := [n for n in named if n.startswith("services.") and capability(n)]:
            found[path.stem] = wrong
    assert found == {}


def test_every_layer_has_the_same_capability_folders() -> None:
    ground = {
        "access", "backup", "boundaries", "catalogue", "ingest", "ledger", "maps", "places",
        "server", "shipped", "store", "worker",
    }  # fmt: skip
    for layer in ("geo", "analytics", "data", "services", "pages/components"):
        folders = {
            p.name for p in (ROOT / layer).iterdir() if p.is_dir() and p.name != "__pycache__"
        }
        unknown = folders - set(ORDER) - ground - ({"components"} if layer == "pages" else set())
        assert unknown == set(), f"{layer}: no capability of the house is called so"


def test_no_folder_holds_more_modules_than_a_reader_can_hold() -> None:
    counted = Counter(p.parent for _, p in modules() if p.name != "__init__.py")
    archive = ROOT / "data/store/migrations/versions"  # a file per change of the store, for ever
    crowded = {str(f): n for f, n in counted.items() if n > MAX_MODULES}
    assert {name: n for name, n in crowded.items() if Path(name) not in {ROOT, archive}} == {}


@pytest.mark.parametrize(
    ("module", "source"),
    [
        ("services.reports.x", "from services.hotspots.map import y"),
        ("analytics.network.x", "from analytics.plan import inputs"),
        ("pages.components.plan.x", "def f():\n    from services.custody.ballots import y"),
        ("commands.plan", "from services.people.teams import y"),
    ],
)
def test_an_import_against_the_order_is_found(module: str, source: str) -> None:
    assert len(backward(module, source)) == 1
    assert backward("services.people.x", source) == []


@pytest.mark.parametrize(
    ("layer", "source", "fault"),
    [
        ("geo", "import data.store.engine", "imports data"),
        ("analytics", "from data import store", "imports data"),
        ("data", "from analytics import counts", "imports analytics"),
        ("services", "import streamlit as st", "imports streamlit"),
        ("geo", "def f():\n    import streamlit", "imports streamlit"),
        ("analytics", "import sqlalchemy", "imports sqlalchemy"),
        ("services", "open('x')", "calls open"),
        ("geo", "Path('x').read_text()", "calls read_text"),
        ("services", "from urllib import request", "imports urllib"),
        ("geo", "from . import crs", "relative import"),
        ("cli", "import pages.hotspot", "imports pages"),
    ],
)
def test_the_check_can_fail(layer: str, source: str, fault: str) -> None:
    assert any(fault in text for text in faults(layer, "m.py", source))
