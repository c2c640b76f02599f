"""What a plan made again changes and who must be informed; a past day replayed."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd

from analytics.plan.document import from_document
from analytics.plan.what_if import Event, changes
from data.plan.settings import PlanSettings
from data.plan.toml import replay_facts
from data.province import zone
from geo.errors import ParameterError
from services.dataset import Dataset
from services.plan.islets import kecamatan_of
from services.plan.make import make_plan, scenario_settings
from services.plan.views.view import place_label
from services.plan.what_if import REPLAN_SECONDS as SECONDS
from services.plan.what_if import clock, events_of, replan_document
from services.texts import label, number, text

TRIP_STATUSES = ("left", "kept", "cut", "moved", "cancelled", "new")
"""Has left and goes on; waits and stands; cut short; the same load goes otherwise; goes no more;
is new."""

OFFICES = ("pps", "ppk", "pier", "landing", "warehouse", "vehicle")
"""Who may have to be informed: who waits first, who drives last."""

Document = Mapping[str, Any]


def load_changes(before: Document, after: Document, now: pd.Timestamp) -> pd.DataFrame:
    """Return one row per stop: the columns of `Replanned.changes` and ``late``."""
    stops = pd.DataFrame(after["inputs"]["stops"])
    stops = stops.astype("object").where(stops.notna(), None)
    out = changes(from_document(before), from_document(after), stops, now)
    due = pd.to_datetime(pd.Series(stops["deadline"].to_numpy(), index=stops["place_code"]))
    deadline = out["place_code"].map(due)
    when = pd.to_datetime(out["after"], utc=True).dt.tz_convert(zone())
    return out.assign(late=(when > deadline).fillna(False).astype(bool), deadline=deadline)


def trip_changes(before: Document, after: Document, now: pd.Timestamp) -> pd.DataFrame:
    """Return one row per trip of either plan.

    Returns
    -------
    DataFrame
        ``status`` of `TRIP_STATUSES`, ``mode``, ``before_vehicle``, ``after_vehicle``,
        ``before_depart``, ``before_back``, ``after_depart``, ``after_back``, ``places``
        (unloaded at), ``tps_count``; what there is not is missing. A trip whose whole load goes by
        one other trip of the same mode is one row, ``moved``.
    """
    old = {trip["trip_id"]: trip for trip in before["trips"]}
    new = {trip["trip_id"]: trip for trip in after["trips"]}
    rows = []
    for name in [name for name in old if name in new]:
        if old[name]["stops"] == new[name]["stops"]:
            left = pd.Timestamp(old[name]["stops"][0]["depart"]) <= now
            rows.append(_row("left" if left else "kept", old[name], new[name]))
        else:
            rows.append(_row("cut", old[name], new[name]))
    added = {name: trip for name, trip in new.items() if name not in old}
    by_load: dict[Any, list[str]] = {}
    for name, trip in added.items():
        by_load.setdefault(_load(trip), []).append(name)
    for name in [name for name in old if name not in new]:
        match = by_load.get(_load(old[name]), [])
        if match:
            rows.append(_row("moved", old[name], added.pop(match.pop(0))))
        else:
            rows.append(_row("cancelled", old[name], None))
    rows += [_row("new", None, trip) for trip in added.values()]
    out = pd.DataFrame(rows, columns=list(_row("kept", None, None)))
    order = out["status"].map({"cut": 0, "cancelled": 1, "moved": 2, "new": 3}).fillna(4)
    when = out["after_depart"].fillna(out["before_depart"]).astype("str")
    return (
        out.assign(order=order, when=when)
        .sort_values(["order", "when"], ignore_index=True)
        .drop(columns=["order", "when"])
    )


def _load(trip: Mapping[str, Any]) -> tuple[str, frozenset[tuple[str, str]]]:
    pairs = ((stop["place_code"], tps) for stop in trip["stops"] for tps in stop["tps"])
    return trip["mode"], frozenset(pairs)


def _row(
    status: str, old: Mapping[str, Any] | None, new: Mapping[str, Any] | None
) -> dict[str, Any]:
    one = new or old
    stops = one["stops"] if one else []
    row: dict[str, Any] = {"status": status, "mode": one["mode"] if one else None}
    for key, trip in (("before", old), ("after", new)):
        row[f"{key}_vehicle"] = trip["vehicle_id"] if trip else None
        row[f"{key}_depart"] = trip["stops"][0]["depart"] if trip else None
        row[f"{key}_back"] = trip["stops"][-1]["arrive"] if trip else None
    row["places"] = list(dict.fromkeys(s["place_code"] for s in stops if s["tps"]))
    row["tps_count"] = sum(len(stop["tps"]) for stop in stops)
    return row


def notices(before: Document, after: Document, now: pd.Timestamp) -> pd.DataFrame:
    """Return the offices that must hear of the new plan.

    Returns
    -------
    DataFrame
        ``office`` of `OFFICES`, ``code`` (vehicle id or place), ``cancelled``, ``new`` (trips of a
        vehicle, or that leave from a place), ``loads`` (stops whose time changes on the way through
        it), ``next`` (first departure after now there, or the new time of arrival at a desa),
        ``before`` (arrival at a desa as it was), ``lost`` (desa that get nothing).
    """
    loads = load_changes(before, after, now)
    touched = loads[loads["status"].isin(["moved", "added", "not_brought"])]
    trips = trip_changes(before, after, now)
    trips = trips[trips["status"].isin(["cut", "moved", "cancelled", "new"])]
    rows = [_vehicle(name, trips, after, now) for name in _vehicles(trips)]
    stops = {row["place_code"]: row for row in after["inputs"]["stops"]}
    kecamatan = kecamatan_of(after)
    seen: dict[tuple[str, str], list[dict[str, Any]]] = {}
    for load in touched.to_dict("records"):
        stop = stops[load["place_code"]]
        code = str(load["place_code"])
        way = [("warehouse", stop["warehouse"]), ("pier", stop["pier"])]
        way += [("landing", stop["landing"] if stop["landing"] != code else None)]
        way += [("ppk", kecamatan[code] or None), ("pps", code)]
        for office, place in way:
            if place:
                seen.setdefault((office, str(place)), []).append(
                    {str(k): v for k, v in load.items()}
                )
    for (office, code), some in seen.items():
        row = _call_report(office, code, len(some), sum(x["status"] == "not_brought" for x in some))
        row["next"] = _next_from(after, code, now)
        if office == "pps":
            row |= {"before": some[0]["before"], "next": some[0]["after"]}
        rows.append(row)
    out = pd.DataFrame(rows, columns=list(_call_report("vehicle", "", 0, 0)))
    order = out["office"].map({name: n for n, name in enumerate(OFFICES)})
    return (
        out.assign(order=order)
        .sort_values(["order", "code"], ignore_index=True)
        .drop(columns="order")
    )


def _call_report(office: str, code: str, loads: int, lost: int) -> dict[str, Any]:
    return {
        "office": office,
        "code": code,
        "cancelled": 0,
        "new": 0,
        "loads": loads,
        "lost": lost,
        "before": None,
        "next": None,
    }


def _vehicles(trips: pd.DataFrame) -> list[str]:
    both = pd.concat([trips["before_vehicle"], trips["after_vehicle"]]).dropna()
    return sorted(both.unique())


def _vehicle(name: str, trips: pd.DataFrame, after: Document, now: pd.Timestamp) -> dict[str, Any]:
    was, will = trips["before_vehicle"].eq(name), trips["after_vehicle"].eq(name)
    gone = trips["status"].isin(["moved", "cancelled"])
    leaves = (trip["stops"][0]["depart"] for trip in after["trips"] if trip["vehicle_id"] == name)
    coming = [time for time in leaves if pd.Timestamp(time) > now]
    return _call_report("vehicle", name, 0, 0) | {
        "cancelled": int((was & gone).sum() + (was & trips["status"].eq("cut")).sum()),
        "new": int((will & trips["status"].isin(["moved", "new"])).sum()),
        "next": min(coming, default=None),
    }


def _next_from(after: Document, code: str, now: pd.Timestamp) -> str | None:
    times = (
        trip["stops"][0]["depart"]
        for trip in after["trips"]
        if trip["stops"][0]["place_code"] == code
    )
    return min((time for time in times if pd.Timestamp(time) > now), default=None)


def load_table(loads: pd.DataFrame, data: Dataset, lang: str, every: bool) -> pd.DataFrame:
    """Return ``loads`` (`load_changes`) as a table for reading, lost and late ones first."""
    shown = loads if every else loads[~loads["status"].isin(["kept", "delivered"])]
    rank = shown["status"].map({"not_brought": 0.0}).astype("float64").fillna(2) - shown[
        "late"
    ].astype(int)
    shown = shown.assign(rank=rank).sort_values(
        ["rank", "later_min"], ascending=[True, False], na_position="first"
    )
    words = [
        label("load_status", "late" if late and status != "not_brought" else status, lang)
        for status, late in zip(shown["status"], shown["late"], strict=True)
    ]
    columns = {
        "place": [place_label(data, code) for code in shown["place_code"]],
        "status": words,
        "before": [clock(value) for value in shown["before"]],
        "after": [clock(value) for value in shown["after"]],
        "later": [_hours(value, lang) for value in shown["later_min"]],
    }
    return pd.DataFrame({label("change", key, lang): values for key, values in columns.items()})


def _hours(minutes: float, lang: str) -> str:
    """Return minutes as hours with their sign."""
    words = number(abs(minutes) / 60, lang, 1)
    return words if pd.isna(minutes) or not round(minutes) else f"{'+−'[minutes < 0]}{words}"


def trip_table(trips: pd.DataFrame, data: Dataset, lang: str, every: bool) -> pd.DataFrame:
    """Return ``trips``, those of `trip_changes`, as a table for reading."""
    shown = trips if every else trips[~trips["status"].isin(["kept", "left"])]
    columns = {
        "status": [label("trip_status", status, lang) for status in shown["status"]],
        "vehicle": _vehicle_words(shown),
        "mode": [label("plan_mode", mode, lang) for mode in shown["mode"]],
        "before": _spans(shown, "before"),
        "after": _spans(shown, "after"),
        "places": [", ".join(place_label(data, c) for c in codes) for codes in shown["places"]],
        "tps": shown["tps_count"].tolist(),
    }
    return pd.DataFrame({label("change", key, lang): values for key, values in columns.items()})


def _vehicle_words(trips: pd.DataFrame) -> list[str]:
    """Return the vehicle of each trip, and the one that takes its place."""
    pairs = zip(trips["before_vehicle"], trips["after_vehicle"], strict=True)
    return [" → ".join(dict.fromkeys(v for v in pair if not pd.isna(v))) for pair in pairs]


def _spans(trips: pd.DataFrame, when: str) -> list[str]:
    pairs = zip(trips[f"{when}_depart"], trips[f"{when}_back"], strict=True)
    return ["–" if pd.isna(a) else f"{clock(a)} – {clock(b)}" for a, b in pairs]


def notice_table(reported: pd.DataFrame, data: Dataset, lang: str) -> pd.DataFrame:
    """Return who must be informed of what, in words: offices and vehicles, no persons.

    ``reported`` is what `notices` returns.
    """
    rows = []
    for row in reported.to_dict("records"):
        code = str(row["code"])
        name = code if row["office"] == "vehicle" else place_label(data, code)
        rows.append(
            {
                "office": label("office", row["office"], lang),
                "name": name,
                "what": _what({str(k): v for k, v in row.items()}, lang),
            }
        )
    frame = pd.DataFrame(rows, columns=["office", "name", "what"])
    return frame.rename(columns={key: label("change", key, lang) for key in frame.columns})


def _what(row: Mapping[str, Any], lang: str) -> str:
    after = clock(row["next"])
    if row["office"] == "vehicle":
        counts = (("whatif.tell_cancelled", "cancelled"), ("whatif.tell_new", "new"))
        words = [text(key, lang, n=row[name]) for key, name in counts if row[name]]
        last = "whatif.tell_next" if after != "–" else "whatif.tell_no_more"
        return "; ".join([*words, text(last, lang, time=after)])
    if row["office"] == "pps":
        if row["lost"]:
            return text("whatif.tell_lost", lang, before=clock(row["before"]))
        return text("whatif.tell_pps", lang, before=clock(row["before"]), after=after)
    words = [text("whatif.tell_loads", lang, n=row["loads"])]
    if row["lost"]:
        words.append(text("whatif.tell_lost_here", lang, n=row["lost"]))
    if after != "–":
        words.append(text("whatif.tell_next", lang, time=after))
    return "; ".join(words)


NewDocument = dict[str, Any]


def replay(data: Dataset, name: str, scenario: str) -> tuple[NewDocument, NewDocument]:
    """Return the plan of a scenario as it would have been made, and made again after its events.

    Parameters
    ----------
    name
        Under which the plan before is kept.

    Returns
    -------
    tuple
        Two plan documents; ``about["replay"]`` of both names the scenario.

    Raises
    ------
    ParameterError
        When nothing happens in the scenario, or its vehicle makes no trip.
    """
    settings = scenario_settings(scenario)
    before = make_plan(data, settings)
    before["about"]["replay"] = scenario
    now, events = events_in(settings, before)
    return before, replan_document(data, before, name, now, events, min(SECONDS, 5.0))


def events_in(settings: PlanSettings, document: NewDocument) -> tuple[pd.Timestamp, list[Event]]:
    """Return when the first thing of a scenario happens, and its events with their times.

    Raises
    ------
    ParameterError
        When nothing happens, or a vehicle fails that has no trip in ``document``.
    """
    rows: list[dict[str, Any]] = []
    for event in settings.events:
        row = dict(event)
        if row["kind"] == "vehicle_fails":
            leaves = [
                pd.Timestamp(trip["stops"][0]["depart"])
                for trip in document["trips"]
                if trip["vehicle_id"] == row["vehicle_id"]
            ]
            if not leaves:
                used = ", ".join(sorted({trip["vehicle_id"] for trip in document["trips"]}))
                raise ParameterError("vehicle_id", row["vehicle_id"], used)
            after = pd.Timedelta(minutes=float(row["minutes_after_departure"]))
            row["at"] = (min(leaves) + after).isoformat()
        rows.append(row)
    if not rows:
        raise ParameterError("events", len(rows), "1 event or more")
    times = [pd.Timestamp(row[key]) for row in rows for key in ("at", "since") if key in row]
    return min(times), events_of(rows)


def figures(document: Mapping[str, Any]) -> dict[str, float]:
    """Return what a replay is measured by: TPS, boxes, boat trips, hours from first to last.

    ``hours`` is from the first boat's departure to the last delivery.
    """
    boats = [trip for trip in document["trips"] if trip["mode"] == "boat"]
    leaves = [pd.Timestamp(trip["stops"][0]["depart"]) for trip in boats]
    done = [pd.Timestamp(row["delivered"]) for row in document["deliveries"]]
    lasts = (max(done) - min(leaves)) / pd.Timedelta(hours=1) if done and leaves else float("nan")
    return {
        "tps": sum(row["tps_count"] for row in document["deliveries"]),
        "boxes": sum(row["boxes"] for row in document["deliveries"]),
        "boat_trips": len(boats),
        "hours": float(lasts),
    }


def compared(
    before: Mapping[str, Any], after: Mapping[str, Any], lang: str, scenario: str
) -> pd.DataFrame:
    """Return published facts beside the plan before and after, each with its page."""
    facts = replay_facts(scenario)
    was, will = figures(before), figures(after)
    rows = []
    for item, fact in facts.iterrows():
        digits = 1 if item == "hours" else 0
        rows.append(
            {
                "item": label("replay_item", item, lang),
                "published": number(fact["value"], lang),
                "before": number(was[str(item)], lang, digits),
                "after": number(will[str(item)], lang, digits),
                "source": fact["source_url"],
            }
        )
    frame = pd.DataFrame(rows, columns=["item", "published", "before", "after", "source"])
    return frame.rename(columns={key: label("replay", key, lang) for key in frame.columns})


def replay_words(
    before: Mapping[str, Any], after: Mapping[str, Any], data: Dataset, lang: str
) -> str:
    """Return in a sentence what the breakdown would have cost, by the plan's arithmetic."""
    now = pd.Timestamp(after["about"]["whatif"]["now"])
    loads = load_changes(before, after, now)
    worst = loads.sort_values("later_min", ascending=False).iloc[0]
    lost = int(loads["status"].eq("not_brought").sum())
    if lost or pd.isna(worst["later_min"]):
        return text("replay.lost", lang, n=lost)
    return text(
        "replay.told",
        lang,
        place=place_label(data, worst["place_code"]),
        hours=number(worst["later_min"] / 60, lang, 1),
        late=number(int(loads["late"].sum()), lang),
    )


def assumed(scenario: str, lang: str) -> list[str]:
    """Return the inputs of a scenario that no source gives, each with its reason."""
    settings = scenario_settings(scenario)
    notes = [
        text("replay.assumed_item", lang, what=key, why=origin.note)
        for key, origin in settings.origins.items()
        if origin.basis != "fakta" and origin.note
    ]
    said = [str(row["note"]) for row in settings.events if row.get("note")]
    return notes + [text("replay.assumed_event", lang, why=note) for note in said]
