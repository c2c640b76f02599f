"""Tables of the store, for SQLite and PostgreSQL alike.

Codes are text and follow Kemendagri (``99.01.04.2004``). Dates are calendar dates in the
province's time zone. Shapes
are WKB in longitude and latitude on WGS84; where PostGIS is present a view offers them as geometry.
"""

from __future__ import annotations

from sqlalchemy import (
    Boolean,
    Column,
    Date,
    DateTime,
    Float,
    Index,
    Integer,
    LargeBinary,
    PrimaryKeyConstraint,
    String,
    Table,
    Text,
)

from data.store import tables_logistics as logistics
from data.store import tables_risk as risk
from data.store.access import tables as access
from data.store.ledger import tables as ledger
from data.store.meeting import tables as meeting
from data.store.tables_base import metadata

__all__ = ["access", "ledger", "logistics", "meeting", "metadata", "risk"]

sources = Table(
    "sources",
    metadata,
    Column("source_id", String, primary_key=True),
    Column("url", Text),
    Column("publisher", Text),
    Column("title", Text),
    Column("licence", Text),
    Column("retrieved", Date),
    Column("kind", String, nullable=False),  # publik | berkas (an imported file) | instansi
)

units = Table(
    "units",
    metadata,
    Column("code", String, primary_key=True),
    Column("level", String, nullable=False),
    Column("name", String, nullable=False),
    Column("kind", String, nullable=False),
    Column("parent_code", String),
    Column("bps_code", String),
    Column("kpu_code", String),
    Column("variants", Text),
    Column("lon", Float),
    Column("lat", Float),
    Column("point_approximate", Boolean, nullable=False),
    Column("has_polygon", Boolean, nullable=False),
)

unit_shapes = Table(
    "unit_shapes",
    metadata,
    Column("code", String, primary_key=True),
    Column("level", String, nullable=False),
    Column("area_km2", Float, nullable=False),
    Column("wkb", LargeBinary, nullable=False),
    Column("source", Text, nullable=False),
)

elections = Table(
    "elections",
    metadata,
    Column("election", String, primary_key=True),
    Column("name", String, nullable=False),
    Column("voting_date", Date, nullable=False),
    Column("area_codes", Text, nullable=False),  # codes of the area that votes, joined by |
    Column("contests", Integer),
    Column("source_id", String),
)

stages = Table(
    "stages",
    metadata,
    Column("stage_id", String, primary_key=True),
    Column("election", String, nullable=False),
    Column("stage", String, nullable=False),
    Column("name", Text, nullable=False),
    Column("date_start", Date),
    Column("date_end", Date),
    Column("start_precision", String),
    Column("legal_basis", Text),
    Column("concern", Text),
    Column("date_known", Date),  # since when it was known; empty: from the start
    Column("source_id", String),
)

rakor = Table(
    "rakor",
    metadata,
    Column("rakor_id", String, primary_key=True),
    Column("date", Date),
    Column("date_precision", String),
    Column("kind", String, nullable=False),  # rakor | pembentukan | lainnya
    Column("level", String, nullable=False),
    Column("unit_code", String),
    Column("period", String),  # B04, B08 or B12 with the year, where known
    Column("topic", Text, nullable=False),
    Column("outcome", Text),
    Column("source_id", String),
)

tps = Table(
    "tps",
    metadata,
    Column("tps_id", String, primary_key=True),
    Column("election", String, nullable=False, index=True),
    Column("desa_code", String, nullable=False),
    Column("number", String, nullable=False),
    Column("lokasi_khusus", Boolean, nullable=False),
    Column("lon", Float),
    Column("lat", Float),
    Column("location_precision", String, nullable=False),
    Column("source_id", String),
)

voters = Table(
    "voters",
    metadata,
    Column("voters_id", String, primary_key=True),
    Column("election", String, nullable=False),
    Column("list_kind", String, nullable=False),  # dpt | dps | dpshp | dpthp2 | rencana | khusus
    Column("level", String, nullable=False),
    Column("unit_code", String, nullable=False),
    Column("male", Integer),
    Column("female", Integer),
    Column("total", Integer),
    Column("tps_count", Integer),
    Column("note", Text),
    Column("source_id", String),
)

affairs = Table(
    "affairs",
    metadata,
    Column("perkara_id", String, primary_key=True),
    Column("kind", String, nullable=False),  # perkara | rekap (a total that others are part of)
    Column("title", Text, nullable=False),
    Column("reason", Text, nullable=False),
    Column("certainty", String, nullable=False),
)
"""Affairs of several reports, and why these are one. An affair of one report needs no row."""

