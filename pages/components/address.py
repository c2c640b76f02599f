"""The state of the screen as the address says it: the only truth of what a reader chose.

A link, a reload, Back and Forward show what was seen, and two tabs of one browser share nothing.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Collection, Container, Iterable, Sequence
from datetime import date, timedelta
from typing import Any

import streamlit as st

from data.clock import today
from services.texts import DEFAULT_LANGUAGE, label, text

SHARED = (
    "lang", "tanggal", "dari", "sejak", "keluarga", "tingkat", "rentang", "wilayah", "pemilihan",
    "kabupaten", "lihat",
)  # fmt: skip
"""What goes with the reader to another page; the rest belongs to the page it was chosen on."""

UNIT = "wilayah"
"""Names the area that is open."""
VIEW = "lihat"
"""What part of the map is seen; the browser writes it."""
_ON, _OFF = "ya", "tidak"
_FAR = timedelta(days=36_525)
"""A date further away than a century is a slip of the pen."""
_LONGEST = 120
"""Characters of a typed field that stands in the address."""
_OWN, _LAST, _CHANNEL = "address_own", "address_last", "address_channel"


def language() -> str:
    """Return the language that the address names, Indonesian where it names none."""
    return value("lang", ("id", "en"), DEFAULT_LANGUAGE)


def value(name: str, options: Collection[str] | None, first: str) -> str:
    """Return what the address says of a name, ``first`` where that is none of the options.

    ``options`` None lets any text through: whoever asks must check it.
    """
    said = st.query_params.get(name)
    return first if said is None or (options is not None and said not in options) else said


def values(name: str, options: Collection[str], first: Sequence[str] = ()) -> list[str]:
    """Return the list that the address says of a name, without what is none of the options."""
    said = st.query_params.get(name)
    if said is None:
        return list(first)
    return [one for one in dict.fromkeys(said.split(",")) if one in options]


def whole(name: str, least: int, most: int, first: int) -> int:
    """Return the whole number from ``least`` to ``most`` that the address says of a name."""
    said = st.query_params.get(name, "")
    number = int(said) if said.isascii() and said.isdigit() and len(said) < 10 else first
    return number if least <= number <= most else first


def as_day(said: str | None) -> date | None:
    """Return the day that words of an address name; None where they name none of our time."""
    try:
        found = date.fromisoformat(said or "")
    except ValueError:
        return None
    return found if abs(found - today()) <= _FAR else None


def day(name: str) -> date | None:
    """Return the day that the address says of a name."""
    return as_day(st.query_params.get(name))


def is_on(name: str, first: bool = False) -> bool:
    """Return whether the switch of a name is on; ``first`` is how it stands by itself."""
    return value(name, (_ON, _OFF), _position(first)) == _ON


def put(name: str, chosen: str | None, first: str | None = None) -> None:
    """Write a choice into the address; take it out where it is ``first``, which needs no word."""
    put_all({name: None if chosen == first else chosen})


def put_all(changes: dict[str, str | None]) -> None:
    """Write several choices as one step of the browser's history; None takes one out."""
    before = st.query_params.to_dict()
    last = st.session_state.get(_LAST)
    # A click that comes before the browser followed the last one still names the old address.
    known = last[1] if last is not None and last[0] == before else before
    after = {key: said for key, said in {**known, **changes}.items() if said is not None}
    st.session_state[_LAST] = before, after
    if after != before:
        st.query_params.from_dict(after)


def begin(page: str) -> None:
    """Take note of what a page's own part of the address is; called once per run, at its start."""
    now = st.query_params.to_dict()
    last = st.session_state.get(_LAST)
    if last is not None and last[0] == now != last[1]:
        del st.session_state[_LAST]  # the reader went back, and what was left is left
    own = {name: said for name, said in now.items() if name not in SHARED}
    st.session_state.setdefault(_OWN, {})[page] = own


def to(page: str, **changes: str | None) -> dict[str, str]:
    """Return the parameters of a link to a page, as it was left, with what all pages share."""
    shared = {n: said for n, said in st.query_params.to_dict().items() if n in SHARED}
    own = st.session_state.get(_OWN, {}).get(page, {})
    return {n: said for n, said in {**own, **shared, **changes}.items() if said is not None}


def unit(codes: Container[str]) -> str | None:
    """Return the code of the area that is open; None where it is none of ``codes``."""
    code = st.query_params.get(UNIT)
    return code if code in codes else None


def channel() -> str:
    """Return the name of what this reader's screen says to itself, unlike that of any other."""
    if _CHANNEL not in st.session_state:
        st.session_state[_CHANNEL] = secrets.token_hex(8)
    name: str = st.session_state[_CHANNEL]
    return name


