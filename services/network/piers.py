"""Piers and warehouses: their reported state, where the planner put them, and their map."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import folium
import pandas as pd
import shapely

from data.clock import today
from data.network.place_status import (
    PlaceStatus,
    ends_of,
    forget_status,
    read_statuses,
    write_status,
)
from data.network.tables import read_moves, write_move
from geo.boundaries.coast import AT_SEA, Land, is_landlocked
from geo.errors import ParameterError
from geo.maps.land import Legend
from geo.maps.layers import escape, points
from geo.network.points import to_metres
from services.dataset import Dataset
from services.network.build import network_of
from services.network.restricted import CLOSED, RoadLimit, in_days, road_limits, road_on_land
from services.texts import day, label, text

__all__ = [
    "PlaceStatus",
    "bounds_of",
    "forget_status",
    "move_place",
    "place_table",
    "places",
    "restrictions",
    "roads_of",
    "set_status",
    "status_words",
    "undo_move",
]

UNKNOWN = "tidak_diketahui"
BY_SIZE = ("perahu", "kapal_cepat", "tongkang", "feri", "kapal_besar")
"""Vessel classes from small to large: an assumption, for ``largest_vessel``."""


def places(data: Dataset, kabupaten: str | None = None) -> pd.DataFrame:
    """Return piers, landings and warehouses with what is known of each.

    Returns
    -------
    DataFrame
        Index ``place_id``: ``name``, ``kind``, ``unit_code``, ``lon``, ``lat``, ``approximate``,
        ``moved``, ``status`` (tidak_diketahui where nothing is reported), ``largest_vessel``,
        ``as_of``, ``note``.
    """
    found = network_of(data)
    piers = found.piers.rename(columns={"pier_id": "place_id"})
    depots = found.depots.rename(columns={"depot_id": "place_id", "kabupaten_code": "unit_code"})
    columns = ["place_id", "name", "kind", "unit_code", "lon", "lat", "approximate"]
    both = pd.concat([piers[columns], depots.assign(kind="gudang")[columns]], ignore_index=True)
    rows = both.set_index("place_id")
    if kabupaten is not None:
        rows = rows[rows["unit_code"].str.startswith(kabupaten)]
    reported = read_statuses(data).reindex(rows.index)
    rows = rows.assign(moved=rows.index.isin(list(read_moves(data))))
    rows = rows.assign(status=reported["status"].fillna(UNKNOWN))
    return rows.join(reported[["largest_vessel", "as_of", "note"]])


def bounds_of(data: Dataset, kabupaten: str) -> tuple[float, float, float, float]:
    """Return south, west, north, east of a kabupaten with its landings off the coast."""
    shapes = data.shapes["kabupaten"]
    west, south, east, north = shapes[shapes["code"].eq(kabupaten)].total_bounds
    own = places(data, kabupaten)
    lat, lon = [south, north, *own["lat"].dropna()], [west, east, *own["lon"].dropna()]
    return float(min(lat)), float(min(lon)), float(max(lat)), float(max(lon))


def place_table(rows: pd.DataFrame, lang: str) -> pd.DataFrame:
    """Return ``rows`` of `places` as the page shows them."""
    point = {True: "places.moved", False: "places.guessed"}
    columns = {
        "name": rows["name"],
        "status": [label("placestate", key, lang) for key in rows["status"]],
        "vessel": [label("vessel", key, lang) for key in rows["largest_vessel"]],
        "as_of": [day(when, lang) for when in rows["as_of"]],
        "note": rows["note"].fillna(""),
        "point": [
            text(point[bool(row["moved"])], lang) if row["moved"] or row["approximate"] else ""
            for _, row in rows.iterrows()
        ],
    }
    return pd.DataFrame(
        {label("placecolumn", k, lang): pd.Series(v).array for k, v in columns.items()}
    )


@dataclass(frozen=True)
class Restrictions:
    """What a plan may not use.

    Attributes
    ----------
    closed
        Places that are shut, with the date of the information.
    largest
        Greatest vessel class by place, where one is reported.
    unknown
        How many of the places have no report.
    roads
        Roads, and ways up to desa, that trucks cannot use.
    """

    closed: dict[str, str]
    largest: dict[str, str]
    unknown: int
    roads: tuple[RoadLimit, ...] = ()

    def admits(self, place_id: str, vessel_class: str) -> bool:
        """Return whether a vessel class may berth at a place."""
        most = self.largest.get(place_id)
        if most is None or vessel_class not in BY_SIZE:
            return True
        return BY_SIZE.index(vessel_class) <= BY_SIZE.index(most)


def restrictions(data: Dataset, days: tuple[date, date] | None = None) -> Restrictions:
    """Return what is shut or limited on any of the days; blank is unknown, and is not open."""
    reported = read_statuses(data)
    rows = in_days(reported, days)
    found = network_of(data)
    every = {*found.piers["pier_id"], *found.depots["depot_id"]}
    roads = road_limits(rows, every)
    rows = rows[rows.index.isin(every)]
    shut = rows[rows["status"].eq(CLOSED)]
    largest = rows["largest_vessel"].dropna()
    known = set(reported.index[reported["status"].ne(UNKNOWN)])
    return Restrictions(
        {str(place): when.date().isoformat() for place, when in shut["as_of"].items()},
        {str(place): str(vessel) for place, vessel in largest.items()},
        len(every - known),
        roads,
    )


def roads_of(data: Dataset, kabupaten: str) -> list[RoadLimit]:
    """Return the limits on roads and desa of a kabupaten, of whatever day."""
    here = set(places(data, kabupaten).index)
    return [
        one
        for one in restrictions(data).roads
        if any(end in here or end.startswith(f"{kabupaten}.") for end in one.ends)
    ]


def set_status(data: Dataset, reported: PlaceStatus) -> None:
    """Store the state of a place or road from a form.

    Raises
    ------
    ParameterError
        For a place that is not on the map, or two that no road joins.
    SchemaError
        For a word that is not of the list, a date to come, or days in the wrong order.
    """
    found = network_of(data)
    ends = ends_of(reported.place_id)
    desa = data.units.loc[data.units["level"].eq("desa"), "code"]
    known = {*found.piers["pier_id"], *found.depots["depot_id"], *desa}
    for end in ends:
        if end not in known:
            expected = "a pier, landing, warehouse or desa"
            raise ParameterError("place_id", end, expected)
    if len(ends) > 1 and not road_on_land(found.network, ends):
        raise ParameterError("place_id", reported.place_id, "two places that a road joins")
    write_status(data.store, reported, today())


def status_words(row: pd.Series, lang: str) -> str:
    """Return the state of a place, a ``row`` of `places`, in words, with its date."""
    state = label("placestate", row["status"], lang)
    if pd.isna(row["as_of"]):
        return text("places.state", lang, state=state)
    words = text("places.state_on", lang, state=state, day=day(row["as_of"], lang))
    if pd.notna(row["largest_vessel"]):
        vessel = label("vessel", row["largest_vessel"], lang)
        words += text("places.largest", lang, vessel=vessel)
    return words


def move_place(data: Dataset, place_id: str, lon: float, lat: float) -> None:
    """Put a pier or warehouse at a point.

    Raises
    ------
    ParameterError
        For a place that is not on the map, a point outside the province or off its islands, or a
        pier in a desa without a coast.
    """
    rows = places(data)
    if place_id not in rows.index:
        raise ParameterError("place_id", place_id, "a pier, landing or warehouse")
    south, west, north, east = data.bounds
    if not (south - 0.2 <= lat <= north + 0.2 and west - 0.2 <= lon <= east + 0.2):
        inside = f"{west:.1f}..{east:.1f}, {south:.1f}..{north:.1f}"
        raise ParameterError("lon, lat", (lon, lat), inside)
    shapes = data.shapes["desa"]
    land = Land.of(shapes)
    xy = to_metres([lon], [lat], land.crs)
    if land.island_of(xy)[0] == AT_SEA:
        raise ParameterError("lon, lat", (lon, lat), "a point on an island or within 3 km of one")
    if rows.loc[place_id, "kind"] != "gudang":
        metric = shapes.geometry.to_crs(land.crs)
        apart = metric.distance(shapely.Point(xy[0]))
        nearest = int(apart.to_numpy().argmin())
        if is_landlocked(metric.iloc[nearest], land):
            name = data.place_names[str(shapes["code"].iloc[nearest])]
            raise ParameterError("pier", f"{place_id}: {name}", "a desa with a coast")
    write_move(data.store, place_id, lon, lat)


def undo_move(data: Dataset, place_id: str) -> None:
    """Put a pier or warehouse back where it stands without the planner."""
    write_move(data.store, place_id, None, None)


_OPEN, _SHUT, _CHOSEN, _POINT = "#17242d", "#d55e00", "#0072b2", "#cc79a7"


def place_legend(
    rows: pd.DataFrame, chosen: str, point: tuple[float, float] | None, lang: str
) -> Legend:
    """Return the legend of what `place_layers` returns of the same ``rows``, those of `places`."""
    others = rows.loc[rows.index != chosen, "status"]
    dots = [(_OPEN, "places.not_shut")] if others.ne(CLOSED).any() else []
    dots += [(_SHUT, "places.shut")] if others.eq(CLOSED).any() else []
    dots += [(_CHOSEN, "places.chosen"), *([(_POINT, "places.new_point")] if point else [])]
    return Legend(
        text("places.legend", lang), (), dots=[(colour, text(key, lang)) for colour, key in dots]
    )


def place_layers(
    rows: pd.DataFrame, chosen: str, point: tuple[float, float] | None, lang: str
) -> list[folium.GeoJson]:
    """Return layers of ``rows``, those of `places`, and of a point that was clicked."""
    known = rows[rows["lon"].notna() & rows["lat"].notna()].reset_index(names="key")
    colours = [
        _CHOSEN if key == chosen else _SHUT if status == CLOSED else _OPEN
        for key, status in zip(known["key"], known["status"], strict=True)
    ]
    tips = [
        f"<b>{escape(row['name'])}</b><br>{escape(status_words(row, lang))}"
        + (f"<br><i>{text('distribusi.approximate', lang)}</i>" if row["approximate"] else "")
        for _, row in known.iterrows()
    ]
    layers = [
        points(
            known[["key", "lon", "lat"]],
            pd.Series(colours, index=known.index),
            pd.Series(tips, index=known.index),
            radius=7.0,
        )
    ]
    if point is not None:
        new = pd.DataFrame({"key": ["new"], "lon": [point[0]], "lat": [point[1]]})
        tip = pd.Series([text("places.new_point", lang)])
        layers.append(points(new, pd.Series([_POINT]), tip, radius=8.0))
    return layers
