"""A snapshot: what was known on a day, frozen with a hash, from which everything is drawn.

Taking one locks its period: what is brought later about that time shows as a correction.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

import pandas as pd

from analytics.reports.rakor import RakorMark, period_of, previous_period, previous_rakor
from data.briefing.snapshots import add_snapshot, read_snapshot
from data.clock import now, today
from data.errors import BeforeDataError
from data.outlook.lodged import canonical, digest_of
from data.store.meeting.rules import DATE_BASES
from geo.errors import ParameterError
from services.briefing.facts import areas, distribution, land, people, situation, sources
from services.briefing.facts.plain import Facts
from services.briefing.facts.register import register
from services.dataset import Dataset
from services.memo import memo
from services.reports.timeline import nearest_election
from services.warning.today import first_day

Progress = Callable[[int, int], None]
ON_RECORD = DATE_BASES[0]


@dataclass(frozen=True, eq=False)
class Snapshot:
    """A snapshot as it was taken.

    Attributes
    ----------
    content
        JSON values; see the functions of `services.briefing.facts` for each part.
    digest
        SHA-256 of the content.
    snapshot_id
        None for one that is not kept.
    sound
        Whether the content is still that of the digest.
    """

    content: Mapping[str, Any] = field(repr=False)
    digest: str
    snapshot_id: str | None = None
    sound: bool = True

    @property
    def as_of(self) -> date:
        """Day of knowledge."""
        return date.fromisoformat(self.content["as_of"])

    @property
    def made_at(self) -> datetime:
        """When it was taken."""
        return datetime.fromisoformat(self.content["made_at"])

    @property
    def meeting(self) -> Facts:
        """The meeting it was taken for: columns of the table ``meetings``, days in ISO 8601."""
        return dict(self.content["meeting"])


def mark_before(data: Dataset, meeting: Mapping[str, Any], as_of: date) -> RakorMark:
    """Return the meeting from which a meeting, seen on a day, counts changes.

    The latest of the same unit that was prepared here, as long as it is not older than the last
    completed reporting period; else `previous_rakor`. A meeting, also one whose day is inferred,
    goes before the end of a reporting month, which is none. It lies before the day of knowledge
    too: who prepares a meeting months ahead asks what changed until then.
    """
    held_on = min(as_of, date.fromisoformat(str(meeting["held_on"])[:10]))
    fallback = previous_rakor(data.rakor, held_on)
    completed = previous_period(period_of(held_on))
    rows = data.read("meetings")
    rows = rows[rows["unit_code"].eq(meeting["unit_code"]) & rows["held_on"].ge(completed.start)]
    rows = rows[rows["held_on"].lt(pd.Timestamp(held_on))].sort_values("held_on")
    if rows.empty or (not fallback.assumed and fallback.date >= rows["held_on"].iloc[-1]):
        return fallback
    row = rows.iloc[-1]
    return RakorMark(row["held_on"], str(row["period"]), row["date_basis"] != ON_RECORD)


def preview(
    data: Dataset,
    meeting: Mapping[str, Any],
    as_of: date,
    office: str,
    made_at: datetime | None = None,
    progress: Progress | None = None,
    mark: RakorMark | None = None,
) -> Snapshot:
    """Return the snapshot that would be taken now; nothing is kept.

    Parameters
    ----------
    meeting
        Columns of the table ``meetings``.
    as_of
        The day of knowledge: nothing that was known later is used.
    office
        Which office takes it.
    made_at
        When; None: now.
    progress
        Told how many parts are done, of how many; may raise to stop.
    mark
        From when changes are counted; None: `mark_before` of the meeting.

    Raises
    ------
    BeforeDataError
        When nothing is known on the day.
    """
    data = data.without_secrets()
    mark = mark or mark_before(data, meeting, as_of)
    content = _content(data, meeting, as_of, office, made_at or now(), mark, progress)
    return Snapshot(content, digest_of(canonical(content)))


def take_snapshot(
    data: Dataset, meeting_id: str, as_of: date, office: str, progress: Progress | None = None
) -> str:
    """Take the snapshot of a meeting, keep it, and return its id.

    Raises
    ------
    BeforeDataError
        When nothing is known on the day.
    ParameterError
        For a meeting that is not there, and for a day to come: nothing of it is known yet.
    """
    if as_of > today():
        raise ParameterError("as_of", as_of, f"… {today()}")
    meeting = meeting_row(data, meeting_id)
    taken = preview(data, meeting, as_of, office, None, progress)
    return add_snapshot(data.store, taken.content)


@memo(8)
def open_snapshot(data: Dataset, snapshot_id: str) -> Snapshot:
    """Return a snapshot that is kept; all readers share it.

    Raises
    ------
    SnapshotUnknownError
        When there is none of that id.
    """
    content, digest, sound = read_snapshot(data, snapshot_id)
    return Snapshot(content, digest, snapshot_id, sound)


def snapshots_of(data: Dataset, meeting_id: str | None = None) -> pd.DataFrame:
    """Return the kept snapshots without their content, the newest last.

    ``meeting_id``: of one meeting; None: of all. Columns of the table but ``content``.
    """
    rows = data.read("snapshots").drop(columns="content").sort_values(["as_of", "made_at"])
    return rows if meeting_id is None else rows[rows["meeting_id"].eq(meeting_id)]


def last_snapshot(data: Dataset, meeting_id: str) -> Snapshot | None:
    """Return the snapshot of a meeting that was taken last; None while there is none."""
    kept = snapshots_of(data, meeting_id)
    return None if kept.empty else open_snapshot(data, str(kept["snapshot_id"].iloc[-1]))


def meeting_row(data: Dataset, meeting_id: str) -> Facts:
    """Return a row of the table ``meetings``.

    Raises
    ------
    ParameterError
        When it is not there.
    """
    rows = data.read("meetings")
    rows = rows[rows["meeting_id"].eq(meeting_id)]
    if rows.empty:
        raise ParameterError("meeting_id", meeting_id, "a meeting that was prepared")
    return {str(k): v for k, v in rows.iloc[0].to_dict().items()}


def _content(
    data: Dataset,
    meeting: Mapping[str, Any],
    as_of: date,
    office: str,
    made_at: datetime,
    mark: RakorMark,
    progress: Progress | None,
) -> Facts:
    first = first_day(data)
    if first is None or as_of < first:
        raise BeforeDataError(as_of, first or made_at.date())
    since = mark.date.date()
    election = nearest_election(data, as_of)
    reports = situation.listed_reports(data, as_of, since + timedelta(days=1))
    parts: dict[str, Callable[[], Any]] = {
        "situation": lambda: situation.situation(data, as_of, mark),
        "hotspots": lambda: areas.hotspots(data, as_of, since),
        "security": lambda: areas.security(data, as_of, election),
        "ahead": lambda: areas.ahead(data, as_of),
        "distribution": lambda: distribution.distribution(data, as_of),
        "people": lambda: people.people(data, as_of, election),
        "register": lambda: register(data, as_of),
        "unwatched": lambda: sources.unwatched(data, as_of),
        "land": lambda: land.land(data),
    }
    done: Facts = {}
    for n, (name, make) in enumerate(parts.items()):
        if progress is not None:
            progress(n, len(parts))
        done[name] = make()
    told = [*reports, *done["situation"]["potensi"]]
    named = [row["source_id"] for row in told]
    named += [one for row in told for one in data.added_sources.get(row["report_id"], ())]
    named += [row["source_id"] for row in done["situation"]["agenda"]]
    return {
        **done,
        "meeting": _meeting(meeting),
        "as_of": as_of.isoformat(),
        "made_at": made_at.isoformat(timespec="seconds"),
        "office": office,
        "period": [(since + timedelta(days=1)).isoformat(), as_of.isoformat()],
        "since": {"day": since.isoformat(), "period": mark.period, "assumed": mark.assumed},
        "filters": {"election": election, "family": areas.FAMILY, "levels": list(areas.LEVELS)},
        "reports": reports,
        "sources": sources.sources(data, as_of, named),
    }


def _meeting(meeting: Mapping[str, Any]) -> Facts:
    named = (
        "meeting_id", "rakor_id", "date_basis", "level", "unit_code", "period", "title",
        "agencies", "agenda", "office",
    )  # fmt: skip
    row = {name: None if pd.isna(meeting[name]) else str(meeting[name]) for name in named}
    return {**row, "held_on": str(meeting["held_on"])[:10]}
