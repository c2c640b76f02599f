"""Tables of the nation: the PostgreSQL schema ``nation``, published from files.

It stands beside the store in the same database and is no part of its migrations: it can be
published again from the files that it came from, and each publication says who, when and what.

Reports lie in partitions, one per import: publishing attaches a finished one, undoing detaches it.
Codes are compared byte by byte (collation C), so that everything inside a unit is one range of an
index: from its code up to, but without, its code followed by "/".
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from data.nation.errors import NationError
from data.nation.result_tables import RESULTS, TPS
from data.store.ledger.acts import actor_now

if TYPE_CHECKING:
    import psycopg

SCHEMA = "nation"
VERSION = "1"
LOCK = 5_142_020
"""Number of the lock that whoever makes or publishes takes; that of the store is the one before."""
_CODE = 'text COLLATE "C"'
_LEVELS = "('provinsi', 'kabupaten', 'kecamatan', 'desa')"

ABOUT = (
    "CREATE TABLE IF NOT EXISTS nation.meta (key text PRIMARY KEY, value text NOT NULL)",
    """CREATE TABLE IF NOT EXISTS nation.publications (
        id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
        what text NOT NULL, at timestamptz NOT NULL DEFAULT now(), account text NOT NULL,
        sha256 text NOT NULL, rows bigint NOT NULL, note text NOT NULL DEFAULT '')""",
)
"""``meta`` holds version, ``simulasi`` (true or false), ``as_of`` and ``revision:<table>``."""

PLACES = (
    f"""CREATE TABLE IF NOT EXISTS nation.units (
        code {_CODE} PRIMARY KEY, level text NOT NULL CHECK (level IN {_LEVELS}),
        parent_code {_CODE} NOT NULL, name text NOT NULL, voters bigint NOT NULL,
        tps integer NOT NULL, lon double precision NOT NULL, lat double precision NOT NULL,
        area_km2 double precision NOT NULL)""",
    "CREATE INDEX IF NOT EXISTS units_parent ON nation.units (parent_code)",
    f"""CREATE TABLE IF NOT EXISTS nation.shapes (
        detail smallint NOT NULL, level text NOT NULL CHECK (level IN {_LEVELS}),
        code {_CODE} NOT NULL, geom geometry(Geometry, 4326) NOT NULL,
        PRIMARY KEY (detail, level, code))""",
    "CREATE INDEX IF NOT EXISTS shapes_geom ON nation.shapes USING gist (geom)",
)
"""Units, and their shapes by detail; 0 is the finest, by which reports are placed."""

REPORT_COLUMNS = f"""
    report_id {_CODE} NOT NULL, perkara_id {_CODE} NOT NULL, kind text NOT NULL,
    family text NOT NULL, severity smallint NOT NULL, date_event date, date_reported date,
    unit_code {_CODE} NOT NULL, lon double precision, lat double precision,
    place_code {_CODE} NOT NULL, reason text NOT NULL, line bigint NOT NULL,
    import_id bigint NOT NULL, version integer NOT NULL DEFAULT 1, superseded_by bigint"""
"""As the file said, then where it was placed, or why nowhere (`geo.places.placing.REASONS`).

``line`` is where it stands in the file. A row that a later import corrects stays: it says by which
import in ``superseded_by``, and whoever asks for what holds now takes rows without one.
"""

REPORTS = (
    """CREATE TABLE IF NOT EXISTS nation.imports (
        id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, file_name text NOT NULL,
        sha256 text NOT NULL, account text NOT NULL, began_at timestamptz NOT NULL DEFAULT now(),
        state text NOT NULL
            CHECK (state IN ('staging', 'staged', 'ready', 'published', 'undone', 'emptied')),
        bytes_total bigint NOT NULL, bytes_done bigint NOT NULL DEFAULT 0,
        lines_done bigint NOT NULL DEFAULT 0, head_sha256 text NOT NULL DEFAULT '',
        rows bigint NOT NULL DEFAULT 0, held bigint NOT NULL DEFAULT 0,
        unplaced bigint NOT NULL DEFAULT 0, unchanged bigint NOT NULL DEFAULT 0,
        corrected bigint NOT NULL DEFAULT 0, places_revision bigint NOT NULL,
        compared_revision bigint, publication_id bigint REFERENCES nation.publications (id))""",
    """CREATE TABLE IF NOT EXISTS nation.rests (
        import_id bigint NOT NULL REFERENCES nation.imports (id),
        on_import bigint NOT NULL REFERENCES nation.imports (id),
        PRIMARY KEY (import_id, on_import))""",
    """CREATE TABLE IF NOT EXISTS nation.held (
        import_id bigint NOT NULL REFERENCES nation.imports (id), line bigint NOT NULL,
        column_name text NOT NULL, value text NOT NULL, reason text NOT NULL,
        PRIMARY KEY (import_id, line, column_name))""",
    f"CREATE TABLE IF NOT EXISTS nation.reports ({REPORT_COLUMNS}) PARTITION BY LIST (import_id)",
    "CREATE INDEX IF NOT EXISTS reports_place ON nation.reports (place_code, date_event)",
    """CREATE INDEX IF NOT EXISTS reports_kecamatan
        ON nation.reports (left(place_code, 8), date_event)""",
    """CREATE INDEX IF NOT EXISTS reports_unplaced
        ON nation.reports (family, kind, date_event)
        WHERE place_code = '' AND superseded_by IS NULL""",
)
"""``imports`` says how far each import is, ``held`` what of a file was not taken, and why.

