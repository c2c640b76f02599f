"""The dictionary of the nation names every table, view and column of the schema, no others."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from analytics.risk.params import NOT_ENOUGH, TIERS
from data.nation.checks import NOT_TAKEN
from data.nation.connection import nation_connection
from data.texts import catalogue
from data.vocabulary import FAMILIES, KINDS
from geo.places.placing import REASONS
from services.risk.picture.words import WORDS
from tests.house.test_data_dictionary import documented
from tests.nation.postgis import temporary_nation

ROOT = Path(__file__).resolve().parents[2]
COLUMNS = """SELECT c.table_name, c.column_name, t.table_type = 'BASE TABLE',
    c.is_nullable = 'NO', c.column_name IN (
        SELECT k.column_name FROM information_schema.table_constraints p
        JOIN information_schema.key_column_usage k USING (constraint_schema, constraint_name)
        WHERE p.constraint_type = 'PRIMARY KEY' AND p.table_schema = c.table_schema
        AND p.table_name = c.table_name)
    FROM information_schema.columns c JOIN information_schema.tables t
    USING (table_schema, table_name)
    WHERE table_schema = 'nation' ORDER BY 1, c.ordinal_position"""
Column = tuple[str, str, bool, bool, bool]


@pytest.fixture(scope="module")
def columns() -> Iterator[list[Column]]:
    with temporary_nation() as store, nation_connection(store) as connection:
        yield [tuple(row) for row in connection.execute(COLUMNS).fetchall()]


@pytest.fixture(scope="module")
def tables() -> dict[str, dict[str, str]]:
    return documented((ROOT / "docs/data-dictionary-nation.md").read_text(encoding="utf-8"))


@pytest.mark.postgres
def test_every_table_and_column_is_documented(
    tables: dict[str, dict[str, str]], columns: list[Column]
) -> None:
    have: dict[str, list[str]] = {}
    for table, column, *_ in columns:
        have.setdefault(table, []).append(column)
    assert {name: list(said) for name, said in tables.items()} == have
    assert all(text.strip(" |") for said in tables.values() for text in said.values())


@pytest.mark.postgres
def test_keys_and_required_columns_are_marked(
    tables: dict[str, dict[str, str]], columns: list[Column]
) -> None:
    for table, column, is_table, required, is_key in columns:
        text = tables[table][column]
        assert bool(re.match(r"\s*key\b", text)) == is_key, (table, column)
        marked = is_key or bool(re.match(r"\s*required\b", text))
        assert marked == (is_table and required), (table, column)


def test_words_of_closed_lists_are_documented(tables: dict[str, dict[str, str]]) -> None:
    taken = {*KINDS, *FAMILIES} - NOT_TAKEN
    said = tables["reports"]["kind"] + tables["reports"]["family"]
    assert set(re.findall(r"\w+", said)) == taken | {"required"}
    assert {*TIERS, NOT_ENOUGH} <= set(re.findall(r"\w+", tables["tps"]["keamanan"]))
    assert set(REASONS) <= set(re.findall(r"\w+", tables["reports"]["reason"]))
    assert set(WORDS) <= set(re.findall(r"\w+", tables["figures"]["word"]))
    assert any(key.startswith("nation_held.") for key in catalogue())
    assert "[nation_held]" in tables["held"]["reason"]
