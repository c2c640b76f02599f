"""A chunk of a file as clean reports, with everything that is wrong with its rows."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import date

import pandas as pd

from data.columns import ColumnMapping
from data.place_lookup import PlaceLookup
from data.readers import Chunk
from data.report_fields import note_rules, note_schema, read_fields
from data.report_places import read_places
from data.report_points import Ground
from data.report_rows import Rows
from data.report_schema import report_columns
from data.vocabulary import COARSE_CATEGORIES
from geo.codes import Scheme

_KABUPATEN_PARTS = 2
EXTRA_COLUMNS = ("given_id", "source_url", "source_publisher")
"""Columns of a clean frame that the table does not have: they become ids and sources."""


@dataclass(frozen=True)
class Reading:
    """What every chunk of a file is read against.

    Attributes
    ----------
    mapping
        Which column holds which field.
    lookup, ground
        Names and shapes of the province.
    scheme
        Scheme of a column of bare codes, None when it is not declared.
    today
        Nothing but a potensi may lie after it.
    import_id
        Key of the import.
    """

    mapping: ColumnMapping
    lookup: PlaceLookup
    ground: Ground
    scheme: Scheme | None
    today: date
    import_id: str


def clean_chunk(chunk: Chunk, reading: Reading) -> tuple[Rows, pd.DataFrame]:
    """Read a chunk and validate what came of it.

    Returns
    -------
    Rows
        The rows with all their faults; ``bad`` tells which must not be stored.
    DataFrame
        One report per row, bad ones included, on the index of row numbers: the columns of the
        table ``reports`` and `EXTRA_COLUMNS`. ``report_id``, ``perkara_id`` and ``source_id`` are
        as the file gives them, blank or missing where it does not.
    """
    rows = Rows(chunk.frame, reading.mapping)
    for fault in chunk.faults:
        rows.fault_cell(fault.row_number, fault.column_name, fault.value, fault.reason)
    places = read_places(rows, reading.lookup, reading.ground, reading.scheme)
    fields = read_fields(rows)
    reports = _coarsened(pd.concat([fields, places], axis=1))
    reports["report_id"] = reports["given_id"].fillna("")
    reports["perkara_id"] = reports["perkara_id"].fillna("")
    reports["source_id"] = pd.Series(None, index=reports.index, dtype="str")
    reports["import_id"] = pd.Series(reading.import_id, index=reports.index, dtype="str")
    names = list(report_columns())
    note_rules(rows, reports, pd.Timestamp(reading.today))
    note_schema(rows, reports[names])
    return rows, reports[[*names, *EXTRA_COLUMNS]]


def _kabupaten_of(code: str) -> str:
    return ".".join(code.split(".")[:_KABUPATEN_PARTS])


def _coarsened(reports: pd.DataFrame) -> pd.DataFrame:
    """Return reports of which the sectarian ones are known to their kabupaten and no finer."""
    coarse = reports["category"].isin(COARSE_CATEGORIES)
    if not coarse.any():
        return reports
    out = reports.copy()
    for column in ("unit_kejadian", "unit_pokok"):
        upper = {code: _kabupaten_of(code) for code in out[column].dropna().unique()}
        out[column] = out[column].mask(coarse, out[column].map(upper).astype("str"))
    finer = coarse & out["location_precision"].isin(["tps", "desa", "kecamatan"])
    out["location_precision"] = out["location_precision"].mask(finer, "kabupaten")
    for column in ("tps_number", "lon", "lat", "location_note"):
        out[column] = out[column].mask(coarse)
    return out


def quarantine_rows(rows: Rows, faults: pd.DataFrame, import_id: str) -> pd.DataFrame:
    """Return rows of the table ``quarantine``: each fault with the whole row it is about."""
    wanted = rows.frame.loc[rows.frame.index.isin(faults["row_number"])]
    records = wanted.to_dict("records")
    texts = [json.dumps(record, ensure_ascii=False) for record in records]
    by_row = dict(zip(wanted.index, texts, strict=True))
    return faults.assign(import_id=import_id, row_json=faults["row_number"].map(by_row))
