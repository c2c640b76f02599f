"""Meetings: those that sources speak of, those that are prepared here, and the next one."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, dataclass, replace
from datetime import date, datetime, timedelta
from itertools import count
from typing import Any

import pandas as pd

from analytics.reports.rakor import ReportingPeriod, period_of
from data.briefing import meetings as kept
from data.briefing.template import Template, read_template
from data.clock import today
from data.errors import BeforeDataError, TemplateEmptyError
from data.store.meeting.rules import DATE_BASES
from data.vocabulary import LEVELS
from geo.errors import ParameterError
from services.actions.register import actions_on
from services.dataset import Dataset
from services.memo import memo
from services.warning.today import first_day

ON_RECORD, INFERRED, EXAMPLE = DATE_BASES
MOST_TITLE = 300
"""Letters of a title."""
_BAR = "|"


@dataclass(frozen=True)
class Meeting:
    """A meeting, cited or prepared.

    Attributes
    ----------
    meeting_id
        Of one that is prepared; empty for one that only a source speaks of.
    rakor_id
        Row of the table ``rakor``; empty where no source speaks of it.
    held_on, date_precision
        The day, and how exactly it is known (``day``, ``month``, ``year``); None: not at all.
    date_basis
        ``tercatat``, ``perkiraan`` or ``asumsi``.
    period
        Such as ``B12 2023``; may be empty for a cited one.
    version
        Of what is stored; 0 for a draft.
    saved_at
        When that version was saved; None for a draft.
    snapshots, decisions
        How many were taken of it, and how many actions it decided.
    outcome
        What a source says came of it.
    """

    meeting_id: str
    rakor_id: str
    held_on: date | None
    date_precision: str
    date_basis: str
    level: str
    unit_code: str
    period: str
    title: str
    agencies: tuple[str, ...] = ()
    agenda: tuple[str, ...] = ()
    office: str = ""
    version: int = 0
    saved_at: datetime | None = None
    snapshots: int = 0
    decisions: int = 0
    outcome: str = ""
    source_id: str = ""

    @property
    def prepared(self) -> bool:
        """Whether it is prepared here, and not only spoken of by a source."""
        return bool(self.meeting_id)

    def row(self) -> dict[str, Any]:
        """Return the columns of the table ``meetings``, missing ones as None."""
        values = asdict(self) | {
            "rakor_id": self.rakor_id or None,
            "agencies": _BAR.join(self.agencies),
            "agenda": "\n".join(self.agenda),
        }
        return {column.name: values[column.name] for column in kept.TABLE.columns}


def meetings_on(data: Dataset, as_of: date) -> list[Meeting]:
    """Return past and coming meetings without doubles, newest first, those without a day last.

    Parameters
    ----------
    as_of
        Meetings that only a source speaks of are left out when they were held later; those that
        are prepared here are all there.
    """
    prepared = _prepared(data)
    named = {one.rakor_id for one in prepared if one.rakor_id}
    cited = [one for one in _cited(data) if one.rakor_id not in named and _over(one, as_of)]
    found = [*prepared, *cited]
    return sorted(found, key=lambda one: one.held_on or date.min, reverse=True)


@memo(1)
def _prepared(data: Dataset) -> tuple[Meeting, ...]:
    cited = {one.rakor_id: one for one in _cited(data)}
    taken = data.read("snapshots")["meeting_id"].value_counts()
    decided = data.read("actions")["meeting_id"].value_counts()
    found = []
    for row in data.read("meetings").to_dict("records"):
        source = cited.get(_word(row["rakor_id"]))
        found.append(
            Meeting(
                str(row["meeting_id"]),
                _word(row["rakor_id"]),
                row["held_on"].date(),
                "day",
                str(row["date_basis"]),
                str(row["level"]),
                str(row["unit_code"]),
                str(row["period"]),
                str(row["title"]),
                _parts(str(row["agencies"]), _BAR),
                _parts(str(row["agenda"]), "\n"),
                str(row["office"]),
                int(row["version"]),
                row["saved_at"].to_pydatetime(),
                int(taken.get(row["meeting_id"], 0)),
                int(decided.get(row["meeting_id"], 0)),
                source.outcome if source else "",
                source.source_id if source else "",
            )
        )
    return tuple(found)


@memo(1)
def _cited(data: Dataset) -> tuple[Meeting, ...]:
    rows, root = data.read("rakor"), _root(data)
    return tuple(
        Meeting(
            "",
            str(row["rakor_id"]),
            None if pd.isna(row["date"]) else row["date"].date(),
            _word(row["date_precision"]),
            ON_RECORD,
            str(row["level"]),
            _word(row["unit_code"]) or root,
            _word(row["period"]),
            _word(row["topic"]),
            outcome=_word(row["outcome"]),
            source_id=_word(row["source_id"]),
        )
        for row in rows[rows["kind"].eq("rakor")].to_dict("records")
    )


def _over(one: Meeting, as_of: date) -> bool:
    """Tell whether a cited meeting was held by a day, whenever in its month or year it was."""
    if one.held_on is None:
        return True
    last = pd.Timestamp(one.held_on)
    if one.date_precision in ("month", "year"):
        last += pd.offsets.MonthEnd(0) if one.date_precision == "month" else pd.offsets.YearEnd(0)
    return last.date() <= as_of


def meeting_of(data: Dataset, meeting_id: str) -> Meeting | None:
    """Return a prepared meeting; None when there is none of that id."""
    return next((one for one in _prepared(data) if one.meeting_id == meeting_id), None)


def meeting_on(data: Dataset, day: date) -> Meeting | None:
    """Return the province's meeting prepared for a day; None when there is none."""
    found = (one for one in _prepared(data) if one.held_on == day)
    return next((one for one in found if one.unit_code == _root(data)), None)


