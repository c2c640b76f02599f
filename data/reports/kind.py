"""The kind of import that brings reports, also from exports of ACLED."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import cache
from pathlib import Path

import numpy as np
import pandas as pd
import shapely
from sqlalchemy import Connection

from data.ingest.columns import IGNORE, ColumnMapping, Need, plain_heading
from data.ingest.context import Context
from data.ingest.files.table import Sheet
from data.ingest.kind import PEOPLE, TEXT, Field, Kind, Type, Verdict
from data.ingest.places import CODES, PLACE_FIELDS
from data.ingest.rows import Note, Rows
from data.ingest.words import keys_of, word_list
from data.reports.fields import read_fields
from data.reports.further import FurtherSources, told_pages
from data.reports.keys import Flags, key_columns
from data.reports.known import KnownReports
from data.reports.places import Ground, make_ground, read_places, require_place
from data.reports.review.imported import WAITS, Reviewed
from data.reports.sources import SourceRows
from data.store import tables as schema
from data.vocabulary import COARSE_CATEGORIES
from geo.codes import LEVELS

REVIEW_WAITS = "review_waits"
"""Key of the note that some of what was brought in waits for review."""
_CHUNK_ROWS = 100_000
_KABUPATEN_PARTS = 2
_EXTRA = ("given_id", "source_url", "source_publisher", "more_urls", "more_publishers")
"""Columns that the table does not have: they become ids and sources."""
_PLACE = ("desa", "kecamatan", "kabupaten", "code", "place")
_ACLED = Path(__file__).with_name("acled.toml")
_KEPT = {
    "stage": "stage",
    "severity": "severity",
    "people_count": "people_count",
    "peaceful": "peaceful",
    "verification": "verification",
    "confidence": "confidence",
    "access": "access",
    "agency": "agency",
    "source_text": "source",
    "date_end": "date_end",
    "date_reported": "date_reported",
}
"""Columns, and their fields, that a correction leaves as they are where its file lacks them."""
_FINE = ("desa", "place", "tps", "point", "lon", "code", *CODES, "acled_location")
"""Fields that may place a report within a kecamatan."""
_KIND_OR_SORT = ("jenis", "tipe", "type")


def _choice(name: str) -> Type:
    """Return the type of a closed list of ``report_words.toml``, read by `read_fields`."""
    choices: dict[str, tuple[str, ...]] = dict.fromkeys(keys_of(name), ())
    return Type(
        "words", lambda text: word_list(name).read(text), f"{name}_unknown", "str", "", choices
    )


def _build(rows: Rows, frame: pd.DataFrame, context: Context) -> pd.DataFrame:
    """Return the columns of the table, `_EXTRA` and keys; ids are as the file gives them."""
    del frame
    places = read_places(rows, context.lookup, context.once(_ground), context.options.scheme)
    reports = _coarsened(pd.concat([read_fields(rows), places], axis=1))
    reports["report_id"] = reports["given_id"].fillna("")
    reports["perkara_id"] = reports["perkara_id"].fillna("")
    reports["source_id"] = pd.Series(None, index=reports.index, dtype="str")
    # Here and not where they are used, for this may be done beside the writing.
    return pd.concat([reports, key_columns(reports)], axis=1)


def _ground(context: Context) -> Ground:
    rows = context.read("unit_shapes")
    rows = rows[rows["level"].eq("desa")]
    shapes = pd.Series(shapely.from_wkb(rows["wkb"].to_numpy()), index=rows["code"], dtype="object")
    return make_ground(context.read("units"), shapes)


def _coarsened(reports: pd.DataFrame) -> pd.DataFrame:
    """Return reports of which the sectarian ones are known to their kabupaten and no finer."""
    coarse = reports["category"].isin(COARSE_CATEGORIES)
    if not coarse.any():
        return reports
    out = reports.copy()
    for column in ("unit_kejadian", "unit_pokok"):
        codes = out[column].dropna().unique()
        upper = {code: ".".join(code.split(".")[:_KABUPATEN_PARTS]) for code in codes}
        out[column] = out[column].mask(coarse, out[column].map(upper).astype("str"))
    finer = coarse & out["location_precision"].isin(["tps", "desa", "kecamatan"])
    out["location_precision"] = out["location_precision"].mask(finer, "kabupaten")
    for column in ("tps_number", "lon", "lat", "location_note"):
        out[column] = out[column].mask(coarse)
    return out


def _finest(rows: Rows) -> str | None:
    """Return the finest level that the columns of a file can name; None for a desa or a point."""
    if any(rows.says(field) for field in _FINE):
        return None
    return next((one for one in ("kecamatan", "kabupaten") if rows.says(one)), LEVELS[0])


class ReportMatcher:
    """Sorts reports by what makes two of them the same, see `data.reports.known`."""

    def __init__(self, connection: Connection, kind: Kind, context: Context) -> None:
        del kind
        self._known = KnownReports.of_store(connection, context.import_id, context.digest)
        self._sources = SourceRows(
            connection, context.import_id, context.file_name, context.options.today
        )
        self._further = FurtherSources(connection, context.import_id, self._sources)
        self._review = Reviewed(connection, context.import_id, context.options)

    def sort(self, rows: Rows, good: pd.DataFrame) -> Verdict:
        """Sort ``good``, what `_build` returns, and store the sources of what is to be written."""
        silent = [name for name, field in _KEPT.items() if not rows.says(field)]
        stored = self._known.stored(good["given_id"].dropna())
        told = good
        good = self._known.completed(good, stored, silent, _finest(rows))
        good = self._known.of_its_page(good, stored)
        good = self._review.held(good, stored)
        found = self._known.sort(good)
        conflict = found.index[found["verdict"] == "conflict"]
        rows.fault("report_id", rows.frame.index.isin(conflict), "id_conflict")
        settled = good.assign(**found[["report_id", "perkara_id", "source_id"]])
        new = found["verdict"] == "new"
        repeated = found.loc[found["verdict"] == "same", ["of_report", "of_row"]]
        by_page = self._add_pages(rows, told, settled, found)
        corrected = settled[found["verdict"] == "corrected"]
        corrected = self._review.corrected(corrected, stored)
        written = (settled[new], corrected)
        waiting = sum(int(part["verification"].eq(WAITS).sum()) for part in written)
        if waiting:
            rows.notes.append(Note(REVIEW_WAITS, {"n": waiting}))
        return Verdict(
            self._sources.attach(settled if new.all() else settled[new]),
            self._sources.attach(corrected),
            *(
                part.rename_axis("row_number").reset_index()
                for part in (repeated[~by_page], repeated[by_page])
            ),
        )

    def _add_pages(
        self, rows: Rows, told: pd.DataFrame, settled: pd.DataFrame, found: pd.DataFrame
    ) -> Flags:
        """Add pages that reports do not have yet; return which repeats (N,) brought one."""
        new, about = found["verdict"] == "new", found["about"].dropna()
        same = found.index[found["verdict"] == "same"]
        several = settled["more_urls"].notna()
        if about.empty and not several.any():
            return np.zeros(len(same), dtype=bool)
        publisher = told["source_publisher"].fillna(told["source_text"])
        known = told.loc[about.index].assign(report_id=about, source_publisher=publisher)
        pages = [
            told_pages(settled[new & several], all_of_them=False),
            told_pages(known, all_of_them=True),
        ]
        of_known = self._further.add(pd.concat(pages), settled[new]).intersection(about.index)
        if len(of_known):
            rows.notes.append(Note("sources_added", {"n": len(of_known)}))
        brought: Flags = same.isin(of_known)
        return brought


@cache
def _acled() -> Mapping[str, Mapping[str, str]]:
    return tomllib.loads(_ACLED.read_text(encoding="utf-8"))


def acled_columns(headings: Sequence[str]) -> dict[str, str] | None:
    """Return heading by field of an export of ACLED; None when the headings are not its own."""
    by_name = {heading.strip().lower(): heading for heading in headings}
    if not by_name.keys() >= set(_acled()["recognised_by"]):
        return None
    return {field: by_name[name] for field, name in _acled()["fields"].items() if name in by_name}


def _with_kinds(columns: ColumnMapping, sheet: Sheet, context: Context) -> ColumnMapping:
    """Let a column "Jenis" that holds kinds of report (potensi, kejadian, nihil) be just that.

    Refuse a file that does not say where its reports lie.
    """
    ignored = [one for one, field in context.options.columns.items() if field == IGNORE]
    require_place(context.path, columns, ignored)
    if "kind" in columns.used or columns.preset:
        return columns
    for heading in sheet.header:
        if heading in context.options.columns or plain_heading(heading) not in _KIND_OR_SORT:
            continue
        texts = [text for text in sheet.sample[heading].unique() if text]
        if texts and all(word_list("kind").read(text) for text in texts):
            rest = {name: one for name, one in columns.used.items() if one != heading}
            return replace(columns, used=rest).with_used({"kind": heading})
    return columns


_CHOICES = (
    "kind", "status", "stage", "family", "category", "verification", "confidence", "access",
)  # fmt: skip
_EXPLAINED = (
    "date_event", "date_end", "date_reported", "date_precision", "severity", "province", "place",
    "tps", "point", "lon", "lat", "pokok_place", "pokok_kabupaten", "pokok_kecamatan",
    "pokok_desa", "pokok_code",
)  # fmt: skip
"""Fields whose words stand in the catalogue under ``import_place``."""
_TYPES: dict[str, Type | None] = {
    **{name: _choice(name) for name in _CHOICES},
    **dict.fromkeys(_EXPLAINED),
    "people_count": PEOPLE,
    "peaceful": Type("flag", lambda text: word_list("flag").read(text), "flag_unknown"),
}
_NAMES = (
    "report_id", "kind", "status", "date_event", "date_end", "date_reported", "date_precision",
    "stage", "family", "category", "severity", "province", "place", "tps", "point", "lon", "lat",
    "location_note", "pokok_place", "pokok_kabupaten", "pokok_kecamatan", "pokok_desa",
    "pokok_code", "people_count", "peaceful", "perkara_id", "summary", "source", "source_url",
    "source_publisher", "verification", "confidence", "access", "agency",
)  # fmt: skip
_EXAMPLES = {
    "date_event": "14 Februari 2024",
    "category": "unjuk rasa",
    "severity": "2",
    "people_count": "150",
    "summary": "Contoh: massa di depan kantor",
    "source": "Polsek",
    "kind": "kejadian",
}

REPORTS = Kind(
    name="reports",
    table=schema.reports,
    fields=(
        *(Field(name, _TYPES.get(name, TEXT), example=_EXAMPLES.get(name, "-")) for name in _NAMES),
        *PLACE_FIELDS,
    ),
    needs=(
        Need((("date_event",),), "no_date_column"),
        Need(
            (
                *((one.name,) for one in PLACE_FIELDS),
                *((name,) for name in ("place", "point", "province", "acled_location")),
                ("lon", "lat"),
            ),
            "no_place_column",
        ),
    ),
    build=_build,
    blame={
        "category": ("category", "acled_event_type"),
        "family": ("family", "category", "acled_event_type"),
        "date_precision": ("date_precision", "acled_time_precision"),
        "unit_kejadian": _PLACE,
        "location_precision": _PLACE,
        "lon": ("lon", "point"),
        "lat": ("lat", "point"),
        "unit_pokok": ("pokok_place",),
        "tps_number": ("tps",),
        "source_text": ("source",),
    },
    options=("scheme",),
    extend=_with_kinds,
    matcher=ReportMatcher,
    chunk_rows=_CHUNK_ROWS,
    preset=acled_columns,
    texts=("summary", "location_note", "source_text"),
    reads_itself=True,
)
"""A row whose id is known and that says otherwise corrects the report; the earlier is kept."""
