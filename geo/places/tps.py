"""How many polling stations stand in each unit."""

from __future__ import annotations

import pandas as pd


def count_tps(tps: pd.DataFrame, election: str, codes: pd.Series) -> pd.DataFrame:
    """Return how many TPS of an election stand in each unit.

    Parameters
    ----------
    tps
        The table.
    codes
        Units of any level.

    Returns
    -------
    DataFrame
        Index ``codes``; ``tps_count`` and of these ``tps_special`` (lokasi khusus), Int64. Both are
        missing everywhere when the register of the election is not known: that is not zero.
    """
    index = pd.Index(codes, name="code")
    mine = tps[tps["election"].eq(election)]
    counts = pd.DataFrame(index=index, columns=["tps_count", "tps_special"], dtype="Int64")
    if mine.empty:
        return counts
    for depth in sorted({code.count(".") for code in index}):
        desa = mine["desa_code"].unique()
        above = mine["desa_code"].map({one: ".".join(one.split(".")[: depth + 1]) for one in desa})
        found = mine["lokasi_khusus"].astype("Int64").groupby(above).agg(["size", "sum"])
        level = index[index.str.count(r"\.") == depth]
        counts.loc[level] = found.reindex(level).fillna(0).to_numpy()
    return counts
