"""Texts and codes of places, each distinct one looked up once, with the cell to blame."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from data.ingest.words import expected
from geo.codes import SCHEMES, Level, Scheme, resolve_code
from geo.errors import CodeError, ParameterError
from geo.places.resolve import Candidate, PlaceIndex

PARTS: tuple[Level, ...] = ("kabupaten", "kecamatan", "desa")
_MOST_HINTS = 4
_MOST_NEAR = 8
_HDX_CODE = re.compile(r"id(\d{2,10})", re.IGNORECASE | re.ASCII)
_TPS_CODE = re.compile(r"(\d{10}|\d\d\.\d\d\.\d\d\.\d{4})[./-]?(?!000)(\d{3})", re.ASCII)
_OUTSIDE = Path(__file__).with_name("outside_places.toml")

Keys = Sequence[tuple[str, ...]]
LookUp = Callable[[Keys], "list[Found]"]


class Unsure(NamedTuple):
    """A name of a place that was not understood, and what a person says that it is.

    Attributes
    ----------
    said
        The name, and behind it the unit that the rest of its row puts it in.
    within
        Code of that unit; the province where the rest of the row names none.
    near
        Codes of units that may have been meant, the likeliest first.
    code
        The unit that a person takes it for; empty while nobody has said so.
    """

    said: str
    within: str
    near: tuple[str, ...]
    code: str


class Found(NamedTuple):
    """What a place was read as: a unit, or why not.

    Attributes
    ----------
    code
        Kemendagri code; None when there is no place, or no certain one.
    tps
        Number of the polling station named in the text.
    field, reason
        The field to blame and the machine key; empty when nothing is wrong.
    hint
        Units that may have been meant, to be put behind what was expected.
    unsure
        Names that were not understood, also where a person has said what they are; else None.
    """

    code: str | None
    tps: int | None = None
    field: str = ""
    reason: str = ""
    hint: str = ""
    unsure: tuple[Unsure, ...] | None = None


@cache
def outside_names() -> tuple[str, ...]:
    """Return the names that mean a place outside the province, wherever that is."""
    return tuple(
        name
        for names in tomllib.loads(_OUTSIDE.read_text(encoding="utf-8")).values()
        for name in names
    )


def place_index(units: pd.DataFrame) -> PlaceIndex:
    """Return the names of ``units``, the table of that name, ready to resolve typed places."""
    return PlaceIndex(units, outside=outside_names())


class PlaceLookup:
    """Looks up places in one province and remembers the answers.

    Parameters
    ----------
    units
        Rows of the table ``units``: the registry of the province.
    said
        Code by name that is not understood, written as `Unsure.said`; large and small letters are
        the same. A name that is understood is never looked up here.

    Raises
    ------
    ParameterError
        When the registry does not hold exactly one province.
    """

    def __init__(self, units: pd.DataFrame, said: Mapping[str, str] | None = None) -> None:
        roots = units.loc[units["level"] == "provinsi", "code"].tolist()
        if len(roots) != 1:
            raise ParameterError("units", roots, "a registry with exactly one province")
        self.root: str = roots[0]
        self._units = units.assign(
            bps_code=units["bps_code"].fillna(""), kpu_code=units["kpu_code"].fillna("")
        )
        self._index = place_index(units)
        self._said = {same_name(name): code for name, code in (said or {}).items()}
        self._seen: dict[str, dict[tuple[str, ...], Found]] = {}

    def each(self, columns: Sequence[pd.Series], look_up: LookUp) -> pd.DataFrame:
        """Return what each combination of texts was found to be.

        Parameters
        ----------
        columns
            Texts on one index, as many as `look_up` takes.
        look_up
            One of the methods of this class that take many places.

        Returns
        -------
        DataFrame
            On the same index, one column per attribute of `Found`; all blank is no place.
        """
        group = np.zeros(len(columns[0]), dtype="int64")
        for column in columns:
            codes, distinct = pd.factorize(column)
            group, _ = pd.factorize(group * (len(distinct) + 1) + codes)
        first = np.unique(group, return_index=True)[1]
        keys = list(zip(*(column.iloc[first] for column in columns), strict=True))
        seen = self._seen.setdefault(look_up.__name__, {})
        new = [key for key in keys if any(key) and key not in seen]
        seen.update(zip(new, look_up(new) if new else [], strict=True))
        found = [seen.get(key, Found(None)) for key in keys]
        table = pd.DataFrame(found, columns=list(Found._fields)).astype(
            {"code": "str", "tps": "Int64", "field": "str", "reason": "str", "hint": "str"}
        )
        return table.take(group).set_axis(columns[0].index)

    def name_at(self, code: str, depth: int) -> str | None:
        """Return the name of the unit above a code: depth 1 kabupaten, 2 kecamatan, 3 desa."""
        parts = code.split(".")
        if len(parts) <= depth:
            return None
        return self._index.units[".".join(parts[: depth + 1])].name

    def near(self, field: str, text: str) -> Sequence[Candidate]:
        """Return the units that a text may mean, likeliest first, at the level of a field of one.

        ``field`` is one of `PARTS`, or another for a place of any level.
        """
        level = next((part for part in PARTS if part == field), None)
        found = self._index.resolve(text, within=self.root, level=level)
        return found.candidates[:_MOST_HINTS]

    def provinces(self, keys: Keys) -> list[Found]:
        """Look up names of provinces (text,); any other than this one is wrong."""
        found = []
        for (text,) in keys:
            plain = text.lower().replace("islands", " ")
            code = self._index.resolve(plain, level="provinsi").code
            wrong = Found(None, None, "province", "province_outside")
            found.append(Found(code) if code == self.root else wrong)
        return found

    def parts(self, keys: Keys) -> list[Found]:
        """Look up places given in columns of their own (kabupaten, kecamatan, desa)."""
        found = []
        for key, match in zip(keys, self._match(keys), strict=True):
            if match["code"]:
                found.append(Found(match["code"], _number(match)))
            else:
                found.append(self._ask(dict(zip(PARTS, key, strict=True)), match, self.root))
        return found

    def _ask(self, texts: dict[Level, str], match: dict[str, Any], parent: str) -> Found:
        """Return what names come to of which one is not understood: what a person says of it."""
        wrong = self._blame(texts, match["candidates"], parent)
        asked = wrong.unsure or ()
        code = asked[0].code if asked else ""
        if not code:
            return wrong
        finer = list[str](PARTS).index(wrong.field) + 1
        below = {level: texts[level] if n >= finer else "" for n, level in enumerate(PARTS)}
        if not any(below.values()):
            return Found(code, _number(match), unsure=asked)
        inside = self._match([tuple(below.values())], code)[0]
        settled = Found(inside["code"]) if inside["code"] else self._ask(below, inside, code)
        return settled._replace(tps=_number(match), unsure=(*asked, *(settled.unsure or ())))

    def acled(self, keys: Keys) -> list[Found]:
        """Look up ACLED's (admin2, admin3, location, geo_precision), no finer than the last allows.

        Its location may be any named spot, so it narrows the place only where it is a desa.
        """
        narrow = self._match([key[:3] for key in keys])
        found = []
        for (kabupaten, kecamatan, location, precision), match in zip(keys, narrow, strict=True):
            within = kecamatan if precision != "3" else ""
            if precision == "1" and location and match["level"] == "desa":
                found.append(Found(match["code"]))
            elif kabupaten or within:
                found += self.parts([(kabupaten, within, "")])
            else:
                found.append(Found(None))
        return found

    def texts(self, keys: Keys) -> list[Found]:
        """Look up places written in one cell (text,), or (text, code of the unit it lies in)."""
        found = []
        for text, *within in keys:
            match = self._index.resolve(text, within=next(filter(None, within), self.root))
            if match.code or match.reason == "empty":
                found.append(Found(match.code, match.tps_number))
                continue
            reason = "place_unknown" if match.reason == "unknown" else "place_ambiguous"
            one = self._unsure(text, next(filter(None, within), self.root), match.candidates)
            if one.code:
                found.append(Found(one.code, match.tps_number, unsure=(one,)))
                continue
            hint = _hint(match.candidates)
            found.append(Found(None, match.tps_number, "place", reason, hint, (one,)))
        return found

    def headings(self, keys: Keys) -> list[Found]:
        """Look up texts (text,) that head a part of a table; what a person says is of cells."""
        return [Found(None) if found.unsure else found for found in self.texts(keys)]

    def codes(self, keys: Keys) -> list[Found]:
        """Look up codes (text, scheme); under a blank scheme only what is beyond doubt counts.

        Codes may carry the letters ID of the country, as HDX writes those of BPS, and behind the
        ten digits of a desa the three of a TPS, as KPU does.
        """
        return [self._code(text, scheme or None) for text, scheme in keys]

    def _code(self, text: str, scheme: str | None) -> Found:
        plain, tps = "".join(text.split()), None
        if of_country := _HDX_CODE.fullmatch(plain):
            plain, scheme = of_country[1], "bps"
        if of_tps := _TPS_CODE.fullmatch(plain):
            plain, tps = of_tps[1], int(of_tps[2])
        try:
            match = resolve_code(plain, check_scheme(scheme), self._units)
        except CodeError:
            return Found(None, None, "code", "code_unknown")
        if match.code:
            return Found(match.code, tps)
        reason = "code_scheme_unknown" if match.reason == "ambiguous" else "code_unknown"
        return Found(None, None, "code", reason)

    def _match(self, keys: Keys, within: str = "") -> list[dict[str, Any]]:
        frame = pd.DataFrame(keys, columns=list(PARTS))
        records = self._index.resolve_many(frame, within=within or self.root).to_dict("records")
        return [{str(name): value for name, value in record.items()} for record in records]

    def _blame(
        self, texts: dict[Level, str], candidates: Sequence[Candidate], parent: str
    ) -> Found:
        """Return the widest part that does not fit, so that the right cell is shown."""
        above, near, why = parent, candidates, "unknown"
        level = next(level for level in reversed(PARTS) if texts[level])
        for part, text in texts.items():
            if not text:
                continue
            here = self._index.resolve(text, within=parent, level=part)
            if here.code:
                above, parent = parent, here.code
                continue
            if text.isdigit():
                return Found(None, None, part, "code_as_name")
            wider = self._index.resolve(text, within=self.root, level=part)
            level, above, near = part, parent, here.candidates
            if here.reason == "ambiguous" and part != "kabupaten":
                why = "ambiguous"
            elif parent != self.root and (wider.code or wider.reason == "ambiguous"):
                near, why = wider.candidates, "not_in_parent"
            break
        one = self._unsure(texts[level], above, near)
        return Found(None, None, level, f"{level}_{why}", _hint(near), (one,))

    def _unsure(self, text: str, within: str, near: Sequence[Candidate]) -> Unsure:
        around = () if within == self.root else (self._index.units[within].path,)
        said = ", ".join((" ".join(text.split()), *around))
        codes = tuple(candidate.code for candidate in near[:_MOST_NEAR])
        return Unsure(said, within, codes, self._said.get(same_name(said), ""))


def same_name(said: str) -> str:
    """Return a name of a place as it is compared with what a person says of it."""
    return " ".join(said.casefold().split())


def _number(match: Mapping[str, Any]) -> int | None:
    return None if pd.isna(match["tps_number"]) else int(match["tps_number"])


def check_scheme(scheme: str | None) -> Scheme | None:
    """Return a scheme of codes, or raise `ParameterError` when it is none of the three."""
    if scheme is not None and scheme not in SCHEMES:
        raise ParameterError("scheme", scheme, f"one of {', '.join(SCHEMES)}, or none")
    return scheme


def _hint(candidates: Sequence[Candidate]) -> str:
    names = "; ".join(candidate.path for candidate in candidates[:_MOST_HINTS])
    return f" ({expected('perhaps')} {names})" if names else ""
