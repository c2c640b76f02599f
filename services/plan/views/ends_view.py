"""The ends of a plan as tables: last mile, ways back by stage, and hand-overs with their seals."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd

from services.dataset import Dataset
from services.plan.ends import custody, stage_plan
from services.plan.views.view import place_label
from services.plan.what_if import clock
from services.texts import label, number, text

Document = Mapping[str, Any]


def tps_label(data: Dataset, tps_id: str) -> str:
    """Return a TPS in words: its number and desa."""
    parts = tps_id.split("/")
    if len(parts) != 3:
        return tps_id
    return f"TPS {parts[2]} {place_label(data, parts[1])}"


def last_mile_table(document: Document, data: Dataset, lang: str) -> pd.DataFrame:
    """Return how each TPS is reached from its desa office, the latest first."""
    rows = sorted(document["last_mile"], key=lambda row: (-_minute(row["arrive"]), row["tps_id"]))
    columns = {
        "place": [place_label(data, row["place_code"]) for row in rows],
        "tps": [tps_label(data, row["tps_id"]) for row in rows],
        "carrier": [row["carrier"] for row in rows],
        "round": [row["round"] for row in rows],
        "boxes": [row["load_boxes"] for row in rows],
        "depart": [clock(row["depart"]) for row in rows],
        "latest": [clock(row["latest_depart"]) for row in rows],
        "arrive": [clock(row["arrive"]) for row in rows],
        "in_time": [label("ends_in_time", "yes" if row["in_time"] else "no", lang) for row in rows],
    }
    return pd.DataFrame({label("ends", key, lang): values for key, values in columns.items()})


def _minute(when: str) -> float:
    return pd.Timestamp(when).timestamp()


def stage_table(document: Document, data: Dataset, lang: str) -> pd.DataFrame:
    """Return the ways back stage by stage: how many boxes, trips, from when to when."""
    to_pps = document["back"]["to_pps"]
    rows = [
        {
            "stage": label("return_stage", "pps", lang),
            "trips": number(len(to_pps), lang),
            "boxes": number(sum(row["load_boxes"] for row in to_pps), lang),
            "from": clock(min((row["depart"] for row in to_pps), key=_minute, default=None)),
            "until": clock(max((row["received"] for row in to_pps), key=_minute, default=None)),
            "due": clock(to_pps[0]["due"]) if to_pps else clock(None),
            "left": "–",
        }
    ]
    for stage in document["back"]["stages"]:
        plan = stage_plan(stage)
        left = [
            text(
                "plan.unserved",
                lang,
                place=place_label(data, row["place_code"]),
                tps=row["tps_count"],
                reason=label("plan_reason", row["reason"], lang),
            )
            for row in stage["mirror"]["unserved"]
        ]
        trips = plan.trips
        rows.append(
            {
                "stage": label("return_stage", stage["stage"], lang),
                "trips": number(len(trips), lang),
                "boxes": number(int(plan.deliveries["boxes"].sum()), lang),
                "from": clock(trips["depart"].min()),
                "until": clock(trips["back"].max()),
                "due": clock(stage["due"]),
                "left": "; ".join(left) or "–",
            }
        )
    frame = pd.DataFrame(rows)
    return frame.rename(columns={key: label("ends", key, lang) for key in frame.columns})


def _office(data: Dataset, code: str, lang: str) -> str:
    """Return who holds the boxes at a place: a TPS, the office of a desa or kecamatan, a pier."""
    if "/" in code:
        return tps_label(data, code)
    level = {3: "pps", 2: "ppk"}.get(code.count("."))
    name = place_label(data, code)
    return name if level is None else f"{label('office', level, lang)} {name}"


def custody_table(document: Document, data: Dataset, lang: str) -> pd.DataFrame:
    """Return the hand-overs of the counted boxes, with blanks for what is written by hand.

    Seal numbers, minutes of hand-over and both offices' signatures are empty columns: they are
    filled in when it happens, names on paper only.
    """
    chain = custody(document)
    codes = pd.unique(pd.concat([chain["from_code"], chain["to_code"]]))
    named = {code: _office(data, code, lang) for code in codes}
    columns = {
        "tps": chain["tps_id"].map(lambda tps: tps_label(data, tps)),
        "stage": [label("return_stage", stage, lang) for stage in chain["stage"]],
        "from_place": chain["from_code"].map(named),
        "to_place": chain["to_code"].map(named),
        "vehicle": chain["vehicle_id"],
        "handed_over": [clock(value) for value in chain["handed_over"]],
        "received": [clock(value) for value in chain["received"]],
        "boxes": chain["box_count"],
        "seals": "",
        "minutes_no": "",
        "signed_from": "",
        "signed_to": "",
    }
    return pd.DataFrame(
        {label("ends", key, lang): values for key, values in columns.items()}, index=chain.index
    )
