"""A plan that leaves something: how much it serves, why not all, and what would help, in words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

from analytics.plan.document import from_document
from analytics.plan.inputs import records
from analytics.plan.remedies import Remedy, lateness, remedies
from services.dataset import Dataset
from services.plan.make import PlanSettings
from services.plan.settings import default_settings, settings_from_text, spare_vehicles
from services.plan.views.view import place_label
from services.plan.what_if import clock, full_inputs, moment
from services.texts import label, number, text

__all__ = ["Remedy"]

REMEDY_EFFORT_S = 1.0
"""How much is searched in each trial: whether all is in time is found early."""

NAMED = 5
"""Places named in a line; of more the number is said."""

ONLY_SHORT = frozenset({"tps_missing", "late"})
"""Faults of a plan that is sound in what it brings, and does not bring everything in time."""

Document = Mapping[str, Any]


def part_in_question(document: Document) -> Document:
    """Return the plan that fails: of a plan made again the new part, with its events in it."""
    rest: Document | None = document.get("rest")
    if rest is None:
        return document
    return {**rest, "about": document["about"], "inputs": {**rest["inputs"], "whole": True}}


def short_only(document: Document) -> bool:
    """Return whether all that is wrong with a plan is that something is left out or late."""
    faults = (document.get("verdict") or {}).get("faults", [])
    return all(fault["key"] in ONLY_SHORT for fault in faults)


def served_words(document: Document, lang: str) -> str:
    """Return how many of its TPS a plan brings in time."""
    lacking = int(lateness(from_document(document))["tps_count"].sum())
    total = len(document["inputs"]["tps"])
    served, of = number(total - lacking, lang), number(total, lang)
    return text("lacking.served", lang, served=served, total=of)


def lacking_lines(document: Document, data: Dataset, lang: str) -> list[str]:
    """Return a line for each reason: how many TPS of which places, and why, with its numbers."""
    rows = lateness(from_document(document))
    groups: dict[tuple[str, ...], list[dict[str, Any]]] = {}
    for row in records(rows):
        key = _kind(row["reason"], row["found"], row["place_code"])
        groups.setdefault(key, []).append(row)
    return [_line(some, data, lang) for some in groups.values()]


def _line(rows: Sequence[Mapping[str, Any]], data: Dataset, lang: str) -> str:
    """Return rows of one reason as a line."""
    reason = str(rows[0]["reason"])
    places = list(dict.fromkeys(str(row["place_code"]) for row in rows))
    return text(
        "lacking.line_passed" if reason == "deadline_passed" else "lacking.line",
        lang,
        tps=number(sum(int(row["tps_count"]) for row in rows), lang),
        n=number(len(places), lang),
        places=_named(places, data, lang),
        why=_why(reason, _widest(rows, alone=len(places) == 1), data, lang),
    )


def _kind(reason: str, found: Mapping[str, Any], place: str) -> tuple[str, ...]:
    """Return what rows of one line have in common: all but amounts, and the place itself."""
    keys = ["mode", "base", "limit", "from"] + (["to"] if reason != "no_vehicle" else [])
    own = (str(found.get(key) or "") for key in keys)
    when = str(found.get("deadline") or "") if reason == "deadline_passed" else ""
    return (reason, *("" if value == place else value for value in own), when)


def _widest(rows: Sequence[Mapping[str, Any]], alone: bool) -> dict[str, Any]:
    """Return the values of some rows as one: of amounts the largest; no end where they differ."""
    out: dict[str, Any] = {}
    for row in rows:
        found, place = row["found"], row["place_code"]
        for key, value in found.items():
            if key in ("from", "to") and value == place and not alone:
                continue
            known = out.get(key)
            more = isinstance(value, (int, float)) and known is not None and value > known
            later = (
                key in ("delivered", "deadline") and known is not None and str(value) > str(known)
            )
            out[key] = value if known is None or more or later else known
    return out


def _named(codes: Sequence[str], data: Dataset, lang: str) -> str:
    names = ", ".join(place_label(data, code) for code in codes[:NAMED])
    more = len(codes) - NAMED
    return text("lacking.and_more", lang, names=names, n=more) if more > 0 else names


def lacking_table(document: Document, data: Dataset, lang: str) -> pd.DataFrame:
    """Return what is left out or late: which load, how many TPS, by how much, and why."""
    rows = lateness(from_document(document))
    found = rows.groupby(["place_code", "reason"], sort=False, as_index=False).agg(
        tps_count=("tps_count", "sum"), late_min=("late_min", "max"), found=("found", "first")
    )
    columns = {
        "place": [place_label(data, code) for code in found["place_code"]],
        "tps": found["tps_count"].tolist(),
        "late": [
            text("lacking.left_out", lang) if pd.isna(value) else number(value / 60, lang, 1)
            for value in found["late_min"]
        ],
        "why": [
            _why(reason, values, data, lang)
            for reason, values in zip(found["reason"], found["found"], strict=True)
        ],
    }
    return pd.DataFrame({label("lacking", key, lang): value for key, value in columns.items()})


def _why(reason: str, found: Mapping[str, Any], data: Dataset, lang: str) -> str:
    """Return a reason with the values it was seen by."""
    values: dict[str, Any] = {"vehicles": 0, "boxes": 0, "largest": 0, "limit": None} | dict(found)
    base = values.get("base") or values.get("from")
    for key, code in (("start", values.get("from")), ("end", values.get("to")), ("base", base)):
        values[key] = text("lacking.there", lang) if code is None else place_label(data, str(code))
    values["mode"] = label("plan_mode", values.get("mode"), lang)
    values["limit"] = label("day_limit", values["limit"], lang)
    for key in ("needs", "has"):
        values[key] = number(values.get(f"{key}_min", 0) / 60, lang, 1)
    for key in ("deadline", "delivered"):
        values[key] = clock(values.get(key))
    words = text(f"lacking.why_{reason}", lang, **values)
    if reason == "too_few_vehicles" and found.get("one_more_tps"):
        more = {"mode": values["mode"], "tps": number(found["one_more_tps"], lang)}
        if "with" not in found:
            return words + text("lacking.one_more", lang, **more)
        other = label("plan_mode", found["with"], lang)
        return words + text("lacking.one_more_each", lang, other=other, **more)
    return words


def try_remedies(
    data: Dataset, document: Document, effort_s: float = REMEDY_EFFORT_S
) -> list[Remedy]:
    """Try what would deliver everything in time.

    Empty where nothing can be tried: only legs are missing, or what is late has left already.
    """
    part, about = part_in_question(document), document["about"]
    if "whatif" in about and part is document:
        return []
    seed = int(document["figures"].get("seed") or 0)
    if "settings" in about:
        settings = settings_from_text(about["settings"], "settings", about["kabupaten"])
    else:
        settings = default_settings(about["kabupaten"], about["election"])
    return remedies(
        full_inputs(data, part),
        from_document(part),
        seed,
        effort_s,
        spare_vehicles(settings),
        _now(about, settings),
    )


def _now(about: Mapping[str, Any], settings: PlanSettings) -> pd.Timestamp | None:
    """Return the time from which a plan was made; None where it was made for no time."""
    given = (about.get("whatif") or {}).get("now") or settings.now
    return None if given is None else moment(str(given))


def no_remedy_words(document: Document, lang: str) -> str:
    """Return the words for a plan that nothing that was tried makes whole."""
    only_legs = set(lateness(from_document(document))["reason"]) <= {"no_leg"}
    return text("remedy.no_leg" if only_legs else "remedy.title_none", lang)


def remedy_words(tried: Sequence[Remedy], data: Dataset, lang: str) -> list[tuple[bool, str]]:
    """Return each remedy in words, and whether it works; those that work first."""
    return [
        (
            found.works,
            text(
                "remedy.works" if found.works else "remedy.fails",
                lang,
                what=_change(found, data, lang),
            ),
        )
        for found in sorted(tried, key=lambda r: not r.works)
    ]


def _change(remedy: Remedy, data: Dataset, lang: str) -> str:
    """Return what a remedy changes."""
    shown = dict(remedy.values)
    if remedy.remedy == "both":
        one, other = (_change(part, data, lang) for part in shown["parts"])
        return text("remedy.both", lang, one=one, other=other)
    if remedy.remedy == "more":
        return ", ".join(
            text(
                "remedy.more",
                lang,
                count=shown["count"],
                mode=label("plan_mode", mode, lang),
                base=place_label(data, base),
                boxes=boxes,
            )
            for mode, base, boxes in shown["kinds"]
        )
    if "mode" in shown:
        shown["mode"] = label("plan_mode", shown["mode"], lang)
    if "base" in shown:
        shown["base"] = place_label(data, str(shown["base"]))
    if "minutes" in shown:
        shown["hours"] = number(shown.pop("minutes") / 60, lang, 1)
    return text(f"remedy.{remedy.remedy}", lang, **shown)
