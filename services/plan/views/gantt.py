"""A plan in time: a row per vehicle, the hours it may not go, and how late it may leave."""

from __future__ import annotations

from html import escape
from itertools import pairwise
from textwrap import wrap
from typing import Any

import pandas as pd
import plotly.graph_objects as go

from analytics.network.open_times import Calendar, both, minus
from data.province import zone
from services.dataset import Dataset
from services.plan.views.view import MODE_COLOUR, place_label, stop_rows, stops_in
from services.texts import label, number, text

_ROW_PX = 24
_NIGHT, _SEA, _LATEST, _DEADLINE = "#dfe4e8", "#bcd6ec", "#17242d", "#c1121f"
_NAME_LETTERS, _NAME_TAIL, _LETTER_PX = 18, 6, 8
"""A longer name is cut in the middle, since vehicles of one kind differ at the end."""
_TIP_LETTERS = 40
_PAD = pd.Timedelta(minutes=30)


def plan_gantt(document: dict[str, Any], data: Dataset, lang: str) -> go.Figure:
    """Return trips as bars per vehicle.

    Pale: loading and unloading at stops; full: from the first departure to being back. Grey: hours
    in which the mode does not work; blue: the sea is closed to this boat; tick: the latest
    departure with usual times. The line is the deadline, its word in a row of its own. Long names
    of vehicles are cut, and whole in the tip.
    """
    rows = stop_rows(document)
    trips = rows.groupby(["vehicle_id", "trip_id", "mode"], as_index=False).agg(
        start=("arrive", "min"),
        leave=("depart", "min"),
        end=("arrive", "max"),
        tps=("tps", "sum"),
        stops=("place", "size"),
        latest=("latest_depart", "first"),
    )
    order = list(MODE_COLOUR)
    trips = trips.sort_values(
        ["mode", "vehicle_id", "start"], key=lambda s: s.map(order.index) if s.name == "mode" else s
    )
    vehicles = trips.drop_duplicates("vehicle_id")[["vehicle_id", "mode"]]
    names = [_cut(name) for name in vehicles["vehicle_id"]]
    figure = go.Figure()
    for mode, colour in MODE_COLOUR.items():
        own = trips[trips["mode"].eq(mode)]
        if len(own):
            _bars(figure, own, rows, mode, colour, data, lang)
    _latest(figure, trips, lang)
    deadline = pd.Timestamp(document["deadline"]).tz_convert(zone()).tz_localize(None)
    span = (trips["start"].min() - _PAD, max(trips["end"].max(), deadline) + _PAD)
    _closed(figure, document, vehicles, span, lang)
    _deadline(figure, deadline, text("plan.deadline", lang))
    figure.update_layout(
        height=110 + _ROW_PX * (len(vehicles) + 1),
        margin={"l": 12 + _LETTER_PX * max(map(len, names), default=0), "r": 12, "t": 48, "b": 8},
        barmode="overlay",
        bargap=0.25,
        plot_bgcolor="#ffffff",
        paper_bgcolor="rgba(0,0,0,0)",
        font={"size": 13, "color": "#17242d"},
        legend={"orientation": "h", "y": -0.02, "yanchor": "top"},
        hoverlabel={"align": "left"},
    )
    figure.update_xaxes(
        type="date", tickformat="%H:%M\n%d/%m", side="top", gridcolor="#d5dde3", range=list(span)
    )
    figure.update_yaxes(
        categoryorder="array",
        categoryarray=vehicles["vehicle_id"].tolist()[::-1],
        tickvals=vehicles["vehicle_id"].tolist(),
        ticktext=[_plain(name) for name in names],
        range=[-1.6, len(vehicles) - 0.4],
        showgrid=False,
    )
    return figure


def _plain(words: str) -> str:
    """Return words so that the drawing shows them as typed: it reads some HTML."""
    return escape(words, quote=False)


def _cut(name: str) -> str:
    if len(name) <= _NAME_LETTERS:
        return name
    return f"{name[: _NAME_LETTERS - _NAME_TAIL - 1]}…{name[-_NAME_TAIL:]}"


def _tip(words: str) -> str:
    return "<br>".join(_plain(line) for line in wrap(words, _TIP_LETTERS))


def _bars(
    figure: go.Figure,
    own: pd.DataFrame,
    rows: pd.DataFrame,
    mode: str,
    colour: str,
    data: Dataset,
    lang: str,
) -> None:
    words = [
        text(
            "plan.gantt_tip",
            lang,
            vehicle=_tip(row["trip_id"]),
            start=f"{row['start']:%d/%m %H:%M}",
            leave=f"{row['leave']:%H:%M}",
            end=f"{row['end']:%H:%M}",
            latest="–" if pd.isna(row["latest"]) else f"{row['latest']:%d/%m %H:%M}",
            stops=row["stops"] - 2,
            tps=number(row["tps"], lang),
        )
        for _, row in own.iterrows()
    ]
    figure.add_bar(
        base=own["start"],
        x=(own["end"] - own["start"]).dt.total_seconds() * 1000,
        y=own["vehicle_id"],
        orientation="h",
        name=label("plan_mode", mode, lang),
        marker={"color": colour, "line": {"color": "#ffffff", "width": 1}},
        customdata=words,
        hovertemplate="%{customdata}<extra></extra>",
    )
    at_stop = rows[rows["trip_id"].isin(own["trip_id"]) & rows["done"].gt(rows["arrive"])]
    places = [
        text(
            "plan.gantt_stop",
            lang,
            place=_tip(place_label(data, row.place)),
            load=row.load,
            start=f"{row.arrive:%H:%M}",
            end=f"{row.done:%H:%M}",
            unload=row.unload,
        )
        for row in stops_in(at_stop)
    ]
    figure.add_bar(
        base=at_stop["arrive"],
        x=(at_stop["done"] - at_stop["arrive"]).dt.total_seconds() * 1000,
        y=at_stop["vehicle_id"],
        orientation="h",
        showlegend=False,
        marker={"color": "rgba(255,255,255,0.55)"},
        customdata=places,
        hovertemplate="%{customdata}<extra></extra>",
    )


