"""Offices, positions and companies in hand-overs, told apart from what reads like a person's name.

Nobody can list every office, so a text without a word of one is asked about and never settled: the
sender says that it is an office, and it is known from then on.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Collection
from functools import cache
from itertools import chain
from pathlib import Path

from data.store.rule import names_a_person

_WORDS = Path(__file__).with_name("office_words.toml")
_WORD = re.compile(r"[^\W\d_]+")
_TITLE = re.compile(
    r"^(?:h|hj|drs|dra|dr|ir|kh|ust)\.\s*\w|^(?:haji|hajjah)\s"
    r"|,\s*(?:s\.?\s?(?:pd|sos|h|e|ip|kom|t|ag|km|kep|ap)|m\.?\s?(?:si|h|m|pd|ap)|a\.?\s?md)\b",
    re.IGNORECASE,
)
_PART = re.compile(r"[,;/()]+|\s[-–]\s")
_MOST_WORDS = 5


def plain_office(text: str) -> str:
    """Return a text as offices are compared: lower case, one blank between words."""
    return " ".join(text.casefold().split())


@cache
def office_words() -> frozenset[str]:
    """Return the words by which a text is an office, a position, a company or a crew."""
    return frozenset(chain(*tomllib.loads(_WORDS.read_text(encoding="utf-8")).values()))


def doubt(text: str, known: Collection[str]) -> str | None:
    """Return why a text reads like the name of a person.

    Parameters
    ----------
    text
        What is written where an office is due.
    known
        Offices and places that are known, as `plain_office` writes them.

    Returns
    -------
    str or None
        ``office_titled`` where it carries a title of persons, ``office_unsure`` where it, or what
        stands in it before a comma or bracket, is nothing but words and none of them is one of an
        office or place; None: nothing speaks for a person, or so clearly that the table refuses it
        (`data.store.rule.names_a_person`).
    """
    if not text.strip() or plain_office(text) in known or names_a_person(text):
        return None
    if _TITLE.search(text.strip()):
        return "office_titled"
    first = next((part for part in _PART.split(text) if part.strip()), "")
    words = _WORD.findall(first.casefold())
    like_a_name = 0 < len(words) <= _MOST_WORDS and not re.search(r"\d", first)
    if like_a_name and plain_office(first) not in known and office_words().isdisjoint(words):
        return "office_unsure"
    return None
