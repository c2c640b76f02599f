"""The back-test: what the indices of an eve would have found, beside what chance finds."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, timedelta

import pandas as pd
import plotly.graph_objects as go

from analytics.reports.places import code_depth, place_codes, unit_at
from analytics.reports.selection import known_on
from analytics.risk.backtest import BacktestParams, Outcome, hit_rates, outcome, ranking_of
from services.dataset import Dataset
from services.memo import memo
from services.risk.index import RiskView, risk_view
from services.texts import day, label, number, text
from services.worker.steps import told

__all__ = ["BacktestParams"]

SEARCHES: tuple[tuple[str, str, tuple[str, ...]], ...] = (
    ("keamanan", "keamanan", ("konflik", "proses")),
    ("logistik", "logistik", ("logistik",)),
    ("keamanan", "semua", ("konflik", "proses", "logistik")),
    ("jumlah_tps", "semua", ("konflik", "proses", "logistik")),
)
"""What is ranked, what is looked for, and the families that are. The last ranks by size alone: what
anybody could do without an index."""
LEVELS = ("desa", "kecamatan")
"""Of an election with a register of TPS; without one, kabupaten alone."""
HORIZONS = (7, 14, 30, 60, 90)


@dataclass(frozen=True, eq=False)
class Case:
    """One eve at one level.

    Attributes
    ----------
    election, eve, level
        What was asked; the eve is the day before the vote.
    rates
        `hit_rates` of each of `SEARCHES`, with ``ranking`` and ``sought``.
    outcomes
        What happened, by name of what was sought.
    reports
        Reports known on the eve.
    fine
        How many of them are known as finely as a desa.
    weighing
        How many reports weigh in the security index of that day, and of these as finely as a desa.
    lagged
        How many of the reports known have no day of reporting and came in with the stated lag.
    note
        Key of the words that say why there is no finer level; None where there is one.
    """

    election: str
    eve: date
    level: str
    rates: pd.DataFrame = field(repr=False)
    outcomes: dict[str, Outcome] = field(repr=False)
    reports: int
    fine: int
    weighing: tuple[int, int]
    lagged: int
    note: str | None


@memo(6)
def backtest(data: Dataset, params: BacktestParams | None = None) -> list[Case]:
    """Return every election at every honest level, oldest first; cached.

    The indices are those of the shipped parameters, none of which was fitted to what happened.
    """
    params, tell = params or BacktestParams(), told()
    found: list[Case] = []
    rows = data.elections.sort_values("voting_date")
    for done, (election, voting) in enumerate(
        zip(rows["election"], rows["voting_date"], strict=True)
    ):
        tell(done, len(rows))
        eve = voting.date() - timedelta(days=1)
        view = risk_view(data, str(election), eve)
        levels = ("kabupaten",) if view.note else LEVELS
        found += [_case(data, view, level, params) for level in levels]
    return found


def _case(data: Dataset, view: RiskView, level: str, params: BacktestParams) -> Case:
    reports = data.countable
    reported = reports[known_on(reports, view.as_of, params.lag_days) & reports["kind"].ne("nihil")]
    fine = place_codes(reported, params.place).map(lambda code: code_depth(str(code)) >= 3)
    scores = _scores(data, view, level)
    outcomes: dict[str, Outcome] = {}
    rates = []
    for ranking, sought, families in SEARCHES:
        chosen = _with(params, families)
        ranked = scores[ranking]
        outcomes[sought] = outcome(reports, view.as_of, level, ranked.index, chosen)
        rows = hit_rates(ranked, outcomes[sought].units, chosen)
        rates.append(rows.assign(ranking=ranking, sought=sought))
    weigh = view.reports
    deep = weigh["unit_code"].map(lambda code: code_depth(str(code)) >= 3)
    return Case(
        election=view.election,
        eve=view.as_of,
        level=level,
        rates=pd.concat(rates, ignore_index=True),
        outcomes=outcomes,
        reports=len(reported),
        fine=int(fine.sum()),
        weighing=(len(weigh), int(deep.sum())),
        lagged=int(reported["date_reported"].isna().sum()),
        note=view.note,
    )


def _with(params: BacktestParams, families: tuple[str, ...]) -> BacktestParams:
    return BacktestParams(
        params.horizon_days,
        families,
        params.shares,
        params.lag_days,
        params.place,
        params.confidence,
    )


def _scores(data: Dataset, view: RiskView, level: str) -> dict[str, pd.Series]:
    """Return the rankings of a level: mean index of its TPS, and its number of TPS."""
    desa = data.tps_counts.astype("float64")
    size = desa.groupby(unit_at(desa.index.to_series(), level)).sum()
    if view.note:
        found = {name: view.kabupaten[f"indeks_{name}"] for name in ("keamanan", "logistik")}
    else:
        units = unit_at(view.tps["desa_code"].astype(str), level)
        found = {
            name: ranking_of(view.tps, f"indeks_{name}", units) for name in ("keamanan", "logistik")
        }
    size = size.reindex(found["keamanan"].index)
    return {**found, "jumlah_tps": size}


def rates_table(case: Case, lang: str) -> pd.DataFrame:
    """Return a case as a table of words: what was ranked, how far one looked, what was found.

    Searches for what did not happen anywhere are left out: there is nothing to find.
    """
    rows = case.rates[case.rates["affected"].gt(0)]

    def column(name: str, words: Callable[[float], str]) -> list[str]:
        return [words(value) for value in rows[name]]

    return pd.DataFrame(
        {
            text("ujibalik.col_ranking", lang): [
                label("ranking", name, lang) for name in rows["ranking"]
            ],
            text("ujibalik.col_sought", lang): [label("sought", s, lang) for s in rows["sought"]],
            text("ujibalik.col_share", lang): column(
                "share", lambda v: f"{number(100 * v, lang)} %"
            ),
            text("ujibalik.col_looked", lang): [
                text("ujibalik.of", lang, n=number(k, lang), total=number(n, lang))
                for k, n in zip(rows["looked"], rows["places"], strict=True)
            ],
            text("ujibalik.col_affected", lang): column("affected", lambda v: number(v, lang)),
            text("ujibalik.col_hits", lang): column("hits", lambda v: number(v, lang, 1)),
            text("ujibalik.col_rate", lang): column(
                "hit_rate", lambda v: "–" if pd.isna(v) else f"{number(100 * v, lang)} %"
            ),
            text("ujibalik.col_random", lang): [
                text(
                    "ujibalik.random",
                    lang,
                    mean=number(mean, lang, 1),
                    low=number(low, lang),
                    high=number(high, lang),
                )
                for mean, low, high in zip(
                    rows["random_hits"], rows["random_low"], rows["random_high"], strict=True
                )
            ],
            text("ujibalik.col_p", lang): column("p_random", lambda v: number(v, lang, 2)),
        }
    )


def case_title(case: Case, lang: str) -> str:
    """Return what a case is, in a line."""
    return text(
        "ujibalik.case",
        lang,
        election=label("election", case.election, lang),
        eve=day(case.eve, lang),
        level=label("level", case.level, lang).lower(),
    )


def case_sentence(case: Case, params: BacktestParams, lang: str) -> str:
    """Return how much stands behind a case: n, what was excluded, what is too coarse."""
    every = case.outcomes["semua"]
    return text(
        "ujibalik.counts",
        lang,
        affairs=number(every.affairs["perkara_id"].nunique(), lang),
        units=number(len(every.units), lang),
        level=label("level", case.level, lang).lower(),
        days=number(params.horizon_days, lang),
        known=number(every.known, lang),
        coarse=number(every.coarse + every.elsewhere, lang),
    )


def evidence_sentence(case: Case, params: BacktestParams, lang: str) -> str:
    """Return what was known on the eve."""
    return text(
        "ujibalik.evidence",
        lang,
        eve=day(case.eve, lang),
        reports=number(case.reports, lang),
        fine=number(case.fine, lang),
        weighing=number(case.weighing[0], lang),
        weighing_fine=number(case.weighing[1], lang),
        lagged=number(case.lagged, lang),
        lag=number(params.lag_days, lang),
    )


def verdict(case: Case, lang: str) -> str:
    """Return the finding of a case in plain words: the security index at the middle share."""
    rows = case.rates[case.rates["ranking"].eq("keamanan") & case.rates["sought"].eq("keamanan")]
    row = rows.iloc[len(rows) // 2]
    if pd.isna(row["hit_rate"]):
        return text("ujibalik.nothing", lang)
    key = "ujibalik.better" if row["hits"] > row["random_high"] else "ujibalik.no_better"
    return text(
        key,
        lang,
        share=number(100 * row["share"], lang),
        hits=number(row["hits"], lang, 1),
        affected=number(row["affected"], lang),
        random=number(row["random_hits"], lang, 1),
        low=number(row["random_low"], lang),
        high=number(row["random_high"], lang),
    )


def affairs_table(case: Case, data: Dataset, lang: str) -> pd.DataFrame:
    """Return what happened: one row per affair and place."""
    rows = case.outcomes["semua"].affairs
    return pd.DataFrame(
        {
            text("ujibalik.col_day", lang): rows["first"].dt.date,
            text("ujibalik.col_place", lang): rows["unit_code"].map(data.place_names),
            text("family.label", lang): [label("family", f, lang) for f in rows["family"]],
            text("ujibalik.col_affair", lang): [
                data.affair_titles.get(p, p) for p in rows["perkara_id"]
            ],
        }
    )


def all_rates(cases: list[Case]) -> pd.DataFrame:
    """Return the columns of `Case.rates` of every case with its keys, for a file."""
    return pd.concat(
        [c.rates.assign(election=c.election, eve=c.eve, level=c.level) for c in cases],
        ignore_index=True,
    )


def few_sentence(cases: list[Case], lang: str) -> str | None:
    """Return how few reports were known finely on the first eve; None without a case."""
    if not cases:
        return None
    first = cases[0]
    return text(
        "ujibalik.few",
        lang,
        n=number(first.reports, lang),
        eve=day(first.eve, lang),
        fine=number(first.fine, lang),
    )


_INK, _LINE, _CHANCE, _MEAN, _FOUND = "#17242d", "#d5dde3", "#c3d3dd", "#536773", "#d55e00"
_ROW_PX = 40


def rates_figure(case: Case, lang: str) -> go.Figure | None:
    """Return places found per ranking, over the interval of random picks, at the middle share.

    The bar is the interval, the line in it the mean of random picks, the dot what was found. None
    where nothing happened that could be found.
    """
    rows = case.rates[case.rates["affected"].gt(0)].iloc[::-1]
    if rows.empty:
        return None
    shares = sorted(rows["share"].unique())
    rows = rows[rows["share"].eq(shares[len(shares) // 2])].reset_index(drop=True)
    names = _names(rows, lang)
    figure = go.Figure()
    figure.add_bar(
        y=names,
        x=rows["random_high"] - rows["random_low"],
        base=rows["random_low"],
        orientation="h",
        width=0.62,
        marker_color=_CHANCE,
        name=text("ujibalik.legend_random", lang),
        hoverinfo="skip",
    )
    for column, name, symbol in (
        ("random_hits", "ujibalik.legend_mean", _marker("line-ns", _MEAN, 14)),
        ("hits", "ujibalik.legend_found", _marker("circle", _FOUND, 12)),
    ):
        figure.add_scatter(
            y=names,
            x=rows[column],
            mode="markers",
            name=text(name, lang),
            marker=symbol,
            hovertemplate="%{x:.2f}<extra></extra>",
        )
    figure.update_layout(
        separators=",." if lang == "id" else ".,",
        height=78 + _ROW_PX * len(rows),
        margin={"l": 8, "r": 16, "t": 8, "b": 8},
        paper_bgcolor="rgba(0,0,0,0)",
        plot_bgcolor="#ffffff",
        font={"color": _INK, "size": 13, "family": "Source Sans, sans-serif"},
        legend={"orientation": "h", "y": -0.1, "yanchor": "top", "x": 0, "font": {"size": 13}},
    )
    most = float(rows[["hits", "random_high"]].to_numpy().max())
    figure.update_xaxes(
        range=[-0.15, most + 0.6],
        dtick=max(1, round(most / 8)),  # whole places only: a tick at a half would read as a whole
        tick0=0,
        tickformat=",d",
        gridcolor=_LINE,
        zeroline=False,
        fixedrange=True,
    )
    figure.update_yaxes(automargin=True, fixedrange=True)
    return figure


def _marker(symbol: str, colour: str, size: int) -> dict[str, object]:
    return {"symbol": symbol, "color": colour, "size": size, "line": {"color": colour, "width": 2}}


def _names(rows: pd.DataFrame, lang: str) -> list[str]:
    """Return what stands before each bar: ranked by what, looked for what."""
    return [
        f"{label('ranking', row['ranking'], lang)} →<br>"
        + text(
            "ujibalik.row",
            lang,
            sought=label("sought", row["sought"], lang),
            affected=number(row["affected"], lang),
        )
        for _, row in rows.iterrows()
    ]
