"""Every kind, type, note and reason of an import has words in both languages, and none is idle."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path

import pandas as pd
import pytest

from data.errors import FileUnreadableError
from data.ingest.columns import ColumnMapping, refused, require_columns
from data.ingest.files.limits import beyond
from data.ingest.files.workbook import UnreadSheet
from data.ingest.kind import MOMENT, Kind
from data.ingest.rows import FAULT_COLUMNS
from data.ingest.tables import TABLES
from data.ingest.words import expected, reasons, reworded
from data.province import province
from data.reports.kind import REVIEW_WAITS
from data.store.rules import TABLES as STORED
from data.store.rules import rules_on
from data.texts import catalogue
from services.explain import explain
from services.ingest.kinds import CHECKED, KINDS, entry_of
from services.ingest.templates import field_words
from services.ingest.wording import faults_table

ROOT = Path(__file__).resolve().parents[2]
LEVELS = ("kabupaten", "kecamatan", "desa")
MADE = {
    *(f"{level}_unknown" for level in LEVELS),
    *(f"{level}_{why}" for level in LEVELS[1:] for why in ("ambiguous", "not_in_parent")),
    *(f"point_not_in_{level}" for level in LEVELS),
    *(f"{name}_outside" for name in ("wave_m", "wind_kn")),
}
"""Reasons whose key is put together in the code."""
FAULTS = {"fault": 2, "fault_cell": 3, "read": 2, "read_word": 2, "refused": 1, "unreadable": 1,
          "beyond": 1, "Need": 1, "words": 1}  # fmt: skip
"""Calls that name a reason, and as which argument."""


def sources() -> Iterator[tuple[Path, ast.Module]]:
    for layer in ("data", "services", "commands", "pages", "geo"):
        for path in sorted((ROOT / layer).rglob("*.py")):
            yield path, ast.parse(path.read_text(encoding="utf-8"))


def called(node: ast.Call) -> str:
    return str(getattr(node.func, "id", getattr(node.func, "attr", "")))


def strings(node: ast.AST) -> set[str]:
    found = (n.value for n in ast.walk(node) if isinstance(n, ast.Constant))
    return {value for value in found if isinstance(value, str)}


def kinds() -> list[Kind]:
    every = [entry.kind for entry in (*KINDS.values(), *CHECKED.values())]
    return every + [entry_of(f"table {name}").kind for name in TABLES]


def test_every_reason_that_a_call_names_has_words() -> None:
    named: dict[str, str] = {}
    for path, tree in sources():
        for node in ast.walk(tree):
            at = FAULTS.get(called(node)) if isinstance(node, ast.Call) else None
            if isinstance(node, ast.Call) and at is not None and len(node.args) > at:
                for text in strings(node.args[at]):
                    if re.fullmatch(r"[a-z]+(?:_[a-z]+)+", text):
                        named[text] = path.name
    assert len(named) > 60
    assert {text: name for text, name in named.items() if text not in reasons()} == {}


def test_every_reason_of_a_kind_and_of_a_rule_has_words() -> None:
    said: dict[str, str] = {}
    for name in STORED:
        for number, rule in enumerate(rules_on(name, date(2024, 2, 14))):
            said[f"{name} {number}"] = rule.reason
    for kind in kinds():
        said[f"{kind.name} twice"] = kind.twice
        for number, need in enumerate(kind.needs):
            said[f"{kind.name} need {number}"] = need.reason
        for field in kind.fields:
            said[f"{kind.name} {field.name}"] = field.reason or "required"
            said[f"{kind.name} {field.name} type"] = field.type.reason if field.type else "required"
    assert {where: reason for where, reason in said.items() if reason not in reasons()} == {}


def test_no_reason_is_there_for_nothing() -> None:
    named = set[str]().union(*(strings(tree) for _, tree in sources()))
    assert reasons() - named - MADE == frozenset()
    assert reasons() >= MADE


@pytest.mark.parametrize("reason", sorted(reasons()))
def test_a_reason_reads_alike_in_both_languages(reason: str) -> None:
    texts = [expected(reason, lang) for lang in ("id", "en")]
    assert texts[0] == expected(reason)
    for text in texts:
        assert text == text.strip()
        assert not text.endswith(".")
        assert "{" not in text
    for sign in ("WGS84", ".xlsx", "CSV", "--scheme", "1.500", province().default_election):
        assert (sign in texts[0]) == (sign in texts[1]), sign


def test_the_gaps_of_reasons_are_filled_in_both_languages() -> None:
    place = province()
    for lang in ("id", "en"):
        assert f"07.00 {place.time_zone_name}" in expected("moment_zone_missing", lang)
        assert expected("tps_id_unknown", lang).endswith("/001")
        assert place.default_election in expected("election_unknown", lang)


def test_an_unknown_reason_is_an_error() -> None:
    with pytest.raises(KeyError, match="nowhere"):
        expected("nowhere")


def test_the_notes_of_the_code_have_words() -> None:
    keys, forms = set(), set()
    for _, tree in sources():
        for node in ast.walk(tree):
            if isinstance(node, ast.Call) and called(node) == "Note" and node.args:
                if isinstance(node.args[0], ast.Constant):
                    keys.add(str(node.args[0].value))
                else:
                    forms.add(ast.unparse(node.args[0]))
    assert forms == {"f'rows_{name}'", "REVIEW_WAITS"}
    table = (ROOT / "data/ingest/files/table.py").read_text(encoding="utf-8")
    skipped = ("title", "column_numbers", "total", "repeated_header")
    assert all(f'"{word}"' in table for word in skipped)
    keys |= {f"rows_{word}" for word in skipped} | {REVIEW_WAITS}
    words = {key.partition(".")[2] for key in catalogue() if key.startswith("import_note.")}
    assert keys == words


def test_why_a_sheet_is_not_read_has_words() -> None:
    why = set(re.findall(r"``(\w+)``", str(UnreadSheet.__doc__)))
    assert len(why) == 6
    assert {f"import_word.{word}" for word in why} <= set(catalogue())


def test_every_kind_and_field_has_words() -> None:
    for kind in kinds():
        if not kind.name.startswith("table "):
            assert f"import_kind.{kind.name}" in catalogue()
        for field in kind.fields:
            key = f"import_type.{field.type.key}" if field.type else f"import_place.{field.name}"
            assert key in catalogue(), f"{kind.name} {field.name}"
            assert field_words(field, "id") != ""
            assert field_words(field, "en") != ""


@pytest.mark.parametrize("kind", kinds(), ids=lambda kind: kind.name)
def test_a_file_that_lacks_what_a_kind_needs_is_refused_by_headings(kind: Kind) -> None:
    sample = pd.DataFrame({"Warna": ["merah"]}, dtype="str")
    nothing = ColumnMapping({}, ("Warna",), {})
    with pytest.raises(FileUnreadableError, match="Warna") as caught:
        require_columns(Path("a.csv"), kind, nothing, sample)
    assert caught.value.reason == kind.needs[0].reason
    for need in kind.needs:
        assert need.reason in reasons()
        with pytest.raises(FileUnreadableError, match="Warna"):
            require_columns(Path("a.csv"), replace(kind, needs=(need,)), nothing, sample)


def test_no_word_of_a_field_is_there_for_nothing() -> None:
    types = {f"import_type.{f.type.key}" for kind in kinds() for f in kind.fields if f.type}
    types.add(f"import_type.{MOMENT.key}")  # of tables with moments, of which there is none yet
    places = {f"import_place.{f.name}" for kind in kinds() for f in kind.fields if not f.type}
    known = {key for key in catalogue() if key.startswith(("import_type.", "import_place."))}
    assert known - types - places == set()


def fault(reason: str, hint: str = "") -> dict[str, object]:
    row = (7, "Desa", "Penyakk", reason, expected(reason) + hint)
    return dict(zip(FAULT_COLUMNS, row, strict=True))


def test_faults_are_shown_in_the_language_of_the_reader_with_their_hints() -> None:
    frame = pd.DataFrame(
        [
            fault("desa_unknown", " (mungkin: Uji Satu)"),
            fault("tps_beyond_count", " (001–007)"),
            fault("required"),
            {**fault("required"), "expected": "kata lama"},
            {**fault("required"), "reason": "no_longer_known"},
        ]
    )
    shown = faults_table(frame, "en")
    assert shown.columns.tolist() == ["Row", "Column", "Value", "Expected"]
    assert shown["Expected"].tolist() == [
        "a desa or kelurahan of this province (perhaps: Uji Satu)",
        "a TPS number that exists in that desa (001–007)",
        "a value; this field is required",
        "kata lama",
        "isian ini wajib",
    ]
    assert faults_table(frame, "id")["Yang diharapkan"].tolist() == frame["expected"].tolist()
    assert faults_table(frame.iloc[:0], "en").empty


def test_a_file_is_refused_in_the_language_of_the_reader_with_its_detail() -> None:
    error = refused(Path("a.csv"), "columns_missing", f"kelas; {expected('columns_there')} Warna")
    assert "kolom yang dibutuhkan" in explain(error, "id")
    english = explain(error, "en")
    assert "the columns that are needed, or a mapping of columns to fields" in english
    assert "(kelas; headings not understood: Warna)" in english
    assert "kolom" not in english
    large = explain(beyond("a.csv", "too_many_rows", 2_000_000), "en")
    assert "Expected: fewer rows; split it into several files; at most 2.000.000." in large


def test_what_is_none_of_the_reason_stays_as_it_was_said() -> None:
    assert reworded("no_date_column", "kolom tanggal", "en") == "kolom tanggal"
    assert reworded("layers", "satu lapisan", "en") == "satu lapisan"
    assert "satu lapisan" in explain(FileUnreadableError("a", "layers", "satu lapisan"), "en")
