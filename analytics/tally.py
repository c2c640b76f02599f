"""Counting reports and affairs per key and family: the one place where counting is done."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import pandas as pd

from analytics.places import Ints
from geo.errors import ParameterError

Bools = npt.NDArray[np.bool_]


def require_families(reports: pd.DataFrame, families: Sequence[str]) -> None:
    """Raise `ParameterError` for an empty or repeated list, or a report without a family."""
    if not families or len(set(families)) != len(families):
        raise ParameterError("families", tuple(families), "at least one family, each once")
    missing = reports["family"].isna() & reports["kind"].ne("nihil")
    if missing.any():
        first = str(reports.loc[missing, "report_id"].iloc[0])
        raise ParameterError("report_id", first, "a family on every potensi and kejadian")


def family_positions(reports: pd.DataFrame, families: Sequence[str]) -> Ints:
    """Return the place of each report's family in a list; -1 for others and zero reports."""
    codes, uniques = pd.factorize(reports["family"])
    lookup = {family: i for i, family in enumerate(families)}
    table = np.array([*(lookup.get(family, -1) for family in uniques), -1], dtype=np.int64)
    positions = table[codes]
    positions[reports["kind"].eq("nihil").to_numpy(dtype=bool)] = -1
    return positions


def affair_positions(reports: pd.DataFrame) -> Ints:
    """Return a whole number per affair (``perkara_id``)."""
    codes, _ = pd.factorize(reports["perkara_id"], use_na_sentinel=False)
    return codes.astype(np.int64)


def distinct(keys: Ints, family: Ints, affair: Ints, n_families: int, n_affairs: int) -> Ints:
    """Return each combination of key, family and affair once, packed into one whole number.

    ``packed // n_affairs`` is the cell ``key * n_families + family``.
    """
    packed = (keys * n_families + family) * n_affairs + affair
    return np.asarray(pd.unique(packed), dtype=np.int64)


def tally(
    keys: Ints, index: pd.Index, reports: pd.DataFrame, families: Sequence[str]
) -> pd.DataFrame:
    """Count reports and affairs per key and family.

    Parameters
    ----------
    keys
        Per report its position in ``index``; -1 leaves the report out.
    index
        The keys, in the order wanted; those without a report get 0.
    reports
        Columns ``kind``, ``family``, ``perkara_id``; zero reports are left out.
    families
        Families to count; reports of another family are left out.

    Returns
    -------
    DataFrame
        On ``index``, whole numbers: ``reports_<family>`` and ``affairs_<family>`` per family. An
        affair counts once in each key it has a report in, so affairs of the parts add up to at
        least those of the whole; reports add up exactly. There is no column over families.
    """
    n_families, n_keys = len(families), len(index)
    family = family_positions(reports, families)
    use = (keys >= 0) & (family >= 0)
    keys, family = keys[use], family[use]
    affair = affair_positions(reports)[use]
    n_affairs = int(affair.max(initial=0)) + 1
    cells = n_keys * n_families
    n_reports = np.bincount(keys * n_families + family, minlength=cells)
    affairs = distinct(keys, family, affair, n_families, n_affairs) // n_affairs
    return counts_frame(n_reports, np.bincount(affairs, minlength=cells), index, families)


def counts_frame(
    n_reports: Ints, n_affairs: Ints, index: pd.Index, families: Sequence[str]
) -> pd.DataFrame:
    """Lay two flat arrays (key, family) out as the columns described in `tally`."""
    shape = (len(index), len(families))
    columns: dict[str, Ints] = {}
    for name, flat in (("reports", n_reports), ("affairs", n_affairs)):
        table = flat.reshape(shape).astype(np.int64)
        columns |= {f"{name}_{family}": table[:, i] for i, family in enumerate(families)}
    return pd.DataFrame(columns, index=index)
