"""An outlook in words and tables: its finding, its scores, what was lodged."""

from __future__ import annotations

from datetime import date

import pandas as pd

from analytics.outlook.evaluate import SCORES
from analytics.outlook.forecasts import METHODS, MODELS, NEAR, OWN
from analytics.outlook.windows import STAGE
from data.province import zone
from services.outlook.lodge import SHOWN, LodgedScore
from services.outlook.view import LEVELS, OutlookView
from services.texts import DEFAULT_LANGUAGE, FAMILIES, day, label, number, text

_SKILL = 0.05
"""Chance, times the families that are looked at, below which an order has found more than luck."""
_STANDS_OUT = 2
"""Steps of rounding by which a kabupaten must lead the middle one to be named."""
_DIGEST = 12
"""Digits of a digest that are shown; the file holds all."""
_DIGITS = {"crps": 3, "ignorance": 2, "interval": 2, "brier": 3}


def chance_words(probability: float, step: float, lang: str) -> str:
    """Return a probability (0 to 1) in words, no finer than a step; never 0 % or 100 %."""
    if probability < step / 2:
        return text("prakiraan.below", lang, n=number(100 * step, lang))
    if probability > 1 - step / 2:
        return text("prakiraan.above", lang, n=number(100 * (1 - step), lang))
    return text("prakiraan.about", lang, n=number(100 * probability, lang))


def is_better(view: OutlookView, family: str) -> bool | None:
    """Return whether the model beats the own last 12 months beyond chance; None if not scored."""
    against = view.choice(LEVELS[0], family).against_own
    return against.is_better if against.windows else None


def headline(view: OutlookView, family: str, lang: str) -> str:
    """Return the finding: where it is most likely, and whether the model is worth anything."""
    rows = _rows(view, LEVELS[0], family)
    if rows.empty or view.window is None:
        return text("prakiraan.headline_none", lang)
    rows = rows.sort_values("probability", kind="stable")
    top, step = rows.iloc[-1], float(rows["step"].iloc[0])
    better = is_better(view, family)
    verdict = {True: "better", False: "not_better", None: "unknown"}[better]
    gaps = {
        "family": label("family", family, lang),
        "window": _short_window(view, lang),
        "verdict": text(f"prakiraan.verdict_{verdict}", lang),
    }
    words = [chance_words(p, step, lang) for p in rows["probability"]]
    if top["probability"] < rows["probability"].median() + _STANDS_OUT * step - 1e-9:
        both = dict.fromkeys((words[0], words[-1]))
        chance = text("prakiraan.to", lang).join(both)
        return text("prakiraan.headline_even", lang, chance=chance, **gaps)
    place = view.data.names[top["code"]]
    return text("prakiraan.headline_top", lang, place=place, chance=words[-1], **gaps)


def _short_window(view: OutlookView, lang: str) -> str:
    assert view.window is not None
    end = day(view.window.end, lang, "short")
    if view.horizon != STAGE:
        return text("prakiraan.until", lang, end=end)
    return text("prakiraan.within", lang, start=day(view.window.start, lang, "short"), end=end)


def sub(view: OutlookView, lang: str) -> str:
    """Return period, n and method in one line."""
    kind = label("kind", view.kind, lang).lower()
    if view.hist is None:
        return text("prakiraan.sub_none", lang, kind=kind)
    return text(
        "prakiraan.sub",
        lang,
        kind=kind,
        watched=day(view.watched_until, lang, "short"),
        draws=number(view.params.draws, lang),
        windows=number(len(view.evaluation.windows), lang),
        blocks=number(view.blocks, lang),
    )


def window_words(view: OutlookView, lang: str) -> str:
    """Return which days the outlook is about, and what of that is assumed."""
    window = view.window
    if window is None:
        return text("prakiraan.no_stage", lang)
    gaps = {"start": day(window.start, lang), "end": day(window.end, lang)}
    if view.horizon == STAGE:
        names = view.data.stages.set_index("stage_id")["name"]
        key = "prakiraan.window_tahapan_assumed" if window.assumed else "prakiraan.window_tahapan"
        return text(key, lang, name=names.get(window.name, window.name), **gaps)
    if window.assumed:
        return text("prakiraan.window_rakor_assumed", lang, name=window.name, **gaps)
    return text("prakiraan.window_rakor", lang, **gaps)


def empty_words(view: OutlookView, lang: str) -> str:
    """Return why there is no outlook."""
    key = "prakiraan.no_stage" if view.window is None else "prakiraan.too_little"
    return text(key, lang)


