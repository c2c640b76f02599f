"""What stands in the fields of the form: kept while somebody types, emptied for the next one."""

from __future__ import annotations

from typing import Any

import streamlit as st

from services.reports.review.entry import Draft

PART, WRITING = "bagian", "tulis"
"""Parameter of the page Data that names its part, and the part that the form is."""
WHAT = "isian"
"""Parameter that names what is typed in."""
_TURN, _BEFORE = "entry_turn", "entry_before"
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


def correct(draft: Draft, seen: str) -> None:
    """Begin the form with a stored report; ``seen`` is its fingerprint."""
    next_form()
    st.session_state[_BEFORE] = draft, seen
    put_place(draft.code)
    for name in (
        "category", "severity", "date_event", "summary", "people_count",
        "stage", "source", "source_url", "date_reported", "point", "status",
    ):  # fmt: skip
        put(name, getattr(draft, name))
    put(f"access.{draft.kind}", draft.access)
    put("peaceful", None if draft.peaceful is None else ("ya" if draft.peaceful else "tidak"))
    put("agency", draft.agency or None)
    if draft.date_end is not None:
        put("date_end", draft.date_end)


def corrected() -> tuple[Draft, str] | None:
    """Return the stored report that the form corrects, with its fingerprint."""
    found: tuple[Draft, str] | None = st.session_state.get(_BEFORE)
    return found