reports = Table(
    "reports",
    metadata,
    Column("report_id", String, primary_key=True),
    Column("kind", String, nullable=False),
    Column("status", String),  # of a potensi
    Column("date_event", Date, nullable=False),
    Column("date_end", Date),  # last day of the period of a nihil
    Column("date_precision", String, nullable=False),
    Column("date_reported", Date),  # empty: unknown, and flagged as such
    Column("stage", String, nullable=False),
    Column("family", String),
    Column("category", String),
    Column("severity", Integer),
    Column("unit_kejadian", String, nullable=False),
    Column("unit_pokok", String),
    Column("location_precision", String, nullable=False),
    Column("tps_number", String),
    Column("lon", Float),
    Column("lat", Float),
    Column("location_note", Text),
    Column("people_count", Integer),
    Column("peaceful", Boolean),  # of an assembly; empty: the source does not say
    Column("perkara_id", String, nullable=False),
    Column("summary", Text),
    Column("source_id", String),
    Column("source_text", Text),  # what the file gave as source when it is not a page
    Column("verification", String, nullable=False),
    Column("confidence", String),
    Column("access", String, nullable=False),
    Column("agency", String),
    Column("import_id", String),
    Index("reports_date", "date_event"),
)

report_events = Table(
    "report_events",
    metadata,
    Column("event_id", String, primary_key=True),  # sorts in the order of recording
    Column("report_id", String, nullable=False, index=True),
    Column("about", String, nullable=False),  # verification | status | mendesak | diperiksa
    Column("at", Date, nullable=False),  # since which day it holds
    Column("before", String),
    Column("value", String),
    Column("link", String),  # the report that a potensi became
    Column("note", Text),  # why
    Column("account", String, nullable=False),
    Column("office", Text, nullable=False),
    Column("recorded_at", DateTime(timezone=True), nullable=False),
    Column("import_id", String),  # where a file said so
)
"""What became of reports, dated; ``reports`` holds the latest of each."""

report_sources = Table(
    "report_sources",
    metadata,
    Column("report_id", String, nullable=False),
    Column("source_id", String, nullable=False),
    Column("removed", Boolean, nullable=False),  # taken away by a person: no file brings it back
    Column("import_id", String),  # the file that named it; empty: a person on the page
    PrimaryKeyConstraint("report_id", "source_id"),
)
"""Further sources of reports; the first of each stands in ``reports``."""

agenda = Table(
    "agenda",
    metadata,
    Column("agenda_id", String, primary_key=True),
    Column("date_start", Date, nullable=False),
    Column("date_end", Date),
    Column("date_known", Date),  # since when it was known; empty: unknown
    Column("kind", String, nullable=False),  # tahapan | putusan | penetapan | distribusi | aksi | …
    Column("title", Text, nullable=False),
    Column("unit_code", String, nullable=False),
    Column("expected_crowd", Integer),
    Column("owner", Text),
    Column("permit", Text),
    Column("source_id", String),
)

coverage_periods = Table(
    "coverage_periods",
    metadata,
    Column("unit_code", String, nullable=False),
    Column("date_start", Date, nullable=False),
    Column("date_end", Date, nullable=False),
    Column("agency", String, nullable=False),
    Column("source_id", String),
    PrimaryKeyConstraint("unit_code", "date_start", "agency"),
)
"""Who watched which area when: an area outside every row is not covered, which is not zero."""

sea_legs = Table(
    "sea_legs",
    metadata,
    Column("leg_id", String, primary_key=True),
    Column("from_pier", String, nullable=False),
    Column("to_pier", String, nullable=False),
    Column("distance_km", Float),
    Column("low_min", Float, nullable=False),
    Column("usual_min", Float, nullable=False),
    Column("high_min", Float, nullable=False),
    Column("vessel", Text),
    Column("vessel_class", String, nullable=False),
    Column("wave_limit_m", Float),
    Column("wind_limit_kn", Float),
    Column("note", Text),
    Column("source_text", Text),
    Column("import_id", String, nullable=False),
)
"""Boat legs that were imported; those that ship are a file of the province."""

road_edges = Table(
    "road_edges",
    metadata,
    Column("edge_id", Integer, primary_key=True),
    Column("start", Integer, nullable=False),
    Column("end", Integer, nullable=False),
    Column("start_lon", Float, nullable=False),
    Column("start_lat", Float, nullable=False),
    Column("end_lon", Float, nullable=False),
    Column("end_lat", Float, nullable=False),
    Column("length_km", Float, nullable=False),
    Column("usual_min", Float, nullable=False),
    Column("road_class", String),
    Column("speed_basis", String, nullable=False),  # berkas | kelas
    Column("one_way", Boolean),
    Column("import_id", String, nullable=False),
)
"""Roads of an imported file between junctions; empty while the proxy is in use."""

