"""The register of actions as a workbook: whole, with its history, fit to be brought in again."""

from __future__ import annotations

from datetime import date

import pandas as pd

from analytics.reports.places import unit_at
from data.actions.kind import ACTIONS
from data.clock import end_of
from data.export import Sheet, workbook
from services.actions.register import actions_on, with_recorded
from services.actions.words import history_table
from services.dataset import Dataset
from services.ingest.templates import heading_of
from services.texts import day, text

_LEVELS = ("kabupaten", "kecamatan", "desa")
_DAYS = ("opened_on", "due", "closed_on")


def register_frame(data: Dataset, as_of: date) -> pd.DataFrame:
    """Return the register as known on a day, under the headings that the import reads.

    Days are text such as ``06/11/2023``; the place stands as its code and as names. The column of
    the office that notes a change is empty, to be filled in by whoever changes a row.
    """
    rows = actions_on(data, as_of)
    columns: dict[str, pd.Series] = {}
    for field in ACTIONS.fields:
        name = field.name
        if name in _DAYS:
            columns[name] = rows[name].dt.strftime("%d/%m/%Y")
        elif name in {"status", "stage"}:
            columns[name] = rows[name].str.replace("_", " ")
        elif name in _LEVELS:
            columns[name] = unit_at(rows["place_code"], name).map(data.names)
        elif name == "code_kemendagri":
            columns[name] = rows["place_code"]
        elif name in rows:
            columns[name] = rows[name]
        elif name == "agency":
            columns[name] = pd.Series("", index=rows.index)
    named = {field.name: heading_of(ACTIONS, field).capitalize() for field in ACTIONS.fields}
    return pd.DataFrame(columns).rename(columns=named)


def register_bytes(data: Dataset, as_of: date, lang: str) -> bytes:
    """Return the register as known on a day as a workbook: actions, then every change of them.

    The headings of the first sheet are Indonesian in every language, so that any copy of it can be
    brought in; each sheet is marked TERBATAS.
    """
    mark = text("tindakan.access", lang)
    changes = data.read("action_changes")
    known = changes[changes["at"].le(end_of(as_of))]
    rows = register_frame(data, as_of)
    title = text("tindakan.file_title", lang, n=len(rows), day=day(as_of, lang))
    head = [f"{mark} · {title}", text("tindakan.file_note", lang)]
    history = history_table(with_recorded(known), data, lang)
    return workbook(
        [
            Sheet(text("tindakan.sheet", lang), rows, head, mark),
            Sheet(text("tindakan.sheet_history", lang), history, head[:1], mark),
        ]
    )
