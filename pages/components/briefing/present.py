"""The deck on the page: the same file that goes on a stick, as wide as the page, with the keys."""

from __future__ import annotations

from functools import lru_cache
from threading import Thread

import streamlit as st

from data.briefing import player
from services.briefing.deck import Deck
from services.briefing.files.html import html_file

_HEIGHT_PX = 640
"""Asked of the frame; the style sheet gives it the shape of a slide."""

# Cutting the letters to size takes longer than all else, once in a process: nobody waits for it.
Thread(target=player.style, daemon=True).start()


def present(deck: Deck) -> None:
    """Draw the deck; it takes the keyboard at once, and F shows it on the whole screen.

    Parameters
    ----------
    deck
        Shown anew when it is another one than in the run before.

    Raises
    ------
    DoesNotFitError, CannotDrawError
        As `html_file`.
    """
    with st.container(key="present"):
        st.iframe(page_of(deck), height=_HEIGHT_PX, tab_index=0, alt=deck.title)


@lru_cache(maxsize=8)
def page_of(deck: Deck) -> str:
    """Return what the frame shows; the same deck is drawn once.

    Raises
    ------
    DoesNotFitError, CannotDrawError
        As `html_file`.
    """
    return html_file(deck).decode("utf-8")
