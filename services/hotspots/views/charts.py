"""Affairs by month, family and unit: the numbers of the map and the table as bars.

Each chart holds what the other filters leave: a month is counted for the unit that is open, a unit
for the month that is chosen.
"""

from __future__ import annotations

import html
import re
from calendar import monthrange
from collections.abc import Iterable
from dataclasses import replace
from datetime import date

import pandas as pd
import plotly.graph_objects as go

from analytics.reports.dates import span_days
from analytics.reports.selection import Selection, choose
from services.dataset import Dataset
from services.hotspots.counts import HotspotQuery, HotspotView
from services.maps import FAMILY
from services.texts import FAMILIES, day, label, number

UNITS_SHOWN = 8
_MONTH = re.compile(r"([0-9]{4})-([0-9]{2})")
_INK, _LINE, _FADED = "#17242d", "#d5dde3", 0.35
_FONT = {"color": _INK, "size": 13, "family": "Source Sans, sans-serif"}
_MONTHS_PX, _ROW_PX, _FOOT_PX = 190, 30, 16


def month_of(words: str | None) -> date | None:
    """Return the first day of a month written ``2024-02``; None for anything else."""
    found = _MONTH.fullmatch(words or "")
    if found is None or not (1 <= int(found[2]) <= 12 and int(found[1]) >= 1):
        return None
    return date(int(found[1]), int(found[2]), 1)


def within_month(query: HotspotQuery, month: date) -> HotspotQuery | None:
    """Return a query for what happened in a month of its window, as known on the same day.

    None for a month that lies outside the window.
    """
    chosen = query.selection
    last = month.replace(day=monthrange(month.year, month.month)[1])
    start = max(month, chosen.date_from or month)
    end = min(last, chosen.date_to or chosen.as_of)
    if start > end:
        return None
    return replace(query, selection=replace(chosen, date_from=start, date_to=end))


def affairs_by_month(data: Dataset, query: HotspotQuery, unit: str | None) -> pd.DataFrame:
    """Return the affairs of each month of the window and each family of a query.

    Parameters
    ----------
    unit
        Code of the unit that they are about; None for all.

    Returns
    -------
    DataFrame
        ``month`` (its first day), ``family``, ``affairs``, without gaps between the first month
        and the last. An affair reported in two months counts in both; reports known to the year
        only are in none.
    """
    rows = _reports(data, query.selection, unit)
    first, last = (
        pd.Series(days.astype("datetime64[s]"), index=rows.index).dt.to_period("M")
        for days in span_days(rows)
    )
    rows = rows.assign(month=first)[first.eq(last)]
    families = list(query.selection.families or FAMILIES)
    if rows.empty:
        return pd.DataFrame({"month": pd.to_datetime([]), "family": [], "affairs": []})
    months = pd.period_range(rows["month"].min(), rows["month"].max(), freq="M")
    index = pd.MultiIndex.from_product([months, families], names=["month", "family"])
    found = rows.groupby(["month", "family"])["perkara_id"].nunique().reindex(index, fill_value=0)
    table = found.rename("affairs").reset_index()
    return table.assign(month=table["month"].dt.to_timestamp())


def affairs_by_family(data: Dataset, query: HotspotQuery, unit: str | None) -> pd.Series:
    """Return the affairs of every family that has any, by key, in the order of the families.

    ``unit`` is as for `affairs_by_month`. Families are never added up.
    """
    rows = _reports(data, replace(query.selection, families=FAMILIES), unit)
    found = rows.groupby("family")["perkara_id"].nunique().reindex(FAMILIES, fill_value=0)
    return found[found > 0].rename("affairs")


def affairs_by_unit(view: HotspotView, query: HotspotQuery) -> pd.DataFrame:
    """Return the units of the map with most affairs of its family: ``name``, ``affairs``, by code.

    At most `UNITS_SHOWN`; of equals the first by name.
    """
    units = view.units[["name", f"affairs_{query.family}"]].set_axis(["name", "affairs"], axis=1)
    units = units[units["affairs"] > 0].sort_values(["affairs", "name"], ascending=[False, True])
    return units.head(UNITS_SHOWN)


def _reports(data: Dataset, selection: Selection, unit: str | None) -> pd.DataFrame:
    rows = choose(data.reports, selection).listed
    rows = rows[~rows["is_total"]]
    if unit is None:
        return rows
    return rows[rows["unit"].eq(unit) | rows["unit"].str.startswith(f"{unit}.")]


