"""SIMULASI: reports of an invented province, with clusters and risky TPS that are known."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from analytics.nation.rows import FAMILIES
from analytics.nation.simulate.places import Places
from geo.boundaries.lattice import INSIDE
from geo.errors import ParameterError

Ints = npt.NDArray[np.int64]
FAMILY_SHARES = (0.2, 0.15, 0.3, 0.15, 0.1, 0.1)
INDICATORS = tuple(f"i{n:02d}" for n in range(1, 11))
TRUTH_COLUMNS = ("what", "code", "family", "date_from", "date_to", "factor")
_AFFAIR_GOES_ON = 0.25
"""Chance that the next report is of the same affair."""
_SPREAD = 0.5
"""Reports per voter differ between desa: standard deviation of the logarithm."""
_NAMED = {"desa": 0.3, "kecamatan": 0.2, "kabupaten": 0.45, "": 0.05}
_POINT = 0.75
_FAULTS = {"sea": 0.005, "against": 0.005, "unknown": 0.002, "nowhere": 0.003}


@dataclass(frozen=True)
class ReportWorld:
    """When reports are, and what is hidden in them.

    Attributes
    ----------
    as_of
        The last day.
    days
        1 to 3,660 days, of which the last is ``as_of``.
    clusters
        0 or more: how many kecamatan have more reports of one family for a month.
    factor
        1 or more: how many times more.
    risky_share
        0 to 1: part of the TPS that are risky: all its indicators lean to yes.
    """

    as_of: dt.date
    days: int = 730
    clusters: int = 2
    factor: float = 6.0
    risky_share: float = 0.01

    def __post_init__(self) -> None:
        if not 1 <= self.days <= 3660:
            raise ParameterError("days", self.days, "1 to 3660")
        if self.clusters < 0:
            raise ParameterError("clusters", self.clusters, "0 or more")
        if self.factor < 1:
            raise ParameterError("factor", self.factor, "1 or more")
        if not 0 <= self.risky_share <= 1:
            raise ParameterError("risky_share", self.risky_share, "0 to 1")


def planted_clusters(places: Places, world: ReportWorld, rng: np.random.Generator) -> pd.DataFrame:
    """Choose where and when there is more than elsewhere.

    Returns
    -------
    DataFrame
        `TRUTH_COLUMNS` with ``what`` "cluster" and the code of a kecamatan: a month of 30 days,
        no two in one kabupaten where there are enough of these.
    """
    kecamatan = places.units.loc[places.units["level"].eq("kecamatan"), ["code", "voters"]]
    kecamatan = kecamatan.sample(frac=1.0, random_state=rng).assign(
        turn=lambda f: f.groupby(f["code"].str[:5]).cumcount()
    )
    chosen = kecamatan.sort_values("turn", kind="stable").head(world.clusters)
    length = min(30, world.days)
    first = rng.integers(0, world.days - length + 1, len(chosen))
    start = pd.Timestamp(world.as_of) - pd.to_timedelta(world.days - 1 - first, unit="D")
    return pd.DataFrame(
        {
            "what": "cluster",
            "code": chosen["code"].to_numpy(),
            "family": rng.choice(FAMILIES, len(chosen), p=FAMILY_SHARES),
            "date_from": start,
            "date_to": start + pd.Timedelta(days=length - 1),
            "factor": world.factor,
        },
        columns=list(TRUTH_COLUMNS),
    )


def simulate_reports(
    places: Places,
    number: int,
    clusters: pd.DataFrame,
    world: ReportWorld,
    rng: np.random.Generator,
) -> pd.DataFrame:
    """Make reports: by voters, bunched towards the vote, with what `planted_clusters` chose.

    Parameters
    ----------
    places
        The province.
    number
        How many.
    clusters
        `TRUTH_COLUMNS`, as `planted_clusters` returns them; none for a world without clusters.
    world
        When.
    rng
        What is drawn.

    Returns
    -------
    DataFrame
        Sorted by ``date_event``: ``report_id``, ``perkara_id``, ``kind``, ``family``,
        ``severity``, ``date_event``, ``date_reported``, ``unit_code`` ("" where the source names
        none), ``lon``, ``lat`` (NaN without a point). Some lie at sea, contradict the unit they
        name, name one that is not there, or have no place at all.
    """
    units = places.units
    desa = units[units["level"].eq("desa")].reset_index(drop=True)
    family = rng.choice(len(FAMILIES), number, p=FAMILY_SHARES)
    base = desa["voters"].to_numpy() * rng.lognormal(0.0, _SPREAD, len(desa))
    day = _days(number, world, rng)
    at = rng.choice(len(desa), number, p=base / base.sum())
    first_day = pd.Timestamp(world.as_of) - pd.Timedelta(days=world.days - 1)
    _plant(at, day, family, desa["code"], base, clusters, first_day, rng)
    order = np.lexsort((at, day))
    at, day, family = at[order], day[order], family[order]
    affair = _affairs(at, family, day, rng)
    prefix = str(units["code"].iloc[0])
    event = first_day + pd.to_timedelta(day, unit="D")
    told = np.minimum(day + rng.geometric(0.5, number) - 1, world.days - 1)
    rows = pd.DataFrame(
        {
            "report_id": [f"S{prefix}-{n:08d}" for n in range(number)],
            "perkara_id": [f"P{prefix}-{n:08d}" for n in affair],
            "kind": np.array(["kejadian", "potensi"], dtype=object)[
                (rng.random(number) < 0.25).astype(int)
            ],
            "family": np.array(FAMILIES, dtype=object)[family],
            "severity": rng.choice(5, number, p=[0.4, 0.3, 0.18, 0.09, 0.03]).astype("int8") + 1,
            "date_event": event,
            "date_reported": first_day + pd.to_timedelta(told, unit="D"),
        }
    )
    return rows.assign(**_said_where(desa, at, places.side, rng))


def _days(number: int, world: ReportWorld, rng: np.random.Generator) -> Ints:
    """Return the day of each report from the first: half evenly, half the closer to the end."""
    even = rng.integers(0, world.days, number)
    late = world.days - 1 - np.minimum(rng.exponential(world.days / 8, number), world.days - 1)
    return np.where(rng.random(number) < 0.5, even, late).astype(np.int64)


def _plant(
    at: Ints,
    day: Ints,
    family: Ints,
    codes: pd.Series,
    base: npt.NDArray[np.float64],
    clusters: pd.DataFrame,
    first_day: pd.Timestamp,
    rng: np.random.Generator,
) -> None:
    """Move reports of the family and month into each cluster, until it has its factor."""
    starts = (clusters["date_from"] - first_day).dt.days
    ends = (clusters["date_to"] - first_day).dt.days
    columns = (clusters["code"], clusters["family"], clusters["factor"], starts, ends)
    for code, name, factor, start, end in zip(*columns, strict=True):
        inside = np.flatnonzero(codes.str.startswith(f"{code}.").to_numpy())
        same = np.flatnonzero((family == FAMILIES.index(name)) & (day >= start) & (day <= end))
        share = base[inside].sum() / base.sum()
        # Of those outside so many move that inside are ``factor`` times as many as there were.
        outside = same[~np.isin(at[same], inside)]
        moved = min(len(outside), round(len(same) * share * (factor - 1)))
        chosen = rng.choice(outside, moved, replace=False) if moved else outside[:0]
        at[chosen] = rng.choice(inside, moved, p=base[inside] / base[inside].sum())


def _affairs(at: Ints, family: Ints, day: Ints, rng: np.random.Generator) -> Ints:
    """Return the number of each report's affair: of one desa and family, within 14 days."""
    order = np.lexsort((day, family, at))
    near = (np.diff(at[order]) == 0) & (np.diff(family[order]) == 0) & (np.diff(day[order]) <= 14)
    goes_on = np.concatenate([[False], near & (rng.random(len(near)) < _AFFAIR_GOES_ON)])
    affair = np.empty(len(at), dtype=np.int64)
    affair[order] = np.cumsum(~goes_on[: len(at)])
    return affair


