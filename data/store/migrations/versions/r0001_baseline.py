"""The tables as stores of schema "1" hold them: where every chain of steps begins.

Frozen: what changed since stands in the steps that follow.
"""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None

_TYPES: dict[str, sa.types.TypeEngine[Any]] = {
    "string": sa.String(), "text": sa.Text(), "integer": sa.Integer(), "float": sa.Float(),
    "date": sa.Date(), "moment": sa.DateTime(timezone=True), "flag": sa.Boolean(),
    "bytes": sa.LargeBinary(),
}  # fmt: skip
_TABLES = (
    ("affairs", "perkara_id",
     "perkara_id string!, kind string!, title text!, reason text!, certainty string!"),
    ("agenda", "agenda_id",
     "agenda_id string!, date_start date!, date_end date, date_known date, kind string!, title "
     "text!, unit_code string!, expected_crowd integer, owner text, permit text, source_id "
     "string"),
    ("baseline_scores", "score_id",
     "score_id string!, instrument string!, election string, level string!, unit_code string!, "
     "dimension text!, score float, score_low float, score_high float, category string, date "
     "date, note text, source_id string"),
    ("class_totals", "total_id",
     "total_id string!, election string!, authority string!, level string!, unit_code string!, "
     "kelas string, label text!, count integer!, tps_total integer, date date, note text, "
     "source_id string"),
    ("coverage_periods", "unit_code date_start agency",
     "unit_code string!, date_start date!, date_end date!, agency string!, source_id string"),
    ("disputes", "dispute_id",
     "dispute_id string!, election string!, kind string!, unit_code string!, tps_id string, "
     "recommended_date date, decided_date date, legal_deadline date, legal_basis text, "
     "held_date date, result text, note text, source_id string, source_text text, import_id "
     "string"),
    ("elections", "election",
     "election string!, name string!, voting_date date!, area_codes text!, contests integer, "
     "source_id string"),
    ("imports", "import_id",
     "import_id string!, target string!, file_name text!, sha256 string!, at moment!, accepted "
     "integer!, quarantined integer!, duplicates integer!"),
    ("indicator_counts", "count_id",
     "count_id string!, election string!, authority string!, level string!, unit_code string!, "
     "indicator_id string, label text!, count integer, tps_total integer, date date, note "
     "text, source_id string"),
    ("indicator_values", "place_id indicator_id date agency",
     "election string!, place_id string!, indicator_id string!, date date!, desa_code string!, "
     "tps_id string, value float!, agency string!, source_text text, import_id string!"),
    ("indicator_versions", "version_id",
     "version_id string!, election string!, area_code string!, version string!, stated_count "
     "integer!, authority string!, date date, note text, source_id string"),
    ("meta", "key",
     "key string!, value text!"),
    ("personnel_available", "personnel_id",
     "personnel_id string!, election string!, unit_code string!, kind string!, available "
     "integer!, date date, agency string, note text, source_id string, source_text text, "
     "import_id string"),
    ("place_moves", "place_id",
     "place_id string!, lon float!, lat float!"),
    ("place_status", "place_id",
     "place_id string!, status string!, largest_vessel string, as_of date!, note text, "
     "source_text text, import_id string"),
    ("procurement", "election item kabupaten_code stage",
     "election string!, item string!, kabupaten_code string!, stage string!, planned_date "
     "date, actual_date date, planned_count integer, actual_count integer, note text, source "
     "text, import_id string"),
    ("quarantine", "",
     "import_id string!, row_number integer!, column_name string!, value text, reason string!, "
     "expected text, row_json text!"),
    ("rakor", "rakor_id",
     "rakor_id string!, date date, date_precision string, kind string!, level string!, "
     "unit_code string, period string, topic text!, outcome text, source_id string"),
    ("receipts", "receipt_id",
     "receipt_id string!, election string!, desa_code string!, tps_id string, state string!, "
     "at moment!, boxes integer, short_count integer, damaged_count integer, seals text, "
     "from_office text, to_office text, authorised_by text, carrier text, receiver text, "
     "vehicle text, note text, kind string!, refers_to string, recorded_at moment!, import_id "
     "string"),
    ("reports", "report_id",
     "report_id string!, kind string!, status string, date_event date!, date_end date, "
     "date_precision string!, date_reported date, stage string!, family string, category "
     "string, severity integer, unit_kejadian string!, unit_pokok string, location_precision "
     "string!, tps_number string, lon float, lat float, location_note text, people_count "
     "integer, peaceful flag, perkara_id string!, summary text, source_id string, source_text "
     "text, verification string!, confidence string, access string!, agency string, import_id "
     "string"),
    ("risk_indicators", "indicator_key",
     "indicator_key string!, election string!, area_code string!, version string!, "
     "indicator_id string!, number integer!, name text!, variable string!, kind string!, low "
     "float!, high float!, note text, source_id string"),
    ("road_edges", "edge_id",
     "edge_id integer!, start integer!, end integer!, start_lon float!, start_lat float!, "
     "end_lon float!, end_lat float!, length_km float!, usual_min float!, road_class string, "
     "speed_basis string!, import_id string!"),
    ("sea_legs", "leg_id",
     "leg_id string!, from_pier string!, to_pier string!, distance_km float, low_min float!, "
     "usual_min float!, high_min float!, vessel text, vessel_class string!, wave_limit_m "
     "float, wind_limit_kn float, note text, source_text text, import_id string!"),
    ("security_patterns", "row_id",
     "row_id string!, pattern_id string!, kelas string!, place text!, election string!, police "
     "float, police_is_minimum flag!, tps float, tps_high float, linmas float, linmas_per_tps "
     "float, note text, source_id string"),
    ("simulated_values", "tps_id indicator_id",
     "election string!, tps_id string!, indicator_id string!, desa_code string!, value float!, "
     "date date!, seed integer!"),
    ("sources", "source_id",
     "source_id string!, url text, publisher text, title text, licence text, retrieved date, "
     "kind string!"),
    ("stages", "stage_id",
     "stage_id string!, election string!, stage string!, name text!, date_start date, date_end "
     "date, start_precision string, legal_basis text, concern text, source_id string"),
    ("tps", "tps_id",
     "tps_id string!, election string!, desa_code string!, number string!, lokasi_khusus "
     "flag!, lon float, lat float, location_precision string!, source_id string"),
    ("tps_class", "tps_id date",
     "tps_id string!, date date!, kelas string!, agency string!, source_text text, import_id "
     "string!"),
    ("tps_status", "status_id",
     "status_id string!, tps_id string!, status string!, at moment!, entered_at moment!, "
     "office string!, note text, undone flag!, import_id string"),
    ("tps_voters", "tps_id kind",
     "tps_id string!, kind string!, male integer, female integer, total integer!, import_id "
     "string!"),
    ("unit_shapes", "code",
     "code string!, level string!, area_km2 float!, wkb bytes!, source text!"),
    ("units", "code",
     "code string!, level string!, name string!, kind string!, parent_code string, bps_code "
     "string, kpu_code string, variants text, lon float, lat float, point_approximate flag!, "
     "has_polygon flag!, tps_pemilu2024 integer, tps_special_2024 integer"),
    ("voters", "voters_id",
     "voters_id string!, election string!, list_kind string!, level string!, unit_code "
     "string!, male integer, female integer, total integer, tps_count integer, note text, "
     "source_id string"),
    ("wave_series", "area time",
     "area string!, time moment!, wave_m float!, wind_kn float!, import_id string!"),
)  # fmt: skip
"""Name, key, and columns with their types; ! for one that holds a value in every row."""
_INDEXES = (
    ("ix_indicator_values_election", "indicator_values", ["election"]),
    ("ix_quarantine_import_id", "quarantine", ["import_id"]),
    ("ix_receipts_election", "receipts", ["election"]),
    ("ix_simulated_values_election", "simulated_values", ["election"]),
    ("ix_tps_election", "tps", ["election"]),
    ("reports_date", "reports", ["date_event"]),
    ("tps_status_tps", "tps_status", ["tps_id", "at"]),
)


def upgrade() -> None:
    """Make all tables."""
    for name, key, columns in _TABLES:
        op.create_table(
            name,
            *map(_column, columns.split(", ")),
            *([sa.PrimaryKeyConstraint(*key.split())] if key else []),
        )
    for name, table, keys in _INDEXES:
        op.create_index(name, table, keys)


def _column(words: str) -> sa.Column[object]:
    name, kind = words.split()
    return sa.Column(name, _TYPES[kind.rstrip("!")], nullable=not kind.endswith("!"))
