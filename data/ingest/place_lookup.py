"""Texts and codes of places, each distinct one looked up once, with the cell to blame."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable, Sequence
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
_HDX_CODE = re.compile(r"id(\d{2,10})", re.IGNORECASE | re.ASCII)
_TPS_CODE = re.compile(r"(\d{10}|\d\d\.\d\d\.\d\d\.\d{4})[./-]?(?!000)(\d{3})", re.ASCII)
_OUTSIDE = Path(__file__).with_name("outside_places.toml")

Keys = Sequence[tuple[str, ...]]
LookUp = Callable[[Keys], "list[Found]"]


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
    """

    code: str | None
    tps: int | None = None
    field: str = ""
    reason: str = ""
    hint: str = ""


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

    Raises
    ------
    ParameterError
        When the registry does not hold exactly one province.
    """

    def __init__(self, units: pd.DataFrame) -> None:
        roots = units.loc[units["level"] == "provinsi", "code"].tolist()
        if len(roots) != 1:
            raise ParameterError("units", roots, "a registry with exactly one province")
        self.root: str = roots[0]
        self._units = units.assign(
            bps_code=units["bps_code"].fillna(""), kpu_code=units["kpu_code"].fillna("")
        )
        self._index = place_index(units)
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
                tps = match["tps_number"]
                found.append(Found(match["code"], None if pd.isna(tps) else int(tps)))
            else:
                found.append(self._blame(dict(zip(PARTS, key, strict=True)), match["candidates"]))
        return found

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
            hint = _hint(match.candidates)
            found.append(Found(None, match.tps_number, "place", reason, hint))
        return found

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

    def _match(self, keys: Keys) -> list[dict[str, Any]]:
        frame = pd.DataFrame(keys, columns=list(PARTS))
        records = self._index.resolve_many(frame, within=self.root).to_dict("records")
        return [{str(name): value for name, value in record.items()} for record in records]

    def _blame(self, texts: dict[Level, str], candidates: Sequence[Candidate]) -> Found:
        """Return the widest part that does not fit, so that the right cell is shown."""
        parent, level = self.root, PARTS[0]
        for level, text in texts.items():
            if not text:
                continue
            here = self._index.resolve(text, within=parent, level=level)
            if here.code:
                parent = here.code
                continue
            if text.isdigit():
                return Found(None, None, level, "code_as_name")
            if here.reason == "ambiguous" and level != "kabupaten":
                return Found(None, None, level, f"{level}_ambiguous", _hint(here.candidates))
            wider = self._index.resolve(text, within=self.root, level=level)
            if parent != self.root and (wider.code or wider.reason == "ambiguous"):
                return Found(None, None, level, f"{level}_not_in_parent", _hint(wider.candidates))
            return Found(None, None, level, f"{level}_unknown", _hint(here.candidates))
        narrowest = next(level for level in reversed(PARTS) if texts[level])
        return Found(None, None, narrowest, f"{narrowest}_unknown", _hint(candidates))


def check_scheme(scheme: str | None) -> Scheme | None:
    """Return a scheme of codes, or raise `ParameterError` when it is none of the three."""
    if scheme is not None and scheme not in SCHEMES:
        raise ParameterError("scheme", scheme, f"one of {', '.join(SCHEMES)}, or none")
    return scheme


def _hint(candidates: Sequence[Candidate]) -> str:
    names = "; ".join(candidate.path for candidate in candidates[:_MOST_HINTS])
    return f" ({expected('perhaps')} {names})" if names else ""
