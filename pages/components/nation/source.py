"""Where the page of the nation gets its views, and whether there is a nation to show."""

from __future__ import annotations

import streamlit as st

from data.errors import StoreError
from data.nation.errors import NationError
from pages.components import loaders
from services.nation.views import Views

_LOOK_S = 30
"""A nation that was just published comes into the menu within this time."""


def views() -> Views:
    """Return the views of the store, shared by all readers."""
    return _views(id(loaders.store()))


@st.cache_resource(show_spinner=False, max_entries=1)
def _views(which: int) -> Views:
    del which  # tells stores apart
    return Views(loaders.store())


def is_published() -> bool:
    """Tell whether the menu has a nation to lead to."""
    try:
        return loaders.store().is_postgres and _is_published(id(loaders.store()))
    except StoreError:
        return False  # the page that is open says what is wrong


@st.cache_data(show_spinner=False, ttl=_LOOK_S)
def _is_published(which: int) -> bool:
    del which
    try:
        return views().state().as_of is not None
    except NationError:
        return False
