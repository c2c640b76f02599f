"""The kind of import that brings boat legs: all of a file, or none and every fault of it."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd

from data.boundaries.shapes import read_shapes
from data.ingest.columns import ColumnMapping, Need
from data.ingest.context import Context
from data.ingest.files.table import Sheet
from data.ingest.kind import DECIMAL, Field, Kind, Type
from data.ingest.place_lookup import place_index
from data.ingest.rows import Rows
from data.ingest.values.texts import normal_text
from data.network.tables import DESA_PIER
from data.store import tables as schema
from data.vocabulary import VESSEL_CLASSES
from geo.boundaries.coast import Land, is_landlocked

_KMH_PER_KN = 1.852
_OTHER_UNITS = {
    r"(gelombang|wave)\b.*\b(cm|ft|kaki)": "unit_metres",
    r"(angin|wind)\b.*\b(kmh|kmj|km jam|km h|m s|ms)": "unit_knots",
    r"(lama|durasi|waktu|duration)\b.*\b(jam|hour|hours|h)": "unit_minutes",
    r"(jarak|distance)\b.*\b(mil|nm|mile|miles|m)": "unit_kilometres",
}
_TIMES = ("low_min", "usual_min", "high_min")
_LEAST_OF_STRAIGHT = 0.5
"""Of the straight line, below which a distance is an error; points may be some kilometres off."""
_MOORING_MIN = 60
"""Minutes a crossing may take beside those at the least speed: casting off, tides, mooring."""


def _of_known_units(columns: ColumnMapping, sheet: Sheet, context: Context) -> ColumnMapping:
    """Note the headings of columns that are filled and in another unit than the product's."""
    del context
    faults = [
        (heading, reason)
        for heading in sheet.header
        for pattern, reason in _OTHER_UNITS.items()
        if re.fullmatch(pattern, normal_text(heading)) and sheet.sample[heading].ne("").any()
    ]
    return replace(columns, faults=tuple(faults))


def _class_word(text: str) -> str | None:
    word = normal_text(text).replace(" ", "_")
    return word if word in VESSEL_CLASSES else None


_CLASSES: dict[str, tuple[str, ...]] = dict.fromkeys(VESSEL_CLASSES, ())
_EXAMPLES = {
    "low_min": "-",
    "usual_min": "{leg_min}",
    "high_min": "-",
    "distance_km": "-",
    "wave_limit_m": "-",
    "wind_limit_kn": "-",
}


class _Ends:
    """What the ends of a leg are called: piers by id or name, landings by island, desa by name."""

    def __init__(self, context: Context) -> None:
        piers = context.given("network")["piers"]
        self._by_name: dict[str, str | None] = {}
        for pier, name in zip(piers["pier_id"], piers["name"], strict=True):
            for text in (pier, name, *re.findall(r"Pulau .*$", name)):
                key = text.casefold()
                # A name of two piers means neither.
                self._by_name[key] = None if key in self._by_name else pier
        self._places = place_index(context.read("units"))
        self._shapes = read_shapes(context, "desa")
        self._land: Land | None = None
        self._outlines: gpd.GeoSeries | None = None

    def find(self, text: str) -> tuple[str, str]:
        """Return the pier an end means, or blank and why it means none."""
        key = " ".join(text.split()).casefold()
        if key in self._by_name:
            pier = self._by_name[key]
            return (pier, "") if pier else ("", " (beberapa dermaga bernama demikian)")
        code = key if key in self._places.units else self._places.resolve(text).code
        if code is None:
            return "", ""
        if self._places.units[code].level != "desa":
            return "", f" (ini {self._places.units[code].level})"
        if self._is_landlocked(code):
            return "", f" ({self._places.units[code].path} tidak berpantai)"
        return f"{DESA_PIER}{code}", ""

    def _is_landlocked(self, code: str) -> bool:
        if self._land is None or self._outlines is None:
            self._land = Land.of(self._shapes)
            outlines = self._shapes.geometry.to_crs(self._land.crs)
            self._outlines = outlines.set_axis(self._shapes["code"].to_list())
        if code not in self._outlines.index:
            return True
        return is_landlocked(self._outlines[code], self._land)


def _build(rows: Rows, frame: pd.DataFrame, context: Context) -> pd.DataFrame:
    ends = context.once(_Ends)
    out = frame.assign(**{name: _find(rows, name, ends) for name in ("from_pier", "to_pier")})
    limits = context.given("network")["vessel_limits"].set_index("vessel_class")["wind_limit_kn"]
    usual = out["vessel_class"].map(limits)
    in_kmh = (out["wind_limit_kn"] / usual - _KMH_PER_KN).abs().le(0.05)
    hints = [f" ({kn:g} kn)" for kn in usual[in_kmh]]
    rows.fault("wind_limit_kn", in_kmh.to_numpy(dtype=bool), "unit_knots", hints)
    for name in _TIMES:  # before the blank ones are filled in, which nobody wrote
        rows.hold("sea_legs", out[[name]].dropna(), {})
    given = out[list(_TIMES)].notna()
    silent = ~given.any(axis=1) & ~np.logical_or.reduce([rows.faulted(name) for name in _TIMES])
    rows.fault("usual_min", silent.to_numpy(), "leg_time_missing")
    _hold_speed(rows, out, context)
    start = f"{context.import_id}/{rows.sheet}/" if rows.sheet else f"{context.import_id}/"
    numbers = [f"{start}{n:04d}" for n in range(1, len(out) + 1)]
    return _filled(out).assign(leg_id=pd.Series(numbers, index=out.index, dtype="str"))


