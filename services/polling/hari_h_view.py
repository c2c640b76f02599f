"""The board of the voting day as tables, a figure and map layers."""

from __future__ import annotations

from datetime import date

import folium
import pandas as pd
import plotly.graph_objects as go

from analytics.polling.hari_h import SILENT, STATUSES
from geo.maps.land import Painted
from geo.maps.layers import escape
from services.dataset import Dataset
from services.polling.hari_h import DayBoard, answered, by_desa, by_kecamatan, clock_words
from services.texts import day, label, number, text

STATUS_COLOUR = {
    "buka": "#0072b2",
    "terlambat": "#e69f00",
    "masalah": "#d55e00",
    "selesai": "#009e73",
    "belum_menjawab": "#9aa7b0",
}
"""Okabe and Ito's colours; grey for silence."""
STATUS_MARK = {"buka": "●", "terlambat": "◆", "masalah": "▲", "selesai": "✔", "belum_menjawab": "○"}
"""A shape beside each colour."""
ANSWERED_SHADES = ("#f4f2ec", "#dbe7ef", "#b3cfe0", "#7fb0cc", "#4489b0")
ANSWERED_BREAKS = (0.0, 0.01, 0.5, 0.9, 0.9999)
"""Lower ends of the share of stations that have reported: none, some, half, most, all."""
TROUBLE = ("masalah", "terlambat")
"""States that bear a mark on the map, the worst first."""
_MARK = (
    '<div style="background:{colour};color:#fff;border:2px solid #fff;border-radius:{round};'
    'width:26px;height:26px;line-height:22px;text-align:center;font:700 13px sans-serif">{n}</div>'
)


def status_words(status: str, lang: str) -> str:
    """Return a status with its shape."""
    return f"{STATUS_MARK[status]} {label('day_status', status, lang)}"


def day_finding(found: DayBoard, lang: str) -> str:
    """Return how many stations have reported and what they report, in one sentence."""
    election, total = label("election", found.election, lang), number(len(found.state), lang)
    heard = answered(found)
    if not heard:
        return text("hari.finding_none", lang, election=election, total=total)
    return text(
        "hari.finding",
        lang,
        election=election,
        total=total,
        heard=number(heard, lang),
        silent=number(found.count(SILENT), lang),
        open=number(found.count("buka"), lang),
        late=number(found.count("terlambat"), lang),
        trouble=number(found.count("masalah"), lang),
        done=number(found.count("selesai"), lang),
    )


def day_sub(found: DayBoard, data: Dataset, today: date, lang: str) -> str:
    """Return the moment of the board, the last word, and who has been silent longest, in one line.

    ``today`` tells whether the vote is today: on another day the line says so.
    """
    parts = []
    if today != found.day:
        key = "hari.not_today" if today < found.day else "hari.not_today_past"
        parts.append(text(key, lang, day=day(found.day, lang)))
    if not answered(found):
        return " · ".join(parts)
    parts.append(text("hari.at", lang, time=clock_words(found.at, found.day)))
    last = found.state.sort_values("at", ascending=False, kind="stable").iloc[0]
    time = clock_words(last["at"], found.day)
    parts.append(text("hari.told_last", lang, time=time, **_station(last, data)))
    return " · ".join([*parts, *_silent_words(found, data, lang)])


def _station(row: pd.Series, data: Dataset) -> dict[str, str]:
    return {"tps": str(row["number"]), "desa": str(data.names[row["desa_code"]])}


def _silent_words(found: DayBoard, data: Dataset, lang: str) -> list[str]:
    """Return which kecamatan never reported; else the station that has been silent longest."""
    counts = by_kecamatan(found)
    silent = counts[counts[SILENT].eq(counts["total"])]
    if len(silent):
        place = _kecamatan(data, str(silent["total"].idxmax()))
        n = number(len(silent), lang)
        return [text("hari.silent_kecamatan", lang, n=n, place=place)]
    waiting = found.state[found.state["status"].ne("selesai")]
    if waiting.empty:
        return []
    row = waiting.sort_values("silent_min", ascending=False, kind="stable").iloc[0]
    span = _minutes(row["silent_min"], lang)
    return [text("hari.silent_tps", lang, span=span, **_station(row, data))]


