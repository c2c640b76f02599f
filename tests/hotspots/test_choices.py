"""What is sent ahead for each choice is what the server paints once it is chosen."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

import pandas as pd
import pytest

from analytics.reports.selection import Selection
from geo.maps.land import paint_message
from services.dataset import LEVELS, Dataset
from services.hotspots.counts import HotspotQuery, by_family, hotspot
from services.hotspots.map import hotspot_layers, hotspot_legend
from services.hotspots.views.choices import family_frames, level_frames
from services.hotspots.views.map_picture import families_dots
from services.maps import land_order
from services.texts import FAMILIES, label

CHOSEN = ("konflik", "unjuk_rasa")
DAY = date(2025, 10, 29)
QUERIES = {
    "all": HotspotQuery(Selection(as_of=DAY, families=CHOSEN), "kecamatan"),
    "window": HotspotQuery(
        Selection(as_of=DAY, date_from=date(2024, 1, 1), date_to=date(2024, 3, 1), families=CHOSEN),
        "desa",
        "reports",
    ),
    "rate": HotspotQuery(Selection(as_of=date(2024, 2, 20), families=CHOSEN), "kabupaten", "rate"),
    "before": HotspotQuery(Selection(as_of=date(2021, 1, 1), families=CHOSEN), "kecamatan"),
}


def painted(data: Dataset, query: HotspotQuery, lang: str) -> dict[str, Any]:
    """Return what the page paints of a query."""
    view = hotspot(data, query)
    units = hotspot_layers(view, data, query, lang)[0]
    message = paint_message(units, land_order(data, query.level))  # type: ignore[arg-type]
    dots = families_dots(view, query, lang)
    return {**message, "legend": hotspot_legend(view, query, lang, dots).message()}


def told(frame: dict[str, Any]) -> dict[str, Any]:
    """Return what a frame says without the marks of dots, which are not painted ahead."""
    rows = [row for row in frame["legend"]["rows"] if not row[0].startswith("dot:")]
    kept = {key: frame[key] for key in ("level", "fills", "palette", "labels") if key in frame}
    return {**kept, "legend": {**frame["legend"], "rows": rows}}


@pytest.mark.parametrize("name", QUERIES)
@pytest.mark.parametrize("family", ["konflik", "logistik"])
def test_a_family_is_painted_ahead_as_it_is_when_it_is_chosen(
    dataset: Dataset, name: str, family: str
) -> None:
    base = QUERIES[name]
    families = CHOSEN if family in CHOSEN else (*CHOSEN, family)
    now = replace(base, family=family, selection=replace(base.selection, families=families))
    found = family_frames(dataset, now, CHOSEN, "id")
    assert list(found) == [label("family", one, "id") for one in FAMILIES]
    for one in FAMILIES:
        listed = CHOSEN if one in CHOSEN else (*CHOSEN, one)
        asked = replace(base, family=one, selection=replace(base.selection, families=listed))
        assert told(found[label("family", one, "id")]) == told(painted(dataset, asked, "id")), one


def test_a_unit_that_only_an_unchosen_family_touched_keeps_its_silence(dataset: Dataset) -> None:
    query = QUERIES["all"]
    found = by_family(dataset, query)
    whole = {one: view.whole for one, (_, view) in found.items()}
    other = whole["pelanggaran"]
    only = other.index[
        other["affairs_pelanggaran"].gt(0)
        & other[["reports_konflik", "reports_unjuk_rasa"]].eq(0).all(axis=1)
    ]
    assert len(only) >= 3
    states = whole["konflik"].loc[only, "state"]
    assert not states.eq("ada_laporan").any()
    assert whole["pelanggaran"].loc[only, "state"].eq("ada_laporan").all()
    pd.testing.assert_series_equal(states, hotspot(dataset, query).whole.loc[only, "state"])


@pytest.mark.parametrize("name", QUERIES)
@pytest.mark.parametrize("lang", ["id", "en"])
def test_a_level_is_painted_ahead_as_it_is_when_it_is_chosen(
    dataset: Dataset, name: str, lang: str
) -> None:
    found = level_frames(dataset, QUERIES[name], lang)
    assert list(found) == [label("level", level, lang) for level in LEVELS]
    for level in LEVELS:
        asked = replace(QUERIES[name], level=level)
        frame = found[label("level", level, lang)]
        assert told(frame) == told(painted(dataset, asked, lang))
        assert frame["legend"] == painted(dataset, asked, lang)["legend"]


def test_another_family_on_the_map_asks_nothing_of_the_families_again(dataset: Dataset) -> None:
    base = QUERIES["all"]
    now = replace(base, family="unjuk_rasa")
    first = family_frames(dataset, base, CHOSEN, "id")
    assert family_frames(dataset, now, CHOSEN, "id") is first
