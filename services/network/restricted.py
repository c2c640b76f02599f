"""Roads and places that are closed or limited, by dates: the network without them."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import pairwise
from typing import Any

import numpy as np
import pandas as pd

from data.network.place_status import PlaceStatus, ends_of, road_id
from geo.errors import NoRouteError
from geo.network.graph import BOAT, ROAD, Network
from geo.network.multimodal import ACCESS
from services.texts import day, number, text

CLOSED, _LIMITED = "tutup", "terbatas"


@dataclass(frozen=True)
class RoadLimit:
    """A road, or the ways up to a place, that trucks cannot use.

    Attributes
    ----------
    ends
        Node ids of two places: the road between them, which is the way of least time over land;
        of one place: what leads up to it.
    boxes
        What a truck may take there; None: closed for every truck.
    as_of
        Day of the information.
    since, until
        First and last day it holds; None: open at that end.
    source_url, source_text
        Who says so.
    """

    ends: tuple[str, ...]
    boxes: int | None
    as_of: date
    since: date | None = None
    until: date | None = None
    source_url: str | None = None
    source_text: str | None = None

    def bars(self, boxes: int) -> bool:
        """Return whether a truck for so many boxes cannot use it."""
        return self.boxes is None or boxes > self.boxes


def in_days(rows: pd.DataFrame, days: tuple[date, date] | None) -> pd.DataFrame:
    """Return the rows of `place_status` that hold on any of the days; None: on any day at all.

    ``rows`` has ``date_from`` and ``date_until``.
    """
    if days is None:
        return rows
    first, last = map(pd.Timestamp, days)
    began = rows["date_from"].isna() | rows["date_from"].le(last)
    return rows[began & (rows["date_until"].isna() | rows["date_until"].ge(first))]


def road_limits(rows: pd.DataFrame, landings: Iterable[str]) -> tuple[RoadLimit, ...]:
    """Return the limits on roads among ``rows`` of `place_status`, by index ``place_id``.

    A row about one of the ``landings``, piers and warehouses is about what berths or is loaded
    there, and about no road.
    """
    found = []
    other = set(landings)
    for key, row in rows.iterrows():
        ends = ends_of(str(key))
        boxes = None if pd.isna(row["largest_boxes"]) else int(row["largest_boxes"])
        shut = row["status"] == CLOSED
        if (len(ends) == 1 and ends[0] in other) or not (shut or boxes is not None):
            continue
        since, until = (
            None if pd.isna(row[name]) else row[name].date() for name in ("date_from", "date_until")
        )
        url, who = (
            None if pd.isna(row[name]) else str(row[name]) for name in ("source_url", "source_text")
        )
        as_of = row["as_of"].date()
        found.append(RoadLimit(ends, None if shut else boxes, as_of, since, until, url, who))
    return tuple(found)


def _land(network: Network) -> Network:
    return network.without(np.flatnonzero(network.edges["mode"].eq(BOAT).to_numpy()))


def road_on_land(network: Network, ends: Sequence[str]) -> tuple[str, ...]:
    """Return the nodes of a road between two places, or of a place; none where there is no way."""
    return _nodes(_land(network), ends)


def _nodes(land: Network, ends: Sequence[str]) -> tuple[str, ...]:
    known = set(land.ids)
    if any(end not in known for end in ends):
        return ()
    if len(ends) == 1:
        return (ends[0],)
    try:
        return land.way(*ends).nodes
    except NoRouteError:
        return ()


def without_roads(
    network: Network, limits: Sequence[RoadLimit], boxes: int | None = None
) -> Network:
    """Return the network that a truck for so many boxes may use.

    Parameters
    ----------
    limits
        Roads and places; the ways up to the two ends of a road stay, so that both can still be
        reached from elsewhere.
    boxes
        None: without what is closed for every truck.
    """
    need = 0 if boxes is None else boxes
    return without_ends(network, [one.ends for one in limits if one.bars(need)])


def without_ends(network: Network, barred: Collection[Sequence[str]]) -> Network:
    """Return the network without the roads between some places, or up to one (`RoadLimit`)."""
    if not barred:
        return network
    land, edges = _land(network), network.edges
    start, end = edges["from_node"], edges["to_node"]
    gone = pd.Series(False, index=edges.index)
    on_road = edges["mode"].eq(ROAD)
    for ends in barred:
        nodes = _nodes(land, ends)
        if len(ends) == 1:
            gone |= on_road & (start.isin(nodes) | end.isin(nodes))
            continue
        pairs = {*pairwise(nodes), *pairwise(nodes[::-1])}
        own = np.array([pair in pairs for pair in zip(start, end, strict=True)], dtype=bool)
        gone |= on_road & edges["why"].ne(ACCESS).fillna(True) & own
    return network.without(np.flatnonzero(gone.to_numpy(dtype=bool)))


def limit_row(one: RoadLimit) -> dict[str, Any]:
    """Return a limit as JSON values."""
    dates = {key: getattr(one, key) for key in ("as_of", "since", "until")}
    plain = {key: None if when is None else when.isoformat() for key, when in dates.items()}
    return {
        "ends": list(one.ends),
        "boxes": one.boxes,
        **plain,
        "source_url": one.source_url,
        "source_text": one.source_text,
    }


def limit_words(row: Mapping[str, Any], names: Mapping[str, str], lang: str) -> str:
    """Return a limit, a ``row`` of `limit_row`, in words; ``names`` of places by node id."""
    ends = " – ".join(names.get(end, end) for end in row["ends"])
    key = _WORDS[row["boxes"] is None, len(row["ends"]) > 1]
    words = text(key, lang, ends=ends, boxes=number(row["boxes"], lang))
    dates = [None if row[end] is None else day(pd.Timestamp(row[end]), lang) for end in _SPAN]
    if any(dates):
        words += " " + text("roads.days", lang, since=dates[0] or "…", until=dates[1] or "…")
    said = row["source_url"] or row["source_text"] or text("roads.no_source", lang)
    as_of = day(pd.Timestamp(row["as_of"]), lang)
    return words + " " + text("roads.source", lang, source=said, as_of=as_of)


_SPAN = ("since", "until")
_WORDS = {
    (True, True): "roads.closed_road",
    (True, False): "roads.closed_place",
    (False, True): "roads.limited_road",
    (False, False): "roads.limited_place",
}
"""By whether it is closed, and whether it is a road."""


def limit_lines(
    network: Network, rows: Iterable[Mapping[str, Any]]
) -> Iterator[tuple[Mapping[str, Any], np.ndarray]]:
    """Yield each limit with the longitude and latitude (N, 2) of its road or place, in degrees.

    One that the network does not know is left out.
    """
    at = network.nodes.set_index("node_id")[["lon", "lat"]]
    land = _land(network)
    for row in rows:
        nodes = _nodes(land, row["ends"])
        if nodes:
            yield row, at.loc[list(nodes)].to_numpy(dtype="float64")


def told_of_road(
    ends: tuple[str, str | None],
    boxes: int | None,
    as_of: date,
    days: tuple[date | None, date | None],
    source_url: str,
) -> PlaceStatus:
    """Return what a form tells of a road, or of the way up to a place where ``ends`` has one only.

    ``boxes`` None: closed; ``days`` as `RoadLimit` has them, each None without end.
    """
    start, end = ends
    return PlaceStatus(
        start if end is None else road_id(start, end),
        CLOSED if boxes is None else _LIMITED,
        as_of,
        largest_boxes=boxes,
        date_from=days[0],
        date_until=days[1],
        source_url=source_url.strip() or None,
    )
