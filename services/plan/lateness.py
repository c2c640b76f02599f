"""How likely a plan document is to be late, as figures, a table and sentences."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from typing import Any

import pandas as pd

from analytics.plan.document import from_document, inputs_of
from analytics.plan.lateness import Lateness, LatenessParams, lateness
from services.dataset import Dataset
from services.plan.views.view import place_label
from services.plan.what_if import clock
from services.texts import label, number, text

__all__ = ["Lateness", "LatenessParams", "key_of", "lateness_of", "lateness_table", "meaning"]

SURE = 0.9995
"""From here a chance is written as more than 99.9 percent, and its rest as less than 0.1: runs
never prove certainty."""


def lateness_of(
    document: Mapping[str, Any], params: LatenessParams, seed: int | None = None
) -> Lateness:
    """Simulate a plan document.

    Parameters
    ----------
    seed
        None: that of the plan.
    """
    chosen = int(document["figures"].get("seed") or 0) if seed is None else seed
    plan, inputs = from_document(document), inputs_of(document)
    return lateness(plan, inputs, params, chosen, _road_error(document))


def _road_error(document: Mapping[str, Any]) -> float:
    """Return how far estimated times on land may be off; plans of earlier versions do not say."""
    return float(document.get("about", {}).get("roads", {}).get("error_sd", 0.0))


def key_of(document: Mapping[str, Any], params: LatenessParams, seed: int) -> str:
    """Return what distinguishes one simulation from another: plan, parameters and seed."""
    parts = [document["trips"], document["inputs"], vars(params), seed, _road_error(document)]
    return hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()


def share_words(share: float, error: float, lang: str) -> str:
    """Return a chance in percent with its standard error; never as certain."""
    if share >= SURE:
        return text("lateness.nearly_sure", lang)
    if share <= 1 - SURE:
        return text("lateness.nearly_never", lang)
    return text(
        "lateness.share",
        lang,
        share=number(100 * share, lang, 1),
        error=number(100 * error, lang, 1),
    )


def lateness_table(found: Lateness, data: Dataset, lang: str) -> pd.DataFrame:
    """Return the loads as a table, the likeliest to be late first."""
    rows = found.by_stop.reset_index().sort_values(
        ["in_time", "late_p95_min"], ascending=[True, False]
    )
    late = rows["late_p95_min"]
    columns = {
        "place": [place_label(data, code) for code in rows["place_code"]],
        "in_time": [
            share_words(share, error, lang)
            for share, error in zip(rows["in_time"], rows["standard_error"], strict=True)
        ],
        "late_p95": [
            text("lateness.never_comes", lang)
            if value == float("inf")
            else number(value / 60, lang, 1)
            for value in late
        ],
        "latest": [
            text("lateness.no_limit", lang) if pd.isna(value) else clock(value)
            for value in rows["latest_depart"]
        ],
    }
    return pd.DataFrame({label("lateness", key, lang): values for key, values in columns.items()})


def meaning(found: Lateness, params: LatenessParams, lang: str) -> str:
    """Return in plain words what the figure means."""
    late = number(1000 * (1 - found.all_in_time), lang)
    first = text(
        "lateness.meaning", lang, late=late, runs=number(found.runs, lang), seed=str(found.seed)
    )
    shifts = found.by_kabupaten["latest_shift_min"]
    shift = None if shifts.empty or shifts.isna().any() else float(shifts.min())
    confidence = number(100 * params.confidence, lang)
    if shift is None:
        return f"{first} {text('lateness.shift_none', lang, confidence=confidence)}"
    hours = number(shift / 60, lang, 1)
    return f"{first} {text('lateness.shift', lang, confidence=confidence, hours=hours)}"
