"""The words people use for closed lists, and those that say why a row or file was refused."""

from __future__ import annotations

import tomllib
from functools import cache
from pathlib import Path
from typing import Any

from rapidfuzz import fuzz, process

from data.ingest.values.texts import normal_text
from data.province import province
from data.texts import LANGUAGES, catalogue
from data.vocabulary import CATEGORY_FAMILY

_TABLE = Path(__file__).with_name("report_words.toml")
_TYPO_SCORE = 90.0
_TYPO_LENGTH = 6
_TYPO_LEAD = 5.0


class WordList:
    """Reads a word as one key of a closed list.

    Parameters
    ----------
    synonyms
        Accepted words by key; each key is understood as well, with blanks for underscores.
    typos
        Whether a word of six letters or more may differ by a letter or two.

    Raises
    ------
    ValueError
        When a word stands for two keys.
    """

    def __init__(self, synonyms: dict[str, list[str]], *, typos: bool = False) -> None:
        self._keys: dict[str, str] = {}
        for key, words in synonyms.items():
            for word in (key, *words):
                plain = normal_text(word)
                if self._keys.setdefault(plain, key) != key:
                    raise ValueError(f"{word!r} stands for {self._keys[plain]} and for {key}")
        self._typos = typos

    def read(self, text: str) -> str | None:
        """Return the key that a text stands for, None when that is not certain."""
        plain = normal_text(text)
        found = self._keys.get(plain)
        if found or not self._typos or len(plain) < _TYPO_LENGTH:
            return found
        near = process.extract(
            plain, self._keys.keys(), scorer=fuzz.ratio, score_cutoff=_TYPO_SCORE - _TYPO_LEAD
        )
        best = near[0] if near else None
        if best is None or best[1] < _TYPO_SCORE:
            return None
        key = self._keys[best[0]]
        rivals = [n for n in near if self._keys[n[0]] != key and n[1] > best[1] - _TYPO_LEAD]
        return None if rivals else key


@cache
def _content() -> dict[str, Any]:
    return tomllib.loads(_TABLE.read_text(encoding="utf-8"))


@cache
def word_list(name: str) -> WordList:
    """Return the words of a table of ``report_words.toml``, such as ``category``.

    A category is also understood by its names in the catalogue, so that a new one needs no words.
    """
    words = _content()[name]
    if name == "category":
        names = catalogue()
        words = {
            key: [*words.get(key, ()), *names[f"{name}.{key}"].values()] for key in CATEGORY_FAMILY
        }
    return WordList(words, typos=name in {"category", "stage"})


def keys_of(name: str) -> tuple[str, ...]:
    """Return the keys of a closed list of ``report_words.toml``."""
    return tuple(CATEGORY_FAMILY) if name == "category" else tuple(_content()[name])


@cache
def acled_words(column: str) -> dict[str, dict[str, Any]]:
    """Return category, family and peacefulness by ACLED's normalised words of a column."""
    return {normal_text(word): meaning for word, meaning in _content()["acled"][column].items()}


_SECTION = "import_reason"
_LINKS = ("columns_there", "maybe_dates", "perhaps", "at_most")
"""Words that stand before a detail, such as other headings or the nearest names."""


def reasons() -> frozenset[str]:
    """Return the reason keys that the catalogue has words for."""
    parts = (key.partition(".") for key in catalogue())
    return frozenset(reason for section, _, reason in parts if section == _SECTION)


def expected(reason: str, lang: str = LANGUAGES[0]) -> str:
    """Return what was expected where a reason applies.

    Raises
    ------
    KeyError
        When the key is not in the catalogue, under ``import_reason``.
    """
    words = catalogue()[f"{_SECTION}.{reason}"][lang]
    return words.replace("{election}", province().default_election)


def reworded(reason: str, said: str, lang: str) -> str:
    """Return what was expected, as it was said in Indonesian, in the language of a reader.

    The detail behind the words of the reason stays: names, numbers, headings of a file. So does
    all of it where the words are none of the reason.
    """
    own = expected(reason) if reason in reasons() else None
    if own is None or lang == LANGUAGES[0] or not said.startswith(own):
        return said
    detail = said.removeprefix(own)
    for link in _LINKS:
        detail = detail.replace(expected(link), expected(link, lang))
    return expected(reason, lang) + detail
