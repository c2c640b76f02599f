"""Voters per unit, published or estimated, and rates standardised by empirical Bayes."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

import numpy as np
import pandas as pd

from analytics.hotspots.weights import Floats
from analytics.reports.dates import day
from analytics.reports.places import LEVELS, codes_of, levels_of, unit_at
from geo.errors import ParameterError

LIST_RANK = {"dpt": 0, "dpthp2": 1, "dpshp": 2, "dps": 3}
"""Kinds of voter list that give a number for an area, most final first."""

COMPUTED = "dihitung:"
"""A note that begins so says that no source published the number; it is worked out here instead."""

COLUMNS = ["voters", "quality", "how", "election", "list_kind", "source_id"]


@dataclass(frozen=True)
class ExposureParams:
    """Which voters to count.

    Attributes
    ----------
    election
        Key of the election whose register is asked for.
    max_age_years
        0 to 10: how many years before or after its voting day the vote of another list may lie.
    """

    election: str
    max_age_years: float = 3.0

    def __post_init__(self) -> None:
        if not 0 <= self.max_age_years <= 10:
            raise ParameterError("max_age_years", self.max_age_years, "0 to 10")


def voting_day(election: str, elections: pd.DataFrame, seen_from: dt.date) -> pd.Timestamp | None:
    """Return the voting day of an election, or the farthest day of the year its key ends with.

    Old elections are often known by their key alone (``pemilu2019``); the farthest day keeps a list
    from passing as younger than it is. None when the key ends with no year. ``elections`` has
    ``election`` and ``voting_date``.
    """
    rows = elections.loc[elections["election"].eq(election), "voting_date"]
    if not rows.empty:
        return day(rows.iloc[0])
    year = election[-4:]
    if not (year.isdecimal() and len(year) == 4 and 1900 <= int(year) <= 2200):
        return None
    first, last = pd.Timestamp(int(year), 1, 1), pd.Timestamp(int(year), 12, 31)
    today = day(seen_from)
    return first if abs(today - first) > abs(last - today) else last


def _published(voters: pd.DataFrame) -> pd.DataFrame:
    """Return the lists that give a number for an area: men plus women where no total is given."""
    computed = voters["note"].astype("str").str.startswith(COMPUTED).fillna(False).astype(bool)
    rows = voters[voters["list_kind"].isin(list(LIST_RANK)) & ~computed].copy()
    total = rows["total"].astype("Float64")
    added = rows["male"].astype("Float64") + rows["female"].astype("Float64")
    rows["voters"] = total.fillna(added).astype("float64")
    rows["how"] = np.where(total.isna() & added.notna(), "laki_laki_tambah_perempuan", "daftar")
    return rows[rows["voters"].gt(0)]


def _best(rows: pd.DataFrame) -> pd.DataFrame:
    """Return one list per unit: nearest vote, most final kind, then the first ``voters_id``.

    Equally good rows that disagree are marked ``daftar_berbeda``.
    """
    keys = ["unit_code", "distance", "rank"]
    rows = rows.sort_values([*keys, "voters_id"])
    differ = rows.groupby(keys)["voters"].transform("nunique").gt(1)
    rows["how"] = rows["how"].where(~differ, "daftar_berbeda")
    best = rows.drop_duplicates("unit_code").set_index("unit_code")
    return best.assign(quality="terbit")[COLUMNS]


def _lists(
    voters: pd.DataFrame, elections: pd.DataFrame, params: ExposureParams
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return the published numbers: province and kabupaten, and kecamatan, by unit code."""
    own = elections.loc[elections["election"].eq(params.election), "voting_date"].dropna()
    if own.empty:
        raise ParameterError("election", params.election, "an election with a voting day")
    target = day(own.iloc[0])
    rows = _published(voters)
    votes = {e: voting_day(e, elections, target) for e in rows["election"].unique()}
    distance = {e: abs((v - target).days) for e, v in votes.items() if v is not None}
    rows["distance"] = rows["election"].map(distance).astype("float64")
    rows["rank"] = rows["list_kind"].map(LIST_RANK)
    final = rows["election"].eq(params.election) & rows["list_kind"].eq("dpt")
    upper = rows[final & rows["level"].isin(["provinsi", "kabupaten"])]
    young = rows["distance"].le(params.max_age_years * 365.25)
    return _best(upper), _best(rows[young & rows["level"].eq("kecamatan")])


