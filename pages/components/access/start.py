"""What a server looks at before it listens."""

from __future__ import annotations

import sys

import streamlit as st

from geo.errors import SiagaError
from pages.components.access import person
from services.access.guard import check_address
from services.explain import explain
from services.texts import text


def refuse_to_start() -> None:
    """End the process with words where nobody could sign in, or anybody could come in.

    Raises
    ------
    SystemExit
        When sign-in is not set up rightly, or is not at all and others can reach the address.
    """
    try:
        settings = person.settings()
    except SiagaError as error:
        sys.exit(explain(error))
    if settings.faults:
        faults = "\n".join(f"- {fault.words()}" for fault in settings.faults)
        sys.exit(f"{text('access.faults')}\n{faults}")
    access = check_address(st.get_option("server.address"), settings)
    if not access.allowed:
        sys.exit(text(f"access.{access.reason}", detail=access.detail))
