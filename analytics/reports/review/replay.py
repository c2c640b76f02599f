"""What a past day believed of each report: whether it counted, and how a potensi stood."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Collection, Sequence
from itertools import pairwise
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from analytics.reports.dates import Days, day64, days_of

COUNTED = frozenset({"terverifikasi", "dikutip"})
"""Verified by an agency, or quoted from a public source: what figures are made of."""
OPEN = "terbuka"
VERIFICATION, STATUS = "verification", "status"
HISTORY = {VERIFICATION: "verification_history", STATUS: "status_history"}
"""Column of a report's history by the column of its latest value."""
_BEGINNING = np.datetime64("0001-01-01", "D")
Bools = npt.NDArray[np.bool_]
Steps = tuple[tuple[np.datetime64, str], ...]


def histories(events: pd.DataFrame, about: str) -> pd.Series:
    """Return how a value of each report changed, day by day.

    Parameters
    ----------
    events
        Rows of ``report_events`` in the order in which they were recorded: ``report_id``,
        ``about`` (verification or status), ``at`` (since which day), ``before``, ``value``.
    about
        Which of the two.

    Returns
    -------
    Series
        Text by report id, for reports with an event alone: the value before any of them, then
        ``day value`` of each change, all joined by ``|``. What is recorded later holds from its
        day on, whatever was said of that time before: a decision that is put back to an earlier
        day stands in place of what followed.
    """
    rows = events[events["about"].eq(about)]
    if rows.empty:
        return pd.Series([], index=pd.Index([], dtype="str"), dtype="str", name=HISTORY[about])
    plain = zip(rows["report_id"], days_of(rows["at"]), rows["before"], rows["value"], strict=True)
    steps: dict[str, list[tuple[np.datetime64, str]]] = {}
    for report_id, at, before, value in plain:
        known = steps.setdefault(report_id, [(_BEGINNING, _word(before))])
        while known[-1][0] >= at and len(known) > 1:
            known.pop()
        known.append((at, _word(value)))
    told = {key: _told(known) for key, known in steps.items()}
    return pd.Series(told, dtype="str", name=HISTORY[about])


def _word(value: Any) -> str:
    return "" if pd.isna(value) else str(value)


def _told(steps: Sequence[tuple[np.datetime64, str]]) -> str:
    kept = [steps[0], *(now for old, now in pairwise(steps) if now[1] != old[1])]
    return "|".join([kept[0][1], *(f"{at} {value}" for at, value in kept[1:])])


def _read(text: str) -> Steps:
    first, *others = text.split("|")
    days = ((np.datetime64(one[:10], "D"), one[11:]) for one in others)
    return ((_BEGINNING, first), *days)


def _by_text(
    reports: pd.DataFrame, about: str, judge: Callable[[Steps], Any]
) -> tuple[list[Any], npt.NDArray[np.int64]]:
    """Return a judgement on each different history, and which of them each report has, or -1."""
    if HISTORY[about] not in reports:
        return [], np.full(len(reports), -1, dtype=np.int64)
    codes, texts = pd.factorize(reports[HISTORY[about]])
    return [judge(_read(str(one))) for one in texts], codes.astype(np.int64)


def _value_at(steps: Steps, at: np.datetime64) -> str:
    return next(value for day, value in reversed(steps) if day <= at)


def status_on(reports: pd.DataFrame, as_of: dt.date) -> pd.Series:
    """Return the status that each potensi had on a day, on the index of ``reports``.

    ``reports`` has ``status`` and, where anything is known of earlier days, ``status_history``
    (`histories`); without a history the latest status counts for every day.
    """
    return _value_on(reports, STATUS, as_of)


def believed_then(reports: pd.DataFrame, as_of: dt.date) -> pd.DataFrame:
    """Return ``reports`` with the ``status`` and ``verification`` that they had on a day.

    ``reports`` are as for `status_on`, with ``verification`` and its history likewise.
    """
    return reports.assign(**{about: _value_on(reports, about, as_of) for about in HISTORY})


def _value_on(reports: pd.DataFrame, about: str, as_of: dt.date) -> pd.Series:
    latest = reports[about]
    found, codes = _by_text(reports, about, lambda steps: _value_at(steps, day64(as_of)))
    if not found:
        return latest
    told = pd.Series([*found, ""], dtype="str").iloc[codes].set_axis(latest.index)
    return latest.where(codes < 0, told.mask(told.eq("")))


def is_open(reports: pd.DataFrame, as_of: dt.date) -> pd.Series:
    """Return which of ``reports`` are potensi that were open on a day, on their index.

    ``reports`` are as for `status_on`, with ``kind``.
    """
    return reports["kind"].eq("potensi") & status_on(reports, as_of).eq(OPEN)


def ever_open(reports: pd.DataFrame) -> pd.Series:
    """Return which of ``reports`` are potensi that are, or were, open, on their index.

    ``reports`` are as for `is_open`.
    """
    latest = reports[STATUS].eq(OPEN).fillna(False).to_numpy(dtype=bool)
    return reports["kind"].eq("potensi") & _ever(reports, STATUS, {OPEN}, latest)