def part_gaps(voters: pd.DataFrame, units: pd.DataFrame) -> pd.DataFrame:
    """Return the published lists whose parts do not add up to the total their page prints.

    Parameters
    ----------
    voters
        The table of voter lists.
    units
        The registry: ``code``, ``parent_code``.

    Returns
    -------
    DataFrame
        Index ``election``, ``list_kind``, ``unit_code``: ``total`` as printed, ``parts`` (the sum
        of all its parts of the next level; a list with a part missing tells nothing) and ``gap``,
        parts less total, in voters. Neither figure is put right: which of the two is wrong, no
        page says.
    """
    keys = ["election", "list_kind", "unit_code"]
    lists = _published(voters).groupby(keys)["voters"].max()
    parent = units.set_index("code")["parent_code"]
    parts = lists.reset_index().assign(
        unit_code=lambda f: f["unit_code"].map(parent).astype("str"), n=1
    )
    sums = parts.groupby(keys).agg(parts=("voters", "sum"), n=("n", "sum"))
    found = lists.rename("total").to_frame().join(sums, how="inner")
    wholes = found.index.get_level_values("unit_code").to_series(index=found.index)
    whole = found["n"].eq(wholes.map(parent.value_counts()))
    found = found.assign(gap=found["parts"] - found["total"])
    return found.loc[whole & found["gap"].ne(0), ["total", "parts", "gap"]].astype("int64")


def _estimate(voters: pd.Series, how: str, params: ExposureParams) -> pd.DataFrame:
    known = voters.dropna()
    return pd.DataFrame(
        {
            "voters": known,
            "quality": "perkiraan",
            "how": how,
            "election": params.election,
            "list_kind": None,
            "source_id": None,
        },
        index=known.index,
    )[COLUMNS]


def _residual(
    known: pd.DataFrame, units: pd.DataFrame, tps: pd.Series, params: ExposureParams
) -> pd.DataFrame:
    """Return the kabupaten without a number: what the province has beyond the others.

    Several of them share the rest by their polling stations.
    """
    codes = codes_of(units, "kabupaten").to_series()
    province = unit_at(codes, "provinsi")
    total = province.map(known["voters"])
    own = codes.map(known["voters"])
    rest = total - own.groupby(province).transform("sum")
    missing = own.isna()
    alone = missing.groupby(province).transform("sum").eq(1)
    weight = tps.reindex(codes.index).where(missing)
    share = (weight / weight.groupby(province).transform("sum", min_count=1)).where(~alone, 1.0)
    voters = (rest * share).where(missing & rest.gt(0) & share.gt(0))
    how = np.where(alone, "sisa_provinsi", "sisa_provinsi_per_tps")
    frame = _estimate(voters, "sisa_provinsi", params)
    return frame.assign(how=pd.Series(how, index=codes.index).reindex(frame.index))


def _by_tps(
    codes: pd.Index, level: str, known: pd.DataFrame, tps: pd.Series, params: ExposureParams
) -> pd.DataFrame:
    """Return polling stations times the mean voters per polling station of the parent."""
    parent = unit_at(codes.to_series(), level)
    mean = known["voters"] / tps.reindex(known.index).where(lambda n: n.gt(0))
    voters = tps.reindex(codes).where(lambda n: n.gt(0)) * parent.map(mean)
    return _estimate(voters, f"tps_x_rata_{level}", params)


def exposure(
    units: pd.DataFrame,
    voters: pd.DataFrame,
    tps_counts: pd.Series,
    elections: pd.DataFrame,
    params: ExposureParams,
) -> pd.DataFrame:
    """Return the voters of every unit and how well they are known.

    Parameters
    ----------
    units
        The registry: ``code``, ``level``.
    voters
        The table of voter lists. Plans, special places (``rencana``, ``khusus``) and rows whose
        note says that the number was computed (`COMPUTED`) are not used.
    tps_counts
        Polling stations by unit code, of any one election: only their shares inside a kabupaten
        matter. Those of desa are used and added up; coarser units among them are not.
    elections
        ``election`` and ``voting_date``.
    params
        The election and how old another list may be.

    Returns
    -------
    DataFrame
        Index ``code``: all units, sorted. ``voters`` (float, never 0), ``quality``: ``terbit``
        (published), ``perkiraan`` (estimated), ``tidak_ada`` (NaN); ``how``; and of published
        numbers ``election``, ``list_kind``, ``source_id``. Province and kabupaten are the final
        list (dpt) of the election; one kabupaten without a number is the province less the
        others. A kecamatan is the list nearest in time within ``max_age_years``, the most final
        first; else its polling stations times the mean of its kabupaten. A desa is always its
        polling stations times the mean of its kecamatan. Published kecamatan are of other lists
        and need not add up to their kabupaten; desa add up to their kecamatan.

    Raises
    ------
    ParameterError
        When the election has no voting day.
    """
    upper, middle = _lists(voters, elections, params)
    tps = _tps_of_every_unit(tps_counts)
    codes = {level: codes_of(units, level) for level in LEVELS}
    known = upper[upper.index.isin(codes["provinsi"].append(codes["kabupaten"]))]
    known = _join(known, _residual(known, units, tps, params))
    middle = middle[middle.index.isin(codes["kecamatan"])]
    known = _join(
        _join(known, middle), _by_tps(codes["kecamatan"], "kabupaten", known, tps, params)
    )
    known = _join(known, _by_tps(codes["desa"], "kecamatan", known, tps, params))
    every = pd.Index(sorted(units["code"]), name="code", dtype="str")
    frame = known.reindex(every)
    frame["quality"] = frame["quality"].where(frame["quality"].notna(), "tidak_ada")
    return frame


