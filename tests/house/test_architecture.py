"""docs/architecture.md shows the house as it is: a picture of the imports, names that exist."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

from tools.architecture import LAYERS, ORDER, PICTURE, arrows, draw, read_modules

ROOT = Path(__file__).resolve().parents[2]
PAGE = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
NAME = re.compile(rf"`((?:{'|'.join(LAYERS)})(?:\.\w+)+)`")


def exists(name: str) -> bool:
    """Return whether a dotted name is a module of ours, or something that a module defines."""
    parts = name.split(".")
    for at in range(len(parts), 0, -1):
        path = ROOT.joinpath(*parts[:at]).with_suffix(".py")
        if path.is_file():
            return defines(ast.parse(path.read_text(encoding="utf-8")).body, parts[at:])
    return False


def defines(body: list[ast.stmt], names: list[str]) -> bool:
    if not names:
        return True
    for node in body:
        if isinstance(node, ast.FunctionDef | ast.ClassDef) and node.name == names[0]:
            return defines(node.body, names[1:])
    return False


@pytest.mark.parametrize("name", sorted(set(NAME.findall(PAGE))))
def test_what_the_page_names_exists(name: str) -> None:
    assert exists(name)


def test_each_way_goes_through_the_layers() -> None:
    ways = PAGE.split("\n## ")[1:]
    assert len(ways) == 4
    for way in ways:
        assert {"data", "analytics", "services"} <= {n.split(".")[0] for n in NAME.findall(way)}


@pytest.mark.parametrize(
    ("name", "there"),
    [
        ("geo.crs", True),
        ("analytics.reports.counts.tally", True),
        ("data.ingest.rows.Rows.fault", True),
        ("analytics.reports.counts.tallies", False),
        ("data.ingest.rows.Rows.blame", False),
        ("analytics.counts", False),
    ],
)
def test_a_name_that_is_not_there_is_found(name: str, there: bool) -> None:
    assert exists(name) is there


def test_the_picture_is_that_of_the_imports() -> None:
    drawn = draw(read_modules())
    assert PICTURE.read_text(encoding="utf-8") == drawn, "make architecture draws it again"
    assert all(f">{name}</text>" in drawn for name in (*LAYERS, *ORDER))


def test_a_new_arrow_and_a_new_folder_change_the_picture() -> None:
    modules = {
        "services.plan.make": {"analytics.plan.solver.solve.solve_plan"},
        "analytics.plan.solver.solve": set(),
        "services.risk.index": {"services.reports.overview.overview"},
    }
    assert arrows(modules) == ([("services", "analytics")], [("risk", "reports")])
    before = draw(modules)
    more = {**modules, "analytics.plan.solver.solve": {"geo.crs.METRIC_CRS"}}
    assert draw(more).count("<path") == before.count("<path") + 1
    assert draw({**modules, "data.plan.kept": set()}).count("<rect") == before.count("<rect") + 1
    assert draw({**modules, "analytics.plan.trips": set()}) == before
