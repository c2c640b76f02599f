"""Whatever is sent in for any kind ends in rows or in words, and no row of it is lost."""

from __future__ import annotations

import csv
import tempfile
from io import StringIO

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from data.ingest.files.opening import uploaded
from data.province import default_election
from data.store.engine import Store
from geo.errors import SiagaError
from services.explain import explain
from services.ingest.imports import Asked, import_file
from services.ingest.kinds import KINDS
from services.ingest.wording import import_lines
from tests.ingest import hostile

MOST_BYTES = 2_500
CELLS = (
    "", "-", "1", "05", "TPS 003", "TPS-07 TOBOALI", "semua", "99999999999999999999", "-3", "1e400",
    "nan", "1.234,5", "0.5 - 1.25", "14/02/2024", "31/02/2024", "9999-99-99", "14-16 Februari 2024",
    "2024-02-14T01:00:00.000Z", "45336.3333", "08.00", "25:61", "Bangka", "Kab. Bangka Selatan",
    "Toboali", "Petaling", "19.03.01.1001", "1903011001001", "ID1905", "pemilu2024", "ya", "tidak",
    "rawan", "psu", "buka", "kotak", "segel", "dpt", "polisi", "perahu", "unjuk rasa", "Polres X",
    "106.74", "-2.56", "POINT (106.74 -2.56)", "=1+1", "<script>", "[a](b)", "a\nb", "é" * 300,
    "\ud7ff", "\u202e", "'", '"', ";", "|", "\\", "%s", "{0}", "pemilu2024/19.03.01.1001/001",
)  # fmt: skip


def outcome(store: Store, kind: str, name: str, content: bytes) -> int | None:
    """Return how many rows a file came to; None when it is refused, in words that name it alone."""
    asked = Asked(election=default_election(), dry_run=True)
    with uploaded(name, content) as path:
        try:
            result = import_file(store, kind, path, asked)
        except SiagaError as error:
            words = explain(error, "en")
            assert str(path.parent) not in words
            assert tempfile.gettempdir() not in words
            assert len(words.encode("utf-8", "replace")) < MOST_BYTES
            return None
    assert "\n".join(import_lines(result, "id")).encode()
    assert result.faults["expected"].ne("").all()
    counts = result.accepted, result.corrected, result.quarantined, result.duplicates
    return sum(counts)


def headings(kind: str) -> list[str]:
    tiers = KINDS[kind].kind.headings.values()
    return [heading for some in tiers for tier in some for heading in tier]


@pytest.fixture(scope="module")
def hostile_files() -> list[hostile.File]:
    """Every hostile file, made once: the archives among them take longest to make."""
    return list(hostile.files())


@pytest.mark.parametrize("kind", KINDS)
def test_hostile_files_end_in_rows_or_words(
    shipped_store: Store, hostile_files: list[hostile.File], kind: str
) -> None:
    own = hostile_files[list(KINDS).index(kind) :: len(KINDS)]
    assert len(own) >= 25
    for name, content in own:
        outcome(shipped_store, kind, name, content)


@pytest.mark.parametrize("kind", KINDS)
@settings(
    max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(data=st.data())
def test_arbitrary_tables_lose_no_row(shipped_store: Store, kind: str, data: st.DataObject) -> None:
    words = st.sampled_from(headings(kind))
    known = data.draw(st.lists(words, min_size=1, max_size=8, unique=True))
    noise = data.draw(st.lists(st.text(max_size=8), max_size=2))
    heads = [*known, *(f"x{n} {text}" for n, text in enumerate(noise))]
    cell = st.sampled_from(CELLS) | st.text(max_size=12)
    rows = data.draw(st.lists(st.lists(cell, min_size=len(heads), max_size=len(heads)), max_size=6))
    text = StringIO()
    csv.writer(text, quoting=csv.QUOTE_ALL).writerows([heads, *rows])
    content = text.getvalue().encode("utf-8", "replace")
    found = outcome(shipped_store, kind, "tabel.csv", content)
    filled = [row for row in rows if any(part.strip() for part in row)]
    # A heading that is refused counts as a row.
    assert found is None or found <= len(filled) + (kind == "indicators")


@pytest.mark.parametrize("kind", KINDS)
@settings(
    max_examples=5, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(content=st.binary(max_size=400), name=st.sampled_from(("a.csv", "a.xlsx", "a.json", "a")))
def test_arbitrary_bytes_end_in_rows_or_words(
    shipped_store: Store, kind: str, content: bytes, name: str
) -> None:
    outcome(shipped_store, kind, name, content)
