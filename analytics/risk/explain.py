"""Why an index is what it is: the reports behind it, what is unknown, what changed."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence

import numpy as np
import numpy.typing as npt
import pandas as pd

from analytics.reports.dates import day64, days_of
from analytics.risk.components import Field, LoadField
from analytics.risk.index import Part, rounded
from analytics.risk.params import INDICES, IndexParams
from analytics.risk.report_weights import report_depth

Floats = npt.NDArray[np.float64]

COUNTED, SAME_AFFAIR, RANGE_ONLY = "dihitung", "perkara_sama", "rentang"
"""What a report does here: counts; another report of its affair weighs more; its place is known
too coarsely, so that it only widens the range."""

EVIDENCE_COLUMNS = (
    "component",
    "role",
    "report_id",
    "perkara_id",
    "kind",
    "date_event",
    "date_precision",
    "known_since",
    "lag_assumed",
    "age_days",
    "category",
    "severity",
    "confidence",
    "unit_code",
    "depth",
    "minutes",
    "strength",
    "weight",
    "weight_high",
    "contribution",
    "summary",
    "source_id",
)


def evidence(
    field_: Field,
    which: LoadField,
    place: str,
    as_of: dt.date,
    contribution: float,
    minutes: Mapping[str, float],
) -> pd.DataFrame:
    """Return the reports behind one component at one place.

    Parameters
    ----------
    field_, which
        The field and its reports of the component.
    place
        One of ``field_.codes``.
    as_of
        The date.
    contribution
        Contribution of the component, 0 to 1; NaN or a multiple of `QUANTUM`.
    minutes
        Usual minutes from each desa to the place; empty where distance plays no part.

    Returns
    -------
    DataFrame
        `EVIDENCE_COLUMNS`, heaviest first: every report that weighs here on the date or may.
        ``strength`` is what it weighs at its own place, ``weight`` what is left of it here,
        ``weight_high`` what would be if it lay where it weighs most here. ``role`` is `COUNTED`,
        `SAME_AFFAIR` or `RANGE_ONLY`. The ``contribution`` of the counted ones is in proportion
        to their weights and sums to that of the component exactly; the others have none.
    """
    at = field_.codes.index(place)
    rows = which.rows
    strength = field_.strengths(which, [as_of])[0]
    weight = strength * which.placed.point[:, at]
    high = strength * which.placed.high[:, at]
    heaviest = _heaviest(weight, rows["perkara_id"])
    role = np.where(heaviest, COUNTED, np.where(weight > 0, SAME_AFFAIR, RANGE_ONLY))
    depth = report_depth(rows)
    away = rows["unit_code"].map(dict(minutes)).astype("float64")
    age = (day64(as_of) - days_of(rows["last"])).astype(np.int64).clip(min=0)
    table = rows.assign(
        role=role,
        age_days=age,
        depth=depth,
        minutes=away.where(depth >= 3),
        strength=strength,
        weight=weight,
        weight_high=high,
        contribution=shares_of(np.where(heaviest, weight, 0.0), contribution),
    )
    table = table[(weight > 0) | (high > 0)]
    order = table.sort_values(
        ["weight", "weight_high", "report_id"], ascending=[False, False, True]
    )
    found: pd.DataFrame = order[list(EVIDENCE_COLUMNS)].reset_index(drop=True)
    return found


def _heaviest(weight: Floats, affairs: pd.Series) -> npt.NDArray[np.bool_]:
    """Return the report of each affair that weighs most; the first of equals; none of weight 0."""
    frame = pd.DataFrame({"weight": weight, "affair": affairs.to_numpy()})
    top = frame[frame["weight"].gt(0)].groupby("affair")["weight"].idxmax()
    out = np.zeros(len(weight), dtype=bool)
    out[top.to_numpy(dtype=np.int64)] = True
    return out


def shares_of(weights: Floats, total: float) -> Floats:
    """Return a total in proportion to weights, in multiples of the quantum that sum to it.

    Parameters
    ----------
    weights
        (n,) from 0 on.
    total
        0 to 1, a multiple of `analytics.risk.index.QUANTUM`; NaN: unknown.

    Returns
    -------
    array
        (n,); NaN where a weight is 0, and everywhere without any.
    """
    whole = weights.sum()
    if np.isnan(total) or whole <= 0:
        return np.full(len(weights), np.nan)
    running = rounded(total * (np.cumsum(weights) / whole))
    last = np.flatnonzero(weights)[-1]
    running[last:] = total
    share = np.diff(running, prepend=0.0)
    return np.where(weights > 0, share, np.nan)


def contribution_rows(
    parts: Mapping[str, Part], row: pd.Series, params: IndexParams, at: int
) -> pd.DataFrame:
    """Return one index at one place, component by component.

    Parameters
    ----------
    parts
        Components, arrays of places.
    row
        The place's row, indexed by the columns of `index_columns`.
    at
        Position of the place in the arrays.

    Returns
    -------
    DataFrame
        ``index``, ``component``, ``weight``, ``known`` (share known), ``value`` (0 to 1, known to
        be so; missing where nothing is known), ``contribution``, ``low`` and ``high`` (what the
        component gives to the ends of the range).
    """
    rows = []
    for component, weight in zip(params.components, params.weights, strict=True):
        part = parts[component]
        bad, known = float(part.bad[at]), float(part.known[at])
        rows.append(
            {
                "index": params.name,
                "component": component,
                "weight": weight,
                "known": known,
                "value": bad if known > 0 else np.nan,
                "contribution": float(row[f"{params.name}_{component}"]),
                "low": weight * float(part.low[at]),
                "high": weight * float(part.high[at]),
            }
        )
    return pd.DataFrame(rows)


def component_changes(now: pd.DataFrame, before: pd.DataFrame) -> pd.DataFrame:
    """Return how the contributions of every place changed between two dates.

    Parameters
    ----------
    now, before
        Tables of one election with the columns of `analytics.risk.index.index_columns`, one index
        of places.

    Returns
    -------
    DataFrame
        One row per place and component, in the order of ``now``: the name of the index of places,
        ``index``, ``component``, ``before``, ``now``, ``difference``. What is unknown contributes
        nothing to the difference, so that differences of an index sum to its own exactly, where
        something is known on both dates; ``known_before`` and ``known_now`` distinguish them.
    """
    name = now.index.name
    earlier = before.reindex(now.index)
    frames = []
    for index, components in INDICES.items():
        for component in components:
            column = f"{index}_{component}"
            then, today = earlier[column], now[column]
            frames.append(
                pd.DataFrame(
                    {
                        name: now.index,
                        "index": index,
                        "component": component,
                        "before": then.to_numpy(),
                        "now": today.to_numpy(),
                        "difference": today.fillna(0.0).to_numpy() - then.fillna(0.0).to_numpy(),
                        "known_before": then.notna().to_numpy(),
                        "known_now": today.notna().to_numpy(),
                    }
                )
            )
    return pd.concat(frames, ignore_index=True)


def report_changes(now: pd.DataFrame, before: pd.DataFrame) -> pd.DataFrame:
    """Return how the weight of each report behind a component changed.

    Parameters
    ----------
    now, before
        As `evidence` returns them, of one place.

    Returns
    -------
    DataFrame
        ``component``, ``report_id``, ``before``, ``now`` (weights, 0 where it did not weigh),
        ``reason``: ``laporan_baru`` (was not known or not open before), ``laporan_hilang`` (no
        longer counts), ``waktu_tahapan`` (grew older, or other stages are in force), ``tetap``.
        The largest change first.
    """
    keys = ["component", "report_id"]
    left = before.set_index(keys)["weight"].rename("before")
    right = now.set_index(keys)["weight"].rename("now")
    both = pd.concat([left, right], axis=1).fillna(0.0)
    new, gone = ~both.index.isin(left.index), ~both.index.isin(right.index)
    moved = both["now"].ne(both["before"])
    reason = np.select(
        [new, gone, moved], ["laporan_baru", "laporan_hilang", "waktu_tahapan"], "tetap"
    )
    table = both.assign(reason=reason, size=(both["now"] - both["before"]).abs())
    table = table.sort_values("size", ascending=False, kind="stable").drop(columns="size")
    return table.reset_index()


def change_reason(
    component: str, known: tuple[float, float], value: tuple[float, float], reports: Sequence[str]
) -> str:
    """Return why a contribution changed.

    One of ``laporan_baru``, ``laporan_hilang``, ``waktu_tahapan``, ``data_baru``, ``cakupan`` and
    ``tetap``.

    Parameters
    ----------
    component
        Its name.
    known, value
        Known share and value of the component, before and now.
    reports
        Reasons of `report_changes` for the component.
    """
    for reason in ("laporan_baru", "laporan_hilang", "waktu_tahapan"):
        if component in ("konflik", "potensi") and reason in reports:
            return reason
    if known[0] != known[1] or _differs(value):
        return "data_baru"
    return "cakupan"


def _differs(value: tuple[float, float]) -> bool:
    before, now = value
    return not (before == now or (np.isnan(before) and np.isnan(now)))
