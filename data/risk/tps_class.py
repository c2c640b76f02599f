"""The kind of import that brings the police register: the class of each TPS since a day."""

from __future__ import annotations

from dataclasses import replace

import pandas as pd

from data.ingest.columns import Need
from data.ingest.context import Context
from data.ingest.kind import Field, Kind, words
from data.ingest.places import TPS_FIELDS, TPS_NAMES, TPS_NEED, read_tps
from data.ingest.rows import Rows
from data.risk.rows import SAID_FIELDS, read_said
from data.store import tables as schema

_KPU_CLASS = "lokasi_khusus"
_CLASSES = {
    "kurang_rawan": ("krg rawan", "kr", "tps kurang rawan"),
    "rawan": ("r", "tps rawan"),
    "sangat_rawan": ("sgt rawan", "sr", "tps sangat rawan"),
    "khusus": ("k", "tps khusus"),
    _KPU_CLASS: ("tps lokasi khusus", "lokus", "tps lokus", "loksus"),
}
"""What registers write for each class. "Aman", "rawan I" and the like are none of the four."""
_WORDS = words(_CLASSES, "kelas_unknown")
_KELAS = replace(_WORDS, choices={key: _CLASSES[key] for key in _CLASSES if key != _KPU_CLASS})
"""The KPU's word is read so that it can be refused by name, and is no choice."""


def _build(rows: Rows, frame: pd.DataFrame, context: Context) -> pd.DataFrame:
    of_kpu = frame["kelas"].eq(_KPU_CLASS)
    rows.fault("kelas", of_kpu.to_numpy(dtype=bool), "kelas_is_lokasi_khusus")
    said = read_said(rows, frame, context)
    return said.assign(tps_id=read_tps(rows, context)["tps_id"], kelas=frame["kelas"].mask(of_kpu))


TPS_CLASS = Kind(
    name="tps-class",
    table=schema.risk.tps_class,
    fields=(*TPS_FIELDS, Field("kelas", _KELAS), *SAID_FIELDS),
    needs=(TPS_NEED, Need((("kelas",),))),
    build=_build,
    unsaid=("agency", "source_text"),
    blame={"tps_id": TPS_NAMES, "source_text": ("source",)},
    twice="said_twice",
    options=("election", "scheme", "said"),
)
"""Another class for the same TPS and day corrects the earlier one."""
