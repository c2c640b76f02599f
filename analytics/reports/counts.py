"""The one place where reports and affairs are counted: per key, per unit, or coarser."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from analytics.reports.places import LEVELS, Ints, codes_of
from analytics.reports.silence import Evidence, states
from geo.errors import CodeError, ParameterError


def require_families(reports: pd.DataFrame, families: Sequence[str]) -> None:
    """Raise `ParameterError` for an empty or repeated list, or a report without a family.

    ``reports`` has ``report_id``, ``kind`` and ``family``.
    """
    if not families or len(set(families)) != len(families):
        raise ParameterError("families", tuple(families), "at least one family, each once")
    missing = reports["family"].isna() & reports["kind"].ne("nihil")
    if missing.any():
        first = str(reports.loc[missing, "report_id"].iloc[0])
        raise ParameterError("report_id", first, "a family on every potensi and kejadian")


def _family_positions(reports: pd.DataFrame, families: Sequence[str]) -> Ints:
    """Return the place of each report's family in a list; -1 for others and zero reports."""
    codes, uniques = pd.factorize(reports["family"])
    lookup = {family: i for i, family in enumerate(families)}
    table = np.array([*(lookup.get(family, -1) for family in uniques), -1], dtype=np.int64)
    positions = table[codes]
    positions[reports["kind"].eq("nihil").to_numpy(dtype=bool)] = -1
    return positions


def affair_positions(reports: pd.DataFrame) -> Ints:
    """Return a whole number for the affair of each row of ``reports`` (column ``perkara_id``)."""
    codes, _ = pd.factorize(reports["perkara_id"], use_na_sentinel=False)
    return codes.astype(np.int64)