def counted_on(reports: pd.DataFrame, as_of: dt.date) -> Bools:
    """Return which rows (N,) counted on a day: verified, or quoted, and not taken out.

    ``reports`` may have the column ``verification_history`` (`histories`); without it all count.
    """
    on_that_day: Bools = counted_by_day(reports, np.array([day64(as_of)]))[0]
    return on_that_day


def counted_by_day(reports: pd.DataFrame, days: Days) -> Bools:
    """Return (days, reports): which counted on each day, as `counted_on`.

    ``days`` (days,) are looked at. ``reports`` may have the column ``verification_history``.
    """
    return _by_day(reports, VERIFICATION, days, COUNTED, default=np.ones(len(reports), dtype=bool))


def open_by_day(reports: pd.DataFrame, days: Days) -> Bools:
    """Return (days, reports): which are potensi that were open on each day, as `is_open`.

    ``days`` (days,) are looked at. ``reports`` has ``kind`` and ``status``, and may have
    ``status_history``.
    """
    potensi = reports["kind"].eq("potensi").to_numpy(dtype=bool)
    latest = reports[STATUS].eq(OPEN).fillna(False).to_numpy(dtype=bool)
    return _by_day(reports, STATUS, days, {OPEN}, default=latest) & potensi


def _by_day(
    reports: pd.DataFrame, about: str, days: Days, wanted: Collection[str], *, default: Bools
) -> Bools:
    at = np.asarray(days, dtype="datetime64[D]")
    found, codes = _by_text(
        reports, about, lambda steps: [_value_at(steps, one) in wanted for one in at]
    )
    if not found:
        return np.broadcast_to(default, (len(at), len(reports))).copy()
    table = np.array([*found, [False] * len(at)], dtype=bool).reshape(-1, len(at))
    return np.where(codes[None] < 0, default[None], table[codes].T)


def counted_since(reports: pd.DataFrame) -> Days:
    """Return (N,) the first day on which each report counted.

    NaT where one counted from the beginning, or has no history: ``reports`` may have the column
    ``verification_history``.
    """

    def first(steps: Steps) -> np.datetime64:
        days = (at for at, value in steps if value in COUNTED)
        at = next(days, _BEGINNING)
        return np.datetime64("NaT") if at == _BEGINNING else at

    found, codes = _by_text(reports, VERIFICATION, first)
    return np.array([*found, np.datetime64("NaT")], dtype="datetime64[D]")[codes]


def stretches(reports: pd.DataFrame, known: Days) -> pd.DataFrame:
    """Return when each report was both known and counted.

    Parameters
    ----------
    reports
        May have ``verification_history``.
    known
        (N,) since which day each is known.

    Returns
    -------
    DataFrame
        A row per stretch of days: ``row`` (position in ``reports``), ``known`` (its first day) and
        ``gone`` (the day after its last, NaT where it goes on).
    """
    found, codes = _by_text(reports, VERIFICATION, _spans)
    always = [(_BEGINNING, np.datetime64("NaT", "D"))]
    rows, begin, end = [], [], []
    for row, code in enumerate(codes):
        for first, after in found[code] if code >= 0 else always:
            if np.isnat(after) or after > known[row]:
                rows.append(row)
                begin.append(max(first, known[row]))
                end.append(after)
    days = (np.array(one, dtype="datetime64[D]").astype("datetime64[s]") for one in (begin, end))
    columns = dict(zip(("known", "gone"), days, strict=True))
    return pd.DataFrame({"row": np.array(rows, dtype=np.int64), **columns})


def _spans(steps: Steps) -> list[tuple[np.datetime64, np.datetime64]]:
    ends = [*(at for at, _ in steps[1:]), np.datetime64("NaT", "D")]
    return [(at, end) for (at, value), end in zip(steps, ends, strict=True) if value in COUNTED]


def ever_counted(reports: pd.DataFrame) -> Bools:
    """Return which rows (N,) count now or counted on some day.

    ``reports`` has the column ``verification`` and may have ``verification_history``.
    """
    return _ever(reports, VERIFICATION, COUNTED, counts_now(reports))


def _ever(reports: pd.DataFrame, about: str, wanted: Collection[str], latest: Bools) -> Bools:
    """Return which histories ever had a wanted value; ``latest`` where there is no history."""
    found, codes = _by_text(
        reports, about, lambda steps: any(value in wanted for _, value in steps)
    )
    return np.where(codes < 0, latest, np.array([*found, False], dtype=bool)[codes])


def counts_now(reports: pd.DataFrame) -> Bools:
    """Return which of ``reports`` (N,) count by their latest ``verification``."""
    found: Bools = reports[VERIFICATION].isin(list(COUNTED)).to_numpy(dtype=bool)
    return found
