"""What must go where before anything is planned: places with their TPS and boxes, by way."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import folium
import geopandas as gpd
import pandas as pd
from shapely.geometry import LineString

from geo.crs import STORAGE_CRS
from geo.maps.layers import escape, lines, points
from services.dataset import Dataset
from services.explain import EXPLAINED, explain
from services.memo import memo
from services.network.build import network_of
from services.network.piers import places, status_words
from services.plan.make import PlanAsked, inputs_of
from services.plan.views.view import MODE_COLOUR, place_label
from services.texts import label, number, text

DEPOT, PIER, LANDING = "#b8860b", "#17242d", "#6d7f8b"


@dataclass(frozen=True, eq=False)
class Needs:
    """What must go where.

    Attributes
    ----------
    rows
        One row per place that kits are handed over at: ``place_code``, ``kabupaten``, ``mode``
        (``boat`` where the last vehicle from a pier is one, else ``truck``), ``warehouse``,
        ``pier``, ``landing`` (the last two missing on land), ``tps``, ``boxes``.
    trucks, boats
        Vehicles of the default fleet, by code of the kabupaten.
    refused
        Why nothing can be said of a kabupaten, by its code: an error as `EXPLAINED` lists them.
    """

    rows: pd.DataFrame = field(repr=False)
    trucks: dict[str, int]
    boats: dict[str, int]
    refused: dict[str, Exception]


def needs(data: Dataset, kabupaten: str | None = None) -> Needs:
    """Return what must go where in a kabupaten, or in the province, by the default settings."""
    units = data.units
    codes = units.loc[units["level"].eq("kabupaten"), "code"] if kabupaten is None else [kabupaten]
    parts = [_of_kabupaten(data, str(code)) for code in codes]
    return Needs(
        pd.concat([part.rows for part in parts], ignore_index=True),
        {code: n for part in parts for code, n in part.trucks.items()},
        {code: n for part in parts for code, n in part.boats.items()},
        {code: error for part in parts for code, error in part.refused.items()},
    )


_COLUMNS = ("place_code", "kabupaten", "mode", "warehouse", "pier", "landing", "tps", "boxes")


@memo(16)
def _of_kabupaten(data: Dataset, kabupaten: str) -> Needs:
    try:
        inputs, _ = inputs_of(data, PlanAsked(kabupaten))
    except EXPLAINED as error:
        return Needs(pd.DataFrame(columns=list(_COLUMNS)), {}, {}, {kabupaten: error})
    kits = inputs.tps.groupby("place_code")["boxes"].agg(["size", "sum"])
    stops = inputs.stops.set_index("place_code", drop=False)
    rows = stops.assign(
        mode=stops["pier"].notna().map({True: "boat", False: "truck"}),
        tps=kits["size"].reindex(stops.index).fillna(0).astype("int64"),
        boxes=kits["sum"].reindex(stops.index).fillna(0).astype("int64"),
    )
    fleet = inputs.fleet["mode"].value_counts()
    trucks, boats = ({kabupaten: int(fleet.get(mode, 0))} for mode in ("truck", "boat"))
    return Needs(rows[list(_COLUMNS)].reset_index(drop=True), trucks, boats, {})


def needs_words(found: Needs, name: str, lang: str) -> tuple[str, str]:
    """Return the finding of `Needs` as title, and what carries it and from where."""
    sea = found.rows["mode"].eq("boat")
    title = text(
        "needs.title" if sea.any() else "needs.title_land",
        lang,
        name=name,
        tps=number(found.rows["tps"].sum(), lang),
        boxes=number(found.rows["boxes"].sum(), lang),
        sea=number(found.rows.loc[sea, "tps"].sum(), lang),
        boats=number(sum(found.boats.values()), lang),
    )
    sub = text(
        "needs.sub",
        lang,
        places=number(len(found.rows), lang),
        warehouses=number(found.rows["warehouse"].nunique(), lang),
        piers=number(found.rows["pier"].nunique(), lang),
        trucks=number(sum(found.trucks.values()), lang),
    )
    return title, sub


def refused_words(found: Needs, data: Dataset, lang: str) -> list[str]:
    """Return one sentence for each kabupaten of which nothing can be said."""
    return [f"{data.names[code]}: {explain(error, lang)}" for code, error in found.refused.items()]


def needs_layers(found: Needs, data: Dataset, lang: str) -> list[folium.GeoJson]:
    """Return the ways by boat, the places, piers, landings and warehouses as map layers."""
    rows = found.rows
    at = network_of(data).network.nodes.set_index("node_id")[["lon", "lat"]]
    drawn = rows[rows["place_code"].isin(at.index)]
    layers = [_crossings(rows.dropna(subset=["pier"]), data, at, lang)] if len(drawn) else []
    frame = at.loc[drawn["place_code"]].set_index(drawn.index).assign(key=drawn["place_code"])
    own_tips = pd.Series([_tip(row, data, lang) for _, row in drawn.iterrows()], index=drawn.index)
    radius = 2.5 + (drawn["boxes"] ** 0.5) / 3.5
    if len(drawn):
        layers.append(points(frame, drawn["mode"].map(MODE_COLOUR), own_tips, radius=radius))
    own = [("landing", LANDING, 4.0), ("pier", PIER, 5.5), ("warehouse", DEPOT, 7.5)]
    for column, colour, size in own:
        sums = rows.dropna(subset=[column]).groupby(column)[["tps", "boxes"]].sum()
        sums = sums[sums.index.isin(at.index) & ~sums.index.isin(drawn["place_code"])]
        if sums.empty:
            continue
        marks = at.loc[sums.index].assign(key=sums.index)
        rows_of = zip(map(str, sums.index), sums.to_dict("records"), strict=True)
        tips = [_place_tip(code, amount, column, data, lang) for code, amount in rows_of]
        fill = pd.Series(colour, index=marks.index)
        layers.append(points(marks, fill, pd.Series(tips, index=marks.index), radius=size))
    return [layer for layer in layers if layer is not None]


def _place_tip(code: str, amount: Mapping[Any, Any], kind: str, data: Dataset, lang: str) -> str:
    state = places(data)
    name = f"<b>{escape(place_label(data, code))}</b> ({label('needs_place', kind, lang)})"
    known = code in state.index
    status = f"<br>{escape(status_words(state.loc[[code]].iloc[0], lang))}" if known else ""
    return f"{name}<br>{_amount(amount, lang)}{status}"


def _crossings(
    by_sea: pd.DataFrame, data: Dataset, at: pd.DataFrame, lang: str
) -> folium.GeoJson | None:
    """Return a dashed line from each pier to each of its landings."""
    pairs = by_sea.groupby(["pier", "landing"])[["tps", "boxes"]].sum().reset_index()
    pairs = pairs[pairs["pier"].isin(at.index) & pairs["landing"].isin(at.index)]
    if pairs.empty:
        return None
    ends = zip(pairs["pier"], pairs["landing"], strict=True)
    shapes = gpd.GeoDataFrame(
        pairs.assign(key=pairs["pier"] + pairs["landing"]),
        geometry=[LineString(at.loc[list(pair)].to_numpy()) for pair in ends],
        crs=STORAGE_CRS,
    )
    tips = [
        f"<b>{escape(place_label(data, row['pier']))} → {escape(place_label(data, row['landing']))}"
        f"</b><br>{_amount(row, lang)}"
        for _, row in pairs.iterrows()
    ]
    colour = pd.Series(MODE_COLOUR["boat"], index=pairs.index)
    everywhere = pd.Series(True, index=pairs.index)
    return lines(shapes, colour, pd.Series(tips, index=pairs.index), everywhere)


def _tip(row: pd.Series, data: Dataset, lang: str) -> str:
    way = "needs.by_sea" if row["mode"] == "boat" else "needs.by_road"
    ends = {
        key: escape(place_label(data, row[key])) if pd.notna(row[key]) else ""
        for key in ("warehouse", "pier", "landing")
    }
    place = escape(place_label(data, row["place_code"]))
    return f"<b>{place}</b><br>{_amount(row, lang)}<br>{text(way, lang, **ends)}"


def _amount(row: Mapping[Any, Any] | pd.Series, lang: str) -> str:
    return text(
        "needs.amount", lang, tps=number(row["tps"], lang), boxes=number(row["boxes"], lang)
    )


def needs_legend(lang: str) -> list[tuple[str, str]]:
    """Return the colours of the map with their words."""
    ways = [(MODE_COLOUR[mode], text(f"needs.dot_{mode}", lang)) for mode in ("truck", "boat")]
    kinds = (("warehouse", DEPOT), ("pier", PIER), ("landing", LANDING))
    return ways + [(colour, label("needs_place", key, lang)) for key, colour in kinds]


def needs_table(found: Needs, lang: str) -> pd.DataFrame:
    """Return TPS, boxes and vehicles in words, one row per kabupaten, its code as index."""
    rows = found.rows.assign(sea=found.rows["tps"].where(found.rows["mode"].eq("boat"), 0))
    sums = rows.groupby("kabupaten")[["tps", "boxes", "sea"]].sum()
    sums = sums.assign(trucks=pd.Series(found.trucks), boats=pd.Series(found.boats))
    return pd.DataFrame(
        {
            label("needs_column", key, lang): [number(value, lang) for value in sums[key]]
            for key in sums.columns
        },
        index=sums.index,
    )


def crossings_table(found: Needs, data: Dataset, lang: str) -> pd.DataFrame:
    """Return what goes by sea, one row per pier and landing, the most first."""
    by_sea = found.rows.dropna(subset=["pier"])
    sums = by_sea.groupby(["pier", "landing"])[["tps", "boxes"]].sum().reset_index()
    sums = sums.sort_values("tps", ascending=False, kind="stable")
    ways = [
        f"{place_label(data, pier)} → {place_label(data, landing)}"
        for pier, landing in zip(sums["pier"], sums["landing"], strict=True)
    ]
    values = {"way": ways} | {key: [number(n, lang) for n in sums[key]] for key in ("tps", "boxes")}
    return pd.DataFrame({label("needs_column", key, lang): own for key, own in values.items()})
