"""What a reader writes to a decision, and what is said to them of it, kept from run to run."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import streamlit as st

from pages.components.shell import language, plain, t
from services.dataset import Dataset
from services.explain import EXPLAINED, explain
from services.ledger.audit import undo_act


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


def draw_with_undo(data: Dataset, key: str, button: str) -> None:
    """Draw what became of the last thing that was done, with the way back under a ``button``."""
    seq = draw(key)
    if seq is not None:
        st.button(
            t("queue.undo"),
            icon=":material/undo:",
            on_click=_undo,
            args=(data, key, seq),
            key=button,
        )


def _undo(data: Dataset, key: str, seq: int) -> None:
    with attempt(key):
        undo_act(data.store, seq, t("queue.undo"))
        say(key, True, t("queue.undone"))


@contextmanager
def attempt(key: str) -> Iterator[None]:
    """Do what stands below; where it cannot be done, say why and leave the rest of it."""
    try:
        yield
    except EXPLAINED as error:
        say(key, False, explain(error, language()))
