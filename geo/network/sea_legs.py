"""Times of boat legs from published facts, with their contradictions as the spread.

Several facts about one leg are not averaged away: the least is the low, the greatest the high, the
median the usual time. What no source gives is estimated from the other legs and marked.
"""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from geo.errors import ParameterError

LEG_COLUMNS = (
    "leg_id",
    "from_pier",
    "to_pier",
    "low_min",
    "usual_min",
    "high_min",
    "vessel_class",
    "basis",
    "ends_basis",
    "source_id",
)
LIMIT_COLUMNS = ("wave_limit_m", "wind_limit_kn")
"""Optional columns: limits of the leg itself, stricter or wider than those of its class."""
ENDS, TIME, SPREAD = "ends", "time", "spread"
"""Why a leg is an assumption: an end, its time, or only its spread is not published."""
_ANY = ""


@dataclass(frozen=True)
class ClassPace:
    """What the legs with facts say of a vessel class.

    Attributes
    ----------
    usual_kmh, least_kmh, greatest_kmh
        Straight-line speeds: median, least and greatest of the legs.
    low_factor, high_factor
        Median of least over usual, and of greatest over usual time, of legs whose facts differ.
    """

    usual_kmh: float
    least_kmh: float
    greatest_kmh: float
    low_factor: float
    high_factor: float


def leg_times(
    legs: pd.DataFrame, length_km: pd.Series
) -> tuple[pd.DataFrame, dict[str, ClassPace | None]]:
    """Return one row per pair of piers and vessel class, with its time distribution.

    Parameters
    ----------
    legs
        Facts and assumptions, columns `LEG_COLUMNS`. Rows without both piers are left out. The
        usual time of a row is its own, else the middle of its low and high.
    length_km
        Straight length by ``leg_id``.

    Returns
    -------
    DataFrame
        ``from_pier``, ``to_pier``, ``vessel_class``, ``length_km``, ``low_min``, ``usual_min``,
        ``high_min``, ``n_facts`` (rows that give a time), ``assumption``, ``why`` (`ENDS`, `TIME`,
        `SPREAD`, joined by ``|``) and ``source_id`` (of the row that gives the usual time or the
        nearest to it).
    dict
        `ClassPace` by vessel class, and of all legs under the empty text; None: no leg has a time.

    Raises
    ------
    ParameterError
        When a column is missing, a time is not above 0, or no leg has a time to learn from while
        another needs one.
    """
    if missing := [c for c in LEG_COLUMNS if c not in legs.columns]:
        raise ParameterError("legs", missing, "columns " + ", ".join(LEG_COLUMNS))
    placed = legs[legs["from_pier"].notna() & legs["to_pier"].notna()]
    times = placed[["low_min", "usual_min", "high_min"]]
    if (times <= 0).any(axis=None):
        raise ParameterError("low_min", times.min().min(), "times above 0")
    ends = np.sort(placed[["from_pier", "to_pier"]].astype(str).to_numpy(), axis=1)
    middle = placed[["low_min", "high_min"]].mean(axis=1)
    rows = placed.assign(
        from_pier=ends[:, 0],
        to_pier=ends[:, 1],
        length_km=placed["leg_id"].map(length_km),
        row_usual=placed["usual_min"].fillna(middle),
    )
    groups = rows.groupby(["from_pier", "to_pier", "vessel_class"], sort=True)
    known = pd.DataFrame([_known(part) for _, part in groups])
    if known.empty:
        return known, {}
    paces = {name: _pace(known, name) for name in [_ANY, *sorted(set(known["vessel_class"]))]}
    return pd.DataFrame([_completed(row, paces) for row in known.to_dict("records")]), paces


def _known(part: pd.DataFrame) -> dict[str, object]:
    timed = part[part["row_usual"].notna()]
    usual = float(timed["row_usual"].median()) if len(timed) else np.nan
    nearest = part if timed.empty else timed.loc[[(timed["row_usual"] - usual).abs().idxmin()]]
    named = part["ends_basis"].eq("fakta").any()
    return {
        **{name: part[name].iloc[0] for name in ("from_pier", "to_pier", "vessel_class")},
        "length_km": float(part["length_km"].iloc[0]),
        "low_min": float(timed["low_min"].min()),
        "usual_min": usual,
        "high_min": float(timed["high_min"].max()),
        "n_facts": len(timed),
        "why": "" if named else ENDS,
        "source_id": nearest["source_id"].iloc[0],
        **{name: part[name].min() for name in LIMIT_COLUMNS if name in part},
    }


def _pace(known: pd.DataFrame, name: str) -> ClassPace | None:
    """Return what the legs of a class say, or all legs where the class has no fact."""
    timed = known[known["usual_min"].notna()]
    if timed.empty:
        return None
    own = timed if name == _ANY else timed[timed["vessel_class"].eq(name)]
    own = timed if own.empty else own
    # A leg whose ends are assumed says little of speed, but where no other does it must serve.
    named = own[~own["why"].eq(ENDS)]
    paced = own if named.empty else named
    speed: pd.Series[float] = 60 * paced["length_km"] / paced["usual_min"]
    apart = own[own["low_min"].lt(own["high_min"])]
    apart = timed[timed["low_min"].lt(timed["high_min"])] if apart.empty else apart
    low = (apart["low_min"] / apart["usual_min"]).median() if len(apart) else 1.0
    high = (apart["high_min"] / apart["usual_min"]).median() if len(apart) else 1.0
    return ClassPace(
        float(speed.median()), float(speed.min()), float(speed.max()), float(low), float(high)
    )


def _completed(
    row: Mapping[Hashable, Any], paces: dict[str, ClassPace | None]
) -> dict[Hashable, Any]:
    pace = paces[str(row["vessel_class"])]
    why = [str(row["why"])] if row["why"] else []
    usual, low, high = (float(row[f"{name}_min"]) for name in ("usual", "low", "high"))
    km = float(row["length_km"])
    if np.isnan(usual):
        if pace is None:
            pair = f"{row['from_pier']} - {row['to_pier']}"
            raise ParameterError("legs", pair, "a time, or another leg that has one")
        usual = 60 * km / pace.usual_kmh
        low, high = 60 * km / pace.greatest_kmh, 60 * km / pace.least_kmh
        why.append(TIME)
    elif low == high and pace is not None:
        low, high = usual * pace.low_factor, usual * pace.high_factor
        why.append(SPREAD)
    return {
        **row,
        "low_min": min(low, usual),
        "usual_min": usual,
        "high_min": max(high, usual),
        "assumption": ENDS in why or TIME in why,
        "why": "|".join(why),
    }
