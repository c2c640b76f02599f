"""What if, from now: events on a saved plan, planned again and audited."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd

from analytics.plan.audit import audit
from analytics.plan.document import from_document, inputs_of, to_document
from analytics.plan.inputs import PlanInputs, known_codes, plan_inputs
from analytics.plan.what_if import (
    Event,
    ExtraTps,
    RoadCut,
    SeaCloses,
    VehicleFails,
    WarehouseLate,
    replan,
)
from data.plan.kept import base_key
from data.province import zone
from geo.errors import ParameterError
from services.dataset import Dataset
from services.plan.ends import ReturnAsked, with_last_mile
from services.plan.make import PlanAsked, PlanSettings, check_schema
from services.plan.make import inputs_of as inputs_asked
from services.plan.settings import settings_from_text
from services.plan.views.view import place_label
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
        return {
            "kind": "vehicle_fails",
            "vehicle_id": event.vehicle_id,
            "at": event.at.isoformat(),
            "recovery_min": event.recovery_min,
            "until": until,
        }
    if isinstance(event, SeaCloses):
        return {
            "kind": "sea_closes",
            "area": event.area,
            "since": event.since.isoformat(),
            "until": event.until.isoformat(),
        }
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
    """Return a time of a plan in the province; a dash where there is none."""
    if value is None or pd.isna(value):
        return "–"
    return pd.Timestamp(value).tz_convert(zone()).strftime("%d/%m %H:%M")


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
            "whatif.event_vehicle_fails",
            lang,
            vehicle=row["vehicle_id"],
            time=clock(row["at"]),
            back=back,
            hours=number(row.get("recovery_min", RECOVERY_MIN) / 60, lang, 1),
        )
    if kind == "sea_closes":
        area = row["area"] or text("whatif.all_waters", lang)
        return text("whatif.event_sea_closes", lang, area=area, time=clock(row["until"]))
    if kind == "road_cut":
        return text("whatif.event_road_cut", lang, place=place_label(data, row["place_code"]))
    if kind == "warehouse_late":
        return text(
            "whatif.event_warehouse_late",
            lang,
            place=place_label(data, row["warehouse"]),
            hours=number(row["minutes"] / 60, lang, 1),
        )
    places = sorted({place_label(data, tps["place_code"]) for tps in row["tps"]})
    return text("whatif.event_extra_tps", lang, n=len(row["tps"]), places=", ".join(places))


REPLAN_SECONDS = 6.0
"""Effort of the search: with legs and audit it is within ten seconds on a usual machine."""

_LEG = ["from_code", "to_code", "mode", "vessel_class"]


def full_inputs(data: Dataset, document: Mapping[str, Any]) -> PlanInputs:
    """Return the inputs of a plan with every leg, not only those it uses.

    A leg that the document lacks comes from the network as it is now.
    """
    own = inputs_of(document)
    if document["inputs"].get("whole"):
        return own
    network = inputs_asked(data, _asked(document["about"]))[0].legs
    codes = known_codes(own.stops)
    network = network[network["from_code"].isin(codes) & network["to_code"].isin(codes)]
    legs = pd.concat([own.legs, network], ignore_index=True).drop_duplicates(_LEG)
    return plan_inputs(own.stops, own.tps, legs, own.fleet, own.windows, own.rules)


def _asked(about: Mapping[str, Any]) -> PlanAsked | PlanSettings:
    """Return what a plan was made from: its settings, or the short question of older plans."""
    if "settings" in about:
        return settings_from_text(about["settings"], "settings", about["kabupaten"])
    return PlanAsked(about["kabupaten"], about["election"], **about["asked"])


def replan_document(
    data: Dataset,
    document: Mapping[str, Any],
    name: str,
    now: pd.Timestamp,
    events: Sequence[Event],
    seconds: float = REPLAN_SECONDS,
) -> dict[str, Any]:
    """Return the plan from now on, audited.

    Parameters
    ----------
    name
        Name of the plan in force, so that one can go back to it.
    now
        A time inside the plan, with zone.
    events
        At least one.

    Returns
    -------
    dict
        A plan document; ``about["whatif"]`` says what it was made for (``base``, ``base_key``,
        ``now``, ``events``, and in ``earlier`` the events of the plans before it), ``rest`` is the
        new part with the events in its inputs. The verdict is on both.

    Raises
    ------
    ParameterError
        For what is no plan, without events, for an event about nothing, or a time outside the plan.
    PlanInputError
        When a deadline of what is left has passed.
    """
    check_schema(document)
    if not events:
        raise ParameterError("what_if", 0, "1 event or more")
    first, last = span(document)
    if not first <= now <= last:
        expected = f"{first.isoformat()} to {last.isoformat()}"
        raise ParameterError("now", now.isoformat(), expected)
    before = document["about"].get("whatif") or {}
    earlier = [*before.get("earlier", []), *before.get("events", [])]
    found = replan(
        from_document(document),
        full_inputs(data, document),
        now,
        events,
        int(document["figures"].get("seed") or 0),
        seconds,
        still_standing(earlier, now),
    )
    reported = {
        "base": name,
        "base_key": base_key(document),
        "now": now.isoformat(),
        "events": event_rows(events),
        "earlier": earlier,
    }
    about = {**document["about"], "whatif": reported}
    out = to_document(found.plan, found.inputs, about=about, whole=True)
    if found.rest is not None and found.rest_inputs is not None:
        out["rest"] = to_document(found.rest, found.rest_inputs, whole=True)
    return with_ends(data, document, out)


def with_ends(data: Dataset, before: Mapping[str, Any], out: dict[str, Any]) -> dict[str, Any]:
    """Return the new plan audited, with the ends the old one had.

    The last mile is computed again; the return trip stays where no TPS came in addition.
    """
    same = len(before["inputs"]["tps"]) == len(out["inputs"]["tps"])
    if "back" in before and same:
        out["back"] = before["back"]
    if "last_mile" in before:
        return with_last_mile(data, out, ReturnAsked(**before["about"].get("ends", {})))
    return out | {"verdict": audit(out).verdict()}


def span(document: Mapping[str, Any]) -> tuple[pd.Timestamp, pd.Timestamp]:
    """Return from when to when a plan runs: a day before the first loading, to its deadline."""
    starts = [pd.Timestamp(trip["stops"][0]["arrive"]) for trip in document["trips"]]
    last = pd.Timestamp(document["deadline"])
    return min(starts, default=last) - pd.Timedelta(days=1), last


def counts(loads: pd.DataFrame) -> dict[str, int]:
    """Return how many ``loads`` (`load_changes`) were lost, come late, moved, and stand."""
    lost = loads["status"].eq("not_brought")
    late = loads["late"] & ~lost
    moved = loads["status"].isin(["moved", "added"]) & ~late
    stand = ~(lost | late | moved)
    return {
        "lost": int(lost.sum()),
        "late": int(late.sum()),
        "moved": int(moved.sum()),
        "stand": int(stand.sum()),
    }


def moment(words: str) -> pd.Timestamp:
    """Return a time as typed; without a zone it is the province's.

    Raises
    ------
    ParameterError
        For what is no time.
    """
    try:
        when: pd.Timestamp | None = pd.Timestamp(words)
    except ValueError:
        when = None
    if when is None or pd.isna(when):
        raise ParameterError("now", words, "2024-02-11T09:00")
    return when.tz_localize(zone()) if when.tzinfo is None else when.tz_convert(zone())


@dataclass(frozen=True)
class WhatIf:
    """What is assumed to happen, as it is typed.

    Attributes
    ----------
    vehicles
        Ids of those out of order from now on.
    repaired_h
        Hours until they go again, above 0, up to 240; None: no more.
    recovery_h
        Hours until their load is back where the trip began, 0 to 72.
    sea
        Until when all waters are closed, or ``AREA=`` before it.
    roads
        Codes of places no truck reaches.
    warehouse
        Hours all warehouses are late, or ``CODE=HOURS``; above 0, up to 240.
    extra
        ``DESA=NUMBER`` of TPS.
    """

    vehicles: Sequence[str] = ()
    repaired_h: float | None = None
    recovery_h: float = RECOVERY_MIN / 60
    sea: str | None = None
    roads: Sequence[str] = ()
    warehouse: str | None = None
    extra: Sequence[str] = ()

    def __post_init__(self) -> None:
        _within("repaired", self.repaired_h, 0.1, 240)
        _within("recovery", self.recovery_h, 0, 72)

    def events(self, document: Mapping[str, Any], now: pd.Timestamp) -> list[Event]:
        """Return what happens to a plan from a time on.

        Raises
        ------
        ParameterError
            For a number or time that is none or out of range, or a desa that is not in the plan.
        """
        hour = pd.Timedelta(hours=1)
        back = None if self.repaired_h is None else now + self.repaired_h * hour
        found: list[Event] = [
            VehicleFails(name, now, self.recovery_h * 60, back) for name in self.vehicles
        ]
        if self.sea:
            area, _, until = self.sea.rpartition("=")
            found.append(SeaCloses(area or None, now, moment(until)))
        found += [RoadCut(code) for code in self.roads]
        if self.warehouse:
            code, _, words = self.warehouse.rpartition("=")
            hours = _number("warehouse", words)
            _within("warehouse", hours, 0.1, 240)
            codes = sorted({stop["warehouse"] for stop in document["inputs"]["stops"]})
            found += [WarehouseLate(c, hours * 60) for c in ([code] if code else codes)]
        for entry in self.extra:
            place, _, words = entry.rpartition("=")
            found.append(extra_tps(document, place, int(_number("extra_tps", words))))
        return found


def _number(name: str, words: str) -> float:
    try:
        return float(words)
    except ValueError:
        raise ParameterError(name, words, "99.03.08.2001=2") from None


def _within(name: str, value: float | None, low: float, high: float) -> None:
    if value is not None and not low <= value <= high:
        raise ParameterError(name, value, f"{low} to {high}")


def again_name(name: str, taken: Sequence[str]) -> str:
    """Return a name for a plan made again that no saved plan has."""
    stem = name.partition(" andai ")[0][:66]
    numbers = (n for n in range(1, len(taken) + 2) if f"{stem} andai {n}" not in taken)
    return f"{stem} andai {next(numbers)}"
