"""Two who change the same record: the second sees what changed, and chooses."""

from __future__ import annotations

from collections.abc import Callable

import streamlit as st

from pages.components.shell import language, plain, t
from services.ledger.conflict import RecordChangedError, Say, others_words, theirs_words

_THEIRS, _MINE = "theirs", "mine"


def ask(
    error: RecordChangedError, key: str, name: Callable[[str], str], say: Say
) -> frozenset[str] | None:
    """Draw what others made of the columns that the reader changes too, with a choice for each.

    Parameters
    ----------
    error
        What `data.store.ledger.conflict.expect` raised, with what it asks about.
    key
        Of the widgets; another one where a reader is asked anew.
    name
        A column as a reader knows it.
    say
        Its values as a reader knows them.

    Returns
    -------
    frozenset of str or None
        The columns in which what is stored stays, once the reader has chosen; None before.
    """
    st.warning(t("conflict.asked"))
    chosen: dict[str, str | None] = {}
    for one in error.theirs:
        ways = {
            _THEIRS: plain(t("conflict.theirs", value=say(one.column, one.stored))),
            _MINE: plain(t("conflict.mine", value=say(one.column, one.mine))),
        }
        chosen[one.column] = st.radio(
            plain(theirs_words(one, language(), name(one.column), say)),
            list(ways),
            index=None,
            format_func=ways.__getitem__,
            key=f"{key}_{one.column}",
        )
    if words := others_words(error.others, language(), name, say):
        st.caption(plain(words))
    ready = all(chosen.values())
    if not st.button(t("conflict.save"), type="primary", disabled=not ready, key=f"{key}_save"):
        return None
    return frozenset(column for column, way in chosen.items() if way == _THEIRS)
