"""A past day gone through again: the plan before, what broke, the plan after, and what was told."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd

from analytics.replan import Event
from data.replays import replay_facts
from geo.errors import ParameterError
from services.dataset import Dataset
from services.plan import make_plan, scenario_settings
from services.plan_changes import load_changes
from services.plan_events import events_of
from services.plan_settings import PlanSettings
from services.plan_view import place_label
from services.plan_whatif import SECONDS, replan_document
from services.texts import label, number, text

REPLAY = "2024-02-11-sadai-pongok"
"""The shipped scenario: a propeller broke off Sadai on 11 February 2024."""

Document = dict[str, Any]


def replay(data: Dataset, name: str, scenario: str = REPLAY) -> tuple[Document, Document]:
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


def events_in(settings: PlanSettings, document: Document) -> tuple[pd.Timestamp, list[Event]]:
    """Return when the first thing of a scenario happens, and its events with their times."""
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
    before: Mapping[str, Any], after: Mapping[str, Any], lang: str, scenario: str = REPLAY
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


def told(before: Mapping[str, Any], after: Mapping[str, Any], data: Dataset, lang: str) -> str:
    """Return in a sentence what the breakdown would have cost, by the plan's arithmetic."""
    now = pd.Timestamp(after["about"]["whatif"]["now"])
    loads = load_changes(before, after, now)
    worst = loads.sort_values("later_min", ascending=False).iloc[0]
    lost = int(loads["status"].eq("not_brought").sum())
    if lost or pd.isna(worst["later_min"]):
        return text("replay.lost", lang, n=lost)
    return text(
        "replay.told", lang, place=place_label(data, worst["place_code"]),
        hours=number(worst["later_min"] / 60, lang, 1),
        late=number(int(loads["late"].sum()), lang),
    )  # fmt: skip


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
