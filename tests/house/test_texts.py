"""The one catalogue of texts: complete in both languages, all of it used, nothing beside it."""

from __future__ import annotations

import ast
import re
import string
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import get_args

import pandas as pd
import pytest

from data import vocabulary
from data.store.ledger.rights import RIGHTS
from data.store.rules import ALLOWED
from data.texts import LANGUAGES, catalogue
from geo.places.chain import Reason
from services.dataset import LEVELS, Dataset
from services.hotspots.counts import MEASURES, NO_FIGURE
from services.maps import SILENCE
from services.reports.overview import WINDOWS
from services.texts import day, event_day, label, number, signed, text

ROOT = Path(__file__).resolve().parents[2]
KEYS = set(catalogue())
SECTIONS = {key.partition(".")[0] for key in KEYS}
CALLS = {"t", "text"}
LABEL_CALLS = {
    "label": 0,
    "choice": 3,
    "_several": 0,
    "_words": 0,
    "counterparts": 0,
    "tabs": 2,
    "several": 3,
}
"""Calls that show a whole section of words, and which argument names it."""
FILLED_ELSEWHERE = {
    "remedy.{}": ("analytics/plan/remedies.py",),
    "lacking.why_{}": ("analytics/plan/remedies.py",),
    "moving.{}": ("analytics/plan/trips.py",),
    "access.{}": (
        "services/access/guard.py",
        "services/access/person.py",
        "services/access/people.py",
        "pages/components/access/door.py",
    ),
    "access_setting.{}": ("services/access/settings.py", "services/access/accounts.py"),
    "import_figures.{}": ("data/network/sea.py", "data/network/sea_legs.py"),
    "error.{}": (
        "geo/errors.py",
        "data/errors.py",
        "data/boundaries/files.py",
        "analytics/plan/inputs.py",
        "analytics/network/sea_windows.py",
        "services/briefing/files/ground.py",
        "services/access/errors.py",
        "services/explain.py",
        "services/briefing/fit.py",
    ),
    "compare_limit.{}": ("services/briefing/change/compare.py",),
    "periodic.{}": ("services/briefing/report.py", "services/briefing/report_register.py"),
    "check.{}": ("services/check.py",),
    "store.{}": ("data/errors.py",),
    "backup_fault.{}": ("data/errors.py",),
    "nation_fault.{}": ("data/nation/errors.py",),
    "{}.title": ("app.py",),
    "ringkasan.window_{}": ("services/reports/overview.py", "pages/components/cursor.py"),
    "ringkasan.sources_kind_{}": ("analytics/reports/overview.py", "data/store/rules.py"),
}
"""Keys with a gap whose filling is named in another module than the one that asks for the text."""
ASKED_BY_DATA = {"import_reason", "import_note"}
"""Sections whose keys the data layer names; tests/ingest/test_words.py holds that all is used."""
PROPER_NAMES = {"Siaga Babel"}


def sources() -> dict[str, str]:
    paths = [ROOT / "app.py", ROOT / "cli.py", ROOT / "serve.py"]
    paths += [
        p for layer in ("pages", "services", "commands") for p in (ROOT / layer).rglob("*.py")
    ]
    return {str(p.relative_to(ROOT)): p.read_text(encoding="utf-8") for p in paths}


def gaps(words: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(words) if name is not None}


def called(node: ast.AST) -> str:
    """Return the bare name of what a node calls; empty for no call."""
    if not isinstance(node, ast.Call):
        return ""
    return getattr(node.func, "id", getattr(node.func, "attr", ""))


def plain_strings(tree: ast.AST) -> set[str]:
    """Return the string literals of a module without its docs and the pieces of its f-strings."""
    nodes = list(ast.walk(tree))
    skipped = {id(n.value) for n in nodes if isinstance(n, ast.Expr)}
    skipped |= {id(v) for n in nodes if isinstance(n, ast.JoinedStr) for v in n.values}  # noqa: PD011
    found = (n.value for n in nodes if isinstance(n, ast.Constant) and id(n) not in skipped)
    return {value for value in found if isinstance(value, str)}


