"""The timeline of one election: its stages, what is watched in each, what was found; its figure."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date

import pandas as pd
import plotly.graph_objects as go

from analytics.reports.selection import known_on
from analytics.reports.stages import SOCIAL_STAGE, known_stages, window_of
from analytics.reports.timeline import (
    around_vote,
    counts_by_month,
    election_of,
    stage_bars,
    watch_table,
)
from data.province import province
from data.vocabulary import PARTY_STAGES
from services.dataset import Dataset
from services.maps import FAMILY
from services.texts import FAMILIES, STAGES, WATCHED_STAGES, day, label, number, text

PARLIAMENTS = {"dpr", "dprd_provinsi", "dprd_kabupaten"}
"""Ballot papers that name parties."""

AROUND_DAYS = 90
"""How far before and after voting day the comparison looks."""


@dataclass(frozen=True, eq=False)
class Timeline:
    """What the page draws; see `analytics.reports.timeline` for the columns.

    Attributes
    ----------
    election
        Key of the election.
    voting_date
        Its voting day.
    start, end
        First and last day of the axis.
    rows
        Keys of the stages in the order they are drawn.
    bars
        One bar per row of the table of stages.
    dots
        ``stage``, ``month``, ``family``, ``n``: reports per month; ``at``: where the dot stands.
    watch
        The watched stages with what was found.
    around
        Reports before, on and after voting day.
    reports
        The reports of the election that were known on the day, and social conflict in its time.
    """

    election: str
    voting_date: pd.Timestamp
    start: pd.Timestamp
    end: pd.Timestamp
    rows: list[str]
    bars: pd.DataFrame = field(repr=False)
    dots: pd.DataFrame = field(repr=False)
    watch: pd.DataFrame = field(repr=False)
    around: pd.DataFrame = field(repr=False)
    reports: pd.DataFrame = field(repr=False)


def elections_of(data: Dataset) -> list[str]:
    """Return the elections in the order of their voting days."""
    return data.elections.sort_values("voting_date")["election"].tolist()


def nearest_election(data: Dataset, as_of: date) -> str:
    """Return the election whose voting day is nearest to a day."""
    distance = (data.elections["voting_date"] - pd.Timestamp(as_of)).abs()
    return str(data.elections["election"].iloc[int(distance.argmin())])


def timeline(data: Dataset, election: str, as_of: date) -> Timeline:
    """Return the timeline of an election, its reports and its stages, as known on a day."""
    voting: pd.Timestamp = data.elections.set_index("election")["voting_date"][election]
    stages = known_stages(data.stages[data.stages["election"].eq(election)], as_of)
    known = data.countable
    known = known[known_on(known, as_of) & known["kind"].ne("nihil")]
    known = known.assign(election=election_of(known, data.stages, data.elections))
    window = window_of(stages)
    start = window.first if window.first is not None else voting
    end = max(window.last or voting, voting)
    mine = known["election"].eq(election)
    social = known["stage"].eq(SOCIAL_STAGE) & known["date_event"].between(start, end)
    reports = known[mine | social]
    if mine.any():
        start = min(start, known.loc[mine, "date_event"].min())
        end = max(end, known.loc[mine, "date_event"].max())
    watch = watch_table(
        data.stages, known, WATCHED_STAGES, FAMILIES, as_of, not_applicable=without_parties()
    )
    return Timeline(
        election=election,
        voting_date=voting,
        start=start,
        end=end,
        rows=_rows(stages, reports),
        bars=stage_bars(stages, start, end),
        dots=_dots(reports, start, end),
        watch=watch[watch["election"].eq(election)],
        around=around_vote(reports, voting, FAMILIES, AROUND_DAYS),
        reports=reports,
    )


def without_parties() -> set[tuple[str, str]]:
    """Return the stages of parties and seats of each election of the province without them."""
    return {
        (key, stage)
        for key, one in province().elections.items()
        if PARLIAMENTS.isdisjoint(one.contests)
        for stage in PARTY_STAGES
    }


def _rows(stages: pd.DataFrame, reports: pd.DataFrame) -> list[str]:
    wanted = {*stages["stage"], *reports["stage"], *WATCHED_STAGES, SOCIAL_STAGE}
    return [stage for stage in STAGES if stage in wanted]


def _dots(reports: pd.DataFrame, start: pd.Timestamp, end: pd.Timestamp) -> pd.DataFrame:
    pieces = []
    for stage, rows in reports.groupby("stage"):
        counts = counts_by_month(rows, FAMILIES, start, end)[[f"reports_{f}" for f in FAMILIES]]
        counts.columns = pd.Index(FAMILIES)
        long = counts.reset_index().melt("month", var_name="family", value_name="n")
        pieces.append(long[long["n"] > 0].assign(stage=stage))
    if not pieces:
        return pd.DataFrame({"month": [], "family": [], "n": [], "stage": [], "at": []})
    dots = pd.concat(pieces, ignore_index=True)
    return dots.assign(at=_centres(reports, dots))


def _centres(reports: pd.DataFrame, dots: pd.DataFrame) -> pd.Series:
    """Return where each dot stands: the mean of its known days, else the middle of its month.

    A dot in the middle of its month would show what came before voting day as after it.
    """
    dated = reports[reports["date_precision"].eq("day")]
    month = dated["date_event"].dt.to_period("M").dt.to_timestamp().rename("month")
    means = dated.groupby(["stage", month, "family"])["date_event"].mean()
    keys = pd.MultiIndex.from_frame(dots[["stage", "month", "family"]])
    known = pd.Series(means.reindex(keys).to_numpy(), index=dots.index)
    # Days are drawn from midnight to midnight, so the middle of a day is its noon.
    return known.fillna(dots["month"] + pd.Timedelta(days=14)) + pd.Timedelta(hours=12)


_INK, _LINE, _DATED, _OPEN = "#17242d", "#d5dde3", "#7fa8c1", "#c3d3dd"
_ROW_PX = 34


def gantt(view: Timeline, as_of: date, lang: str) -> go.Figure:
    """Return the stages as bars with the reports in them as dots, and the cursor as a line.

    Dates are whole days; a bar ends at the end of its last day. Open sides are hatched.
    """
    position = {stage: len(view.rows) - n for n, stage in enumerate(view.rows)}
    figure = go.Figure()
    _add_bars(figure, view, position, lang)
    _add_dots(figure, view, position, lang)
    _add_lines(figure, view, as_of, lang)
    ticks = _month_ticks(view.start, view.end)
    figure.update_layout(
        height=95 + _ROW_PX * len(view.rows),
        margin={"l": 8, "r": 12, "t": 44, "b": 8},
        paper_bgcolor="rgba(0,0,0,0)",
        plot_bgcolor="#ffffff",
        font={"color": _INK, "size": 14, "family": "Source Sans, sans-serif"},
        barmode="overlay",
        bargap=0,
        legend={"orientation": "h", "y": -0.06, "yanchor": "top", "x": 0, "font": {"size": 13}},
        hoverlabel={"font_size": 14, "align": "left"},
        dragmode="pan",
    )
    pad = pd.Timedelta(days=10)
    figure.update_xaxes(
        range=[view.start - pad, max(view.end, pd.Timestamp(as_of)) + pad]
        if view.start <= pd.Timestamp(as_of) <= view.end + pad
        else [view.start - pad, view.end + pad],
        type="date",
        tickvals=ticks,
        ticktext=[day(tick, lang, "month_short") for tick in ticks],
        tickangle=0,
        gridcolor=_LINE,
        side="top",
        fixedrange=False,
    )
    figure.update_yaxes(
        tickvals=list(position.values()),
        ticktext=[label("stage", stage, lang) for stage in position],
        range=[0.4, len(view.rows) + 0.6],
        gridcolor="#eef2f4",
        zeroline=False,
        fixedrange=True,
        automargin=True,
    )
    return figure


def _month_ticks(start: pd.Timestamp, end: pd.Timestamp) -> list[pd.Timestamp]:
    """Return first days of months, at most eight, for a readable axis."""
    months = pd.date_range(start.replace(day=1), end, freq="MS")
    step = max(1, -(-len(months) // 8))
    return list(months[::step])


def _add_bars(figure: go.Figure, view: Timeline, position: dict[str, int], lang: str) -> None:
    bars = view.bars
    for is_open, name in ((False, "legend_dated"), (True, "legend_open")):
        rows = bars[(bars["open_start"] | bars["open_end"]) == is_open]
        figure.add_bar(
            base=rows["bar_start"],
            x=(rows["bar_end"] - rows["bar_start"]).dt.total_seconds() * 1000,
            y=rows["stage"].map(position),
            orientation="h",
            width=0.62,
            name=text(f"linimasa.{name}", lang),
            customdata=[_bar_words(row, lang) for _, row in rows.iterrows()],
            hovertemplate="%{customdata}<extra></extra>",
            marker={
                "color": _OPEN if is_open else _DATED,
                "line": {"color": "#5c7f94", "width": 1},
                "pattern": {"shape": "/" if is_open else "", "fgcolor": "#5c7f94", "size": 7},
            },
            opacity=0.55 if is_open else 0.75,
        )


def _bar_words(row: pd.Series, lang: str) -> str:
    if pd.isna(row["date_start"]) and pd.isna(row["date_end"]):
        when = text("linimasa.undated", lang)
    else:
        start = (
            text("linimasa.open_start", lang)
            if row["open_start"]
            else day(row["date_start"], lang, "short")
        )
        end = (
            text("linimasa.open_end", lang)
            if row["open_end"]
            else day(row["date_end"], lang, "short")
        )
        when = f"{start} – {end}"
    return f"<b>{_plain(row['name'])}</b><br>{when}"


def _plain(words: object) -> str:
    """Return text in which Plotly finds no markup."""
    return str(words).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _add_dots(figure: go.Figure, view: Timeline, position: dict[str, int], lang: str) -> None:
    for n, family in enumerate(FAMILIES):
        rows = view.dots[view.dots["family"].eq(family)]
        if rows.empty:
            continue
        name = label("family", family, lang)
        # Families of one month stand side by side instead of hiding each other.
        shift = (n - (len(FAMILIES) - 1) / 2) * 0.09
        figure.add_scatter(
            x=rows["at"],
            y=rows["stage"].map(position) + shift,
            mode="markers",
            name=name,
            marker={
                "color": FAMILY[family],
                "size": 8 + 3.2 * rows["n"].astype("float64").pow(0.5),
                "line": {"color": "#ffffff", "width": 1},
            },
            customdata=[
                text(
                    "linimasa.dots_hover",
                    lang,
                    month=day(month, lang, "month"),
                    family=name.lower(),
                    n=number(count, lang),
                )
                for month, count in zip(rows["month"], rows["n"], strict=True)
            ],
            hovertemplate="%{customdata}<extra></extra>",
        )


def _add_lines(figure: go.Figure, view: Timeline, as_of: date, lang: str) -> None:
    # The two labels stand at opposite ends, since the lines may be a day apart.
    marks = [(view.voting_date, text("linimasa.vote", lang), "#7a4a00", "dot", 1, "top")]
    if view.start - pd.Timedelta(days=10) <= pd.Timestamp(as_of) <= view.end:
        marks.append(
            (pd.Timestamp(as_of), text("linimasa.cursor", lang), "#c1121f", "solid", 0, "bottom")
        )
    middle = view.start + (view.end - view.start) / 2
    for at, words, colour, dash, height, anchor in marks:
        late = pd.Timestamp(at) > middle  # a label on the right of a late line would be cut
        figure.add_shape(
            type="line",
            x0=at,
            x1=at,
            y0=0,
            y1=1,
            yref="paper",
            line={"color": colour, "width": 2, "dash": dash},
        )
        figure.add_annotation(
            x=at,
            y=height,
            yref="paper",
            yanchor=anchor,
            text=words,
            showarrow=False,
            font={"color": colour, "size": 13},
            xanchor="right" if late else "left",
            xshift=-4 if late else 4,
            bgcolor="#ffffffcc",
        )
