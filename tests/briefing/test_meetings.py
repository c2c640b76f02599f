"""Meetings: one list without doubles, the next from a template, and two who prepare the same."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from analytics.reports.rakor import next_rakor, previous_rakor
from data.briefing.template import TEMPLATE, read_template
from data.errors import (
    BeforeDataError,
    FileUnreadableError,
    SavedMeanwhileError,
    SchemaError,
    TemplateEmptyError,
)
from data.store import tables as schema
from data.store.engine import Store
from geo.errors import ParameterError
from services.briefing.meetings import (
    EXAMPLE,
    INFERRED,
    Meeting,
    meeting_on,
    meetings_on,
    prepare_next,
    previous_meeting,
    save_meeting,
)
from services.dataset import Dataset, load_dataset
from services.explain import explain
from services.reports.overview import overview

OFFICE = "Kesbangpol"
LATE = date(2031, 5, 2)


@pytest.fixture
def data(own_store: Store) -> Dataset:
    """The shipped data, with no meeting prepared."""
    with own_store.begin("setup.prepare") as connection:
        connection.execute(schema.meeting.meetings.delete())
    return load_dataset(own_store)


def prepared(data: Dataset, as_of: date = LATE, **changes: object) -> Meeting:
    draft = replace(prepare_next(data, as_of, OFFICE), **changes)  # type: ignore[arg-type]
    return save_meeting(data, draft, OFFICE)


def rows(data: Dataset) -> int:
    return len(data.fresh().read("meetings"))


def test_the_next_is_made_from_the_template_and_then_from_the_one_before(data: Dataset) -> None:
    draft = prepare_next(data, LATE, OFFICE)
    template = read_template()
    assert (draft.period, draft.held_on) == ("B08 2031", date(2031, 8, 29))  # the 31st: a Sunday
    assert draft.agencies == template.agencies
    assert draft.agenda == template.agenda
    assert "B08 2031" in draft.title
    assert rows(data) == 0  # a draft is not stored
    saved = save_meeting(data, replace(draft, agenda=("Laporan", "Keputusan")), OFFICE)
    assert saved.version == 1
    after = prepare_next(data.fresh(), LATE, OFFICE)
    assert (after.period, after.agenda) == ("B12 2031", ("Laporan", "Keputusan"))


def test_the_day_proposed_is_never_past(data: Dataset) -> None:
    last = date(2031, 8, 31)
    assert prepare_next(data, last, OFFICE).held_on == last


def test_a_meeting_that_a_source_speaks_of_fills_its_period(data: Dataset) -> None:
    """The third rakor of 2023 is known to its month, November: not over on the 2nd."""
    assert prepare_next(data, date(2023, 11, 2), OFFICE).period == "B12 2023"
    assert prepare_next(data, date(2023, 12, 1), OFFICE).period == "B04 2024"


def test_an_example_fills_no_period_and_has_an_id_of_its_own(data: Dataset) -> None:
    example = prepared(data, date_basis=EXAMPLE)
    real = prepared(data.fresh(), held_on=date(2031, 8, 28))
    assert (example.period, real.period) == ("B08 2031", "B08 2031")
    assert example.meeting_id != real.meeting_id
    assert prepare_next(data.fresh(), LATE, OFFICE).period == "B12 2031"


def test_the_list_has_cited_and_prepared_ones_once_each(data: Dataset) -> None:
    day = date(2023, 11, 6)
    saved = prepared(data, day, rakor_id="RKR-015", date_basis=INFERRED, held_on=day)
    found = meetings_on(data.fresh(), date(2024, 1, 1))
    about = [one for one in found if one.rakor_id == "RKR-015"]
    assert [(one.meeting_id, one.held_on) for one in about] == [(saved.meeting_id, day)]
    assert about[0].outcome
    assert about[0].source_id
    assert {one.rakor_id for one in found if not one.prepared} > {"RKR-001", "RKR-021"}
    days = [one.held_on for one in found if one.held_on]
    assert days == sorted(days, reverse=True)


def test_what_was_held_later_is_not_known_on_a_day(data: Dataset) -> None:
    early = {one.rakor_id for one in meetings_on(data, date(2023, 11, 29))}
    late = {one.rakor_id for one in meetings_on(data, date(2023, 11, 30))}
    assert "RKR-015" in late - early
    assert "RKR-012" not in late  # 2025


def test_one_on_record_counts_as_a_rakor_and_an_example_does_not(data: Dataset) -> None:
    day = date(2024, 1, 31)
    as_of = date(2024, 2, 13)
    assert previous_rakor(data.rakor, as_of).assumed
    prepared(data, day, held_on=day, date_basis=EXAMPLE)
    assert previous_rakor(data.fresh().rakor, as_of).assumed
    example = meeting_on(data.fresh(), day)
    assert example is not None
    save_meeting(data.fresh(), replace(example, date_basis="tercatat"), OFFICE)
    now = data.fresh()
    mark = overview(now, as_of).mark
    assert (mark.date.date(), mark.period, mark.assumed) == (day, "B04 2024", False)
    assert next_rakor(now.rakor, date(2024, 1, 2)).date.date() == day
    assert len(now.rakor) == len(now.read("rakor")) + 1
    assert now.rakor.dtypes.equals(now.read("rakor").dtypes)


def test_a_cited_one_on_record_is_not_counted_twice(data: Dataset) -> None:
    day = date(2024, 6, 3)
    known = {"rakor_id": "UJI", "date": day, "date_precision": "day", "kind": "rakor"}
    with data.store.begin("setup.prepare") as connection:
        connection.execute(
            schema.rakor.insert().values(topic="x", level="provinsi", unit_code="19", **known)
        )
    prepared(data.fresh(), day, held_on=day, rakor_id="UJI")
    now = data.fresh()
    assert now.rakor["date"].eq(str(day)).sum() == 1
    assert len(now.rakor) == len(now.read("rakor"))


def test_the_previous_one_is_the_last_before_on_any_basis(data: Dataset) -> None:
    first = prepared(data, LATE, held_on=date(2031, 6, 2), date_basis=EXAMPLE)
    second = prepared(data.fresh(), LATE, held_on=date(2031, 9, 1))
    third = prepared(data.fresh(), LATE, held_on=date(2032, 1, 5))
    now = data.fresh()
    assert previous_meeting(now, third) == second
    assert previous_meeting(now, second) == first
    assert previous_meeting(now, first) is None


def test_who_saves_second_is_told_who_saved_first_and_nothing_is_written(data: Dataset) -> None:
    mine = prepare_next(data, LATE, OFFICE)
    theirs = prepare_next(data, LATE, "Polda")
    save_meeting(data, replace(theirs, title="Rakor Polda"), "Polda")
    with pytest.raises(SavedMeanwhileError) as caught:
        save_meeting(data, mine, OFFICE)
    assert "Polda" in explain(caught.value)
    saved = meeting_on(data.fresh(), theirs.held_on or LATE)
    assert saved is not None
    assert (saved.title, saved.version) == ("Rakor Polda", 1)
    again = save_meeting(data.fresh(), replace(saved, title="Rakor kedua"), "Polda")
    assert again.version == 2
    with pytest.raises(SavedMeanwhileError):
        save_meeting(data.fresh(), replace(saved, title="Rakor ketiga"), OFFICE)
    assert data.fresh().read("meetings")["title"].tolist() == ["Rakor kedua"]


def test_two_of_one_unit_are_not_on_one_day(data: Dataset) -> None:
    saved = prepared(data)
    other = replace(prepare_next(data.fresh(), LATE, OFFICE), held_on=saved.held_on)
    with pytest.raises(SavedMeanwhileError):
        save_meeting(data.fresh(), other, OFFICE)
    assert rows(data) == 1


@pytest.mark.parametrize(
    ("changes", "error", "words"),
    [
        ({"held_on": date(1999, 1, 1)}, BeforeDataError, "1999-01-01"),
        ({"title": "x" * 500}, ParameterError, "500"),
        ({"title": " \n"}, TemplateEmptyError, "title"),
        ({"agenda": (" ",)}, TemplateEmptyError, "agenda"),
        ({"agencies": ()}, TemplateEmptyError, "agencies"),
        ({"unit_code": "99.99"}, ParameterError, "99.99"),
        ({"unit_code": "19.03"}, ParameterError, "provinsi"),
        ({"date_basis": "kira-kira"}, SchemaError, "kira-kira"),
    ],
)
def test_what_cannot_be_is_refused_and_nothing_written(
    data: Dataset, changes: dict[str, object], error: type[Exception], words: str
) -> None:
    with pytest.raises(error) as caught:
        prepared(data, LATE, **changes)
    assert words in explain(caught.value)
    assert rows(data) == 0


def test_an_office_prepares_and_no_person(data: Dataset) -> None:
    with pytest.raises(SchemaError):
        save_meeting(data, prepare_next(data, LATE, OFFICE), "Bapak Kepala")
    with pytest.raises(SchemaError):
        save_meeting(data, prepare_next(data, LATE, OFFICE), " ")
    assert rows(data) == 0


def test_lines_are_kept_clean(data: Dataset) -> None:
    saved = prepared(data, agencies=("Polda|KPU", " Polda ", ""), title=" Rakor \n  kedua ")
    assert saved.agencies == ("Polda", "KPU")
    assert saved.title == "Rakor kedua"


def test_the_period_follows_the_day(data: Dataset) -> None:
    saved = prepared(data, held_on=date(2031, 9, 1))
    assert saved.period == "B12 2031"


@pytest.mark.parametrize(
    ("content", "error"),
    [
        ("", TemplateEmptyError),
        ('office = "y"\ntitle = "x"\nagencies = ["KPU"]\nagenda = [" "]', TemplateEmptyError),
        ("title = ", FileUnreadableError),
        ('colour = "red"', FileUnreadableError),
        ("agenda = 3", FileUnreadableError),
    ],
)
def test_a_template_that_is_none_is_said_in_words(
    tmp_path: Path, content: str, error: type[Exception]
) -> None:
    path = tmp_path / "rakor.toml"
    path.write_text(content, encoding="utf-8")
    with pytest.raises(error) as caught:
        read_template(path)
    assert "rakor.toml" in explain(caught.value)


def test_the_template_that_ships_is_whole() -> None:
    template = read_template(TEMPLATE)
    assert "{period}" in template.title
    assert template.office in template.agencies
    assert len(template.agenda) >= 5
