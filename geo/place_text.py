"""Place names as officials type them: normal form, abbreviations, spellings, similarity.

Everything here holds for Indonesian at large. What is peculiar to one province (a city's nickname,
a village's former spelling) belongs in the variants of its registry.
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache
from itertools import islice, product

from rapidfuzz.distance import OSA

_NUMBERS = (
    "satu", "dua", "tiga", "empat", "lima", "enam", "tujuh", "delapan", "sembilan", "sepuluh",
)  # fmt: skip
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
stand for any word it begins, which only the registry can tell."""

TRAILING: dict[str, tuple[str, ...]] = {
    "sel": ("selatan",), "slt": ("selatan",), "tim": ("timur",), "tmr": ("timur",),
    "bar": ("barat",), "brt": ("barat",), "ut": ("utara",), "utr": ("utara",),
    "teng": ("tengah",), "tgh": ("tengah",),
}  # fmt: skip
"""Abbreviated directions, read as such only after another word."""

QUALIFIERS = frozenset((
    *_NUMBERS, "utara", "selatan", "timur", "barat", "tengah", "tenggara", "atas", "bawah", "hulu",
    "hilir", "ulu", "ilir", "dalam", "luar", "lama", "baru", "besar", "kecil", "indah", "jaya",
    "makmur", "sari", "mulya", "mulia", "permai", "sejahtera",
))  # fmt: skip
"""Last words that tell neighbouring places apart; a similar name never overrides them."""

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

_PROVINCES = (
    "aceh", "sumatera utara", "sumatera barat", "riau", "jambi", "sumatera selatan", "bengkulu",
    "lampung", "kepulauan bangka belitung", "kepulauan riau", "dki jakarta", "jakarta",
    "jawa barat", "jawa tengah", "di yogyakarta", "yogyakarta", "jawa timur", "banten", "bali",
    "nusa tenggara barat", "nusa tenggara timur", "kalimantan barat", "kalimantan tengah",
    "kalimantan selatan", "kalimantan timur", "kalimantan utara", "sulawesi utara",
    "sulawesi tengah", "sulawesi selatan", "sulawesi tenggara", "gorontalo", "sulawesi barat",
    "maluku", "maluku utara", "papua", "papua barat", "papua selatan", "papua tengah",
    "papua pegunungan", "papua barat daya",
)  # fmt: skip
_CAPITALS = (
    "banda aceh", "medan", "padang", "pekanbaru", "palembang", "bandar lampung", "pangkalpinang",
    "tanjung pinang", "bandung", "semarang", "surabaya", "serang", "denpasar", "mataram", "kupang",
    "pontianak", "palangka raya", "banjarmasin", "samarinda", "tanjung selor", "manado", "palu",
    "makassar", "kendari", "mamuju", "ambon", "sofifi", "ternate", "jayapura", "manokwari",
    "merauke", "nabire", "wamena", "sorong", "batam", "bogor", "malang", "solo", "surakarta",
)  # fmt: skip
_REGENCIES = (
    "banyuasin", "musi banyuasin", "musi rawas", "lahat", "muara enim", "ogan ilir", "empat lawang",
    "ketapang", "sambas", "sintang", "bengkayang", "bintan", "karimun", "lingga", "natuna",
    "mesuji", "pesawaran", "pringsewu", "tanggamus", "bungo", "tebo", "siak", "kampar", "bengkalis",
)  # fmt: skip

_SAME_HEADS = {"tanjong": "tanjung", "kampong": "kampung", "aik": "air"}

_QUOTES = re.compile(r"['\"`´‘’‚‛“”„‟′″«»]")
_NOT_WORD = re.compile(r"[^a-z0-9]+")
_OLD_LIGHT = re.compile(r"oe|dj|tj|sj|ch")
_OLD_FULL = re.compile(r"oe|dj|tj|sj|nj|ch|j")
_OLD_MARK = re.compile(r"oe|dj|tj|sj|nj|ch")
_OLD = {"oe": "u", "dj": "j", "tj": "c", "sj": "sy", "nj": "ny", "ch": "kh", "j": "y"}
_MAX_READINGS = 12
_MIN_CORE = 2


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


OUTSIDE_KEYS = frozenset(name_key(name) for name in (*_PROVINCES, *_CAPITALS, *_REGENCIES))
"""Provinces, large cities and some regencies that lend their name to villages elsewhere: as a bare
text they are not such a village, and never a misspelling of one."""


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
