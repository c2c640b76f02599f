"""What Streamlit's own front end leaves out: the language of the document and of its own words.

Streamlit has no setting for the language of what its widgets say themselves ("Choose an option",
"Press Enter to apply"), of its calendar, or of the document. A placeholder can be given for some,
for most there is no argument. So one script, sent once a session, puts our words where these stand,
names each map by the title above it, and tells the calendar the language.
"""

from __future__ import annotations

import json
from functools import lru_cache
from pathlib import Path

import streamlit as st

from services.texts import counterparts, text

_SCRIPT = Path(__file__).with_name("front.html")
_LOCALES = {"id": "id-ID", "en": "en-GB"}


def speak(lang: str) -> None:
    """Make the document, and what Streamlit says itself, speak a language."""
    st.html(_SCRIPT, unsafe_allow_javascript=True)
    st.html(_said(lang), unsafe_allow_javascript=True)


@lru_cache(maxsize=2)
def _said(lang: str) -> str:
    said = {
        "lang": lang,
        "locale": _LOCALES[lang],
        "words": counterparts("streamlit", lang),
        "map": text("map.name", lang),
        "menu": text("shell.menu", lang),
    }
    words = json.dumps(said, ensure_ascii=False).replace("</", "<\\/")
    return f"<script>window.siagaSaid = {words}; window.siagaSpeak?.(window.siagaSaid);</script>"
