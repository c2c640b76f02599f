"""Relative risk of each unit, as the page, the picture of security and the command ask for it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any

import pandas as pd

from analytics.hotspots.relative_risk import (
    DECIDED,
    RelativeRiskParams,
    expected_affairs,
    relative_risk,
)
from analytics.hotspots.weights import Weights, contiguity_weights
from analytics.reports.places import place_codes, unit_at
from analytics.reports.selection import Selection, in_window, known_on, select
from analytics.reports.silence import coverage_intervals
from data.province import default_election
from geo.errors import ParameterError
from services.dataset import LEVELS, Dataset
from services.hotspots.areas import area_voters, areas, voters_quality, watched_from, watched_until
from services.memo import memo
from services.texts import FAMILIES

BY = ("voters", "voters_press")


@dataclass(frozen=True)
class RiskQuery:
    """What the reader asks.

    Attributes
    ----------
    selection
        Which reports; exactly one family and one kind, ``kejadian`` or ``potensi``: what happened
        and what may happen are never added up.
    level
        kabupaten, kecamatan or desa.
    by
        What affairs are expected by: ``voters``, or ``voters_press`` (voters times the coverage by
        the press, see `press_coverage`).
    election
        Election whose voters are exposed.
    """

    selection: Selection
    level: str = "kecamatan"
    by: str = "voters"
    election: str = field(default_factory=default_election)

    def __post_init__(self) -> None:
        if self.level not in LEVELS:
            raise ParameterError("level", self.level, "one of " + ", ".join(LEVELS))
        if self.by not in BY:
            raise ParameterError("by", self.by, "one of " + ", ".join(BY))
        if self.family not in FAMILIES:
            raise ParameterError("family", self.family, "one of " + ", ".join(FAMILIES))

    @property
    def family(self) -> str:
        """The one family."""
        return self.selection.one_series()[0]

    @property
    def kind(self) -> str:
        """The one kind."""
        return self.selection.one_series()[1]


@dataclass(frozen=True, eq=False)
class RelativeRiskView:
    """What the page draws.

    Attributes
    ----------
    query, params
        What was asked, and with which limits and priors it was worked out.
    start, end
        First and last day looked at, while the whole area was watched: see `watched_from` and
        `watched_until`.
    n_affairs, placed
        Affairs that stand in a unit of the level, and reports that do.
    units
        Index code, all units of the level with known voters: ``name`` and the columns of
        `analytics.hotspots.relative_risk.relative_risk`, ``severity_max`` (Int64, NA where no
        affair or unknown) and ``quality`` of the voters (``terbit`` or ``perkiraan``).
    reports
        The reports behind the figure, with ``unit`` (code, as fine as known) and ``area`` (code of
        the unit of the level; missing where known more coarsely), newest first.
    facts
        Name and value of everything else that is needed to repeat the figure: ``unwatched``
        (reports left out because they fall before or after the whole area was watched),
        ``watched_from`` (None without a record) and ``watched_until``, ``watched`` (whether
        anybody watched on any day looked at), ``zone`` (probability of a zone), ``press``
        (coverage per kabupaten, with ``voters_press`` only).
    """

    query: RiskQuery
    params: RelativeRiskParams
    start: pd.Timestamp
    end: pd.Timestamp
    n_affairs: int
    placed: int
    units: pd.DataFrame = field(repr=False)
    reports: pd.DataFrame = field(repr=False)
    facts: Mapping[str, Any] = field(repr=False)

    def with_word(self, word: str) -> pd.DataFrame:
        """Return the rows of ``units`` of one word, the surest first."""
        by = "p_below" if word == "lebih_rendah" else "p_above"
        return self.units[self.units["word"].eq(word)].sort_values(by, ascending=False)


@memo(64)
def relative_risk_view(data: Dataset, query: RiskQuery) -> RelativeRiskView:
    """Return the relative risk of every unit of a level, whatever the number of affairs."""
    voters = area_voters(data, query.level, query.election)
    asked = min(query.selection.date_to or query.selection.as_of, query.selection.as_of)
    begin, end = _watched_span(data, query.level, query.election, asked)
    wanted = data.countable[select(data.countable, query.selection)]
    reports = wanted[in_window(wanted, begin, end)]
    unit = place_codes(reports, query.selection.place)
    area = unit_at(unit, query.level)
    reports = reports.assign(unit=unit, area=area.where(area.isin(voters.index)))
    reports = reports.sort_values(["date_event", "report_id"], ascending=False)
    placed = reports[reports["area"].notna()]
    counts = placed.groupby("area")["perkara_id"].nunique()
    counts = counts.reindex(voters.index, fill_value=0)
    exposure, facts = _exposure(data, query, voters, end)
    parents = _parents(voters.index, query.level)
    params = RelativeRiskParams(decided=DECIDED[query.level])
    found = relative_risk(
        counts,
        expected_affairs(counts.sum(), exposure),
        parents,
        params,
        _neighbours(data, query.level, query.election),
    )
    first = begin or pd.Timestamp(reports["date_event"].min() if len(reports) else end)
    first = max(first, pd.Timestamp(query.selection.date_from or first))
    # A window that begins after watching ended is shown as it was asked, with nothing in it.
    last = end if first <= end else pd.Timestamp(asked)
    return RelativeRiskView(
        query=query,
        params=params,
        start=first,
        end=last,
        n_affairs=int(placed["perkara_id"].nunique()),
        placed=len(placed),
        units=_described(data, query, found, placed),
        reports=reports,
        facts={
            "unwatched": len(wanted) - len(reports),
            "watched_from": begin,
            "watched_until": end,
            "watched": _is_watched(data, first, last),
            "zone": found.attrs["zone"],
            **facts,
        },
    )


@memo(16)
def _watched_span(
    data: Dataset, level: str, election: str, asked: date
) -> tuple[pd.Timestamp | None, pd.Timestamp]:
    """Return the days from which and until which all areas were watched, for every family once."""
    codes = area_voters(data, level, election).index
    return watched_from(data, asked, codes), watched_until(data, asked, codes)


def _parents(codes: pd.Index, level: str) -> pd.Series:
    """Return the kabupaten of each unit; of kabupaten themselves the province."""
    above = "provinsi" if level == "kabupaten" else "kabupaten"
    return unit_at(pd.Series(codes, index=codes), above)


def _is_watched(data: Dataset, first: pd.Timestamp, last: pd.Timestamp) -> bool:
    spans = coverage_intervals(data.coverage_periods)
    return bool((spans["first"].le(last) & spans["last"].ge(first)).any())


@memo(8)
def _neighbours(data: Dataset, level: str, election: str) -> Weights | None:
    codes = area_voters(data, level, election).index
    if len(codes) < 2:
        return None
    found = areas(data, level)
    shapes = found.shapes[found.shapes["code"].isin(codes)]
    return contiguity_weights(shapes, found.points.loc[codes])


def _exposure(
    data: Dataset, query: RiskQuery, voters: pd.Series, end: pd.Timestamp
) -> tuple[pd.Series, dict[str, Any]]:
    if query.by == "voters":
        return voters, {}
    press = press_coverage(data, query.selection, end)
    kabupaten = unit_at(pd.Series(voters.index, index=voters.index), "kabupaten")
    return voters * kabupaten.map(press["coverage"]), {"press": press}


def press_coverage(data: Dataset, selection: Selection, end: pd.Timestamp) -> pd.DataFrame:
    """Return how densely the press covers each kabupaten, from reports of the other families.

    The affairs that are tested say nothing about the coverage they are held against; the same press
    wrote both, so a kabupaten that is written about for every reason is expected to have more.

    Parameters
    ----------
    data
        The data set.
    selection
        Its family is left out; its day of knowledge, place and first day count.
    end
        Last day of the study period.

    Returns
    -------
    DataFrame
        Index code of the kabupaten: ``publishers`` (distinct, at least one report of an event
        there) and ``coverage`` = (publishers + m) / 2m with m their mean over kabupaten: halfway
        between equal coverage and coverage proportional to publishers, since few publishers are
        counted. That half is an assumption. 1 everywhere where nothing else was reported.
    """
    rows = data.countable
    use = known_on(rows, selection.as_of, selection.lag_days)
    use &= in_window(rows, selection.date_from, end.date())
    use &= ~rows["family"].isin(selection.families or ())
    rows = rows[use]
    kabupaten = unit_at(place_codes(rows, selection.place), "kabupaten")
    publisher = rows["source_id"].map(data.publishers)
    codes = areas(data, "kabupaten").points.index
    counted = publisher.groupby(kabupaten).nunique().reindex(codes, fill_value=0)
    mean = counted.mean()
    coverage = (counted + mean) / (2 * mean) if mean > 0 else counted * 0.0 + 1.0
    return pd.DataFrame({"publishers": counted, "coverage": coverage})


def _described(
    data: Dataset, query: RiskQuery, found: pd.DataFrame, placed: pd.DataFrame
) -> pd.DataFrame:
    severity = placed["severity"].astype("Int64").groupby(placed["area"]).max()
    quality = voters_quality(data, query.level, query.election)
    return found.assign(
        name=data.names.reindex(found.index),
        severity_max=severity.reindex(found.index),
        quality=quality.reindex(found.index),
    )


def of_kind(query: RiskQuery, kind: str) -> RiskQuery:
    """Return the same question about ``potensi`` or ``kejadian``."""
    return replace(query, selection=replace(query.selection, kinds=(kind,)))
