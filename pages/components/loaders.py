"""What all readers of the pages share: the store, and its tables as they are now."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Event, Semaphore

import streamlit as st

from data.clock import today
from data.store.engine import Store
from geo.errors import SiagaError
from services.dataset import Dataset, Datasets
from services.hotspots.views.first_page import first_answers
from services.prepare import prepare

_AT_ONCE = 2
"""Pages drawn at the same time. More would share the one core that Python has: all of them come
later then, and the server does not answer meanwhile."""
_turns = Semaphore(_AT_ONCE)
_warm = Event()
_warm.set()  # until a server says that it warms


@st.cache_resource(show_spinner=False)
def _store() -> Store:
    store = Store.open()
    prepare(store)
    return store


@st.cache_resource(show_spinner=False)
def _datasets() -> Datasets:
    return Datasets(_store())


def dataset() -> Dataset:
    """Return the tables as they are now; one shared copy for all readers."""
    _warm.wait()
    return _datasets().now()


def will_warm() -> None:
    """Let pages wait for `warm`, which is about to begin in a thread."""
    _warm.clear()


def warm() -> None:
    """Read the tables and work out what the first page says; what fails, that page says in words.

    The folder of the component that draws maps must be declared by a page: imported here,
    streamlit-folium would answer no request for it.
    """
    try:
        first_answers(_datasets().now(), today())
    except SiagaError:
        forget()
    finally:
        # Streamlit collects garbage after each run: what stays for good need not be looked at.
        gc.collect()
        gc.freeze()
        _warm.set()


@contextmanager
def turn() -> Iterator[None]:
    """Draw a page when it is its turn: first come, first served."""
    with _turns:
        yield


def forget() -> None:
    """Open the store and read its tables from the start when they are asked for next."""
    _store.clear()
    _datasets.clear()
