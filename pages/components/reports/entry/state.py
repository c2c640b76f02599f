"""What stands in the fields of the form: kept while somebody types, emptied for the next one."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import streamlit as st

from services.ledger.conflict import RecordChangedError
from services.reports.review.draft import YES_NO, Draft

PART, WRITING = "bagian", "tulis"
"""Parameter of the page Data that names its part, and the part that the form is."""
WHAT = "isian"
"""Parameter that names what is typed in."""
_TURN, _BEFORE, _ASKED = "entry_turn", "entry_before", "entry_asked"
_STAYS = ("agency", "date_event", "date_end", "kabupaten", "kecamatan", "desa")
"""What is usually the same in the next one."""


def key(name: str) -> str:
    """Return the key of a field; that of most is another one in the next form."""
    own = name.split(".", maxsplit=1)[0]
    return f"entry_{name}" if own in _STAYS else f"entry_{name}_{st.session_state.get(_TURN, 0)}"


def first(name: str, value: Any) -> str:
    """Return the key of a field, which begins with a value."""
    st.session_state.setdefault(key(name), value)
    return key(name)


def put(name: str, value: Any) -> None:
    """Have a field say something; before it is drawn, or in the callback of a button."""
    st.session_state[key(name)] = value


def next_form() -> None:
    """Empty the form; agency, place and day stay."""
    st.session_state[_TURN] = st.session_state.get(_TURN, 0) + 1
    st.session_state.pop(_BEFORE, None)
    st.session_state.pop(_ASKED, None)


def put_place(code: str | None) -> None:
    """Choose a unit in the boxes of places."""
    parts = (code or "").split(".")
    above = ""
    for depth, level in enumerate(("kabupaten", "kecamatan", "desa"), start=2):
        here = ".".join(parts[:depth]) if len(parts) >= depth else None
        put(f"{level}.{above}", here)
        if here is None:
            return
        above = here


def correct(draft: Draft) -> None:
    """Begin the form with a stored report."""
    next_form()
    st.session_state[_BEFORE] = draft
    put_place(draft.code)
    for name in (
        "category", "severity", "date_event", "summary", "people_count",
        "stage", "source", "source_url", "date_reported", "point", "status",
    ):  # fmt: skip
        put(name, getattr(draft, name))
    put(f"access.{draft.kind}", draft.access)
    put("peaceful", None if draft.peaceful is None else YES_NO[draft.peaceful])
    put("agency", draft.agency or None)
    if draft.date_end is not None:
        put("date_end", draft.date_end)


def corrected() -> Draft | None:
    """Return the stored report that the form corrects, as it was when it was opened."""
    found: Draft | None = st.session_state.get(_BEFORE)
    return found


@dataclass(frozen=True)
class Asked:
    """What was not stored: a correction of what others have corrected too, and what they made."""

    draft: Draft
    error: RecordChangedError


def ask(draft: Draft, error: RecordChangedError | None) -> None:
    """Keep what is to be asked of the writer of a correction; None: nothing any more."""
    st.session_state[_ASKED] = None if error is None else Asked(draft, error)


def asked(draft: Draft) -> RecordChangedError | None:
    """Return what is to be asked of a correction, as long as the form says the same."""
    found: Asked | None = st.session_state.get(_ASKED)
    return found.error if found is not None and found.draft == draft else None
