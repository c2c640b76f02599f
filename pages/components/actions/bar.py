"""Choices of the page Tindakan that stand in the address."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import streamlit as st

ALL = ""
"""Stands for no filter."""


def kept(place: Any, words: str, options: Mapping[str, str], key: str, name: str) -> str:
    """Draw a list of choices whose value stands in the address under a name; return its key.

    Parameters
    ----------
    place
        Where it is drawn.
    words
        Its label.
    options
        Words by key; the first is what an address without it means.
    key
        Under which ``st.session_state`` keeps it.
    name
        Of the parameter in the address.
    """
    first = next(iter(options))
    if st.session_state.get(key) not in options:
        asked = st.query_params.get(name, first)
        st.session_state[key] = asked if asked in options else first
    chosen = str(place.selectbox(words, list(options), format_func=options.__getitem__, key=key))
    if chosen == first:
        st.query_params.pop(name, None)
    else:
        st.query_params[name] = chosen
    return chosen
