"""What is drawn of sign-in: the way in, a refusal in words, and the way out."""

from __future__ import annotations

import streamlit as st

from data.province import province
from data.store.ledger.acts import Actor
from pages.components import address
from pages.components.access import door, person
from pages.components.access.door import WAYS
from services.access.guard import check_address
from services.access.person import Refusal, areas_words
from services.texts import label, text


def guard() -> None:
    """Draw nothing else for who may not see the product.

    Raises
    ------
    StoreError
        When it cannot be found out who may.
    """
    settings, lang = person.settings(), address.language()
    access = check_address(st.get_option("server.address"), settings)
    if not access.allowed:
        _stop(text(f"access.{access.reason}", lang, detail=access.detail))
    if not door.passed():
        _stop(text("access.door", lang))
    if settings.faults:
        st.error(text("access.faults", lang))
        with st.expander(text("shell.for_operator", lang), icon=":material/build:"):
            for fault in settings.faults:
                st.text(fault.words(lang))
        st.stop()
    found = person.reader()
    if isinstance(found, Actor):
        return
    st.title(province().product_name, anchor=False)
    if found is None:
        st.info(text("access.sign_in", lang, ask=settings.contact or text("access.admin", lang)))
        st.button(text("access.button", lang), key=WAYS[0], type="primary", on_click=st.login)
        st.stop()
    _refused(found, lang)


def _stop(words: str) -> None:
    st.error(words)
    st.stop()


def _refused(refusal: Refusal, lang: str) -> None:
    """Say why somebody may not come in, and offer another try."""
    # A name of the provider is no Markdown.
    st.container(key="refused").text(refusal.words(lang))
    if refusal.again:
        st.button(text("access.again", lang), key=WAYS[0], type="primary", on_click=st.login)
    st.button(text("access.other", lang), key=WAYS[1], on_click=_leave)
    st.stop()


def way_out() -> None:
    """Draw who is signed in, as what, and the way out; nothing where nobody signs in."""
    who, lang = person.reader(), address.language()
    if not person.settings().sign_in or not isinstance(who, Actor):
        return
    with (
        st.container(key="who", width="content"),
        st.popover(who.account, icon=":material/account_circle:"),
    ):
        st.text(_words_of(who, lang))
        st.button(text("access.leave", lang), icon=":material/logout:", on_click=_leave)


def _words_of(who: Actor, lang: str) -> str:
    """Return account, office, role and areas, a line each."""
    areas = areas_words(who.areas, person.people().names, lang)
    return "\n".join([who.account, who.office, label("role", who.role, lang), areas])


def _leave() -> None:
    claims = person.signed_in()
    if claims is not None:
        person.people().end(claims)
    st.logout()