def template(node: ast.JoinedStr) -> str:
    return "".join(str(v.value) if isinstance(v, ast.Constant) else "{}" for v in node.values)  # noqa: PD011


def keys_used(name: str, source: str) -> tuple[set[str], set[str]]:
    """Return the keys that a module may ask for, and the sections it shows as a whole."""
    tree = ast.parse(source)
    words = plain_strings(tree)
    found = {w for w in words if w.partition(".")[0] in SECTIONS and w.count(".") == 1}
    found = {w for w in found if re.fullmatch(r"[a-z_]+\.[a-z0-9_]+", w)}
    sections = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.JoinedStr):
            form = template(node)
            if not re.fullmatch(r"[a-z_{}]+\.[a-z0-9_{}]+", form):
                continue
            others = FILLED_ELSEWHERE.get(form, ())
            fill = set(words)
            for other in others:
                fill |= plain_strings(ast.parse((ROOT / other).read_text(encoding="utf-8")))
            found |= KEYS & {form.replace("{}", word.strip(".")) for word in fill}
        at = LABEL_CALLS.get(called(node))
        if at is not None and len(node.args) > at and isinstance(node.args[at], ast.Constant):
            sections.add(str(node.args[at].value))
    return found, sections


def prose(source: str) -> list[str]:
    """Return string literals that read like a sentence: words in a row outside tags and docs."""
    tree = ast.parse(source)
    found = []
    forms = (template(n) for n in ast.walk(tree) if isinstance(n, ast.JoinedStr))
    for words in (*plain_strings(tree), *forms):
        plain = re.sub(r"<[^<>]*>", "|", words)
        plain = re.sub(r"\b[a-z-]+=\"[^\"]*\"", "|", plain)  # attributes of a tag built in pieces
        if re.search(r"[^\W\d_]{2,}[,;:.!?]? +[^\W\d_]{2,}", plain) and words not in PROPER_NAMES:
            found.append(words)
    return found


OF_COMMANDS = {"backup", "check", "nasional", "nation", "nation_fault", "store"}
"""For whoever runs the server: what `cli.py check` and `backup` print, a store no page can open."""


def test_no_page_sends_its_reader_to_the_command_line() -> None:
    told = {
        key for key, words in catalogue().items()
        if any("cli.py" in words[lang] for lang in LANGUAGES)
    }  # fmt: skip
    assert told
    assert {key.partition(".")[0] for key in told} == OF_COMMANDS


def test_every_text_is_there_in_both_languages_with_the_same_gaps() -> None:
    assert len(KEYS) > 200
    for key, texts in catalogue().items():
        assert set(texts) == set(LANGUAGES), key
        for lang, words in texts.items():
            assert words.strip(), f"{key} {lang}"
            assert words.count("{") == words.count("}"), f"{key} {lang}"
        assert gaps(texts["id"]) == gaps(texts["en"]), key
        assert "" not in gaps(texts["id"]), key


def test_every_key_that_is_asked_for_exists_and_no_text_is_there_for_nothing() -> None:
    used, whole, unknown = set[str](), set(ASKED_BY_DATA), {}
    for name, source in sources().items():
        found, sections = keys_used(name, source)
        used |= found
        whole |= sections
        if wrong := (found - KEYS - set(RIGHTS)) | (sections - SECTIONS):
            unknown[name] = sorted(wrong)
    assert unknown == {}
    assert sorted(key for key in KEYS - used if key.partition(".")[0] not in whole) == []


def test_the_search_for_keys_can_fail_both_ways() -> None:
    missing, sections = keys_used("m.py", "t('hotspot.nowhere'); label('family', x)")
    assert missing - KEYS == {"hotspot.nowhere"}
    assert sections == {"family"}
    found, _ = keys_used("m.py", "name = 'before'; t(f'linimasa.{name}')")
    assert found == {"linimasa.before"}
    assert "linimasa.after" not in found


