"""What every page shares: configuration, look, language and access."""

from __future__ import annotations

import logging
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import streamlit as st
from streamlit.navigation.page import StreamlitPage

from data.errors import StoreError
from data.logs import tell
from data.province import province
from pages.components import address, front, loaders
from pages.components.access import entrance
from services.explain import explain
from services.texts import DEFAULT_LANGUAGE, text

_STYLES = [
    Path(__file__).with_name(f"{name}.css") for name in ("siaga", "narrow", "presenting", "print")
]
_SCRIPT = Path(__file__).with_name("browser.html")
_ICON = Path(__file__).with_name("icon.png")
_PASSING = {"busy", "replaced"}
"""Faults of a store that are over when the page is loaded again."""
_ENTRY = "app.py"
_DEEP_LINK = "deep_link"
_THROUGH_APP = "through_app"
_MARKDOWN = re.compile(
    r"[\\`*\[\]<~$|]"
    r"|(?<![0-9A-Za-z])_|_(?![0-9A-Za-z])"
    r"|:(?!\s|$)"  # a colour
    r"|&(?=[#A-Za-z])"
    r"|(?i:(?<=www))\."  # a bare address, in which escapes are shown
)
"""What Streamlit reads as Markdown, colours or formulas, where it stands so that it is."""
_BEGINS = re.compile(r"^([^\S\n]*(?:(?=[#+\-=>])|\d{1,9}(?=[.)](?:\s|$))))", re.MULTILINE)
"""What makes a heading, a list or a quotation of a line that it begins."""
_NAMED = re.compile(r":(?=(?:material/\w+|[\w+\-]*[A-Za-z][\w+\-]*|[+\-]1|100|1234):)")
"""What Streamlit draws as an icon or emoji, which no escape prevents."""
_DRAWN = re.compile(r"(?<!\S)(?=(?:<->|->|<-|--|>=|<=|~=)(?!\S))(.)")
"""What Streamlit draws as an arrow, a dash or a sign of its own."""
_CODE = re.compile(r"^(?:[^\S\n]{4,}|[^\S\n]*\t[^\S\n]*)", re.MULTILINE)
"""Blanks that make code of a line; they are not drawn in any case."""
_WORD_JOINER = "\u2060"
language = address.language


def configure() -> None:
    """Set the page up and guard it; called once per run by the entry."""
    name = province().product_name
    st.set_page_config(
        page_title=name, page_icon=str(_ICON), layout="wide", initial_sidebar_state="collapsed"
    )
    for style in _STYLES:
        st.html(style)
    front.speak(language())
    _guard()


def t(key: str, **values: object) -> str:
    """Return a text of the catalogue in the reader's language."""
    return text(key, language(), **values)


def title(page: str) -> str:
    """Return the title of a page."""
    return t(f"{page}.title")


def _guard() -> None:
    """Draw nothing for a request that may not see the product, nor without knowing whether."""
    try:
        entrance.guard()
    except StoreError as error:
        loaders.forget()
        _store_problem(error)
        st.stop()


@contextmanager
def through_app() -> Iterator[None]:
    """Mark that a page runs from the entry, hence configured and guarded.

    Where the store cannot be used the page says so; the next run opens it from the start.
    """
    st.session_state[_THROUGH_APP] = True
    try:
        yield
    except StoreError as error:
        loaders.forget()
        _store_problem(error)
    finally:
        st.session_state[_THROUGH_APP] = False


def enter(page: str) -> None:
    """Guard a page; the first line of every page file.

    On a fresh server a deep link makes Streamlit run the page's file without the entry. Such a
    run is sent through the entry, which leads back here, so that no page skips its checks.
    """
    if not st.session_state.get(_THROUGH_APP, False):
        st.session_state[_DEEP_LINK] = page, st.query_params.to_dict()
        st.switch_page(_ENTRY)
    _guard()


def follow_deep_link() -> None:
    """Lead a visitor who came by a deep link to the page that was asked for."""
    link = st.session_state.pop(_DEEP_LINK, None)
    if link is not None:
        page, query = link
        st.switch_page(f"pages/{page}.py", query_params=query)


def plain(words: str) -> str:
    """Return a text, parts of which come from a file, so that it is not read as Markdown.

    A screen reader reads a widget's label as it is sent, so only what would be read as Markdown
    has a backslash.
    """
    words = _CODE.sub("", re.sub(r"\r\n?", "\n", words))
    words = _NAMED.sub(f":{_WORD_JOINER}", _DRAWN.sub(rf"\1{_WORD_JOINER}", words))
    inside = _MARKDOWN.sub(r"\\\g<0>", words)
    return _BEGINS.sub(r"\1\\", inside)


def problem(error: Exception) -> None:
    """Draw what went wrong."""
    st.error(plain(explain(error, language())))


def _store_problem(error: StoreError) -> None:
    """Tell a reader what to do, and whoever runs the server what is wrong."""
    tell("store_fault", logging.ERROR, kind=error.kind)
    if error.kind in _PASSING:
        problem(error)
        return
    st.error(t("shell.store_closed"))
    with st.expander(t("shell.for_operator"), icon=":material/build:"):
        problem(error)


def menu(pages: Mapping[str, StreamlitPage], here: str) -> None:
    """Draw the ways to all pages, each as it was left, and what every page can do.

    ``pages`` by name; ``here`` is the name of the one that is shown.
    """
    address.begin(here)
    with st.container(key="menu", horizontal=True, vertical_alignment="center", gap="xsmall"):
        with st.container(key="ways", horizontal=True, gap=None, width="content"):
            _ways(pages, here, "here")
        with (
            st.container(key="ways_narrow", width="content"),
            st.popover(t("shell.menu"), icon=":material/menu:"),
        ):
            _ways(pages, here, "here_narrow")
        st.html(
            f'<button id="sb-filters" type="button" aria-expanded="false">{t("hotspot.filters")}'
            "</button>"
            f'<button id="sb-present" type="button" title="{t("shell.present_help")}">'
            f"{t('shell.present')}</button>"
            f'<button id="sb-link" type="button" data-done="{t("shell.link_done")}">'
            f"{t('shell.link')}</button>",
            width="content",
        )
        _language_switch()
        entrance.way_out()
        st.html(f'<div class="sb-product">{province().product_name}</div>', width="content")
    st.html(_SCRIPT, unsafe_allow_javascript=True)


def _ways(pages: Mapping[str, StreamlitPage], here: str, key: str) -> None:
    """Draw a link per page; the container of the one that is shown is named by ``key``."""
    for name, page in pages.items():
        place = st.container(key=key, width="content") if name == here else st
        place.page_link(page, label=title(name), icon=page.icon, query_params=address.to(name))


def _language_switch() -> None:
    st.session_state["language"] = language()
    st.segmented_control(
        t("shell.language"),
        ["id", "en"],
        format_func=str.upper,
        key="language",
        required=True,
        label_visibility="collapsed",
        on_change=_speak,
    )


def _speak() -> None:
    """Change the language of the address, and set what is chosen again.

    A box keeps the words it was drawn with for as long as its value stays. Buttons, tables and
    files may not be set, and hold other values than these.
    """
    address.put("lang", st.session_state["language"], DEFAULT_LANGUAGE)
    for key, value in st.session_state.to_dict().items():
        words = isinstance(value, list) and all(isinstance(one, str) for one in value)
        if isinstance(key, str) and (isinstance(value, str) or (words and value)):
            st.session_state[key] = value
