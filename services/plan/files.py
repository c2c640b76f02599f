"""A plan as files: the manifest on paper and as a workbook, GPX, KML and GeoJSON.

A plan that has not been run yet reveals where loads will be: every file says that it is restricted.

The manifest is in Indonesian. Numbers of minutes, seals, plates and the names of who signs stay
blank: they are written by hand, and no name is kept.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from itertools import groupby
from pathlib import Path
from typing import Any

import pandas as pd

from data.export import Sheet, workbook, write_file
from data.province import zone
from geo.errors import ParameterError
from geo.maps.layers import DECIMALS
from services.dataset import Dataset
from services.paper import Block, Break, Signatures, Table, Text
from services.plan.failure import lacking_lines, served_words
from services.plan.islets import places_of
from services.plan.tracks import gpx, kml, points, routes
from services.plan.views.islets import assumed_tps, place_words, verdict_words
from services.plan.views.map import scene
from services.plan.views.view import place_label
from services.texts import day, label, text

_LANG = "id"
_SIGN = {
    "truck": ("gudang", "pengemudi", "pengawal", "penerima"),
    "boat": ("dermaga", "nakhoda", "pengawal", "penerima"),
    "local": ("dermaga", "pembawa", "pengawal", "penerima"),
}
"""Who hands over, carries, escorts and receives, by mode: offices and roles, no persons."""

_WIDTHS_MM = (8, 34, 16, 17, 20, 14, 20, 31, 18)


def tps_words(ids: list[str], data: Dataset, at: Mapping[str, str] | None = None) -> str:
    """Return TPS by desa with runs of numbers, such as ``Desa 001-004, 007``.

    ``at`` has the islet, in words, of TPS that stand on one: it follows their numbers in brackets.
    """
    parts = []
    keys = sorted(((one.split("/")[1], (at or {}).get(one, "")), one) for one in ids)
    for (desa, islet), some in groupby(keys, key=lambda key: key[0]):
        numbers = [one.split("/")[2] for _, one in some]
        words = f"{place_label(data, desa)} {_runs(numbers)}"
        parts.append(f"{words} ({islet})" if islet else words)
    return "; ".join(parts)


def _runs(numbers: list[str]) -> str:
    out: list[list[str]] = []
    for one in numbers:
        if out and one.isdigit() and out[-1][-1].isdigit() and int(one) == int(out[-1][-1]) + 1:
            out[-1].append(one)
        else:
            out.append([one])
    return ", ".join(run[0] if len(run) == 1 else f"{run[0]}-{run[-1]}" for run in out)


def trip_table(
    trip: dict[str, Any], data: Dataset, at: Mapping[str, str] | None = None
) -> pd.DataFrame:
    """Return the stops of a trip, with a blank column for the numbers of the seals.

    ``at`` is as for `tps_words`.
    """
    stops = trip["stops"]
    columns = {
        "no": range(1, len(stops) + 1),
        "place": [place_label(data, stop["place_code"]) for stop in stops],
        "arrive": [_clock(stop["arrive"]) for stop in stops],
        "delivered": [_clock(stop.get("done", stop["depart"])) for stop in stops],
        "depart": [_clock(stop["depart"]) for stop in stops],
        "load": [stop["load_boxes"] for stop in stops],
        "unload": [stop["unload_boxes"] for stop in stops],
        "tps_ids": [tps_words(stop["tps"], data, at) for stop in stops],
        "seals": [""] * len(stops),
    }
    table = pd.DataFrame(columns)
    table.loc[len(stops) - 1, "depart"] = ""
    return table.set_axis([label("manifest", key, _LANG) for key in columns], axis=1)


def manifest_pdf(document: dict[str, Any], data: Dataset, name: str) -> bytes:
    """Return the manifest on A4: each trip begins a page of its own, what is left out the first."""
    from services.pdf import pdf

    about = document["about"]
    blocks = _left_out(document, data)
    for trip in document["trips"]:
        blocks += [] if not blocks else [Break()]
        blocks += _page(trip, document, data)
    if not document["trips"]:
        blocks.append(Text(text("manifest.no_trip", _LANG)))
    title = text("manifest.title", _LANG, kabupaten=about.get("kabupaten_name", ""))
    footer = text("manifest.footer", _LANG, name=name)
    return pdf(title, blocks, access=text("plan.access", _LANG), footer=footer)


def _left_out(document: dict[str, Any], data: Dataset) -> list[Block]:
    """Return what a plan leaves out or late, and why; nothing where it leaves nothing."""
    lines = lacking_lines(document, data, _LANG)
    head = [text("plan.failed", _LANG), served_words(document, _LANG)] if lines else []
    return [*(Text(line, "strong") for line in head), *(Text(line) for line in lines)]


def _page(trip: dict[str, Any], document: dict[str, Any], data: Dataset) -> list[Block]:
    stops = trip["stops"]
    values = {
        "vehicle": trip["vehicle_id"],
        "mode": label("plan_mode", trip["mode"], _LANG),
        "capacity": trip["capacity_boxes"],
        "boxes": sum(stop["load_boxes"] for stop in stops),
        "tps": sum(len(stop["tps"]) for stop in stops),
        "start": place_label(data, stops[0]["place_code"]),
        "date": day(pd.Timestamp(stops[0]["depart"]).date(), _LANG),
        "load": _clock(stops[0]["arrive"]),
        "depart": _clock(stops[0]["depart"]),
        "latest": _when(trip["latest_depart"]),
        "back": _when(stops[-1]["arrive"]),
    }
    election = label("election", document["about"].get("election"), _LANG)
    blocks: list[Block] = [
        Text(text("manifest.trip_head", _LANG, trip=trip["trip_id"], election=election), "heading")
    ]
    if not (document["verdict"] or {}).get("passed"):
        blocks.append(Text(text("plan.failed", _LANG), "strong"))
    aboard = {tps for stop in stops for tps in stop["tps"]}
    blocks += [Text(words, "strong") for words in _to_check(document, data, aboard)]
    blocks += [
        Text(text("manifest.trip_about", _LANG, **values)),
        Text(text("manifest.blanks", _LANG)),
        Table(trip_table(trip, data, place_words(document, _LANG)), _WIDTHS_MM, size=8),
        Text(text("manifest.found", _LANG)),
        Signatures([label("signer", who, _LANG) for who in _SIGN[trip["mode"]]]),
        Text(text("manifest.by_hand", _LANG), "small"),
    ]
    return blocks


def _to_check(document: dict[str, Any], data: Dataset, tps: Iterable[str]) -> list[str]:
    """Return what to ask before loading: which of ``tps`` stand on an islet by assumption."""
    assumed = [one for one in assumed_tps(document) if one in set(tps)]
    words = tps_words(assumed, data, places_of(document))
    return [text("plan_islet.manifest_check", _LANG, list=words)] if assumed else []


def manifest_xlsx(document: dict[str, Any], data: Dataset, name: str) -> bytes:
    """Return the manifest as a workbook: all trips, a sheet per vehicle, and all TPS."""
    mark = text("plan.access", _LANG)
    about = document["about"]
    title = text("manifest.title", _LANG, kabupaten=about.get("kabupaten_name", ""))
    passed = bool((document["verdict"] or {}).get("passed"))
    verdict = verdict_words(document, _LANG) if passed else text("plan.failed", _LANG)
    head = [f"{mark} · {title}", text("manifest.footer", _LANG, name=name), verdict]
    head += _to_check(document, data, assumed_tps(document))
    at = place_words(document, _LANG)
    sheets = [Sheet(text("manifest.sheet_trips", _LANG), _overview(document, data), head, mark)]
    trips = sorted(document["trips"], key=lambda trip: trip["vehicle_id"])
    for vehicle, some in groupby(trips, key=lambda trip: trip["vehicle_id"]):
        own = list(some)
        tables = [
            trip_table(trip, data, at).assign(**{label("manifest", "trip", _LANG): trip["trip_id"]})
            for trip in own
        ]
        words = text(
            "manifest.vehicle_head",
            _LANG,
            vehicle=vehicle,
            n=len(own),
            mode=label("plan_mode", own[0]["mode"], _LANG),
            capacity=own[0]["capacity_boxes"],
        )
        lines = [
            f"{mark} · {words}",
            text("manifest.blanks", _LANG),
            text("manifest.by_hand", _LANG),
        ]
        table = pd.concat(tables, ignore_index=True)
        sheets.append(
            Sheet(str(vehicle), table.iloc[:, [-1, *range(table.shape[1] - 1)]], lines, mark)
        )
    sheets.append(Sheet(text("manifest.sheet_tps", _LANG), _tps(document, data), head, mark))
    return workbook(sheets)


def _overview(document: dict[str, Any], data: Dataset) -> pd.DataFrame:
    rows = [
        {
            "trip": trip["trip_id"],
            "vehicle": trip["vehicle_id"],
            "mode": label("plan_mode", trip["mode"], _LANG),
            "from": place_label(data, trip["stops"][0]["place_code"]),
            "depart": _when(trip["stops"][0]["depart"]),
            "latest": _when(trip["latest_depart"]),
            "back": _when(trip["stops"][-1]["arrive"]),
            "load": sum(stop["load_boxes"] for stop in trip["stops"]),
            "tps": sum(len(stop["tps"]) for stop in trip["stops"]),
            "minutes_no": "",
        }
        for trip in document["trips"]
    ]
    return _named(
        rows,
        (
            "trip",
            "vehicle",
            "mode",
            "from",
            "depart",
            "latest",
            "back",
            "load",
            "tps",
            "minutes_no",
        ),
    )


def _tps(document: dict[str, Any], data: Dataset) -> pd.DataFrame:
    """Return a row per TPS and hand-over, with blanks for seal, receiver and time."""
    boxes = {row["tps_id"]: row["boxes"] for row in document["inputs"]["tps"]}
    at = {one: [words] for one, words in place_words(document, _LANG).items()}
    rows = [
        {
            "tps_id": one,
            "place": " · ".join([place_label(data, one.split("/")[1]), *at.get(one, ())]),
            "set_down": place_label(data, stop["place_code"]),
            "trip": trip["trip_id"],
            "arrive": _when(stop["arrive"]),
            "boxes": boxes.get(one),
            "seals": "",
            "received": "",
            "signed": "",
        }
        for trip in document["trips"]
        for stop in trip["stops"]
        for one in stop["tps"]
    ]
    rows.sort(key=lambda row: (str(row["tps_id"]), str(row["arrive"])))
    return _named(
        rows,
        ("tps_id", "place", "set_down", "trip", "arrive", "boxes", "seals", "received", "signed"),
    )


def _named(rows: list[dict[str, Any]], keys: tuple[str, ...]) -> pd.DataFrame:
    frame = pd.DataFrame(rows, columns=list(keys))
    return frame.set_axis([label("manifest", key, _LANG) for key in keys], axis=1)


def _clock(stamp: str) -> str:
    return pd.Timestamp(stamp).tz_convert(zone()).strftime("%H:%M")


def _when(stamp: str | None) -> str:
    if stamp is None:
        return "–"
    return pd.Timestamp(stamp).tz_convert(zone()).strftime("%d/%m/%Y %H:%M")


FORMATS = ("gpx", "kml", "geojson", "xlsx", "pdf")
ACCESS = "terbatas"


def plan_file(document: dict[str, Any], data: Dataset, kind: str, name: str, lang: str) -> bytes:
    """Return a plan as a file.

    Parameters
    ----------
    kind
        One of `FORMATS`. GPX and KML hold the stops of each trip and its track, with times,
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
    trips = routes(document, data, lang)
    head = text("plan.file_head", lang, name=name, access=text("plan.access", lang))
    return (gpx if kind == "gpx" else kml)(trips, head).encode()


def export_plan(document: dict[str, Any], data: Dataset, name: str, path: Path, lang: str) -> None:
    """Write a plan to a file whose suffix gives the format, whole or not at all.

    Raises
    ------
    ParameterError, FileUnreadableError
        For a suffix that is not known, or a folder that is missing.
    """
    write_file(path, plan_file(document, data, path.suffix.lower().lstrip("."), name, lang))


def plan_geojson(document: dict[str, Any], data: Dataset, name: str, lang: str) -> str:
    """Return a line per trip along the network and a point per stop, EPSG:4326, local times."""
    verdict = (document["verdict"] or {}).get("passed")
    shown, places = scene(document, data), points(data)
    features = []
    for trip in document["trips"]:
        own = shown.legs[shown.legs["trip_id"].eq(trip["trip_id"])]
        line = [list(xy) for shape in own.geometry for xy in shape.coords]
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
            place = places.get(stop["place_code"], ())
            words = place_label(data, stop["place_code"])
            values = {"kind": "stop", "trip_id": trip["trip_id"], "seq": seq, "place": words}
            features.append(_feature("Point" if place else None, [*place], values | stop))
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
