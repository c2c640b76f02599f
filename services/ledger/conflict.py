"""What others changed in a record while somebody else was changing it, in words."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime
from typing import Any

from data.clock import today
from data.errors import RecordChangedError
from data.province import zone
from data.store.ledger.acts import LOCAL
from data.store.ledger.conflict import Theirs, settled
from services.texts import day, text

__all__ = ["RecordChangedError", "Theirs", "others_words", "settled", "theirs_words"]

Say = Callable[[str, Any], str]
"""Says a value of a column; None is an empty one."""


def theirs_words(one: Theirs, lang: str, name: str, say: Say) -> str:
    """Return who changed a column, when, from what they found to what stands there now.

    Parameters
    ----------
    one
        What was changed.
    name
        The column as a reader knows it.
    say
        Its values as a reader knows them.
    """
    values = {"before": say(one.column, one.seen), "after": say(one.column, one.stored)}
    if one.at is None or one.office is None:
        return text("conflict.line_unknown", lang, column=name, **values)
    who = text("conflict.here", lang) if one.office == LOCAL.office else one.office
    return text("conflict.line", lang, column=name, who=who, at=_moment(one.at, lang), **values)


def others_words(others: Iterable[Theirs], lang: str, name: Callable[[str], str], say: Say) -> str:
    """Return what others changed meanwhile and what stays, as a sentence; empty without any."""
    lines = "; ".join(theirs_words(one, lang, name(one.column), say) for one in others)
    return text("conflict.others", lang, lines=lines) if lines else ""


def _moment(at: datetime, lang: str) -> str:
    """Return a time of today, else with its day."""
    here = at.astimezone(zone())
    hour = f"{here:%H.%M}"
    return hour if here.date() == today() else f"{hour}, {day(here.date(), lang, 'short')}"
