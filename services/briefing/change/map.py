"""The map of change: what rose and fell between two snapshots, on the land of the later one."""

from __future__ import annotations

import folium
import geopandas as gpd
import pandas as pd
import shapely
from shapely.geometry import shape

from geo.maps.land import Legend
from geo.maps.layers import escape, polygons
from services.briefing.change.compare import YEAR, Comparison
from services.briefing.change.words import days, limit_lines
from services.briefing.deck import GeoJson
from services.briefing.facts.areas import FAMILY
from services.map_picture import MapPicture, legend_of, source_words
from services.maps import CLASS
from services.texts import label, number, signed, text

LEVEL = "kabupaten"
CLASSES = (
    (3, "much_more", CLASS["panas_99"]),
    (1, "more", CLASS["panas_95"]),
    (0, "even", CLASS[""]),
    (-2, "fewer", CLASS["dingin_95"]),
    (-float("inf"), "much_fewer", CLASS["dingin_99"]),
)
"""Least change of each class of the map, its words, its colour: reds for more, blues for less."""
_SIGN = (
    '<div style="background:#17242d;color:#fff;border:2px solid #fff;border-radius:50%;'
    'width:28px;height:28px;line-height:24px;text-align:center;font:700 13px sans-serif">{n}</div>'
)


def _say(key: str, lang: str, **gaps: object) -> str:
    return text(f"compare_slide.{key}", lang, **gaps)


def class_of(change: float) -> tuple[str, str]:
    """Return words (of ``compare_slide``) and colour of a change.

    Parameters
    ----------
    change
        Number of affairs more, below zero: fewer.
    """
    return next((words, colour) for least, words, colour in CLASSES if change >= least)


def map_rows(found: Comparison, level: str = LEVEL, family: str = FAMILY) -> pd.DataFrame:
    """Return the changes of a family in a year that a map of a level shows: rows of ``areas``."""
    rows = found.areas
    wanted = rows["level"].eq(level) & rows["window"].eq(YEAR) & rows["family"].eq(family)
    return rows[wanted].reset_index(drop=True)


def unit_words(row: pd.Series, lang: str) -> str:
    """Return a unit, ``row`` of `map_rows`, with its change, or why it is not compared."""
    if row["reason"]:
        reason = label("compare_reason", row["reason"], lang)
        return _say("unit_unlike", lang, name=row["name"], reason=reason)
    return _say(
        "unit",
        lang,
        name=row["name"],
        before=number(row["before"], lang),
        after=number(row["after"], lang),
        change=signed(row["change"], lang),
    )


def map_legend(rows: pd.DataFrame, lang: str) -> list[tuple[str, str]]:
    """Return colour (empty for what is not compared) and words of the classes in use.

    ``rows`` are those of `map_rows`.
    """
    used = {class_of(change)[0] for change in rows["change"].dropna()}
    legend = [(colour, _say(words, lang)) for _, words, colour in CLASSES if words in used]
    return [*legend, ("", _say("unlike", lang))] if rows["change"].isna().any() else legend


def points_of(land: GeoJson) -> dict[str, tuple[float, float]]:
    """Return a point inside the largest part of each unit, longitude and latitude in degrees."""
    found = {}
    for feature in land["features"]:
        parts = shapely.get_parts(shape(feature["geometry"])) if feature["geometry"] else ()
        if len(parts):
            point = max(parts, key=lambda part: part.area).representative_point()
            found[feature["properties"]["code"]] = (point.x, point.y)
    return found


def change_layers(
    found: Comparison, level: str, family: str, lang: str
) -> list[folium.GeoJson | folium.Marker]:
    """Return the units coloured by their change, and a sign with the number on each that changed.

    The land is that of the later snapshot: the map stays as it was shown.
    """
    land = found.later.content["land"][level]
    shapes = gpd.GeoDataFrame.from_features(land["features"], crs="EPSG:4326")
    rows = map_rows(found, level, family).set_index("code").reindex(shapes["code"])
    colours = [None if pd.isna(n) else class_of(n)[1] for n in rows["change"]]
    tips = [
        escape(unit_words(row, lang) if isinstance(row["name"], str) else name)
        for (_, row), name in zip(rows.iterrows(), shapes["name"], strict=True)
    ]
    layers: list[folium.GeoJson | folium.Marker] = [
        polygons(
            shapes,
            pd.Series(colours, index=shapes.index, dtype="object"),
            pd.Series(tips, index=shapes.index),
        )
    ]
    points = points_of(land)
    moved = rows["change"].fillna(0.0).ne(0) & rows.index.isin(list(points))
    for code, row in rows[moved].iterrows():
        lon, lat = points[str(code)]
        icon = folium.DivIcon(
            icon_size=(28, 28),
            icon_anchor=(14, 14),
            html=_SIGN.format(n=signed(row["change"], lang)),
        )
        layers.append(folium.Marker((lat, lon), icon=icon, tooltip=escape(unit_words(row, lang))))
    return layers


def change_legend(found: Comparison, level: str, family: str, lang: str) -> Legend:
    """Return the legend of the map of change: what it is of, and the classes in use."""
    title = text(
        "map.legend_change",
        lang,
        family=label("family", family, lang),
        level=label("level", level, lang).lower(),
    )
    rows = map_legend(map_rows(found, level, family), lang)
    return legend_of(title, [(colour or None, said, None) for colour, said in rows], (), "", lang)


def change_picture(found: Comparison, level: str, family: str, lang: str) -> MapPicture:
    """Return the map of change as a file."""
    legend = change_legend(found, level, family, lang)
    return MapPicture(
        title=legend.title,
        sub=" → ".join(days(found, lang)),
        layers=change_layers(found, level, family, lang),
        legend=legend,
        notes=(*limit_lines(found, lang), source_words(found.later.as_of, lang)),
    )
