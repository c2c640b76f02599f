"""The Hotspot page: one family at a time on the map, every chosen family in the table."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import pandas as pd

from analytics.hotspots.rates import ExposureParams, exposure, part_gaps, rate_per_10000
from analytics.reports.counts import MapCounts, Placement, count_map
from analytics.reports.places import place_codes
from analytics.reports.selection import Selection, choose
from analytics.reports.silence import Evidence, silences
from data.province import default_election
from geo.errors import ParameterError
from services.dataset import LEVELS, Dataset
from services.maps import SILENT_FILLS, enumerate_ramp
from services.memo import memo
from services.texts import FAMILIES

MEASURES = ("affairs", "reports", "rate")
COUNT_BREAKS = (1, 2, 4, 8, 16)
"""Lower bounds of the classes of slides: fixed, so that snapshots can be laid side by side."""

NO_FIGURE = "tanpa_angka"
_MOST_CLASSES = 5
_ROUND = tuple(digit * 10.0**power for power in range(-3, 4) for digit in (1, 2.5, 5))


@dataclass(frozen=True)
class HotspotQuery:
    """What the reader asks of the map.

    Attributes
    ----------
    selection
        Which reports; its families are the columns of the table.
    level
        kabupaten, kecamatan or desa: the units the map shows at first.
    measure
        affairs, reports, or rate (affairs per 10,000 voters).
    family
        The family the map is coloured by.
    drill
        Code of the unit that is opened into its parts; None for none.
    election
        Election whose voters make the rate.
    """

    selection: Selection
    level: str = "kabupaten"
    measure: str = "affairs"
    family: str = "konflik"
    drill: str | None = None
    election: str = field(default_factory=default_election)

    def __post_init__(self) -> None:
        if self.level not in LEVELS:
            raise ParameterError("level", self.level, "one of " + ", ".join(LEVELS))
        if self.measure not in MEASURES:
            raise ParameterError("measure", self.measure, "one of " + ", ".join(MEASURES))
        if self.family not in (self.selection.families or ()):
            raise ParameterError("family", self.family, "one of the chosen families")


@dataclass(frozen=True, eq=False)
class HotspotView:
    """What the page draws.

    Attributes
    ----------
    units
        Index ``code``, the units on the map, the parts of an opened one instead of it: ``level``,
        ``name``, counts per family, ``value``, ``estimated``, ``state``, ``class``, ``colour`` (a
        fill of `geo.maps.land.Painted`).
    whole
        The units of the level with none opened: what headline and legend speak of.
    points
        One row per place of desa precision or finer: ``key`` (code), ``lon``, ``lat``, ``n``,
        ``family`` (``campuran`` for several), ``approximate``.
    reports
        The selected reports with ``unit`` (where the map counts them).
    totals
        Selected totals of other reports: shown, never counted.
    coarser
        Reports known only to a coarser or an opened unit, counts by code.
    placement
        How many of the reports can be placed at the level.
    breaks
        Lower bounds of the classes, cut to the data.
    legend
        Rows ``key``, ``colour``, ``n_units`` of the classes that units of ``whole`` are in, in the
        order of the scale.
    """

    units: pd.DataFrame = field(repr=False)
    whole: pd.DataFrame = field(repr=False)
    points: pd.DataFrame = field(repr=False)
    reports: pd.DataFrame = field(repr=False)
    totals: pd.DataFrame = field(repr=False)
    coarser: pd.DataFrame = field(repr=False)
    placement: Placement = field(repr=False)
    breaks: tuple[float, ...]
    legend: pd.DataFrame = field(repr=False)


@memo(64)
def hotspot(
    data: Dataset, query: HotspotQuery, breaks: tuple[float, ...] | None = None
) -> HotspotView:
    """Answer a query of the Hotspot page from the tables.

    Parameters
    ----------
    breaks
        Lower bounds of the classes where several maps share them; cut to the data unless given.
    """
    chosen = _selected(data, query.selection)
    counted = _counted(data, query.selection, query.level, query.drill)
    closed = _counted(data, query.selection, query.level, None)
    whole, breaks = _classed(data, query, closed.units, breaks)
    units = whole
    if query.drill:
        units, _ = _classed(data, query, counted.units, breaks)
    names = [data.place_name(code) for code in counted.coarser.index]
    return HotspotView(
        units=units,
        whole=whole,
        points=report_points(data, chosen.reports),
        reports=chosen.reports,
        totals=chosen.totals,
        coarser=counted.coarser.assign(name=names),
        placement=closed.placement,
        breaks=breaks,
        legend=_legend(whole, breaks),
    )


def by_family(data: Dataset, query: HotspotQuery) -> dict[str, tuple[HotspotQuery, HotspotView]]:
    """Return the map of a query coloured by each family, all counted at once, no unit opened.

    A family that is none of those of the selection is chosen beside them. Units, classes and legend
    are those that `hotspot` gives for the query that stands with them; reports are those of all
    families, points and what is placed those of ``query``.
    """
    view, selection = hotspot(data, query), query.selection
    every = replace(selection, families=FAMILIES)
    counts = _counted(data, every, query.level, None).units
    silent, reports = silences(counts), _selected(data, every).reports
    found = {}
    for family in FAMILIES:
        chosen = tuple(dict.fromkeys((*(selection.families or ()), family)))
        asked = replace(query, family=family, selection=replace(selection, families=chosen))
        seen = counts[[f"reports_{one}" for one in chosen]].gt(0).any(axis=1)
        stated = counts.assign(state=silent.mask(seen, "ada_laporan"))
        units, breaks = _classed(data, asked, stated)
        legend = _legend(units, breaks)
        found[family] = (
            asked,
            replace(view, units=units, whole=units, reports=reports, breaks=breaks, legend=legend),
        )
    return found


@dataclass(frozen=True, eq=False)
class _Selected:
    """What a selection takes: reports, newest first, totals, and what tells silence apart."""

    reports: pd.DataFrame
    totals: pd.DataFrame
    evidence: Evidence | None


# Kept apart from what the map shows of them, so that another family only paints what is counted.
@memo(16)
def _selected(data: Dataset, selection: Selection) -> _Selected:
    chosen = choose(data.reports, selection)
    is_total = chosen.listed["is_total"]
    reports = chosen.listed[~is_total].sort_values(["date_event", "report_id"], ascending=False)
    evidence = None
    if pd.notna(chosen.first):
        evidence = Evidence(chosen.first, chosen.last, chosen.nihil, data.coverage_periods)
    return _Selected(reports, chosen.listed[is_total], evidence)


@memo(32)
def _counted(data: Dataset, selection: Selection, level: str, drill: str | None) -> MapCounts:
    """Return the counts of all chosen families by unit."""
    chosen = _selected(data, selection)
    families = list(selection.families or ())
    return count_map(chosen.reports, data.units, level, drill, families, chosen.evidence)


def class_bounds(values: pd.Series, whole_numbers: bool = True) -> tuple[float, ...]:
    """Return the lower bounds of at most five classes that are cut to the data.

    Parameters
    ----------
    values
        The figures that are not silence, above zero; any index.
    whole_numbers
        Counts: each its own class while they are small, then classes that widen. Else rates: from
        0, then round numbers that lie between the lowest and the highest.
    """
    found = values.dropna()
    if found.empty:
        return ()
    low, high = float(found.min()), float(found.max())
    if not whole_numbers:
        inside = [b for b in _ROUND if low < b < high]
        step = -(-len(inside) // (_MOST_CLASSES - 1)) if inside else 1
        return (0.0, *inside[::step])
    if high <= _MOST_CLASSES:
        return tuple(float(n) for n in range(1, int(high) + 1))
    steps = (math.ceil(high ** (n / _MOST_CLASSES) - 1e-9) for n in range(_MOST_CLASSES))
    return tuple(float(n) for n in sorted(set(steps)))


def _classed(
    data: Dataset,
    query: HotspotQuery,
    counts: pd.DataFrame,
    breaks: tuple[float, ...] | None = None,
) -> tuple[pd.DataFrame, tuple[float, ...]]:
    """Return units with name, figure, class and colour, and the bounds of the classes.

    The bounds are cut to the figures unless given.
    """
    units = counts.assign(name=data.names.reindex(counts.index))
    units["value"], units["estimated"] = _values(data, query, units)
    if breaks is None:
        found = units.loc[units[f"affairs_{query.family}"] > 0, "value"]
        breaks = class_bounds(found, whole_numbers=query.measure != "rate")
    classes = unit_classes(units, query.family, breaks)
    fills = dict(enumerate_ramp(len(breaks))) | SILENT_FILLS
    return units.assign(**{"class": classes, "colour": classes.map(fills)}), breaks


def _values(data: Dataset, query: HotspotQuery, frame: pd.DataFrame) -> tuple[pd.Series, pd.Series]:
    """Return the figure per unit and whether it rests on estimated voters."""
    if query.measure != "rate":
        counts = frame[f"{query.measure}_{query.family}"].astype("float64")
        return counts, pd.Series(False, index=frame.index)
    voters = exposure_of(data, query.election).reindex(frame.index)
    rate = rate_per_10000(frame[f"affairs_{query.family}"], voters)
    return rate, voters["quality"].eq("perkiraan")


@memo(2)
def exposure_of(data: Dataset, election: str) -> pd.DataFrame:
    """Return the voters of every unit in an election; see `analytics.hotspots.rates.exposure`."""
    params = ExposureParams(election)
    return exposure(data.units, data.voters, data.tps_counts, data.elections, params)


@memo(4)
def voter_gaps(data: Dataset, election: str) -> pd.DataFrame:
    """Return the lists that rates of an election rest on and whose parts do not add up.

    Columns as in `analytics.hotspots.rates.part_gaps`.
    """
    gaps = part_gaps(data.voters, data.units)
    used = exposure_of(data, election).dropna(subset="list_kind")
    keys = ["election", "list_kind"]
    code = used.index.to_series()
    own = pd.MultiIndex.from_frame(used[keys].assign(unit_code=code))
    above = used.assign(unit_code=code.map(data.units.set_index("code")["parent_code"]))
    parents = pd.MultiIndex.from_frame(above[[*keys, "unit_code"]])
    return gaps[gaps.index.isin(own) | gaps.index.isin(parents)]


def unit_classes(units: pd.DataFrame, family: str, breaks: Sequence[float]) -> pd.Series:
    """Return the place of the class where there is something of the family, else the silence.

    A unit with reports of other families but none of this one was watched: it is silence of this
    family, shown like a unit without a report.

    Parameters
    ----------
    units
        As of `HotspotView.units`.
    breaks
        Lower bounds of the classes.

    Returns
    -------
    Series
        Text on the index of ``units``.
    """
    found = []
    rows = zip(units["value"], units[f"affairs_{family}"], units["state"], strict=True)
    for value, affairs, state in rows:
        if affairs == 0:
            found.append("tidak_ada_laporan" if state == "ada_laporan" else state)
        elif pd.isna(value):
            found.append(NO_FIGURE)
        else:
            found.append(str(max(sum(value >= b for b in breaks) - 1, 0)))
    return pd.Series(found, index=units.index, dtype="object")


@memo(8)
def report_points(data: Dataset, reports: pd.DataFrame) -> pd.DataFrame:
    """Return one row per place known to the desa or finer; coarser reports are never dots.

    ``reports`` are of the table, with ``unit``. Columns as of `HotspotView.points`.
    """
    fine = reports[reports["unit"].str.count(r"\.") == 3]
    # The coordinates of a report are those of its event, not of the place that it is about.
    here = fine["unit"].eq(place_codes(fine, "kejadian"))
    own = here & fine["lon"].notna() & fine["lat"].notna()
    units = data.units.set_index("code")
    place = pd.DataFrame(
        {
            "key": fine["unit"].where(~own, fine["report_id"]),
            "lon": fine["lon"].where(own, fine["unit"].map(units["lon"])),
            "lat": fine["lat"].where(own, fine["unit"].map(units["lat"])),
            "family": fine["family"],
            "approximate": ~own,
        }
    )
    grouped = place.groupby("key", sort=True)
    points = grouped.agg(
        lon=("lon", "first"),
        lat=("lat", "first"),
        n=("family", "size"),
        kinds=("family", "nunique"),
        family=("family", "first"),
        approximate=("approximate", "any"),
    ).reset_index()
    points["family"] = points["family"].where(points["kinds"] <= 1, "campuran")
    return points.drop(columns="kinds")


def _legend(units: pd.DataFrame, breaks: Sequence[float]) -> pd.DataFrame:
    fills = {**dict(enumerate_ramp(len(breaks))), NO_FIGURE: None, **SILENT_FILLS}
    n_units = units["class"].value_counts().reindex(list(fills), fill_value=0)
    rows = pd.DataFrame(
        {
            "key": list(fills),
            "colour": pd.Series(list(fills.values()), dtype="object"),
            "n_units": n_units.to_numpy(),
        }
    )
    return rows[rows["n_units"] > 0].reset_index(drop=True)


def reports_at(view: HotspotView, code: str) -> pd.DataFrame:
    """Return the rows of ``view.reports`` in a unit or a part of it, newest first."""
    unit = view.reports["unit"]
    return view.reports[unit.eq(code) | unit.str.startswith(code + ".")]


def with_totals(view: HotspotView) -> pd.DataFrame:
    """Return ``view.reports`` and the totals that are shown but not counted, newest first."""
    rows = pd.concat([view.reports, view.totals])
    return rows.sort_values(["date_event", "report_id"], ascending=False)
