"""What a plan has to say of its inputs: the sea, piers and warehouses, ballots."""

from __future__ import annotations

from typing import Any

import pandas as pd

from services.dataset import Dataset
from services.sea import sea_words
from services.texts import day, number, text


def input_words(about: dict[str, Any], data: Dataset, lang: str) -> list[str]:
    """Return one sentence each of what is not known or not used, from a plan's ``about``."""
    words = sea_words(about, lang) if about.get("sea") else [text("plan.no_sea", lang)]
    return [*words, *_place_words(about, data, lang), *_kit_words(about, lang)]


def _place_words(about: dict[str, Any], data: Dataset, lang: str) -> list[str]:
    told = about.get("places")
    if told is None:
        return []
    sites = data.network.network.nodes.set_index("node_id")["name"]
    known = {str(place): str(name) for place, name in sites.items()}
    words = []
    shut = [place for place in told["closed"] if known.get(place)]
    if shut:
        days = {place: day(pd.Timestamp(told["closed"][place]), lang) for place in shut}
        names = ", ".join(f"{known[place]} ({days[place]})" for place in shut)
        words.append(text("places.plan_shut", lang, list=names))
    if told["cut_off"]:
        names = ", ".join(str(data.names[code]) for code in told["cut_off"])
        words.append(text("places.plan_cut_off", lang, list=names))
    return words


def _kit_words(about: dict[str, Any], lang: str) -> list[str]:
    kits = about.get("kits")
    if kits is None:
        return []
    if kits["ballots"] is None:
        told, total = number(kits["tps_with_voters"], lang), number(kits["tps"], lang)
        return [text("kits.plan_blank", lang, n=told, total=total)]
    return [text("kits.plan_ballots", lang, ballots=number(kits["ballots"], lang),
                 reserve=number(kits["reserve"], lang))]  # fmt: skip
