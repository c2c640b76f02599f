"""What is staged becomes part of the nation, or is taken back: in one transaction, all or nothing.

First, outside of that transaction, what takes long: indexes, comparison with what is published,
and what the import adds to the counts. Publishing then attaches two finished tables.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from psycopg.errors import UniqueViolation

from data.errors import ImportReplacedError
from data.nation import tables
from data.nation.connection import driver_of
from data.nation.errors import NationError
from data.nation.staging import LOCK_PUBLISH, Import, drop_tables, find_import, named
from data.store.ledger.revisions import note_write

if TYPE_CHECKING:
    import psycopg

    from data.store.engine import Store

    Connection = psycopg.Connection[Any]

PUBLISH, UNDO = "nation.publish", "nation.undo"
"""Acts of the ledger."""
_MEMORY = ("SET LOCAL work_mem = '192MB'", "SET LOCAL maintenance_work_mem = '384MB'")
"""Of the server, for one import at a time."""
_UNIQUE = "CREATE UNIQUE INDEX ON {reports} (report_id)"
_HOLD_REPEATED = """
WITH again AS (
    DELETE FROM {reports} s USING (
        SELECT line AS at, row_number() OVER (PARTITION BY report_id ORDER BY line) AS nth
        FROM {reports}) n
    WHERE s.line = n.at AND n.nth > 1 RETURNING s.line, s.report_id, s.place_code),
kept AS (
    INSERT INTO nation.held
    SELECT {id}, line, 'report_id', report_id, 'duplicate' FROM again
    ON CONFLICT DO NOTHING)
UPDATE nation.imports i
SET rows = i.rows - n.all_rows, held = i.held + n.all_rows, unplaced = i.unplaced - n.nowhere
FROM (SELECT count(*) AS all_rows, count(*) FILTER (WHERE place_code = '') AS nowhere
      FROM again) n
WHERE i.id = {id}"""
_SAID = (
    "perkara_id", "kind", "family", "severity", "date_event", "date_reported", "unit_code", "lon",
    "lat",
)  # fmt: skip
"""What makes two rows of one ``report_id`` the same."""
_KNOWN = f"""
CREATE TEMPORARY TABLE known ON COMMIT DROP AS
SELECT s.report_id, r.import_id, r.version, s.place_code = '' AS is_unplaced,
    ({", ".join(f"s.{name}" for name in _SAID)})
        IS NOT DISTINCT FROM ({", ".join(f"r.{name}" for name in _SAID)}) AS is_same
