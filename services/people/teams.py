"""People for the polling stations: pattern, class, teams, shortage, and where the few are best."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import date
from typing import Protocol

import numpy as np
import pandas as pd

from analytics.people.model import allocate, needed
from analytics.people.teams import (
    CLASSES,
    NONE,
    RULES,
    Pattern,
    PersonnelParams,
    Staffing,
    classify,
    linmas_of,
    shortage,
    team_faults,
    totals,
)
from analytics.reports.places import unit_at
from data.province import province
from geo.boundaries.coast import Land
from geo.errors import ParameterError
from geo.network.points import to_metres
from services.dataset import Dataset
from services.memo import memo
from services.network.build import minutes_between
from services.risk.facts import RiskTables, risk_tables

__all__ = ["CLASSES", "NONE", "RULES"]

TIER_CLASSES = {"rendah": "kurang_rawan", "sedang": "rawan", "tinggi": "sangat_rawan"}
"""The what-if of the rule ``dari_tingkat``: no source ties our tiers to the police's classes."""
VALUES = ("indeks", "atas")
"""What a TPS is worth: the index of what is known, or the high end of its range."""


def default_pattern() -> str:
    """Return the pattern that counts where a planner chose none."""
    return province().security_pattern


class RiskRows(Protocol):
    """What is used of a view of risk: one row per TPS."""

    @property
    def tps(self) -> pd.DataFrame:
        """Return one row per TPS, by ``tps_id``.

        Columns used: ``desa_code``, ``kelas_resmi``, ``tier_keamanan``, ``indeks_keamanan`` and
        ``keamanan_high``.
        """


@dataclass(frozen=True)
class PersonnelAsked:
    """What a planner chose.

    Attributes
    ----------
    pattern_id
        Of the published patterns.
    rule
        What a TPS without a registered class counts as: one of `RULES`.
    default
        Class of the rule ``satu_kelas``.
    value
        One of `VALUES`.
    max_minutes, linmas_per_tps, time_limit_s
        See `PersonnelParams`.
    people
        Police by kabupaten code, as pairs; one that is not named has no known number.
    reserve
        Police that may be sent to any kabupaten.
    """

    pattern_id: str = field(default_factory=default_pattern)
    rule: str = RULES[0]
    default: str = CLASSES[0]
    value: str = VALUES[0]
    max_minutes: float = 30.0
    linmas_per_tps: float = 2.0
    time_limit_s: float = 10.0
    people: tuple[tuple[str, int], ...] = ()
    reserve: int = 0

    def __post_init__(self) -> None:
        if self.value not in VALUES:
            raise ParameterError("value", self.value, "one of " + ", ".join(VALUES))
        _ = self.params

    @property
    def params(self) -> PersonnelParams:
        """The parameters of the model."""
        return PersonnelParams(self.max_minutes, self.linmas_per_tps, self.time_limit_s)


@dataclass(frozen=True, eq=False)
class PersonnelView:
    """How many people it takes.

    Attributes
    ----------
    tps
        One row per TPS: ``desa_code``, ``kabupaten_code``, ``kecamatan_code``, ``island``,
        ``kelas``, ``ground`` (register, pengandaian, tidak_ada), ``value``, ``linmas``, ``team``.
    patterns
        Pattern in use by class.
    rows
        The published rows behind them, with ``borrowed``: taken from the default pattern because
        the chosen one does not have the class.
    need
        The teams; see `Staffing`.
    kecamatan, kabupaten
        People by unit; the latter with ``available`` and ``short`` of police, and the same of
        linmas under ``linmas_available`` and ``linmas_short``, NA where unknown.
    people
        Police by kabupaten: ``available``, ``date``, ``source``, ``note``; from the tables.
    province
        The same published for the whole province.
    faults
        What an audit of the teams found; empty when they keep every rule.
    """

    tps: pd.DataFrame = field(repr=False)
    patterns: dict[str, Pattern]
    rows: pd.DataFrame = field(repr=False)
    need: Staffing = field(repr=False)
    kecamatan: pd.DataFrame = field(repr=False)
    kabupaten: pd.DataFrame = field(repr=False)
    people: pd.DataFrame = field(repr=False)
    province: pd.DataFrame = field(repr=False)
    faults: list[tuple[str, str]]


