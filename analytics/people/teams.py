"""How many people guard the polling stations, and where the few there are do most good.

A pattern says how many police stand together for how many TPS of a class. Such a team has a post,
the office of one desa; every TPS it covers lies on the island of its post, in its kabupaten, and at
most ``max_minutes`` away from it. Police stay outside the TPS (Perkap 1/2022 and every published
pattern say so); linmas stand at the TPS itself and are counted per TPS.

Worked by hand
--------------
Three desa A, B, C on one island in one kabupaten hold 4, 1 and 1 TPS, all of one class with one
officer for three TPS; A and B lie 10 minutes apart, C lies 60 minutes from both; nobody goes more
than 30 minutes. A and B hold 5 TPS: two officers (3 + 2). C needs one of its own. Three officers,
although 6 TPS / 3 = 2. With two officers and indices A: 0.1 each, B: 0.4, C: 0.6, posts at A (B and
two of A: 0.6) and at C (0.6) leave two of A: 0.2 uncovered; two posts at A would leave C: 0.6.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from geo.errors import ParameterError

CLASSES = ("kurang_rawan", "rawan", "sangat_rawan", "khusus")
RULES = ("satu_kelas", "dari_tingkat", "tanpa")
"""What a TPS without a registered class counts as: one class for all of them; the class a planner
gives to each tier of the index; nothing (it is left out and counted as such)."""
REGISTERED, WHAT_IF, NONE = "register", "pengandaian", "tidak_ada"
COLUMNS = ("desa_code", "kabupaten_code", "island", "kelas", "value")


@dataclass(frozen=True)
class Pattern:
    """How a class is guarded.

    Attributes
    ----------
    kelas
        The police's class.
    police
        Police of one team, 1 to 20.
    tps
        Polling stations one team covers at most, 1 to 40.
    linmas
        Linmas for those polling stations together, 0 to 80; None: the source does not say.
    """

    kelas: str
    police: int
    tps: int
    linmas: float | None = None

    def __post_init__(self) -> None:
        if self.kelas not in CLASSES:
            raise ParameterError("kelas", self.kelas, "one of " + ", ".join(CLASSES))
        for name, most in (("police", 20), ("tps", 40)):
            value = getattr(self, name)
            if value != int(value) or not 1 <= value <= most:
                raise ParameterError(name, value, f"a whole number from 1 to {most}")
        if self.linmas is not None and not 0 <= self.linmas <= 80:
            raise ParameterError("linmas", self.linmas, "0 to 80, or nothing")


@dataclass(frozen=True)
class PersonnelParams:
    """How teams may be formed and how long the model may search.

    Attributes
    ----------
    max_minutes
        0 to 240: usual minutes from the post of a team to any TPS it covers.
    linmas_per_tps
        0 to 10, where a pattern does not say.
    time_limit_s
        0.1 to 120: search time of the integer model in seconds.
    gap
        0 to 0.2: relative gap at which the search may stop.
    """

    max_minutes: float = 30.0
    linmas_per_tps: float = 2.0
    time_limit_s: float = 10.0
    gap: float = 0.001

    def __post_init__(self) -> None:
        ranges = (
            ("max_minutes", 0.0, 240.0),
            ("linmas_per_tps", 0.0, 10.0),
            ("time_limit_s", 0.1, 120.0),
            ("gap", 0.0, 0.2),
        )
        for name, low, high in ranges:
            if not low <= getattr(self, name) <= high:
                raise ParameterError(name, getattr(self, name), f"{low:g} to {high:g}")


@dataclass(frozen=True, eq=False)
class Staffing:
    """Teams, and which TPS each of them covers.

    Attributes
    ----------
    teams
        Index ``team``: ``post`` (desa code), ``kabupaten_code``, ``island``, ``kelas``,
        ``police``, ``tps`` (covered), ``value`` (index covered), ``minutes`` (farthest TPS).
    team_of
        Team by ``tps_id``; NA where no team covers it.
    uncovered
        Sum of ``value`` over the TPS that no team covers, recomputed from ``team_of``.
    bound
        No staffing of these people can leave less than this uncovered (or, of a need, do with
        fewer police); NaN where the solver proved nothing.
    gap
        (``uncovered`` - ``bound``) / ``uncovered``, or the same of police for a need; 0 to 1.
    method
        ``optimal`` (gap at most the one allowed) or ``time_limit``.
    """

    teams: pd.DataFrame = field(repr=False)
    team_of: pd.Series = field(repr=False)
    uncovered: float
    bound: float
    gap: float
    method: str


def classify(
    registered: pd.Series,
    tiers: pd.Series,
    rule: str,
    default: str = CLASSES[0],
    tier_classes: Mapping[str, str] | None = None,
) -> pd.DataFrame:
    """Return the class each TPS is guarded as, and on what ground.

    Parameters
    ----------
    registered
        ``kelas_resmi`` by ``tps_id``, NA where the police registered none.
    tiers
        Tier of the security index by ``tps_id``; used by the rule ``dari_tingkat`` alone.
    rule
        One of `RULES`: the planner's choice, never ours.
    default
        The class of the rule ``satu_kelas``.
    tier_classes
        Class by tier for ``dari_tingkat``; tiers that are not named have no class.

    Returns
    -------
    DataFrame
        ``kelas`` (NA where there is none) and ``ground``: ``register``, ``pengandaian`` (the rule)
        or ``tidak_ada``.

    Raises
    ------
    ParameterError
        For an unknown rule or class.
    """
    if rule not in RULES:
        raise ParameterError("rule", rule, "one of " + ", ".join(RULES))
    chosen = dict(tier_classes or {})
    for name in (default, *chosen.values()):
        if name not in CLASSES:
            raise ParameterError("kelas", name, "one of " + ", ".join(CLASSES))
    own = registered.astype("object").where(registered.notna(), None)
    assumed: pd.Series = pd.Series([None] * len(own), index=own.index, dtype="object")
    if rule == "satu_kelas":
        assumed = pd.Series(default, index=own.index, dtype="object")
    elif rule == "dari_tingkat":
        assumed = tiers.reindex(own.index).map(chosen).astype("object")
    known = own.notna()
    kelas = own.where(known, assumed)
    ground = np.where(known, REGISTERED, np.where(kelas.notna(), WHAT_IF, NONE))
    return pd.DataFrame({"kelas": kelas, "ground": ground}, index=own.index)


def linmas_of(
    kelas: pd.Series, patterns: Mapping[str, Pattern], params: PersonnelParams
) -> pd.Series:
    """Return the linmas of each TPS by class: the pattern's share of one TPS, else the default.

    ``kelas`` holds the class of each TPS; its index is kept.
    """
    share = {
        name: params.linmas_per_tps if p.linmas is None else p.linmas / p.tps
        for name, p in patterns.items()
    }
    return kelas.map(share).astype("float64").rename("linmas")


def check_tps(tps: pd.DataFrame, patterns: Mapping[str, Pattern], minutes: pd.DataFrame) -> None:
    """Raise `ParameterError` unless a frame of TPS fits the patterns and the travel times.

    ``tps`` has `COLUMNS`; ``minutes`` has desa codes as index and columns.
    """
    missing = [name for name in COLUMNS if name not in tps]
    if missing:
        raise ParameterError("tps", ", ".join(missing), "columns " + ", ".join(COLUMNS))
    without = sorted(set(tps["kelas"].dropna()) - set(patterns))
    if without:
        raise ParameterError("patterns", ", ".join(without), "a pattern for each class in use")
    value = tps["value"].to_numpy(dtype=np.float64)
    if not (np.isfinite(value).all() and (value >= 0).all()):
        raise ParameterError("value", "negative or missing", "0 or more for each TPS")
    unknown = sorted(set(tps["desa_code"]) - set(minutes.index))
    if unknown:
        raise ParameterError("minutes", ", ".join(unknown[:5]), "travel times of every desa")


def team_faults(
    staffing: Staffing,
    tps: pd.DataFrame,
    patterns: Mapping[str, Pattern],
    minutes: pd.DataFrame,
    params: PersonnelParams,
    people: Mapping[str, int] | None = None,
    reserve: int = 0,
) -> list[tuple[str, str]]:
    """Return what a staffing breaks, looked at afresh: pairs of a rule's name and who breaks it.

    Rules: ``island`` (one island, that of the post), ``kabupaten``, ``kelas`` (one class),
    ``minutes``, ``size`` (TPS of a team), ``police`` (of a team), ``people`` (more police than
    there are, the reserve included). ``tps`` has `COLUMNS`, ``minutes`` desa codes as index and
    columns.
    """
    found: list[tuple[str, str]] = []
    home = tps.groupby("desa_code")["island"].first()
    for team, row in staffing.teams.iterrows():
        held = tps.loc[staffing.team_of.index[staffing.team_of.eq(str(team)).fillna(False)]]
        pattern = patterns[str(row["kelas"])]
        far = minutes.loc[row["post"], list(held["desa_code"])].to_numpy(dtype=np.float64)
        broken = {
            "island": set(held["island"]) | {home[row["post"]]} != {row["island"]},
            "kabupaten": set(held["kabupaten_code"]) != {row["kabupaten_code"]},
            "kelas": set(held["kelas"]) != {row["kelas"]},
            "minutes": not bool((far <= params.max_minutes).all()),
            "size": not 1 <= len(held) <= pattern.tps,
            "police": row["police"] != pattern.police,
        }
        found += [(rule, str(team)) for rule, wrong in broken.items() if wrong]
    if people is not None:
        used = staffing.teams.groupby("kabupaten_code")["police"].sum()
        beyond = (used - used.index.to_series().map(dict(people)).fillna(0)).clip(lower=0)
        if beyond.sum() > reserve:
            found.append(("people", ", ".join(map(str, beyond.index[beyond.gt(0)]))))
    return found


def totals(
    staffing: Staffing, tps: pd.DataFrame, linmas: pd.Series, units: pd.Series
) -> pd.DataFrame:
    """Return people by unit: police where their post is, TPS and linmas where the TPS is.

    Parameters
    ----------
    staffing
        The teams.
    tps
        As checked by `check_tps`.
    linmas
        Linmas by ``tps_id``.
    units
        Unit (kecamatan or kabupaten) by desa code.

    Returns
    -------
    DataFrame
        Index unit code: ``tps``, ``teams``, ``police``, ``linmas`` (rounded up), ``uncovered_tps``.
    """
    unit = tps["desa_code"].map(units)
    posts = staffing.teams["post"].map(units)
    bare = staffing.team_of.reindex(tps.index).isna()
    whole = np.ceil(linmas.reindex(tps.index).groupby(unit).sum().round(6))
    out = pd.DataFrame(
        {
            "tps": tps.groupby(unit).size(),
            "teams": staffing.teams.groupby(posts).size(),
            "police": staffing.teams["police"].groupby(posts).sum(),
            "linmas": whole,
            "uncovered_tps": bare.groupby(unit).sum(),
        }
    )
    return out.fillna(0).astype("int64").rename_axis("code").sort_index()


def shortage(need: pd.Series, available: pd.Series) -> pd.DataFrame:
    """Return need beside people: ``need``, ``available`` (NA: unknown), ``short`` (never below 0).

    Where the number was not reported, the shortage is unknown too, not zero.
    """
    have = available.reindex(need.index).astype("Float64")
    short = (need.astype("Float64") - have).clip(lower=0)
    return pd.DataFrame({"need": need, "available": have, "short": short}).astype("Int64")
