"""What in a text is likely to say who somebody is: a name, a mobile number, an identity number.

The product keeps offices, places and events, never persons. No rule finds every name: what is found
is asked about before a text is stored, and whoever writes it answers. How often the rules err is
measured in ``tests/ingest/test_persons.py`` and stated in ``docs/methods.md``.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import NamedTuple

_WORDS = Path(__file__).with_suffix(".toml")
_TOKEN = re.compile(r"[^\W\d_]+(?:[.'/][^\W\d_]+)*\.?|\d+|[^\w\s]", re.UNICODE)
_MOBILE = re.compile(r"(?<![\d.-])\(?(?:\+?62[ .-]?|0)8\d{1,3}\)?(?:[ .-]?\d){5,9}(?![\d/])")
_SIXTEEN = re.compile(r"(?<!\d)\d(?:[ .-]?\d){15}(?!\d)")
_EIGHTEEN = re.compile(r"(?<!\d)\d(?:[ .-]?\d){17}(?!\d)")
_PAPERS = re.compile(
    r"(?i)\b(?:paspor|passport)\b\D{0,20}\b([A-Z]{1,2}\d{6,8})\b"
    r"|\bsim\b(?: [abcd]\b)?\D{0,12}(\d[\d -]{10,16}\d)"
)
# Bounded, so that a long text takes no longer than its length.
_MAIL = re.compile(r"(?<![\w.+-])[\w.+-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63}){1,8}")
_HANDLE = re.compile(r"(?<![\w.])@[\w.]{3,}")
_ACCOUNT = re.compile(
    r"(?i)\b(?:akun|profil)\s+(?:ig|instagram|fb|facebook|tiktok|twitter|x|youtube)\s+(?!milik|resmi)"
    r"([\w.@]+(?: [A-Z][\w.]*)*)"
)
_OF_OFFICES = re.compile(r"(?i)@[\w.-]*(?:\.go\.id|bawaslu|kpu|polri)[\w.-]*$")
_VERBS = ("meng", "mem", "men", "meny", "ber", "ter", "per", "pen", "peng", "pem", "dike", "kepala")
"""What words that are no names begin with."""
_LONGEST_NAME = 8
"""Words of the name of a place."""
_TELLING = ("titles", "ranks", "sure_titles", "introduced", "names")
"""Lists of words that a name begins with, or follows."""
_BETWEEN = frozenset({"bin", "binti"})
_FEWEST_MOBILE, _MOST_MOBILE = 10, 13


class Trace(NamedTuple):
    """What was found in a text.

    Attributes
    ----------
    kind
        ``nama``, ``nomor`` (mobile), ``identitas`` or ``surel``.
    words
        The words found.
    """

    kind: str
    words: str


@cache
def _words(*names: str) -> frozenset[str]:
    """Return the words of some lists together."""
    lists = tomllib.loads(_WORDS.read_text(encoding="utf-8"))
    return frozenset(word for name in names for word in lists[name])


def personal(text: str) -> tuple[Trace, ...]:
    """Return what in a text is likely to say who somebody is, each once."""
    found = [*_numbers(text)]
    for words in _names(text):
        found.append(Trace("nama", words))
    return tuple(dict.fromkeys(found))


def _numbers(text: str) -> Iterator[Trace]:
    for match in _MAIL.finditer(text) if "@" in text else ():
        if not _OF_OFFICES.search(match[0]):
            yield Trace("surel", match[0])
    for pattern in (_HANDLE, _ACCOUNT):
        for match in pattern.finditer(_MAIL.sub(" ", text)):
            yield Trace("surel", match[match.lastindex or 0])
    for match in _PAPERS.finditer(text):
        yield Trace("identitas", match[match.lastindex or 0])
    for match in _MOBILE.finditer(text):
        digits = re.sub(r"\D", "", match[0])
        local = f"0{digits[2:]}" if digits.startswith("62") else digits
        if _FEWEST_MOBILE <= len(local) <= _MOST_MOBILE:
            yield Trace("nomor", match[0])
    for match in _EIGHTEEN.finditer(text):
        if _is_employee(re.sub(r"\D", "", match[0])):
            yield Trace("identitas", match[0])
    for match in _SIXTEEN.finditer(text):
        if _is_resident(re.sub(r"\D", "", match[0])):
            yield Trace("identitas", match[0])


def _is_resident(digits: str) -> bool:
    """Tell whether 16 digits may be a NIK or KK: a province, a day (women: 40 more), a month."""
    day, month = int(digits[6:8]), int(digits[8:10])
    day -= 40 if day > 40 else 0
    return 11 <= int(digits[:2]) <= 96 and 1 <= day <= 31 and 1 <= month <= 12


def _is_employee(digits: str) -> bool:
    """Tell whether 18 digits may be a NIP: born, entered, sex and number."""
    born, entered = digits[:8], digits[8:14]
    return (
        born[:2] in {"19", "20"}
        and 1 <= int(born[4:6]) <= 12
        and 1 <= int(born[6:8]) <= 31
        and entered[:2] in {"19", "20"}
        and 1 <= int(entered[4:6]) <= 12
        and digits[14] in "12"
    )


def _names(text: str) -> Iterator[str]:
    tokens = _TOKEN.findall(text)
    plain = [token.lower().rstrip(".") for token in tokens]
    told = 0
    for at in range(len(tokens)):
        start = _start_of_name(tokens, plain, at)
        if start is not None and start >= told:
            words = _run(tokens, start)
            told = start + len(words.split())
            yield words
    for (before, comma), degree in zip(pairwise(tokens), plain[2:], strict=False):
        if comma == "," and degree in _words("degrees") and before[:1].isupper():
            yield before


def _start_of_name(tokens: list[str], plain: list[str], at: int) -> int | None:
    """Return where the name begins that a word introduces, or is; None where it does not."""
    token, after = plain[at], at + 1
    tells = token in _words(*_TELLING) or token in _BETWEEN
    # Not in RSUD Dr. Soetomo, Gang Haji Mansyur.
    if not tells or (tokens[at][:1].isupper() and _is_thing(plain, tokens, at)):
        return None
    if token in _words("titles", "ranks"):
        while after < len(plain) and (plain[after] == "" or plain[after] in _words("branches")):
            after += 1
        if _name_at(tokens, plain, after):
            return after
    if token in _words("sure_titles") and _small_name_at(tokens, plain, after):
        return after
    if token in _words("introduced") or (token in _BETWEEN and at and tokens[at - 1][:1].isupper()):
        return after if _name_at(tokens, plain, after) else None
    if token not in _words("names"):
        return None
    named_twice = after < len(plain) and plain[after] in _words("names")
    return at if tokens[at][:1].isupper() or named_twice else None


def _small_name_at(tokens: list[str], plain: list[str], at: int) -> bool:
    """Tell whether a word written small stands somewhere that is no ordinary one or an office."""
    if at < len(plain) and plain[at] == "bin":
        at += 1
    if at >= len(tokens) or not tokens[at].isalpha() or len(tokens[at]) < 4:
        return False
    if "-" in tokens[at - 2 : at + 2]:  # bapak-bapak
        return False
    known = _words("ordinary", "offices", "heads")
    if plain[at].startswith(_VERBS):
        return False
    return tokens[at].islower() and plain[at] not in known


def _name_at(tokens: list[str], plain: list[str], at: int) -> bool:
    """Tell whether a word that may be a name, and is no office or thing, stands somewhere."""
    if at >= len(tokens) or not tokens[at][:1].isupper() or not tokens[at].isalpha():
        return False
    if tokens[at].isupper() and len(tokens[at]) < 5:  # KPU, RT, TPS
        return False
    return plain[at] not in _words("offices", "heads")


def _is_thing(plain: list[str], tokens: list[str], at: int) -> bool:
    """Tell whether a name is part of the name of a place, an organisation or a thing."""
    first, least = at, max(at - _LONGEST_NAME, 0)
    while first > least and tokens[first - 1][:1].isupper() and tokens[first - 1].isalpha():
        first -= 1
    return any(word in _words("heads") for word in plain[max(first - 1, 0) : at])


def _run(tokens: list[str], at: int) -> str:
    """Return the words with capitals from one on."""
    end = at + 1
    while end < len(tokens) and tokens[end][:1].isupper() and tokens[end].isalpha():
        end += 1
    return " ".join(tokens[at:end])
