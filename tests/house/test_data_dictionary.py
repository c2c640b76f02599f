"""The data dictionary names every column, its allowed words and the required ones, no others."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from data.store.rules import ALLOWED, TABLES
from data.texts import catalogue

DICTIONARY = Path(__file__).resolve().parents[2] / "docs" / "data-dictionary.md"


def documented(text: str) -> dict[str, dict[str, str]]:
    """Return meaning and values, as one text, per table and column."""
    tables: dict[str, dict[str, str]] = {}
    for section in re.split(r"^## ", text, flags=re.M)[1:]:
        rows = re.findall(r"^\| `(\w+)` \|(.*)\|$", section, flags=re.M)
        tables[section.split("\n", 1)[0].strip()] = dict(rows)
    return tables


@pytest.fixture(scope="module")
def tables() -> dict[str, dict[str, str]]:
    return documented(DICTIONARY.read_text(encoding="utf-8"))


def test_every_table_and_column_is_documented(tables: dict[str, dict[str, str]]) -> None:
    have = {name: list(columns) for name, columns in tables.items()}
    assert have == {name: [c.name for c in t.columns] for name, t in TABLES.items()}
    assert all(text.strip(" |") for columns in tables.values() for text in columns.values())


@pytest.mark.parametrize(("table", "column"), sorted(ALLOWED))
def test_allowed_words_are_documented(
    tables: dict[str, dict[str, str]], table: str, column: str
) -> None:
    text = tables[table][column]
    if text.split("|")[1].strip().startswith("as `stages.stage`"):
        text = tables["stages"]["stage"]
    words = set(re.findall(r"\w+", text))
    if section := re.search(r"keys of `\[(\w+)\]`", text):
        words = {key.partition(".")[2] for key in catalogue() if key.startswith(f"{section[1]}.")}
    optional = {"provinsi"} if table == "unit_shapes" else set()
    assert set(ALLOWED[table, column]) - optional <= words


@pytest.mark.parametrize("table", sorted(TABLES))
def test_required_columns_are_marked(tables: dict[str, dict[str, str]], table: str) -> None:
    for column in TABLES[table].columns:
        text = tables[table][column.name]
        marked = "required" in text.split("|")[0] or re.match(r"\s*key\b", text)
        if column.nullable:
            assert not marked or "required but for" in text, column.name
        else:
            assert marked, column.name


def test_a_column_left_out_is_seen() -> None:
    text = DICTIONARY.read_text(encoding="utf-8").replace("| `unit_pokok` |", "| unit |")
    assert "unit_pokok" not in documented(text)["reports"]
