"""TPS risk as map layers: one symbol per stack of TPS, or whole kabupaten."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from typing import Any

import folium
import pandas as pd

from geo.maps.land import Painted
from geo.maps.layers import DECIMALS, escape
from services.maps import SEQUENCE, land_order
from services.memo import memo
from services.risk.islets import islets_in, tps_words
from services.risk.ranking import (
    CLASSES,
    NO_CLASS,
    TIERS,
    VALUE_BREAKS,
    Ranked,
    tier_words,
    value_class,
)
from services.texts import label, number, text

TIER_COLOUR = {"rendah": "#ffeda0", "sedang": "#fd8d3c", "tinggi": "#99000d"}
CLASS_COLOUR = {
    "kurang_rawan": "#c6dbef",
    "rawan": "#6baed6",
    "sangat_rawan": "#08519c",
    "khusus": "#54278f",
}
"""Blues for what the police registered, so that it is never taken for an index."""
VALUE_COLOUR = dict(zip(("0", "1", "2", "3", "4"), SEQUENCE, strict=True))
COLOUR = {**TIER_COLOUR, **CLASS_COLOUR, **VALUE_COLOUR}
_HOLLOW = "#ffffff"
_ISLET_RADIUS = 4.5
_STRONG = {"tinggi", "sangat_rawan", "khusus", "4"}
_RANK = {key: n for n, key in enumerate((*TIERS, *CLASSES))}
_RANK |= {key: 9 - int(key) for key in VALUE_COLOUR} | {"tidak_diketahui": 20}


def stacks(found: Ranked, colour: str) -> pd.DataFrame:
    """Return one row per place at which TPS stand.

    No source gives the place of a TPS, so those of a desa stand at its point, as one symbol that
    shows how many; TPS whose own point was imported are drawn there.

    Returns
    -------
    DataFrame
        ``key`` (desa code), ``lon``, ``lat``, ``n``, ``class`` (the most urgent of the stack),
        ``mix`` (number of TPS by class, most urgent first), ``top`` (highest index).
    """
    rows, data = found.rows, found.data
    places = data.tps.set_index("tps_id")[["lon", "lat"]].reindex(rows.index)
    index = found.query.index
    frame = pd.DataFrame(
        {
            "key": rows["desa_code"],
            "lon": places["lon"],
            "lat": places["lat"],
            "class": found.key(colour),
            "value": rows[f"indeks_{index}"],
        },
        index=rows.index,
    ).dropna(subset=["lon", "lat"])
    frame["order"] = frame["class"].map(_RANK).fillna(99)
    frame = frame.sort_values("order", kind="stable")
    grouped = frame.groupby(["key", "lon", "lat"], sort=True)
    out = grouped.agg(n=("class", "size"), kind=("class", "first"), top=("value", "max"))
    counts = frame.groupby(["key", "lon", "lat", "class"], sort=False).size()
    mix: dict[tuple[str, float, float], list[tuple[str, int]]] = {}
    for (key, lon, lat, kind), n in zip(counts.index, counts, strict=True):
        mix.setdefault((key, lon, lat), []).append((str(kind), int(n)))
    out["mix"] = pd.Series(mix).reindex(out.index)
    return out.rename(columns={"kind": "class"}).reset_index()


def risk_layers(
    found: Ranked, colour: str, lang: str, opened: str | None = None
) -> list[folium.GeoJson | Painted]:
    """Return the layers of a view.

    Parameters
    ----------
    found
        What is drawn.
    colour
        ``tier`` or ``value``; the police register knows only its classes.
    opened
        Code of the desa (or kabupaten) that is opened, drawn with a strong ring.
    """
    if found.rows.empty:
        return []
    if found.view.level == "kabupaten":
        return [_kabupaten_layer(found, colour, lang, opened)]
    return [_stack_layer(found, colour, lang, opened)]


@memo(16)
def _features(found: Ranked, colour: str, lang: str) -> list[dict[str, Any]]:
    """Return the stacks as GeoJSON features; treat them as read-only."""
    return [
        {
            "type": "Feature",
            "properties": {
                "key": row["key"],
                "tip": _stack_tip(found, row, lang),
                "c": COLOUR.get(row["class"], _HOLLOW),
                "r": round(3.0 + 0.75 * row["n"] ** 0.5, 1),
                "h": row["class"] not in COLOUR,
                "s": row["class"] in _STRONG,
            },
            "geometry": {
                "type": "Point",
                "coordinates": [round(row["lon"], DECIMALS), round(row["lat"], DECIMALS)],
            },
        }
        for row in stacks(found, colour).to_dict("records")
    ] + _islet_features(found, colour, lang)


def _islet_features(found: Ranked, colour: str, lang: str) -> list[dict[str, Any]]:
    """Return the islets of the logistic index at their own landing, as features."""
    if found.query.statement != "logistik":
        return []
    rows = islets_in(found.view.islets, found.query.area)
    kinds = rows["tier_logistik"] if colour == "tier" else value_class(rows["indeks_logistik"])
    return [
        {
            "type": "Feature",
            "properties": {
                "key": row["unit_code"],
                "tip": text(
                    "islet.tip",
                    lang,
                    name=escape(row["name"]),
                    tier=tier_words(row["tier_logistik"], lang),
                    tps=escape(tps_words(row, lang)),
                    p95=number(row["p95_min"], lang),
                ),
                "c": COLOUR.get(kind, _HOLLOW),
                "r": _ISLET_RADIUS,
                "h": kind not in COLOUR,
                "s": kind in _STRONG,
            },
            "geometry": {
                "type": "Point",
                "coordinates": [round(row["lon"], DECIMALS), round(row["lat"], DECIMALS)],
            },
        }
        for row, kind in zip(rows.to_dict("records"), kinds, strict=True)
    ]


def _stack_layer(found: Ranked, colour: str, lang: str, opened: str | None) -> folium.GeoJson:
    return folium.GeoJson(
        {"type": "FeatureCollection", "features": _features(found, colour, lang)},
        marker=folium.CircleMarker(fill=True),
        style_function=lambda f: _style(f["properties"], f["properties"]["key"] == opened),
        tooltip=folium.GeoJsonTooltip(fields=["tip"], labels=False, localize=False, sticky=True),
    )


def _style(row: dict[str, Any], opened: bool) -> dict[str, Any]:
    if opened:
        line, weight = "#17242d", 4.0
    elif row["h"]:
        line, weight = "#6d7f8b", 1.5
    else:
        line, weight = ("#17242d", 2.2) if row["s"] else ("#7a6a58", 0.8)
    return {
        "fillColor": row["c"],
        "fillOpacity": 0.95,
        "radius": row["r"],
        "color": line,
        "weight": weight,
        **({"dashArray": "2 3"} if row["h"] and not opened else {}),
    }


def _stack_tip(found: Ranked, row: Mapping[Hashable, Any], lang: str) -> str:
    data = found.data
    lines = [f"<b>{escape(data.place_names[str(row['key'])])}</b>"]
    lines.append(text("kerawanan.tip_count", lang, n=number(row["n"], lang)))
    lines += [f"{escape(class_words(key, lang))}: {number(n, lang)}" for key, n in row["mix"]]
    if found.query.statement != "kelas":
        top = number(row["top"], lang, 3)
        lines.append(text("kerawanan.tip_top", lang, value=top))
    if found.view.simulation:
        lines.append(f"<b>{text('kerawanan.simulated', lang)}</b>")
    return "<br>".join(lines)


def _kabupaten_layer(found: Ranked, colour: str, lang: str, opened: str | None) -> Painted:
    rows, view = found.rows, found.view
    known = set(rows.index)
    codes = [c for c in land_order(view.data, "kabupaten").codes if c in known]
    classes = found.key(colour)
    name = found.query.index
    figures = rows[[f"indeks_{name}", f"{name}_low", f"{name}_high"]].astype("float64")
    tips = {
        code: text(
            "kerawanan.tip_kabupaten",
            lang,
            name=escape(view.data.names[code]),
            value=number(figures[f"indeks_{name}"][code], lang, 3),
            low=number(figures[f"{name}_low"][code], lang, 3),
            high=number(figures[f"{name}_high"][code], lang, 3),
            tier=tier_words(str(rows.loc[code, f"tier_{name}"]), lang),
        )
        for code in codes
    }
    fills = {code: COLOUR.get(classes[code]) for code in codes}
    return Painted("kabupaten", fills, tips, selected=opened)


def class_words(key: str, lang: str) -> str:
    """Return the words of a class of the map."""
    if key in TIERS:
        return tier_words(key, lang)
    if key in CLASSES:
        return label("kelas", key, lang)
    if not key.isdigit():
        return text("kerawanan.value_unknown", lang)
    at = int(key)
    low = number(VALUE_BREAKS[at], lang, 2)
    if at + 1 == len(VALUE_BREAKS):
        return text("hotspot.legend_more", lang, low=low)
    high = number(VALUE_BREAKS[at + 1], lang, 2)
    return text("hotspot.legend_range", lang, low=low, high=high)


def risk_legend(found: Ranked, colour: str, lang: str) -> list[tuple[str | None, str, int | None]]:
    """Return the classes of the map with the number of TPS (or kabupaten) in each."""
    if found.query.statement == "kelas":
        keys: tuple[str, ...] = CLASSES
    elif colour == "tier":
        keys = ("rendah", "sedang", "tinggi", "belum_cukup")
    else:
        keys = (*VALUE_COLOUR, "tidak_diketahui")
    counts = found.key(colour).value_counts()
    return [
        (COLOUR.get(key), class_words(key, lang), int(counts.get(key, 0)))
        for key in keys
        if key in COLOUR or key == NO_CLASS or counts.get(key, 0)
    ]


def value_legend(lang: str) -> list[tuple[str | None, str, int | None]]:
    """Return the classes of an index without counts, for the strip of weeks."""
    return [(colour, class_words(key, lang), None) for key, colour in VALUE_COLOUR.items()]
