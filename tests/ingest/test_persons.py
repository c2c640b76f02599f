"""Who somebody is, is found in a text; how often that errs is stated, and no worse than stated."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import binomtest

from data.ingest.values.persons import Trace, personal
from data.store.engine import Store
from services.ingest.imports import Asked, import_file
from services.ingest.wording import note_words

SAMPLES = Path(__file__).parents[1] / "fixtures" / "persons"
METHODS = Path(__file__).parents[2] / "docs" / "methods.md"
KINDS = {"n": "nama", "p": "nomor", "i": "identitas", "e": "surel"}


class Errors(NamedTuple):
    """How the rules did on some sentences."""

    found: int
    personal: int
    false_alarms: int
    others: int


def sentences(name: str) -> list[tuple[str, str]]:
    lines = (SAMPLES / name).read_text(encoding="utf-8").splitlines()
    pairs = (line.split("|", 1) for line in lines if not line.startswith("#"))
    return [(label, text) for label, text in pairs]


def errors(half: list[tuple[str, str]]) -> Errors:
    told = [(label, {trace.kind for trace in personal(text)}) for label, text in half]
    return Errors(
        sum(KINDS[label] in kinds for label, kinds in told if label != "-"),
        sum(label != "-" for label, _ in told),
        sum(bool(kinds) for label, kinds in told if label == "-"),
        sum(label == "-" for label, _ in told),
    )


def per_cent(part: int, whole: int) -> str:
    interval = binomtest(part, whole).proportion_ci(method="wilson")
    return f"{100 * interval.low:.0f} to {100 * interval.high:.0f} %"


def test_the_rules_err_as_often_as_the_methods_say() -> None:
    unseen = errors(sentences("unseen.txt"))
    assert (unseen.personal, unseen.others) == (100, 100)
    stated = (
        f"{unseen.found} of {unseen.personal} sentences that say who somebody is are found "
        f"({per_cent(unseen.found, unseen.personal)}), and {unseen.false_alarms} of "
        f"{unseen.others} others are taken for one "
        f"({per_cent(unseen.false_alarms, unseen.others)})"
    )
    assert stated in " ".join(METHODS.read_text(encoding="utf-8").split())


def test_what_the_rules_were_written_on_stays_found() -> None:
    known = errors(sentences("known.txt"))
    assert known.personal + known.others == 400
    assert known.found >= 0.96 * known.personal
    assert known.false_alarms <= 0.01 * known.others


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Pak Camat dan Pak Budi", [Trace("nama", "Budi")]),
        ("Jalan Ahmad Yani, lalu Ahmad Yani", [Trace("nama", "Ahmad Yani")]),
        ("hubungi 0812-3456-7890", [Trace("nomor", "0812-3456-7890")]),
        ("telepon (0717) 432198", []),
        ("NIK 1971055202850002", [Trace("identitas", "1971055202850002")]),
        ("berkas 1971059902850002", []),  # no day has the number 99
        ("NIP 198503122010011005", [Trace("identitas", "198503122010011005")]),
        ("NIP 198513122010011005", []),  # nobody is born in a thirteenth month
        ("surel a.b@c.id", [Trace("surel", "a.b@c.id")]),
        ("", []),
    ],
)
def test_cases_by_hand(text: str, expected: list[Trace]) -> None:
    assert list(personal(text)) == expected


@given(st.text(max_size=80))
def test_any_text_is_read_and_what_is_found_stands_in_it(text: str) -> None:
    letters = "".join(text.split())
    for trace in personal(text):
        assert "".join(trace.words.split()) in letters


@pytest.mark.parametrize("piece", ["x", "A ", "Budi ", "a.", "0", "1 ", "@", "pak ", "akun ig "])
def test_a_long_text_takes_no_longer_than_its_length(piece: str) -> None:
    personal(piece * (200_000 // len(piece)))  # else it does not come back


def test_a_file_that_names_somebody_is_asked_about_and_nobody_is_refused(
    own_store: Store, tmp_path: Path
) -> None:
    file = tmp_path / "laporan.csv"
    rows = ["warga melapor", "Pak Budi melapor", "hubungi 0812-3456-7890", "Pak Budi pulang"]
    lines = [f"2024-02-{n + 10},Belitung,psu,{text}" for n, text in enumerate(rows)]
    file.write_text("\n".join(["tanggal,kabupaten,kategori,ringkasan", *lines]), encoding="utf-8")
    looked = import_file(own_store, "reports", file, Asked(dry_run=True))
    (note,) = [note for note in looked.notes if note.key == "persons"]
    assert note.gaps == {"n": 3, "rows": [3, 4, 5], "words": ["Budi", "0812-3456-7890"]}
    assert "Budi" in note_words(note, "id")
    assert looked.accepted == 4


def test_a_file_too_long_to_read_says_so(
    own_store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("data.ingest.rows.MOST_READ_FOR_PERSONS", 1)
    file = tmp_path / "laporan.csv"
    lines = [f"2024-02-{n},Belitung,psu,Pak Budi melapor" for n in (10, 11)]
    file.write_text("\n".join(["tanggal,kabupaten,kategori,ringkasan", *lines]), encoding="utf-8")
    notes = import_file(own_store, "reports", file, Asked(dry_run=True)).notes
    assert [note.key for note in notes if note.key.startswith("persons")] == ["persons_unread"]
