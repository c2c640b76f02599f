"""SIMULASI: published numbers of TPS dealt out over TPS at random. Never a statement about one."""

from __future__ import annotations

import zlib
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import pandas as pd

from geo.errors import ParameterError

_FINEST_FIRST = ("desa", "kecamatan", "kabupaten", "provinsi")
NATIONAL = "nasional"


def allocate_counts(
    tps: pd.DataFrame,
    counts: pd.DataFrame,
    seed: int,
    *,
    national_tps: int | None = None,
    left_out: Sequence[str] = (),
) -> pd.DataFrame:
    """Deal published counts out over TPS, each at the level it was published for.

    Of an area with a count ``k``, exactly ``k`` of its TPS get a yes, all equally likely, the
    others a no. A coarser count deals what is left of it over the TPS that no finer one covers. Of
    a count for the whole country the number that falls to these TPS is hypergeometric: ``k``
    of ``national_tps`` have a yes, and these are a part of them.

    Parameters
    ----------
    tps
        ``tps_id`` and ``desa_code``, one row per TPS.
    counts
        ``indicator_id``, ``level`` (desa, kecamatan, kabupaten, provinsi or nasional),
        ``unit_code``, ``count`` in TPS.
    seed
        Random seed, 0 or more. Each indicator draws from a stream of its own.
    national_tps
        TPS of the whole country; counts of that level are left out without it.
    left_out
        Indicators that are not to be simulated.

    Returns
    -------
    DataFrame
        ``tps_id``, ``desa_code``, ``indicator_id``, ``value`` (1.0 or 0.0), for every TPS that a
        count covers.

    Raises
    ------
    ParameterError
        When the seed is negative, or a count exceeds the TPS it is about.
    """
    if seed < 0:
        raise ParameterError("seed", seed, "0 or more")
    usable = counts[counts["indicator_id"].notna() & counts["count"].notna()]
    usable = usable[~usable["indicator_id"].isin(left_out)]
    parts = []
    for indicator, rows in usable.groupby("indicator_id", sort=True):
        rng = np.random.default_rng([seed, zlib.crc32(str(indicator).encode())])
        values = _one(tps, rows, rng, national_tps)
        reported = np.flatnonzero(~np.isnan(values))
        part = tps.iloc[reported][["tps_id", "desa_code"]]
        parts.append(part.assign(indicator_id=str(indicator), value=values[reported]))
    columns = ["tps_id", "desa_code", "indicator_id", "value"]
    if not parts:
        return pd.DataFrame({name: pd.Series(dtype="str") for name in columns[:3]}).assign(
            value=0.0
        )
    return pd.concat(parts, ignore_index=True)[columns]


def _one(
    tps: pd.DataFrame, rows: pd.DataFrame, rng: np.random.Generator, national_tps: int | None
) -> npt.NDArray[np.float64]:
    """Return the values of one indicator by TPS, NaN where no count covers it."""
    values = np.full(len(tps), np.nan)
    desa = tps["desa_code"]
    for level in _FINEST_FIRST:
        some = rows[rows["level"].eq(level)].sort_values(["unit_code", "count"])
        for unit, count in some.drop_duplicates("unit_code", keep="last")[
            ["unit_code", "count"]
        ].itertuples(index=False):
            inside = (desa.eq(unit) | desa.str.startswith(f"{unit}.")).to_numpy()
            if count > inside.sum():
                raise ParameterError("count", int(count), f"at most {inside.sum()} TPS of {unit}")
            left = max(int(count) - int(np.nansum(values[inside])), 0)
            _deal(values, np.flatnonzero(inside & np.isnan(values)), left, rng)
    country = rows.loc[rows["level"].eq(NATIONAL), "count"]
    if len(country) and national_tps is not None:
        count = int(country.max())
        if count > national_tps:
            raise ParameterError("count", count, f"at most {national_tps} TPS")
        free = np.flatnonzero(np.isnan(values))
        share = rng.hypergeometric(count, national_tps - count, len(free)) if len(free) else 0
        _deal(values, free, int(share), rng)
    return values


def _deal(
    values: npt.NDArray[np.float64], free: npt.NDArray[np.intp], yes: int, rng: np.random.Generator
) -> None:
    """Give a yes to so many of the free places, at most all, and a no to the others."""
    values[free] = 0.0
    values[rng.permutation(free)[: min(yes, len(free))]] = 1.0
