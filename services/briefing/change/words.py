"""A comparison of two snapshots in words and tables."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import pandas as pd

from analytics.briefing.compare import GONE, NEW, STAYED
from services.briefing.change.compare import YEAR, Comparison, Limit
from services.briefing.facts.areas import FAMILY
from services.texts import day, label, number, signed, text

_DIGITS = 3
_DAYS = ("day", "since", "before", "end")
"""Gaps of limits that hold ISO days where they hold text."""


def day_words(iso: str, lang: str, style: str = "short") -> str:
    """Return an ISO day in words."""
    return day(pd.Timestamp(iso), lang, style)


def headline(found: Comparison, lang: str) -> str:
    """Return the finding: how conflict in a year changed, or why that cannot be said."""
    row = conflict(found)
    if row["reason"]:
        reason = label("compare_reason", row["reason"], lang)
        return text("compare.headline_unlike", lang, reason=reason)
    first, last = days(found, lang)
    return text(
        "compare.headline",
        lang,
        before=number(row["before"], lang),
        after=number(row["after"], lang),
        change=signed(row["change"], lang),
        first=first,
        last=last,
    )


def conflict(found: Comparison) -> pd.Series:
    """Return the row of `Comparison.figures` that leads: conflict in a year."""
    rows = found.figures
    return rows[rows["window"].eq(YEAR) & rows["family"].eq(FAMILY)].iloc[0]


def days(found: Comparison, lang: str) -> tuple[str, str]:
    """Return the days of knowledge of both, short."""
    return (
        day_words(found.earlier.content["as_of"], lang),
        day_words(found.later.content["as_of"], lang),
    )


def limit_lines(found: Comparison, lang: str) -> list[str]:
    """Return what cannot be compared, a sentence each."""
    return [_limit(one, lang) for one in found.limits]


def _limit(one: Limit, lang: str) -> str:
    gaps: dict[str, object] = {}
    for name, value in one.gaps.items():
        if one.key == "pemilihan_lain":
            gaps[name] = label("election", value, lang)
        elif name == "level":
            gaps[name] = label("level", value, lang).lower()
        elif name in _DAYS and isinstance(value, str):
            gaps[name] = day_words(value, lang)
        else:
            gaps[name] = ", ".join(value) if isinstance(value, list) else value
    return text(f"compare_limit.{one.key}", lang, **gaps)


def counts_line(key: str, rows: pd.DataFrame, lang: str) -> str:
    """Return how many of some ``rows`` (column ``state``) are new, still there and gone."""
    n = {state: int(rows["state"].eq(state).sum()) for state in (NEW, STAYED, GONE)}
    return text(key, lang, new=n[NEW], stayed=n[STAYED], gone=n[GONE])


def score_lines(found: Comparison, lang: str) -> list[str]:
    """Return how the outlook of the earlier snapshot did, a sentence for each family."""
    lines = []
    for family, row in found.scores.iterrows():
        gaps: dict[str, object] = {
            "family": label("family", family, lang),
            "areas": int(row["areas"]),
            "came": int(row["came"]),
        }
        if pd.isna(row["brier"]):
            lines.append(text("compare.score_unscored", lang, **gaps))
            continue
        verdict = row["verdict"] if pd.notna(row["verdict"]) else "tidak_diketahui"
        gaps |= {
            "brier": number(row["brier"], lang, _DIGITS),
            "own": number(row["brier_own"], lang, _DIGITS),
            "verdict": label("compare_state", verdict, lang),
            "scored": int(row["scored"]),
        }
        lines.append(text("compare.score_line", lang, **gaps))
    return lines


def change_words(rows: pd.DataFrame, lang: str) -> list[str]:
    """Return each change with its sign, or why there is none.

    ``rows`` are those of `Comparison.figures` or `Comparison.areas`.
    """
    return [
        label("compare_reason", reason, lang) if reason else signed(change, lang)
        for change, reason in zip(rows["change"], rows["reason"], strict=True)
    ]


def compare_tables(found: Comparison, lang: str) -> dict[str, pd.DataFrame]:
    """Return the parts of a comparison as a reader sees them.

    Returns
    -------
    dict
        By part, of the catalogue's ``compare_part``: tables whose headings are words. A part
        without a row is there, so that it can be said that nothing is known of it.
    """
    return {
        "figures": _figures(found, lang),
        "areas": _areas(found, lang),
        "watch": _watch(found, lang),
        "potensi": _potensi(found.potensi, lang),
        "warnings": _warnings(found, lang),
        "actions": _actions(found.actions, lang),
        "outlook": _outlook(found.outlook, lang),
        "people": _people(found, lang),
        "plans": _plans(found, lang),
    }


def _head(name: str, lang: str) -> str:
    return label("compare_column", name, lang)


def _words(section: str, values: Iterable[Any], lang: str) -> list[str]:
    return [label(section, value, lang) for value in values]


def _figures(found: Comparison, lang: str) -> pd.DataFrame:
    rows, (first, last) = found.figures, days(found, lang)
    windows = [
        text(
            "compare.window_words", lang, window=label("compare_window", w, lang), before=b, after=a
        )
        for w, b, a in zip(rows["window"], rows["before_days"], rows["after_days"], strict=True)
    ]
    return pd.DataFrame(
        {
            _head("window", lang): windows,
            _head("family", lang): _words("family", rows["family"], lang),
            text("compare.as_of", lang, day=first): rows["before"],
            text("compare.as_of", lang, day=last): rows["after"],
            _head("change", lang): change_words(rows, lang),
            text("compare.rate", lang, day=first): rows["before_rate"].round(1),
            text("compare.rate", lang, day=last): rows["after_rate"].round(1),
        }
    )


def _areas(found: Comparison, lang: str) -> pd.DataFrame:
    rows, (first, last) = found.areas, days(found, lang)
    return pd.DataFrame(
        {
            _head("area", lang): rows["name"],
            _head("code", lang): rows["code"],
            _head("window", lang): _words("compare_window", rows["window"], lang),
            _head("family", lang): _words("family", rows["family"], lang),
            text("compare.as_of", lang, day=first): rows["before"],
            text("compare.as_of", lang, day=last): rows["after"],
            _head("change", lang): change_words(rows, lang),
        }
    )


def _watch(found: Comparison, lang: str) -> pd.DataFrame:
    rows, (first, last) = found.watch, days(found, lang)
    return pd.DataFrame(
        {
            _head("place", lang): rows["place"],
            _head("state", lang): _words("compare_state", rows["state"], lang),
            text("compare.rank", lang, day=first): rows["before_rank"],
            text("compare.rank", lang, day=last): rows["after_rank"],
        }
    )


def _potensi(rows: pd.DataFrame, lang: str) -> pd.DataFrame:
    return pd.DataFrame(
        {
            _head("place", lang): [place[lang] for place in rows["place"]],
            _head("state", lang): _words("compare_state", rows["state"], lang),
            _head("outcome", lang): _words("compare_state", rows["outcome"], lang),
            _head("family", lang): _words("family", rows["family"], lang),
            _head("severity", lang): rows["severity"],
            _head("since", lang): [day_words(d, lang) for d in rows["since"]],
            _head("summary", lang): rows["summary"],
        }
    )


def said(words: object, lang: str) -> str:
    """Return what is said in both languages, or in one."""
    return str(words[lang]) if isinstance(words, dict) else str(words or "–")


def _warnings(found: Comparison, lang: str) -> pd.DataFrame:
    rows, (first, last) = found.warnings, days(found, lang)
    return pd.DataFrame(
        {
            _head("title", lang): [said(words, lang) for words in rows["title"]],
            _head("state", lang): _words("compare_state", rows["state"], lang),
            text("compare.level", lang, day=first): _words(
                "warning_level", rows["before_level"], lang
            ),
            text("compare.level", lang, day=last): _words(
                "warning_level", rows["after_level"], lang
            ),
            _head("owner", lang): rows["owner"],
            _head("outcome", lang): _words("warning_outcome", rows["outcome"], lang),
        }
    )


def _actions(rows: pd.DataFrame, lang: str) -> pd.DataFrame:
    yes = text("compare.is_new", lang)
    return pd.DataFrame(
        {
            _head("decision", lang): rows["decision"],
            _head("owner", lang): rows["owner"],
            _head("due", lang): [day_words(d, lang) if d else "–" for d in rows["due"]],
            _head("state", lang): _words("compare_state", rows["state"], lang),
            _head("is_new", lang): [yes if new else "" for new in rows["is_new"]],
        }
    )


def _outlook(rows: pd.DataFrame, lang: str) -> pd.DataFrame:
    return pd.DataFrame(
        {
            _head("family", lang): _words("family", rows["family"], lang),
            _head("area", lang): rows["name"],
            _head("chance", lang): [said(words, lang) for words in rows["chance"]],
            _head("state", lang): _words("compare_state", rows["state"], lang),
            _head("n", lang): rows["n"],
            _head("brier", lang): rows["brier"].round(_DIGITS),
            _head("brier_own", lang): rows["brier_own"].round(_DIGITS),
        }
    )


def _people(found: Comparison, lang: str) -> pd.DataFrame:
    rows = found.people
    columns = {
        text(f"compare.{name}", lang, day=when): rows[f"{side}_{name}"]
        for name in ("police", "available", "short")
        for side, when in zip(("before", "after"), days(found, lang), strict=True)
    }
    return pd.DataFrame({_head("area", lang): rows["name"], **columns})


def _plans(found: Comparison, lang: str) -> pd.DataFrame:
    rows = found.plans
    words = {True: text("compare.yes", lang), False: text("compare.no", lang)}
    columns = {
        text("compare.as_of", lang, day=when): [
            words.get(passed, text("compare.unknown", lang)) for passed in rows[side].astype(object)
        ]
        for side, when in zip(("before", "after"), days(found, lang), strict=True)
    }
    return pd.DataFrame(
        {_head("area", lang): rows["name"], **columns, _head("plan", lang): rows["plan"]}
    )
