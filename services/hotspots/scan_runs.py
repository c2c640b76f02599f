"""Scans of what is alive now, kept one after the other, so that false signals can be counted."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import Any

import pandas as pd

from analytics.hotspots.recurrence import RecurrenceParams, expected_false_signals, signal_of
from analytics.hotspots.scan_models import MODELS
from data.hotspots.scan_runs import add_scan_run
from geo.errors import ParameterError
from services.dataset import Dataset
from services.hotspots.analysis import AnalysisView
from services.hotspots.scan import affairs_in, params_of
from services.texts import day, label, number, text

SILENT = "diam"
THRESHOLDS = (12.0, 60.0, 120.0)
"""Recurrence intervals, in months, of which the page says what to expect beforehand."""
_SERIES = ("family", "kind", "level", "counted", "method")


def keep_scan(data: Dataset, view: AnalysisView) -> str:
    """Keep the best cluster of a scan of what is alive, signal or not, and return its id.

    A signal is raised only when its cluster holds an affair that no signal kept before of the same
    series held, of an earlier day or, with another seed, of the same. The same scan kept twice is
    one row.

    Raises
    ------
    ParameterError
        For a view of another method, or one that was not scanned.
    """
    query = view.query
    if query.method != "scan_prospective" or view.reason:
        raise ParameterError("method", query.method, "scan_prospective with two affairs or more")
    params = params_of(query)
    chosen = query.selection
    asked = asdict(params) | {
        "period": query.period,
        "circles": query.circles,
        "resolution": query.resolution,
        "date_from": chosen.date_from,
        "place": chosen.place,
        "stages": chosen.stages,
        "categories": chosen.categories,
        "verifications": chosen.verifications,
        "severity_min": chosen.severity_min,
        **asdict(RecurrenceParams()),
    }
    row: dict[str, Any] = {
        "as_of": chosen.date_to or chosen.as_of,
        "watched_until": view.end.date(),
        "family": query.family,
        "kind": query.kind,
        "level": query.level,
        "counted": query.counted,
        "method": f"{query.method}, {MODELS[0]}",
        "parameters": json.dumps(asked, default=str, sort_keys=True),
        "seed": query.seed,
        "n_affairs": int(view.facts.get("in_steps", view.n_affairs)),
        **dict.fromkeys(("members", "affairs", "window_start", "window_end")),
        **dict.fromkeys(("observed", "expected", "p", "recurrence_months")),
        "signal": SILENT,
        "raised": False,
    }
    if len(view.clusters):
        row |= _best(view)
        row["raised"] = row["signal"] != SILENT and _adds(data.store.read("scan_runs"), row)
    return add_scan_run(data.store, row)


def _best(view: AnalysisView) -> dict[str, Any]:
    number_of, best = view.clusters.index[0], view.clusters.iloc[0]
    months = float(best["recurrence_months"])
    return {
        "members": "|".join(best["members"]),
        "affairs": "|".join(affairs_in(view, int(number_of))),
        "window_start": best["period_start"].date(),
        "window_end": best["period_end"].date(),
        "observed": int(best["observed"]),
        "expected": float(best["expected"]),
        "p": float(best["p"]),
        "recurrence_months": months,
        "signal": signal_of(months, RecurrenceParams()) or SILENT,
    }


def _adds(runs: pd.DataFrame, row: dict[str, Any]) -> bool:
    """Return whether a signal holds an affair that none of the series held before."""
    same = runs["signal"].ne(SILENT) & runs["as_of"].le(pd.Timestamp(str(row["as_of"])))
    for name in _SERIES:
        same &= runs[name].eq(row[name])
    known = set(runs.loc[same, "affairs"].dropna().str.split("|").explode())
    return bool(set(str(row["affairs"]).split("|")) - known)


def signal_words(data: Dataset, run_id: str, lang: str) -> str:
    """Return what a kept scan says, in a few words."""
    row = data.read("scan_runs").set_index("run_id").loc[run_id]
    words = label("scan_signal", _key(str(row["signal"])), lang)
    if row["signal"] == SILENT:
        return words
    return f"{words}, {text('scan.raised_new' if row['raised'] else 'scan.raised_same', lang)}"


def _key(signal: str) -> str:
    return "none" if signal == SILENT else signal


def runs_table(data: Dataset, lang: str) -> pd.DataFrame:
    """Return the kept scans in words, the newest first."""
    runs = data.read("scan_runs").sort_values(["as_of", "made_at"], ascending=False)
    names = data.place_names
    rows = [_row(row, names, lang) for row in runs.to_dict("records")]
    keys = ("as_of", "series", "signal", "raised", "place", "window", "cases", "recurrence", "p")
    heads = [label("column", "p", lang) if k == "p" else text(f"scan.col_{k}", lang) for k in keys]
    return pd.DataFrame(rows, columns=heads)


def _row(row: dict[Any, Any], names: dict[str, str], lang: str) -> list[str]:
    kind, counted = (label(n, str(row[n]), lang).lower() for n in ("kind", "counted"))
    level = label("level", str(row["level"]), lang).lower()
    head = [
        day(row["as_of"], lang, "short"),
        f"{label('family', str(row['family']), lang)} ({kind}), {level}, {counted}",
        label("scan_signal", _key(str(row["signal"])), lang),
    ]
    if pd.isna(row["p"]):
        return [*head, "", text("scan.no_cluster", lang), "", "", "", ""]
    raised = text("scan.raised_new" if row["raised"] else "scan.raised_same", lang)
    members = str(row["members"]).split("|")
    place = names.get(members[0], members[0])
    if len(members) > 1:
        place = text("scan.with_others", lang, name=place, n=len(members) - 1)
    return [
        *head,
        "" if row["signal"] == SILENT else raised,
        place,
        f"{day(row['window_start'], lang, 'short')} – {day(row['window_end'], lang, 'short')}",
        f"{number(row['observed'], lang)} / {number(row['expected'], lang, 1)}",
        number(row["recurrence_months"], lang, 1),
        number(row["p"], lang, 3),
    ]


def thresholds_table(lang: str) -> pd.DataFrame:
    """Return what to expect of each threshold before anything is scanned."""
    table = expected_false_signals(THRESHOLDS)
    keys = ("waspada", "siaga", "more")
    return pd.DataFrame(
        {
            text("scan.col_threshold", lang): [number(v, lang) for v in table["recurrence_months"]],
            text("scan.col_signal", lang): [label("scan_signal", key, lang) for key in keys],
            text("scan.col_p", lang): [number(v, lang, 3) for v in table["p"]],
            text("scan.col_false", lang): [number(v, lang, 1) for v in table["false_a_year"]],
        }
    )


def looks_words(looks: int, lang: str) -> str:
    """Say what so many looks at the data do to a p of 0.05."""
    return text(
        "scan.looks",
        lang,
        n=number(looks, lang),
        expected=number(0.05 * looks, lang, 2),
        chance=number(100 * (1 - 0.95**looks), lang),
    )
