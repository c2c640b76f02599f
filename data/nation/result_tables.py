"""Tables of the nation that hold TPS and what a batch worked out; see `data.nation.tables`."""

from __future__ import annotations

_CODE = 'text COLLATE "C"'
_NUMBER = "double precision NOT NULL"

TPS = (
    f"""CREATE TABLE IF NOT EXISTS nation.tps (
        tps_id {_CODE} PRIMARY KEY, desa_code {_CODE} NOT NULL, number text NOT NULL,
        voters integer NOT NULL, keamanan text NOT NULL DEFAULT '',
        logistik text NOT NULL DEFAULT '', geom geometry(Point, 4326) NOT NULL)""",
    "CREATE INDEX IF NOT EXISTS tps_geom ON nation.tps USING gist (geom)",
    "CREATE INDEX IF NOT EXISTS tps_desa ON nation.tps (desa_code)",
)
"""A TPS with the tiers of its two indices, "" before a batch has worked them out."""

RESULTS = (
    f"""CREATE TABLE IF NOT EXISTS nation.figures (
        whole {_CODE} NOT NULL, level text NOT NULL, code {_CODE} NOT NULL, family text NOT NULL,
        affairs bigint NOT NULL, expected {_NUMBER}, median {_NUMBER}, low {_NUMBER},
        high {_NUMBER}, p_above {_NUMBER}, p_below {_NUMBER}, word text NOT NULL,
        PRIMARY KEY (whole, level, code, family))""",
    f"""CREATE TABLE IF NOT EXISTS nation.outlook (
        level text NOT NULL, code {_CODE} NOT NULL, family text NOT NULL, date_from date NOT NULL,
        date_to date NOT NULL, probability double precision, expected double precision,
        low double precision, high double precision, PRIMARY KEY (level, code, family))""",
    f"""CREATE TABLE IF NOT EXISTS nation.plans (
        kabupaten {_CODE} PRIMARY KEY, passed boolean NOT NULL, trips integer NOT NULL,
        latest_arrival timestamptz, least_slack_min double precision, late integer NOT NULL,
        unplanned_tps integer NOT NULL, faults integer NOT NULL)""",
)
"""What a batch says of units; ``whole`` is what a risk is held against: a province, "" for all."""
