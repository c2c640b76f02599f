"""How much of the indicators is known by TPS and area, and what published shares would mean.

Missing is not zero. Copying shares is a what-if: no share is a quota.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from geo.errors import ParameterError

_DEPTH = {"kabupaten": 2, "kecamatan": 3, "desa": 4}


@dataclass(frozen=True)
class CoverageParams:
    """When enough is known.

    Attributes
    ----------
    least
        0 to 1: known share of the indicators below which a TPS says "data belum cukup".
    """

    least: float

    def __post_init__(self) -> None:
        if not 0 <= self.least <= 1:
            raise ParameterError("least", self.least, "0 to 1")


def value_matrix(
    tps: pd.DataFrame, values: pd.DataFrame, indicators: Sequence[str]
) -> pd.DataFrame:
    """Return what is known of every TPS and indicator.

    Parameters
    ----------
    tps
        ``tps_id`` and ``desa_code``, one row per TPS.
    values
        ``indicator_id``, ``tps_id`` (missing: the whole desa), ``desa_code``, ``value``,
        ``simulated``; one row per place and indicator, and no other column is read.
    indicators
        Ids of the cycle's list; values of others are left out.

    Returns
    -------
    DataFrame
        Index ``tps_id`` in the order of `tps`, one float column per indicator: the value, NaN
        where nothing was reported. A report on a TPS beats one on its desa, and
        that beats a simulated value.
    """
    known = values[values["indicator_id"].isin(indicators)]
    whole, drawn = known["tps_id"].isna(), known["simulated"].astype(bool)
    columns = pd.Index(list(indicators), name="indicator_id")
    index = pd.Index(tps["tps_id"], name="tps_id")
    desa = pd.Index(tps["desa_code"].unique())
    of_desa = _scattered(known[whole & ~drawn], "desa_code", desa, columns)
    layers = (
        _scattered(known[~whole & ~drawn], "tps_id", index, columns),
        of_desa[desa.get_indexer(pd.Index(tps["desa_code"]))],
        _scattered(known[~whole & drawn], "tps_id", index, columns),
    )
    out = layers[0]
    for layer in layers[1:]:
        out = np.where(np.isnan(out), layer, out)
    return pd.DataFrame(out, index=index, columns=columns)


def _scattered(
    rows: pd.DataFrame, key: str, index: pd.Index, columns: pd.Index
) -> npt.NDArray[np.float64]:
    """Return a table of values by place and indicator, NaN where there is none."""
    out = np.full((len(index), len(columns)), np.nan)
    place = index.get_indexer(pd.Index(rows[key]))
    which = columns.get_indexer(pd.Index(rows["indicator_id"]))
    there = place >= 0
    out[place[there], which[there]] = rows["value"].to_numpy(dtype=float)[there]
    return out


def tps_coverage(matrix: pd.DataFrame, desa: pd.Series, params: CoverageParams) -> pd.DataFrame:
    """Return how much is known of each TPS.

    Parameters
    ----------
    matrix
        Of `value_matrix`, N by K.
    desa
        Code of the desa of each TPS by ``tps_id``.
    params
        When enough is known.

    Returns
    -------
    DataFrame
        Index ``tps_id``: ``desa_code``, ``known`` (0 to K), ``total`` (K), ``share`` (0 to 1;
        0 when the list is empty), ``enough`` (bool; never with an empty list).
    """
    known = matrix.notna().sum(axis=1)
    total = matrix.shape[1]
    share = known / total if total else pd.Series(0.0, index=matrix.index)
    return pd.DataFrame(
        {
            "desa_code": desa.reindex(matrix.index),
            "known": known,
            "total": total,
            "share": share.astype(float),
            "enough": share.ge(params.least) & bool(total),
        }
    )


def area_coverage(coverage: pd.DataFrame, level: str) -> pd.DataFrame:
    """Return how much is known of each area.

    Parameters
    ----------
    coverage
        Of `tps_coverage`.
    level
        ``kabupaten``, ``kecamatan`` or ``desa``.

    Returns
    -------
    DataFrame
        Index area code: ``tps`` (how many), ``share`` (mean of its TPS, 0 to 1), ``enough``
        (TPS of which enough is known), ``silent`` (TPS of which nothing is known).

    Raises
    ------
    ParameterError
        For another level.
    """
    codes = _areas(coverage["desa_code"], level)
    grouped = coverage.assign(silent=coverage["known"].eq(0)).groupby(codes)
    found = grouped.agg(
        tps=("known", "size"),
        share=("share", "mean"),
        enough=("enough", "sum"),
        silent=("silent", "sum"),
    )
    return found.rename_axis("code")


def missing_by_area(matrix: pd.DataFrame, desa: pd.Series, level: str) -> pd.DataFrame:
    """Return of how many TPS of each area an indicator is not known.

    ``matrix`` is that of `value_matrix`, ``desa`` the desa code by ``tps_id``.

    Returns
    -------
    DataFrame
        Index area code, one whole-number column per indicator.

    Raises
    ------
    ParameterError
        For another level than those of `area_coverage`.
    """
    codes = _areas(desa.reindex(matrix.index), level)
    return matrix.isna().groupby(codes).sum().astype(np.int64).rename_axis("code")


def _areas(desa: pd.Series, level: str) -> pd.Series:
    if level not in _DEPTH:
        raise ParameterError("level", level, ", ".join(_DEPTH))
    distinct = {code: ".".join(code.split(".")[: _DEPTH[level]]) for code in desa.unique()}
    return desa.map(distinct)


def apportioned(counts: Mapping[str, int], total: int) -> dict[str, int]:
    """Return whole numbers in the proportion of counts that add up to a total.

    Largest remainders (Hare's quota); of equal remainders the earlier gets the seat.

    Parameters
    ----------
    counts
        Published number of TPS by class.
    total
        TPS to divide, 0 or more.

    Raises
    ------
    ParameterError
        When no count is above 0, or one or the total is below 0.
    """
    if total < 0:
        raise ParameterError("total", total, "0 or more")
    values = np.array(list(counts.values()), dtype=float)
    if not len(values) or values.sum() <= 0 or (values < 0).any():
        raise ParameterError("counts", dict(counts), "0 or more each, some above 0")
    exact = values / values.sum() * total
    seats = np.floor(exact).astype(int)
    order = np.argsort(-(exact - seats), kind="stable")
    seats[order[: total - int(seats.sum())]] += 1
    return dict(zip(counts, seats.tolist(), strict=True))


def shares_what_if(index: pd.Series, counts: Mapping[str, int]) -> pd.DataFrame:
    """Return where published shares would cut a ranking.

    Parameters
    ----------
    index
        An index by TPS, NaN where it is not known.
    counts
        Published number of TPS by class, the gravest first.

    Returns
    -------
    DataFrame
        Index class, the gravest first: ``published``, ``share`` (0 to 1), ``tps`` (of all TPS in
        proportion), ``border`` (the lowest index inside; NaN when too few are known) and ``tied``
        (how many TPS have exactly that index: the more, the less the cut means).
    """
    seats = apportioned(counts, len(index))
    known = index.dropna().sort_values(ascending=False).to_numpy()
    rows, upto = [], 0
    whole = sum(counts.values())
    for name, published in counts.items():
        upto += seats[name]
        border = float(known[upto - 1]) if seats[name] and upto <= len(known) else np.nan
        tied = int(np.count_nonzero(known == border))
        rows.append((name, published, published / whole, seats[name], border, tied))
    columns = ["kelas", "published", "share", "tps", "border", "tied"]
    return pd.DataFrame(rows, columns=columns).set_index("kelas")
