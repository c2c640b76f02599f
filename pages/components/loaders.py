"""The only caches of the pages: the store, and its tables at one revision."""

from __future__ import annotations

import streamlit as st

from services.dataset import Dataset, load_dataset
from services.prepare import Store, open_store, prepare


@st.cache_resource(show_spinner=False)
def _store() -> Store:
    store = open_store()
    prepare(store)
    return store


@st.cache_resource(show_spinner=False, max_entries=2)
def _dataset(revision: int) -> Dataset:
    del revision  # part of the cache's key only
    return load_dataset(_store())


def dataset() -> Dataset:
    """Return the tables as they are now; one shared copy for all readers."""
    return _dataset(_store().revision())


def forget() -> None:
    """Open the store and read its tables from the start when they are asked for next."""
    _store.clear()
    _dataset.clear()
