"""Take apart a place as officials type it: ``Ds. Penyak Kec. Koba / Bangka Tengah, TPS 003``."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, replace

from rapidfuzz.distance import OSA

from geo.codes import Level
from geo.place_text import normalise

_LEVEL_WORDS: dict[str, tuple[Level, str | None]] = {
    "provinsi": ("provinsi", None), "propinsi": ("provinsi", None), "prov": ("provinsi", None),
    "prop": ("provinsi", None), "provensi": ("provinsi", None),
    "kabupaten": ("kabupaten", "kabupaten"), "kab": ("kabupaten", "kabupaten"),
    "kabkota": ("kabupaten", None), "kotamadya": ("kabupaten", "kota"),
    "kodya": ("kabupaten", "kota"),
    "kecamatan": ("kecamatan", None), "kec": ("kecamatan", None), "kcmtn": ("kecamatan", None),
    "desa": ("desa", None), "ds": ("desa", None), "kelurahan": ("desa", None),
    "kel": ("desa", None), "deskel": ("desa", None),
}  # fmt: skip
_LONG_LEVEL_WORDS = ("provinsi", "kabupaten", "kecamatan", "kelurahan")

_IGNORED = frozenset((
    "dsn", "dusun", "lingkungan", "lingk", "link", "lk", "jl", "jln", "jalan", "gg", "gang",
    "komplek", "kompleks", "komp", "perumahan", "perum", "blok", "kawasan",
))  # fmt: skip
"""Words that begin something below the village; it is dropped up to the next level word."""

_LANDMARKS = frozenset((
    "kantor", "gedung", "gor", "gsg", "lapangan", "alun", "masjid", "mesjid", "musala", "mushola",
    "gereja", "vihara", "kelenteng", "pasar", "pantai", "pelabuhan", "dermaga", "bandara",
    "terminal", "balai", "aula", "hotel", "gudang", "posko", "rumah", "rs", "rsud", "puskesmas",
    "sekolah", "sd", "sdn", "smp", "smpn", "sma", "sman", "smk", "smkn", "mts", "man", "kampus",
    "halaman", "depan", "belakang", "samping", "dekat", "bundaran", "tugu", "jembatan",
))  # fmt: skip
"""Words that begin a building or a spot, and a few villages' names."""

_OPENERS = frozenset(("di", "wilayah", "daerah", "lokasi", "tempat", "alamat"))
_NOTHING = frozenset((
    "", "na", "n a", "nan", "none", "null", "nihil", "kosong", "tidak ada", "tidak diketahui",
    "tdk diketahui", "belum diketahui", "indonesia", "republik indonesia", "ri",
))  # fmt: skip

_TPS = re.compile(
    r"\btps\b[\s.:\-]*(?:no(?:mor)?\b[\s.:\-]*)?(?P<first>\d{1,3}|[ivx]{1,5})\b"
    r"(?P<more>(?:\s*(?:,|/|&|\+|-|dan|s\.?\s?d\.?|sampai)\s*(?:tps\s*)?\d{1,3}\b)*)"
)
_GLUED_TPS = re.compile(r"\btps(?=\d)")
_TPS_LEFT = re.compile(r"\btps\b")
_RT_RW = re.compile(r"\br[tw]\b[\s./:\-]*(?:rw\b[\s./:\-]*)?\d{1,3}(?:\s*/\s*\d{1,3})?")
_POSTCODE = re.compile(r"\b\d{5}\b")
_BRACKETS = re.compile(r"\(([^()]*)\)|\[([^\[\]]*)\]")
_BOTH_VILLAGE = re.compile(
    r"\b(?:desa|ds)\b[\s.]*/\s*kel(?:urahan)?\b|\bkel(?:urahan)?\b[\s.]*/\s*(?:desa|ds)\b"
)
_BOTH_REGENCY = re.compile(r"\bkab(?:upaten)?\b[\s.]*/\s*kota\b|\bkota\b\s*/\s*kab(?:upaten)?\b")
_DASHES = re.compile(r"[\u2010-\u2015\u2212]")
_HARD = re.compile(r"[,;|>\n\r\u2022\u00b7]|\s-+\s|\s(?:dan|serta)\s|&")
_ROMAN_DIGITS = {"i": 1, "v": 5, "x": 10}


@dataclass(frozen=True)
class Part:
    """One stretch of a text that should name one unit.

    Attributes
    ----------
    text
        The name in normal form, without its level word.
    level
        The level that its level word states, or None.
    kind
        ``kabupaten`` or ``kota`` when stated, else None.
    is_note
        Whether it stood in brackets.
    is_landmark
        Whether it begins like a building or a spot. It counts only if it is a name as it stands.
    """

    text: str
    level: Level | None = None
    kind: str | None = None
    is_note: bool = False
    is_landmark: bool = False


@dataclass(frozen=True)
class ParsedPlace:
    """The parts of a text, and the polling station it names (None unless exactly one)."""

    parts: tuple[Part, ...]
    tps_number: int | None