def stale_words(view: OutlookView, lang: str) -> str | None:
    """Return that watching ended before the day; None where it goes on."""
    until, least = view.watched_until, view.watched_least
    if until is None or least is None or least >= view.as_of:
        return None
    age = number((view.as_of - least).days, lang)
    if least == until:
        return text("prakiraan.stale", lang, day=day(until, lang), age=age)
    first, last = day(least, lang), day(until, lang)
    return text("prakiraan.stale_range", lang, first=first, last=last, age=age)


def verdict_words(view: OutlookView, family: str, lang: str, level: str = LEVELS[0]) -> list[str]:
    """Return how the model stands against the own last 12 months, and what beats what is shown."""
    choice = view.choice(level, family)
    shown = label("outlook_method", choice.shown, lang)
    against = choice.against_own
    if not against.windows:
        return [text("prakiraan.not_scored", lang, shown=shown)]
    gaps = {
        "mean": _signed(against.mean, lang),
        "low": _signed(against.low, lang),
        "high": _signed(against.high, lang),
        "shown": shown,
    }
    key = "prakiraan.better" if against.is_better else "prakiraan.not_better"
    words = [text(key, lang, **gaps)]
    scores = view.scores(level, family)["crps"].round(_DIGITS["crps"])
    crps, own = scores.drop(list(MODELS)), scores[choice.shown]
    lower = [m for m in crps.index[crps < own] if level == LEVELS[0] or m != NEAR]
    if lower:
        methods = ", ".join(
            f"{label('outlook_method', m, lang)} ({number(crps[m], lang, _DIGITS['crps'])})"
            for m in lower
        )
        words.append(text("prakiraan.beaten", lang, methods=methods))
    return words


def _signed(value: float, lang: str) -> str:
    words = number(abs(value), lang, _DIGITS["crps"])
    return f"−{words}" if value < 0 else words


def _rows(view: OutlookView, level: str, family: str | None = None) -> pd.DataFrame:
    rows = view.figures
    rows = rows[rows["level"].eq(level)]
    return rows if family is None else rows[rows["family"].eq(family)]


def area_table(view: OutlookView, family: str, lang: str) -> pd.DataFrame:
    """Return the outlook of a family by kabupaten, the most likely first."""
    rows = _rows(view, LEVELS[0], family)
    rows = rows.sort_values(["probability", "expected"], ascending=False, kind="stable")
    names = {
        text("prakiraan.col_area", lang): rows["code"].map(view.data.names),
        text("prakiraan.col_code", lang): rows["code"],
    }
    return pd.DataFrame({**names, **_measures(rows, lang)}).reset_index(drop=True)


def province_table(view: OutlookView, lang: str) -> pd.DataFrame:
    """Return the outlook of the province by family; families are never added up."""
    rows = _rows(view, LEVELS[1])
    names = {text("prakiraan.col_family", lang): [label("family", f, lang) for f in rows["family"]]}
    shown = {
        text("prakiraan.col_method", lang): [
            label("outlook_method", m, lang) for m in rows["method"]
        ]
    }
    return pd.DataFrame({**names, **_measures(rows, lang), **shown}).reset_index(drop=True)


def _measures(rows: pd.DataFrame, lang: str) -> dict[str, object]:
    return {
        text("prakiraan.col_chance", lang): [
            chance_words(p, step, lang)
            for p, step in zip(rows["probability"], rows["step"], strict=True)
        ],
        text("prakiraan.col_expected", lang): rows["expected"],
        text("prakiraan.col_range", lang): [
            text("prakiraan.range", lang, low=number(low, lang), high=number(high, lang))
            for low, high in zip(rows["low"], rows["high"], strict=True)
        ],
    }


def score_table(view: OutlookView, family: str, lang: str, level: str = LEVELS[0]) -> pd.DataFrame:
    """Return the mean scores of model and benchmarks; what is shown is marked."""
    scores = view.scores(level, family)
    methods = [m for m in METHODS if level == LEVELS[0] or m != NEAR]
    scores = scores.loc[methods]
    shown = view.choice(level, family).shown
    yes = text("prakiraan.yes", lang)
    columns: dict[str, object] = {
        text("prakiraan.col_method", lang): [label("outlook_method", m, lang) for m in methods],
        text("prakiraan.col_shown", lang): [yes if m == shown else "" for m in methods],
    }
    for name in SCORES:
        columns[text(f"prakiraan.col_{name}", lang)] = [
            number(value, lang, _DIGITS[name]) for value in scores[name]
        ]
    return pd.DataFrame({**columns, text("prakiraan.col_n", lang): scores["n"].to_numpy()})


