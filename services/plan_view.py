"""A plan document as figures, tables and a Gantt chart."""

from __future__ import annotations

from typing import Any

import pandas as pd
import plotly.graph_objects as go

from services.dataset import Dataset
from services.texts import label, number, text

MODE_COLOUR = {"truck": "#e69f00", "boat": "#0072b2", "local": "#009e73"}
_ROW_PX = 22


def stop_rows(document: dict[str, Any]) -> pd.DataFrame:
    """Return every stop of every trip as a row, times in WIB."""
    rows = [
        {
            "trip_id": trip["trip_id"],
            "vehicle_id": trip["vehicle_id"],
            "mode": trip["mode"],
            "seq": seq,
            "place": stop["place_code"],
            "arrive": stop["arrive"],
            "depart": stop["depart"],
            "load": stop["load_boxes"],
            "unload": stop["unload_boxes"],
            "tps": len(stop["tps"]),
            "tps_ids": ", ".join(stop["tps"]),
            "latest_depart": trip["latest_depart"],
        }
        for trip in document["trips"]
        for seq, stop in enumerate(trip["stops"])
    ]
    frame = pd.DataFrame(rows)
    for column in ("arrive", "depart", "latest_depart"):
        if column in frame.columns:
            stamps = pd.to_datetime(frame[column], utc=True)
            frame[column] = stamps.dt.tz_convert("Asia/Jakarta").dt.tz_localize(None)
    return frame


def place_label(data: Dataset, code: str) -> str:
    """Return the name of a desa, pier, landing or warehouse of a plan."""
    if code in data.names.index:
        return str(data.names[code])
    nodes = data.network.network.nodes.set_index("node_id")["name"]
    return str(nodes.get(code, code))


def manifest(document: dict[str, Any], data: Dataset, lang: str) -> pd.DataFrame:
    """Return the manifest: per vehicle and trip where it stops, when, with how many boxes."""
    rows = stop_rows(document)
    if rows.empty:
        return rows
    columns = {
        "vehicle": rows["vehicle_id"],
        "trip": rows["trip_id"],
        "mode": [label("plan_mode", mode, lang) for mode in rows["mode"]],
        "place": [place_label(data, code) for code in rows["place"]],
        "code": rows["place"],
        "arrive": rows["arrive"].dt.strftime("%d/%m/%Y %H:%M"),
        "depart": rows["depart"].dt.strftime("%d/%m/%Y %H:%M"),
        "load": rows["load"],
        "unload": rows["unload"],
        "tps": rows["tps"],
        "tps_ids": rows["tps_ids"],
        "signed": "",
    }
    return pd.DataFrame(
        {label("manifest", key, lang): pd.Series(v).array if key != "signed" else v
         for key, v in columns.items()},
    )  # fmt: skip


def tightest(document: dict[str, Any], data: Dataset, lang: str, n: int = 10) -> pd.DataFrame:
    """Return the deliveries with the least slack before the deadline."""
    found = pd.DataFrame(document["deliveries"])
    if found.empty:
        return found
    found = found.sort_values(["slack_min", "place_code"]).head(n)
    delivered = pd.to_datetime(found["delivered"], utc=True).dt.tz_convert("Asia/Jakarta")
    return pd.DataFrame(
        {
            label("manifest", "place", lang): [place_label(data, c) for c in found["place_code"]],
            label("manifest", "delivered", lang): delivered.dt.strftime("%d/%m %H:%M").array,
            label("manifest", "latest", lang): pd.to_datetime(found["latest_depart"], utc=True)
            .dt.tz_convert("Asia/Jakarta")
            .dt.strftime("%d/%m %H:%M")
            .array,
            label("manifest", "slack", lang): [number(s / 60, lang, 1) for s in found["slack_min"]],
        }
    )


def plan_gantt(document: dict[str, Any], lang: str) -> go.Figure:
    """Return trips as bars per vehicle, with the deadline as a line."""
    rows = stop_rows(document)
    trips = rows.groupby(["vehicle_id", "trip_id", "mode"], as_index=False).agg(
        start=("arrive", "min"), end=("depart", "max"), tps=("tps", "sum"), stops=("place", "size")
    )
    trips = trips.sort_values(["mode", "vehicle_id", "start"])
    figure = go.Figure()
    for mode, colour in MODE_COLOUR.items():
        own = trips[trips["mode"].eq(mode)]
        if own.empty:
            continue
        words = [
            text(
                "plan.gantt_tip", lang, vehicle=row.vehicle_id,
                start=row.start.strftime("%d/%m %H:%M"), end=row.end.strftime("%d/%m %H:%M"),
                stops=row.stops - 2, tps=number(row.tps, lang),
            )
            for row in own.itertuples()
        ]  # fmt: skip
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
    deadline = pd.Timestamp(document["deadline"]).tz_convert("Asia/Jakarta").tz_localize(None)
    figure.add_shape(
        type="line", x0=deadline, x1=deadline, y0=0, y1=1, yref="paper",
        line={"color": "#c1121f", "width": 2},
    )  # fmt: skip
    figure.add_annotation(
        x=deadline, y=1, yref="paper", yanchor="bottom", showarrow=False,
        text=text("plan.deadline", lang), font={"color": "#c1121f"},
    )  # fmt: skip
    figure.update_layout(
        height=120 + _ROW_PX * trips["vehicle_id"].nunique(),
        margin={"l": 8, "r": 12, "t": 36, "b": 8},
        barmode="overlay",
        plot_bgcolor="#ffffff",
        paper_bgcolor="rgba(0,0,0,0)",
        font={"size": 13, "color": "#17242d"},
        legend={"orientation": "h", "y": -0.02, "yanchor": "top"},
    )
    figure.update_xaxes(type="date", tickformat="%d/%m %H:%M", side="top", gridcolor="#d5dde3")
    figure.update_yaxes(autorange="reversed", gridcolor="#eef2f4", automargin=True)
    return figure


def faults_words(document: dict[str, Any], data: Dataset, lang: str) -> list[str]:
    """Return why a plan failed its audit, the same kind of fault once with its number."""
    faults = pd.DataFrame((document.get("verdict") or {}).get("faults", []))
    words = []
    if len(faults):
        for key, some in faults.groupby("key"):
            places = ", ".join(
                sorted({place_label(data, c) for c in some["place_code"].dropna()})[:5]
            )
            words.append(
                text(
                    "plan.fault", lang, fault=label("plan_fault", key, lang), n=len(some),
                    places=places or "–",
                )
            )  # fmt: skip
    for item in document.get("unserved") or []:
        words.append(
            text(
                "plan.unserved", lang, place=place_label(data, item["place_code"]),
                tps=item["tps_count"], reason=label("plan_reason", item["reason"], lang),
            )
        )  # fmt: skip
    return words