def _hold_speed(rows: Rows, out: pd.DataFrame, context: Context) -> None:
    """Refuse times no vessel of the class needs, and distances far below the straight line."""
    ends = out[["from_pier", "to_pier"]]
    known = ends.notna().all(axis=1) & ends["from_pier"].ne(ends["to_pier"])
    straight = pd.Series(np.nan, index=out.index)
    if known.any():
        straight = context.given("straight_km")(ends[known]).reindex(out.index)
    short = out["distance_km"].lt(_LEAST_OF_STRAIGHT * straight)
    hints = [f" ({_number(km)} km)" for km in straight[short]]
    rows.fault("distance_km", short.to_numpy(dtype=bool), "leg_shorter", hints)
    km = out["distance_km"].mask(short).fillna(straight)
    speeds = context.given("network")["vessel_speeds"].set_index("vessel_class")
    least, most = (out["vessel_class"].map(speeds[n]) for n in ("least_kmh", "greatest_kmh"))
    for name in _TIMES:
        minutes = out[name]
        wrong = minutes.lt(60 * km / most) | minutes.gt(60 * km / least + _MOORING_MIN)
        wrong &= ~np.logical_or.reduce([rows.faulted(other) for other in _TIMES])
        hints = [
            f" ({_number(d)} km / {_number(t)} menit = {_number(60 * d / t)} km/jam; "
            f"{vessel} {_number(low)}–{_number(high)} km/jam)"
            for d, t, vessel, low, high in zip(
                *(part[wrong] for part in (km, minutes, out["vessel_class"], least, most)),
                strict=True,
            )
        ]
        rows.fault(name, wrong.to_numpy(dtype=bool), "leg_speed", hints)


def _number(value: float) -> str:
    """Return a number as an Indonesian reads it, with a decimal below ten."""
    words = f"{value:,.1f}" if value < 10 and value % 1 else f"{value:,.0f}"
    return words.translate(str.maketrans(",.", ".,"))


def _find(rows: Rows, name: str, ends: _Ends) -> pd.Series:
    """Return the pier that a field means, and note what means none, with what was expected."""
    texts = rows.text(name)
    found = {text: ends.find(text) for text in texts.unique() if text}
    wrong = texts.map(lambda text: bool(text) and not found[text][0])
    hints = [found[text][1] for text in texts[wrong]]
    rows.fault(name, wrong.to_numpy(dtype=bool), "leg_end_unknown", hints)
    rows.fault(name, texts.eq("").to_numpy(), "required")
    return texts.map(lambda text: found[text][0] if text and found[text][0] else None).astype("str")


def _filled(out: pd.DataFrame) -> pd.DataFrame:
    """Fill in the times that a row leaves out.

    The usual time is the middle of least and greatest, and one time alone is all three.
    """
    low = out["low_min"].fillna(out["usual_min"]).fillna(out["high_min"])
    high = out["high_min"].fillna(out["usual_min"]).fillna(out["low_min"])
    usual = out["usual_min"].fillna((low + high) / 2)
    return out.assign(low_min=low, usual_min=usual, high_min=high)


def _same_way(stored: pd.DataFrame, new: pd.DataFrame) -> pd.DataFrame:
    """Return the stored legs between the same piers, either way, in the same class."""
    mine = set(_ways(new))
    same = np.array([way in mine for way in _ways(stored)], dtype=bool)
    return stored[same]


def _ways(legs: pd.DataFrame) -> list[frozenset[Any]]:
    columns = (legs["from_pier"], legs["to_pier"], legs["vessel_class"])
    return [frozenset((a, b, c)) for a, b, c in zip(*columns, strict=True)]


SEA_LEGS = Kind(
    name="sealegs",
    table=schema.sea_legs,
    fields=(
        Field("from_pier", None, example="{leg_from}"),
        Field("to_pier", None, example="{leg_to}"),
        Field(
            "vessel_class",
            Type("class", _class_word, "vessel_unknown", "str", "perahu", _CLASSES),
            example="{leg_class}",
        ),
        *(Field(name, DECIMAL, example=example) for name, example in _EXAMPLES.items()),
        *(Field(name) for name in ("vessel", "note", "source_text")),
    ),
    needs=(Need((("from_pier", "to_pier", "vessel_class"),)), Need(tuple((n,) for n in _TIMES))),
    build=_build,
    made=("leg_id",),
    blame={name: (name, *(other for other in _TIMES if other != name)) for name in _TIMES},
    whole=True,
    extend=_of_known_units,
    gone=_same_way,
)
"""Several rows about one leg are kept: they are its spread. Legs of an earlier import between the
same piers in the same class are replaced. ``given["network"]`` holds the shipped network tables.
"""


def superseded(shipped: pd.DataFrame, legs: pd.DataFrame) -> tuple[str, ...]:
    """Return the ids of ``shipped`` legs that ``legs`` stand in place of; both as in the table."""
    mine = set(_ways(legs))
    pairs = zip(shipped["leg_id"], _ways(shipped), strict=True)
    return tuple(leg for leg, way in pairs if way in mine)