``rests`` says which published import corrects or repeats rows of another, so that the other cannot
be undone before it. Each partition has an index of its own under which a ``report_id`` stands once.
"""

COUNT_COLUMNS = f"""
    span text NOT NULL, level text NOT NULL, code {_CODE} NOT NULL, day date NOT NULL,
    family text NOT NULL, kind text NOT NULL, reports bigint NOT NULL, import_id bigint NOT NULL"""
"""What an import adds to the counts, below 0 where its corrections take away.

``span`` is ``day`` (of provinsi and kabupaten) or ``month`` (of kecamatan too; ``day`` is its
first).
"""
_SUMMED = """
    SELECT level, code, day, family, kind, sum(reports)::bigint AS reports
    FROM nation.count_parts WHERE span = '{span}'
    GROUP BY level, code, day, family, kind HAVING sum(reports) <> 0"""
_LIVE = """
    SELECT '{level}'::text, {code} AS code, date_event, family, kind, count(*)::bigint
    FROM nation.reports
    WHERE superseded_by IS NULL AND date_event IS NOT NULL AND {those}
    GROUP BY 2, 3, 4, 5"""
COUNTS = (
    f"""CREATE TABLE IF NOT EXISTS nation.count_parts ({COUNT_COLUMNS})
        PARTITION BY LIST (import_id)""",
    """CREATE INDEX IF NOT EXISTS count_parts_asked
        ON nation.count_parts (span, level, family, kind, code, day) INCLUDE (reports)""",
    "CREATE OR REPLACE VIEW nation.counts AS "
    + _SUMMED.format(span="day")
    + " UNION ALL "
    + _LIVE.format(
        level="kecamatan", code="left(place_code, 8)", those="length(left(place_code, 8)) = 8"
    )
    + " UNION ALL "
    + _LIVE.format(level="desa", code="place_code", those="length(place_code) = 13"),
    "CREATE OR REPLACE VIEW nation.counts_by_month AS " + _SUMMED.format(span="month"),
)
"""``counts`` (level, code, day, family, kind, reports), each key once.

Provinsi and kabupaten are kept; nearly every report of a kecamatan or desa is the only one of its
day, family and kind there, so these are counted from the reports of the units asked for: ask by
code. ``counts_by_month`` is kept for provinsi, kabupaten and kecamatan, with the first day of the
month as ``day``.
"""

STATEMENTS = (*ABOUT, *PLACES, *TPS, *REPORTS, *COUNTS, *RESULTS)


def make_nation(connection: psycopg.Connection) -> None:
    """Make what is missing of the schema, in the transaction of the caller.

    Raises
    ------
    NationError
        ``postgis`` when the database has no PostGIS, ``version`` when another version of the
        product made the schema.
    """
    from psycopg import Error
    from psycopg.sql import SQL

    connection.execute("SELECT pg_advisory_xact_lock(%s)", [LOCK])
    try:
        with connection.transaction():
            connection.execute("CREATE EXTENSION IF NOT EXISTS postgis")
    except Error as error:
        raise NationError("postgis", str(error).strip()) from error
    found = version_of(connection)
    if found not in {None, VERSION}:
        raise NationError("version", str(found))
    connection.execute("CREATE SCHEMA IF NOT EXISTS nation")
    for statement in STATEMENTS:
        connection.execute(SQL(statement))
    connection.execute(
        "INSERT INTO nation.meta VALUES ('version', %s) ON CONFLICT DO NOTHING", [VERSION]
    )


def version_of(connection: psycopg.Connection) -> str | None:
    """Return the version that the schema was made with; None where there is none."""
    there = connection.execute("SELECT to_regclass('nation.meta') IS NOT NULL").fetchone()
    if there is None or not there[0]:
        return None
    row = connection.execute("SELECT value FROM nation.meta WHERE key = 'version'").fetchone()
    return None if row is None else str(row[0])


def note_publication(
    connection: psycopg.Connection, what: str, digest: str, rows: int, note: str
) -> int:
    """Write down who publishes or takes back what, in the transaction that does; return its id."""
    row = connection.execute(
        "INSERT INTO nation.publications (what, account, sha256, rows, note)"
        " VALUES (%s, %s, %s, %s, %s) RETURNING id",
        [what, actor_now().account, digest, rows, note],
    ).fetchone()
    assert row is not None
    return int(row[0])


def raise_revision(connection: psycopg.Connection, *tables: str) -> None:
    """Count that tables are written, in the transaction that writes them."""
    for table in sorted(tables):
        connection.execute(
            "INSERT INTO nation.meta AS m VALUES (%s, '1') ON CONFLICT (key)"
            " DO UPDATE SET value = (m.value::bigint + 1)::text",
            [f"revision:{table}"],
        )


def revisions(connection: psycopg.Connection) -> dict[str, int]:
    """Return how many publications wrote each table; a table that none wrote is not in it."""
    rows = connection.execute(
        "SELECT substr(key, 10), value::bigint FROM nation.meta WHERE starts_with(key, 'revision:')"
    )
    return {str(name): int(value) for name, value in rows}
