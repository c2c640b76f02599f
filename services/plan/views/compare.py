"""Two plans side by side, and a saved plan repeated from the inputs and seed it holds."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import folium
import pandas as pd

from analytics.plan.audit import audit
from analytics.plan.document import inputs_of, to_document
from analytics.plan.solver.solve import solve_plan
from geo.errors import ParameterError
from geo.maps.layers import escape, points
from services.dataset import Dataset
from services.network.build import network_of
from services.plan.views.map import Scene, leg_layers, scene
from services.plan.views.view import delivery_rows, place_label
from services.texts import label, number, signed, text

EARLIER, SAME, LATER, MISSING = "#0072b2", "#8fa3b0", "#d55e00", "#000000"
"""Blue and orange: colour-blind readers see earlier and later apart; black is not served."""

_SAME_MIN = 1.0


@dataclass(frozen=True, eq=False)
class Compared:
    """What a second plan does otherwise than a first.

    Attributes
    ----------
    figures
        Per figure: ``key``, ``a``, ``b``, ``change`` (b less a), ``digits``.
    places
        Per place of either plan: ``place_code``, ``tps_count``, ``delivered_a``, ``delivered_b``
        (without zone, NaT where it is not served), ``later_min``, and ``state``: ``earlier``,
        ``same``, ``later``, ``only_a`` or ``only_b``; those that change most first.
    """

    figures: pd.DataFrame = field(repr=False)
    places: pd.DataFrame = field(repr=False)

    def count(self, state: str) -> int:
        """Return how many places are in a state."""
        return int(self.places["state"].eq(state).sum())


_FIGURES: dict[str, tuple[Callable[[Mapping[str, Any]], float | None], int]] = {
    "tps": (lambda d: sum(row["tps_count"] for row in _in_time(d)), 0),
    "unserved": (lambda d: sum(row["tps_count"] for row in d["unserved"]), 0),
    "slack": (
        lambda d: None if d["figures"]["slack_min"] is None else d["figures"]["slack_min"] / 60,
        1,
    ),
    "trips": (lambda d: len(d["trips"]), 0),
    "truck": (lambda d: _used(d, "truck"), 0),
    "boat": (lambda d: _used(d, "boat"), 0),
    "boat_trips": (lambda d: sum(trip["mode"] == "boat" for trip in d["trips"]), 0),
    "cost": (lambda d: d["figures"]["cost"] / 1e6, 2),
}


def _in_time(document: Mapping[str, Any]) -> list[dict[str, Any]]:
    return [row for row in document["deliveries"] if row["slack_min"] >= 0]


def _used(document: Mapping[str, Any], mode: str) -> int:
    return len({trip["vehicle_id"] for trip in document["trips"] if trip["mode"] == mode})


def compare_plans(a: dict[str, Any], b: dict[str, Any]) -> Compared:
    """Return what plan `b` does otherwise than plan `a`."""
    rows = []
    for key, (of, digits) in _FIGURES.items():
        one, other = of(a), of(b)
        change = None if one is None or other is None else other - one
        rows.append({"key": key, "a": one, "b": other, "change": change, "digits": digits})
    keys = ["place_code", "tps_count", "delivered"]
    both = delivery_rows(a)[keys].merge(
        delivery_rows(b)[keys], "outer", "place_code", suffixes=("_a", "_b")
    )
    later = (both["delivered_b"] - both["delivered_a"]).dt.total_seconds() / 60
    state = pd.Series("same", index=both.index)
    state = state.mask(later.le(-_SAME_MIN), "earlier").mask(later.ge(_SAME_MIN), "later")
    state = state.mask(both["delivered_a"].isna(), "only_b")
    state = state.mask(both["delivered_b"].isna(), "only_a")
    tps = both["tps_count_b"].fillna(both["tps_count_a"]).astype("int64")
    places = both.assign(tps_count=tps, later_min=later, state=state)
    order = later.abs().fillna(float("inf")).sort_values(ascending=False, kind="stable").index
    columns = ["place_code", "tps_count", "delivered_a", "delivered_b", "later_min", "state"]
    return Compared(
        pd.DataFrame(rows).astype({"a": "float64", "b": "float64", "change": "float64"}),
        places.loc[order, columns].reset_index(drop=True),
    )


def figures_table(found: Compared, lang: str) -> pd.DataFrame:
    """Return the figures as a table, with the change as a number with its sign."""
    rows = found.figures
    digits = rows["digits"].tolist()

    def numbers(column: str) -> list[str]:
        return [number(v, lang, n) for v, n in zip(rows[column], digits, strict=True)]

    changes = [change_words(v, lang, n) for v, n in zip(rows["change"], digits, strict=True)]
    table = {
        text("compare.figure", lang): [label("compare", key, lang) for key in rows["key"]],
        "A": numbers("a"),
        "B": numbers("b"),
        text("compare.change", lang): changes,
    }
    return pd.DataFrame(table)


def change_words(value: float, lang: str, digits: int = 0) -> str:
    """Return a change with its sign and so many digits; a dash where there is none."""
    if pd.isna(value) or digits == 0:
        return signed(None if pd.isna(value) else round(value), lang)
    rounded = round(value, digits)
    sign = "+" if rounded > 0 else "−" if rounded < 0 else ""
    return sign + number(abs(rounded), lang, digits)


def places_table(found: Compared, data: Dataset, lang: str) -> pd.DataFrame:
    """Return each place with both times of arrival and the change in minutes."""
    rows = found.places
    table = {
        label("manifest", "place", lang): [place_label(data, c) for c in rows["place_code"]],
        label("manifest", "tps", lang): rows["tps_count"],
        text("compare.at_a", lang): rows["delivered_a"].dt.strftime("%d/%m %H:%M"),
        text("compare.at_b", lang): rows["delivered_b"].dt.strftime("%d/%m %H:%M"),
        text("compare.later", lang): [signed(v, lang) for v in rows["later_min"]],
        text("compare.state", lang): [label("compared", key, lang) for key in rows["state"]],
        label("manifest", "access", lang): text("plan.access", lang),
    }
    return pd.DataFrame(table)


def compare_layers(
    document: dict[str, Any], data: Dataset, found: Compared, second: bool, lang: str
) -> list[folium.GeoJson]:
    """Return a plan's trips, with each place by what the second plan changes."""
    shown: Scene = scene(document, data)
    layers = leg_layers(shown, data, lang)
    at = network_of(data).network.nodes.set_index("node_id")[["lon", "lat"]]
    places = found.places[found.places["place_code"].isin(at.index)].reset_index(drop=True)
    colours = {"earlier": EARLIER, "later": LATER, "same": SAME}
    missing = "only_a" if second else "only_b"
    fill = places["state"].map(lambda s: MISSING if s == missing else colours.get(s, SAME))
    tips = [
        text(
            "compare.tip",
            lang,
            place=escape(place_label(data, row["place_code"])),
            a=_when(row["delivered_a"]),
            b=_when(row["delivered_b"]),
            later=signed(row["later_min"], lang),
        )
        for _, row in places.iterrows()
    ]
    frame = at.loc[places["place_code"]].reset_index(names="key")
    radius = places["state"].map(lambda s: 4.0 if s == "same" else 6.5)
    return [*layers, points(frame, fill, pd.Series(tips, index=frame.index), radius=radius)]