FROM {{reports}} s JOIN nation.reports r ON r.report_id = s.report_id AND r.superseded_by IS NULL"""  # nosec B608
_COMPARE = (
    _KNOWN,
    """INSERT INTO nation.rests SELECT DISTINCT {id}, import_id FROM known
       ON CONFLICT DO NOTHING""",
    """CREATE TABLE {corrections} AS
       SELECT report_id COLLATE "C" AS report_id, import_id, version FROM known
       WHERE NOT is_same""",
    "DELETE FROM {reports} s USING known k WHERE k.is_same AND k.report_id = s.report_id",
    """UPDATE {reports} s SET version = c.version + 1 FROM {corrections} c
       WHERE c.report_id = s.report_id""",
    """UPDATE nation.imports i
       SET unchanged = n.same, corrected = n.other, rows = i.rows - n.same,
           unplaced = i.unplaced - n.nowhere
       FROM (SELECT count(*) FILTER (WHERE is_same) AS same,
                    count(*) FILTER (WHERE NOT is_same) AS other,
                    count(*) FILTER (WHERE is_same AND is_unplaced) AS nowhere
             FROM known) n
       WHERE i.id = {id}""",
)
_INDEX = (
    "CREATE INDEX ON {reports} (place_code, date_event)",
    "CREATE INDEX ON {reports} (left(place_code, 8), date_event)",
    """CREATE INDEX ON {reports} (family, kind, date_event)
       WHERE place_code = '' AND superseded_by IS NULL""",
    "ANALYZE {reports}",
)
_ADDED = """
    SELECT {code} AS code, {day} AS day, family, kind, {count} AS reports
    FROM {{reports}} WHERE length(place_code) >= 2 AND date_event IS NOT NULL
    GROUP BY 1, 2, 3, 4"""
_TAKEN = """
    SELECT {code} AS code, {day} AS day, r.family, r.kind, -count(*) AS reports
    FROM {{corrections}} c
    JOIN nation.reports r ON r.report_id = c.report_id AND r.import_id = c.import_id
    WHERE length(r.place_code) >= 2 AND r.date_event IS NOT NULL GROUP BY 1, 2, 3, 4"""
_ROLL = """
    INSERT INTO {{counts}} (span, level, code, day, family, kind, reports)
    SELECT '{span}', '{level}', left(code, {length}), day, family, kind, sum(reports)
    FROM {source} WHERE length(code) >= {length}
    GROUP BY left(code, {length}), day, family, kind HAVING sum(reports) <> 0
    ORDER BY family, kind, left(code, {length}), day"""
"""In the order of the index, so that what a view asks for lies together."""


def _finest(name: str, length: int, day: str) -> str:
    """Return what counts an import by units with codes of a length at most, and a kind of day."""
    code = f"left(place_code, {length})"
    added = _ADDED.format(code=code, day=day, count="count(*)")
    taken = _TAKEN.format(code=code, day=day)
    return f"CREATE TEMPORARY TABLE {name} ON COMMIT DROP AS {added} UNION ALL {taken}"


_MONTH = "date_trunc('month', date_event)::date"
_COUNT = (
    "CREATE TABLE {counts} (LIKE nation.count_parts)",
    """ALTER TABLE {counts} ALTER import_id SET DEFAULT {id},
       ADD CONSTRAINT of_import CHECK (import_id = {id})""",
    _finest("by_day", 5, "date_event"),
    _finest("by_month", 8, _MONTH),
    _ROLL.format(span="day", level="provinsi", length=2, source="by_day"),
    _ROLL.format(span="day", level="kabupaten", length=5, source="by_day"),
    _ROLL.format(span="month", level="provinsi", length=2, source="by_month"),
    _ROLL.format(span="month", level="kabupaten", length=5, source="by_month"),
    _ROLL.format(span="month", level="kecamatan", length=8, source="by_month"),
    "CREATE INDEX ON {counts} (span, level, family, kind, code, day) INCLUDE (reports)",
    "ANALYZE {counts}",
)
_ATTACH = (
    "ALTER TABLE nation.reports ATTACH PARTITION {reports} FOR VALUES IN ({id})",
    "ALTER TABLE nation.count_parts ATTACH PARTITION {counts} FOR VALUES IN ({id})",
    """UPDATE nation.reports r SET superseded_by = {id} FROM {corrections} c
       WHERE r.import_id = c.import_id AND r.report_id = c.report_id""",
)
_DETACH = (
    "ALTER TABLE nation.reports DETACH PARTITION {reports}",
    "ALTER TABLE nation.count_parts DETACH PARTITION {counts}",
    """UPDATE nation.reports r SET superseded_by = NULL FROM {corrections} c
       WHERE r.import_id = c.import_id AND r.report_id = c.report_id""",
)


@contextmanager
def publishing(connection: Connection) -> Iterator[None]:
    """Be the only one who compares with what is published, and publishes or takes back."""
    connection.execute("SELECT pg_advisory_lock(%s)", [LOCK_PUBLISH])
    try:
        yield
    finally:
        if not connection.closed and not connection.broken:
            connection.execute("SELECT pg_advisory_unlock(%s)", [LOCK_PUBLISH])


def reports_revision(connection: Connection) -> int:
    """Return how often reports were published or taken back."""
    return tables.revisions(connection).get("reports", 0)


def make_ready(connection: Connection, number: int) -> Import | None:
    """Compare a staged import with what is published, and count what it adds.

    The second and later rows of a ``report_id`` in the file are held. A row that says what is
    published already is left out, and counted as unchanged. Call it inside `publishing`.

    Returns
    -------
    Import or None
        The import as it can be published. None where it was ready, and others published since:
        then it has to be staged again.
    """
    found = find_import(connection, number)
    if found.state == "ready":
        is_current = found.compared_revision == reports_revision(connection)
        return found if is_current else None
    with connection.transaction():
        for statement in _MEMORY:
            connection.execute(statement)
        try:
            with connection.transaction():
                connection.execute(named(_UNIQUE, number))
        except UniqueViolation:
            connection.execute(named(_HOLD_REPEATED, number))
            connection.execute(named(_UNIQUE, number))
        connection.execute("DELETE FROM nation.rests WHERE import_id = %s", [number])
        for form in (*_COMPARE, *_INDEX, *_COUNT):
            connection.execute(named(form, number))
        connection.execute(
            "UPDATE nation.imports SET state = 'ready', compared_revision = %s WHERE id = %s",
            [reports_revision(connection), number],
        )
    return find_import(connection, number)


def publish(store: Store, ready: Import) -> None:
    """Let everybody see an import that is ready: rows, counts, corrections, and who did it.

    Call it inside `publishing`.

    Raises
    ------
    RightError
        When whoever acts may not.
    """
    with store.begin(PUBLISH, subject=str(ready.id)) as writer:
        connection = driver_of(writer)
        for form in _ATTACH:
            connection.execute(named(form, ready.id))
        _note(connection, ready, PUBLISH, "published")
        note_write(writer, tables.SCHEMA)


def undo(store: Store, connection: Connection, number: int) -> Import:
    """Take a published import back; its tables stay aside until they are dropped.

    What it had corrected holds again as it was. Call it inside `publishing`.

    Raises
    ------
    ImportUnknownError
        When there is none of that number.
    NationError
        ``not_published`` when it is not published.
    ImportReplacedError
        When a later import corrects or repeats some of its rows.
    RightError
        When whoever acts may not.
    """
    found = find_import(connection, number)
    if found.state != "published":
        raise NationError("not_published", str(number))
    later = connection.execute(
        "SELECT max(r.import_id) FROM nation.rests r JOIN nation.imports i ON i.id = r.import_id"
        " WHERE r.on_import = %s AND i.state = 'published'",
        [number],
    ).fetchone()
    if later is not None and later[0] is not None:
        raise ImportReplacedError(str(number), str(later[0]))
    with store.begin(UNDO, subject=str(number)) as writer:
        driver = driver_of(writer)
        for form in _DETACH:
            driver.execute(named(form, number))
        _note(driver, found, UNDO, "undone")
        note_write(writer, tables.SCHEMA)
    return found


def empty(connection: Connection, number: int) -> None:
    """Drop what an import that is not published holds aside: staged rows, or what was taken back.

    Raises
    ------
    ImportUnknownError
        When there is none of that number.
    NationError
        ``published`` when it is published.
    """
    if find_import(connection, number).state == "published":
        raise NationError("published", str(number))
    with connection.transaction():
        drop_tables(connection, number)
        connection.execute("DELETE FROM nation.rests WHERE import_id = %s", [number])
        connection.execute("UPDATE nation.imports SET state = 'emptied' WHERE id = %s", [number])


def _note(connection: Connection, one: Import, what: str, state: str) -> None:
    number = tables.note_publication(
        connection, what, one.sha256, one.rows, f"{one.id} {one.file_name}"
    )
    connection.execute(
        "UPDATE nation.imports SET state = %s, publication_id = %s WHERE id = %s",
        [state, number, one.id],
    )
    tables.raise_revision(connection, "counts", "reports")
