"""Which unit and which TPS the rows of any kind are about, by codes, names or one cell of both."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cached_property, partial
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import pandas as pd

from data.ingest.columns import Need, refused
from data.ingest.kind import Field
from data.ingest.place_lookup import PARTS, PlaceLookup
from data.ingest.values.texts import normal_text
from geo.codes import Scheme, is_one_of, level_of

if TYPE_CHECKING:
    from data.ingest.context import Context
    from data.ingest.rows import Rows

CODES: dict[str, Scheme] = {"code_kemendagri": "kemendagri", "code_bps": "bps", "code_kpu": "kpu"}
PLACE_FIELDS = tuple(
    Field(name, None, example=example)
    for name, example in {
        "kabupaten": "{kabupaten}",
        "kecamatan": "{kecamatan}",
        "desa": "{desa}",
        "code": "",
        **dict.fromkeys(CODES, ""),
    }.items()
)
"""Fields by which a row says where it is."""
TPS_FIELDS = (
    Field("election", None),
    Field("tps_id", None),
    Field("tps", None, example="1"),
    *PLACE_FIELDS,
)
"""Fields by which a row says which TPS it is about."""
TPS_NAMES = tuple(one.name for one in TPS_FIELDS)
PLACE_NEED = Need(tuple((one.name,) for one in PLACE_FIELDS), "no_place_column")
TPS_NEED = Need((("tps_id",), ("tps",)))
DESA_NEED = Need((("tps_id",), *PLACE_NEED.any_of, ("tps",)), "no_place_column")
ALL = "*"
"""Number of a row that is about every TPS of its desa."""
_WHOLE_DESA = frozenset(("semua", "semua tps", "seluruh desa", "seluruh tps", "desa", "all", "0"))
_NUMBER = re.compile(
    r"^(?:tps)?[\s.:\-]*(?:no(?:mor)?[\s.:]*)?0*([1-9]\d{0,2})(?:[.,]0)?(?:[\s,/\-]+([a-z].*))?$",
    re.IGNORECASE,
)
_ID_PARTS = 3
_SAYS_DESA = ("desa", "tps_id", "code", *CODES, "kecamatan", "kabupaten")
_DESA_AND_TPS = re.compile(r"[\d.]{13,17}")


@dataclass(frozen=True)
class TpsRegister:
    """The TPS that are known one by one.

    Attributes
    ----------
    tps
        Rows of the table ``tps``, of all elections.
    """

    tps: pd.DataFrame

    @cached_property
    def ids(self) -> frozenset[str]:
        """Every ``tps_id``."""
        return frozenset(self.tps["tps_id"])

    @cached_property
    def elections(self) -> frozenset[str]:
        """Elections whose TPS are registered."""
        return frozenset(self.tps["election"])

    @cached_property
    def spans(self) -> dict[str, str]:
        """What the numbers of a desa may be, in words, by ``ELECTION/DESA_CODE``."""
        columns = (self.tps[name].tolist() for name in ("election", "desa_code", "number"))
        special = self.tps["lokasi_khusus"].astype(bool).tolist()
        numbers: dict[str, tuple[list[str], list[str]]] = {}
        for election, code, number, extra in zip(*columns, special, strict=True):
            numbers.setdefault(f"{election}/{code}", ([], []))[extra].append(number)
        out = {}
        for key, both in numbers.items():
            parts = ", ".join(f"{min(some)}-{max(some)}" for some in both if some)
            out[key] = f" ({sum(map(len, both))} TPS: {parts})"
        return out


def note(rows: Rows, found: pd.DataFrame, prefix: str = "") -> None:
    """Note what has no place, and what was asked; `prefix` tells one set of columns from another.

    ``found`` is what `PlaceLookup.each` returns.
    """
    rows.ask(found["unsure"])
    wrong = found[found["reason"] != ""]
    for (name, reason), group in wrong.groupby(["field", "reason"], sort=False):
        where = rows.frame.index.isin(group.index)
        rows.fault(f"{prefix}{name}", where, str(reason), group["hint"].tolist())


def read_codes(rows: Rows, lookup: PlaceLookup, scheme: Scheme | None) -> pd.DataFrame:
    """Return the unit that the codes of each row name, and the TPS number they may carry.

    Returns
    -------
    DataFrame
        On the index of the rows: ``code``, missing where there is none, and ``tps`` (Int64).
    """
    code = pd.Series(None, index=rows.frame.index, dtype="str")
    tps = pd.Series(pd.NA, index=rows.frame.index, dtype="Int64")
    for name, of_field in {"code": scheme or "", **CODES}.items():
        if not rows.filled(name).any():
            continue
        texts = rows.text(name)
        schemes = pd.Series(of_field, index=texts.index, dtype="str").where(texts != "", "")
        found = lookup.each([texts, schemes], lookup.codes)
        note(rows, found.assign(field=found["field"].where(found["field"] == "", name)))
        code, tps = narrower(rows, code, found["code"], name), tps.fillna(found["tps"])
    return pd.DataFrame({"code": code, "tps": tps})


def narrower(rows: Rows, one: pd.Series, other: pd.Series, name: str) -> pd.Series:
    """Return the narrower of two units by row; blame a field where neither lies in the other.

    ``one`` and ``other`` hold codes, missing where there is none, on the index of the rows, which
    is that of the result.
    """
    out = one.fillna(other)
    both = one.notna() & other.notna() & (one != other)
    pairs = pd.DataFrame({"one": one[both], "other": other[both]})
    for (first, second), group in pairs.groupby(["one", "other"]):
        where = rows.frame.index.isin(group.index)
        if str(second).startswith(f"{first}."):
            out = out.mask(where, str(second))
        elif not str(first).startswith(f"{second}."):
            fields = (name, "code", *CODES)
            rows.fault(next((f for f in fields if rows.has(f)), name), where, "code_conflicts_name")
    return out


def read_units(rows: Rows, context: Context) -> pd.DataFrame:
    """Return the unit of each row, by code and by names, within its section.

    Returns
    -------
    DataFrame
        On the index of the rows: ``code``, missing where there is none or no certain one, and
        ``tps`` (Int64), the number that a code or a name carries.
    """
    lookup = context.lookup
    coded = read_codes(rows, lookup, context.options.scheme)
    parts = within_section(rows, lookup, [rows.text(part) for part in PARTS])
    named = lookup.each(parts, lookup.parts)
    note(rows, named)
    code = narrower(rows, coded["code"], named["code"], "code")
    return pd.DataFrame({"code": code, "tps": coded["tps"].fillna(named["tps"])})


def within_section(rows: Rows, lookup: PlaceLookup, parts: list[pd.Series]) -> list[pd.Series]:
    """Return names of kabupaten, kecamatan and desa, those of the section where a row has none.

    ``parts`` are three Series of texts on the index of the rows, and so is the result.
    """
    if rows.section is None:
        return parts
    units = lookup.each([rows.section], lookup.texts)["code"]
    out = []
    for depth, part in enumerate(parts, start=1):
        above = units.map(partial(lookup.name_at, depth=depth), na_action="ignore").astype("str")
        out.append(part.mask(part.eq("") & above.notna(), above))
    return out


def read_elections(rows: Rows, context: Context) -> pd.Series:
    """Return the election of each row: its own, else the declared one."""
    known = context.elections
    said = rows.read("election", lambda text: text if text in known else None, "election_unknown")
    return said.fillna(context.options.election)


def read_tps(rows: Rows, context: Context, *, whole_desa: bool = False) -> pd.DataFrame:
    """Return the TPS that each row is about, or its desa; note what is neither.

    Parameters
    ----------
    rows
        Rows of a file.
    context
        What they are read against.
    whole_desa
        Whether a row may be about all TPS of a desa: no column of numbers at all, or a word such
        as "semua" in it.

    Returns
    -------
    DataFrame
        On the index of the rows: ``election``, ``desa_code`` and ``tps_id``, missing for a whole
        desa or a fault.

    Raises
    ------
    FileUnreadableError
        When no row says in which desa its TPS is.
    """
    named = _named(rows, context, read_elections(rows, context))
    election, by_id, digits, units = named.election, named.by_id, named.digits, named.units
    level = units["code"].map(level_of, na_action="ignore").astype("str")
    desa = units["code"].where(level.eq("desa"))
    own = pd.Series(by_id.notna() | (rows.filled("tps_id") & units["tps"].isna()))
    blame = rows.faulted("code") | rows.faulted("desa") | rows.faulted("kecamatan")
    blame |= rows.faulted("kabupaten") | own.to_numpy()
    where = next((name for name in _SAYS_DESA if rows.has(name)), "desa")
    rows.fault(where, desa.isna().to_numpy() & ~blame, "desa_missing")
    numbered = desa.notna() & ~own & digits.notna() & digits.ne(ALL)
    tps_id = (election + "/" + desa + "/" + digits).where(numbered)
    _check_numbers(rows, context.register, tps_id, election, desa)
    blank = (desa.notna() & ~own & digits.isna()).to_numpy() & ~rows.faulted("tps")
    everywhere = (desa.notna() & ~own & digits.eq(ALL)).to_numpy()
    if not whole_desa:
        rows.fault("tps", blank | everywhere, "tps_missing")
    elif rows.has("tps"):
        rows.fault("tps", blank, "tps_missing_or_all")
    of_id = by_id.map(lambda text: text.split("/")[1], na_action="ignore").astype("str")
    apart = of_id.notna() & desa.notna() & of_id.ne(desa)
    rows.fault("tps_id", apart.to_numpy(), "code_conflicts_name")
    return pd.DataFrame(
        {"election": election, "desa_code": of_id.fillna(desa), "tps_id": by_id.fillna(tps_id)}
    ).astype("str")


def read_places(rows: Rows, context: Context) -> pd.DataFrame:
    """Return the desa of each row, or a wider unit, and its TPS where it names one.

    A row that names no election is of that of its ``tps_id``.

    Returns
    -------
    DataFrame
        On the index of the rows: ``election``, ``desa_code`` (the unit, which may be wider) and
        ``tps_id``, missing for a row about no TPS.
    """
    first = rows.text("tps_id").str.partition("/")[0].where(~rows.filled("election"), "")
    election = read_elections(rows, context)
    named = _named(rows, context, first.where(first.isin(context.elections), election))
    election, by_id, digits = named.election, named.by_id, named.digits
    of_id = by_id.map(lambda text: text.split("/")[1], na_action="ignore").astype("str")
    unit = of_id.fillna(named.units["code"])
    in_desa = unit.map(level_of, na_action="ignore").eq("desa")
    tps_id = (election + "/" + unit + "/" + digits).where(in_desa & digits.ne(ALL))
    _check_numbers(rows, context.register, tps_id.where(by_id.isna()), election, unit)
    return pd.DataFrame(
        {"election": election, "desa_code": unit, "tps_id": by_id.fillna(tps_id)}
    ).astype("str")


def tps_number(text: str) -> tuple[str, str] | None:
    """Return the number of a TPS with three digits, and what stands behind it: its desa.

    The number is `ALL` for a word such as "semua"; None when a text holds none or several.
    """
    if normal_text(text) in _WHOLE_DESA:
        return ALL, ""
    match = _NUMBER.match(text.strip())
    several = match and re.search(r"\d", match[2] or "")
    return (f"{int(match[1]):03}", match[2] or "") if match and not several else None


class _Named(NamedTuple):
    """What the cells of a row say of its TPS."""

    election: pd.Series
    by_id: pd.Series
    digits: pd.Series
    units: pd.DataFrame


def _named(rows: Rows, context: Context, election: pd.Series) -> _Named:
    by_id = _by_id(rows, context.register, election)
    number = rows.read("tps", tps_number, "tps_unreadable", "object")
    beside = number.map(lambda found: found[1], na_action="ignore").fillna("").astype("str")
    units, placed = _desa(rows, context, beside)
    _require_place(rows, context, placed)
    digits = number.map(lambda found: found[0], na_action="ignore").astype("str")
    carried = units["tps"].map("{:03d}".format, na_action="ignore").astype("str")
    return _Named(election, by_id, digits.fillna(carried), units)


def _desa(rows: Rows, context: Context, beside: pd.Series) -> tuple[pd.DataFrame, bool]:
    """Return unit and number by codes, names or the text beside a number; whether any is there."""
    units, lookup = read_units(rows, context), context.lookup
    long = rows.text("tps_id").where(rows.text("tps_id").str.fullmatch(_DESA_AND_TPS.pattern), "")
    schemes = pd.Series(context.options.scheme or "", index=long.index).where(long.ne(""), "")
    coded = lookup.each([long, schemes], lookup.codes)
    note(rows, coded.assign(field=coded["field"].where(coded["field"] == "", "tps_id")))
    code = units["code"].fillna(coded["code"])
    free = lookup.each([beside], lookup.texts)
    unknown = free.assign(field=free["field"].where(free["field"] == "", "tps"))
    note(rows, unknown[code.isna()])
    code = narrower(rows, code, free["code"], "tps")
    names = (*PARTS, "code", *CODES)
    there = any(rows.filled(name).any() for name in names) or rows.section is not None
    there = there or bool(rows.filled("tps_id").any() or beside.ne("").any())
    return pd.DataFrame({"code": code, "tps": units["tps"].fillna(coded["tps"])}), there


def _require_place(rows: Rows, context: Context, placed: bool) -> None:
    if not placed and len(rows):
        rest = ", ".join(rows.mapping.unused[:20]) or "-"
        raise refused(context.path, "no_place_column", rest)


def _by_id(rows: Rows, register: TpsRegister, election: pd.Series) -> pd.Series:
    """Return the ``tps_id`` given as such, missing where there is none; blame what is none."""
    given = rows.text("tps_id")
    known = is_one_of(given, register.ids) & given.str.partition("/")[0].eq(election)
    wrong = given.ne("") & ~known & ~given.str.fullmatch(_DESA_AND_TPS.pattern)
    parts = {text: text.split("/") for text in given[wrong].unique()}
    shaped = {text for text, some in parts.items() if len(some) == _ID_PARTS}
    prefix = given.str.rpartition("/")[0]
    other = given.isin(shaped) & given.str.partition("/")[0].ne(election)
    beyond = given.isin(shaped) & ~other & prefix.isin(register.spans.keys())
    hints = [register.spans[text] for text in prefix[wrong & beyond]]
    rows.fault("tps_id", (wrong & beyond).to_numpy(), "tps_beyond_count", hints)
    rows.fault("tps_id", (wrong & other).to_numpy(), "tps_of_other_election")
    rows.fault("tps_id", (wrong & ~beyond & ~other).to_numpy(), "tps_id_unknown")
    return given.where(known)


def _check_numbers(
    rows: Rows, register: TpsRegister, tps_id: pd.Series, election: pd.Series, desa: pd.Series
) -> None:
    wrong = tps_id.notna() & ~is_one_of(tps_id, register.ids)
    unlisted = wrong & ~election.isin(register.elections)
    rows.fault("tps", unlisted.to_numpy(dtype=bool), "no_tps_register")
    beyond = wrong & ~unlisted
    hints = [register.spans.get(key, "") for key in (election + "/" + desa)[beyond]]
    rows.fault("tps", np.asarray(beyond, dtype=bool), "tps_beyond_count", hints)
