"""Where the vehicles of a plan are at a time, with what aboard, and what has arrived by then."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

LonLat = npt.NDArray[np.float64]
Paths = Mapping[tuple[str, str, str], LonLat]

STATES = ("loading", "under_way", "unloading", "waiting")
_COLUMNS = [
    "trip_id", "vehicle_id", "mode", "state", "place", "toward", "until", "boxes", "tps", "lon",
    "lat",
]  # fmt: skip


def positions(stops: pd.DataFrame, paths: Paths, at: pd.Timestamp) -> pd.DataFrame:
    """Return each vehicle that is out at a time.

    Parameters
    ----------
    stops
        Stops of the trips in order: ``trip_id``, ``vehicle_id``, ``mode``, ``seq``, ``place``,
        ``arrive``, ``done``, ``depart``, and ``boxes_aboard`` and ``tps_aboard`` when it leaves.
    paths
        Longitude and latitude of the points of each leg, in degrees, by start, end and mode; none
        where no point is known.
    at
        In the zone of the times of the stops.

    Returns
    -------
    DataFrame
        One row per trip that has begun and is not back: ``state`` of `STATES`, the ``place`` it is
        at or comes from, ``toward`` (None while it stands) and ``until`` when, what is aboard, and
        its point (missing where none is known). A vehicle is taken to go at one speed along a leg.
    """
    rows = []
    for _, some in stops.sort_values(["trip_id", "seq"]).groupby("trip_id", sort=False):
        if some["arrive"].iloc[0] <= at < some["arrive"].iloc[-1]:
            rows.append(_one(some, paths, at))
    return pd.DataFrame(rows, columns=_COLUMNS)


def _one(some: pd.DataFrame, paths: Paths, at: pd.Timestamp) -> dict[str, Any]:
    here = some[some["arrive"].le(at)].iloc[-1]
    seq = int((some["arrive"] <= at).sum())
    after = some.iloc[seq]
    way = (str(here["place"]), str(after["place"]), str(here["mode"]))
    row = {key: here[key] for key in ("trip_id", "vehicle_id", "mode", "place")}
    row |= {"toward": None, "boxes": here["boxes_aboard"], "tps": here["tps_aboard"]}
    if at < here["depart"]:
        handling = at < here["done"]
        state = "waiting" if not handling else "loading" if seq == 1 else "unloading"
        lon, lat = along(paths[way], 0.0)
        until = here["done"] if handling else here["depart"]
        return row | {"state": state, "until": until, "lon": lon, "lat": lat}
    share = (at - here["depart"]) / max(after["arrive"] - here["depart"], pd.Timedelta(seconds=1))
    lon, lat = along(paths[way], float(share))
    return row | {
        "state": "under_way", "toward": after["place"], "until": after["arrive"], "lon": lon,
        "lat": lat,
    }  # fmt: skip


def along(path: LonLat, share: float) -> tuple[float, float]:
    """Return the point at a share, 0 to 1, of the length of a path.

    Degrees count alike in both directions, which near the equator they nearly are.
    """
    if not len(path):
        return float("nan"), float("nan")
    steps = np.hypot(*np.diff(path, axis=0).T)
    reached = np.concatenate([[0.0], np.cumsum(steps)])
    want = min(max(share, 0.0), 1.0) * reached[-1]
    return (
        float(np.interp(want, reached, path[:, 0])),
        float(np.interp(want, reached, path[:, 1])),
    )


def arrived(deliveries: pd.DataFrame, at: pd.Timestamp) -> pd.Series:
    """Return which places have all they get by a time, True or False by index of the deliveries."""
    return deliveries["delivered"].le(at)


def moments(stops: pd.DataFrame, step_min: int = 15) -> list[pd.Timestamp]:
    """Return the times on the clock, so many minutes apart, at which anything is out.

    The first is the last before anything begins, and nights in which nothing is out are left out.
    """
    if stops.empty:
        return []
    step = f"{step_min}min"
    spans = stops.groupby("trip_id")["arrive"].agg(["min", "max"])
    first, last = spans["min"].min().floor(step), spans["max"].max().ceil(step)
    found: list[pd.Timestamp] = []
    for at in pd.date_range(first, last, freq=step):
        out = (spans["min"].le(at) & spans["max"].gt(at)).any()
        if out or at in (first, last):
            found.append(at)
    return found