def kecamatan_rows(found: DayBoard, data: Dataset, lang: str) -> pd.DataFrame:
    """Return the counter: stations by state per kecamatan, most to call first, and the total."""
    counts = by_kecamatan(found)
    counts = counts.sort_values(["due", "total"], ascending=False, kind="stable")
    names = [_kecamatan(data, code) for code in counts.index]
    total = counts.sum().to_frame().T
    counts = pd.concat([total, counts], ignore_index=True)
    columns = {text("hari.col_kecamatan", lang): [text("hari.all", lang), *names]}
    for status in STATUSES:
        columns[status_words(status, lang)] = counts[status].tolist()
    columns[text("hari.col_due", lang)] = counts["due"].tolist()
    columns["TPS"] = counts["total"].tolist()
    return pd.DataFrame(columns)


def _kecamatan(data: Dataset, code: str) -> str:
    return f"{data.names[code]} ({data.names[code.rpartition('.')[0]]})"


def call_rows(found: DayBoard, data: Dataset, lang: str) -> pd.DataFrame:
    """Return the stations to call now: where, why, for how long, and the last report."""
    rows = found.calls
    names = data.names
    return pd.DataFrame(
        {
            text("hari.col_due", lang): [label("due", reason, lang) for reason in rows["due"]],
            text("hari.col_overdue", lang): [_minutes(m, lang) for m in rows["due_min"]],
            "TPS": rows["number"].to_numpy(),
            text("level.desa", lang): [names[code] for code in rows["desa_code"]],
            text("hari.col_kecamatan", lang): [
                _kecamatan(data, code) for code in rows["kecamatan_code"]
            ],
            text("hari.col_last", lang): [
                "–" if pd.isna(at) else clock_words(at, found.day) for at in rows["at"]
            ],
            text("hari.col_note", lang): rows["note"].fillna("").to_numpy(),
        }
    )


def _minutes(minutes: float, lang: str) -> str:
    hours, rest = divmod(round(minutes), 60)
    if hours:
        return text("hari.hours_minutes", lang, hours=hours, minutes=f"{rest:02d}")
    return text("hari.minutes", lang, n=rest)


def last_rows(found: DayBoard, data: Dataset, lang: str, limit: int = 12) -> list[tuple[str, str]]:
    """Return the lines written last as ``(status_id, words)``, newest first."""
    rows = []
    for _, row in found.entries.head(limit).iterrows():
        desa, _, tps = str(row["tps_id"]).removeprefix(f"{found.election}/").partition("/")
        words = text(
            "hari.line",
            lang,
            time=clock_words(row["at"], found.day),
            tps=tps,
            desa=data.names[desa],
            status=status_words(str(row["status"]), lang),
        )
        if isinstance(row["note"], str) and row["note"]:
            words += f" · {row['note']}"
        rows.append((str(row["status_id"]), words))
    return rows


def last_ids(found: DayBoard) -> list[str]:
    """Return the ids of all lines that were written together with the last one."""
    rows = found.entries
    if rows.empty:
        return []
    # The rows of a file lie microseconds apart.
    one_file = rows["import_id"].eq(rows["import_id"].iloc[0])
    one_file &= rows["entered_at"].gt(rows["entered_at"].iloc[0] - pd.Timedelta(seconds=1))
    together = one_file | rows["entered_at"].eq(rows["entered_at"].iloc[0])
    return rows.loc[together, "status_id"].tolist()


def table_rows(found: DayBoard, data: Dataset, area: str, lang: str) -> pd.DataFrame:
    """Return the stations of a kecamatan for the table that is filled in cell by cell.

    Index ``tps_id``; the status stands as its words so that a cell can be chosen from them.
    """
    rows = found.state[found.state["kecamatan_code"].eq(area)]
    return pd.DataFrame(
        {
            "desa": [data.names[code] for code in rows["desa_code"]],
            "tps": rows["number"].to_numpy(),
            "status": [status_words(status, lang) for status in rows["status"]],
            "at": ["" if pd.isna(at) else clock_words(at, found.day) for at in rows["at"]],
            "note": rows["note"].fillna("").to_numpy(dtype=object),
        },
        index=rows.index,
    )


def status_choices(lang: str) -> dict[str, str]:
    """Return the statuses by their words."""
    return {status_words(status, lang): status for status in STATUSES}


def share_class(answered: int, total: int) -> int:
    """Return the class of a share of stations that have reported, 0 (none) to 4 (all)."""
    share = answered / total if total else 0.0
    return max(n for n, low in enumerate(ANSWERED_BREAKS) if share >= low)


