"""Names of places that are not understood, as the page Data asks of them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pandas as pd
import pytest
import streamlit as st
from folium import Marker
from streamlit.testing.v1 import AppTest

from data.ingest.rows import UNSURE_COLUMNS, none_unsure
from data.store.engine import Store
from geo.maps.land import Outlined, Painted
from pages.components import maps
from pages.components.ingest import places
from services.dataset import Dataset, Datasets
from services.ingest.unplaced import Unplaced
from services.ingest.unplaced_map import CHOSEN, OFFERED, answer_at, candidate_layers

KECAMATAN, DESA, ELSEWHERE = "19.03.03", "19.03.03.2001", "19.01.01.1001"


@pytest.fixture(scope="module")
def data(shipped_store: Store) -> Dataset:
    return Datasets(shipped_store).now()


class Looked:
    """Stands for the result of a dry run with what was said so far."""

    notes = ()

    def __init__(self, rows: list[tuple[str, tuple[str, ...]]], answers: dict[str, str]) -> None:
        told = [
            ("", n, said, "19", near, answers.get(said, "")) for n, (said, near) in enumerate(rows)
        ]
        self.unsure = pd.DataFrame(told, columns=list(UNSURE_COLUMNS)) if told else none_unsure()


ROWS = [("Air Gegas", (DESA, KECAMATAN)), ("Air Gegas", (DESA, KECAMATAN)), ("*Pasar*", ())]


def script(data, look, answers) -> None:  # type: ignore[no-untyped-def]
    """Draw the names; runs alone, without the names of this module."""
    from pages.components.ingest import places

    places.draw(data, look(answers), answers, "berkas")


@pytest.fixture
def shown(data: Dataset, monkeypatch: pytest.MonkeyPatch) -> Callable[..., AppTest]:
    def click(data: Dataset, layers: object, key: str, **more: Any) -> None:
        """Stand for the map: a button that clicks at a desa of the kecamatan."""
        inside = {"code": "19.03.03.2005"}
        st.button("peta", on_click=more["on_click"], args=(inside,), key="peta")

    monkeypatch.setattr(maps, "show_map", click)

    def run(answers: dict[str, str], rows: list[tuple[str, tuple[str, ...]]]) -> AppTest:
        given = {"data": data, "look": lambda said: Looked(rows, said), "answers": answers}
        return AppTest.from_function(script, kwargs=given, default_timeout=30).run()

    return run


def test_a_name_is_chosen_by_list_or_map_and_given_back(shown: Callable[..., AppTest]) -> None:
    answers: dict[str, str] = {}
    test = shown(answers, ROWS)
    assert not test.exception
    first, second = test.selectbox
    assert (first.label, second.label) == ("“Air Gegas” · 2 baris", r"“\*Pasar\*” · 1 baris")
    assert [option.split(",")[0] for option in first.options[:2]] == [
        "Desa Airgegas",
        "Kec. Airgegas",
    ]
    assert len(first.options) == len(second.options) == len(set(first.options))
    second.select(ELSEWHERE).run()
    assert answers == {"*Pasar*": ELSEWHERE}
    test.button("berkas_Air Gegas_map").click().run()
    test.button("peta").click().run()
    assert answers == {"*Pasar*": ELSEWHERE, "Air Gegas": KECAMATAN}
    assert [box.value for box in test.selectbox] == [KECAMATAN, ELSEWHERE]
    test.selectbox[0].set_value(None).run()
    assert answers == {"*Pasar*": ELSEWHERE}
    assert not test.exception


def test_a_few_names_at_once_and_those_answered_stay(shown: Callable[..., AppTest]) -> None:
    rows = [(f"Kolong {n}", (DESA,)) for n in range(9)]
    test = shown({}, rows)
    assert [len(test.selectbox), test.selectbox[5].label] == [6, "“Kolong 5” · 1 baris"]
    test.selectbox[0].select(DESA).run()
    assert [box.label[1:9] for box in test.selectbox] == [f"Kolong {n}" for n in range(7)]
    test.button("berkas_next").click().run()
    assert test.session_state["berkas_hand"] == "Kolong 1"


def test_nothing_is_drawn_where_every_place_is_known(shown: Callable[..., AppTest]) -> None:
    test = shown({}, [])
    assert not test.exception
    assert len(test.main.children) == 0


def layers_of(data: Dataset, code: str, *near: str) -> list[object]:
    return list(candidate_layers(data, Unplaced("x", ("19",), near, code, (("", 2),))))


def test_units_apart_are_painted_each_as_a_whole(data: Dataset) -> None:
    layers = layers_of(data, ELSEWHERE, DESA, ELSEWHERE, "19.05")
    painted = {one.level: one.fills for one in layers if isinstance(one, Painted)}
    assert painted == {"kabupaten": {"19.05": OFFERED}, "desa": {DESA: OFFERED, ELSEWHERE: CHOSEN}}
    assert [one for one in layers if not isinstance(one, Painted)] == [Outlined("desa", ELSEWHERE)]


def test_a_unit_that_holds_another_is_painted_by_its_desa(data: Dataset) -> None:
    layers = layers_of(data, KECAMATAN, DESA, KECAMATAN)
    (painted,) = (one for one in layers if isinstance(one, Painted))
    drawn = {code for code in data.with_polygon if code.startswith(f"{KECAMATAN}.")}
    assert (painted.level, set(painted.fills)) == ("desa", drawn)
    assert painted.fills[DESA] not in {CHOSEN, OFFERED}
    assert {painted.fills[code] for code in drawn - {DESA}} == {CHOSEN}
    assert painted.tips[DESA] != painted.tips["19.03.03.2005"]
    assert Outlined("kecamatan", KECAMATAN) in layers
    assert sum(isinstance(one, Marker) for one in layers) == 1


@pytest.mark.parametrize(
    ("code", "meant"), [(DESA, DESA), ("19.03.03.2005", KECAMATAN), (ELSEWHERE, None)]
)
def test_a_click_means_the_narrowest_unit_around_it(code: str, meant: str | None) -> None:
    one = Unplaced("x", ("19",), (DESA, KECAMATAN), "", ())
    assert answer_at(one, code) == meant


@pytest.mark.parametrize(
    ("near", "around"),
    [
        ((DESA, KECAMATAN), KECAMATAN),
        ((DESA,), KECAMATAN),
        ((DESA, ELSEWHERE), "19"),
        ((), "19.03"),
    ],
)
def test_the_map_goes_to_what_holds_all_that_is_offered(near: tuple[str, ...], around: str) -> None:
    assert places._around(Unplaced("x", ("19.03",), near, "", ())) == around