def top_words(view: OutlookView, family: str, lang: str) -> str | None:
    """Return what looking at the top of the list found, beside chance; None where not scored."""
    top = view.top(family)
    if not top.windows:
        return None
    proved = top.chance * len(FAMILIES) < _SKILL
    key = "prakiraan.top_skill" if proved else "prakiraan.top_no_skill"
    gaps = {
        "looks": number(len(FAMILIES), lang),
        "looked": number(top.looked, lang),
        "places": number(top.places, lang),
        "hits": number(top.hits, lang),
        "windows": number(top.windows, lang),
        "expected": number(top.expected, lang, 1),
        "chance": number(top.chance, lang, 2),
    }
    return text(key, lang, **gaps)


def lodged_table(found: list[LodgedScore], lang: str) -> pd.DataFrame:
    """Return what was lodged, with state and score; the digest in full."""
    level, kind = LEVELS[0], "kejadian"
    return pd.DataFrame(
        {
            text("prakiraan.col_id", lang): [one.lodged.outlook_id for one in found],
            text("prakiraan.col_at", lang): [
                f"{one.lodged.lodged_at.tz_convert(zone()):%Y-%m-%d %H:%M}" for one in found
            ],
            text("prakiraan.col_window", lang): [
                text(
                    "prakiraan.within",
                    lang,
                    start=day(one.lodged.window_start, lang, "short"),
                    end=day(one.lodged.window_end, lang, "short"),
                )
                for one in found
            ],
            text("prakiraan.col_state", lang): [
                label("outlook_state", one.state, lang) for one in found
            ],
            text("prakiraan.col_crps", lang): [
                number(one.crps(kind, level, SHOWN), lang, _DIGITS["crps"]) for one in found
            ],
            text("prakiraan.col_own", lang): [
                number(one.crps(kind, level, OWN), lang, _DIGITS["crps"]) for one in found
            ],
            text("prakiraan.col_digest", lang): [one.lodged.digest for one in found],
        }
    )


def lodged_line(one: LodgedScore, lang: str) -> str:
    """Return a lodged outlook in a line."""
    level, kind = LEVELS[0], "kejadian"
    return text(
        "prakiraan.cli_scored",
        lang,
        id=one.lodged.outlook_id,
        digest=one.lodged.digest[:_DIGEST],
        state=label("outlook_state", one.state, lang),
        crps=number(one.crps(kind, level, SHOWN), lang, _DIGITS["crps"]),
        own=number(one.crps(kind, level, OWN), lang, _DIGITS["crps"]),
    )


def score_frame(view: OutlookView) -> pd.DataFrame:
    """Return every mean score by ``level``, ``family`` and ``method``, for a file."""
    parts = []
    for level, family in view.choices:
        frame = view.scores(level, family).reset_index()
        shown = frame["method"].eq(view.choice(level, family).shown)
        parts.append(frame.assign(level=level, family=family, shown=shown))
    return pd.concat(parts, ignore_index=True)


def outlook_json(view: OutlookView, today: date) -> dict[str, object]:
    """Return a view as a command prints it: window, figures, scores and verdicts by family."""
    window, figures = view.window, view.figures
    words = [
        chance_words(p, step, DEFAULT_LANGUAGE)
        for p, step in zip(figures["probability"], figures["step"], strict=True)
    ]
    verdicts = [
        {
            "level": level,
            "family": family,
            "shown": choice.shown,
            "model": choice.model,
            "better_than_own_12_months": choice.against_own.is_better,
            "difference_crps": choice.against_own.mean,
            "low": choice.against_own.low,
            "high": choice.against_own.high,
            "windows": choice.against_own.windows,
            "blocks": choice.against_own.blocks,
        }
        for (level, family), choice in view.choices.items()
    ]
    return {
        "date": view.as_of,
        "today": today,
        "kind": view.kind,
        "horizon": view.horizon,
        "window": None
        if window is None
        else {
            "start": window.start,
            "end": window.end,
            "name": window.name,
            "assumed": window.assumed,
        },
        "watched_until": view.watched_until,
        "draws": view.params.draws,
        "seed": view.params.seed,
        "figures": figures.assign(chance=words).astype("object").to_dict("records"),
        "verdicts": verdicts,
        "scores": score_frame(view).astype("object").to_dict("records"),
    }