@dataclass(frozen=True, eq=False)
class Placement:
    """Where the people there are leave least uncovered.

    Attributes
    ----------
    staffing
        The integer model's answer.
    total
        Index of all TPS of the kabupaten with known people.
    kabupaten
        ``tps``, ``police``, ``uncovered_tps``, ``uncovered`` (index) by kabupaten.
    left_out
        Kabupaten whose strength was not reported.
    faults
        As in `PersonnelView`.
    """

    staffing: Staffing = field(repr=False)
    total: float
    kabupaten: pd.DataFrame = field(repr=False)
    left_out: tuple[str, ...]
    faults: list[tuple[str, str]]


@memo(1)
def islands(data: Dataset) -> pd.Series:
    """Return the island of each desa by code: a number, the largest island 0."""
    desa = data.units[data.units["level"].eq("desa")]
    land = Land.of(data.shapes["desa"])
    found = land.island_of(to_metres(desa["lon"], desa["lat"], land.crs))
    # A desa off every island stands alone.
    alone = -1 - np.arange(len(found))
    return pd.Series(np.where(found < 0, alone, found), index=desa["code"])


def usable_patterns(tables: RiskTables) -> pd.DataFrame:
    """Return the rows of ``tables.patterns`` that say for how many TPS how many police stand.

    Of a range (2 to 3 TPS; 2-4-8 to 2-8-16) the end that takes more people counts: fewest TPS per
    officer. A row for all classes, without police or without TPS, is no pattern.
    """
    rows = tables.patterns
    rows = rows[rows["kelas"].isin(CLASSES) & rows["police"].notna() & rows["tps"].notna()]
    rows = rows.assign(ratio=rows["tps"] / rows["police"])
    rows = rows.sort_values(["pattern_id", "ratio", "row_id"], kind="stable")
    return rows.drop_duplicates(["pattern_id", "kelas"]).drop(columns="ratio")


def pattern_ids(tables: RiskTables) -> list[str]:
    """Return the selectable patterns, the default first."""
    found = usable_patterns(tables)["pattern_id"].unique()
    return sorted(found, key=lambda name: (name != default_pattern(), name))


def patterns_in(tables: RiskTables, pattern_id: str) -> tuple[dict[str, Pattern], pd.DataFrame]:
    """Return the pattern of each class, and the rows of `usable_patterns` that they rest on.

    A class that the chosen pattern lacks is borrowed from the default one and marked.

    Raises
    ------
    ParameterError
        For an unknown pattern.
    """
    rows = usable_patterns(tables)
    if pattern_id not in set(rows["pattern_id"]):
        raise ParameterError("pattern_id", pattern_id, "a published pattern")
    own = rows[rows["pattern_id"].eq(pattern_id)]
    rest = rows[rows["pattern_id"].eq(default_pattern()) & ~rows["kelas"].isin(own["kelas"])]
    joined = pd.concat([own.assign(borrowed=False), rest.assign(borrowed=True)])
    found = {str(row["kelas"]): _pattern(row) for _, row in joined.iterrows()}
    order = joined["kelas"].map({kelas: n for n, kelas in enumerate(CLASSES)})
    return found, joined.loc[order.sort_values(kind="stable").index].reset_index(drop=True)


def _pattern(row: pd.Series) -> Pattern:
    tps, linmas = int(row["tps"]), row["linmas"]
    if pd.isna(linmas) and pd.notna(row["linmas_per_tps"]):
        linmas = row["linmas_per_tps"] * tps
    return Pattern(
        str(row["kelas"]), int(row["police"]), tps, None if pd.isna(linmas) else float(linmas)
    )


