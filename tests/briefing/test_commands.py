"""The commands brief and report: a file whole or none, and words where there can be none."""

from __future__ import annotations

import os
from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest
from click.testing import Result
from typer.testing import CliRunner

from cli import app
from data.briefing.examples import shipped_contents
from data.export import write_file
from data.outlook.lodged import canonical, digest_of
from data.store.engine import Store
from geo.errors import ParameterError
from services.briefing import make
from services.briefing.change.compare import compare
from services.briefing.choice import Choice, save_choice
from services.briefing.deck import Deck
from services.briefing.make import (
    FORMATS,
    NOTES,
    PPTX,
    deck_compared,
    deck_file,
    file_of,
    period_named,
    snapshot_on,
)
from services.briefing.meetings import prepare_next, save_meeting
from services.briefing.snapshot import Snapshot
from services.dataset import Dataset, load_dataset
from services.explain import explain
from tests.briefing.sample_deck import sample_deck

DAY = "2023-11-07"  # of no meeting that ships


@pytest.fixture
def var(installation: Path) -> Path:
    return installation


def run(*arguments: object) -> Result:
    return CliRunner().invoke(app, [str(argument) for argument in arguments])


def refused(result: Result, *parts: str) -> None:
    assert result.exit_code == 2, result.output
    for part in parts:
        assert part in result.stderr
    assert "Traceback" not in result.output


def files(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir() if not path.name.startswith("siaga.db")}


Asked = list[tuple[str, date, str]]


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> Asked:
    """Draw the sample deck in place of a snapshot, which would take long; return what is asked."""
    seen: Asked = []

    def preview(
        _data: Dataset, meeting: object, as_of: date, office: str, **_more: object
    ) -> Snapshot:
        seen.append((str(meeting["period"]), as_of, office))  # type: ignore[index]
        return Snapshot({"meeting": meeting}, "0" * 64)

    def slides(_snapshot: Snapshot, lang: str) -> Deck:
        return sample_deck(lang)

    monkeypatch.setattr(make, "preview", preview)
    monkeypatch.setattr(make, "deck_of", slides)
    return seen


@pytest.mark.parametrize(
    ("kind", "begins"), [("pptx", b"PK"), ("pdf", b"%PDF"), ("html", b"<!doctype html>")]
)
def test_a_rakor_is_written_in_each_form(var: Path, asked: Asked, kind: str, begins: bytes) -> None:
    path = var / f"rakor.{kind}"
    result = run("brief", "--date", DAY, "--format", kind, "-o", path)
    assert result.exit_code == 0, result.output
    assert path.read_bytes()[: len(begins)].lower() == begins.lower()
    assert str(path.name) in result.stdout
    assert asked == [("B12 2023", date(2023, 11, 7), "Kesbangpol")]
    assert files(var) == {path.name}


def test_the_language_and_the_office_are_those_asked_for(
    var: Path, asked: Asked, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen = []
    monkeypatch.setattr(make, "_drawn", lambda _: lambda deck, _p: seen.append(deck) or b"x")
    path = var / "x.pptx"
    run("brief", "--date", DAY, "--lang", "en", "--office", "Polda", "-o", path)
    assert seen[0].lang == "en"
    assert asked[0][2] == "Polda"


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("--date", "1999-01-01", "-o", "x.pptx"), "1999-01-01"),
        (("--date", DAY, "-o", "tidak/ada/x.pptx"), "x.pptx"),
        (("--date", DAY, "-o", "."), "ditulisi"),
        (("--date", DAY, "--format", "doc", "-o", "x.doc"), "doc"),
        (("--date", DAY, "--lang", "fr", "-o", "x.pptx"), "fr"),
    ],
)
def test_what_cannot_be_is_said_in_words_and_no_file_is_left(
    var: Path, monkeypatch: pytest.MonkeyPatch, arguments: tuple[str, ...], words: str
) -> None:
    monkeypatch.chdir(var)
    refused(run("brief", *arguments), words)
    assert files(var) == set()


@pytest.mark.parametrize(
    ("period", "year", "words"),
    [("B11", 2023, "B11 2023"), ("B12", 2999, "B12 2999"), ("b12", 2023, "B04"), ("B12", 0, "0")],
)
def test_a_period_that_is_none_is_said_in_words(
    var: Path, period: str, year: int, words: str
) -> None:
    refused(run("report", period, "--year", year, "-o", var / "x.pdf"), words)
    assert files(var) == set()


