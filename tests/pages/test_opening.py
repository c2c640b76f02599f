"""What is worked out while a browser loads a page is what that page asks."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from data.clock import today
from data.store.engine import Store
from pages.components import loaders
from services import memo
from services.dataset import Datasets
from tests.pages.test_pages import open_page
from tests.pages.test_skeleton import ask

HEAVY = {
    "ringkasan": {"overview", "hotspot"},
    "hotspot": {"relative_risk_view"},
    "distribusi": {"network_of", "_remoteness"},
    "kerawanan": {"picture", "relative_risk_view"},
}
DAY = date(2024, 2, 13)


@pytest.mark.parametrize("page", HEAVY)
def test_an_opened_page_finds_its_answers_there(
    page: str, shipped_store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    line, made = Datasets(shipped_store), list[str]()
    inner = memo.recorded

    def recorded(make: Callable[..., Any], *given: Any) -> Any:
        made.append(make.__name__)
        return inner(make, *given)

    monkeypatch.setattr(memo, "recorded", recorded)
    monkeypatch.setenv("SIAGA_VAR", str(tmp_path))
    monkeypatch.setattr(loaders, "dataset", line.now)
    loaders._open(line.now(), page, DAY)
    assert set(made) >= HEAVY[page]
    made.clear()
    test = open_page(page, tanggal=DAY.isoformat())
    assert not test.exception
    assert not HEAVY[page] & set(made)


def test_a_page_that_is_asked_for_is_expected_and_a_crowd_is_not(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    while not loaders._expected.empty():
        loaders._expected.get()
    ask("/hotspot", b"tanggal=2024-02-13")
    ask("/kerawanan", b"tanggal=kapan")
    ask("/", b"tanggal=0001-01-01")  # no calendar goes back from there
    assert loaders._expected.get() == ("hotspot", DAY)
    assert loaders._expected.get() == ("kerawanan", today())
    assert loaders._expected.get() == ("", today())
    for _ in range(loaders._MOST_EXPECTED + 3):
        ask("/hotspot")
    assert loaders._expected.qsize() == loaders._MOST_EXPECTED
    worked_out = list[tuple[str, date]]()
    monkeypatch.setattr(loaders, "_datasets", lambda *_: Datasets)
    monkeypatch.setattr(Datasets, "now", lambda: None)
    monkeypatch.setattr(loaders.gc, "freeze", lambda: None)
    monkeypatch.setattr(loaders, "_open", lambda _, *asked: worked_out.append(asked))
    loaders.warm_no_more()
    loaders.warm()
    assert worked_out == [("hotspot", today())] * loaders._MOST_EXPECTED