def previous_meeting(data: Dataset, meeting: Meeting) -> Meeting | None:
    """Return the prepared meeting of the same unit held last before one, on whatever basis."""
    before = [
        one
        for one in _prepared(data)
        if one.unit_code == meeting.unit_code
        and one.held_on is not None
        and meeting.held_on is not None
        and one.held_on < meeting.held_on
    ]
    return max(before, key=lambda one: (one.held_on, one.meeting_id), default=None)


@dataclass(frozen=True)
class Standing:
    """How it stands with meetings on a day.

    Attributes
    ----------
    coming
        The prepared one that is next, on the day or after; None: none is prepared.
    overdue
        Actions that went past their day, whichever meeting decided them.
    """

    coming: Meeting | None
    overdue: int


def standing(data: Dataset, as_of: date) -> Standing:
    """Return how it stands with the meetings of the province on a day."""
    ahead = [
        one
        for one in _prepared(data)
        if one.unit_code == _root(data) and one.held_on is not None and one.held_on >= as_of
    ]
    coming = min(ahead, key=lambda one: one.held_on or date.max, default=None)
    return Standing(coming, int(actions_on(data, as_of)["overdue"].sum()))


def prepare_next(
    data: Dataset, as_of: date, office: str, template: Template | None = None
) -> Meeting:
    """Return a draft of the next meeting of the province; it is not stored.

    Parameters
    ----------
    as_of
        The meeting is that of the first reporting period, from the one of this day on, for which
        none is prepared or on record; its last working day is proposed.
    template
        What the first meeting is made from; that of the installation unless given. Later ones take
        over agencies and agenda of the one before.

    Raises
    ------
    FileUnreadableError, TemplateEmptyError
        For a template that cannot be used.
    """
    code = _root(data)
    known = [one for one in _prepared(data) if one.unit_code == code]
    cited = [one for one in _cited(data) if one.unit_code == code and _over(one, as_of)]
    real = (one for one in known if one.date_basis != EXAMPLE)
    held = {one.period or _period(one) for one in (*real, *cited)}
    period = period_of(as_of)
    while period.key in held:
        period = period_of(period.end + pd.Timedelta(days=1))
    day = _last_working_day(period, as_of)
    draft = draft_on(data, day, office, ON_RECORD, template)
    taken = {one.meeting_id for one in known}
    keys = (_key(code, period.key, n) for n in count(1))
    draft = replace(draft, meeting_id=next(key for key in keys if key not in taken))
    before = previous_meeting(data, draft)
    if before is None:
        return draft
    return replace(draft, agencies=before.agencies, agenda=before.agenda)


