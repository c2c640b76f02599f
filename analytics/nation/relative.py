"""Relative risk of kecamatan and kabupaten, from placed reports: of a province or of all at once.

Affairs per unit are counted by province, where the reports are; the risk of the kabupaten of all
provinces needs those counts alone. So there are two functions: `unit_affairs`, then `relative_of`.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import shapely

from analytics.hotspots.relative_risk import (
    RelativeRiskParams,
    decided_for,
    expected_affairs,
    relative_risk,
)
from analytics.hotspots.weights import Weights, contiguity_weights
from analytics.nation.rows import FAMILIES
from analytics.reports.counts import tally
from analytics.reports.places import codes_of, unit_at
from geo.errors import CodeError, ParameterError

if TYPE_CHECKING:
    import geopandas as gpd

LEVELS = ("kabupaten", "kecamatan")
AFFAIRS = ("level", "code", "family", "affairs")
COLUMNS = (
    "level", "code", "family", "affairs", "expected", "median", "low", "high", "p_above",
    "p_below", "word",
)  # fmt: skip


def unit_affairs(
    placed: pd.DataFrame,
    units: pd.DataFrame,
    level: str,
    families: Sequence[str] = FAMILIES,
    kind: str = "kejadian",
) -> pd.DataFrame:
    """Count affairs per unit: one counts once in each unit in which it has a report.

    Parameters
    ----------
    placed
        ``place_code``, ``perkara_id``, ``family``, ``kind``.
    units
        ``code``, ``level``: all units that are to have a row, those without affairs too.
    level
        kabupaten or kecamatan; what is placed more coarsely is in no row.
    families
        Families to count; they are never added up.
    kind
        ``kejadian`` or ``potensi``: the two are never added up.

    Returns
    -------
    DataFrame
        ``level``, ``code``, ``family``, ``affairs`` (int64), by family as given and then code.

    Raises
    ------
    CodeError
        When a report lies in a unit that ``units`` does not have.
    ParameterError
        For another level.
    """
    _check_level(level)
    codes = codes_of(units, level)
    rows = placed[placed["kind"].eq(kind) & placed["family"].isin(list(families))]
    area = unit_at(rows["place_code"].replace("", None), level)
    at = codes.get_indexer(pd.Index(area))
    lost = (at < 0) & area.notna().to_numpy()
    if lost.any():
        raise CodeError(str(area[lost].iloc[0]), f"a {level} of the units")
    counts = tally(at.astype(np.int64), codes, rows, families)
    parts = [
        pd.DataFrame({"code": codes, "affairs": counts[f"affairs_{family}"].to_numpy()}).assign(
            level=level, family=family
        )
        for family in families
    ]
    return pd.concat(parts, ignore_index=True)[list(AFFAIRS)]


def relative_of(
    affairs: pd.DataFrame, units: pd.DataFrame, neighbours: Weights | None = None
) -> pd.DataFrame:
    """Return the relative risk of each unit by family: affairs against what voters lead to.

    Parameters
    ----------
    affairs
        As `unit_affairs` returns them, of one level; those of several provinces one under the
        other, and then each unit is held against all of them.
    units
        ``code``, ``level``, ``voters``: at least the units of ``affairs``. A unit without voters
        is left out with its affairs: nothing can be expected there.
    neighbours
        Of at least the units of ``affairs`` with voters (`unit_neighbours`); without them no zone
        of neighbours with a common risk is looked for.

    Returns
    -------
    DataFrame
        `COLUMNS`, as `analytics.hotspots.relative_risk.relative_risk` says, families in their
        order in ``affairs``. The word is given from the probability that
        `analytics.hotspots.relative_risk.decided_for` says.

    Raises
    ------
    ParameterError
        For affairs of two levels, or of none.
    """
    level = _one_level(affairs)
    voters = units[units["level"].eq(level)].set_index("code")["voters"]
    voters = voters[voters.gt(0)].sort_index()
    voters = voters[voters.index.isin(affairs["code"])]
    above = "provinsi" if level == "kabupaten" else "kabupaten"
    parents = unit_at(pd.Series(voters.index, index=voters.index), above)
    near = None if neighbours is None else _among(neighbours, voters.index)
    params = RelativeRiskParams(decided=decided_for(level, len(voters)))
    parts = []
    for family, rows in affairs.groupby("family", sort=False):
        counts = rows.set_index("code")["affairs"].reindex(voters.index)
        expected = expected_affairs(float(counts.sum()), voters)
        found = relative_risk(counts, expected, parents, params, near)
        parts.append(found.rename_axis("code").reset_index().assign(level=level, family=family))
    return pd.concat(parts, ignore_index=True)[list(COLUMNS)]


def unit_neighbours(desa: gpd.GeoDataFrame, units: pd.DataFrame, level: str) -> Weights:
    """Return which units of a level touch; one over water is next to the nearest two.

    Parameters
    ----------
    desa
        ``code`` and ``geometry``, a valid coverage in EPSG:4326.
    units
        ``code``, ``level``, ``lon``, ``lat``.
    level
        kabupaten or kecamatan.

    Raises
    ------
    ParameterError
        For another level, or fewer than two units.
    """
    import geopandas as gpd

    _check_level(level)
    points = units[units["level"].eq(level)].set_index("code").sort_index()[["lon", "lat"]]
    area = unit_at(desa["code"], level)
    shapes = [
        (code, shapely.coverage_union_all(part.to_numpy()))
        for code, part in desa.geometry.groupby(area.to_numpy())
    ]
    frame = gpd.GeoDataFrame(
        {"code": [code for code, _ in shapes]},
        geometry=[shape for _, shape in shapes],
        crs=desa.crs,
    )
    return contiguity_weights(frame, points)


def _among(neighbours: Weights, codes: pd.Index) -> Weights:
    """Return neighbours of exactly some units, in their order."""
    wanted = [str(code) for code in codes]
    at = pd.Index(neighbours.codes).get_indexer(pd.Index(wanted))
    if (at < 0).any():
        raise CodeError(wanted[int(at.argmin())], "a unit with neighbours")
    matrix = neighbours.matrix[at][:, at]
    return Weights(tuple(wanted), matrix, neighbours.kind, dict(neighbours.params))


def _one_level(affairs: pd.DataFrame) -> str:
    levels = affairs["level"].unique()
    if len(levels) != 1:
        raise ParameterError("affairs", tuple(map(str, levels)), "units of one level")
    level = str(levels[0])
    _check_level(level)
    return level


def _check_level(level: str) -> None:
    if level not in LEVELS:
        raise ParameterError("level", level, "one of " + ", ".join(LEVELS))
