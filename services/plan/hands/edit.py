"""Edits of a plan by hand as JSON, the plan they give, audited, and each of them undone."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import pandas as pd

from analytics.plan.document import from_document, inputs_of, to_document
from analytics.plan.edits import (
    Desk,
    Edit,
    ForbidLeg,
    Lock,
    MoveStop,
    SetDeparture,
    edited,
    in_whole,
    rest_again,
)
from data.plan.kept import base_key, load_plan, saved_plans
from geo.errors import ParameterError
from services.dataset import Dataset
from services.plan.failure import part_in_question
from services.plan.make import check_schema
from services.plan.views.view import place_label
from services.plan.what_if import clock, full_inputs, with_ends
from services.texts import label, text

KINDS = ("move", "lock", "forbid", "depart", "rest")
"""Kinds of rows in ``about.edits``: a stop moved, a lock set or taken off, a leg forbidden, a
departure set, the rest planned again."""

REST_SECONDS = 8.0
"""Effort of planning the rest again (`analytics.plan.solver.solve.solve_plan`)."""

Row = dict[str, Any]
Document = Mapping[str, Any]


def edit_row(edit: Edit) -> Row:
    """Return an edit as JSON values."""
    kind = {MoveStop: "move", Lock: "lock", ForbidLeg: "forbid", SetDeparture: "depart"}[type(edit)]
    values = {key: list(v) if isinstance(v, tuple) else v for key, v in vars(edit).items()}
    if isinstance(edit, SetDeparture):
        values["at"] = edit.at.isoformat()
    return {"kind": kind, **values}


def edit_of(row: Mapping[str, Any]) -> Edit:
    """Return the edit that a row describes, the reverse of `edit_row`.

    Raises
    ------
    ParameterError
        For a kind that does not exist, or values out of range.
    """
    values = {key: value for key, value in row.items() if key != "kind"}
    if row["kind"] == "move":
        return MoveStop(**{**values, "tps": tuple(values.get("tps", ()))})
    if row["kind"] == "lock":
        return Lock(**values)
    if row["kind"] == "forbid":
        return ForbidLeg(**values)
    if row["kind"] == "depart":
        return SetDeparture(**{**values, "at": pd.Timestamp(values["at"])})
    raise ParameterError("kind", row["kind"], ", ".join(KINDS))


def rest_row(seconds: float = REST_SECONDS) -> Row:
    """Return the row that has the rest planned again, with an effort of so many seconds."""
    return {"kind": "rest", "seconds": seconds}


def edits_in(document: Document) -> list[Row]:
    """Return the edits of a plan, the first one first."""
    rows: list[Row] = (document["about"].get("edits") or {}).get("rows", [])
    return rows


def edit_document(data: Dataset, document: Document, name: str, row: Row) -> dict[str, Any]:
    """Return a plan with one edit more, audited.

    Parameters
    ----------
    document, name
        A plan and the name it is kept under; of one with edits, the name they began with stays.
    row
        As `edit_row` or `rest_row` gives it.

    Returns
    -------
    dict
        A plan document; ``about["edits"]`` says what was edited (``base``, ``base_key``,
        ``rows``), what is locked (``locked``, ``vehicles``) and which trips were changed by hand
        (``by_hand``). Of a plan made again, the part since then is edited.

    Raises
    ------
    ParameterError
        For what is no plan, and as `analytics.plan.edits.edited` does.
    """
    check_schema(document)
    before = document["about"].get("edits")
    log = before or {"base": name, "base_key": base_key(document), "rows": []}
    part = part_in_question(document)
    desk = Desk(
        from_document(part),
        full_inputs(data, part),
        *(frozenset(log.get(key, ())) for key in ("locked", "vehicles", "by_hand")),
    )
    done = _done(desk, document, row)
    held = {
        "locked": sorted(done.locked),
        "vehicles": sorted(done.vehicles),
        "by_hand": sorted(done.by_hand),
    }
    about = {**document["about"], "edits": {**log, **held, "rows": [*log["rows"], row]}}
    if row["kind"] == "lock":
        return {**document, "about": about}
    return with_ends(data, document, _written(document, desk, done, about))


def _done(desk: Desk, document: Document, row: Row) -> Desk:
    if row["kind"] != "rest":
        return edited(desk, edit_of(row))
    again = sum(one["kind"] == "rest" for one in edits_in(document))
    made = document["about"].get("whatif")
    since = None if made is None else pd.Timestamp(made["now"])
    seed = int(document["figures"].get("seed") or 0)
    return rest_again(desk, seed, float(row["seconds"]), again, since)


def _written(document: Document, before: Desk, after: Desk, about: Row) -> dict[str, Any]:
    if document.get("rest") is None:
        return to_document(after.plan, after.inputs, about=about, whole=True)
    inputs = inputs_of(document)
    whole = in_whole(from_document(document), before.plan, after.plan, inputs)
    out = to_document(whole, inputs, about=about, whole=True)
    return out | {"rest": to_document(after.plan, after.inputs, whole=True)}


def without_edit(data: Dataset, document: Document, number: int) -> dict[str, Any]:
    """Return a plan without one of its edits: the others are done again from where it began.

    Parameters
    ----------
    number
        Of the edit, from 0.

    Raises
    ------
    ParameterError
        When there is no such edit, the plan it began with is gone or has changed, or a later edit
        rests on this one.
    """
    log = document["about"].get("edits") or {"rows": []}
    rows: Sequence[Row] = log["rows"]
    if not 0 <= number < len(rows):
        raise ParameterError("edit", number + 1, f"1 to {len(rows)}")
    name = log["base"]
    if name not in saved_plans() or base_key(load_plan(name)) != log["base_key"]:
        raise ParameterError("base", name, "the plan that was edited, unchanged")
    made: dict[str, Any] = load_plan(name)
    for row in (*rows[:number], *rows[number + 1 :]):
        made = edit_document(data, made, name, row)
    return made


def edit_words(row: Mapping[str, Any], data: Dataset, lang: str) -> str:
    """Return an edit in words."""
    kind = row["kind"]
    if kind == "rest":
        return text("edit.did_rest", lang)
    if kind == "move":
        count = len(row["tps"])
        return text(
            "edit.did_move" if count else "edit.did_move_all",
            lang,
            n=count,
            place=place_label(data, row["place_code"]),
            start=row["trip_id"],
            end=row["to_trip"] or row["to_vehicle"],
        )
    if kind == "lock":
        key = "edit.did_lock" if row.get("on", True) else "edit.did_unlock"
        return text(key, lang, what=row["trip_id"] or row["vehicle_id"])
    if kind == "forbid":
        ends = (place_label(data, row[key]) for key in ("from_code", "to_code"))
        mode = label("plan_mode", row["mode"], lang)
        return text("edit.did_forbid", lang, ends=" – ".join(ends), mode=mode)
    key = "edit.did_depart_exact" if row["exact"] else "edit.did_depart"
    return text(key, lang, trip=row["trip_id"], time=clock(row["at"]))


def trip_lines(document: Document, data: Dataset) -> pd.DataFrame:
    """Return the trips that can be edited, one line each in the reader's words.

    Returns
    -------
    DataFrame
        Index ``trip_id``; ``vehicle_id``, ``mode``, ``origin`` and ``place_codes`` (where it
        unloads) as the plan has them, ``locked`` and ``by_hand``; ``words``, and ``depart``,
        ``back``, ``places``, ``boxes`` to show.
    """
    log = document["about"].get("edits") or {}
    vehicles, locked = set(log.get("vehicles", ())), set(log.get("locked", ()))
    rows = []
    for trip in part_in_question(document)["trips"]:
        stops, name = trip["stops"], trip["trip_id"]
        codes = [*dict.fromkeys(stop["place_code"] for stop in stops[1:-1])]
        places = ", ".join(place_label(data, code) for code in codes)
        depart = clock(stops[0]["depart"])
        rows.append(
            {
                "trip_id": name,
                "vehicle_id": trip["vehicle_id"],
                "mode": trip["mode"],
                "origin": stops[0]["place_code"],
                "place_codes": codes,
                "locked": name in locked or trip["vehicle_id"] in vehicles,
                "by_hand": name in log.get("by_hand", ()),
                "words": f"{name} · {depart} · {places}",
                "depart": depart,
                "back": clock(stops[-1]["arrive"]),
                "places": places,
                "boxes": sum(stop["load_boxes"] for stop in stops),
            }
        )
    columns = ["trip_id", "vehicle_id", "mode", "origin", "place_codes", "locked", "by_hand"]
    columns += ["words", "depart", "back", "places", "boxes"]
    return pd.DataFrame(rows, columns=columns).set_index("trip_id")


def tps_at(document: Document, trip_id: str, place_code: str) -> list[str]:
    """Return the TPS that a trip unloads at a place."""
    trips = (t for t in part_in_question(document)["trips"] if t["trip_id"] == trip_id)
    stops = (stop for trip in trips for stop in trip["stops"])
    return [tps for stop in stops if stop["place_code"] == place_code for tps in stop["tps"]]


def targets(document: Document, lines: pd.DataFrame, trip_id: str) -> list[str]:
    """Return where a stop of a trip may go: like trips, then like vehicles at the same base.

    ``lines`` as `trip_lines` gives them. Locked ones are left out.
    """
    own = lines.loc[trip_id]
    like = lines["mode"].eq(own["mode"]) & lines["origin"].eq(own["origin"]) & ~lines["locked"]
    trips = [str(name) for name in lines.index[like] if name != trip_id]
    held = set((document["about"].get("edits") or {}).get("vehicles", ()))
    fleet: Iterable[Row] = part_in_question(document)["inputs"]["fleet"]
    there = [
        row["vehicle_id"]
        for row in fleet
        if (row["mode"], row["base"]) == (own["mode"], own["origin"])
    ]
    return [*trips, *(name for name in there if name not in held)]


def edited_name(name: str, taken: Sequence[str]) -> str:
    """Return a name for an edited plan that no saved plan has."""
    stem = name.partition(" suntingan ")[0][:64]
    numbers = (n for n in range(1, len(taken) + 2) if f"{stem} suntingan {n}" not in taken)
    return f"{stem} suntingan {next(numbers)}"
