"""What a plan comes to, in one sentence: who is in time, how tight it is, who waits."""

from __future__ import annotations

from typing import Any

import pandas as pd

from services.dataset import Dataset
from services.plan.views.islets import caveats
from services.plan.views.view import delivery_rows, place_label
from services.texts import number, text

_MOST_NAMED = 3


def verdict_sentence(document: dict[str, Any], data: Dataset, lang: str) -> str:
    """Return the verdict on a plan as its auditor found it, its worst news in it."""
    places = delivery_rows(document)
    in_time = places[places["slack_min"].ge(0)].sort_values(["slack_min", "place_code"])
    passed = bool((document["verdict"] or {}).get("passed"))
    parts = [
        text(
            "verdict.in_time" if passed else "verdict.failed",
            lang,
            name=document["about"]["kabupaten_name"],
            n=number(in_time["tps_count"].sum(), lang),
            total=number(len(document["inputs"]["tps"]), lang),
        )
    ]
    if len(in_time):
        first = in_time.iloc[0]
        hours = number(first["slack_min"] / 60, lang, 1)
        place = place_label(data, first["place_code"])
        parts.append(text("verdict.tightest", lang, place=place, hours=hours))
    late = places[places["slack_min"].lt(0)].groupby("place_code")["tps_count"].sum()
    left = pd.DataFrame(document["unserved"] or [], columns=["place_code", "tps_count"])
    for key, counts in (("late", late), ("waiting", left.groupby("place_code")["tps_count"].sum())):
        if len(counts):
            words = _list(counts, data, lang)
            parts.append(text(f"verdict.{key}", lang, n=number(counts.sum(), lang), list=words))
    return "; ".join([*parts, *caveats(document["about"], lang)])


def _list(counts: pd.Series, data: Dataset, lang: str) -> str:
    """Return the places with the most TPS by name, and how many others there are."""
    ordered = counts.sort_values(ascending=False, kind="stable")
    named = [
        text("verdict.place", lang, place=place_label(data, str(code)), n=number(n, lang))
        for code, n in ordered.head(_MOST_NAMED).items()
    ]
    if len(ordered) > _MOST_NAMED:
        named.append(text("verdict.others", lang, n=number(len(ordered) - _MOST_NAMED, lang)))
    return ", ".join(named)
