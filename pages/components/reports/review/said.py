"""What a reader writes to a decision, and what is said to them of it, kept from run to run."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import streamlit as st

from pages.components.shell import language, plain
from services.explain import EXPLAINED, explain


def why(key: str) -> str | None:
    """Return the reason that stands in a field; None for none."""
    return str(st.session_state.get(key, "")).strip() or None


def say(key: str, good: bool, words: str, seq: int | None = None) -> None:
    """Keep what became of something, and the act that did it, for `draw`."""
    st.session_state[key] = good, words, seq


def draw(key: str) -> int | None:
    """Draw what became of the last thing that was done; return the act that can be undone."""
    if (done := st.session_state.get(key)) is None:
        return None
    good, words, seq = done
    (st.success if good else st.warning)(plain(words))
    found: int | None = seq
    return found


@contextmanager
def attempt(key: str) -> Iterator[None]:
    """Do what stands below; where it cannot be done, say why and leave the rest of it."""
    try:
        yield
    except EXPLAINED as error:
        say(key, False, explain(error, language()))
