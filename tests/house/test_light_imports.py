"""What a page imports before it draws: no library that only a part of it needs."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
HEAVY = (
    "scipy", "numba", "matplotlib", "pyvrp", "pyogrio", "h3", "osmium", "reportlab", "pptx",
    "ortools", "openpyxl", "astral", "rasterio", "alembic", "psycopg",
)  # fmt: skip
SHOW = "import sys; print(*sorted({name.split('.')[0] for name in sys.modules}))"


def imports_of(path: Path) -> str:
    """Return the import statements at the head of a file, to run without what it does."""
    body = ast.parse(path.read_text(encoding="utf-8")).body
    return "\n".join(ast.unparse(n) for n in body if isinstance(n, ast.Import | ast.ImportFrom))


def loaded_by(statements: str) -> set[str]:
    """Return the packages that a fresh interpreter holds after some imports."""
    code = f"{statements}\n{SHOW}"
    command = [sys.executable, "-c", code]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    return set(done.stdout.split())


def test_no_page_imports_what_only_a_part_of_it_needs() -> None:
    pages = sorted((ROOT / "pages").rglob("*.py"))
    statements = [imports_of(path).partition("from __future__ import annotations")[2]
                  for path in pages]  # fmt: skip
    loaded = loaded_by("\n".join(statements))
    assert {"streamlit", "folium", "geopandas"} <= loaded
    assert loaded.isdisjoint(HEAVY), sorted(loaded & set(HEAVY))


@pytest.mark.parametrize("name", ["services.prepare", "services.memo"])
def test_a_start_imports_no_map_and_no_page(name: str) -> None:
    loaded = loaded_by(f"import {name}")
    assert loaded.isdisjoint({*HEAVY, "streamlit", "folium", "geopandas"}), sorted(loaded)


def test_the_measure_sees_an_import() -> None:
    assert "astral" in loaded_by("import astral")
