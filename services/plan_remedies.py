"""Why a plan fails, load by load, and what would make it possible: tried, not guessed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

from analytics.plan_explain import Remedy, lateness, remedies
from analytics.plan_json import from_document
from services.dataset import Dataset
from services.plan_events import clock
from services.plan_view import place_label
from services.plan_whatif import full_inputs
from services.texts import label, number, text

__all__ = ["Remedy", "lacking_table", "remedy_words", "try_remedies"]

SECONDS = 3.0
"""Time of each trial."""

Document = Mapping[str, Any]


def part_in_question(document: Document) -> Document:
    """Return the plan that fails: of a plan made again the new part, with its events in it."""
    rest: Document | None = document.get("rest")
    if rest is None:
        return document
    return {**rest, "about": document["about"], "inputs": {**rest["inputs"], "whole": True}}


def lacking_table(document: Document, data: Dataset, lang: str) -> pd.DataFrame:
    """Return what is left out or late: which load, how many TPS, by how much, and why."""
    rows = lateness(from_document(part_in_question(document)))
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
    values: dict[str, Any] = {"vehicles": 0, "boxes": 0, "largest": 0} | dict(found)
    for key in ("from", "to", "base"):
        code = values.get(key)
        values[key] = "–" if code is None else place_label(data, str(code))
    values["start"], values["end"] = values.pop("from"), values.pop("to")
    values["mode"] = label("plan_mode", values.get("mode"), lang)
    for key in ("deadline", "delivered"):
        values[key] = clock(values.get(key))
    return text(f"lacking.why_{reason}", lang, **values)


def try_remedies(data: Dataset, document: Document, seconds: float = SECONDS) -> list[Remedy]:
    """Try what would bring everything in time; so many seconds at most for each trial."""
    part = part_in_question(document)
    seed = int(document["figures"].get("seed") or 0)
    return remedies(full_inputs(data, part), from_document(part), seed, seconds)


def remedy_words(tried: Sequence[Remedy], data: Dataset, lang: str) -> list[tuple[bool, str]]:
    """Return each remedy in words, and whether it works; those that work first."""
    out = []
    for remedy, values, works in sorted(tried, key=lambda r: not r.works):
        shown = dict(values)
        if "mode" in shown:
            shown["mode"] = label("plan_mode", shown["mode"], lang)
            shown["base"] = place_label(data, str(shown["base"]))
        if "kinds" in shown:
            shown["kinds"] = ", ".join(
                text("remedy.kind", lang, mode=label("plan_mode", mode, lang),
                     base=place_label(data, base))
                for mode, base in shown["kinds"]
            )  # fmt: skip
        if "minutes" in shown:
            shown["hours"] = number(shown.pop("minutes") / 60, lang, 1)
        what = text(f"remedy.{remedy}", lang, **shown)
        out.append((works, text("remedy.works" if works else "remedy.fails", lang, what=what)))
    return out
