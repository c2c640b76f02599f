"""Views to map layers: the last step before the browser, without a page."""

from __future__ import annotations

import math
from calendar import monthrange
from collections.abc import Sequence
from dataclasses import replace

import folium
import pandas as pd

from analytics.reports.selection import Selection
from geo.codes import level_of
from geo.maps.land import Dots, Legend, Outlined, Painted
from geo.maps.layers import escape, points
from services.dataset import Dataset
from services.hotspots.counts import COUNT_BREAKS, HotspotQuery, HotspotView
from services.maps import FAMILY, MIXED, TPS
from services.memo import memo
from services.texts import day, label, number, text
from services.wording import popup, unit_tooltip

_MARKER = (
    '<div style="background:#17242d;color:#fff;border:2px solid #fff;border-radius:{round};'
    'width:26px;height:26px;line-height:22px;text-align:center;font:700 14px sans-serif">{n}</div>'
)


def hotspot_layers(
    view: HotspotView, data: Dataset, query: HotspotQuery, lang: str, selected: str | None = None
) -> list[Dots | Painted | Outlined]:
    """Return the units and the report points of a view as map layers.

    Parameters
    ----------
    selected
        Code of the unit drawn with a strong outline.
    """
    layers: list[Dots | Painted | Outlined] = [*_units(data, view, query, lang, selected)]
    if query.drill in data.with_polygon:
        layers.append(Outlined(level_of(query.drill), query.drill))
    if len(view.points):
        layers.append(points_layer(view.points, view.reports, data, lang))
    return layers


@memo(16)
def _units(
    data: Dataset, view: HotspotView, query: HotspotQuery, lang: str, selected: str | None
) -> tuple[Painted, ...]:
    drawn = view.units[view.units.index.isin(data.with_polygon)].assign(measure=query.measure)
    families = list(query.selection.families or ())
    painted = []
    for level, rows in drawn.groupby("level", sort=False):
        tips = {str(code): unit_tooltip(row, families, lang) for code, row in rows.iterrows()}
        plain = _painted(str(level), rows, query, lang)
        painted.append(replace(plain, tips=tips, selected=selected))
    return tuple(painted)


def painted_units(view: HotspotView, data: Dataset, query: HotspotQuery, lang: str) -> Painted:
    """Return the units of a view with none opened, as colours and labels alone."""
    return _painted(query.level, view.whole[view.whole.index.isin(data.with_polygon)], query, lang)


def _painted(level: str, rows: pd.DataFrame, query: HotspotQuery, lang: str) -> Painted:
    counted = rows[rows["class"].str.isdigit()]
    digits = 2 if query.measure == "rate" else 0
    return Painted(
        level=level,
        fills={str(code): _fill(colour) for code, colour in rows["colour"].items()},
        labels={str(code): number(n, lang, digits) for code, n in counted["value"].items()},
        dashed=frozenset(counted.index[counted["estimated"].astype(bool)]),
    )


def _fill(colour: object) -> str | None:
    return colour if isinstance(colour, str) else None


def points_layer(frame: pd.DataFrame, reports: pd.DataFrame, data: Dataset, lang: str) -> Dots:
    """Return places of reports as dots that open what was reported there.

    ``frame`` is what `services.hotspots.counts.report_points` returns of ``reports``.
    """

    def opened(key: str) -> str:
        approximate = frame.loc[frame["key"].eq(key), "approximate"].iloc[0]
        return popup(_rows_at(reports, key), data, lang, bool(approximate))

    return Dots(_dots(data, frame, reports, lang), opened)


def _rows_at(reports: pd.DataFrame, key: str) -> pd.DataFrame:
    """Return the reports of a dot: of a unit, or the one that has a place of its own."""
    rows = reports[reports["unit"].eq(key)]
    return reports[reports["report_id"].eq(key)] if rows.empty else rows


@memo(16)
def _dots(data: Dataset, frame: pd.DataFrame, reports: pd.DataFrame, lang: str) -> pd.DataFrame:
    unit = reports.set_index("report_id")["unit"]
    units = set(unit)
    names = [escape(data.names[key if key in units else unit[key]]) for key in frame["key"]]
    tips = [
        text("hotspot.point_tooltip", lang, name=name, n=number(n, lang))
        for name, n in zip(names, frame["n"], strict=True)
    ]
    return frame.assign(
        colour=frame["family"].map(FAMILY).fillna(MIXED),
        radius=5 + 2.2 * frame["n"].pow(0.5),
        tip=pd.Series(tips, index=frame.index, dtype="object"),
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


def hotspot_legend(
    view: HotspotView, query: HotspotQuery, lang: str, dots: Sequence[tuple[str, str]] = ()
) -> Legend:
    """Return the legend of a map of counts or rates: of the level drawn, with period and n.

    ``dots`` are colour and words of marks that are no units.
    """
    rows = view.reports[view.reports["family"].eq(query.family)]
    n = len(rows) if query.measure == "reports" else rows["perkara_id"].nunique()
    return Legend(
        title=legend_title(query, lang),
        sub=period_words(query.selection, n, lang),
        rows=[
            (_fill(colour), words, number(n, lang))
            for colour, words, n in legend_rows(view, query.measure, lang)
        ],
        dots=dots,
    )


def legend_title(query: HotspotQuery, lang: str) -> str:
    """Return what the classes of a map of counts or rates are of."""
    return text(
        "hotspot.legend_title",
        lang,
        family=label("family", query.family, lang),
        measure=label("measure", f"{query.measure}_long", lang),
        level=label("level", query.level, lang).lower(),
    )


def period_words(selection: Selection, n: int, lang: str) -> str:
    """Return the period of a selection and ``n``, how many affairs or reports are in it.

    A whole month is called by its name.
    """
    last = min(selection.date_to or selection.as_of, selection.as_of)
    start, end = selection.date_from, day(last, lang, "short")
    if start is None:
        window = text("window.text_all", lang, end=end)
    elif start.day == 1 and last == start.replace(day=monthrange(start.year, start.month)[1]):
        window = day(start, lang, "month")
    else:
        window = text("window.text_from", lang, start=day(start, lang, "short"), end=end)
    return text("map.legend_period", lang, window=window, n=number(n, lang))


def legend_rows(view: HotspotView, measure: str, lang: str) -> list[tuple[str | None, str, int]]:
    """Return the classes in use: fill, words, and how many units of the level are in each."""
    highest = view.whole.loc[view.whole["class"].str.isdigit(), "value"].max()
    return [
        (
            _fill(colour),
            class_words(measure, int(key), lang, view.breaks, highest)
            if key.isdigit()
            else label("state", key, lang),
            n_units,
        )
        for key, colour, n_units in view.legend.itertuples(index=False)
    ]


def class_words(
    measure: str,
    position: int,
    lang: str,
    breaks: Sequence[float] = COUNT_BREAKS,
    highest: float = math.inf,
) -> str:
    """Return the bounds of a class of counts or rates in words, such as ``2–3``.

    ``highest`` is the highest figure, where it is known.
    """
    digits = 2 if measure == "rate" else 0
    low = breaks[position]
    if position + 1 == len(breaks) and low == highest:
        return number(low, lang, digits)
    if position + 1 == len(breaks):
        return text("hotspot.legend_more", lang, low=number(low, lang, digits))
    # Rates run up to the next bound, whole counts to the number before it.
    high = breaks[position + 1] - (measure != "rate")
    if high == low:
        return number(low, lang)
    return text(
        "hotspot.legend_range", lang, low=number(low, lang, digits), high=number(high, lang, digits)
    )
