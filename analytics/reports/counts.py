"""Reports and affairs per unit, and those that are known only to a coarser unit.

Counting reports and affairs per key and family: the one place where counting is done.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from analytics.reports.dates import span_days
from analytics.reports.places import (
    LEVELS,
    Ints,
    ancestor,
    code_depth,
    codes_of,
    depth_of,
    place_codes,
)
from analytics.reports.silence import Evidence, states
from geo.errors import CodeError, ParameterError


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


PRECISION_RANK = {"year": 0, "month": 1, "day": 2}


@dataclass(frozen=True, eq=False)
class Placement:
    """How many reports can be placed at a level: "x of y reports".

    Attributes
    ----------
    placed, total
        Reports with a place at the level or finer, and all reports (zero reports not among them).
    coarser
        Reports known only to a coarser unit: count by the code of that unit.
    """

    placed: int
    total: int
    coarser: pd.Series = field(repr=False)


def _positions(codes: pd.Series, known: pd.Index, depth: int) -> tuple[Ints, Ints]:
    """Return per report the position of its unit at a depth (-1: coarser) and its own depth."""
    position, uniques = pd.factorize(codes)
    units = [ancestor(str(code), depth) for code in uniques]
    found = known.get_indexer(pd.Index([unit or "" for unit in units], dtype="str"))
    for unit, at in zip(units, found, strict=True):
        if unit is not None and at < 0:
            raise CodeError(unit, "a unit of the registry")
    depths = [code_depth(str(code)) for code in uniques]
    at_depth = np.array([*found, -1], dtype=np.int64)[position]
    return at_depth, np.array([*depths, -1], dtype=np.int64)[position]


def count_by_unit(
    reports: pd.DataFrame,
    units: pd.DataFrame,
    level: str,
    families: Sequence[str],
    place: str = "pokok",
    evidence: Evidence | None = None,
) -> pd.DataFrame:
    """Count reports and affairs for each unit of a level, family by family.

    Parameters
    ----------
    reports
        Selected rows of the table of reports; zero reports among them are not counted.
    units
        The registry: ``code``, ``level``, ``parent_code``.
    level
        provinsi, kabupaten, kecamatan or desa.
    families
        Families to count. They are never added up: there is no total over families.
    place
        ``pokok`` or ``kejadian``; see `places.place_codes`.
    evidence
        What is known about silence in the window; see `silence.states`.

    Returns
    -------
    DataFrame
        Index ``code``: every unit of the level, sorted. ``reports_<family>``,
        ``affairs_<family>`` (an affair counts in each unit it has a report in), ``severity_max``
        (Int64, NA where unknown), ``last_date`` and ``last_precision`` (of the latest report; for
        month precision the last day of the month), ``state``, ``nihil_share``,
        ``covered_share``. Reports known only to a coarser unit are in `coarser_by_unit`.

    Raises
    ------
    CodeError
        When a report stands in a unit that the registry does not have.
    ParameterError
        For an unknown level or place, an empty list of families, a report without a family.
    """
    require_families(reports, families)
    codes = codes_of(units, level)
    keys, _ = _positions(place_codes(reports, place), codes, depth_of(level))
    counts = tally(keys, codes, reports, families)
    keys = np.where(family_positions(reports, families) >= 0, keys, -1)
    latest = _severity_and_latest(keys, codes, reports)
    has_reports = counts[[f"reports_{f}" for f in families]].gt(0).any(axis=1)
    return counts.join(latest).join(states(has_reports, units, level, evidence))


def _severity_and_latest(keys: Ints, index: pd.Index, reports: pd.DataFrame) -> pd.DataFrame:
    use = np.flatnonzero(keys >= 0)
    severity = reports["severity"].to_numpy(dtype="float64", na_value=np.nan)[use]
    worst = pd.Series(severity).groupby(keys[use]).max().reindex(range(len(index)))
    last = span_days(reports)[1]
    precision, words = pd.factorize(reports["date_precision"])
    rank = np.array([*(PRECISION_RANK.get(word, 0) for word in words), 0])[precision]
    order = use[np.argsort(last[use].astype(np.int64) * 3 + rank[use], kind="stable")]
    row = np.full(len(index), -1, dtype=np.int64)
    row[keys[order]] = order
    empty = row < 0
    last_date = last[row] if len(last) else np.full(len(index), "NaT", dtype="datetime64[D]")
    word_of = np.array([*words, None], dtype=object)
    last_precision = word_of[np.where(empty, -1, precision[row] if len(precision) else -1)]
    return pd.DataFrame(
        {
            "severity_max": worst.round().astype("Int64").array,
            "last_date": pd.Series(last_date.astype("datetime64[s]")).mask(empty).array,
            "last_precision": pd.Series(last_precision).astype("str").array,
        },
        index=index,
    )


def coarser_by_unit(
    reports: pd.DataFrame,
    units: pd.DataFrame,
    level: str,
    families: Sequence[str],
    place: str = "pokok",
) -> pd.DataFrame:
    """Count the reports that `count_by_unit` cannot place, in the coarser unit they are known to.

    Parameters
    ----------
    reports, units, level, families, place
        As for `count_by_unit`.

    Returns
    -------
    DataFrame
        Index ``code``: every unit of the coarser levels, sorted; zeros included.
        ``reports_<family>`` and ``affairs_<family>``: reports known to that unit and no finer,
        and affairs with no report at a finer place inside it. So for reports the sum over the
        parts plus this is the whole, and for affairs the union of the parts plus this is.
    """
    require_families(reports, families)
    target, n_families = depth_of(level), len(families)
    family, affair = family_positions(reports, families), affair_positions(reports)
    n_affairs = int(affair.max(initial=0)) + 1
    codes = place_codes(reports, place)
    frames = []
    for depth in range(target):
        index = codes_of(units, LEVELS[depth])
        keys, own_depth = _positions(codes, index, depth)
        use = (keys >= 0) & (family >= 0)
        here = use & (own_depth == depth)
        in_question = np.zeros(n_affairs, dtype=np.bool_)
        in_question[affair[here]] = True
        finer = use & (own_depth > depth) & in_question[affair]
        own, inner = (
            distinct(keys[rows], family[rows], affair[rows], n_families, n_affairs)
            for rows in (here, finer)
        )
        only = own[~np.isin(own, inner)]
        cells = len(index) * n_families
        n_reports = np.bincount(keys[here] * n_families + family[here], minlength=cells)
        n_only = np.bincount(only // n_affairs, minlength=cells)
        frames.append(counts_frame(n_reports, n_only, index, families))
    if not frames:
        none = np.zeros(0, dtype=np.int64)
        return counts_frame(none, none, pd.Index([], name="code", dtype="str"), families)
    return pd.concat(frames).sort_index()


def placed(reports: pd.DataFrame, level: str, place: str = "pokok") -> Placement:
    """Say how many reports have a place at a level: "x of y reports can be placed".

    Parameters
    ----------
    reports
        Selected rows; zero reports among them are left out.
    level, place
        As for `count_by_unit`.
    """
    target = depth_of(level)
    codes = place_codes(reports[reports["kind"].ne("nihil")], place)
    counts = codes.value_counts()
    fine = np.array([code_depth(str(code)) >= target for code in counts.index], dtype=bool)
    coarser = counts[~fine].sort_index().rename_axis("code").rename("n_reports")
    return Placement(int(counts[fine].sum()), len(codes), coarser)