def day_layers(found: DayBoard, data: Dataset, lang: str) -> list[Painted | folium.Marker]:
    """Return kecamatan by the share that has reported, and a mark at each desa with trouble.

    A mark is drawn at the point of the desa and shows how many of its stations are in trouble; the
    stations themselves have no known place.
    """
    counts = by_kecamatan(found)
    rows = counts[counts.index.isin(data.with_polygon)]
    shares = Painted(
        level="kecamatan",
        fills={
            str(code): ANSWERED_SHADES[share_class(int(t - s), int(t))]
            for code, s, t in zip(rows.index, rows[SILENT], rows["total"], strict=True)
        },
        tips={str(c): _tip(data.names[str(c)], row, lang) for c, row in rows.iterrows()},
    )
    return [shares, *_trouble_marks(found, data, lang)]


def _tip(name: str, row: pd.Series, lang: str) -> str:
    parts = [f"<b>{escape(name)}</b> ({number(row['total'], lang)} TPS)"]
    parts += [
        f"{escape(status_words(status, lang))}: {number(row[status], lang)}" for status in STATUSES
    ]
    return "<br>".join(parts)


def _trouble_marks(found: DayBoard, data: Dataset, lang: str) -> list[folium.Marker]:
    counts = by_desa(found)
    at = data.units.set_index("code")[["lat", "lon"]]
    marks = []
    for code, row in counts[counts[list(TROUBLE)].gt(0).any(axis=1)].iterrows():
        worst = "masalah" if row["masalah"] else "terlambat"
        icon = folium.DivIcon(
            html=_MARK.format(
                colour=STATUS_COLOUR[worst],
                round="3px" if worst == "masalah" else "50%",
                n=f"{STATUS_MARK[worst]}{row[worst]}",
            ),
            icon_size=(26, 26),
            icon_anchor=(13, 13),
        )
        place = [float(at["lat"][str(code)]), float(at["lon"][str(code)])]
        tip = _tip(data.names[str(code)], row, lang)
        marks.append(folium.Marker(place, icon=icon, tooltip=tip))
    return marks


def day_legend(found: DayBoard, lang: str) -> list[tuple[str | None, str, int | None]]:
    """Return the classes of the map with the number of kecamatan in each."""
    counts = by_kecamatan(found)
    classes = [
        share_class(int(t - s), int(t))
        for s, t in zip(counts[SILENT], counts["total"], strict=True)
    ]
    return [
        (colour, label("answered", str(n), lang), classes.count(n))
        for n, colour in enumerate(ANSWERED_SHADES)
    ]


def hours_figure(found: DayBoard, lang: str) -> go.Figure:
    """Return the stations by state at the end of each hour, as stacked bars."""
    figure = go.Figure()
    ends = [f"{hour % 24:02d}" for hour in found.hours.index]
    for status in ("selesai", "buka", "terlambat", "masalah", SILENT):
        figure.add_bar(
            x=list(range(len(ends))),
            y=found.hours[status],
            name=status_words(status, lang),
            marker={"color": STATUS_COLOUR[status], "line": {"color": "#ffffff", "width": 0.5}},
            hovertemplate="%{fullData.name}: %{y}<extra></extra>",
        )
    figure.update_layout(
        barmode="stack",
        bargap=0.15,
        height=300,
        margin={"l": 8, "r": 8, "t": 70, "b": 8},
        paper_bgcolor="rgba(0,0,0,0)",
        plot_bgcolor="#ffffff",
        font={"color": "#17242d", "size": 14, "family": "Source Sans, sans-serif"},
        legend={"orientation": "h", "y": 1.03, "yanchor": "bottom", "x": 0, "font": {"size": 13}},
        hovermode="x unified",
    )
    hours = [text("hari.hour_tick", lang, hour=end) for end in ends]
    figure.update_xaxes(tickvals=list(range(len(ends))), ticktext=hours, fixedrange=True)
    figure.update_yaxes(gridcolor="#d5dde3", fixedrange=True, automargin=True)
    return figure


def hours_rows(found: DayBoard, lang: str) -> pd.DataFrame:
    """Return the hours as a table: stations by state at the end of each, and answers within it."""
    hours = found.hours
    columns = {
        text("hari.col_hour", lang): [
            text("hari.hour_tick", lang, hour=f"{hour % 24:02d}") for hour in hours.index
        ]
    }
    for status in (SILENT, *(s for s in STATUSES if s != SILENT)):
        columns[status_words(status, lang)] = hours[status].tolist()
    columns[text("hari.col_answers", lang)] = hours["answers"].tolist()
    return pd.DataFrame(columns)