def _when(at: pd.Timestamp) -> str:
    return "–" if pd.isna(at) else f"{at:%d/%m %H:%M}"


_USUAL_S = 8.0
"""Seconds of plans that do not say theirs; the most; how much slower a machine may be."""


@dataclass(frozen=True)
class Repeated:
    """What making a plan again gave.

    Attributes
    ----------
    equal
        The same trips with the same loads at the same times, and the same left out.
    differ
        Places that get their kits at another time.
    cost_change
        Cost of the new plan less that of the kept one.
    """

    equal: bool
    differ: int
    cost_change: float

    @property
    def verdict(self) -> str:
        """``same`` or ``differs``."""
        return "same" if self.equal else "differs"


def can_repeat(document: Mapping[str, Any]) -> bool:
    """Return whether a plan holds all it was made from; one made again from now on does not."""
    return bool(document["inputs"].get("whole")) and "whatif" not in document["about"]


def repeat_seconds(document: Mapping[str, Any]) -> float:
    """Return how much was searched for a plan, in seconds of a usual machine."""
    asked = document["about"].get("asked", {})
    return float(document["figures"].get("effort_s") or asked.get("seconds") or _USUAL_S)


def repeat_plan(data: Dataset | None, document: dict[str, Any]) -> dict[str, Any]:
    """Return the plan that the stored inputs and seed give now, audited.

    Parameters
    ----------
    data
        Not looked at: everything comes from the document.
    document
        A plan for which `can_repeat`.

    Raises
    ------
    ParameterError
        When it does not hold all it was made from.
    """
    del data
    if not can_repeat(document):
        raise ParameterError("plan", document["about"].get("kabupaten"), "inputs.whole = true")
    inputs = inputs_of(document)
    seed = int(document["figures"]["seed"])
    plan = solve_plan(inputs, seed, repeat_seconds(document))
    verdict = audit(to_document(plan, inputs)).verdict()
    return to_document(plan, inputs, verdict, document["about"], whole=True)


def repeated(document: dict[str, Any], again: dict[str, Any]) -> Repeated:
    """Return whether a plan made again is the kept one."""
    keys = ("trips", "deliveries", "unserved")
    places = compare_plans(document, again).places
    return Repeated(
        equal=all(document[key] == again[key] for key in keys),
        differ=int(places["state"].ne("same").sum()),
        cost_change=float(again["figures"]["cost"] - document["figures"]["cost"]),
    )
