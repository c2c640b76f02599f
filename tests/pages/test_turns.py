"""Pages are drawn a few at a time."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from threading import Event, Thread
from time import monotonic, sleep
from types import SimpleNamespace

import pytest

from geo.errors import ParameterError
from pages.components import loaders, maps
from services.dataset import Datasets

SOON_S, LATE_S = 10, 0.2


class Reader(Thread):
    """A reader who holds a turn until told to go."""

    def __init__(self) -> None:
        super().__init__(daemon=True)
        self.drawing, self.go = Event(), Event()
        self.start()

    def run(self) -> None:
        with loaders.turn():
            self.drawing.set()
            self.go.wait(SOON_S)

    def leave(self) -> None:
        self.go.set()
        self.join(SOON_S)


@pytest.fixture
def none_expected() -> None:
    """No page is left over that another test asked for."""
    while not loaders._expected.empty():
        loaders._expected.get()


@pytest.fixture
def two() -> Iterator[list[Reader]]:
    readers = [Reader(), Reader()]
    for reader in readers:
        assert reader.drawing.wait(SOON_S)
    yield readers
    for reader in readers:
        reader.leave()


def test_a_third_page_waits_until_one_of_two_is_drawn(two: list[Reader]) -> None:
    assert not loaders.crowded()
    third = Reader()
    assert not third.drawing.wait(LATE_S)
    assert loaders.crowded()
    two[0].leave()
    assert third.drawing.wait(SOON_S)
    assert not loaders.crowded()
    third.leave()


def test_a_page_that_waits_lets_another_be_drawn_and_takes_its_turn_again(
    two: list[Reader],
) -> None:
    two[0].leave()
    with loaders.turn():
        third = Reader()
        assert not third.drawing.wait(LATE_S)
        with loaders.out_of_turn():
            assert third.drawing.wait(SOON_S)
            third.leave()
        fourth = Reader()
        assert not fourth.drawing.wait(LATE_S)
    assert fourth.drawing.wait(SOON_S)
    fourth.leave()
    with loaders.out_of_turn():  # a part of a page that is drawn alone gives none away
        fifth, sixth = Reader(), Reader()
        assert fifth.drawing.wait(SOON_S)
        assert not sixth.drawing.wait(LATE_S)
        fifth.leave()
        sixth.leave()


def test_only_the_first_map_of_a_browser_is_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    slept, state, agent = list[float](), dict[str, bool](), dict[str, str]()
    monkeypatch.setattr(maps, "sleep", slept.append)
    monkeypatch.setattr(maps.st, "session_state", state)
    monkeypatch.setattr(maps.st, "context", SimpleNamespace(headers=agent))
    maps._send()
    state.clear()
    agent["User-Agent"] = "Mozilla/5.0"
    maps._send()
    maps._send()
    assert slept == [maps._LET_GO_S, maps._FIRST_S, maps._LET_GO_S]


def test_a_page_that_fails_gives_its_turn_back() -> None:
    for _ in range(3):
        with pytest.raises(ParameterError), loaders.turn():
            raise ParameterError("n", 0, "more than 0")


@pytest.mark.usefixtures("none_expected")
def test_garbage_waits_until_a_server_has_settled(monkeypatch: pytest.MonkeyPatch) -> None:
    done: list[str] = []
    monkeypatch.setattr(loaders, "_read", lambda: None)
    monkeypatch.setattr(loaders, "_datasets", lambda *_: Datasets)
    monkeypatch.setattr(Datasets, "now", lambda: None)
    monkeypatch.setattr(loaders.gc, "freeze", lambda: done.append("freeze"))
    monkeypatch.setattr(loaders, "_REST_S", 0.0)
    monkeypatch.setattr(loaders, "_VISITOR_S", 0.0)

    def opened(*_: object) -> None:
        assert not gc.isenabled()
        done.append("open")

    monkeypatch.setattr(loaders, "_open", opened)
    loaders.will_warm()
    worker = Thread(target=loaders.warm, daemon=True)
    worker.start()
    deadline = monotonic() + SOON_S
    while done != ["open", "freeze"] and monotonic() < deadline:
        sleep(0.01)
    assert done == ["open", "freeze"]
    loaders.warm_no_more()
    worker.join(SOON_S)
    assert not worker.is_alive()
    assert gc.isenabled()
    loaders._warm.set()


@pytest.mark.usefixtures("none_expected")
def test_who_comes_a_moment_after_a_start_is_not_kept_waiting(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    opened: list[str] = []
    monkeypatch.setattr(loaders, "_read", lambda: None)
    monkeypatch.setattr(loaders, "_datasets", lambda *_: Datasets)
    monkeypatch.setattr(Datasets, "now", lambda: None)
    monkeypatch.setattr(loaders.gc, "freeze", lambda: None)
    monkeypatch.setattr(loaders, "_VISITOR_S", SOON_S)
    monkeypatch.setattr(loaders, "_open", lambda _data, page, _day: opened.append(page))
    loaders.will_warm()
    worker = Thread(target=loaders.warm, daemon=True)
    worker.start()
    loaders.expect("kerawanan")
    loaders.warm_no_more()
    worker.join(SOON_S)
    assert opened == ["kerawanan"]
    loaders._warm.set()


def test_garbage_is_collected_again_where_a_start_fails(monkeypatch: pytest.MonkeyPatch) -> None:
    def failing(*_: object) -> None:
        raise ValueError("a fault of ours")

    monkeypatch.setattr(loaders, "_read", failing)
    loaders.will_warm()
    with pytest.raises(ValueError, match="fault"):
        loaders.warm()
    assert gc.isenabled()
    loaders._warm.set()


def test_pages_wait_for_the_tables_and_not_for_ever(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object) -> None:
        raise ParameterError("n", 0, "more than 0")

    broken.clear = lambda: None  # type: ignore[attr-defined]
    monkeypatch.setattr(loaders, "_datasets", broken)
    monkeypatch.setattr(loaders.gc, "freeze", lambda: None)
    loaders.will_warm()
    asked = Event()

    def page() -> None:
        with pytest.raises(ParameterError):
            loaders.dataset()
        asked.set()

    Thread(target=page, daemon=True).start()
    assert not asked.wait(LATE_S)
    loaders.warm_no_more()
    loaders.warm()  # fails; the page is told by its own try
    assert asked.wait(SOON_S)
