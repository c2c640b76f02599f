"""Bring in how many police and linmas there are, by police area."""

from __future__ import annotations

import re

import pandas as pd

from data.ingest.columns import Need
from data.ingest.context import Context
from data.ingest.kind import PEOPLE, Field, Kind, words
from data.ingest.place_lookup import PlaceLookup
from data.ingest.rows import Rows
from data.risk.rows import SAID_FIELDS, read_said
from data.store import tables as schema

_WIDE = ("polisi", "linmas", "gabungan")
_KINDS = {
    "polisi": ("polri", "police", "personel polri"),
    "linmas": ("satlinmas", "hansip"),
    "gabungan": ("personel gabungan", "tni polri linmas"),
}
_PROVINCE_POLICE = re.compile(r"^polda\b", re.IGNORECASE)
_POLICE_AREA = re.compile(r"^(?:polresta(?:bes)?|polres|polda)\b[\s.:]*", re.IGNORECASE)


def _build(rows: Rows, frame: pd.DataFrame, context: Context) -> pd.DataFrame:
    units = _units(rows, context.lookup)
    said = read_said(rows, frame, context)
    out = _strengths(rows, frame).join(units).join(said).join(frame["note"])
    election = context.options.election
    day = out["date"].dt.strftime("%Y-%m-%d")
    key = election + "/" + out["unit_code"] + "/" + out["kind"] + "/" + day
    return out.assign(
        personnel_id=key + "/" + out["agency"],
        election=election,
        source_id=pd.Series(pd.NA, index=out.index, dtype="str"),
    )


def _units(rows: Rows, lookup: PlaceLookup) -> pd.Series:
    """Return the kabupaten or province that each row's police area stands for."""
    text = rows.text("unit")
    is_code = text.str.fullmatch(r"\d{2}(\.\d{2})?")
    is_province = text.str.match(_PROVINCE_POLICE)
    named = text.str.replace(_POLICE_AREA, "", regex=True)
    blank = pd.Series("", index=text.index, dtype="str")
    codes = lookup.each([text.where(is_code, ""), blank], lookup.codes)["code"]
    kabupaten = named.where(~is_code & ~is_province, "")
    names = lookup.each([kabupaten, blank, blank], lookup.parts)["code"]
    provinces = lookup.each([named.where(is_province, "")], lookup.provinces)["code"]
    whole = is_province & named.eq("")
    code = codes.fillna(names).fillna(provinces).mask(whole, lookup.root)
    return code.rename("unit_code")


def _strengths(rows: Rows, frame: pd.DataFrame) -> pd.DataFrame:
    """Return ``kind`` and ``available``, one record per row and kind, by row."""
    if rows.has("kind") and rows.has("available"):
        return frame[["kind", "available"]]
    parts = []
    for name in _WIDE:
        part = pd.DataFrame({"kind": name, "available": frame[name].dropna()})
        rows.hold("personnel_available", part, {"available": (name,)})
        parts.append(part)
    return pd.concat(parts)


PERSONNEL = Kind(
    name="personnel",
    table=schema.risk.personnel_available,
    fields=(
        Field("unit", None, example="Polres {kabupaten}"),
        Field("kind", words(_KINDS, "personnel_kind_unknown")),
        Field("available", PEOPLE, reason="personnel_unreadable", example="120"),
        *(Field(name, PEOPLE, reason="personnel_unreadable", example="") for name in _WIDE),
        *SAID_FIELDS,
        Field("note"),
    ),
    needs=(Need((("unit", "kind", "available"), *(("unit", name) for name in _WIDE))),),
    build=_build,
    unsaid=("source_text", "note", "source_id", "agency", "election", "unit_code", "kind", "date"),
    made=("personnel_id",),
    blame={
        "personnel_id": ("unit",),
        "unit_code": ("unit",),
        "available": ("available", *_WIDE),
        "source_text": ("source",),
    },
    twice="said_twice",
    options=("election", "said"),
)
"""Strengths by Polres, Polda, kabupaten or its code; another number of the day corrects it."""
