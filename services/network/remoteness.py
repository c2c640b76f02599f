"""How remote each desa and TPS is from its warehouse, and what that rests on."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from dataclasses import dataclass, field
from typing import Any

import folium
import geopandas as gpd
import pandas as pd
from shapely.geometry import LineString

from analytics.network.remoteness import RemotenessParams, isochrones, remoteness, unreachable
from data.province import default_election
from geo.crs import STORAGE_CRS
from geo.maps.land import Painted
from geo.maps.layers import escape, lines, points
from services.dataset import Dataset
from services.maps import SEQUENCE
from services.memo import memo
from services.network.build import NetworkSet, network_of
from services.network.islets import tps_places
from services.network.piers import places, status_words
from services.texts import label, number, text

BANDS_MIN = (30, 60, 120, 240)
"""Upper ends of the first four classes of travel time; beyond them lies the fifth."""

_SEA, _PIER, _DEPOT = "#0072b2", "#17242d", "#b8860b"


@dataclass(frozen=True, eq=False)
class RemoteView:
    """What the page draws.

    Attributes
    ----------
    rows
        One row per desa office and islet with TPS: ``node_id``, ``unit_code``, ``name``, ``tps``
        and the columns of `analytics.network.remoteness.remoteness`; the most remote first.
    missing
        Places that cannot be reached, and what is missing.
    minutes
        Minutes by desa code that the map is coloured by.
    networks
        The network, with the error of its roads.
    """

    rows: pd.DataFrame = field(repr=False)
    missing: pd.DataFrame = field(repr=False)
    minutes: pd.Series = field(repr=False)
    networks: NetworkSet = field(repr=False)


@memo(4)
def _remoteness(data: Dataset) -> pd.DataFrame:
    found = network_of(data)
    params = RemotenessParams(road_error=found.fit.error_sd)
    table = remoteness(found.network, found.default_depots, params)
    names = found.network.nodes.set_index("node_id")["name"].reindex(table.index)
    register = data.tps[data.tps["election"].eq(default_election())]
    stand = tps_places(data, register).value_counts().reindex(table.index).astype("Int64")
    tps = stand.fillna(table.index.to_series().map(data.tps_counts).astype("Int64"))
    return table.assign(name=names, tps=tps.astype("Int64")).sort_values("rank").reset_index()


@memo(16)
def remote_view(
    data: Dataset, kabupaten: str | None = None, origin: str | None = None
) -> RemoteView:
    """Return how remote the places of a kabupaten are, or of the province.

    Parameters
    ----------
    kabupaten
        Code; None for all.
    origin
        Node that the map measures from; None: each kabupaten's own warehouse, on a slow day.
    """
    found = network_of(data)
    rows = _remoteness(data)
    if kabupaten:
        rows = rows[rows["unit_code"].str.startswith(f"{kabupaten}.")]
    if origin is None:
        minutes = rows.set_index("node_id")["slow_min"]
    else:
        minutes = isochrones(found.network, origin)["usual_min"]
    codes = data.shapes["desa"]["code"]
    if kabupaten:
        codes = codes[codes.str.startswith(f"{kabupaten}.")]
    return RemoteView(
        rows=rows,
        missing=unreachable(found.network, found.default_depots),
        minutes=minutes.reindex(codes),
        networks=found,
    )


def origins(data: Dataset) -> dict[str, str]:
    """Return warehouses and piers by node, with their names, to measure from."""
    found = network_of(data)
    depots = found.depots[found.depots["is_default"].astype(bool)]
    names = dict(zip(depots["depot_id"], depots["name"], strict=True))
    return names | dict(zip(found.piers["pier_id"], found.piers["name"], strict=True))


def band_of(minutes: float) -> int | None:
    """Return the class of a travel time, 0 to 4; None where there is no way."""
    if pd.isna(minutes) or minutes == float("inf"):
        return None
    return sum(minutes > end for end in BANDS_MIN)


def remote_layers(view: RemoteView, data: Dataset, lang: str) -> list[folium.GeoJson | Painted]:
    """Return desa by travel time, sea legs, piers and warehouses as map layers."""
    by_node = view.rows.set_index("node_id")[list(_TIP.values())].to_dict("index")
    layers: list[folium.GeoJson | Painted] = [
        Painted(
            level="desa",
            fills={str(code): _band_fill(m) for code, m in view.minutes.items()},
            tips={
                str(code): _desa_tip(data, by_node, str(code), m, lang)
                for code, m in view.minutes.items()
            },
        )
    ]
    layers.append(_sea_legs(view.networks, lang))
    state = places(data)
    layers += [_marks(view.networks.piers, "pier_id", _PIER, 5.0, state, lang)]
    layers += [_marks(view.networks.depots, "depot_id", _DEPOT, 7.0, state, lang)]
    return layers


def _band_fill(minutes: float) -> str | None:
    band = band_of(minutes)
    return None if band is None else SEQUENCE[band]


_TIP = {
    "usual": "usual_min",
    "slow": "slow_min",
    "p95": "p95_min",
    "km": "distance_km",
    "changes": "mode_changes",
    "sea": "sea_min",
    "tps": "tps",
}
"""Columns by the gap of the text."""


def _desa_tip(
    data: Dataset, by_node: Mapping[Hashable, Any], code: str, minutes: float, lang: str
) -> str:
    lines_ = [f"<b>{escape(data.place_names[code])}</b>"]
    if code in by_node:
        values = {gap: number(by_node[code][column], lang) for gap, column in _TIP.items()}
        lines_.append(text("distribusi.tip", lang, **values))
    else:
        lines_.append(text("distribusi.minutes", lang, n=number(minutes, lang)))
    return "<br>".join(lines_)


def _sea_legs(found: NetworkSet, lang: str) -> folium.GeoJson:
    at = found.piers.set_index("pier_id")[["lon", "lat"]]
    legs = found.legs[found.legs["from_pier"].isin(at.index) & found.legs["to_pier"].isin(at.index)]
    ends = zip(legs["from_pier"], legs["to_pier"], strict=True)
    drawn = [LineString([tuple(at.loc[a]), tuple(at.loc[b])]) for a, b in ends]
    frame = gpd.GeoDataFrame(
        {"key": legs["from_pier"] + "-" + legs["to_pier"]}, geometry=drawn, crs=STORAGE_CRS
    )
    names = found.piers.set_index("pier_id")["name"]
    tips = [
        text(
            "distribusi.leg_tip",
            lang,
            a=escape(names[row["from_pier"]]),
            b=escape(names[row["to_pier"]]),
            low=number(row["low_min"], lang),
            usual=number(row["usual_min"], lang),
            high=number(row["high_min"], lang),
            vessel=escape(label("vessel", row["vessel_class"], lang)),
            n=number(row["n_facts"], lang),
        )
        for _, row in legs.iterrows()
    ]
    return lines(
        frame,
        pd.Series(_SEA, index=frame.index),
        pd.Series(tips, index=frame.index),
        pd.Series(legs["assumption"].to_numpy(dtype=bool), index=frame.index),
    )


def _marks(
    frame: pd.DataFrame, key: str, colour: str, radius: float, state: pd.DataFrame, lang: str
) -> folium.GeoJson:
    known = frame[frame["lon"].notna() & frame["lat"].notna()]
    tips = [
        f"{escape(row['name'])}<br>{escape(status_words(state.loc[row[key]], lang))}"
        + (f"<br><i>{text('distribusi.approximate', lang)}</i>" if row["approximate"] else "")
        for _, row in known.iterrows()
    ]
    return points(
        known.assign(key=known[key]),
        pd.Series(colour, index=known.index),
        pd.Series(tips, index=known.index),
        radius=radius,
    )


def remote_legend(view: RemoteView, lang: str) -> list[tuple[str | None, str, int]]:
    """Return the classes of travel time with the number of desa in each."""
    bands = view.minutes.map(band_of)
    lows = (0, *BANDS_MIN)
    rows: list[tuple[str | None, str, int]] = []
    for n, (low, colour) in enumerate(zip(lows, SEQUENCE, strict=True)):
        key = "distribusi.legend" if n < len(BANDS_MIN) else "distribusi.legend_more"
        high = BANDS_MIN[n] if n < len(BANDS_MIN) else low
        rows.append((colour, text(key, lang, low=low, high=high), int(bands.eq(n).sum())))
    return [*rows, (None, text("distribusi.no_way", lang), int(bands.isna().sum()))]


def remote_table(view: RemoteView, data: Dataset, lang: str) -> pd.DataFrame:
    """Return places from the most remote on, with times in minutes and distances in km."""
    rows = view.rows
    sites = network_of(data).network.nodes.set_index("node_id")["name"]
    names = [
        data.place_names[node]
        if node in data.place_names
        else f"{sites[node]} ({data.place_names[unit]})"
        for node, unit in zip(rows["node_id"], rows["unit_code"], strict=True)
    ]
    columns = {
        "rank": rows["rank"],
        "place": names,
        "usual": rows["usual_min"].round(),
        "slow": rows["slow_min"].round(),
        "p95": rows["p95_min"].round(),
        "tps": rows["tps"],
        "km": rows["distance_km"].round(1),
        "changes": rows["mode_changes"],
        "sea": rows["sea_min"].round(),
        "assumed": (100 * rows["assumed_share"]).round(),
    }
    return pd.DataFrame(
        {label("remote_column", key, lang): pd.Series(v).array for key, v in columns.items()}
    )