def calls_with_key() -> Iterator[tuple[str, str, set[str]]]:
    """Yield module, key and keywords of each call of a text by its plain key."""
    for name, source in sources().items():
        for node in ast.walk(ast.parse(source)):
            if called(node) in CALLS and node.args and isinstance(node.args[0], ast.Constant):
                keywords = {keyword.arg for keyword in node.keywords}
                if None not in keywords:
                    yield name, str(node.args[0].value), {str(k) for k in keywords}


def test_every_call_fills_exactly_the_gaps_of_its_text() -> None:
    checked = 0
    for name, key, keywords in calls_with_key():
        if key in KEYS:
            checked += 1
            assert keywords == gaps(catalogue()[key]["id"]), f"{name}: {key}"
    assert checked > 60


def test_no_page_holds_a_sentence_of_its_own() -> None:
    pages = {name: source for name, source in sources().items() if name.startswith("pages/")}
    assert {name: found for name, source in pages.items() if (found := prose(source))} == {}


@pytest.mark.parametrize(
    ("source", "found"),
    [
        ("st.write('Tidak ada laporan')", True),
        ("st.write(f'Ada {n} laporan, bukan nol')", True),
        ("st.html('<b class=\"a b\">Siap siaga</b>')", True),
        ("'''No words of it are shown.'''", False),
        ('st.html(f\'<div class="sb-card wide" style="--c:{c}"><b>{n}</b></div>\')', False),
        ("st.html(f'<div class=\"{a}\" ' f'style=\"color:{b}\">{c} · {d}</div>')", False),
        ("st.slider(format='DD/MM/YYYY', key='h_severity')", False),
    ],
)
def test_the_search_for_sentences_finds_and_spares(source: str, found: bool) -> None:
    assert bool(prose(source)) is found


SHOWN = {
    "family": (*vocabulary.FAMILIES, "campuran"),
    "category": tuple(vocabulary.CATEGORY_FAMILY),
    "stage": vocabulary.STAGES,
    "kind": vocabulary.KINDS,
    "status": vocabulary.POTENSI_STATUSES,
    "verification": vocabulary.VERIFICATIONS,
    "date_precision": vocabulary.DATE_PRECISIONS,
    "level": vocabulary.LEVELS,
    "concern": vocabulary.WATCHED_STAGES,
    "agenda": (*ALLOWED["agenda", "kind"], "tahapan_mulai", "tahapan_selesai"),
    "reason": tuple(reason for reason in get_args(Reason) if reason != "exact"),
    "state": ("ada_laporan", *SILENCE, NO_FIGURE, "tidak_ditemukan", "tidak_berlaku"),
    "phase": (
        "berjalan",
        "akan_datang",
        "selesai",
        "tanpa_tanggal",
        "tidak_ada_tahapan",
        "tidak_berlaku",
    ),
    "window": WINDOWS,
    "measure": (*MEASURES, *(f"{measure}_long" for measure in MEASURES)),
    "place": ("pokok", "kejadian"),
}


@pytest.mark.parametrize("section", list(SHOWN))
def test_every_word_of_the_tables_has_a_readers_word(section: str) -> None:
    for value in SHOWN[section]:
        assert f"{section}.{value}" in KEYS
        for lang in LANGUAGES:
            words = label(section, value, lang)
            assert "_" not in words
    assert len({label(section, value) for value in SHOWN[section]}) == len(SHOWN[section])


def test_every_kind_of_source_and_every_election_has_a_readers_word(dataset: Dataset) -> None:
    for kind in (*ALLOWED["sources", "kind"], "tidak_diketahui"):
        assert f"ringkasan.sources_kind_{kind}" in KEYS
    for election in dataset.elections["election"]:
        assert f"election.{election}" in KEYS
    assert set(LEVELS) < set(vocabulary.LEVELS)


def test_a_word_of_an_imported_row_that_nobody_knows_is_shown_as_it_is() -> None:
    assert label("category", "baru_sekali") == "baru_sekali"
    assert label("category", None) == "–"
    assert label("category", float("nan")) == "–"