road_lines = Table(
    "road_lines",
    metadata,
    Column("line_id", Integer, primary_key=True),
    Column("road_class", String),
    Column("kmh", Float, nullable=False),
    Column("speed_basis", String, nullable=False),  # berkas | kelas
    Column("one_way", Boolean),
    Column("wkb", LargeBinary, nullable=False),
    Column("import_id", String, nullable=False),
)
"""Lines that ``road_edges`` was cut from, so that a further file can be added to them."""

place_moves = Table(
    "place_moves",
    metadata,
    Column("place_id", String, primary_key=True),
    Column("lon", Float, nullable=False),
    Column("lat", Float, nullable=False),
)
"""Where the planner put a pier or warehouse whose coordinates are not published."""

imports = Table(
    "imports",
    metadata,
    Column("import_id", String, primary_key=True),
    Column("target", String, nullable=False),
    Column("file_name", Text, nullable=False),
    Column("sha256", String, nullable=False),
    Column("at", DateTime(timezone=True), nullable=False),
    Column("accepted", Integer, nullable=False),
    Column("quarantined", Integer, nullable=False),
    Column("duplicates", Integer, nullable=False),
    Column("options", Text),  # JSON: how the file was read; see data.ingest.held.options
    Column("mends", String),  # the import whose refused rows were put right, of one of these alone
)

quarantine = Table(
    "quarantine",
    metadata,
    Column("import_id", String, nullable=False, index=True),
    Column("row_number", Integer, nullable=False),  # as a spreadsheet counts: the header is 1
    Column("column_name", String, nullable=False),
    Column("value", Text),
    Column("reason", String, nullable=False),
    Column("expected", Text),
    Column("row_json", Text, nullable=False),
    Column("sheet", Text),  # empty where the file has one
    Column("section", Text),  # text of the row that heads its part of the table
    Column("closed_as", String),  # empty while it is open; see data.ingest.held.record
    Column("closed_at", DateTime(timezone=True)),
    Column("closed_by", String),  # the import that settled it
    Column("closed_reason", Text),
)

history = Table(
    "history",
    metadata,
    Column("history_id", String, primary_key=True),
    Column("import_id", String, nullable=False, index=True),
    Column("target", String, nullable=False),
    Column("key", Text, nullable=False),  # JSON list of the values of the key, or *
    Column("at", DateTime(timezone=True), nullable=False),
    Column("content", LargeBinary, nullable=False),
    Index("history_target_key", "target", "key"),
)
"""Rows as they were before an import replaced or removed them; see `data.ingest.history`."""

import_profiles = Table(
    "import_profiles",
    metadata,
    Column("name", String, nullable=False),
    Column("kind", String, nullable=False),
    Column("headings", Text, nullable=False),  # JSON list
    Column("mapping", Text, nullable=False),  # JSON object: field by heading
    Column("constants", Text, nullable=False),  # JSON object: text by field
    Column("sheet", Text),
    Column("header_row", Integer),
    Column("scheme", String),
    Column("saved_at", DateTime(timezone=True), nullable=False),
    PrimaryKeyConstraint("name", "kind"),
)
"""How the files of an agency are read, kept to be offered the next time."""

outlooks = Table(
    "outlooks",
    metadata,
    Column("outlook_id", String, primary_key=True),
    Column("as_of", Date, nullable=False),
    Column("horizon", String, nullable=False),  # rakor | tahapan
    Column("window_start", Date, nullable=False),
    Column("window_end", Date, nullable=False),
    Column("lodged_at", DateTime(timezone=True), nullable=False),
    Column("previous", String),  # digest of the outlook lodged before; empty in the first
    Column("digest", String, nullable=False),  # SHA-256 of the content
    Column("content", Text, nullable=False),  # canonical JSON of the figures
)
"""Outlooks as they were lodged before their window opened; rows are only ever added."""

scan_runs = Table(
    "scan_runs",
    metadata,
    Column("run_id", String, primary_key=True),
    Column("as_of", Date, nullable=False),
    Column("watched_until", Date, nullable=False),
    Column("family", String, nullable=False),
    Column("kind", String, nullable=False),
    Column("level", String, nullable=False),
    Column("counted", String, nullable=False),
    Column("method", String, nullable=False),
    Column("parameters", Text, nullable=False),  # JSON object
    Column("seed", Integer, nullable=False),
    Column("n_affairs", Integer, nullable=False),
    Column("members", Text),  # codes with | between them
    Column("affairs", Text),  # ids with | between them
    Column("window_start", Date),
    Column("window_end", Date),
    Column("observed", Integer),
    Column("expected", Float),
    Column("p", Float),
    Column("recurrence_months", Float),
    Column("signal", String, nullable=False),
    Column("raised", Boolean, nullable=False),
    Column("made_at", DateTime(timezone=True), nullable=False),
)
"""The best cluster of each scan of what is alive that was kept, silent ones too."""

meta = Table(
    "meta", metadata, Column("key", String, primary_key=True), Column("value", Text, nullable=False)
)
