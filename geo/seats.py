"""Where the people of a unit live: the desa at whose point its office is taken to stand."""

from __future__ import annotations

import numpy as np
import pandas as pd

from geo.errors import ParameterError

_COLUMNS = ("code", "level", "x_m", "y_m", "tps_pemilu2024")


def seats(units: pd.DataFrame) -> pd.Series:
    """Return the desa that stands for each unit.

    Parameters
    ----------
    units
        Columns ``code``, ``level``, ``x_m``, ``y_m`` (metres, of desa) and ``tps_pemilu2024``.

    Returns
    -------
    Series
        Desa code by unit code: a desa stands for itself, any other unit is represented by the
        desa from which the sum of distances to all its TPS is least (the median place). That is
        an assumption: seats of offices are not published with coordinates, and a unit's own
        point may lie far from its town.

    Raises
    ------
    ParameterError
        When a column is missing.
    """
    if missing := [c for c in _COLUMNS if c not in units.columns]:
        raise ParameterError("units", missing, "columns " + ", ".join(_COLUMNS))
    desa = units[units["level"].eq("desa")]
    found = dict(zip(desa["code"], desa["code"], strict=True))
    for code in units.loc[~units["level"].eq("desa"), "code"]:
        below = desa[desa["code"].str.startswith(f"{code}.")]
        if below.empty:
            continue
        xy = below[["x_m", "y_m"]].to_numpy(dtype=np.float64)
        weight = below["tps_pemilu2024"].fillna(0).to_numpy(dtype=np.float64)
        weight = weight if weight.any() else np.ones(len(below))
        apart = np.hypot(*(xy[:, None] - xy[None]).transpose(2, 0, 1))
        found[code] = str(below["code"].iloc[int((apart @ weight).argmin())])
    return pd.Series(found, dtype="str", name="desa_code").rename_axis("code")
