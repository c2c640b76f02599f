"""The strip under the cursor as the browser draws it: whole days counted from 1970, no dates."""

from __future__ import annotations

from datetime import date
from typing import Any

import pandas as pd

from services.dataset import Dataset
from services.maps import FAMILY
from services.memo import memo
from services.reports.strip import strip
from services.texts import FAMILIES, day, label

_EPOCH = date(1970, 1, 1)


def number_of(value: date) -> int:
    """Return a day as the browser counts it."""
    return (date(value.year, value.month, value.day) - _EPOCH).days


@memo(4)
def strip_view(data: Dataset, today: date, lang: str) -> dict[str, Any]:
    """Return `services.reports.strip.strip` as what the script of the cursor reads."""
    found = strip(data, today)
    months = [date(2024, month, 1) for month in range(1, 13)]
    return {
        "first": number_of(found.first),
        "last": number_of(found.last),
        "today": number_of(today),
        "days": [number_of(one) for one in found.days],
        "families": {
            family: [label("family", family, lang), FAMILY[family]] for family in FAMILIES
        },
        "bars": {
            n: {family: int(count) for family, count in week.items() if count}
            for n, (_, week) in enumerate(found.weeks.iterrows())
            if week.any()
        },
        **_stages(found.stages, found.jumps, lang),
        "gaps": [
            [number_of(first), number_of(last), bool(whole)]
            for first, last, whole in found.unwatched.to_numpy().tolist()
        ],
        "votes": [
            [number_of(voting_date), label("election", election, lang)]
            for voting_date, election in zip(
                found.votes["voting_date"], found.votes["election"], strict=True
            )
        ],
        "months": [day(month, lang, "month").removesuffix(" 2024") for month in months],
        "months_short": [day(month, lang, "month_name") for month in months],
    }


def _stages(stages: pd.DataFrame, jumps: pd.DataFrame, lang: str) -> dict[str, Any]:
    """Return stages as first day, day after the last, day known, name, lane, watched, open."""
    names = list(dict.fromkeys(stages["stage"]))
    known = stages["date_known"].where(stages["date_known"].notna(), stages["bar_start"])
    columns = (
        stages["bar_start"].map(number_of),
        stages["bar_end"].map(number_of),
        known.map(number_of),
        stages["stage"].map(names.index),
        stages["lane"],
        stages["watched"].astype(int),
        (stages["open_start"] | stages["open_end"]).astype(int),
    )
    words = zip(jumps["date_start"], jumps["stage"], jumps["election"], strict=True)
    return {
        "names": [label("stage", name, lang) for name in names],
        "stages": [list(map(int, row)) for row in zip(*columns, strict=True)],
        "jumps": [
            [
                number_of(start),
                f"{day(start, lang, 'short')} · {label('stage', stage, lang)} "
                f"({label('election', election, lang)})",
            ]
            for start, stage, election in words
        ],
    }
