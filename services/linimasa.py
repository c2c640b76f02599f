"""The timeline of one election: its stages, what the team watches in each, what was found."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date

import pandas as pd

from analytics.selection import known_on
from analytics.stages import SOCIAL_STAGE, window_of
from analytics.timeline import around_vote, counts_by_month, stage_bars
from analytics.watch import election_of, watch_table
from services.dataset import Dataset
from services.vocabulary import FAMILIES, STAGES, WATCHED_STAGES

AROUND_DAYS = 90
"""How far before and after voting day the comparison looks."""


@dataclass(frozen=True, eq=False)
class Timeline:
    """What the page draws; see `analytics.timeline` and `analytics.watch` for the columns.

    Attributes
    ----------
    election
        Key of the election.
    voting_date
        Its voting day.
    start, end
        First and last day of the axis.
    rows
        Keys of the stages in the order they are drawn.
    bars
        One bar per row of the table of stages.
    dots
        ``stage``, ``month``, ``family``, ``n``: reports per month; ``at``: where the dot stands.
    watch
        The watched stages with what was found.
    around
        Reports before, on and after voting day.
    reports
        The reports of the election that were known on the day, and social conflict in its time.
    """

    election: str
    voting_date: pd.Timestamp
    start: pd.Timestamp
    end: pd.Timestamp
    rows: list[str]
    bars: pd.DataFrame = field(repr=False)
    dots: pd.DataFrame = field(repr=False)
    watch: pd.DataFrame = field(repr=False)
    around: pd.DataFrame = field(repr=False)
    reports: pd.DataFrame = field(repr=False)


def elections_of(data: Dataset) -> list[str]:
    """Return the elections in the order of their voting days."""
    return data.elections.sort_values("voting_date")["election"].tolist()


def nearest_election(data: Dataset, as_of: date) -> str:
    """Return the election whose voting day is nearest to a day."""
    distance = (data.elections["voting_date"] - pd.Timestamp(as_of)).abs()
    return str(data.elections.loc[distance.idxmin(), "election"])


def timeline(data: Dataset, election: str, as_of: date) -> Timeline:
    """Return the timeline of an election as known on a day."""
    row = data.elections.set_index("election").loc[election]
    stages = data.stages[data.stages["election"].eq(election)]
    known = data.countable
    known = known[known_on(known, as_of) & known["kind"].ne("nihil")]
    known = known.assign(election=election_of(known, data.stages, data.elections))
    window = window_of(stages)
    start = window.first if window.first is not None else row["voting_date"]
    end = max(window.last or row["voting_date"], row["voting_date"])
    mine = known["election"].eq(election)
    social = known["stage"].eq(SOCIAL_STAGE) & known["date_event"].between(start, end)
    reports = known[mine | social]
    if mine.any():
        start = min(start, known.loc[mine, "date_event"].min())
        end = max(end, known.loc[mine, "date_event"].max())
    watch = watch_table(data.stages, known, WATCHED_STAGES, FAMILIES, as_of)
    return Timeline(
        election=election,
        voting_date=row["voting_date"],
        start=start,
        end=end,
        rows=_rows(stages, reports),
        bars=stage_bars(stages, start, end),
        dots=_dots(reports, start, end),
        watch=watch[watch["election"].eq(election)],
        around=around_vote(reports, row["voting_date"], FAMILIES, AROUND_DAYS),
        reports=reports,
    )


def _rows(stages: pd.DataFrame, reports: pd.DataFrame) -> list[str]:
    wanted = {*stages["stage"], *reports["stage"], *WATCHED_STAGES, SOCIAL_STAGE}
    return [stage for stage in STAGES if stage in wanted]


def _dots(reports: pd.DataFrame, start: pd.Timestamp, end: pd.Timestamp) -> pd.DataFrame:
    pieces = []
    for stage, rows in reports.groupby("stage"):
        counts = counts_by_month(rows, FAMILIES, start, end)[[f"reports_{f}" for f in FAMILIES]]
        counts.columns = pd.Index(FAMILIES)
        long = counts.reset_index().melt("month", var_name="family", value_name="n")
        pieces.append(long[long["n"] > 0].assign(stage=stage))
    if not pieces:
        return pd.DataFrame({"month": [], "family": [], "n": [], "stage": [], "at": []})
    dots = pd.concat(pieces, ignore_index=True)
    return dots.assign(at=_centres(reports, dots))


def _centres(reports: pd.DataFrame, dots: pd.DataFrame) -> pd.Series:
    """Return where each dot stands: the mean of its known days, else the middle of its month.

    A dot in the middle of its month would show what came before voting day as after it.
    """
    dated = reports[reports["date_precision"].eq("day")]
    month = dated["date_event"].dt.to_period("M").dt.to_timestamp().rename("month")
    means = dated.groupby(["stage", month, "family"])["date_event"].mean()
    keys = pd.MultiIndex.from_frame(dots[["stage", "month", "family"]])
    known = pd.Series(means.reindex(keys).to_numpy(), index=dots.index)
    # Days are drawn from midnight to midnight, so the middle of a day is its noon.
    return known.fillna(dots["month"] + pd.Timedelta(days=14)) + pd.Timedelta(hours=12)
