"""What page and command say of an outlook, in both languages, and the figures they draw."""

from __future__ import annotations

import datetime as dt
import math
import re
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
import pytest

from analytics.outlook.verdict import Choice, Difference
from data.texts import LANGUAGES
from services.dataset import Dataset
from services.outlook.charts import reliability_figure, strip_figure
from services.outlook.view import OutlookView, outlook
from services.outlook.words import (
    area_table,
    chance_words,
    empty_words,
    headline,
    is_better,
    outlook_json,
    province_table,
    score_frame,
    score_table,
    stale_words,
    sub,
    top_words,
    verdict_words,
    window_words,
)
from services.texts import FAMILIES

DAY = dt.date(2024, 12, 31)


@pytest.fixture(scope="module")
def view(dataset: Dataset) -> OutlookView:
    return outlook(dataset, DAY)


def leaves(value: Any) -> Iterator[Any]:
    if isinstance(value, dict):
        for part in value.values():
            yield from leaves(part)
    elif isinstance(value, list | tuple | np.ndarray | pd.Series):
        for part in value:
            yield from leaves(part)
    else:
        yield value


def with_choice(view: OutlookView, shown: str, low: float, mean: float, high: float) -> OutlookView:
    choice = Choice("model", shown, Difference(mean, low, high, 9, 3))
    return replace(view, choices=dict.fromkeys(view.choices, choice))


@pytest.mark.parametrize(
    ("probability", "step", "words"),
    [
        (0.0, 0.1, "di bawah 10 %"),
        (0.1, 0.1, "sekitar 10 %"),
        (1.0, 0.1, "di atas 90 %"),
        (0.0, 0.25, "di bawah 25 %"),
        (0.5, 0.25, "sekitar 50 %"),
        (0.35, 0.05, "sekitar 35 %"),
    ],
)
def test_a_chance_is_said_no_finer_than_its_step(
    probability: float, step: float, words: str
) -> None:
    assert chance_words(probability, step, "id") == words


@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize("family", FAMILIES)
def test_everything_is_said_without_a_gap(view: OutlookView, family: str, lang: str) -> None:
    said = [
        headline(view, family, lang), sub(view, lang), window_words(view, lang),
        *verdict_words(view, family, lang), *verdict_words(view, family, lang, "provinsi"),
        top_words(view, family, lang) or "x",
    ]  # fmt: skip
    for frame in (area_table(view, family, lang), province_table(view, lang)):
        said += [str(cell) for cell in frame.to_numpy().ravel()]
    for words in said:
        assert words.strip()
        assert not re.search(r"\bnan\b", words.lower())
        assert "{" not in words
        assert "None" not in words


def test_the_headline_says_plainly_whether_it_is_better_than_the_own_year(
    view: OutlookView,
) -> None:
    better = with_choice(view, "model", -0.03, -0.02, -0.01)
    said = headline(better, "konflik", "id")
    assert "; model lebih baik daripada 12 bulan terakhir sendiri" in said
    for shown, low, mean, high in (("model", -0.03, -0.01, 0.01), ("sendiri", 0.0, 0.01, 0.02)):
        other = with_choice(view, shown, low, mean, high)
        words = headline(other, "konflik", "id")
        assert "; model tidak lebih baik daripada 12 bulan terakhir sendiri" in words
        assert is_better(other, "konflik") is False


def test_the_switch_shows_the_draws_of_what_was_chosen(view: OutlookView) -> None:
    model, own = (with_choice(view, m, -0.1, -0.05, 0.1).figures for m in ("model", "sendiri"))
    assert set(model["method"]) == {"model"}
    assert set(own["method"]) == {"sendiri"}
    assert not model["expected"].equals(own["expected"])


def test_what_has_a_lower_crps_than_what_is_shown_is_named(view: OutlookView) -> None:
    for family in FAMILIES:
        crps = view.scores("kabupaten", family)["crps"].round(3)
        shown = view.choice("kabupaten", family).shown
        beaten = crps.drop(["model", "kalender"]).min() < crps[shown]
        assert (len(verdict_words(view, family, "id")) == 2) == beaten


def test_tables_mark_what_is_shown_and_the_province_has_no_neighbours(view: OutlookView) -> None:
    table = score_table(view, "konflik", "id")
    assert len(table) == 7
    assert (table["Ditampilkan"] == "ya").sum() == 1
    assert len(score_table(view, "konflik", "id", "provinsi")) == 6
    assert len(area_table(view, "konflik", "id")) == len(view.codes) - 1
    assert len(province_table(view, "id")) == len(FAMILIES)
    assert score_frame(view)["shown"].sum() == 2 * len(FAMILIES)


@pytest.mark.parametrize("lang", LANGUAGES)
def test_figures_hold_words_and_finite_numbers(view: OutlookView, lang: str) -> None:
    drawn = reliability_figure(view, lang)
    assert drawn is not None
    for figure in (strip_figure(view, "konflik", lang), drawn):
        for value in leaves(figure.to_dict()):
            assert not (isinstance(value, float) and not math.isfinite(value))
            assert value != "nan"


def test_an_outlook_without_a_past_and_one_without_a_stage_say_so(dataset: Dataset) -> None:
    early = outlook(dataset, dt.date(2022, 7, 1))
    assert early.hist is None
    assert early.figures.empty
    assert headline(early, "konflik", "id") == "Belum ada prakiraan"
    assert "tiga bulan penuh" in empty_words(early, "id")
    assert reliability_figure(early, "id") is None
    far = outlook(dataset, dt.date(2040, 1, 1), horizon="tahapan")
    assert far.window is None
    assert "Tidak ada tahapan bertanggal" in empty_words(far, "id")
    stale = stale_words(far, "id")
    assert stale is not None
    assert "Pemantauan berakhir" in stale
    first = outlook(dataset, dt.date(2023, 1, 31))
    assert "belum dapat dinilai" in headline(first, "konflik", "id")
    assert top_words(first, "konflik", "id") is None


def test_the_json_holds_figures_verdicts_and_scores(view: OutlookView) -> None:
    found = outlook_json(view, DAY)
    assert len(found["figures"]) == 8 * len(FAMILIES)  # type: ignore[arg-type]
    assert all(" 0 %" not in f["chance"] for f in found["figures"])  # type: ignore[attr-defined]
    assert len(found["verdicts"]) == 2 * len(FAMILIES)  # type: ignore[arg-type]
    assert len(found["scores"]) == 2 * 7 * len(FAMILIES)  # type: ignore[arg-type]
