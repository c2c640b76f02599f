"""The layers of the design are held by parsing imports, and the check itself can fail."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
OURS = {"geo", "data", "analytics", "services", "pages", "commands", "app", "cli"}
ALLOWED = {
    "geo": {"geo"},
    "data": {"data", "geo"},
    "analytics": {"analytics", "geo"},
    "services": {"services", "data", "analytics", "geo"},
    "pages": OURS - {"app", "cli", "commands"},
    "commands": OURS - {"app", "cli", "pages"},
    "app": OURS - {"cli", "commands"},
    "cli": OURS - {"app", "pages"},
}
IO_MODULES = {
    "sqlite3", "sqlalchemy", "psycopg", "urllib", "requests", "http", "socket", "shutil",
    "tempfile", "openpyxl", "pyogrio",
}  # fmt: skip
IO_CALLS = {"read_text", "write_text", "read_bytes", "write_bytes"}
HARMLESS = {"urllib.parse"}
MAX_LINES = {"pages": 120, "": 500}
MAX_FUNCTION = 50


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
    if "streamlit" in names and layer not in {"app", "pages"}:
        wrong.append(f"{name} imports streamlit")
    if "streamlit_folium" in names and layer not in {"app", "pages"}:
        wrong.append(f"{name} imports streamlit_folium")
    if layer in {"geo", "analytics", "services", "pages"}:
        wrong += [f"{name} imports {n}" for n in sorted(names & IO_MODULES)]
        wrong += [f"{name} calls {n}" for n in sorted(file_calls(tree))]
    return wrong


def modules() -> list[tuple[str, Path]]:
    found = [(p.stem, p) for p in (ROOT / "app.py", ROOT / "cli.py") if p.exists()]
    for layer in ("geo", "data", "analytics", "services", "pages", "commands"):
        found += [(layer, p) for p in sorted((ROOT / layer).rglob("*.py"))]
    return found


@pytest.mark.parametrize(("layer", "path"), modules(), ids=lambda v: str(v).replace(str(ROOT), ""))
def test_each_module_keeps_to_its_layer(layer: str, path: Path) -> None:
    assert faults(layer, path.name, path.read_text(encoding="utf-8")) == []


@pytest.mark.parametrize(("layer", "path"), modules(), ids=lambda v: str(v).replace(str(ROOT), ""))
def test_modules_and_functions_stay_small(layer: str, path: Path) -> None:
    source = path.read_text(encoding="utf-8")
    limit = MAX_LINES["pages"] if path.parent == ROOT / "pages" else MAX_LINES[""]
    assert len(source.splitlines()) <= limit
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.FunctionDef):
            body = [n for n in node.body if not _is_docstring(n)]
            if body:
                length = (body[-1].end_lineno or 0) - body[0].lineno + 1
                assert length <= MAX_FUNCTION, f"{path.name}:{node.name} has {length} lines"


def _is_docstring(node: ast.stmt) -> bool:
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)


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
