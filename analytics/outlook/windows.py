"""The windows of an outlook: to the next meeting, and the next stage; and those of the past."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import pandas as pd

from analytics.reports.dates import day
from analytics.reports.periods import month_ends
from analytics.reports.rakor import known_meetings, next_rakor, period_of
from analytics.reports.stages import bounds, next_stages
from geo.errors import ParameterError

RAKOR, STAGE = "rakor", "tahapan"
HORIZONS = (RAKOR, STAGE)
ONE_DAY = dt.timedelta(days=1)


@dataclass(frozen=True)
class Window:
    """Days that an outlook is about.

    Attributes
    ----------
    horizon
        One of `HORIZONS`.
    cut
        The day of knowledge; the window lies behind it.
    start, end
        First and last day.
    name
        Reporting period such as ``B12 2025``, or key of the stage.
    assumed
        Whether an end (or start) was not known and is assumed.
    """

    horizon: str
    cut: dt.date
    start: dt.date
    end: dt.date
    name: str
    assumed: bool

    @property
    def days(self) -> int:
        """How many days it has."""
        return (self.end - self.start).days + 1

    @property
    def block(self) -> str:
        """The reporting period it ends in: windows of one block share what happened."""
        return period_of(self.end).key


def to_next_rakor(rakor: pd.DataFrame, cut: dt.date) -> Window:
    """Return the days after a cut up to the next meeting.

    ``rakor`` is the table; see `analytics.reports.rakor.next_rakor`.
    """
    mark = next_rakor(rakor, cut)
    return Window(RAKOR, cut, cut + ONE_DAY, mark.date.date(), mark.period, mark.assumed)


def of_next_stage(stages: pd.DataFrame, cut: dt.date) -> Window | None:
    """Return the days of the stage that starts next after a cut; None where none is known.

    ``stages`` is the table. A stage without an end runs as long as `stages.bounds` assumes.
    """
    rows = next_stages(stages, cut, 1)
    if rows.empty:
        return None
    span = bounds(rows).iloc[0]
    return Window(
        STAGE, cut, span["first"].date(), span["last"].date(), str(rows["stage_id"].iloc[0]),
        span["bound"] != "tetap",
    )  # fmt: skip


def window_maker(
    horizon: str, rakor: pd.DataFrame, stages: pd.DataFrame
) -> Callable[[dt.date], Window | None]:
    """Return what makes the window of a horizon from a cut.

    ``rakor`` and ``stages`` are the tables.

    Raises
    ------
    ParameterError
        For another horizon.
    """
    if horizon not in HORIZONS:
        raise ParameterError("horizon", horizon, "one of " + ", ".join(HORIZONS))
    make: dict[str, Callable[[dt.date], Window | None]] = {
        RAKOR: partial(to_next_rakor, rakor),
        STAGE: partial(of_next_stage, stages),
    }
    return make[horizon]


def past_cuts(rakor: pd.DataFrame, since: dt.date, until: dt.date) -> list[dt.date]:
    """Return the month ends and the days of the province's meetings in a span, oldest first.

    ``rakor`` is the table; both ends of the span count.
    """
    dates = known_meetings(rakor)["date"]
    held = dates[dates.between(day(since), day(until))]
    return sorted({*month_ends(since, until), *(one.date() for one in held)})
