"""Assumptions about ways of an invented nation: how long it takes from place to place.

A nation has no file of roads and no timetable of boats, so a way is as long as the straight line
times a detour and takes as long as an assumed speed says. None of the values is measured.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt

from geo.errors import ParameterError

Floats = npt.NDArray[np.float64]
Mode = Literal["truck", "boat", "local"]
LEAST_MIN = 2.0
"""Minutes that any way between two places takes, at least."""


@dataclass(frozen=True)
class WayRules:
    """How long ways take; every default is an assumption.

    Attributes
    ----------
    truck_kmh, boat_kmh, local_kmh
        1 to 120: speed on the way; local is what carries from a landing to the desa of its island.
    road_detour, sea_detour
        1 to 5: length of the way over the straight line; that of roads holds for local too.
    quick
        0.1 to 1: time on the best day over the usual one.
    slow_road, slow_sea
        1 to 10: time on the worst day over the usual one.
    change_min
        0 to 1,440: minutes that it takes to change between land and boat.
    """

    truck_kmh: float = 35.0
    boat_kmh: float = 40.0
    local_kmh: float = 15.0
    road_detour: float = 1.4
    sea_detour: float = 1.2
    quick: float = 0.85
    slow_road: float = 1.6
    slow_sea: float = 2.2
    change_min: float = 45.0

    def __post_init__(self) -> None:
        ranges = {
            **dict.fromkeys(("truck_kmh", "boat_kmh", "local_kmh"), (1.0, 120.0)),
            **dict.fromkeys(("road_detour", "sea_detour"), (1.0, 5.0)),
            **dict.fromkeys(("slow_road", "slow_sea"), (1.0, 10.0)),
            "quick": (0.1, 1.0),
            "change_min": (0.0, 1440.0),
        }
        for name, (low, high) in ranges.items():
            if not low <= getattr(self, name) <= high:
                raise ParameterError(name, getattr(self, name), f"{low:g} to {high:g}")

    def usual_min(self, straight_km: Floats, mode: Mode) -> Floats:
        """Return the usual minutes of ways by a mode, `LEAST_MIN` or more.

        Parameters
        ----------
        straight_km
            Any shape, km.
        mode
            By what.
        """
        detour = self.sea_detour if mode == "boat" else self.road_detour
        speed = {"truck": self.truck_kmh, "boat": self.boat_kmh, "local": self.local_kmh}[mode]
        return np.maximum(np.round(straight_km * detour / speed * 60.0, 1), LEAST_MIN)

    def slow(self, mode: Mode) -> float:
        """Return the time on the worst day over the usual one, by a mode."""
        return self.slow_sea if mode == "boat" else self.slow_road
