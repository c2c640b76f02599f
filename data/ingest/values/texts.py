"""Texts as they are compared."""

from __future__ import annotations

import re

_NOT_WORD = re.compile(r"[\W_]+")


def normal_text(text: str) -> str:
    """Return a text in lower case, with one blank for whatever is no letter or digit."""
    return _NOT_WORD.sub(" ", text.casefold()).strip()
