"""What copying published shares of classes would mean. A what-if: no share is a quota."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd

from geo.errors import ParameterError


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