def _latest(figure: go.Figure, trips: pd.DataFrame, lang: str) -> None:
    """Draw from each departure a thin line to the latest, with a tick at its end."""
    own = trips.dropna(subset=["latest"])
    ends = zip(own["leave"], own["latest"], strict=True)
    figure.add_scatter(
        x=[at for leave, latest in ends for at in (leave, latest, None)],
        y=[at for vehicle in own["vehicle_id"] for at in (vehicle, vehicle, None)],
        mode="lines",
        line={"color": _LATEST, "width": 1},
        showlegend=False,
        hoverinfo="skip",
    )
    figure.add_scatter(
        x=own["latest"],
        y=own["vehicle_id"],
        mode="markers",
        name=text("plan.latest", lang),
        marker={"symbol": "line-ns", "size": 13, "line": {"width": 2.5, "color": _LATEST}},
        customdata=own["trip_id"].map(_tip),
        hovertemplate="%{customdata}: %{x|%d/%m %H:%M}<extra></extra>",
    )


def _deadline(figure: go.Figure, at: pd.Timestamp, words: str) -> None:
    figure.add_shape(
        type="line", x0=at, x1=at, y0=0, y1=1, yref="paper", line={"color": _DEADLINE, "width": 2}
    )
    figure.add_annotation(
        x=at,
        y=0,
        yref="paper",
        yanchor="bottom",
        xanchor="right",
        showarrow=False,
        text=words,
        font={"color": _DEADLINE, "size": 12},
        bgcolor="rgba(255,255,255,0.8)",
    )


def _closed(
    figure: go.Figure,
    document: dict[str, Any],
    vehicles: pd.DataFrame,
    span: tuple[pd.Timestamp, pd.Timestamp],
    lang: str,
) -> None:
    """Shade the hours in which a vehicle may not go."""
    windows = pd.DataFrame(
        document["inputs"]["windows"],
        columns=["scope", "key", "vessel_class", "opens", "closes", "is_open"],
    )
    for column in ("opens", "closes"):
        windows[column] = pd.to_datetime(windows[column], utc=True).dt.tz_convert(zone())
    calendar = Calendar(windows, span[0].tz_localize(zone()))
    whole = ((0.0, (span[1] - span[0]) / pd.Timedelta(minutes=1)),)
    areas = _areas(document)
    shapes, shades = list(figure.layout.shapes), set()
    upwards = vehicles.iloc[::-1]
    for at, (vehicle, mode) in enumerate(zip(upwards["vehicle_id"], upwards["mode"], strict=True)):
        hours = both(whole, calendar.of("mode", mode))
        sea = hours
        for area, cls in areas.get(vehicle, ()):
            sea = both(sea, calendar.of("area", area, cls))
        for colour, shut in ((_NIGHT, minus(whole, hours)), (_SEA, minus(hours, sea))):
            shades |= {colour} if shut else set()
            shapes += [
                {
                    "type": "rect",
                    "layer": "below",
                    "fillcolor": colour,
                    "line": {"width": 0},
                    "x0": span[0] + pd.Timedelta(minutes=opens),
                    "y0": at - 0.5,
                    "x1": span[0] + pd.Timedelta(minutes=closes),
                    "y1": at + 0.5,
                }
                for opens, closes in shut
            ]
    figure.update_layout(shapes=shapes)
    for colour, key in ((_NIGHT, "plan.no_hours"), (_SEA, "plan.sea_shut")):
        if colour in shades:
            figure.add_scatter(
                x=[None],
                y=[None],
                mode="markers",
                name=text(key, lang),
                marker={"symbol": "square", "size": 12, "color": colour},
            )


def _areas(document: dict[str, Any]) -> dict[str, set[tuple[str, str | None]]]:
    """Return the sea areas that each boat crosses, with its class."""
    known = {
        (leg["from_code"], leg["to_code"]): leg["area"]
        for leg in document["inputs"]["legs"]
        if leg["mode"] == "boat"
    }
    found: dict[str, set[tuple[str, str | None]]] = {}
    for trip in document["trips"]:
        if trip["mode"] != "boat":
            continue
        codes = [stop["place_code"] for stop in trip["stops"]]
        for pair in pairwise(codes):
            area = known.get(pair) or known.get(pair[::-1])
            if area:
                found.setdefault(trip["vehicle_id"], set()).add((area, trip["vessel_class"]))
    return found


def tight_trips(document: dict[str, Any], minutes: float = 120.0) -> int:
    """Return how many trips leave less than so many minutes before their latest departure."""
    trips = (
        stop_rows(document)
        .groupby("trip_id")
        .agg(leave=("depart", "min"), latest=("latest_depart", "first"))
    )
    spare = (trips["latest"] - trips["leave"]).dt.total_seconds() / 60
    return int((spare.isna() | spare.lt(minutes)).sum())
