"""Events of a what-if as rows of JSON, and as words."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import pandas as pd

from analytics.replan import Event, ExtraTps, RoadCut, SeaCloses, VehicleFails, WarehouseLate
from geo.errors import ParameterError
from services.dataset import Dataset
from services.plan_view import place_label
from services.texts import number, text

KINDS = ("vehicle_fails", "sea_closes", "road_cut", "warehouse_late", "extra_tps")
"""Kinds of events, as plans and scenarios name them."""

RECOVERY_MIN = 180.0
"""Minutes until the cargo of a broken vehicle is back where its trip began: an assumption."""

Row = dict[str, Any]


def event_rows(events: Iterable[Event]) -> list[Row]:
    """Return events as JSON values."""
    return [_row(event) for event in events]


def _row(event: Event) -> Row:
    if isinstance(event, VehicleFails):
        until = None if event.until is None else event.until.isoformat()
        return {"kind": "vehicle_fails", "vehicle_id": event.vehicle_id,
                "at": event.at.isoformat(), "recovery_min": event.recovery_min,
                "until": until}  # fmt: skip
    if isinstance(event, SeaCloses):
        return {"kind": "sea_closes", "area": event.area, "since": event.since.isoformat(),
                "until": event.until.isoformat()}  # fmt: skip
    if isinstance(event, RoadCut):
        return {"kind": "road_cut", "place_code": event.place_code}
    if isinstance(event, WarehouseLate):
        return {"kind": "warehouse_late", "warehouse": event.warehouse, "minutes": event.minutes}
    columns = ["tps_id", "place_code", "boxes"]
    return {"kind": "extra_tps", "tps": event.tps[columns].to_dict("records")}


def events_of(rows: Iterable[Mapping[str, Any]]) -> list[Event]:
    """Return the events that rows describe, the reverse of `event_rows`.

    Raises
    ------
    ParameterError
        For a kind that does not exist.
    """
    return [_event(row) for row in rows]


def _event(row: Mapping[str, Any]) -> Event:
    kind = row["kind"]
    if kind == "vehicle_fails":
        until = row.get("until")
        return VehicleFails(
            row["vehicle_id"],
            pd.Timestamp(row["at"]),
            float(row.get("recovery_min", RECOVERY_MIN)),
            None if until is None else pd.Timestamp(until),
        )
    if kind == "sea_closes":
        since, until = (pd.Timestamp(row[key]) for key in ("since", "until"))
        return SeaCloses(row["area"], since, until)
    if kind == "road_cut":
        return RoadCut(row["place_code"])
    if kind == "warehouse_late":
        return WarehouseLate(row["warehouse"], float(row["minutes"]))
    if kind == "extra_tps":
        return ExtraTps(pd.DataFrame(row["tps"], columns=["tps_id", "place_code", "boxes"]))
    raise ParameterError("kind", kind, ", ".join(KINDS))


def still_standing(rows: Iterable[Mapping[str, Any]], now: pd.Timestamp) -> list[Any]:
    """Return the earlier events that hold at a time: cut roads, and seas not open again."""
    events = [event for event in events_of(rows) if isinstance(event, (SeaCloses, RoadCut))]
    return [e for e in events if isinstance(e, RoadCut) or e.until > now]


def extra_tps(document: Mapping[str, Any], place_code: str, count: int) -> ExtraTps:
    """Return so many TPS more of a place, each with as many boxes as most TPS of the plan have.

    Raises
    ------
    ParameterError
        For a place that is not in the plan, or no TPS.
    """
    given = pd.DataFrame(document["inputs"]["tps"])
    if place_code not in set(given["place_code"]):
        expected = ", ".join(sorted(given["place_code"].unique()))
        raise ParameterError("place_code", place_code, expected)
    if not 1 <= count <= 50:
        raise ParameterError("extra_tps", count, "1 to 50")
    boxes = int(given["boxes"].mode().iloc[0])
    known = set(given["tps_id"])
    stem = f"{document['about'].get('election', 'tps')}/{place_code}/+"
    names = (f"{stem}{n}" for n in range(1, len(known) + count + 1))
    free = [name for name in names if name not in known][:count]
    rows = {"tps_id": free, "place_code": place_code, "boxes": boxes}
    return ExtraTps(pd.DataFrame(rows))


def clock(value: Any) -> str:
    """Return a time of a plan in WIB; a dash where there is none."""
    if value is None or pd.isna(value):
        return "–"
    return pd.Timestamp(value).tz_convert("Asia/Jakarta").strftime("%d/%m %H:%M")


def event_words(row: Mapping[str, Any], data: Dataset, lang: str) -> str:
    """Return an event in words."""
    kind = row["kind"]
    if kind == "vehicle_fails":
        until = row.get("until")
        back = (
            text("whatif.event_not_back", lang)
            if until is None
            else text("whatif.event_back", lang, time=clock(until))
        )
        return text(
            "whatif.event_vehicle_fails", lang, vehicle=row["vehicle_id"], time=clock(row["at"]),
            back=back, hours=number(row.get("recovery_min", RECOVERY_MIN) / 60, lang, 1),
        )  # fmt: skip
    if kind == "sea_closes":
        area = row["area"] or text("whatif.all_waters", lang)
        return text("whatif.event_sea_closes", lang, area=area, time=clock(row["until"]))
    if kind == "road_cut":
        return text("whatif.event_road_cut", lang, place=place_label(data, row["place_code"]))
    if kind == "warehouse_late":
        return text(
            "whatif.event_warehouse_late", lang, place=place_label(data, row["warehouse"]),
            hours=number(row["minutes"] / 60, lang, 1),
        )  # fmt: skip
    places = sorted({place_label(data, tps["place_code"]) for tps in row["tps"]})
    return text("whatif.event_extra_tps", lang, n=len(row["tps"]), places=", ".join(places))
