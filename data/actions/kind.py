"""The kind of import that brings the register of actions in, or back, from a file."""

from __future__ import annotations

import pandas as pd

from data.actions.register import action_id
from data.ingest.columns import Need
from data.ingest.context import Context
from data.ingest.kind import DAY, Field, Kind, Type, words
from data.ingest.places import PLACE_FIELDS, read_units
from data.ingest.rows import Mask, Rows
from data.ingest.words import word_list
from data.store import tables as schema
from data.store.meeting.journal import OFFICE
from data.store.rule import names_a_person
from data.vocabulary import STAGES

_STATES = {
    "belum_mulai": ("belum", "baru", "not started", "open"),
    "berjalan": ("sedang berjalan", "proses", "dalam proses", "under way", "in progress"),
    "selesai": ("sudah selesai", "tuntas", "done", "completed"),
    "batal": ("dibatalkan", "given up", "cancelled"),
}
_STAGE = Type(
    "words",
    lambda text: word_list("stage").read(text),
    "stage_unknown",
    "str",
    "logistik",
    dict.fromkeys(STAGES, ()),
)
_ABOUT = ["risk", "decision", "owner", "place_code", "meeting_id"]


def _build(rows: Rows, frame: pd.DataFrame, context: Context) -> pd.DataFrame:
    """Return the columns of the table; what a row does not say of a known action stays."""
    out = frame.assign(place_code=read_units(rows, context)["code"])
    stored = context.read("actions").set_index("action_id", drop=False)
    told = frame["action_id"].fillna(_going(out, stored))
    known = {
        name: stored[name].reindex(told).set_axis(out.index)
        for name in ("opened_on", "status", "closed_on")
    }
    opened = out["opened_on"].fillna(known["opened_on"])
    kept = out["status"].isna() & known["status"].notna()
    usual = out["closed_on"].isna().map({True: "belum_mulai", False: "selesai"})
    out = out.assign(
        opened_on=opened.fillna(pd.Timestamp(context.options.today)),
        status=out["status"].fillna(known["status"]).fillna(usual),
        closed_on=out["closed_on"].mask(kept, out["closed_on"].fillna(known["closed_on"])),
    )
    rows.fault("agency", _persons(out["agency"]), "person_named")
    return out.assign(action_id=told.fillna(_made(out)), **{OFFICE: out["agency"]})


def _persons(offices: pd.Series) -> Mask:
    return offices.fillna("").map(names_a_person).to_numpy(dtype=bool)


def _said(frame: pd.DataFrame) -> pd.Series:
    """Return what a row is about, beside its day, as one text by row."""
    parts = frame[_ABOUT]
    return parts.astype("object").fillna("").astype(str).agg("\x1f".join, axis=1)


def _going(frame: pd.DataFrame, stored: pd.DataFrame) -> pd.Series:
    """Return the key of the stored action that a row without key and day is about, if one is."""
    undated = frame["opened_on"].isna()
    if stored.empty or not undated.any():
        return pd.Series(None, index=frame.index, dtype="str")
    newest = stored.sort_values("opened_on")
    keys = dict(zip(_said(newest), newest["action_id"], strict=True))
    return _said(frame).map(keys).where(undated).astype("str")


def _made(frame: pd.DataFrame) -> pd.Series:
    """Return the key of each row that has none."""
    days = frame["opened_on"].dt.strftime("%Y-%m-%d")
    plain = frame.assign(opened_on=days).astype("object")
    plain = plain.where(plain.notna(), None)
    records = plain.to_dict("records")
    made = [action_id({str(name): value for name, value in one.items()}) for one in records]
    return pd.Series(made, index=frame.index, dtype="str")


ACTIONS = Kind(
    name="actions",
    table=schema.meeting.actions,
    fields=(
        Field("action_id", example="-"),
        Field("risk", example="kotak suara terlambat"),
        Field("decision", example="siapkan kapal cadangan"),
        Field("reason", example="gelombang di atas batas kapal"),
        Field("owner", example="KPU Kabupaten {kabupaten}"),
        Field("opened_on", DAY, example="06/11/2023"),
        Field("due", DAY, example="15/12/2023"),
        Field("status", words(_STATES, "action_status_unknown")),
        Field("closed_on", DAY, example="-"),
        Field("result", example="-"),
        Field("stage", _STAGE),
        *PLACE_FIELDS,
        Field("meeting_id", example="-"),
        Field("warning_id", example="-"),
        Field("agency", example="Kesbangpol"),
    ),
    needs=(Need((("risk",),)), Need((("decision",),)), Need((("owner",),))),
    build=_build,
    made=("action_id",),
    blame={"place_code": ("code", "kabupaten", "kecamatan", "desa")},
    options=("scheme",),
)
"""A row of a known id corrects that action; what it does not say stays, and each change is kept."""
