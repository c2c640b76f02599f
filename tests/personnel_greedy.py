"""Teams by taking the best next one: a yardstick of the integer model."""

from __future__ import annotations

import heapq
from collections import defaultdict
from collections.abc import Mapping

import numpy as np
import pandas as pd

from analytics.people.model import Ints, Sites, staffing, tie_of
from analytics.people.teams import Pattern, PersonnelParams, Staffing


def greedy_allocation(
    tps: pd.DataFrame,
    patterns: Mapping[str, Pattern],
    minutes: pd.DataFrame,
    people: Mapping[str, int],
    reserve: int,
    params: PersonnelParams,
) -> Staffing:
    """Return what taking the best next team again and again gives; as `allocate`, no bound."""
    inside = tps[tps["kabupaten_code"].isin(list(people))]
    sites = Sites.of(inside, patterns, minutes, params.max_minutes)
    teams = cover_best(sites, people, reserve)
    return staffing(sites, inside, teams, minutes, (np.nan, np.nan, "greedy"))


def cover_best(sites: Sites, people: Mapping[str, int], reserve: int = 0) -> Ints:
    """Return teams by place: again and again the team that covers most index per officer.

    Stops when no kabupaten, with what is left of the reserve, has people for another team.
    """
    value, left, tie = _values(sites), dict(people), tie_of(sites)
    places = defaultdict(list)
    for place, post in sites.near.tolist():
        places[post].append(place)
    size = sites.places["size"].to_numpy(dtype=np.int64)
    police = sites.places["police"].to_numpy(dtype=np.int64)
    home = sites.places["kabupaten_code"].to_numpy()
    teams = np.zeros(len(sites.places), dtype=np.int64)

    def best(post: int) -> list[tuple[float, int]]:
        seen = [(v, place) for place in places[post] for v in value[place][: size[post]]]
        return sorted(seen, key=lambda row: (-row[0], row[1]))[: size[post]]

    def worth(post: int) -> float:
        return float(sum(v + tie for v, _ in best(post))) / int(police[post])

    queue = [(-worth(post), post) for post in range(len(teams))]
    heapq.heapify(queue)
    while queue:
        _, post = heapq.heappop(queue)
        short = max(0, int(police[post]) - left[home[post]])
        if short > reserve:
            continue
        now = worth(post)
        if now <= 0:
            continue
        if queue and now < -queue[0][0] - 1e-15:
            heapq.heappush(queue, (-now, post))
            continue
        for _, place in best(post):
            value[place].pop(0)
        teams[post] += 1
        left[home[post]] = max(0, left[home[post]] - int(police[post]))
        reserve -= short
        heapq.heappush(queue, (-worth(post), post))
    return teams


def _values(sites: Sites) -> list[list[float]]:
    """Return the values of each place's TPS, largest first."""
    out: list[list[float]] = [[] for _ in range(len(sites.places))]
    for place, value, count in sites.groups[["place", "value", "n"]].itertuples(index=False):
        out[int(place)] += [float(value)] * int(count)
    return out