def months_figure(table: pd.DataFrame, chosen: date | None, lang: str) -> go.Figure:
    """Return `affairs_by_month` as columns of stacked families.

    Parameters
    ----------
    table
        As `affairs_by_month` returns it.
    chosen
        First day of the month that stands out.
    """
    figure = go.Figure()
    keys = table["month"].dt.strftime("%Y-%m") if len(table) else table["month"]
    for family in dict.fromkeys(table["family"]):
        own = table["family"].eq(family)
        rows = table[own]
        figure.add_bar(
            x=rows["month"],
            y=rows["affairs"],
            customdata=keys[own],
            name=label("family", family, lang),
            marker={
                "color": FAMILY[str(family)],
                "opacity": _opacity(month.date() == chosen for month in rows["month"]),
            },
            hovertext=[
                f"{day(month, lang, 'month')}: {number(n, lang)}"
                for month, n in zip(rows["month"], rows["affairs"], strict=True)
            ],
            hoverinfo="text+name",
        )
    _base(figure, _MONTHS_PX, lang)
    figure.update_layout(barmode="stack", bargap=0.1, showlegend=True)
    figure.update_layout(legend={"orientation": "h", "y": 1.02, "yanchor": "bottom", "x": 0})
    months = sorted(set(table["month"]))
    shown = months[:: max(1, -(-len(months) // 6))]
    figure.update_xaxes(
        tickvals=shown, ticktext=[day(month, lang, "month_short") for month in shown]
    )
    most = int(table.groupby("month")["affairs"].sum().max()) if len(table) else 1
    figure.update_yaxes(dtick=max(1, -(-most // 4)), tickformat="d", gridcolor=_LINE)
    return figure


def families_figure(affairs: pd.Series, chosen: str, lang: str) -> go.Figure:
    """Return bars in the families' colours.

    Parameters
    ----------
    affairs
        As `affairs_by_family` returns it.
    chosen
        The family that stands out.
    """
    names = [label("family", family, lang) for family in affairs.index]
    colours = [FAMILY[str(family)] for family in affairs.index]
    return _bars(names, affairs, colours, [family == chosen for family in affairs.index], lang)


def units_figure(units: pd.DataFrame, family: str, chosen: str | None, lang: str) -> go.Figure:
    """Return bars in the colour of a family.

    Parameters
    ----------
    units
        As `affairs_by_unit` returns it.
    chosen
        Code of the unit that is open: it, or what it is a part of, stands out.
    """
    inside = [chosen is not None and f"{chosen}.".startswith(f"{code}.") for code in units.index]
    return _bars(list(units["name"]), units["affairs"], [FAMILY[family]] * len(units), inside, lang)


def _opacity(stands_out: Iterable[bool]) -> list[float]:
    """Return how strong each bar is: all alike where none stands out."""
    marks = list(stands_out)
    return [1.0 if mark or not any(marks) else _FADED for mark in marks]


def _bars(
    names: list[str], affairs: pd.Series, colours: list[str], stands_out: list[bool], lang: str
) -> go.Figure:
    """Return horizontal bars, the first on top, each with its number and its key as custom data."""
    words = [html.escape(name) for name in names]  # the chart would read tags in them
    most = max(float(affairs.max()), 1.0) if len(affairs) else 1.0
    figure = go.Figure(
        go.Bar(
            x=affairs.to_numpy(),
            y=list(affairs.index),
            customdata=list(affairs.index),
            orientation="h",
            marker={"color": colours, "opacity": _opacity(stands_out)},
            # Bars with words and an opacity each: without these two plotly fails on a click.
            selected={"marker": {"opacity": 1}},
            unselected={"marker": {"opacity": _FADED}},
            text=[number(n, lang) for n in affairs],
            textposition="outside",
            hovertext=words,
            hoverinfo="text",
        )
    )
    _base(figure, _FOOT_PX + _ROW_PX * max(len(affairs), 1), lang)
    figure.update_xaxes(showticklabels=False, showgrid=False, range=[0, 1.12 * most])
    figure.update_yaxes(
        type="category",
        autorange="reversed",
        tickvals=list(affairs.index),
        ticktext=words,
        automargin=True,
    )
    return figure


def _base(figure: go.Figure, height: int, lang: str) -> None:
    figure.update_layout(
        separators=",." if lang == "id" else ".,",
        height=height,
        margin={"l": 8, "r": 16, "t": 4, "b": 8},
        paper_bgcolor="rgba(0,0,0,0)",
        plot_bgcolor="#ffffff",
        font=_FONT,
        showlegend=False,
        dragmode=False,
    )
    figure.update_xaxes(fixedrange=True)
    figure.update_yaxes(fixedrange=True)