def _tps_of_every_unit(tps_counts: pd.Series) -> pd.Series:
    codes = tps_counts.index.to_series()
    desa = tps_counts[levels_of(codes).eq("desa")].astype("float64")
    sums = [desa.groupby(unit_at(desa.index.to_series(), level)).sum() for level in LEVELS]
    return pd.concat(sums)


def _join(known: pd.DataFrame, more: pd.DataFrame) -> pd.DataFrame:
    """Return the known rows and those of the others whose unit is not known yet."""
    new = more[~more.index.isin(known.index)]
    return pd.concat([frame for frame in (known, new) if not frame.empty] or [known])


def rate_per_10000(counts: pd.Series, exposed: pd.DataFrame) -> pd.Series:
    """Return counts per 10,000 voters.

    Parameters
    ----------
    counts
        Reports or affairs of one family by unit code.
    exposed
        Result of `exposure`; its ``quality`` says whether the rate is published or estimated.

    Returns
    -------
    Series
        On the index of the counts; NaN where the unit has no known voters, never infinite.
    """
    voters = exposed["voters"].reindex(counts.index)
    return (counts.astype("float64") * 10_000 / voters.where(voters.gt(0))).rename("rate")


def _checked(counts: Floats, voters: Floats) -> tuple[Floats, Floats]:
    """Return counts of shape (n, periods) and voters of shape (n, 1), both as float."""
    people = np.asarray(voters, dtype=np.float64).reshape(-1, 1)
    table = np.asarray(counts, dtype=np.float64)
    if table.ndim not in {1, 2} or len(table) != len(people):
        raise ParameterError("counts", table.shape, f"one row for each of {len(people)} units")
    if not (np.isfinite(table).all() and (table >= 0).all()):
        raise ParameterError("counts", float(table.min()), "finite, 0 or more")
    if not (np.isfinite(people).all() and (people > 0).all()):
        raise ParameterError("voters", float(people.min()), "finite, above 0")
    return table.reshape(len(people), -1), people


def eb_standardised(counts: Floats, voters: Floats) -> Floats:
    """Return rates less their mean, over the spread that voters and true differences explain.

    Parameters
    ----------
    counts
        Shape (n,) or (n, periods), 0 or more.
    voters
        Shape (n,), above 0.

    Returns
    -------
    ndarray
        The shape of ``counts``, no unit; 0 where there is no case at all.

    Notes
    -----
    Assuncao and Reis (1999), "A new proposal to adjust Moran's I for population density",
    Statistics in Medicine 18(16), 2147-2162: ``(r - b) / sqrt(a + b / x)`` with the variance ``a``
    of the true rates by the method of moments, taken as 0 where it comes out below.
    """
    table, people = _checked(counts, voters)
    total = people.sum()
    rate, mean = table / people, table.sum(axis=0) / total
    spread = (people * (rate - mean) ** 2).sum(axis=0) / total - mean * len(people) / total
    variance = np.maximum(spread, 0.0) + mean / people
    found = (rate - mean) / np.sqrt(np.where(variance > 0, variance, 1.0))
    return np.asarray(found.reshape(np.shape(counts)), dtype=np.float64)


def stacked_index(counts: pd.Series | pd.DataFrame) -> pd.Index:
    """Return the index of results: that of ``counts``, or its code and period."""
    if isinstance(counts, pd.Series):
        return counts.index
    names = [counts.index.name or "code", counts.columns.name or "period"]
    return pd.MultiIndex.from_product([counts.index, counts.columns], names=names)