def choice(
    place: Any,
    title: str,
    options: Sequence[str],
    section: str,
    name: str,
    first: int = 0,
    key: str | None = None,
) -> str:
    """Draw a box of choices whose choice stands in the address, and return it.

    Parameters
    ----------
    title, section
        Key of the text above the box, and section of the catalogue that words the options.
    name
        Of the parameter.
    first
        Place of what is chosen where the address says nothing.
    key
        Of the box, ``name`` by default.
    """
    names = {one: label(section, one, language()) for one in options}
    return one_of(place, title, names, name, options[first], key)


def one_of(
    place: Any, title: str, names: dict[str, str], name: str, first: str, key: str | None = None
) -> str:
    """Draw a box of choices with names of their own, whose choice stands in the address."""
    chosen = maybe(place, text(title, language()), names, name, key or name, first=first)
    assert chosen is not None
    return chosen


def maybe(
    place: Any,
    title: str,
    names: dict[str, str],
    name: str,
    key: str,
    placeholder: str | None = None,
    first: str | None = None,
) -> str | None:
    """Draw a box of choices that may stay empty, whose choice stands in the address.

    ``title`` and ``placeholder`` are words; ``first`` is chosen where the address says nothing,
    and then the box is never empty.
    """
    said = value(name, names, first or "")
    st.session_state[key] = said if said in names else None
    chosen: str | None = place.selectbox(
        title,
        list(names),
        index=None if first is None else 0,  # with None it can be emptied
        format_func=names.__getitem__,
        key=key,
        placeholder=placeholder,
        disabled=not names,
        on_change=_follow,
        args=(name, key, str),
    )
    return chosen


def several(
    place: Any,
    title: str,
    options: Sequence[str],
    section: str,
    name: str,
    first: Sequence[str] = (),
    key: str | None = None,
) -> list[str]:
    """Draw a box of which several are taken; they stand in the address. See `choice`."""
    lang, key = language(), key or name
    st.session_state[key] = values(name, options, first)
    taken: list[str] = place.multiselect(
        text(title, lang),
        options,
        format_func=lambda one: label(section, one, lang),
        placeholder=text("hotspot.any", lang),
        key=key,
        on_change=_follow,
        args=(name, key, _listed),
    )
    return taken


def switch(place: Any, title: str, name: str, key: str | None = None, first: bool = False) -> bool:
    """Draw a switch whose position stands in the address; ``first`` is how it stands by itself."""
    key = key or name
    st.session_state[key] = is_on(name, first)
    on: bool = place.toggle(title, key=key, on_change=_turn, args=(name, key, first))
    return on


def amount(
    draw: Callable[..., Any], title: str, name: str, least: int, most: int, first: int,
    key: str | None = None, step: int = 1,
) -> int:  # fmt: skip
    """Draw a slider or a box of a whole number, which stands in the address."""
    key = key or name
    st.session_state[key] = whole(name, least, most, first)
    found = draw(title, least, most, step=step, key=key, on_change=_follow, args=(name, key, str))
    return int(found)


def past_day(place: Any, title: str, name: str, last: date, key: str) -> date | None:
    """Draw a field of a day up to ``last``, empty at first, which stands in the address."""
    said = day(name)
    st.session_state[key] = said if said is not None and said <= last else None
    found: date | None = place.date_input(
        title,
        format="DD/MM/YYYY",
        max_value=last,
        key=key,
        on_change=_follow,
        args=(name, key, str),
    )
    return found


def typed(place: Any, title: str, name: str, first: str, key: str, **options: Any) -> str:
    """Draw a field of words that stand in the address; ``options`` are of ``st.text_input``."""
    st.session_state[key] = value(name, None, first)[:_LONGEST]
    found: str = place.text_input(
        title, key=key, max_chars=_LONGEST, on_change=_type, args=(name, key, first), **options
    )
    return found


def _type(name: str, key: str, first: str) -> None:
    put(name, str(st.session_state[key]).strip() or None, first)


def tabs(title: str, options: Sequence[str], section: str, name: str, first: str, key: str) -> str:
    """Draw tabs of which the open one stands in the address, and return it."""
    lang = language()
    st.session_state[key] = value(name, options, first)
    chosen = st.segmented_control(
        text(title, lang),
        options,
        format_func=lambda one: label(section, one, lang),
        key=key,
        required=True,
        label_visibility="collapsed",
        wrap=True,
        on_change=_follow,
        args=(name, key, str),
    )
    return str(chosen or first)


def forget(names: Iterable[str]) -> None:
    """Take choices out of the address."""
    put_all(dict.fromkeys(names))


def _follow(name: str, key: str, write: Callable[[Any], str | None]) -> None:
    chosen = st.session_state[key]
    put(name, (None if chosen is None else write(chosen)) or None)


def _listed(chosen: list[str]) -> str:
    return ",".join(chosen)


def _turn(name: str, key: str, first: bool) -> None:
    put(name, _position(st.session_state[key]), _position(first))


def _position(on: bool) -> str:
    return _ON if on else _OFF
