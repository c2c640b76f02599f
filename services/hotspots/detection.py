"""What simulations say of the methods of the Hotspot page, for the tab that says how they work."""

from __future__ import annotations

import pandas as pd

from data.hotspots.detection import read_detection
from services.texts import day, label, number, text


def detection_table(lang: str) -> pd.DataFrame:
    """Return the share of made-up worlds with a false alarm, and of those whose cluster is found.

    One row per method, level and number of affairs, with words for the column names.
    """
    rows = read_detection()
    return pd.DataFrame(
        {
            text("measured.method", lang): [label("method", key, lang) for key in rows["method"]],
            text("measured.level", lang): [label("level", key, lang) for key in rows["level"]],
            text("measured.affairs", lang): rows["affairs"],
            text("measured.false_alarms", lang): [_share(v, lang) for v in rows["false_alarms"]],
            text("measured.planted", lang): rows["relative_risk"],
            text("measured.power", lang): [_share(v, lang) for v in rows["power"]],
            text("measured.worlds", lang): rows["worlds"],
        }
    )


def _share(value: float, lang: str) -> str:
    return "–" if pd.isna(value) else f"{number(100 * value, lang)} %"


def detection_words(lang: str) -> str:
    """Say what the figures of `detection_table` are and when they were made."""
    made = read_detection()["made"]
    if made.empty:
        return text("measured.none", lang)
    return text("measured.words", lang, made=day(made.max(), lang))
