"""What came to be known of affairs, so that a later snapshot can tell how an outlook did."""

from __future__ import annotations

from datetime import date

import numpy as np

from analytics.outlook.record import Calendar, day_of, first_known, number_of
from services.briefing.facts.plain import Facts
from services.dataset import Dataset
from services.outlook.view import KINDS, world_of

SEEN_DAYS = 400
"""Longer than any window of an outlook between two meetings."""


def seen(data: Dataset, as_of: date) -> Facts:
    """Return when each affair was first seen, and which days were watched, as known on a day.

    As `analytics.outlook.record` counts them: once, in the kabupaten of the earliest report; an
    affair known to the province only has no code.
    """
    world = world_of(data, KINDS[0])
    found, until = world.found, number_of(as_of)
    rows = first_known(found, until)
    rows = rows[(found.last[rows] > until - SEEN_DAYS) & (found.last[rows] <= until)]
    codes = world.days.codes[:-1]
    return {
        "seen": [
            {
                "code": codes[found.area[row]] if found.area[row] >= 0 else None,
                "family": world.families[found.family[row]],
                "first": day_of(int(found.first[row])).isoformat(),
                "last": day_of(int(found.last[row])).isoformat(),
            }
            for row in rows
        ],
        "watched": {code: _spans(world.days, n, until) for n, code in enumerate(codes)},
    }


def _spans(days: Calendar, area: int, until: int) -> list[list[str]]:
    """Return first and last day of each unbroken time that an area was watched, up to a day."""
    begin = max(days.start, until - SEEN_DAYS + 1)
    part = days.watched[area, begin - days.start : until - days.start + 1] > 0
    edges = np.flatnonzero(np.diff(np.concatenate([[0], part.astype(np.int8), [0]])))
    return [
        [day_of(begin + int(first)).isoformat(), day_of(begin + int(end) - 1).isoformat()]
        for first, end in zip(edges[::2], edges[1::2], strict=True)
    ]