def test_an_unknown_key_is_an_error_and_not_an_empty_text() -> None:
    with pytest.raises(KeyError):
        text("hotspot.nowhere")


@pytest.mark.parametrize(
    ("value", "digits", "indonesian", "english"),
    [
        (1234.5, 1, "1.234,5", "1,234.5"),
        (1234567, 0, "1.234.567", "1,234,567"),
        (0.293, 2, "0,29", "0.29"),
        (0, 0, "0", "0"),
        (4116, 0, "4.116", "4,116"),
        (-12.5, 1, "-12,5", "-12.5"),
    ],
)
def test_numbers_have_the_separators_of_the_language(
    value: float, digits: int, indonesian: str, english: str
) -> None:
    assert number(value, "id", digits) == indonesian
    assert number(value, "en", digits) == english


def test_zero_has_no_sign_whichever_came_first() -> None:
    assert [number(zero) for zero in (-0.0, 0.0, 0, -0.0)] == ["0"] * 4


@pytest.mark.parametrize("missing", [None, float("nan"), pd.NA])
def test_a_missing_number_is_a_dash_and_never_a_zero(missing: float | None) -> None:
    assert number(missing) == "–"
    assert signed(missing) == "–"


def test_a_change_carries_its_sign() -> None:
    assert [signed(n) for n in (3, -3, 0, -1200)] == ["+3", "−3", "0", "−1.200"]


def test_dates_read_as_people_write_them() -> None:
    eve = date(2024, 2, 13)
    assert day(eve) == "13 Februari 2024"
    assert day(eve, "en") == "13 February 2024"
    assert day(eve, "id", "short") == "13 Feb 2024"
    assert day(pd.Timestamp(2024, 8, 1), "id", "month") == "Agustus 2024"
    assert day(date(2024, 10, 1), "id", "month_short") == "Okt 2024"
    assert day(None) == day(pd.NaT) == "–"


MONTHS = (
    "Januari", "Februari", "Maret", "April", "Mei", "Juni", "Juli", "Agustus", "September",
    "Oktober", "November", "Desember",
)  # fmt: skip


@pytest.mark.parametrize(("n", "name"), list(enumerate(MONTHS, start=1)))
def test_months_have_their_indonesian_names(n: int, name: str) -> None:
    assert day(date(2024, n, 9)) == f"9 {name} 2024"


def test_an_event_is_dated_no_finer_than_it_is_known() -> None:
    known = pd.Timestamp(2024, 11, 1)
    assert event_day(known, "day") == "1 November 2024"
    assert event_day(known, "month") == "November 2024"
    assert event_day(known, "month", "en") == "November 2024"
    assert event_day(known, "year") == "2024"


@pytest.mark.parametrize(
    ("n", "indonesian", "english"),
    [
        (1, "1 hari lagi", "1 day left"),
        (0, "0 hari lagi", "0 days left"),
        (2, "2 hari lagi", "2 days left"),
        ("1", "1 hari lagi", "1 day left"),
        ("–", "– hari lagi", "– days left"),
    ],
)
def test_a_word_beside_an_amount_is_one_or_many(n: object, indonesian: str, english: str) -> None:
    assert text("tindakan.left", n=n) == indonesian
    assert text("tindakan.left", "en", n=n) == english


def test_an_amount_as_it_is_written_counts_as_what_it_says() -> None:
    assert text("tindakan.left", "en", n="1,001") == "1,001 days left"
    assert text("tindakan.left", "en", n=1001) == "1,001 days left"


def test_each_gap_with_two_words_stands_in_a_language_that_has_both() -> None:
    """The amount is named where its word is, so that the word cannot stand without it."""
    for key, texts in catalogue().items():
        for lang, words in texts.items():
            for _, name, spec, _ in string.Formatter().parse(words):
                if spec and "|" in spec:
                    assert lang == "en", key
                    assert all(spec.split("|")), key
                    assert f"{{{name}}}" in words, key