def draft_on(
    data: Dataset, day: date, office: str, basis: str, template: Template | None = None
) -> Meeting:
    """Return a draft of a meeting of the province on a day, by a template; it has no id yet.

    Parameters
    ----------
    basis
        ``tercatat``, ``perkiraan`` or ``asumsi``.

    Raises
    ------
    FileUnreadableError, TemplateEmptyError
        For a template that cannot be used.
    """
    made, period = template or read_template(), period_of(day).key
    return Meeting(
        meeting_id="",
        rakor_id="",
        held_on=day,
        date_precision="day",
        date_basis=basis,
        level=LEVELS[0],
        unit_code=_root(data),
        period=period,
        title=made.title.replace("{period}", period),
        agencies=made.agencies,
        agenda=made.agenda,
        office=office,
    )


def save_meeting(data: Dataset, meeting: Meeting, office: str) -> Meeting:
    """Store a meeting in place of the version it was opened as, and return it as stored.

    Parameters
    ----------
    meeting
        Whose ``version`` is the one that is replaced; 0 for a draft. Its period is that of its day.
    office
        Which saves it; never a person.

    Raises
    ------
    BeforeDataError
        For a day before anything is known.
    ParameterError
        For a title that is too long, or a unit that is none of the level.
    TemplateEmptyError
        Without title, agencies or agenda.
    SavedMeanwhileError
        When somebody else saved it since; nothing is written then.
    SchemaError
        With every other fault.
    """
    first = first_day(data) or today()
    if meeting.held_on is None or meeting.held_on < first:
        raise BeforeDataError(meeting.held_on or date.min, first)
    title = " ".join(meeting.title.split())
    agencies = clean(part for one in meeting.agencies for part in one.split(_BAR))
    agenda = clean(meeting.agenda)
    parts = {"title": title, "agencies": agencies, "agenda": agenda}
    if missing := [name for name, value in parts.items() if not value]:
        raise TemplateEmptyError(title or "–", missing)
    require_title(title)
    units = data.units.set_index("code")["level"]
    if units.get(meeting.unit_code) != meeting.level:
        raise ParameterError("unit_code", meeting.unit_code, f"a unit of level {meeting.level}")
    saved = replace(
        meeting,
        period=period_of(meeting.held_on).key,
        title=title,
        agencies=agencies,
        agenda=agenda,
        office=office.strip(),
    )
    record = {**saved.row(), "office": saved.office or None}
    kept.save_meeting(data.store, record, meeting.version)
    found = meeting_of(data.fresh(), meeting.meeting_id)
    assert found is not None
    return found


def require_title(title: str) -> None:
    """Refuse a title that is empty or longer than any slide holds.

    Raises
    ------
    ParameterError
        With how long it is.
    """
    if not 0 < len(title) <= MOST_TITLE:
        raise ParameterError("slide_title", len(title), f"1–{MOST_TITLE}")


def clean(lines: Iterable[str]) -> tuple[str, ...]:
    """Return lines without blanks around them, without empty ones and each once."""
    return tuple(dict.fromkeys(word for one in lines if (word := " ".join(one.split()))))


def _root(data: Dataset) -> str:
    return str(data.units.loc[data.units["level"].eq(LEVELS[0]), "code"].iloc[0])


def _last_working_day(period: ReportingPeriod, as_of: date) -> date:
    last = period.end.date()
    while last.weekday() > 4:
        last -= timedelta(days=1)
    return max(last, as_of)


def _period(one: Meeting) -> str:
    return period_of(one.held_on).key if one.held_on else ""


def _key(code: str, period: str, number: int) -> str:
    """Return the id of the n-th meeting of a period: two who prepare the same one get the same."""
    return f"rakor-{code}-{period.replace(' ', '-')}-{number}"


def _word(value: object) -> str:
    return "" if value is None or pd.isna(value) else str(value)  # type: ignore[call-overload]


def _parts(words: str, mark: str) -> tuple[str, ...]:
    return clean(words.split(mark))
