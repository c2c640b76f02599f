"""Which reports a reader looks at: what was known on a day, in which window, about what."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from analytics.reports.dates import day64, days_of, span_days
from analytics.reports.places import LEVELS, PLACES, inside, place_codes, unit_at
from analytics.reports.review.replay import believed_then, counted_on, counted_since
from geo.errors import ParameterError

SEVERITIES = range(1, 6)
LAG_MAX_DAYS = 365


@dataclass(frozen=True)
class Selection:
    """What a reader chose; None means no restriction.

    Attributes
    ----------
    as_of
        The day of knowledge: rows that were not known on it are left out.
    date_from, date_to
        Window of the event, both days included.
    elections
        Keys of elections; the reports then need a column ``election`` (`stages.election_of`).
    stages, families, categories, verifications
        Allowed values of the columns of these names.
    severity_min
        1 to 5. A report whose severity is unknown does not pass a minimum.
    kinds
        ``potensi``, ``kejadian`` or both. Zero reports are selected by `select_nihil`.
    place
        ``kejadian`` or ``pokok``; see `places.place_codes`.
    within
        Code of a unit; reports known only to a coarser unit are outside it.
    lag_days
        0 to 365; see `known_on`.
    """

    as_of: dt.date
    date_from: dt.date | None = None
    date_to: dt.date | None = None
    elections: tuple[str, ...] | None = None
    stages: tuple[str, ...] | None = None
    families: tuple[str, ...] | None = None
    categories: tuple[str, ...] | None = None
    severity_min: int | None = None
    verifications: tuple[str, ...] | None = None
    kinds: tuple[str, ...] = ("potensi", "kejadian")
    place: str = "pokok"
    within: str | None = None
    lag_days: int = 1

    def __post_init__(self) -> None:
        if self.date_from and self.date_to and day64(self.date_from) > day64(self.date_to):
            raise ParameterError("date_from", self.date_from, f"at most {self.date_to}")
        if self.severity_min is not None and self.severity_min not in SEVERITIES:
            raise ParameterError("severity_min", self.severity_min, "1 to 5")
        if self.place not in PLACES:
            raise ParameterError("place", self.place, "one of " + ", ".join(PLACES))
        if not self.kinds or not set(self.kinds) <= {"potensi", "kejadian"}:
            raise ParameterError("kinds", self.kinds, "potensi, kejadian or both")
        check_lag(self.lag_days)

    def one_series(self) -> tuple[str, str]:
        """Return the one family and the one kind that a statistic is about.

        Raises
        ------
        ParameterError
            For none or several of either: families, and what happened and what may, never add up.
        """
        if len(self.families or ()) != 1:
            raise ParameterError("families", self.families, "exactly one family")
        if len(self.kinds) != 1:
            raise ParameterError("kinds", self.kinds, "exactly one of kejadian, potensi")
        return (self.families or ("",))[0], self.kinds[0]


def check_lag(lag_days: int) -> None:
    """Raise `ParameterError` unless a reporting lag is 0 to 365 days."""
    if not 0 <= lag_days <= LAG_MAX_DAYS:
        raise ParameterError("lag_days", lag_days, f"0 to {LAG_MAX_DAYS}")


def known_since(reports: pd.DataFrame, lag_days: int = 1) -> pd.Series:
    """Return since which day each report is known.

    Parameters
    ----------
    reports
        Columns of the table of reports.
    lag_days
        Assumed days from event to report where ``date_reported`` is empty, 0 to 365.

    Returns
    -------
    Series
        Days on the same index: ``date_reported`` where known, else the last day the event may
        mean (its day, the end of its month or year, the end of a zero report's period) plus the
        lag; and not before it first counted, where it was reviewed. Nothing says that an assumed
        day is right; it only keeps a replay from knowing too early.
    """
    check_lag(lag_days)
    reported = days_of(reports["date_reported"])
    assumed = span_days(reports)[1] + np.timedelta64(lag_days, "D")
    known = np.where(np.isnat(reported), assumed, reported)
    known = np.fmax(known, counted_since(reports))
    return pd.Series(known.astype("datetime64[s]"), index=reports.index, name="known_since")


def known_on(reports: pd.DataFrame, as_of: dt.date, lag_days: int = 1) -> pd.Series:
    """Return which of ``reports`` were known on a day, and counted (same index, boolean).

    Notes
    -----
    What was rejected or withdrawn counts until the day of that decision, what was verified from
    that day on; see `analytics.reports.review.replay`, also for the status of a potensi.
    ``severity`` and the like are the latest known to the store, whatever day is replayed.
    """
    known = known_since(reports, lag_days).le(pd.Timestamp(day64(as_of)))
    return (known & counted_on(reports, as_of)).rename("known")


def is_calm(reports: pd.DataFrame) -> pd.Series:
    """Return which of ``reports`` (``family``, ``peaceful``) tell of no disorder, on their index.

    What is said to be peaceful, and an assembly of which nothing else is said: it is lawful.
    """
    flag = reports["peaceful"].astype("boolean")
    return flag.fillna(reports["family"].eq("unjuk_rasa")).astype(bool)


def in_window(
    reports: pd.DataFrame, date_from: dt.date | None, date_to: dt.date | None
) -> pd.Series:
    """Return which of ``reports`` lie in a window, both days included (same index, boolean).

    A row of month or year precision counts only if its whole month or year lies inside: it is
    never taken for the first of the month.
    """
    first, last = span_days(reports)
    inside_window = ~np.isnat(first)
    if date_from is not None:
        inside_window &= first >= day64(date_from)
    if date_to is not None:
        inside_window &= last <= day64(date_to)
    return pd.Series(inside_window, index=reports.index, name="in_window")


def select(reports: pd.DataFrame, selection: Selection) -> pd.Series:
    """Return which reports a selection takes.

    Parameters
    ----------
    reports
        The table of reports; any index.
    selection
        What to take.

    Returns
    -------
    Series
        Boolean on the same index. Zero reports are never taken.

    Raises
    ------
    ParameterError
        When elections are asked for and the reports have no column ``election``.
    """
    known = known_on(reports, selection.as_of, selection.lag_days)
    mask = known & in_window(reports, selection.date_from, selection.date_to)
    return (mask & fits(reports, selection)).rename("selected")


def fits(reports: pd.DataFrame, selection: Selection) -> pd.Series:
    """Return which of ``reports``, by index, a selection takes whatever the day and the window.

    ``reports`` are rows of the table of reports.

    Raises
    ------
    ParameterError
        When elections are asked for and the reports have no column ``election``.
    """
    mask = reports["kind"].isin(selection.kinds)
    if selection.elections is not None and "election" not in reports:
        expected = "reports with the column election"
        raise ParameterError("elections", selection.elections, expected)
    allowed = {
        "election": selection.elections,
        "stage": selection.stages,
        "family": selection.families,
        "category": selection.categories,
        "verification": selection.verifications,
    }
    for column, values in allowed.items():
        if values is not None:
            mask &= reports[column].isin(values)
    if selection.severity_min is not None:
        severity = reports["severity"].astype("Float64")
        mask &= severity.ge(selection.severity_min).fillna(False).astype(bool)
    if selection.within is not None:
        mask &= inside(place_codes(reports, selection.place), selection.within)
    return mask.rename("fits")


def located(reports: pd.DataFrame, place: str = "pokok") -> pd.DataFrame:
    """Return reports with the unit they count in and the last day they may mean.

    Parameters
    ----------
    reports
        Rows of the table of reports; any index.
    place
        ``pokok`` or ``kejadian``; see `places.place_codes`.

    Returns
    -------
    DataFrame
        The rows with ``unit`` (code, as fine as it is known), one column per level of
        `places.LEVELS` (the ancestor of ``unit``, NaN where the unit is coarser) and ``last_day``.
    """
    unit = place_codes(reports, place)
    ladder = {level: unit_at(unit, level) for level in LEVELS}
    last = span_days(reports)[1].astype("datetime64[s]")
    return reports.assign(unit=unit, **ladder, last_day=last)


@dataclass(frozen=True, eq=False)
class Chosen:
    """The rows that a selection takes.

    Attributes
    ----------
    listed
        The reports, as `located` returns them.
    nihil
        Zero reports that touch the window.
    first, last
        The window: from the first report of all where the selection does not begin, to the day of
        knowledge where it does not end. NaT where there is no report at all.
    """

    listed: pd.DataFrame = field(repr=False)
    nihil: pd.DataFrame = field(repr=False)
    first: pd.Timestamp
    last: pd.Timestamp


def choose(reports: pd.DataFrame, selection: Selection) -> Chosen:
    """Take the reports and zero reports of a selection, with the units they count in.

    ``reports`` are rows of the table of that name.
    """
    last = pd.Timestamp(selection.date_to or selection.as_of)
    first = pd.Timestamp(selection.date_from or reports["date_event"].min())
    listed = believed_then(reports[select(reports, selection)], selection.as_of)
    return Chosen(
        located(listed, selection.place),
        reports[select_nihil(reports, selection)],
        min(first, last) if pd.notna(first) else first,
        last,
    )


def select_nihil(reports: pd.DataFrame, selection: Selection) -> pd.Series:
    """Return which of ``reports``, by index, are zero, were known on the day and touch the window.

    Stage, family, category, severity and verification do not restrict them: a zero report says
    that nothing at all was found. ``within`` does not either, since a zero report of the kabupaten
    speaks for its kecamatan.
    """
    mask = known_on(reports, selection.as_of, selection.lag_days) & reports["kind"].eq("nihil")
    first, last = span_days(reports)
    if selection.date_from is not None:
        mask &= last >= day64(selection.date_from)
    if selection.date_to is not None:
        mask &= first <= day64(selection.date_to)
    return mask.rename("selected")
