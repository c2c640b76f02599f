"""Trips of a plan as lines for a map, and as GPX and KML for a phone."""

from __future__ import annotations

from typing import Any
from xml.sax.saxutils import escape as xml

import geopandas as gpd
import pandas as pd
from shapely.geometry import LineString

from geo.crs import STORAGE_CRS
from geo.layers import escape, lines
from services.dataset import Dataset
from services.plan_view import MODE_COLOUR, place_label, stop_rows
from services.texts import label, number, text

FORMATS = ("gpx", "kml")


def _points(data: Dataset) -> pd.DataFrame:
    return data.network.network.nodes.set_index("node_id")[["lon", "lat"]]


def trip_lines(document: dict[str, Any], data: Dataset) -> gpd.GeoDataFrame:
    """Return one line per trip, straight between its stops: an order of places, not a road.

    Columns ``trip_id``, ``vehicle_id``, ``mode``, ``depart``, ``back``, ``tps``; EPSG:4326.
    """
    points = _points(data)
    rows = []
    for trip_id, some in stop_rows(document).groupby("trip_id", sort=False):
        places = points.reindex(some["place"])
        if places.isna().any(axis=None) or len(places) < 2:
            continue
        rows.append(
            {
                "trip_id": trip_id,
                "vehicle_id": some["vehicle_id"].iloc[0],
                "mode": some["mode"].iloc[0],
                "depart": some["depart"].iloc[0],
                "back": some["arrive"].iloc[-1],
                "tps": int(some["tps"].sum()),
                "geometry": LineString(places[["lon", "lat"]].to_numpy()),
            }
        )
    if not rows:
        return gpd.GeoDataFrame({"trip_id": []}, geometry=[], crs=STORAGE_CRS)
    return gpd.GeoDataFrame(rows, crs=STORAGE_CRS)


def trip_layer(frame: gpd.GeoDataFrame, lang: str) -> Any:
    """Return trips as a map layer coloured by mode."""
    tips = [
        text(
            "plan.gantt_tip", lang, vehicle=escape(row.vehicle_id),
            start=row.depart.strftime("%d/%m %H:%M"), end=row.back.strftime("%d/%m %H:%M"),
            stops=len(row.geometry.coords) - 2, tps=number(row.tps, lang),
        )
        for row in frame.itertuples()
    ]  # fmt: skip
    return lines(
        frame.assign(key=frame["trip_id"]),
        frame["mode"].map(MODE_COLOUR),
        pd.Series(tips, index=frame.index),
        pd.Series(False, index=frame.index),
    )


def route_file(document: dict[str, Any], data: Dataset, kind: str, lang: str) -> str:
    """Return the trips as GPX routes or KML folders: the stops in order, with their times.

    Parameters
    ----------
    document
        A plan.
    data
        Gives names and points.
    kind
        ``gpx`` or ``kml``.
    lang
        Language of the notes.
    """
    points, rows = _points(data), stop_rows(document)
    trips = []
    for trip_id, some in rows.groupby("trip_id", sort=False):
        stops = []
        for row in some.itertuples():
            if row.place not in points.index:
                continue
            lon, lat = points.loc[row.place, ["lon", "lat"]]
            note = text(
                "plan.stop_note", lang, arrive=row.arrive.strftime("%d/%m %H:%M"),
                load=row.load, unload=row.unload,
            )  # fmt: skip
            stops.append((float(lon), float(lat), place_label(data, row.place), note))
        mode = label("plan_mode", some["mode"].iloc[0], lang)
        trips.append((f"{trip_id} ({mode})", stops))
    return _gpx(trips) if kind == "gpx" else _kml(trips)


_Trip = tuple[str, list[tuple[float, float, str, str]]]


def _gpx(trips: list[_Trip]) -> str:
    routes = "".join(
        f"<rte><name>{xml(name)}</name>"
        + "".join(
            f'<rtept lat="{lat:.5f}" lon="{lon:.5f}"><name>{xml(place)}</name>'
            f"<desc>{xml(note)}</desc></rtept>"
            for lon, lat, place, note in stops
        )
        + "</rte>"
        for name, stops in trips
    )
    head = '<gpx version="1.1" creator="Siaga Babel" xmlns="http://www.topografix.com/GPX/1/1">'
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{head}{routes}</gpx>\n'


def _kml(trips: list[_Trip]) -> str:
    folders = "".join(
        f"<Folder><name>{xml(name)}</name>"
        + "".join(
            f"<Placemark><name>{xml(place)}</name><description>{xml(note)}</description>"
            f"<Point><coordinates>{lon:.5f},{lat:.5f}</coordinates></Point></Placemark>"
            for lon, lat, place, note in stops
        )
        + "</Folder>"
        for name, stops in trips
    )
    head = '<kml xmlns="http://www.opengis.net/kml/2.2"><Document>'
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{head}{folders}</Document></kml>\n'