def distinct(keys: Ints, family: Ints, affair: Ints, n_families: int, n_affairs: int) -> Ints:
    """Return each combination of key, family and affair once, packed into one whole number.

    ``packed // n_affairs`` is the cell ``key * n_families + family``. ``keys``, ``family`` and
    ``affair`` are (N,) whole numbers from 0, one per report.
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
    family = _family_positions(reports, families)
    use = (keys >= 0) & (family >= 0)
    keys, family = keys[use], family[use]
    affair = affair_positions(reports)[use]
    n_affairs = int(affair.max(initial=0)) + 1
    cells = n_keys * n_families
    n_reports = np.bincount(keys * n_families + family, minlength=cells)
    affairs = distinct(keys, family, affair, n_families, n_affairs) // n_affairs
    return _counts_frame(n_reports, np.bincount(affairs, minlength=cells), index, families)


def _counts_frame(
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


@dataclass(frozen=True, eq=False)
class MapCounts:
    """What a map of units shows, and what it cannot show.

    Attributes
    ----------
    units
        The units on the map by code: columns of `count_by_unit` and ``level``.
    coarser
        Reports known only to a unit that is not on the map, as `coarser_by_unit`; no empty rows.
    placement
        How many of the reports stand in the units on the map or in their parts.
    """

    units: pd.DataFrame = field(repr=False)
    coarser: pd.DataFrame = field(repr=False)
    placement: Placement = field(repr=False)


def count_map(
    reports: pd.DataFrame,
    units: pd.DataFrame,
    level: str,
    opened: str | None,
    families: Sequence[str],
    evidence: Evidence | None = None,
) -> MapCounts:
    """Count the reports of a map on which one unit may be opened into its parts.

    Parameters
    ----------
    reports, units, families, evidence
        As for `count_by_unit`.
    level
        kabupaten, kecamatan or desa: what the map shows where nothing is opened.
    opened
        Code of the opened unit; the units above it are open too, down from ``level``.
    """
    path = _path(opened)
    pieces = [count_by_unit(reports, units, level, families, evidence).assign(level=level)]
    for parent in path[LEVELS.index(level) - 1 :]:
        finer = LEVELS[parent.count(".") + 1]
        parts = count_by_unit(reports, units, finer, families, evidence).assign(level=finer)
        pieces.append(parts[parts.index.str.startswith(f"{parent}.")])
    frame = pd.concat(piece.drop(index=path, errors="ignore") for piece in pieces)
    coarser = coarser_by_unit(reports, units, level, families)
    hidden = [code for code in path if code not in coarser.index]
    if hidden:
        # An opened unit is off the map, and what is known to it alone must not go with it.
        own = coarser_by_unit(reports, units, LEVELS[-1], families).reindex(hidden).dropna()
        coarser = pd.concat([coarser, own.astype("int64")])
    shown = str(frame["level"].iloc[0]) if len(frame) else level
    return MapCounts(frame, coarser[coarser.gt(0).any(axis=1)], placed(reports, shown))


def _path(opened: str | None) -> list[str]:
    """Return the opened unit and the units above it, province left out; a desa has no parts."""
    parts = opened.split(".") if opened else []
    return [".".join(parts[:n]) for n in range(2, min(len(parts), len(LEVELS) - 1) + 1)]


def _codes(units: pd.DataFrame) -> dict[str, pd.Index]:
    """Return the sorted codes of the registry by level."""
    return {level: codes_of(units, level) for level in LEVELS}


def unit_positions(reports: pd.DataFrame, level: str, codes: pd.Index) -> Ints:
    """Return for each of ``reports`` the place of its unit in ``codes``; -1 where it is coarser.

    ``reports`` has a column of the name of the level, as `selection.located` gives it.

    Raises
    ------
    CodeError
        When a report stands in a unit that is none of the codes.
    """
    position, uniques = pd.factorize(reports[level])
    found = codes.get_indexer(pd.Index(uniques, dtype="str"))
    if (found < 0).any():
        raise CodeError(str(uniques[int(np.argmin(found))]), "a unit of the registry")
    return np.array([*found, -1], dtype=np.int64)[position]


def count_by_unit(
    reports: pd.DataFrame,
    units: pd.DataFrame,
    level: str,
    families: Sequence[str],
    evidence: Evidence | None = None,
) -> pd.DataFrame:
    """Count reports and affairs for each unit of a level, family by family.

    Parameters
    ----------
    reports
        Selected rows as `selection.located` returns them; zero reports among them are not counted.
    units
        The registry: ``code``, ``level``, ``parent_code``.
    level
        provinsi, kabupaten, kecamatan or desa.
    families
        Families to count. They are never added up: there is no total over families.
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
        For an empty list of families, a report without a family.
    """
    require_families(reports, families)
    codes = _codes(units)[level]
    keys = unit_positions(reports, level, codes)
    counts = tally(keys, codes, reports, families)
    keys = np.where(_family_positions(reports, families) >= 0, keys, -1)
    latest = _severity_and_latest(keys, codes, reports)
    has_reports = counts[[f"reports_{f}" for f in families]].gt(0).any(axis=1)
    return counts.join(latest).join(states(has_reports, units, level, evidence))


def _severity_and_latest(keys: Ints, index: pd.Index, reports: pd.DataFrame) -> pd.DataFrame:
    use = np.flatnonzero(keys >= 0)
    severity = reports["severity"].to_numpy(dtype="float64", na_value=np.nan)[use]
    worst = pd.Series(severity).groupby(keys[use]).max().reindex(range(len(index)))
    last = reports["last_day"].to_numpy(dtype="datetime64[D]")
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
    reports: pd.DataFrame, units: pd.DataFrame, level: str, families: Sequence[str]
) -> pd.DataFrame:
    """Count the reports that `count_by_unit` cannot place, in the coarser unit they are known to.

    Parameters
    ----------
    reports, units, level, families
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
    n_families = len(families)
    family, affair = _family_positions(reports, families), affair_positions(reports)
    n_affairs = int(affair.max(initial=0)) + 1
    frames, codes = [], _codes(units)
    for coarse in LEVELS[: LEVELS.index(level)]:
        index = codes[coarse]
        keys = unit_positions(reports, coarse, index)
        use = (keys >= 0) & (family >= 0)
        no_finer = reports[coarse].eq(reports["unit"]).to_numpy(dtype=bool)
        here = use & no_finer
        in_question = np.zeros(n_affairs, dtype=np.bool_)
        in_question[affair[here]] = True
        finer = use & ~no_finer & in_question[affair]
        own, inner = (
            distinct(keys[rows], family[rows], affair[rows], n_families, n_affairs)
            for rows in (here, finer)
        )
        only = own[~np.isin(own, inner)]
        cells = len(index) * n_families
        n_reports = np.bincount(keys[here] * n_families + family[here], minlength=cells)
        n_only = np.bincount(only // n_affairs, minlength=cells)
        frames.append(_counts_frame(n_reports, n_only, index, families))
    if not frames:
        none = np.zeros(0, dtype=np.int64)
        return _counts_frame(none, none, pd.Index([], name="code", dtype="str"), families)
    return pd.concat(frames).sort_index()


def placed(reports: pd.DataFrame, level: str) -> Placement:
    """Say how many reports have a place at a level: "x of y reports can be placed".

    Parameters
    ----------
    reports
        As for `count_by_unit`.
    level
        provinsi, kabupaten, kecamatan or desa.
    """
    counted = reports[reports["kind"].ne("nihil")]
    fine = counted[level].notna()
    coarser = counted.loc[~fine, "unit"].value_counts().sort_index()
    return Placement(int(fine.sum()), len(counted), coarser.rename_axis("code").rename("n_reports"))
