"""What all readers of the pages share: the store, and its tables as they are now."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from contextvars import ContextVar
from datetime import date
from queue import Empty, SimpleQueue
from threading import Event, Semaphore
from time import monotonic

import streamlit as st

from data.clock import today
from data.store.engine import Store
from data.store.ledger.acts import actor_now
from data.store.ledger.rights import CLEARANCE
from data.vocabulary import ACCESSES
from geo.errors import SiagaError
from services.dataset import Dataset, Datasets
from services.prepare import prepare

_AT_ONCE = 2
"""Pages drawn at the same time. More would share the one core that Python has: all of them come
later then, and the server does not answer meanwhile."""
_turns = Semaphore(_AT_ONCE)
_here: set[object] = set()
"""Pages that are drawn or wait for their turn."""
_has_turn: ContextVar[bool] = ContextVar("_has_turn", default=False)
_warm = Event()
_warm.set()  # until a server says that it warms
_MOST_EXPECTED = 4
"""What comes later has its page at work before its turn."""
_Wanted = tuple[str, date]
_NOTHING_MORE: _Wanted = ("", date.max)
_expected: SimpleQueue[_Wanted] = SimpleQueue()
_VISITOR_S = 0.3
"""Whoever waited for the server is there by then."""
_REST_S, _SETTLED_S = 4.0, 30.0
"""A server has settled once it worked nothing out for so long, or so long after its start."""


@st.cache_resource(show_spinner=False)
def _store() -> Store:
    store = Store.open()
    prepare(store)
    return store


def store() -> Store:
    """Return the store of this installation, opened and prepared once."""
    return _store()


@st.cache_resource(show_spinner=False)
def _datasets(clearance: tuple[str, ...] = ACCESSES) -> Datasets:
    return Datasets(_store(), clearance)


def dataset() -> Dataset:
    """Return the tables as they are now; one shared copy for all who may see the same records."""
    _warm.wait()
    return _datasets(CLEARANCE[actor_now().role]).now()


def will_warm() -> None:
    """Let pages wait for `warm`, which is about to begin in a thread.

    Until that has settled no garbage is collected: what a start makes is there to stay, and looking
    through all of it again and again was a fifth of a second before the first map.
    """
    _warm.clear()
    gc.disable()


def expect(page: str, day: date | None = None) -> None:
    """Let `warm` work out what a page asks first, while its browser loads what draws it.

    ``page`` as in the address; nothing names the first page. Without a day, of today.
    """
    if _expected.qsize() < _MOST_EXPECTED:
        _expected.put((page, day or today()))


def warm() -> None:
    """Read the tables, and work out what pages that are expected ask of them.

    Where none is expected soon it begins with the first page. What fails here fails in the page
    again, which says it in words. The folder of the component that draws maps must be declared by
    a page: imported here, streamlit-folium would answer no request for it.
    """
    try:
        _read()
        _work_ahead()
    finally:
        gc.enable()


def _read() -> None:
    try:
        _datasets().now()
    except SiagaError:
        forget()
    finally:
        _warm.set()


def _work_ahead() -> None:
    """Work out what is expected until nothing will be, the first page where nothing soon is."""
    settled, latest = False, monotonic() + _SETTLED_S
    wanted = _next(_VISITOR_S) or ("", today())
    while wanted is not _NOTHING_MORE:
        with suppress(SiagaError):
            _open(_datasets().now(), *wanted)
        following = None if monotonic() > latest else _next(None if settled else _REST_S)
        if following is None and not settled:
            # What stays for good need not be looked at by a collection of garbage.
            gc.collect()
            gc.freeze()
            gc.enable()
            settled = True
        wanted = following or _expected.get()


def _next(patience_s: float | None) -> _Wanted | None:
    """Return what is expected next; None where nothing is for so long."""
    try:
        return _expected.get(timeout=patience_s)
    except Empty:
        return None


def _open(data: Dataset, page: str, day: date) -> None:
    """Work out what a page asks while nothing is chosen; one that asks for little is not known.

    What is imported here is so for this page only.
    """
    if page in {"", "ringkasan"}:
        from services.hotspots.views.first_page import open_summary

        open_summary(data, day)
    elif page == "hotspot":
        from services.hotspots.views.first_page import open_hotspot

        open_hotspot(data, day)
    elif page == "distribusi":
        from services.network.remoteness import remote_view

        remote_view(data)
    elif page == "kerawanan":
        from services.risk.picture.words import open_picture

        open_picture(data, day)


def warm_no_more() -> None:
    """Let `warm` end."""
    _expected.put(_NOTHING_MORE)


@contextmanager
def turn() -> Iterator[None]:
    """Draw a page when it is its turn: first come, first served."""
    page = object()
    _here.add(page)
    try:
        with _turns:
            held = _has_turn.set(True)
            try:
                yield
            finally:
                _has_turn.reset(held)
    finally:
        _here.discard(page)


def at_work() -> int:
    """Return how many pages are drawn or wait for their turn."""
    return len(_here)


def crowded() -> bool:
    """Tell whether pages wait for their turn."""
    return len(_here) > _AT_ONCE


@contextmanager
def out_of_turn() -> Iterator[None]:
    """Let another page be drawn while this one waits; a part that is drawn alone has no turn."""
    if not _has_turn.get():
        yield
        return
    _turns.release()
    try:
        yield
    finally:
        _turns.acquire()


def forget() -> None:
    """Open the store and read its tables from the start when they are asked for next."""
    _store.clear()
    _datasets.clear()
