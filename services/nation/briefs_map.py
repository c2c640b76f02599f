"""The map of a province: its kabupaten or kecamatan by relative risk, joined from its desa."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pandas as pd
import shapely

from analytics.hotspots.relative_risk import WORDS
from data.nation.folder import NationFolder
from geo.boundaries.levels import level_details
from geo.codes import Level
from services.briefing.deck import Area, GeoJson, Legend, Map
from services.maps import CLASS
from services.nation.briefs_words import FAMILY, Teller

COLOUR = dict(zip(WORDS, (CLASS["panas_99"], CLASS[""], CLASS["dingin_99"]), strict=True))
MARK = dict(zip(WORDS, ("▲", "○", "▼"), strict=True))
"""A shape beside each colour."""
UNKNOWN = "#c9d6de"
_DETAIL = 2
"""Off by 300 metres: less than a pixel of a slide that shows a province."""
_FEW_KABUPATEN = 3
_MARGIN = 0.02
"""Of the width of the land, on each side."""


def map_level(kabupaten: int) -> Level:
    """Return what is drawn of a province with so many kabupaten: two say less than their parts."""
    return "kabupaten" if kabupaten >= _FEW_KABUPATEN else "kecamatan"


def land_of(nation: Path, province: str, level: Level, names: pd.Series) -> GeoJson:
    """Return the land of a level, coarse enough for a slide, whose neighbours still meet.

    Parameters
    ----------
    nation, province
        Folder of the nation, code of the province.
    level
        kabupaten or kecamatan.
    names
        Name by code; index: codes of units.

    Raises
    ------
    GeometryError
        When the desa of the province are no valid coverage.
    """
    desa = NationFolder(nation).read(province, "desa")
    codes, shapes = desa["code"].to_numpy(dtype=object), desa.geometry.to_numpy()
    wanted = next(
        one for one in level_details(codes, shapes) if (one.detail, one.level) == (_DETAIL, level)
    )
    return {
        "type": "FeatureCollection",
        "features": [
            {
                "type": "Feature",
                "properties": {"code": str(code), "name": str(names.get(code, code))},
                "geometry": json.loads(shapely.to_geojson(shape)),
            }
            for code, shape in zip(wanted.codes, wanted.shapes, strict=True)
        ],
    }


def bounds_of(land: GeoJson) -> tuple[float, float, float, float]:
    """Return west, south, east and north of land in degrees, with a small margin."""
    shapes = [shapely.from_geojson(json.dumps(one["geometry"])) for one in land["features"]]
    west, south, east, north = shapely.total_bounds(np.array(shapes, dtype=object))
    margin = _MARGIN * max(east - west, north - south)
    return float(west - margin), float(south - margin), float(east + margin), float(north + margin)


def risk_map(to: Teller, risks: pd.DataFrame, level: Level, land: GeoJson) -> Map:
    """Return the map of the relative risk of one family.

    Parameters
    ----------
    to
        Who tells it.
    risks
        Index code: ``word``, ``median``, ``low``, ``high``.
    level, land
        What is drawn, as `land_of` returns it.
    """
    areas = {}
    for feature in land["features"]:
        code, name = feature["properties"]["code"], feature["properties"]["name"]
        if code in risks.index:
            words = f"{name}: {risk_words(to, risks.loc[code])}"
            areas[code] = Area(COLOUR[risks.loc[code, "word"]], words)
        else:
            areas[code] = Area(UNKNOWN, f"{name}: {to.say('nasional.no_risk')}")
    used = set(risks["word"])
    legend = [
        Legend(COLOUR[word], f"{MARK[word]} {to.label('risk_word', word)}")
        for word in WORDS
        if word in used
    ]
    if len(areas) > sum(code in risks.index for code in areas):
        legend.append(Legend(UNKNOWN, to.say("nasional.no_risk")))
    as_of = to.day(to.facts.about.as_of)
    return Map(
        key="risiko",
        title=to.say(
            "nation_brief.map_title", family=to.family(FAMILY), level=to.level(level), day=as_of
        ),
        level=level,
        areas=areas,
        legend=tuple(legend),
        bounds=bounds_of(land),
        source=to.say("nation_brief.map_source", day=as_of),
    )


def risk_words(to: Teller, risk: pd.Series) -> str:
    """Return a relative risk with its interval.

    Parameters
    ----------
    to
        Who tells it.
    risk
        ``median``, ``low``, ``high``: times what is expected.
    """
    median, low, high = (to.number(risk[name], 2) for name in ("median", "low", "high"))
    return to.say("nation_brief.times", median=median, low=low, high=high)