def people_there(
    data: Dataset, election: str, as_of: date, kind: str
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return the ``polisi`` or ``linmas`` reported by kabupaten, and for the whole province."""
    rows = risk_tables(data, election, as_of).personnel
    rows = rows[rows["kind"].eq(kind)].set_index("unit_code")
    columns = ["available", "date", "source", "note"]
    inside = rows.index.str.count(r"\.").to_numpy() == 1
    return rows.loc[inside, columns], rows.loc[~inside, columns]


def _stations(data: Dataset, rows: pd.DataFrame, asked: PersonnelAsked) -> pd.DataFrame:
    classes = classify(
        rows["kelas_resmi"], rows["tier_keamanan"], asked.rule, asked.default, TIER_CLASSES
    )
    column = "keamanan_high" if asked.value == "atas" else "indeks_keamanan"
    value = rows[column].astype("float64").fillna(0.0).clip(lower=0.0)
    desa = rows["desa_code"].astype(str)
    return pd.DataFrame(
        {
            "desa_code": desa,
            "kabupaten_code": unit_at(desa, "kabupaten").astype(str),
            "kecamatan_code": unit_at(desa, "kecamatan").astype(str),
            "island": islands(data).reindex(desa).to_numpy(),
            "kelas": classes["kelas"],
            "ground": classes["ground"],
            "value": value,
        },
        index=rows.index,
    )


def personnel_view(
    data: Dataset, election: str, as_of: date, view: RiskRows, asked: PersonnelAsked
) -> PersonnelView:
    """Return how many people an election's TPS take.

    Raises
    ------
    ParameterError
        For an unknown pattern, rule or class, and what the model refuses.
    """
    # How many people there are changes nothing of the teams: these are kept apart from it.
    plain = replace(asked, people=(), reserve=0)
    found = _view(data, election, as_of, view.tps, plain)
    reported = pd.Series(dict(asked.people), dtype="Int64")
    known = reported.combine_first(found.people["available"].astype("Int64"))
    short = shortage(found.kabupaten["police"], known)
    linmas, _ = people_there(data, election, as_of, "linmas")
    bare = shortage(found.kabupaten["linmas"], linmas["available"].astype("Int64"))
    kabupaten = found.kabupaten.join(short[["available", "short"]]).assign(
        linmas_available=bare["available"], linmas_short=bare["short"]
    )
    return replace(found, kabupaten=kabupaten)


@memo(12)
def _view(
    data: Dataset, election: str, as_of: date, rows: pd.DataFrame, asked: PersonnelAsked
) -> PersonnelView:
    tables = risk_tables(data, election, as_of)
    patterns, published = patterns_in(tables, asked.pattern_id)
    tps = _stations(data, rows, asked)
    params = asked.params
    need = needed(tps, patterns, minutes_between(data), params)
    linmas = linmas_of(tps["kelas"], patterns, params)
    people, province = people_there(data, election, as_of, "polisi")
    desa = pd.Series(tps["desa_code"].unique())
    by = {
        level: totals(need, tps, linmas, pd.Series(unit_at(desa, level).to_numpy(), index=desa))
        for level in ("kecamatan", "kabupaten")
    }
    return PersonnelView(
        tps=tps.assign(linmas=linmas, team=need.team_of),
        patterns=patterns,
        rows=published,
        need=need,
        kecamatan=by["kecamatan"],
        kabupaten=by["kabupaten"],
        people=people,
        province=province,
        faults=team_faults(need, tps, patterns, minutes_between(data), params),
    )


def place_people(data: Dataset, found: PersonnelView, asked: PersonnelAsked) -> Placement | None:
    """Return where the people there are leave least security index uncovered.

    None when no kabupaten reported its strength.
    """
    known = found.kabupaten["available"].dropna()
    if known.empty:
        return None
    people = tuple((str(code), int(n)) for code, n in known.items())
    unknown = tuple(str(code) for code in found.kabupaten.index.difference(list(known.index)))
    return _place(data, found.tps, tuple(found.patterns.items()), people, unknown, asked)


@memo(12)
def _place(
    data: Dataset,
    tps: pd.DataFrame,
    patterns_: tuple[tuple[str, Pattern], ...],
    known: tuple[tuple[str, int], ...],
    unknown: tuple[str, ...],
    asked: PersonnelAsked,
) -> Placement:
    people, patterns, params = dict(known), dict(patterns_), asked.params
    inside = tps[tps["kabupaten_code"].isin(list(people)) & tps["kelas"].notna()]
    done = allocate(tps, patterns, minutes_between(data), people, asked.reserve, params)
    bare = inside[done.team_of.reindex(inside.index).isna()]
    frame = pd.DataFrame(
        {
            "tps": inside.groupby("kabupaten_code").size(),
            "police": done.teams.groupby("kabupaten_code")["police"].sum(),
            "uncovered_tps": bare.groupby("kabupaten_code").size(),
            "uncovered": bare.groupby("kabupaten_code")["value"].sum(),
        }
    ).fillna(0)
    return Placement(
        staffing=done,
        total=float(inside["value"].sum()),
        kabupaten=frame.astype({"tps": int, "police": int, "uncovered_tps": int}),
        left_out=unknown,
        faults=team_faults(
            done, tps, patterns, minutes_between(data), params, people, asked.reserve
        ),
    )
