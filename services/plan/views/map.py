"""The trips of a plan on the map: ways by mode and direction, loads on the move by the hour."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

import folium
import geopandas as gpd
import numpy as np
import pandas as pd
from shapely.geometry import LineString

from analytics.plan.trips import LonLat, arrived, moments, positions
from geo.crs import STORAGE_CRS
from geo.errors import NoRouteError
from geo.maps.land import Painted
from geo.maps.layers import escape, glyphs, lines, points
from geo.network.graph import BOAT, Network
from services.dataset import Dataset
from services.memo import memo
from services.network.build import network_of
from services.network.piers import places, status_words
from services.network.remoteness import remote_layers, remote_view
from services.network.restricted import limit_lines, limit_words, without_ends
from services.plan.views.view import MODE_COLOUR, delivery_rows, place_label, stop_rows, stops_in
from services.texts import label, number, text

ARRIVED, AWAITED = "#cc79a7", "#8fa3b0"
_DEPOT, _PIER = "#b8860b", "#17242d"
_PAST = "#b7c3cb"
_SHUT = "#d55e00"
_STEP_MIN = 15

Leg = tuple[str, str, str]


@dataclass(frozen=True, eq=False)
class Scene:
    """A plan as the map draws it, at one hour or as a whole.

    Attributes
    ----------
    at
        The hour, without zone; None for the whole plan.
    vehicles
        From `analytics.plan.trips.positions`; empty for the whole plan.
    places
        Per place: ``place_code``, ``tps_count``, ``delivered``, ``deadline``, ``arrived``.
    legs
        One line per leg of a trip: ``trip_id``, ``vehicle_id``, ``mode``, ``start``, ``end``,
        ``depart``, ``arrive``, ``under_way``; EPSG:4326.
    limits
        Roads and desa that trucks could not use when it was made
        (`services.network.restricted.limit_row`).
    """

    at: pd.Timestamp | None
    vehicles: pd.DataFrame = field(repr=False)
    places: pd.DataFrame = field(repr=False)
    legs: gpd.GeoDataFrame = field(repr=False)
    limits: tuple[dict[str, Any], ...] = ()

    @property
    def tps_arrived(self) -> int:
        """TPS whose place has all it gets by the hour."""
        return int(self.places.loc[self.places["arrived"], "tps_count"].sum())


def hours(document: dict[str, Any]) -> list[pd.Timestamp]:
    """Return the times of the slider, a quarter of an hour apart while anything is out."""
    return moments(stop_rows(document), _STEP_MIN)


def scene(document: dict[str, Any], data: Dataset, at: pd.Timestamp | None = None) -> Scene:
    """Return what a plan looks like at an hour (without zone), or as a whole."""
    stops = stop_rows(document)
    limits = tuple((document.get("about", {}).get("places") or {}).get("roads", ()))
    shut = frozenset(tuple(row["ends"]) for row in limits if row["boxes"] is None)
    paths = leg_paths(data, _legs(stops), shut)
    places = delivery_rows(document)
    when = pd.Timestamp.min if at is None else at
    rows = []
    for trip_id, some in stops.groupby("trip_id", sort=False):
        for a, b in pairwise(stops_in(some)):
            path = paths[a.place, b.place, a.mode]
            if a.place == b.place or len(path) < 2:
                continue
            rows.append(
                {
                    "trip_id": trip_id,
                    "vehicle_id": a.vehicle_id,
                    "mode": a.mode,
                    "start": a.place,
                    "end": b.place,
                    "depart": a.depart,
                    "arrive": b.arrive,
                    "under_way": at is None
                    or some["arrive"].iloc[0] <= at < some["arrive"].iloc[-1],
                    "geometry": LineString(path),
                }
            )
    found = gpd.GeoDataFrame(rows, crs=STORAGE_CRS) if rows else _no_legs()
    out = positions(stops, paths, when)
    return Scene(at, out, places.assign(arrived=arrived(places, when)), found, limits)


def _no_legs() -> gpd.GeoDataFrame:
    return gpd.GeoDataFrame({"trip_id": []}, geometry=[], crs=STORAGE_CRS)


def _legs(stops: pd.DataFrame) -> frozenset[Leg]:
    return frozenset(
        (a.place, b.place, a.mode)
        for _, some in stops.groupby("trip_id", sort=False)
        for a, b in pairwise(stops_in(some))
    )


@memo(8)
def leg_paths(
    data: Dataset, legs: frozenset[Leg], shut: frozenset[tuple[str, ...]] = frozenset()
) -> dict[Leg, LonLat]:
    """Return the points of each leg along the network; a straight line where it has no way.

    ``shut`` are the ends of roads that no truck can use. Trucks and local carriers stay on land. A
    place the network does not know has no line.
    """
    network = without_ends(network_of(data).network, shut)
    land = network.without(np.flatnonzero(network.edges["mode"].eq(BOAT).to_numpy()))
    at = network.nodes.set_index("node_id")[["lon", "lat"]]
    found = {}
    for start, end, mode in legs:
        known = [code for code in (start, end) if code in at.index]
        way = _way(network if mode == "boat" else land, start, end) if len(known) == 2 else known
        found[start, end, mode] = at.loc[list(way)].to_numpy(dtype="float64")
    return found


def _way(network: Network, start: str, end: str) -> Iterable[str]:
    if start == end:
        return (start,)
    try:
        return network.way(start, end).nodes
    except NoRouteError:
        return (start, end)


def map_layers(
    shown: Scene, data: Dataset, kabupaten: str, lang: str, shaded: bool = False
) -> list[folium.GeoJson | Painted]:
    """Return a scene as map layers; `shaded` lays the remoteness of each desa under it."""
    layers: list[folium.GeoJson | Painted] = []
    if shaded:
        layers.append(remote_layers(remote_view(data, kabupaten), data, lang)[0])
    layers += leg_layers(shown, data, lang)
    layers += limit_layers(shown, data, lang)
    layers += [_place_layer(shown, data, lang), *_base_layers(shown, data, lang)]
    vehicles = shown.vehicles.dropna(subset=["lon"])
    if len(vehicles):
        layers.append(_vehicle_layer(vehicles, data, lang))
    return layers


def leg_layers(shown: Scene, data: Dataset, lang: str) -> list[folium.GeoJson]:
    """Return the legs of the trips as lines, with arrows; none where there is no trip."""
    if shown.legs.empty:
        return []
    return [_leg_layer(shown, data, lang), _arrow_layer(shown.legs)]


def _leg_layer(shown: Scene, data: Dataset, lang: str) -> folium.GeoJson:
    legs = shown.legs
    tips = [
        text(
            "plan.leg_tip",
            lang,
            vehicle=escape(row.vehicle_id),
            mode=label("plan_mode", row.mode, lang),
            start=escape(place_label(data, row.start)),
            end=escape(place_label(data, row.end)),
            depart=row.depart.strftime("%d/%m %H:%M"),
            arrive=row.arrive.strftime("%H:%M"),
        )
        for row in legs.itertuples()
    ]
    colour = legs["mode"].map(MODE_COLOUR).where(legs["under_way"], _PAST)
    drawn = legs.assign(key=legs["trip_id"]).sort_values("under_way", kind="stable")
    return lines(
        drawn,
        colour.reindex(drawn.index),
        pd.Series(tips, index=legs.index).reindex(drawn.index),
        drawn["mode"].eq("boat"),
    )


def limit_layers(shown: Scene, data: Dataset, lang: str) -> list[folium.GeoJson]:
    """Return the roads and desa that are closed or limited; none where nothing is."""
    found = [*limit_lines(network_of(data).network, shown.limits)]
    tips = [
        escape(limit_words(row, {c: place_label(data, c) for c in row["ends"]}, lang))
        for row, _ in found
    ]
    layers = []
    for is_road in (True, False):
        own = [n for n, (_, path) in enumerate(found) if (len(path) > 1) == is_road]
        if not own:
            continue
        keys = ["~".join(found[n][0]["ends"]) for n in own]
        colour, words = pd.Series(_SHUT, index=range(len(own))), pd.Series([tips[n] for n in own])
        if is_road:
            shapes = [LineString(found[n][1]) for n in own]
            frame = gpd.GeoDataFrame({"key": keys}, geometry=shapes, crs=STORAGE_CRS)
            layers.append(lines(frame, colour, words, pd.Series(True, index=frame.index)))
        else:
            at = np.array([found[n][1][0] for n in own])
            frame = pd.DataFrame({"key": keys, "lon": at[:, 0], "lat": at[:, 1]})
            layers.append(points(frame, colour, words, radius=8.0))
    return layers


def _arrow_layer(legs: gpd.GeoDataFrame) -> folium.GeoJson:
    """Return an arrow in the middle of each leg under way, once for legs that lie on each other."""
    own = legs[legs["under_way"]].drop_duplicates(["start", "end", "mode"])
    middle = [_middle(np.asarray(line.coords)) for line in own.geometry]
    frame = pd.DataFrame(middle, columns=["lon", "lat", "turn"], index=own.index)
    frame["key"] = own["trip_id"]
    shape = pd.Series("arrow", index=own.index)
    return glyphs(frame, shape, own["mode"].map(MODE_COLOUR), None, frame["turn"], 18)


def _middle(path: LonLat) -> tuple[float, float, float]:
    """Return a point two thirds along a path, and the degrees clockwise from east of its way."""
    steps = np.diff(path, axis=0)
    reached = np.cumsum(np.hypot(*steps.T))
    n = int(np.searchsorted(reached, reached[-1] * 0.6))
    lon, lat = (path[n] + path[n + 1]) / 2
    return float(lon), float(lat), float(np.degrees(np.arctan2(-steps[n][1], steps[n][0])))


def _place_layer(shown: Scene, data: Dataset, lang: str) -> folium.GeoJson:
    at = network_of(data).network.nodes.set_index("node_id")[["lon", "lat"]]
    places = shown.places[shown.places["place_code"].isin(at.index)]
    frame = at.loc[places["place_code"]].set_index(places.index).assign(key=places["place_code"])
    tips = [
        text(
            "plan.place_tip",
            lang,
            place=escape(place_label(data, row["place_code"])),
            tps=number(row["tps_count"], lang),
            boxes=number(row["boxes"], lang),
            delivered=f"{row['delivered']:%d/%m %H:%M}",
        )
        for _, row in places.iterrows()
    ]
    fill = places["arrived"].map({True: ARRIVED, False: AWAITED})
    radius = places["arrived"].map({True: 6.5, False: 4.0})
    return points(frame, fill, pd.Series(tips, index=places.index), radius=radius)


def _base_layers(shown: Scene, data: Dataset, lang: str) -> list[folium.GeoJson]:
    """Return the warehouses and piers that trips of the plan begin at, with their state."""
    nodes = network_of(data).network.nodes.set_index("node_id")
    used = shown.legs["start"].unique() if len(shown.legs) else []
    own = nodes.reindex([code for code in used if code in nodes.index and code not in data.names])
    found = []
    state = places(data).reindex(own.index)
    piers = own.index.isin(network_of(data).piers["pier_id"])
    for mask, colour, radius in ((~piers, _DEPOT, 7.5), (piers, _PIER, 5.5)):
        some = own[mask]
        if len(some):
            frame = some.reset_index(names="key")
            tips = pd.Series(
                [
                    f"<b>{escape(name)}</b><br>{escape(status_words(state.loc[key], lang))}"
                    for key, name in zip(frame["key"], frame["name"], strict=True)
                ],
                index=frame.index,
            )
            found.append(points(frame, pd.Series(colour, index=frame.index), tips, radius=radius))
    return found


def _vehicle_layer(vehicles: pd.DataFrame, data: Dataset, lang: str) -> folium.GeoJson:
    tips = []
    for _, row in vehicles.iterrows():
        toward = row["toward"] if isinstance(row["toward"], str) else row["place"]
        tips.append(
            text(
                f"moving.{row['state']}",
                lang,
                vehicle=escape(row["vehicle_id"]),
                mode=label("plan_mode", row["mode"], lang),
                boxes=number(row["boxes"], lang),
                tps=number(row["tps"], lang),
                place=escape(place_label(data, row["place"])),
                toward=escape(place_label(data, toward)),
                until=f"{row['until']:%H:%M}",
            )
        )
    frame = vehicles.assign(key=vehicles["vehicle_id"])
    return glyphs(
        frame,
        vehicles["mode"],
        vehicles["mode"].map(MODE_COLOUR),
        pd.Series(tips, index=vehicles.index),
        size_px=20,
    )
