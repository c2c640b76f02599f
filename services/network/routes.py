"""The way between two places as people type them, in plain values for commands and pages."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from data.clock import today
from data.ingest.place_lookup import place_index
from data.network.place_status import read_statuses
from data.network.tables import read_road_file
from geo.errors import CodeError
from geo.places.resolve import PlaceIndex
from services.network.build import NetworkSet, load_network
from services.network.restricted import (
    RoadLimit,
    in_days,
    limit_row,
    limit_words,
    road_limits,
    without_roads,
)
from services.places import match_text
from services.texts import DEFAULT_LANGUAGE

if TYPE_CHECKING:
    import pandas as pd

    from data.store.engine import Store
    from geo.network.graph import Way

DECIMALS = 1
_ISLAND = "pulau "
"""A text that begins so means the landing of that island, where it has one."""


def route(
    store: Store,
    from_text: str,
    to_text: str,
    *,
    networks: NetworkSet | None = None,
    index: PlaceIndex | None = None,
) -> dict[str, Any]:
    """Return the way of least usual time between two places.

    Parameters
    ----------
    store
        The store; read only for what is not given.
    from_text, to_text
        A place as officials type it, a dotted code, or the id or full name of a pier or
        warehouse. Where a kecamatan and a desa in it share the name, the kecamatan is meant; a
        unit above the desa stands for the desa in the middle of its TPS.
    networks, index
        The network and the registry's names, to save building them.

    Returns
    -------
    dict
        ``from`` and ``to`` (``text``, ``node``, ``code``, ``name``), ``distance_km``, ``low_min``,
        ``usual_min``, ``high_min``, ``mode_changes``, ``sea_min``, ``is_estimate`` (whether any
        leg is an assumption), ``legs`` (``from``, ``to``, ``mode``, ``vessel_class``,
        ``distance_km``, the three times, ``assumption``) and ``roads``: what the times on land
        rest on (``source`` proxy or the file's name; median errors of the fit, with n; how far
        estimated times on land are off, ``error_sd`` of a logarithm; ``spread`` from day to day by
        kind of road, with its basis).

        ``restricted``: roads that are limited today; the way uses none that is closed
        (`services.network.restricted.limit_row`).

    Raises
    ------
    CodeError
        When a text is no certain place; it names the candidates.
    NoRouteError
        When the two are not joined.
    """
    found = networks or load_network(store)
    units = store.units()
    names = index or place_index(units)
    start = resolve_node(from_text, found, units, names)
    end = resolve_node(to_text, found, units, names)
    roads = road_limits(in_days(read_statuses(store), (today(), today())), _berths(found))
    way = without_roads(found.network, roads).way(start, end)
    return {
        "from": _end(from_text, start, found),
        "to": _end(to_text, end, found),
        "distance_km": round(way.distance_km, DECIMALS),
        **_minutes(way),
        "mode_changes": way.mode_changes,
        "sea_min": round(way.sea_min, DECIMALS),
        "is_estimate": bool(way.edges["assumption"].any()),
        "legs": _legs(way, found),
        "roads": roads_note(found, read_road_file(store)),
        "restricted": [_limit(one, found) for one in roads],
    }


def _limit(one: RoadLimit, networks: NetworkSet) -> dict[str, Any]:
    """Return a limit with its words in the language of commands."""
    nodes, row = networks.network.nodes, limit_row(one)
    names = dict(zip(nodes["node_id"], nodes["name"], strict=True))
    return row | {"words": limit_words(row, names, DEFAULT_LANGUAGE)}


def _berths(networks: NetworkSet) -> set[str]:
    return {*networks.piers["pier_id"], *networks.depots["depot_id"]}


def resolve_node(
    text: str, networks: NetworkSet, units: pd.DataFrame, index: PlaceIndex | None = None
) -> str:
    """Return the node that a text means; ``units`` is the table of that name.

    Raises
    ------
    CodeError
        When it is no certain place; it names the candidates.
    """
    wanted = " ".join(text.split()).casefold()
    for frame, key in ((networks.piers, "pier_id"), (networks.depots, "depot_id")):
        for column in (key, "name"):
            names = frame[column].str.casefold()
            named = names.str.endswith(wanted) if wanted.startswith(_ISLAND) else names.eq(wanted)
            hits = frame.loc[named, key]
            if len(hits) == 1:
                return str(hits.iloc[0])
    sites = networks.network.nodes
    named = sites["kind"].eq("tps_site") & sites["node_id"].str.casefold().eq(wanted)
    if named.any():
        return str(sites.loc[named, "node_id"].iloc[0])
    match = match_text(text, units, index=index or place_index(units))
    code = match["code"]
    if match["reason"] == "ambiguous":
        code = _widest([str(c["code"]) for c in match["candidates"]])
    if code is None or code not in networks.seat_of.index:
        near = ", ".join(str(c["path"]) for c in match["candidates"])
        raise CodeError(text, f"one place; candidates: {near}" if near else "a known place")
    return str(networks.seat_of[code])


def _widest(codes: list[str]) -> str | None:
    """Return the code that all others lie in, None where there is none."""
    return next((c for c in codes if all(o == c or o.startswith(f"{c}.") for o in codes)), None)


def _end(text: str, node: str, networks: NetworkSet) -> dict[str, Any]:
    row = networks.network.nodes.iloc[networks.network.position(node)]
    return {"text": text, "node": node, "code": row["unit_code"], "name": row["name"]}


def _minutes(way: Way) -> dict[str, float]:
    return {f"{w}_min": round(way.minutes(w), DECIMALS) for w in ("low", "usual", "high")}


def _legs(way: Way, networks: NetworkSet) -> list[dict[str, Any]]:
    names = networks.network.nodes.set_index("node_id")["name"]
    out = []
    for leg in way.legs().to_dict("records"):
        vessel = leg["vessel_class"]
        out.append(
            {
                "from": leg["from_node"],
                "to": leg["to_node"],
                "from_name": names[leg["from_node"]],
                "to_name": names[leg["to_node"]],
                "mode": leg["mode"],
                "vessel_class": vessel if isinstance(vessel, str) else None,
                "distance_km": round(leg["length_km"], DECIMALS),
                **{w: round(leg[w], DECIMALS) for w in ("low_min", "usual_min", "high_min")},
                "assumption": bool(leg["assumption"]),
            }
        )
    return out


def roads_note(networks: NetworkSet, road_file: str | None) -> dict[str, Any]:
    """Return what times on land rest on, with the measured errors of the proxy."""
    fit = networks.fit
    return {
        "source": road_file or "proxy",
        "mape_distance": round(fit.mape_distance, 3),
        "interval_distance": [round(v, 3) for v in fit.interval_distance],
        "n_distance": fit.n_distance,
        "mape_time": round(fit.mape_time, 3),
        "interval_time": [round(v, 3) for v in fit.interval_time],
        "n_time": fit.n_time,
        "error_sd": round(fit.error_sd, 3),
        "measured_on": "berkas" if fit.is_of_file else "proxy",
        "spread": {
            kind: {"low": round(low, 3), "high": round(high, 3), "basis": fit.spread.basis[kind]}
            for kind, (low, high) in fit.spread.factors.items()
        },
    }