def _said_where(
    desa: pd.DataFrame, at: Ints, side: float, rng: np.random.Generator
) -> dict[str, np.ndarray]:
    """Return ``unit_code``, ``lon`` and ``lat`` as sources give them, faults included."""
    number = len(at)
    codes = desa["code"].to_numpy()
    depth = np.array([4, 3, 2, 0])[rng.choice(4, number, p=list(_NAMED.values()))]
    named = np.empty(number, dtype=object)
    for level, cut in {4: 13, 3: 8, 2: 5, 0: 0}.items():
        rows = depth == level
        named[rows] = np.array([code[:cut] for code in codes], dtype=object)[at[rows]]
    near = rng.uniform(-INSIDE, INSIDE, (number, 2)) * side
    lon = np.round(desa["lon"].to_numpy()[at] + near[:, 0], 6)
    lat = np.round(desa["lat"].to_numpy()[at] + near[:, 1], 6)
    without = (rng.random(number) >= _POINT) & (named != "")
    lon[without] = lat[without] = np.nan
    kind = rng.choice(5, number, p=[*_FAULTS.values(), 1 - sum(_FAULTS.values())])
    lon[kind == 0], lat[kind == 0] = 94.0, -12.0
    wrong = kind == 1
    lon[wrong], lat[wrong] = desa[["lon", "lat"]].to_numpy()[0]
    named[wrong] = codes[-1]
    named[kind == 2] = codes[0][:2] + ".99"
    named[kind == 3] = ""
    lon[kind == 3] = lat[kind == 3] = np.nan
    return {"unit_code": named, "lon": lon, "lat": lat}


def simulate_indicators(
    tps: pd.DataFrame, world: ReportWorld, rng: np.random.Generator
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Make what is known of the indicators of each TPS, and which TPS are risky.

    Parameters
    ----------
    tps
        ``tps_id``.
    world
        The share of risky ones.
    rng
        What is drawn.

    Returns
    -------
    values, truth
        ``tps_id``, ``indicator`` (of `INDICATORS`), ``value`` (0 or 1), six of ten on the mean
        known; and `TRUTH_COLUMNS` with ``what`` "risky_tps" and the id of a TPS.
    """
    n = len(tps)
    risky = rng.random(n) < world.risky_share
    chance = np.where(risky, 0.8, 0.08)[:, None]
    value = rng.random((n, len(INDICATORS))) < chance
    row, column = np.nonzero(rng.random((n, len(INDICATORS))) < 0.6)
    values = pd.DataFrame(
        {
            "tps_id": tps["tps_id"].to_numpy()[row],
            "indicator": np.array(INDICATORS, dtype=object)[column],
            "value": value[row, column].astype("int8"),
        }
    )
    truth = pd.DataFrame(
        {
            "what": "risky_tps",
            "code": tps["tps_id"].to_numpy()[risky],
            "family": "",
            "date_from": pd.NaT,
            "date_to": pd.NaT,
            "factor": 10.0,
        },
        columns=list(TRUTH_COLUMNS),
    )
    return values, truth
