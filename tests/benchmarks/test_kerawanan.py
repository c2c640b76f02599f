"""Server time of the page of TPS risk and of a line of the voting day, with caches filled."""

from __future__ import annotations

import statistics
import time
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from analytics.polling.hari_h import moment
from data.clock import start_of
from data.store.engine import Store
from services.dataset import Dataset, load_dataset
from services.polling import hari_h
from services.polling.hari_h import desk, parse_entry
from services.prepare import prepare

pytestmark = pytest.mark.bench
EVE, DAY = date(2024, 2, 13), date(2024, 2, 14)
MIDNIGHT = start_of(DAY)
PAGE_S, LINE_S = 0.3, 0.3


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Dataset]:
    folder: Path = tmp_path_factory.mktemp("bench_page")
    store = Store.open(f"sqlite:///{folder / 'siaga.db'}")
    prepare(store)
    yield load_dataset(store)
    store.close()


@pytest.mark.parametrize("place", ["", "pemilu2024/19.02.01.2013/001"])
def test_the_page_from_its_cache(data: Dataset, place: str) -> None:
    def script(data, day) -> None:  # runs alone, without the names of this module
        import streamlit as st

        from pages.components.risk import map as risk_map

        head = st.container()
        risk_map.follow_address(data, day)
        asked, view = risk_map.bar(data, day)
        risk_map.draw(data, view, asked, head)

    test = AppTest.from_function(script, kwargs={"data": data, "day": EVE}, default_timeout=60)
    test.query_params.update({"tanggal": "2024-02-13", "tps": place})
    test.run()
    assert not test.exception
    spent = []
    for _ in range(7):
        started = time.process_time()
        test.run()
        spent.append(time.process_time() - started)
    median = statistics.median(spent)
    print(f"page of TPS risk from cache ({place or 'list'}): {1000 * median:.0f} ms")
    assert median <= PAGE_S


def test_a_line_of_the_voting_day_from_text_to_board(data: Dataset) -> None:
    table = desk(data, "pemilu2024", "19.01")
    spent = []
    for number in range(1, 8):
        started = time.process_time()
        entry = parse_entry(f"mendo {number} b", table)
        at = moment(MIDNIGHT, 7 + number / 60)
        hari_h.record(data.store, entry, at, "Posko")
        found = hari_h.board(data, "pemilu2024", at)
        spent.append(time.process_time() - started)
        assert found.count("buka") == number
    median = statistics.median(spent)
    print(f"a line of the voting day, written and counted over 4,116 TPS: {1000 * median:.0f} ms")
    assert median <= LINE_S