def parse_place(text: str, is_known: Callable[[str], bool]) -> ParsedPlace:
    """Take a typed place apart.

    Parameters
    ----------
    text
        Anything; parts may stand in any order, separated by commas, slashes, dashes, line ends or
        level words (Ds., Kel., Kec., Kab., Kota, Prov. and their long forms).
    is_known
        Whether a phrase in normal form is a name of the registry; decides whether
        ``Bangka-Belitung`` is one name or two.

    Returns
    -------
    ParsedPlace
        Parts in the order typed. Streets, hamlets, RT/RW and postcodes are left out; what stood in
        brackets comes as notes, unless it belongs to the name.
    """
    flat = _DASHES.sub("-", text.casefold().replace("\t", " "))
    flat, tps_number = _take_tps(_GLUED_TPS.sub("tps ", flat))
    flat = _POSTCODE.sub(",", _RT_RW.sub(",", flat))
    flat = _BOTH_REGENCY.sub("kabkota", _BOTH_VILLAGE.sub("deskel", flat))
    notes: list[str] = []

    def hide(match: re.Match[str]) -> str:
        notes.append(match[1] or match[2] or "")
        return f" \x01{len(notes) - 1}\x01 "

    parts: list[Part] = []
    for chunk in _HARD.split(_BRACKETS.sub(hide, flat)):
        numbers = [int(n) for n in re.findall(r"\x01(\d+)\x01", chunk)]
        inline = re.sub(r"\x01(\d+)\x01", lambda m: notes[int(m[1])], chunk)
        if numbers and any(is_known(p.text) for p in _level_parts(inline)[:1]):
            parts += _chunk_parts(inline, is_known)
            continue
        parts += _chunk_parts(re.sub(r"\x01\d+\x01", " ", chunk), is_known)
        for number in numbers:
            for piece in _HARD.split(notes[number]):
                parts += [replace(p, is_note=True) for p in _chunk_parts(piece, is_known)]
    return ParsedPlace(tuple(parts), tps_number)


def _take_tps(flat: str) -> tuple[str, int | None]:
    found = list(_TPS.finditer(flat))
    rest = _TPS_LEFT.sub(",", _TPS.sub(",", flat))
    if len(found) != 1 or found[0]["more"]:
        return rest, None
    number = found[0]["first"]
    value = int(number) if number.isdigit() else _roman(number)
    return rest, value or None


def _roman(text: str) -> int:
    values = [_ROMAN_DIGITS[ch] for ch in text]
    following = [*values[1:], 0]
    return sum(-v if v < after else v for v, after in zip(values, following, strict=True))


def _chunk_parts(chunk: str, is_known: Callable[[str], bool]) -> list[Part]:
    """Return the parts of a stretch without commas, splitting slashes and hyphens if need be."""
    for separator in ("/", "-"):
        pieces = chunk.split(separator)
        if len(pieces) > 1 and not _is_doubled(pieces) and not _is_one_name(chunk, is_known):
            return [p for piece in pieces for p in _chunk_parts(piece, is_known)]
    return _level_parts(chunk)


def _is_doubled(pieces: list[str]) -> bool:
    """Return whether a hyphen doubles a word (Teru-Teru): a name of its own."""
    words = [normalise(piece).split() for piece in pieces]
    return len(words) == 2 and all(words) and words[0][-1] == words[1][0]


def _is_one_name(chunk: str, is_known: Callable[[str], bool]) -> bool:
    parts = _level_parts(chunk)
    return len(parts) == 1 and is_known(parts[0].text)


def _level_parts(chunk: str) -> list[Part]:
    """Cut at level words, drop what lies below the village."""
    parts: list[Part] = []
    current, words, is_dropped = Part(""), list[str](), False
    for word in [*normalise(chunk).split(), None]:
        stated = None if word is None else _level_word(word)
        is_stated_name = current.level is not None and not words
        is_cut = word is None or stated or (word in _IGNORED and not is_stated_name)
        if word is not None and not is_cut:
            words.append(word)
            continue
        if not is_dropped:
            name = _without_openers(words)
            is_landmark = current.level is None and name.partition(" ")[0] in _LANDMARKS
            parts.append(replace(current, text=name, is_landmark=is_landmark))
        words, is_dropped = [], word in _IGNORED
        current = Part("", *(stated or (None, None)))
    return [p for p in parts if p.text not in _NOTHING]


def _without_openers(words: list[str]) -> str:
    start = 0
    while start < len(words) and words[start] in _OPENERS:
        start += 1
    return " ".join(words[start:])


def _level_word(word: str) -> tuple[Level, str | None] | None:
    """Return the level a word states; the long ones may have one slip after the first letter.

    Two slips would turn villages called Kadipaten or Kedamaian into level words.
    """
    if word in _LEVEL_WORDS:
        return _LEVEL_WORDS[word]
    for known in _LONG_LEVEL_WORDS:
        if word[:1] == known[0] and OSA.distance(word, known, score_cutoff=1) <= 1:
            return _LEVEL_WORDS[known]
    return None
