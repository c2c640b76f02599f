"""Who looks at the page: read from the sign-in of the session, in runs and callbacks alike."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

import streamlit as st
from streamlit.runtime.scriptrunner import get_script_run_ctx

from data.access.secrets import read_secrets, with_environment
from data.store.ledger.acts import Actor, ask_who
from pages.components import loaders
from services.access.errors import NotAdmittedError
from services.access.people import People
from services.access.person import HERE, Refusal
from services.access.settings import AccessSettings, read_settings


@cache
def settings() -> AccessSettings:
    """Return what is set about sign-in, read once: another setting counts from the next start.

    Raises
    ------
    FileUnreadableError
        For a file of secrets that cannot be read.
    """
    files = [Path(path) for path in st.get_option("secrets.files")]
    return read_settings(with_environment(read_secrets(files)))


@cache
def people() -> People:
    """Return who may come in, shared by all sessions."""
    return People(loaders.store, settings())


def signed_in() -> Mapping[str, Any] | None:
    """Return what the provider says of the reader; None where nobody signed in."""
    if not settings().sign_in or not getattr(st.user, "is_logged_in", False):
        return None
    return st.user.to_dict()


def reader() -> Actor | Refusal | None:
    """Return who looks at the page, why they may not, or None for who has yet to sign in."""
    if not settings().sign_in:
        return HERE
    claims = signed_in()
    return None if claims is None else people().of(claims)


def writer() -> Actor | None:
    """Return who writes from a run or a callback; None outside of both."""
    return actor() if get_script_run_ctx(suppress_warning=True) else None


def actor() -> Actor:
    """Return who acts in the current run or callback.

    Raises
    ------
    NotAdmittedError
        When nobody signed in, or whoever did may not, or no longer, see the product.
    """
    found = reader()
    if isinstance(found, Actor):
        return found
    if found is None:
        raise NotAdmittedError("?", "sign_in")
    raise NotAdmittedError(found.who, found.reason)


ask_who(writer)
