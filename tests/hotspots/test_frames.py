"""A film of the map: each of its weeks is the map that the page draws on that day."""

from __future__ import annotations

from datetime import date, timedelta
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analytics.reports.selection import Selection
from services.dataset import Dataset
from services.hotspots.counts import COUNT_BREAKS, HotspotQuery, hotspot
from services.hotspots.frames import (
    Film,
    Frames,
    bounds_of,
    changes_of,
    film_view,
    frames,
    unrepeated,
)
from services.hotspots.map import hotspot_legend
from services.maps import SILENT_FILLS
from services.texts import day, number

DAYS = tuple(date(2022, 7, 3) + timedelta(days=7 * n) for n in range(190))
CHECKED = (0, 84, 116, 174, 189)
"""Before anybody watched, around the vote of February 2024, in 2025, and after watching ended."""
FAMILIES = ("konflik", "unjuk_rasa")


def film(level: str, measure: str = "affairs", window: str = "semua", **more: object) -> Film:
    chosen = Selection(as_of=DAYS[3], families=FAMILIES)
    return Film(HotspotQuery(chosen, level, measure, "konflik"), window, **more)  # type: ignore[arg-type]


def full(found: Frames) -> list[str]:
    """Return every frame in full."""
    out: list[str] = []
    for one in found.fills:
        out.append(one or out[-1])
    return out


@pytest.mark.parametrize(
    ("level", "measure", "window", "more"),
    [
        ("kecamatan", "affairs", "semua", {}),
        ("desa", "affairs", "tahun", {}),
        ("kabupaten", "rate", "rakor", {}),
        ("desa", "reports", "semua", {"start": date(2024, 1, 1)}),
    ],
)
def test_each_week_has_the_classes_and_silences_of_the_map_of_its_day(
    dataset: Dataset, level: str, measure: str, window: str, more: dict[str, object]
) -> None:
    asked = film(level, measure, window, **more)
    breaks, highest = bounds_of(dataset, asked, DAYS)
    assert 0 < breaks[-1] <= highest or measure == "rate"
    found = frames(dataset, asked, DAYS, breaks)
    played = full(found)
    drawn = sorted(dataset.display_shapes[level]["code"])
    assert drawn == dataset.display_shapes[level]["code"].tolist()
    queries = asked.at(dataset, DAYS)
    seen = set()
    for n in CHECKED:
        view = hotspot(dataset, queries[n], breaks)
        classes = [found.keys[int(digit, 36)] for digit in played[n]]
        assert classes == view.units["class"].reindex(drawn).tolist(), DAYS[n]
        of_family = view.reports[view.reports["family"].eq("konflik")]
        assert found.affairs[n] == of_family["perkara_id"].nunique()
        assert found.spread[n] == int((view.units.loc[drawn, "affairs_konflik"] > 0).sum())
        seen |= set(classes)
    assert {"tidak_ada_laporan", "tidak_tercakup"} <= seen
    assert seen & {"0", "1", "2"}


def test_a_film_is_the_same_from_whatever_day_it_is_asked_and_sends_no_frame_twice(
    dataset: Dataset,
) -> None:
    one = film("kecamatan")
    other = Film(
        HotspotQuery(
            Selection(as_of=DAYS[90], date_from=DAYS[1], date_to=DAYS[90], families=FAMILIES),
            "kecamatan",
            drill="19.01",
        ),
        "semua",
    )
    assert one == other
    found = frames(dataset, one, DAYS, COUNT_BREAKS)
    assert frames(dataset, other, DAYS, COUNT_BREAKS) is found
    assert found.fills[0] != ""
    played = full(found)
    changes = sum(a != b for a, b in pairwise(played))
    assert changes == sum(map(bool, found.fills[1:])) < len(DAYS) / 2


def repeated(joined: str) -> list[str]:
    """Return the values of all days, as the script does."""
    return full(Frames((), tuple(joined.split(";")), (), ())) if joined else []


def played(packed: str) -> list[str]:
    """Return the frames of all days, as the script does."""
    found: list[str] = []
    now: list[str] = []
    for changes in packed.split(";"):
        if changes.startswith("="):
            now = list(changes[1:])
            found.append("".join(now))
            continue
        for at in range(0, len(changes), 4):
            now[int(changes[at : at + 3], 36)] = changes[at + 3]
        found.append("".join(now))
    return found


@pytest.mark.parametrize("level", ["kabupaten", "desa"])
def test_what_is_sent_of_a_film_makes_the_film_again(dataset: Dataset, level: str) -> None:
    asked = film(level, window="tahun")
    view = film_view(dataset, asked, DAYS, "id")
    breaks, _ = bounds_of(dataset, asked, DAYS)
    found = frames(dataset, asked, DAYS, breaks)
    assert played(view["fills"]) == full(found)
    assert repeated(view["affairs"]) == [number(n, "id") for n in found.affairs]
    assert repeated(view["spread"]) == [number(n, "id") for n in found.spread]
    assert len(view["fills"]) <= sum(map(len, found.fills)) + 3 * len(DAYS)


@settings(deadline=None)
@given(st.integers(1, 1500), st.lists(st.integers(0, 2**31), min_size=1, max_size=8))
def test_any_film_is_made_again_from_its_changes(units: int, seeds: list[int]) -> None:
    rows = [
        "".join(np.random.default_rng(seed).choice(list("0123z"), units).tolist()) for seed in seeds
    ]
    rows += [*rows, rows[-1]]
    fills = unrepeated(rows)
    assert played(";".join(changes_of(fills))) == rows
    assert repeated(";".join(fills)) == rows


def test_what_the_browser_gets_fits_together(dataset: Dataset) -> None:
    view = film_view(dataset, film("kabupaten", window="tahun"), DAYS, "id")
    days = [played(view["fills"]), *(repeated(view[one]) for one in ("affairs", "spread"))]
    assert [len(one) for one in days] == [len(DAYS)] * 3
    used = {int(digit, 36) for one in days[0] for digit in one}
    assert max(used) < len(view["palette"])
    assert {int(digit, 36): colour for digit, colour, _ in view["legend"]} == {
        n: view["palette"][n] for n in used
    }


@pytest.mark.parametrize("window", ["tahun", "semua", "rakor"])
@pytest.mark.parametrize("lang", ["id", "en"])
def test_the_legend_of_a_film_says_what_the_map_of_the_day_says(
    dataset: Dataset, window: str, lang: str
) -> None:
    asked = film("kecamatan", window=window)
    view = film_view(dataset, asked, DAYS, lang)
    epoch = date(1970, 1, 1)
    for n in CHECKED:
        query = asked.at(dataset, DAYS)[n]
        legend = hotspot_legend(hotspot(dataset, query), query, lang)
        starts = repeated(view["starts"])
        start = epoch + timedelta(days=int(starts[n])) if starts else None
        said = view["sub"].format(
            start=day(start, lang, "short"),
            end=day(DAYS[n], lang, "short"),
            n=repeated(view["affairs"])[n],
        )
        assert (view["title"], said) == (legend.title, legend.sub)
        words = {colour: row for _, colour, row in view["legend"]}
        silent = [(fill, row) for fill, row, _ in legend.rows if fill in SILENT_FILLS.values()]
        assert silent
        assert all(words[fill] == row for fill, row in silent)
