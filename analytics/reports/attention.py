"""The places to watch first, each with the parts its rank is made of."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from analytics.reports.agenda import planned
from analytics.reports.dates import day, spans
from analytics.reports.places import levels_of, place_codes
from analytics.reports.selection import known_on
from geo.errors import ParameterError

SEVERITY_MAX = 5
REASONS = ("potensi_terbuka", "konflik_baru", "agenda")
Floats = npt.NDArray[np.float64]
PARTS = ["part_potensi", "part_konflik", "part_agenda"]
COLUMNS = [
    "code",
    "level",
    "score",
    *PARTS,
    "n_potensi",
    "n_konflik",
    "n_agenda",
    "severity_max",
    "last_date",
    "last_precision",
    "next_agenda",
    "report_ids",
    "agenda_ids",
    "reasons",
]


@dataclass(frozen=True)
class WatchParams:
    """How places are ranked. The weights are a convention of the product, not a measurement.

    Attributes
    ----------
    half_life_days
        1 to 3650: an affair counts half after so many days.
    lookback_days
        1 to 3650: older affairs do not count.
    ahead_days
        1 to 366: how far the agenda is read.
    weight_potensi, weight_konflik, weight_agenda
        0 to 100: of an open potensi and a conflict of the highest severity, and of one item of
        the agenda.
    severity_unknown
        1 to 5: severity taken where a report has none.
    assembly_kinds
        Kinds of agenda rows that are lawful assemblies: listed elsewhere, weight 0 here.
    place
        ``pokok`` or ``kejadian``; see `places.place_codes`.
    """

    half_life_days: float = 30.0
    lookback_days: int = 180
    ahead_days: int = 14
    weight_potensi: float = 2.0
    weight_konflik: float = 1.0
    weight_agenda: float = 0.1
    severity_unknown: int = 2
    assembly_kinds: tuple[str, ...] = ("aksi",)
    place: str = "pokok"

    def __post_init__(self) -> None:
        ranges = {
            "half_life_days": (1, 3650),
            "lookback_days": (1, 3650),
            "ahead_days": (1, 366),
            "weight_potensi": (0, 100),
            "weight_konflik": (0, 100),
            "weight_agenda": (0, 100),
            "severity_unknown": (1, SEVERITY_MAX),
        }
        for name, (low, high) in ranges.items():
            value = getattr(self, name)
            if not low <= value <= high:
                raise ParameterError(name, value, f"{low} to {high}")


DEFAULTS = WatchParams()


def _is(column: pd.Series, value: bool) -> pd.Series:
    """Return where a nullable flag is known and has the value."""
    known: pd.Series = column.astype("boolean").eq(value).fillna(False).astype(bool)
    return known


def _affairs(reports: pd.DataFrame, as_of: dt.date, params: WatchParams) -> pd.DataFrame:
    """Return the weighing reports with their ``part`` (potensi or konflik) and ``points``.

    A peaceful assembly never weighs: a potensi unless it is reported as peaceful, a kejadian if it
    is a conflict not reported as peaceful or an assembly reported as not peaceful.
    """
    rows = reports[known_on(reports, as_of)]
    rows = rows.assign(code=place_codes(rows, params.place), last=spans(rows)["last"])
    peaceful, unruly = _is(rows["peaceful"], True), _is(rows["peaceful"], False)
    potensi = rows["kind"].eq("potensi") & rows["status"].eq("terbuka") & ~peaceful
    conflict = rows["family"].eq("konflik") & ~peaceful
    conflict |= rows["family"].eq("unjuk_rasa") & unruly
    age = (day(as_of) - rows["last"]).dt.days.clip(lower=0)
    recent = rows["kind"].eq("kejadian") & conflict & age.le(params.lookback_days)
    severity = rows["severity"].astype("Float64").fillna(params.severity_unknown).astype("float64")
    decay = np.exp2(-age / params.half_life_days)
    points = np.where(potensi, params.weight_potensi, params.weight_konflik * decay)
    rows = rows.assign(
        part=np.where(potensi, "potensi", "konflik"), points=points * severity / SEVERITY_MAX
    )
    below_province = levels_of(rows["code"]).ne("provinsi")
    weighing: pd.DataFrame = rows[(potensi | recent) & below_province]
    return weighing


def _agenda(agenda: pd.DataFrame, as_of: dt.date, params: WatchParams) -> pd.DataFrame:
    rows = planned(agenda, as_of, params.ahead_days)
    rows = rows[~rows["kind"].isin(params.assembly_kinds)]
    return rows[levels_of(rows["unit_code"]).ne("provinsi")]


def places_to_watch(
    reports: pd.DataFrame,
    agenda: pd.DataFrame,
    as_of: dt.date,
    n: int = 5,
    params: WatchParams = DEFAULTS,
) -> pd.DataFrame:
    """Return the places to watch first, with everything their rank is made of.

    Parameters
    ----------
    reports, agenda
        The tables ``reports`` and ``agenda``.
    as_of
        The day of knowledge.
    n
        How many places, 1 or more.
    params
        Weights and periods.

    Returns
    -------
    DataFrame
        At most ``n`` rows: places with an open potensi first, then by ``score``, then by
        ``code``. ``code`` is the finest unit known (``level`` says which; never the province), so
        a kabupaten stands for what is known to the kabupaten only and not for its parts. ``score``
        is exactly ``part_potensi + part_konflik + part_agenda``. An affair gives its heaviest
        report: weight x severity / 5, for a conflict halved every ``half_life_days`` since the
        last day it may mean; an item of the agenda gives its weight. ``n_potensi`` and
        ``n_konflik`` are affairs, ``n_agenda`` items; ``severity_max`` (NA where no report has
        one), ``last_date``, ``last_precision`` (how precisely that day is
        known) and ``next_agenda`` (NaT where there is none); ``report_ids``,
        ``agenda_ids`` and ``reasons`` (keys ``potensi_terbuka``, ``konflik_baru``, ``agenda``,
        heaviest first) are tuples. Places of weight 0 are left out: a peaceful assembly alone
        never puts a place on this list.

    Raises
    ------
    ParameterError
        For no place at all.
    """
    if n < 1:
        raise ParameterError("n", n, "1 or more")
    rows, coming = _affairs(reports, as_of, params), _agenda(agenda, as_of, params)
    heaviest = rows.groupby(["code", "part", "perkara_id"])["points"].max()
    by_part = heaviest.groupby(level=["code", "part"]).agg(["sum", "size"])
    by_place, items = rows.groupby("code"), coming.groupby("unit_code")
    codes = pd.Index(sorted({*rows["code"], *coming["unit_code"]}), name="code", dtype="str")
    table = pd.DataFrame(index=codes)
    for part in ("potensi", "konflik"):
        own = by_part[by_part.index.get_level_values("part") == part].droplevel("part")
        table[f"part_{part}"] = own["sum"].reindex(codes, fill_value=0.0)
        table[f"n_{part}"] = own["size"].reindex(codes, fill_value=0)
    table["n_agenda"] = items.size().reindex(codes, fill_value=0)
    table["part_agenda"] = table["n_agenda"] * params.weight_agenda
    table["score"] = table["part_potensi"] + table["part_konflik"] + table["part_agenda"]
    table["severity_max"] = by_place["severity"].max().reindex(codes).astype("Int64")
    table["last_date"] = by_place["last"].max().reindex(codes)
    latest = rows.sort_values("last", kind="stable").groupby("code")["date_precision"].last()
    table["last_precision"] = latest.reindex(codes).astype("str")
    table["next_agenda"] = items["date_start"].min().reindex(codes)
    table["report_ids"] = _tuples(rows["report_id"], rows["code"], codes)
    table["agenda_ids"] = _tuples(coming["row_id"], coming["unit_code"], codes)
    table["reasons"] = pd.Series(
        [_reasons(row) for row in table[PARTS].to_numpy()], index=codes, dtype=object
    )
    table["level"] = levels_of(codes.to_series())
    first = table["n_potensi"].gt(0)
    ranked = table.assign(first=first)[table["score"].gt(0)].reset_index()
    ranked = ranked.sort_values(["first", "score", "code"], ascending=[False, False, True])
    return ranked.head(n).reset_index(drop=True)[COLUMNS]


def _tuples(ids: pd.Series, places: pd.Series, codes: pd.Index) -> pd.Series:
    """Return the ids of each place, sorted, as tuples."""
    found = {code: tuple(sorted(set(values))) for code, values in ids.groupby(places)}
    return pd.Series([found.get(code, ()) for code in codes], index=codes, dtype=object)


def _reasons(parts: Floats) -> tuple[str, ...]:
    """Return the keys of the parts that weigh, heaviest first, ties in the order of REASONS."""
    order = np.argsort(-parts, kind="stable")
    return tuple(REASONS[i] for i in order if parts[i] > 0)
