"""Outlooks in public: lodged before their window opens, scored when it has closed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

import numpy as np
import pandas as pd

from analytics.outlook.evaluate import SCORES, World, scores_of
from analytics.outlook.forecasts import METHODS
from analytics.outlook.record import KINDS, number_of, outcomes, watched_whole
from analytics.outlook.windows import RAKOR, window_maker
from data.clock import today
from data.errors import OutlookEmptyError, OutlookLateError
from data.outlook.lodged import Lodged, lodge, read_lodged
from data.province import zone
from services.dataset import Dataset
from services.memo import memo
from services.outlook.view import OutlookParams, outlook, world_of
from services.texts import FAMILIES

__all__ = ["LodgedScore", "document", "lodge_outlook", "lodged_outlooks"]

WAITING, SCORED, UNWATCHED, CHANGED = "menunggu", "dinilai", "tanpa_pemantauan", "berubah"
SHOWN = "ditampilkan"


def document(
    data: Dataset, as_of: date, horizon: str = RAKOR, params: OutlookParams | None = None
) -> dict[str, Any]:
    """Return the outlook of a day as a document: what is shown, and the draws of every method.

    Returns
    -------
    dict
        ``as_of``, ``horizon``, ``window_start``, ``window_end``, ``window_name``,
        ``window_assumed``, ``watched_until``, ``draws``, ``seed`` and ``figures``: for each kind,
        level, area and family what `OutlookView.figures` says, and ``histograms``: by method how
        many draws are 0, 1, 2, ...

    Raises
    ------
    OutlookEmptyError
        When nothing can be forecast on the day.
    """
    views = [outlook(data, as_of, kind, horizon, params) for kind in KINDS]
    first, window = views[0], views[0].window
    if window is None or first.watched_until is None or any(v.hist is None for v in views):
        raise OutlookEmptyError(as_of, horizon)
    figures: list[dict[str, Any]] = []
    for view in views:
        assert view.hist is not None
        for row in view.figures.to_dict("records"):
            n, area = FAMILIES.index(row["family"]), view.codes.index(row["code"])
            hists = {method: _trimmed(view.hist[at, n, area]) for at, method in enumerate(METHODS)}
            plain = {str(key): _plain(value) for key, value in row.items()}
            figures.append({"kind": view.kind, **plain, "histograms": hists})
    return {
        "as_of": as_of.isoformat(),
        "horizon": horizon,
        "window_start": window.start.isoformat(),
        "window_end": window.end.isoformat(),
        "window_name": window.name,
        "window_assumed": window.assumed,
        "watched_until": first.watched_until.isoformat(),
        "draws": first.params.draws,
        "seed": first.params.seed,
        "figures": figures,
    }


def _trimmed(hist: np.ndarray) -> list[int]:
    last = int(np.flatnonzero(hist)[-1])
    return [int(n) for n in hist[: last + 1]]


def _plain(value: object) -> object:
    return value.item() if isinstance(value, np.generic) else value


def lodge_outlook(
    data: Dataset, as_of: date, horizon: str = RAKOR, params: OutlookParams | None = None
) -> Lodged:
    """Lodge the outlook of a day, both kinds, and return it.

    Raises
    ------
    OutlookLateError
        When its window is open already, or the day lies ahead.
    OutlookEmptyError, OutlookLodgedError
        When there is nothing to lodge, or it is lodged already.
    """
    window = window_maker(horizon, data.rakor, data.stages)(as_of)
    if window is not None and (window.start <= today() or as_of > today()):
        raise OutlookLateError(window.start, today())
    outlook_id = lodge(data.store, document(data, as_of, horizon, params))
    return next(one for one in read_lodged(data.store) if one.outlook_id == outlook_id)


@dataclass(frozen=True, eq=False)
class LodgedScore:
    """A lodged outlook and how it did.

    Attributes
    ----------
    lodged
        The outlook.
    state
        ``menunggu`` until its window has closed, ``dinilai``, ``tanpa_pemantauan`` where watching
        ended before the window did, ``berubah`` where it is not what was lodged.
    scores
        Mean of `SCORES` by ``kind``, ``level`` and ``method`` (``ditampilkan`` is what was
        shown), and ``n``; empty unless scored.
    """

    lodged: Lodged
    state: str
    scores: pd.DataFrame = field(repr=False)

    def crps(self, kind: str, level: str, method: str) -> float:
        """Return a mean CRPS in affairs per forecast; NaN where nothing was scored."""
        rows = self.scores
        if rows.empty:
            return float("nan")
        mine = rows["kind"].eq(kind) & rows["level"].eq(level) & rows["method"].eq(method)
        return float(rows.loc[mine, "crps"].mean())

    def counted(self, kind: str, level: str) -> tuple[int, int]:
        """Return how many forecasts were scored, and how many there are: not all are watched."""
        rows = self.scores
        mine = rows["kind"].eq(kind) & rows["level"].eq(level) & rows["method"].eq(SHOWN)
        figures = self.lodged.document.get("figures", [])
        made = sum(one["kind"] == kind and one["level"] == level for one in figures)
        return int(rows.loc[mine, "n"].sum()), made


def lodged_outlooks(data: Dataset, as_of: date) -> list[LodgedScore]:
    """Return the outlooks lodged by a day with their scores by its knowledge, newest first."""
    return list(_lodged(data, as_of))


@memo(4)
def _lodged(data: Dataset, as_of: date) -> tuple[LodgedScore, ...]:
    found = [one for one in read_lodged(data) if one.lodged_at.tz_convert(zone()).date() <= as_of]
    return tuple(_scored(data, one, as_of) for one in reversed(found))


def _scored(data: Dataset, one: Lodged, as_of: date) -> LodgedScore:
    none = pd.DataFrame(columns=["kind", "level", "method", *SCORES, "n"])
    if one.faults:
        return LodgedScore(one, CHANGED, none)
    if one.window_end >= as_of:
        return LodgedScore(one, WAITING, none)
    rows: list[tuple[Any, ...]] = []
    for kind in KINDS:
        world = world_of(data, kind)
        rows += _rows(world, [f for f in one.document["figures"] if f["kind"] == kind], one, as_of)
    if not rows:
        return LodgedScore(one, UNWATCHED, none)
    frame = pd.DataFrame(rows, columns=["kind", "level", "method", *SCORES])
    groups = frame.groupby(["kind", "level", "method"], sort=False)
    scores = groups[list(SCORES)].mean().join(groups.size().rename("n")).reset_index()
    return LodgedScore(one, SCORED, scores)


def _rows(
    world: World, figures: list[Mapping[str, Any]], one: Lodged, as_of: date
) -> list[tuple[Any, ...]]:
    """Return the scores of figures: one row per figure and method, and one for what was shown."""
    start, end = number_of(one.window_start), number_of(one.window_end)
    watched = watched_whole(world.days, start, end)
    known = number_of(as_of)
    y = outcomes(world.found, world.days, known, start, end, len(world.families))
    rows = []
    for figure in figures:
        area = world.days.codes.index(figure["code"]) if figure["code"] in world.days.codes else -1
        if area < 0 or not watched[area] or figure["family"] not in world.families:
            continue
        happened = y[world.families.index(figure["family"]), area]
        hists = {**figure["histograms"], SHOWN: figure["histograms"][figure["method"]]}
        for method, hist in hists.items():
            scores = scores_of(np.asarray(hist, dtype=np.int64), np.asarray(happened))
            rows.append((figure["kind"], figure["level"], method, *map(float, scores)))
    return rows
