"""docs/import.md and docs/import.id.md say of every import what its declaration says."""

from __future__ import annotations

import re
from dataclasses import fields

import pytest

from commands import imports as command
from data.boundaries.shapes import read_units
from data.ingest.files.limits import Limits
from data.ingest.kind import Kind
from data.ingest.tables import TABLES
from data.ingest.words import expected
from data.province import province
from services.ingest.kinds import CHECKED, KINDS, entry_of
from tools.import_docs import PAGES, PROSE, page

LANGUAGES = sorted(PAGES)


def part(lang: str, kind: Kind) -> str:
    """Return what a page says of a kind."""
    own = kind.name.startswith("table ")
    start = f"\n#### {kind.name}\n" if own else f"(`{kind.name}`)\n"
    return page(lang).partition(start)[2].partition("\n##")[0]


def kinds() -> list[Kind]:
    every = [entry.kind for entry in (*KINDS.values(), *CHECKED.values())]
    return every + [entry_of(f"table {name}").kind for name in TABLES]


@pytest.mark.parametrize("lang", LANGUAGES)
def test_the_pages_are_those_of_the_declarations(lang: str) -> None:
    assert PAGES[lang].read_text(encoding="utf-8") == page(lang), "make import-docs writes them"


@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize("kind", kinds(), ids=lambda kind: kind.name)
def test_a_kind_stands_there_with_each_field_heading_and_need(kind: Kind, lang: str) -> None:
    said = part(lang, kind)
    for field in kind.fields:
        row = re.search(rf"^\| `{field.name}` \| (.*)$", said, re.MULTILINE)
        assert row is not None, field.name
        headings = row[1].partition(" | ")[0]
        for tier in kind.headings[field.name]:
            assert ", ".join(tier) in headings
        for key in field.type.choices if field.type else ():
            assert key.replace("_", " ") in row[1]
    assert (PROSE["words"]["whole"][lang] in said) == (
        kind.whole and not kind.name.startswith("table ")
    )
    assert f"* {PROSE['words']['needs'][lang]}: `" in said


def test_rules_stand_beside_the_field_that_they_are_about() -> None:
    said = part("en", KINDS["voters"].kind)
    rows = dict(re.findall(r"^\| `(\w+)` \| (.*)$", said, re.MULTILINE))
    assert "≥ 0, ≤ 3000" in rows["male"]
    assert expected("voters_do_not_add_up", "en") in rows["total"]
    assert "empty means dpt" in rows["kind"]
    assert "‹name of a desa›" in rows["desa"]
    place = part("id", KINDS["place-status"].kind)
    assert "isian ini wajib" in place
    assert "* Kunci: `place_id`" in place
    assert "Key:" not in part("en", KINDS["receipts"].kind)


@pytest.mark.parametrize("lang", LANGUAGES)
def test_every_option_and_limit_stands_there(lang: str) -> None:
    text = page(lang)
    for one in fields(Limits):
        assert f"| `SIAGA_MAX_{one.name.upper()}` | {PROSE['limit'][one.name][lang]} |" in text
    assert set(PROSE["option"]) == set(command._OPTIONS)
    for flag in ("--json", "--column", "--dry-run", "--header-row", "--scheme", "--profile"):
        assert f"| `{flag}` | " in text
    assert set(PROSE["about"]) == {*KINDS, *CHECKED, "table"}


@pytest.mark.parametrize("lang", LANGUAGES)
def test_the_pages_name_no_place_of_the_province(lang: str) -> None:
    text = page(lang).lower()
    names = {str(name).lower() for name in read_units()["name"] if len(str(name)) > 7}
    assert [name for name in names if re.search(rf"\b{re.escape(name)}\b", text)] == []
    for word in (*province().name.lower().split()[1:], "babel", province().time_zone_name.lower()):
        assert not re.search(rf"\b{word}\b", text)
    assert "{" not in text
