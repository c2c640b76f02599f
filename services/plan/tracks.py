"""A plan for a phone: GPX 1.1 and KML with the stops of each trip and its track.

A track follows the ways of the network; what lies between departure and arrival is interpolated by
distance, and a halt stands as two points at one place. Times are UTC, as both formats want them.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from typing import Any
from xml.sax.saxutils import escape as xml  # written only  # nosec B406

import numpy as np
import pandas as pd

from analytics.plan.trips import LonLat
from data.province import province, zone
from services.dataset import Dataset
from services.network.build import network_of
from services.plan.views.map import leg_paths
from services.plan.views.view import place_label, stop_rows, stops_in
from services.texts import label, text

Fix = tuple[float, float, str]
"""Longitude, latitude, time in UTC."""


@dataclass(frozen=True)
class Route:
    """A trip as a phone shows it.

    Attributes
    ----------
    name
        Of the trip, with its mode.
    stops
        Longitude, latitude, time of arrival in UTC, name of the place, what happens there.
    track
        Where it is when, in order of time; empty where the network knows no two of its places.
    """

    name: str
    stops: list[tuple[float, float, str, str, str]]
    track: list[Fix]


def points(data: Dataset) -> dict[str, tuple[float, float]]:
    """Return longitude and latitude of each place of the network."""
    nodes = network_of(data).network.nodes
    return dict(zip(nodes["node_id"], zip(nodes["lon"], nodes["lat"], strict=True), strict=True))


def routes(document: dict[str, Any], data: Dataset, lang: str) -> list[Route]:
    """Return the trips of a plan with their stops and tracks."""
    places, found = points(data), []
    by_trip = stop_rows(document).groupby("trip_id", sort=False)
    all_stops = {trip_id: list(stops_in(some)) for trip_id, some in by_trip}
    pairs = [pair for own in all_stops.values() for pair in pairwise(own)]
    ways = leg_paths(data, frozenset((a.place, b.place, a.mode) for a, b in pairs))
    for own in all_stops.values():
        stops = []
        for row in own:
            if row.place not in places:
                continue
            note = text(
                "plan.stop_note",
                lang,
                arrive=f"{row.arrive:%d/%m %H:%M}",
                done=f"{row.done:%H:%M}",
                depart=f"{row.depart:%H:%M}",
                load=row.load,
                unload=row.unload,
            )
            when = _utc(row.arrive)
            stops.append((*places[row.place], when, place_label(data, row.place), note))
        mode = label("plan_mode", own[0].mode, lang)
        track = [
            fix
            for a, b in pairwise(own)
            for fix in fixes(ways[a.place, b.place, a.mode], a.depart, b.arrive)
        ]
        found.append(Route(f"{own[0].trip_id} ({mode})", stops, track))
    return found


def fixes(path: LonLat, depart: pd.Timestamp, arrive: pd.Timestamp) -> Iterator[Fix]:
    """Yield where a vehicle is when on its way along ``path``; local times without zone.

    A way of one point is a place where it stays: that point at both times.
    """
    if len(path) == 1:
        path = np.repeat(path, 2, axis=0)
    lon, lat = path[:, 0], path[:, 1]
    steps = np.hypot(np.diff(lon) * np.cos(np.radians(lat[:-1])), np.diff(lat))
    gone = np.concatenate([[0.0], np.cumsum(steps)])[: len(path)]
    share = gone / gone[-1] if len(path) and gone[-1] > 0 else np.linspace(0, 1, len(path))
    for x, y, part in zip(lon, lat, share, strict=True):
        yield float(x), float(y), _utc(depart + float(part) * (arrive - depart))


def _utc(local: pd.Timestamp) -> str:
    """Return a local time without zone as GPX and KML write it, to the second."""
    moment = local.tz_localize(zone()).tz_convert("UTC").round("s")
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")


def gpx(trips: list[Route], words: str) -> str:
    """Return GPX 1.1: a route of the stops and a track of each trip, under a head of ``words``."""
    stops = "".join(
        f"<rte><name>{xml(trip.name)}</name>"
        + "".join(
            f'<rtept lat="{lat:.5f}" lon="{lon:.5f}"><time>{when}</time>'
            f"<name>{xml(place)}</name><desc>{xml(note)}</desc></rtept>"
            for lon, lat, when, place, note in trip.stops
        )
        + "</rte>"
        for trip in trips
    )
    tracks = "".join(
        f"<trk><name>{xml(trip.name)}</name><trkseg>"
        + "".join(
            f'<trkpt lat="{lat:.5f}" lon="{lon:.5f}"><time>{when}</time></trkpt>'
            for lon, lat, when in trip.track
        )
        + "</trkseg></trk>"
        for trip in trips
        if trip.track
    )
    creator = xml(province().product_name)
    head = f'<gpx version="1.1" creator="{creator}" xmlns="http://www.topografix.com/GPX/1/1">'
    meta = f"<metadata><name>{xml(words)}</name></metadata>"
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{head}{meta}{stops}{tracks}</gpx>\n'


def kml(trips: list[Route], words: str) -> str:
    """Return KML: a folder per trip with its stops and, where there is one, its track."""
    folders = "".join(
        f"<Folder><name>{xml(trip.name)}</name>"
        + "".join(
            f"<Placemark><name>{xml(place)}</name><description>{xml(note)}</description>"
            f"<TimeStamp><when>{when}</when></TimeStamp>"
            f"<Point><coordinates>{lon:.5f},{lat:.5f}</coordinates></Point></Placemark>"
            for lon, lat, when, place, note in trip.stops
        )
        + _kml_track(trip)
        + "</Folder>"
        for trip in trips
    )
    head = (
        '<kml xmlns="http://www.opengis.net/kml/2.2" xmlns:gx="http://www.google.com/kml/ext/2.2">'
        "<Document>"
    )
    meta = f"<name>{xml(words)}</name>"
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{head}{meta}{folders}</Document></kml>\n'


def _kml_track(trip: Route) -> str:
    if not trip.track:
        return ""
    times = "".join(f"<when>{when}</when>" for _, _, when in trip.track)
    places = "".join(f"<gx:coord>{lon:.5f} {lat:.5f} 0</gx:coord>" for lon, lat, _ in trip.track)
    name = f"<name>{xml(trip.name)}</name>"
    return f"<Placemark>{name}<gx:Track>{times}{places}</gx:Track></Placemark>"
