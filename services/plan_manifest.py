"""The manifest: what each vehicle carries on each trip, on paper and in a workbook.

In Indonesian. Numbers of minutes, seals, plates and the names of who signs stay blank: they are
written by hand, and no name is kept.
"""

from __future__ import annotations

from itertools import groupby
from typing import Any

import pandas as pd

from data.workbook import Sheet, workbook
from services.dataset import Dataset
from services.pdf import Block, Break, Signatures, Table, Text, pdf
from services.plan_view import place_label
from services.texts import day, label, text

_LANG = "id"
_SIGN = {
    "truck": ("gudang", "pengemudi", "pengawal", "penerima"),
    "boat": ("dermaga", "nakhoda", "pengawal", "penerima"),
    "local": ("dermaga", "pembawa", "pengawal", "penerima"),
}
"""Who hands over, carries, escorts and receives, by mode: offices and roles, no persons."""

_WIDTHS_MM = (8, 34, 16, 17, 20, 14, 20, 31, 18)


def tps_words(ids: list[str], data: Dataset) -> str:
    """Return TPS by desa with runs of numbers, such as ``Pongok 001-004, 007``."""
    parts = []
    keys = sorted(one.split("/")[1:] for one in ids)
    for desa, some in groupby(keys, key=lambda key: key[0]):
        numbers = [number for _, number in some]
        parts.append(f"{place_label(data, desa)} {_runs(numbers)}")
    return "; ".join(parts)


def _runs(numbers: list[str]) -> str:
    out: list[list[str]] = []
    for one in numbers:
        if out and one.isdigit() and out[-1][-1].isdigit() and int(one) == int(out[-1][-1]) + 1:
            out[-1].append(one)
        else:
            out.append([one])
    return ", ".join(run[0] if len(run) == 1 else f"{run[0]}-{run[-1]}" for run in out)


def trip_table(trip: dict[str, Any], data: Dataset) -> pd.DataFrame:
    """Return the stops of a trip, with a blank column for the numbers of the seals."""
    stops = trip["stops"]
    columns = {
        "no": range(1, len(stops) + 1),
        "place": [place_label(data, stop["place_code"]) for stop in stops],
        "arrive": [_clock(stop["arrive"]) for stop in stops],
        "delivered": [_clock(stop.get("done", stop["depart"])) for stop in stops],
        "depart": [_clock(stop["depart"]) for stop in stops],
        "load": [stop["load_boxes"] for stop in stops],
        "unload": [stop["unload_boxes"] for stop in stops],
        "tps_ids": [tps_words(stop["tps"], data) for stop in stops],
        "seals": [""] * len(stops),
    }
    table = pd.DataFrame(columns)
    table.loc[len(stops) - 1, "depart"] = ""
    return table.set_axis([label("manifest", key, _LANG) for key in columns], axis=1)


def manifest_pdf(document: dict[str, Any], data: Dataset, name: str) -> bytes:
    """Return the manifest on A4: each trip begins a page of its own."""
    about = document["about"]
    blocks: list[Block] = []
    for trip in document["trips"]:
        blocks += [] if not blocks else [Break()]
        blocks += _page(trip, document, data)
    if not blocks:
        blocks = [Text(text("manifest.no_trip", _LANG))]
    title = text("manifest.title", _LANG, kabupaten=about.get("kabupaten_name", ""))
    footer = text("manifest.footer", _LANG, name=name)
    return pdf(title, blocks, access=text("plan.access", _LANG), footer=footer)


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
    blocks += [
        Text(text("manifest.trip_about", _LANG, **values)),
        Text(text("manifest.blanks", _LANG)),
        Table(trip_table(trip, data), _WIDTHS_MM, size=8),
        Text(text("manifest.found", _LANG)),
        Signatures([label("signer", who, _LANG) for who in _SIGN[trip["mode"]]]),
        Text(text("manifest.by_hand", _LANG), "small"),
    ]
    return blocks


def manifest_xlsx(document: dict[str, Any], data: Dataset, name: str) -> bytes:
    """Return the manifest as a workbook: all trips, a sheet per vehicle, and all TPS."""
    mark = text("plan.access", _LANG)
    about = document["about"]
    title = text("manifest.title", _LANG, kabupaten=about.get("kabupaten_name", ""))
    passed = bool((document["verdict"] or {}).get("passed"))
    verdict = text("plan.verdict_passed" if passed else "plan.failed", _LANG)
    head = [f"{mark} · {title}", text("manifest.footer", _LANG, name=name), verdict]
    sheets = [Sheet(text("manifest.sheet_trips", _LANG), _overview(document, data), head, mark)]
    trips = sorted(document["trips"], key=lambda trip: trip["vehicle_id"])
    for vehicle, some in groupby(trips, key=lambda trip: trip["vehicle_id"]):
        own = list(some)
        tables = [
            trip_table(trip, data).assign(**{label("manifest", "trip", _LANG): trip["trip_id"]})
            for trip in own
        ]
        words = text(
            "manifest.vehicle_head", _LANG, vehicle=vehicle, n=len(own),
            mode=label("plan_mode", own[0]["mode"], _LANG), capacity=own[0]["capacity_boxes"],
        )  # fmt: skip
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
    return _named(rows, ("trip", "vehicle", "mode", "from", "depart", "latest", "back", "load",
                         "tps", "minutes_no"))  # fmt: skip


def _tps(document: dict[str, Any], data: Dataset) -> pd.DataFrame:
    """Return a row per TPS and hand-over, with blanks for seal, receiver and time."""
    boxes = {row["tps_id"]: row["boxes"] for row in document["inputs"]["tps"]}
    rows = [
        {
            "tps_id": one,
            "place": place_label(data, one.split("/")[1]),
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
    return _named(rows, ("tps_id", "place", "set_down", "trip", "arrive", "boxes", "seals",
                         "received", "signed"))  # fmt: skip


def _named(rows: list[dict[str, Any]], keys: tuple[str, ...]) -> pd.DataFrame:
    frame = pd.DataFrame(rows, columns=list(keys))
    return frame.set_axis([label("manifest", key, _LANG) for key in keys], axis=1)


def _clock(stamp: str) -> str:
    return pd.Timestamp(stamp).tz_convert("Asia/Jakarta").strftime("%H:%M")


def _when(stamp: str | None) -> str:
    if stamp is None:
        return "–"
    return pd.Timestamp(stamp).tz_convert("Asia/Jakarta").strftime("%d/%m/%Y %H:%M")
