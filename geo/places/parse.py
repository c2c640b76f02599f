"""Place names as officials type them: taken apart, brought to a normal form, and compared.

Everything here holds for Indonesian at large. What is peculiar to one province (a city's nickname,
a village's former spelling) belongs in the variants of its registry.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import islice, product

from rapidfuzz.distance import OSA

from geo.codes import Level

_NUMBERS = (
    "satu",
    "dua",
    "tiga",
    "empat",
    "lima",
    "enam",
    "tujuh",
    "delapan",
    "sembilan",
    "sepuluh",
)
_ROMAN = ("i", "ii", "iii", "iv", "v", "vi", "vii", "viii", "ix", "x")
NUMBER_WORDS = {
    **dict(zip(_ROMAN, _NUMBERS, strict=True)),
    **{str(n): word for n, word in enumerate(_NUMBERS, start=1)},
}
"""Roman and Arabic numerals up to ten and the words that villages are numbered with."""

ABBREVIATIONS: dict[str, tuple[str, ...]] = {
    "tj": ("tanjung",), "tg": ("tanjung",), "tjg": ("tanjung",), "tnj": ("tanjung",),
    "tanjong": ("tanjung",), "tandjong": ("tanjung",),
    "kep": ("kepulauan",), "pl": ("pulau",),
    "sei": ("sungai",), "sg": ("sungai",), "sungei": ("sungai",), "soengei": ("sungai",),
    "sp": ("simpang",), "spg": ("simpang",), "simp": ("simpang",),
    "bt": ("batu", "bukit"), "btu": ("batu",), "bkt": ("bukit",),
    "gn": ("gunung",), "gng": ("gunung",), "lb": ("lubuk",), "lbk": ("lubuk",),
    "tl": ("teluk",), "tlk": ("teluk",), "ps": ("pasir", "pasar"), "psr": ("pasir", "pasar"),
    "pd": ("padang",), "pdg": ("padang",), "pr": ("parit",), "prt": ("parit",),
    "kp": ("kampung", "kampong"), "kmp": ("kampung", "kampong"), "kpg": ("kampung", "kampong"),
    "pkl": ("pangkal", "pangkalan"), "pgk": ("pangkal", "pangkalan"), "pangkl": ("pangkal",),
    "lbh": ("labuh",), "ag": ("air", "aik"), "aek": ("aik", "air"), "ayek": ("aik", "air"),
}  # fmt: skip
"""Words that may stand for another at the front of a name. A single letter is not here: it may
stand for any word it begins, which only the registry can decide."""

TRAILING: dict[str, tuple[str, ...]] = {
    "sel": ("selatan",),
    "slt": ("selatan",),
    "tim": ("timur",),
    "tmr": ("timur",),
    "bar": ("barat",),
    "brt": ("barat",),
    "ut": ("utara",),
    "utr": ("utara",),
    "teng": ("tengah",),
    "tgh": ("tengah",),
}
"""Abbreviated directions, read as such only after another word."""

QUALIFIERS = frozenset((
    *_NUMBERS, "utara", "selatan", "timur", "barat", "tengah", "tenggara", "atas", "bawah", "hulu",
    "hilir", "ulu", "ilir", "dalam", "luar", "lama", "baru", "besar", "kecil", "indah", "jaya",
    "makmur", "sari", "mulya", "mulia", "permai", "sejahtera",
))  # fmt: skip
"""Last words that distinguish neighbouring places; a similar name never overrides them."""

HEADS = (
    "pangkalan", "pangkal", "kepulauan", "tanjung", "tanjong", "simpang", "kampung", "kampong",
    "sungai", "gunung", "padang", "kacang", "bukit", "pulau", "teluk", "lubuk", "pasir", "pasar",
    "parit", "tanah", "labuh", "selat", "sinar", "muara", "terentang", "batu", "kota", "kayu",
    "rawa", "suka", "sumber", "karya", "mekar", "air", "aik",
)  # fmt: skip
"""First words that many places share: they say little about which place is meant."""

PLAIN_WORDS = frozenset((
    "kota", "tanjung", "sungai", "bukit", "pulau", "simpang", "batu", "air", "aik", "teluk",
    "padang", "pasir", "parit", "baru", "lama", "kampung", "kampong", "pasar", "gunung", "lubuk",
    "muara", "rawa", "benteng", "tebing", "pantai", "laut", "darat", "desa",
))  # fmt: skip
"""Words that are names in places but everyday words otherwise: alone they name nothing."""

_SAME_HEADS = {"tanjong": "tanjung", "kampong": "kampung", "aik": "air"}

_QUOTES = re.compile(r"['\"`´‘’‚‛“”„‟′″«»]")
_NOT_WORD = re.compile(r"[^a-z0-9]+")
_OLD_LIGHT = re.compile(r"oe|dj|tj|sj|ch")
_OLD_FULL = re.compile(r"oe|dj|tj|sj|nj|ch|j")
_OLD_MARK = re.compile(r"oe|dj|tj|sj|nj|ch")
_OLD = {"oe": "u", "dj": "j", "tj": "c", "sj": "sy", "nj": "ny", "ch": "kh", "j": "y"}
_MAX_READINGS = 12
_MIN_CORE = 2


@lru_cache(maxsize=20_000)
def normalise(text: str) -> str:
    """Return a name in its normal form: lower case words of a-z and 0-9 with single blanks.

    Accents and quotes go, every other sign becomes a blank, and a numeral up to ten after the first
    word becomes its Indonesian word, so that III, 3 and tiga agree. Idempotent.
    """
    flat = unicodedata.normalize("NFKD", _QUOTES.sub("", text)).casefold()
    flat = "".join(ch for ch in flat if not unicodedata.combining(ch))
    # Decomposition can bring quotes back (a prime written as one sign), hence the second pass.
    words = _NOT_WORD.sub(" ", _QUOTES.sub("", flat)).split()
    return " ".join(NUMBER_WORDS.get(w, w) if i else w for i, w in enumerate(words))


def name_key(name: str) -> str:
    """Return the normal form without blanks: names that differ only in spacing share it."""
    return normalise(name).replace(" ", "")


@lru_cache(maxsize=20_000)
def readings(phrase: str, *, is_exact: bool = True) -> tuple[str, ...]:
    """Return the keys that a normalised phrase may stand for, the literal one first.

    Abbreviations are written out (never the last word: it would stand alone) and pre-1972 spelling
    is turned into the present one (oe, dj, tj, sj, ch; beside one of these, or nj, also nj to ny
    and j to y, unless the keys are to be compared by similarity: that would undo a ``tanjung``).
    At most three dozen.
    """
    words = phrase.split()
    choices = []
    for i, word in enumerate(words):
        options: tuple[str, ...] = (word,)
        if i < len(words) - 1:
            options += ABBREVIATIONS.get(word, ())
        if i > 0:
            options += TRAILING.get(word, ())
        choices.append(options)
    keys: dict[str, None] = {}
    for words_chosen in islice(product(*choices), _MAX_READINGS):
        key = "".join(words_chosen)
        keys[key] = None
    for key in list(keys):
        keys[_OLD_LIGHT.sub(lambda m: _OLD[m[0]], key)] = None
        # A j alone does not make a spelling old: Air Raja is not Air Raya.
        if is_exact and _OLD_MARK.search(key):
            keys[_OLD_FULL.sub(lambda m: _OLD[m[0]], key)] = None
    return tuple(islice(keys, 3 * _MAX_READINGS))


def initial_keys(name: str) -> tuple[str, ...]:
    """Return the keys of a name with its first word cut to one letter, as in ``T. Labu``."""
    words = normalise(name).split()
    if len(words) < 2:
        return ()
    return (f"{words[0][0]} {''.join(words[1:])}",)


@lru_cache(maxsize=50_000)
def _parts_of(key: str) -> tuple[str, str]:
    """Return the shared first word and the telling last word of a key, blank where absent."""
    head = next((h for h in HEADS if key.startswith(h) and len(key) - len(h) >= _MIN_CORE), "")
    tails = [q for q in QUALIFIERS if key.endswith(q) and len(key) - len(q) >= _MIN_CORE]
    return head, max(tails, key=len, default="")


def similarity(typed: str, known: str) -> float:
    """Return how alike two keys are, 0 to 100.

    Optimal string alignment (insert, delete, replace, swap neighbours): 100 * (1 - edits / longer
    length), taken on the whole key and on what is left of it without a first or last word that both
    share. The lowest counts, because ``tanjung`` in both does not make two places one. 0 if the
    typed key ends in a word such as ``timur`` or ``dua`` and the known one does not.
    """
    head, tail = _parts_of(typed)
    known_head, known_tail = _parts_of(known)
    if tail and tail != known_tail:
        return 0.0
    core, known_core = typed, known
    if head and _SAME_HEADS.get(head, head) == _SAME_HEADS.get(known_head, known_head):
        core, known_core = core[len(head) :], known_core[len(known_head) :]
    if tail and min(len(core), len(known_core)) - len(tail) >= _MIN_CORE:
        core, known_core = core[: -len(tail)], known_core[: -len(tail)]
    whole = OSA.normalized_similarity(typed, known)
    return 100.0 * min(whole, OSA.normalized_similarity(core, known_core))


_LEVEL_WORDS: dict[str, tuple[Level, str | None]] = {
    "provinsi": ("provinsi", None),
    "propinsi": ("provinsi", None),
    "prov": ("provinsi", None),
    "prop": ("provinsi", None),
    "provensi": ("provinsi", None),
    "kabupaten": ("kabupaten", "kabupaten"),
    "kab": ("kabupaten", "kabupaten"),
    "kabkota": ("kabupaten", None),
    "kotamadya": ("kabupaten", "kota"),
    "kodya": ("kabupaten", "kota"),
    "kecamatan": ("kecamatan", None),
    "kec": ("kecamatan", None),
    "kcmtn": ("kecamatan", None),
    "desa": ("desa", None),
    "ds": ("desa", None),
    "kelurahan": ("desa", None),
    "kel": ("desa", None),
    "deskel": ("desa", None),
}
_LONG_LEVEL_WORDS = ("provinsi", "kabupaten", "kecamatan", "kelurahan")

_IGNORED = frozenset(
    (
        "dsn",
        "dusun",
        "lingkungan",
        "lingk",
        "link",
        "lk",
        "jl",
        "jln",
        "jalan",
        "gg",
        "gang",
        "komplek",
        "kompleks",
        "komp",
        "perumahan",
        "perum",
        "blok",
        "kawasan",
    )
)
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
_NOTHING = frozenset(
    (
        "",
        "na",
        "n a",
        "nan",
        "none",
        "null",
        "nihil",
        "kosong",
        "tidak ada",
        "tidak diketahui",
        "tdk diketahui",
        "belum diketahui",
        "indonesia",
        "republik indonesia",
        "ri",
    )
)

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
        two words joined by a hyphen are one name or two.

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
