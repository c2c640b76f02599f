"""Views to map layers: the last step before the browser, without a page."""

from __future__ import annotations

import folium
import geopandas as gpd
import pandas as pd

from geo.maps.layers import choropleth, escape, outline, points
from services.dataset import LEVELS, Dataset
from services.hotspots.counts import COUNT_BREAKS, RATE_BREAKS, HotspotQuery, HotspotView
from services.maps import FAMILY, MIXED, TPS
from services.texts import label, number, text
from services.wording import popup, unit_tooltip

_MARKER = (
    '<div style="background:#17242d;color:#fff;border:2px solid #fff;border-radius:{round};'
    'width:26px;height:26px;line-height:22px;text-align:center;font:700 14px sans-serif">{n}</div>'
)


def hotspot_layers(
    view: HotspotView, data: Dataset, query: HotspotQuery, lang: str, selected: str | None = None
) -> list[folium.GeoJson]:
    """Return the units and the report points of a view as two map layers.

    Parameters
    ----------
    selected
        Code of the unit drawn with a strong outline.
    """
    shapes = shapes_of(data, view.units, query.drill)
    rows = view.units.reindex(shapes["code"]).assign(measure=query.measure)
    families = list(query.selection.families or ())
    tips = [unit_tooltip(row, families, lang) for _, row in rows.iterrows()]
    layers: list[folium.GeoJson] = []
    layers.append(
        choropleth(
            shapes,
            fill=pd.Series(rows["colour"].to_numpy(), index=shapes.index),
            tooltip=pd.Series(tips, index=shapes.index),
            selected=selected,
            dashed=pd.Series(rows["estimated"].to_numpy(dtype=bool), index=shapes.index),
        )
    )
    if query.drill:
        layers.append(outline(opened_shape(data, query.drill)))
    if len(view.points):
        layers.append(points_layer(view.points, view.reports, data, lang))
    return layers


def opened_shape(data: Dataset, code: str) -> gpd.GeoDataFrame:
    """Return the row of `Dataset.shapes` of a unit; none for one that no source draws."""
    level = LEVELS[min(code.count("."), len(LEVELS)) - 1]
    shapes = data.shapes[level]
    return shapes[shapes["code"].eq(code)]


def shapes_of(data: Dataset, units: pd.DataFrame, drill: str | None) -> gpd.GeoDataFrame:
    """Return polygons (``code``) for the units of a view; the parts of an opened one in detail.

    ``units`` are those of `HotspotView`.
    """
    pieces = []
    for level in units["level"].unique():
        source = data.shapes if drill and level != units["level"].iloc[0] else data.display_shapes
        shapes = source[level]
        pieces.append(shapes[shapes["code"].isin(units.index[units["level"] == level])])
    joined = pd.concat(pieces, ignore_index=True)
    return gpd.GeoDataFrame(joined, geometry="geometry", crs=pieces[0].crs)


def points_layer(
    frame: pd.DataFrame, reports: pd.DataFrame, data: Dataset, lang: str
) -> folium.GeoJson:
    """Return places of reports as dots that open what was reported there.

    ``frame`` is what `services.hotspots.counts.report_points` returns of ``reports``.
    """
    by_key = dict(tuple(reports.groupby("unit")))
    by_id = reports.set_index("report_id", drop=False)
    popups, tips = [], []
    columns = (frame["key"], frame["n"], frame["approximate"])
    for key, n, approximate in zip(*columns, strict=True):
        rows = by_key[key] if key in by_key else by_id.loc[[key]]
        popups.append(popup(rows, data, lang, approximate))
        name = escape(data.names[rows["unit"].iloc[0]])
        tips.append(text("hotspot.point_tooltip", lang, name=name, n=number(n, lang)))
    colour = frame["family"].map(FAMILY).fillna(MIXED)
    radius = 5 + 2.2 * frame["n"].pow(0.5)
    return points(
        frame,
        colour=colour,
        tooltip=pd.Series(tips, index=frame.index),
        popup=pd.Series(popups, index=frame.index),
        radius=radius,
    )


def tps_layer(data: Dataset, election: str, lang: str) -> folium.GeoJson:
    """Return the TPS of an election as one layer: one symbol per desa with their number.

    No source gives the place of a TPS, so those of a desa are stacked at its point instead of being
    scattered as if they were known.
    """
    tps = data.tps[data.tps["election"].eq(election)]
    grouped = tps.groupby("desa_code")
    frame = grouped.agg(lon=("lon", "first"), lat=("lat", "first"), n=("number", "size"))
    special = grouped["lokasi_khusus"].sum().astype(int)
    last = tps[~tps["lokasi_khusus"]].groupby("desa_code")["number"].max().reindex(frame.index)
    tips = [
        text(
            "hotspot.tps_tooltip" if special[code] == 0 else "hotspot.tps_tooltip_special",
            lang,
            name=escape(data.names[code]),
            n=number(n, lang),
            last=last[code],
            special=special[code],
        )
        for code, n in zip(frame.index, frame["n"], strict=True)
    ]
    frame = frame.rename_axis("key").reset_index()
    return points(
        frame,
        colour=pd.Series(TPS, index=frame.index),
        tooltip=pd.Series(tips, index=frame.index),
        radius=2.5 + 0.45 * frame["n"].pow(0.5),
    )


def watch_markers(watch: pd.DataFrame, data: Dataset) -> list[folium.Marker]:
    """Return numbered marks for the places to watch, in the order of the list.

    Round for a desa, square for a whole kecamatan. What is known only to a kabupaten is never a
    mark, so that nobody takes the middle of it for the place. ``watch`` is what
    `services.reports.watch.watch_list` returns.
    """
    units = data.units.set_index("code")
    marks = []
    for position, (code, level) in enumerate(zip(watch["code"], watch["level"], strict=True), 1):
        place = units.loc[code, ["lat", "lon"]]
        if place.notna().all() and level != "kabupaten":
            corner = "50%" if level == "desa" else "3px"
            icon = folium.DivIcon(
                html=_MARKER.format(n=position, round=corner),
                icon_size=(26, 26),
                icon_anchor=(13, 13),
            )
            marks.append(
                folium.Marker(
                    [float(place["lat"]), float(place["lon"])],
                    icon=icon,
                    tooltip=f"{position}. {escape(data.place_names[code])}",
                )
            )
    return marks


def legend_rows(view: HotspotView, measure: str, lang: str) -> list[tuple[str | None, str, int]]:
    """Return the legend: colour, words, and how many units of the map are in each class."""
    return [
        (
            colour,
            class_words(measure, int(key), lang) if key.isdigit() else label("state", key, lang),
            n_units,
        )
        for key, colour, n_units in view.legend.itertuples(index=False)
    ]


def class_words(measure: str, position: int, lang: str) -> str:
    """Return the bounds of a class of counts or rates in words, such as ``2–3``."""
    breaks = RATE_BREAKS if measure == "rate" else COUNT_BREAKS
    digits = 2 if measure == "rate" else 0
    low = breaks[position]
    if position + 1 == len(breaks):
        return text("hotspot.legend_more", lang, low=number(low, lang, digits))
    # Rates run up to the next bound, whole counts to the number before it.
    high = breaks[position + 1] - (measure != "rate")
    if high == low:
        return number(low, lang)
    return text(
        "hotspot.legend_range", lang, low=number(low, lang, digits), high=number(high, lang, digits)
    )
