"""What all readers of the pages share: the store, and its tables as they are now."""

from __future__ import annotations

import streamlit as st

from data.store.engine import Store
from services.dataset import Dataset, Datasets
from services.prepare import prepare


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
    return _datasets().now()


def forget() -> None:
    """Open the store and read its tables from the start when they are asked for next."""
    _store.clear()
    _datasets.clear()
