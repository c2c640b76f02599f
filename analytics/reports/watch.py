"""The places to watch first, each with the parts its rank is made of and the gravest reason."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, fields

import numpy as np
import numpy.typing as npt
import pandas as pd

from analytics.reports.agenda import planned
from analytics.reports.dates import day, spans
from analytics.reports.overview import STALE_POTENSI_DAYS, last_renewed
from analytics.reports.places import levels_of, place_codes
from analytics.reports.review.replay import is_open
from analytics.reports.selection import is_calm, known_on
from geo.errors import ParameterError

SEVERITY_MAX = 5
REASONS = ("potensi", "konflik", "agenda", "perubahan")
PARTS = [f"part_{reason}" for reason in REASONS]
ASSEMBLY = "aksi"
Floats = npt.NDArray[np.float64]
COLUMNS = [
    "code",
    "level",
    "rank",
    "score",
    *PARTS,
    "n_potensi",
    "n_konflik",
    "n_agenda",
    "n_now",
    "n_before",
    "severity_max",
    "report_id",
    "age_days",
    "stale",
    "agenda_id",
    "days_to",
    "report_ids",
    "agenda_ids",
    "reasons",
]
_RANGES: dict[str, tuple[float, float]] = {
    "severity_unknown": (1, SEVERITY_MAX),
    "weight_potensi": (0, 100),
    "weight_konflik": (0, 100),
    "potensi_half_life_days": (1, 3650),
    "konflik_half_life_days": (1, 3650),
    "lookback_days": (1, 3650),
    "ahead_days": (1, 366),
    "ahead_half_life_days": (1, 366),
    "weight_change": (0, 100),
    "change_days": (1, 366),
    "agenda_other": (0, 100),
}


@dataclass(frozen=True)
class WatchParams:
    """How places are ranked. The weights are a convention of the product, not a measurement.

    Attributes
    ----------
    severity_points
        Five numbers from 0 to 100 that do not fall: what an affair of severity 1 to 5 weighs.
    severity_unknown
        1 to 5: severity taken where a report has none.
    weight_potensi, weight_konflik
        0 to 100: times the points of an open potensi, and of a conflict.
    potensi_half_life_days, konflik_half_life_days
        1 to 3650: half of it is left so many days after the last report of the potensi, or after
        the conflict.
    lookback_days
        1 to 3650: older conflicts do not count.
    ahead_days, ahead_half_life_days
        1 to 366: how far the agenda is read, and after how many days an item weighs half.
    weight_change, change_days
        0 to 100 for each doubling of the affairs in so many days (1 to 366) against as many before.
    agenda, agenda_other
        0 to 100 by kind of agenda row, and for kinds that are not named. An assembly (``aksi``) is
        lawful: its weight is 0.
    """

    severity_points: tuple[float, ...]
    severity_unknown: int
    weight_potensi: float
    weight_konflik: float
    potensi_half_life_days: float
    konflik_half_life_days: float
    lookback_days: int
    ahead_days: int
    ahead_half_life_days: float
    weight_change: float
    change_days: int
    agenda: tuple[tuple[str, float], ...]
    agenda_other: float

    def __post_init__(self) -> None:
        for name, (low, high) in _RANGES.items():
            value = getattr(self, name)
            if not low <= value <= high:
                raise ParameterError(name, value, f"{low} to {high}")
        points = np.asarray(self.severity_points, dtype=np.float64)
        rising = bool((np.diff(points) >= 0).all() and (points >= 0).all() and points.max() <= 100)
        if len(points) != SEVERITY_MAX or not rising:
            raise ParameterError("severity_points", self.severity_points, "five, not falling")
        for kind, weight in self.agenda:
            if not 0 <= weight <= 100 or (kind == ASSEMBLY and weight):
                expected = "0" if kind == ASSEMBLY else "0 to 100"
                raise ParameterError(f"agenda.{kind}", weight, expected)


def watch_params(values: Mapping[str, object]) -> WatchParams:
    """Return the parameters of a table of values (``agenda`` a table of its own).

    Raises
    ------
    ParameterError
        For a name that is missing or unknown, and for a value out of range.
    """
    known = {one.name for one in fields(WatchParams)}
    for name in sorted(known ^ set(values)):
        raise ParameterError(name, values.get(name), "a value" if name in known else "no such name")
    given = dict(values)
    agenda, points = given["agenda"], given["severity_points"]
    if not isinstance(agenda, Mapping) or not isinstance(points, list):
        raise ParameterError("agenda", agenda, "a table, and severity_points a list")
    given |= {"agenda": tuple(agenda.items()), "severity_points": tuple(points)}
    try:
        return WatchParams(**given)  # type: ignore[arg-type]
    except (TypeError, ValueError) as error:
        if isinstance(error, ParameterError):
            raise
        raise ParameterError("watch", values, "numbers") from error


def watched_place(reports: pd.DataFrame) -> pd.Series:
    """Return the place each of ``reports`` (the table) is watched at, by code on their index.

    What it is about, else where it was. An affair of the whole province (a dispute between the
    province and a company) is watched where people met.
    """
    about, happened = place_codes(reports, "pokok"), place_codes(reports, "kejadian")
    return about.where(levels_of(about).ne("provinsi"), happened)


def unpeaceful(reports: pd.DataFrame) -> pd.Series:
    """Return which of ``reports`` (``family``, ``peaceful``) are conflicts, on their index.

    A conflict that was not peaceful, or an assembly that was not: a peaceful assembly is lawful.
    """
    return reports["family"].isin(("konflik", "unjuk_rasa")) & ~is_calm(reports)


def _affairs(reports: pd.DataFrame, as_of: dt.date, params: WatchParams) -> pd.DataFrame:
    """Return the weighing reports with ``code``, ``part``, ``points``, ``age_days``, ``first``."""
    rows = reports[known_on(reports, as_of)]
    span, today = spans(rows), day(as_of)
    rows = rows.assign(code=watched_place(rows), first=span["first"], last=span["last"])
    # A potensi is as fresh as the latest word about its affair.
    said = last_renewed(reports, as_of).reindex(rows["perkara_id"])
    renewed = pd.Series(said.array, index=rows.index)
    # An assembly that is planned is lawful unless it is said that it will not be peaceful.
    potensi = is_open(rows, as_of) & ~is_calm(rows)
    # What was reported had happened, also where its month or year goes on.
    reported = pd.to_datetime(rows["date_reported"])
    happened = rows["last"].mask(reported.lt(rows["last"]), reported)
    since = happened.mask(potensi, renewed)
    age = (today - since).dt.days.clip(lower=0)
    recent = rows["kind"].eq("kejadian") & unpeaceful(rows) & age.le(params.lookback_days)
    severity = rows["severity"].astype("Float64").fillna(params.severity_unknown).astype("int64")
    points = severity.map(dict(enumerate(params.severity_points, start=1)))
    half_life = np.where(potensi, params.potensi_half_life_days, params.konflik_half_life_days)
    weight = np.where(potensi, params.weight_potensi, params.weight_konflik)
    rows = rows.assign(
        part=np.where(potensi, "potensi", "konflik"),
        points=weight * points * np.exp2(-age / half_life),
        age_days=age,
    )
    weighing: pd.DataFrame = rows[(potensi | recent) & levels_of(rows["code"]).ne("provinsi")]
    return weighing


def _coming(agenda: pd.DataFrame, as_of: dt.date, params: WatchParams) -> pd.DataFrame:
    """Return the agenda of the next days with ``points``, what weighs nothing left out."""
    rows = planned(agenda, as_of, params.ahead_days)
    weight = rows["kind"].map(dict(params.agenda)).astype("float64").fillna(params.agenda_other)
    soon = np.exp2(-rows["days_to"].astype("float64") / params.ahead_half_life_days)
    rows = rows.assign(points=weight * soon)
    return rows[rows["points"].gt(0) & levels_of(rows["unit_code"]).ne("provinsi")]


def _change(affairs: pd.DataFrame, as_of: dt.date, params: WatchParams) -> pd.DataFrame:
    """Return by place how many affairs of conflict are new, how many were before, and points."""
    happened = affairs[affairs["part"].eq("konflik")]
    began = happened.groupby(["code", "perkara_id"])["first"].min().reset_index()
    age = (day(as_of) - began["first"]).dt.days
    now = age.lt(params.change_days).groupby(began["code"]).sum()
    before = age.between(params.change_days, 2 * params.change_days - 1)
    table = pd.DataFrame({"n_now": now, "n_before": before.groupby(began["code"]).sum()})
    growth = (table["n_now"] + 1) / (table["n_before"] + 1)
    doublings = np.log2(growth.clip(lower=1.0))
    return table.assign(part_perubahan=params.weight_change * doublings)


def places_to_watch(
    reports: pd.DataFrame, agenda: pd.DataFrame, as_of: dt.date, params: WatchParams, n: int = 5
) -> pd.DataFrame:
    """Return the places to watch first, with everything their rank is made of.

    Parameters
    ----------
    reports, agenda
        The tables ``reports`` and ``agenda``.
    as_of
        The day of knowledge.
    params
        Weights and periods.
    n
        How many places, 1 or more.

    Returns
    -------
    DataFrame
        At most ``n`` rows by falling ``score``, then by ``code``; ``rank`` from 1. ``code`` is the
        finest unit known (``level`` says which; never the province), so a kabupaten stands for
        what is known to the kabupaten only and not for its parts. ``score`` is the sum of the
        parts: ``part_potensi`` and ``part_konflik`` (an affair gives its heaviest report: points
        of its severity, halved with age; a potensi ages from the last report of its affair),
        ``part_agenda`` (weight of the kind, halved with the days to come) and ``part_perubahan``
        (for each doubling of new affairs of conflict). ``n_potensi``, ``n_konflik``: affairs;
        ``n_agenda``: items; ``n_now``, ``n_before``: affairs begun in the last ``change_days`` and
        in as many before. ``severity_max`` (NA where unknown). ``report_id``: the report that
        weighs most (NA without one), ``age_days`` (0 or more) since then, ``stale``: whether it is
        a potensi that nobody renewed for more than `STALE_POTENSI_DAYS`. ``agenda_id``: the item
        that weighs most, ``days_to`` it. ``report_ids``, ``agenda_ids`` and ``reasons`` (keys of
        `REASONS`, heaviest first) are tuples. An assembly that is not said to
        have been, or to be, unpeaceful never puts a place on this list.

    Raises
    ------
    ParameterError
        For no place at all.
    """
    if n < 1:
        raise ParameterError("n", n, "1 or more")
    rows, coming = _affairs(reports, as_of, params), _coming(agenda, as_of, params)
    codes = pd.Index(sorted({*rows["code"], *coming["unit_code"]}), name="code", dtype="str")
    table = _sums(rows, coming, codes).join(_change(rows, as_of, params))
    table["part_perubahan"] = table["part_perubahan"].fillna(0.0)
    table[["n_now", "n_before"]] = table[["n_now", "n_before"]].fillna(0).astype("int64")
    table["score"] = table[PARTS].sum(axis=1)
    table = table.join(_heaviest(rows, coming))
    table["report_ids"] = _tuples(rows["report_id"], rows["code"], codes)
    table["agenda_ids"] = _tuples(coming["row_id"], coming["unit_code"], codes)
    table["reasons"] = pd.Series(
        [_reasons(parts) for parts in table[PARTS].to_numpy()], index=codes, dtype=object
    )
    table["level"] = levels_of(codes.to_series())
    ranked = table[table["score"].gt(0)].reset_index()
    ranked = ranked.sort_values(["score", "code"], ascending=[False, True], ignore_index=True)
    return ranked.assign(rank=ranked.index + 1).head(n)[COLUMNS]


def _sums(rows: pd.DataFrame, coming: pd.DataFrame, codes: pd.Index) -> pd.DataFrame:
    """Return points and numbers of potensi, conflicts and agenda by place."""
    heaviest = rows.groupby(["code", "part", "perkara_id"])["points"].max()
    by_part = heaviest.groupby(level=["code", "part"]).agg(["sum", "size"])
    items = coming.groupby("unit_code")
    table = pd.DataFrame(index=codes)
    for part in ("potensi", "konflik"):
        own = by_part[by_part.index.get_level_values("part") == part].droplevel("part")
        table[f"part_{part}"] = own["sum"].reindex(codes, fill_value=0.0)
        table[f"n_{part}"] = own["size"].reindex(codes, fill_value=0)
    table["part_agenda"] = items["points"].sum().reindex(codes, fill_value=0.0)
    table["n_agenda"] = items.size().reindex(codes, fill_value=0)
    severity = rows.groupby("code")["severity"].max().reindex(codes)
    return table.assign(severity_max=severity.astype("Int64"))


def _heaviest(rows: pd.DataFrame, coming: pd.DataFrame) -> pd.DataFrame:
    """Return by place the report and the agenda item that weigh most; ties by newest, then id."""
    order = ["points", "last", "report_id"]
    first = rows.sort_values(order, ascending=[False, False, True]).drop_duplicates("code")
    next_item = coming.sort_values(["points", "row_id"], ascending=[False, True])
    next_item = next_item.drop_duplicates("unit_code").set_index("unit_code")
    report = first.set_index("code")
    stale = report["part"].eq("potensi") & report["age_days"].gt(STALE_POTENSI_DAYS)
    found = report[["report_id", "age_days"]].assign(stale=stale)
    found = found.join(
        next_item[["row_id", "days_to"]].rename(columns={"row_id": "agenda_id"}), how="outer"
    )
    return found.assign(
        age_days=found["age_days"].astype("Int64"),
        days_to=found["days_to"].astype("Int64"),
        stale=found["stale"].astype("boolean").fillna(False).astype(bool),
    )


def _tuples(ids: pd.Series, places: pd.Series, codes: pd.Index) -> pd.Series:
    """Return the ids of each place, sorted, as tuples."""
    found = {code: tuple(sorted(set(values))) for code, values in ids.groupby(places)}
    return pd.Series([found.get(code, ()) for code in codes], index=codes, dtype=object)


def _reasons(parts: Floats) -> tuple[str, ...]:
    """Return the keys of the parts that weigh, heaviest first, ties in the order of REASONS."""
    order = np.argsort(-parts, kind="stable")
    return tuple(REASONS[i] for i in order if parts[i] > 0)