@pytest.mark.parametrize("words", [("brief", "-o", "x.pptx"), ("warn",), ("warning", "list")])
def test_a_day_that_no_calendar_reckons_around_is_refused(
    var: Path, words: tuple[str, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(var)
    refused(run(*words, "--date", "9999-12-31"), "9999-12-31")
    assert files(var) == set()


def test_a_device_is_never_replaced_by_a_file(var: Path) -> None:
    pipe = var / "pipe"
    os.mkfifo(pipe)
    refused(run("brief", "--date", DAY, "-o", pipe), "pipe")
    refused(run("warning", "record", "--measure", "-o", var / "none" / "r.csv"), "r.csv")
    assert pipe.is_fifo()


def test_a_meeting_to_come_is_shown_by_what_is_known_today(
    var: Path, asked: Asked, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SIAGA_NOW", "2024-02-01T17:30:00+00:00")
    assert (
        run("brief", "--date", "2024-04-26", "-o", var / "x.html", "--format", "html").exit_code
        == 0
    )
    assert [as_of for _, as_of, _ in asked] == [date(2024, 2, 2)]


def test_a_period_before_any_data_is_said_in_words(var: Path) -> None:
    refused(run("report", "B04", "--year", 1999, "-o", var / "x.pdf"), "1999")
    assert files(var) == set()


def test_what_fails_while_it_is_written_leaves_the_older_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "rakor.pptx"
    write_file(path, b"old")

    def full(_path: Path, _content: bytes) -> int:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "write_bytes", full)
    with pytest.raises(ValueError, match="unwritable") as caught:
        write_file(path, b"new")
    assert "rakor.pptx" in explain(caught.value)
    assert path.read_bytes() == b"old"
    assert files(tmp_path) == {"rakor.pptx"}


def test_the_meeting_of_the_day_is_shown_as_it_was_chosen(own_store: Store, asked: Asked) -> None:
    data = load_dataset(own_store)
    day = date(2031, 8, 29)
    meeting = save_meeting(data, prepare_next(data, date(2031, 5, 2), "Polda"), "Polda")
    assert meeting.held_on == day
    save_choice(data, meeting.meeting_id, Choice(left_out=("batas",)), "Polda", 0)
    snapshot, choice = snapshot_on(data.fresh(), day, "Polda")
    assert snapshot.meeting["meeting_id"] == meeting.meeting_id
    assert choice.left_out == ("batas",)
    other, none = snapshot_on(data.fresh(), date(2031, 8, 28), "Polda")
    assert (other.meeting["date_basis"], none) == ("asumsi", Choice())
    assert len(asked) == 2


def test_a_period_runs_to_the_end_of_its_month(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SIAGA_NOW", "2024-02-01T00:00:00+00:00")
    assert period_named("B12", 2023).end.date() == date(2023, 12, 31)
    assert period_named("B04", 2024).key == "B04 2024"  # it runs
    with pytest.raises(ParameterError):
        period_named("B08", 2024)


def test_the_report_of_a_period_holds_what_was_before_a_rakor_within_it(
    shipped_dataset: Dataset,
) -> None:
    """The team met on 6 November 2023, within the period."""
    taken = make.snapshot_of_period(shipped_dataset, "B12", 2023, "Kesbangpol")
    assert taken.content["period"] == ["2023-09-01", "2023-12-31"]
    days = [row["date_event"] for row in taken.content["reports"]]
    assert any("2023-09-01" <= day <= "2023-11-06" for day in days)


def test_slides_that_compare_stand_behind_the_first_slide() -> None:
    found = [Snapshot(one, digest_of(canonical(one))) for one in shipped_contents()]
    deck = deck_compared(compare(*found), "id")
    assert [one.key for one in deck.slides[1:]] == ["banding", "banding_peta", "banding_hasil"]
    assert (deck.digest, deck.as_of) == (found[1].digest, found[1].as_of)
    assert deck_file(NOTES, deck).startswith(b"%PDF")


def test_a_kind_that_is_none_is_refused() -> None:
    with pytest.raises(ParameterError) as caught:
        file_of("doc", Snapshot({}, ""), Choice(), "id")
    assert all(kind in explain(caught.value) for kind in FORMATS)


def test_progress_may_stop_a_file(asked: Asked) -> None:
    del asked

    def stop(done: int, _total: int) -> None:
        if done > 0:
            raise InterruptedError

    made: Callable[[], bytes] = lambda: file_of(PPTX, Snapshot({}, ""), Choice(), "id", stop)  # noqa: E731
    with pytest.raises(InterruptedError):
        made()
