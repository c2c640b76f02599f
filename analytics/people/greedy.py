"""Teams by taking the best next one: the fallback of the integer model and its yardstick."""

from __future__ import annotations

import heapq
from collections import defaultdict
from collections.abc import Mapping

import numpy as np

from analytics.people.sites import Ints, Sites, tie_of


def cover_all(sites: Sites) -> Ints:
    """Return teams by place that cover all TPS: full teams at home, then what is left together.

    The place with fewest neighbours that still has TPS left goes first; it joins the post within
    its reach that gathers most of what is left.
    """
    size = sites.places["size"].to_numpy(dtype=np.int64)
    left = sites.places["n"].to_numpy(dtype=np.int64).copy()
    teams: Ints = left // size
    left -= teams * size
    posts, places = _reach(sites)
    waiting = sorted(np.flatnonzero(left).tolist(), key=lambda i: (len(posts[i]), i))
    for place in waiting:
        while left[place] > 0:
            best: dict[int, int] = {}
            for post in posts[place]:
                taken = _gather(place, places[post], left, int(size[post]), posts)
                if sum(taken.values()) > sum(best.values()):
                    best, chosen = taken, post
            teams[chosen] += 1
            for other, count in best.items():
                left[other] -= count
    return teams


def _gather(
    place: int, within: list[int], left: Ints, room: int, posts: dict[int, list[int]]
) -> dict[int, int]:
    """Return what one team takes: of the place itself first, then of those hardest to join."""
    taken: dict[int, int] = {}
    others = sorted((i for i in within if i != place), key=lambda i: (len(posts[i]), i))
    for other in (place, *others):
        count = min(int(left[other]), room)
        if count:
            taken[other] = count
            room -= count
    return taken


def _reach(sites: Sites) -> tuple[dict[int, list[int]], dict[int, list[int]]]:
    """Return the posts that reach each place, and the places each post reaches."""
    posts, places = defaultdict(list), defaultdict(list)
    for place, post in sites.near.tolist():
        posts[place].append(post)
        places[post].append(place)
    return posts, places


def cover_best(sites: Sites, people: Mapping[str, int], reserve: int = 0) -> Ints:
    """Return teams by place: again and again the team that covers most index per officer.

    Stops when no kabupaten, with what is left of the reserve, has people for another team.
    """
    value, left, tie = _values(sites), dict(people), tie_of(sites)
    places = _reach(sites)[1]
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
