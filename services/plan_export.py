"""A plan as files: routes for a phone (GPX, KML), shapes for a GIS desk (GeoJSON).

A plan that has not been run yet tells where loads will be: every file says that it is restricted.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any
from xml.sax.saxutils import escape as xml

import pandas as pd

from data.plans import write_file
from geo.errors import ParameterError
from geo.layers import DECIMALS
from services.dataset import Dataset
from services.plan_manifest import manifest_pdf, manifest_xlsx
from services.plan_map import scene
from services.plan_view import place_label, stop_rows
from services.texts import label, text

FORMATS = ("gpx", "kml", "geojson", "xlsx", "pdf")
ACCESS = "terbatas"

_Trip = tuple[str, list[tuple[float, float, str, str]]]


def plan_file(document: dict[str, Any], data: Dataset, kind: str, name: str, lang: str) -> bytes:
    """Return a plan as a file.

    Parameters
    ----------
    kind
        One of `FORMATS`. GPX routes and KML folders hold the stops in order with their times,
        GeoJSON a line per trip and a point per stop, XLSX and PDF the manifest.
    name
        Of the plan; stands in the file.
    lang
        Language of notes; a manifest is in Indonesian always.

    Raises
    ------
    ParameterError
        For a kind that is not known.
    """
    if kind == "xlsx":
        return manifest_xlsx(document, data, name)
    if kind == "pdf":
        return manifest_pdf(document, data, name)
    if kind == "geojson":
        return plan_geojson(document, data, name, lang).encode()
    if kind not in FORMATS:
        raise ParameterError("format", kind, ", ".join(FORMATS))
    trips = _trips(document, data, lang)
    head = text("plan.file_head", lang, name=name, access=text("plan.access", lang))
    return (_gpx(trips, head) if kind == "gpx" else _kml(trips, head)).encode()


def export_plan(document: dict[str, Any], data: Dataset, name: str, path: Path, lang: str) -> None:
    """Write a plan to a file whose suffix tells the format, whole or not at all.

    Raises
    ------
    ParameterError, FileUnreadableError
        For a suffix that is not known, or a folder that is missing.
    """
    write_file(path, plan_file(document, data, path.suffix.lower().lstrip("."), name, lang))


def _points(data: Dataset) -> pd.DataFrame:
    return data.network.network.nodes.set_index("node_id")[["lon", "lat"]]


def _trips(document: dict[str, Any], data: Dataset, lang: str) -> list[_Trip]:
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
                done=row.done.strftime("%H:%M"), depart=row.depart.strftime("%H:%M"),
                load=row.load, unload=row.unload,
            )  # fmt: skip
            stops.append((float(lon), float(lat), place_label(data, row.place), note))
        mode = label("plan_mode", some["mode"].iloc[0], lang)
        trips.append((f"{trip_id} ({mode})", stops))
    return trips


def _gpx(trips: list[_Trip], words: str) -> str:
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
    meta = f"<metadata><name>{xml(words)}</name></metadata>"
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{head}{meta}{routes}</gpx>\n'


def _kml(trips: list[_Trip], words: str) -> str:
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
    meta = f"<name>{xml(words)}</name>"
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{head}{meta}{folders}</Document></kml>\n'


def plan_geojson(document: dict[str, Any], data: Dataset, name: str, lang: str) -> str:
    """Return a line per trip along the network and a point per stop, EPSG:4326, times in WIB."""
    verdict = (document["verdict"] or {}).get("passed")
    shown, points = scene(document, data), _points(data)
    features = []
    for trip in document["trips"]:
        own = shown.legs[shown.legs["trip_id"].eq(trip["trip_id"])] if len(shown.legs) else []
        line = [list(xy) for shape in (own.geometry if len(own) else ()) for xy in shape.coords]
        line = [xy for n, xy in enumerate(line) if n == 0 or xy != line[n - 1]]
        stops = trip["stops"]
        features.append(
            _feature(
                "LineString" if len(line) > 1 else None,
                line,
                {
                    "kind": "trip",
                    **{k: v for k, v in trip.items() if k != "stops"},
                    "depart": stops[0]["depart"],
                    "back": stops[-1]["arrive"],
                    "places": [stop["place_code"] for stop in stops],
                    "tps": sum(len(stop["tps"]) for stop in stops),
                },
            )
        )
        for seq, stop in enumerate(stops):
            known = stop["place_code"] in points.index
            place = points.loc[stop["place_code"]].tolist() if known else []
            words = place_label(data, stop["place_code"])
            values = {"kind": "stop", "trip_id": trip["trip_id"], "seq": seq, "place": words}
            features.append(_feature("Point" if known else None, place, values | stop))
    collection = {
        "type": "FeatureCollection",
        "name": name,
        "access": ACCESS,
        "note": text("plan.file_head", lang, name=name, access=text("plan.access", lang)),
        "verdict_passed": verdict,
        "deadline": document["deadline"],
        "features": features,
    }
    return json.dumps(collection, ensure_ascii=False)


def _feature(kind: str | None, place: list[Any], properties: dict[str, Any]) -> dict[str, Any]:
    geometry = None if kind is None else {"type": kind, "coordinates": _rounded(place)}
    values = {"access": ACCESS, **properties}
    return {"type": "Feature", "properties": values, "geometry": geometry}


def _rounded(place: Any) -> Any:
    if isinstance(place, list):
        return [_rounded(value) for value in place]
    return round(float(place), DECIMALS)
