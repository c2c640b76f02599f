"""Revisions of the store: which one it holds, and how an older one becomes today's.

The steps stand in ``migrations/versions``, one file each, numbered; Alembic carries them out.
A new store is made from `data.store.tables` at once: a test holds that both ways lead to the same.
"""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import Column, Connection, MetaData, String, Table, delete, inspect, select

from data.clock import utc_now
from data.store import tables as schema

SCRIPTS = Path(__file__).with_name("migrations")
BEFORE = "1"
"""What ``schema_version`` says in stores made before there were revisions; they hold the first."""
SINCE = "2"
"""What it says now, so that a product that knows no revisions refuses the store in words."""
BROKEN = "broken"
"""Stands for the revision of a store that lacks the tables that would tell."""

_mark = Table("alembic_version", MetaData(), Column("version_num", String(32), primary_key=True))


def revisions() -> tuple[str, ...]:
    """Return the revisions this product knows, the first one first."""
    return tuple(sorted(path.name[1:5] for path in SCRIPTS.glob("versions/r[0-9]*.py")))


def revision_of(connection: Connection) -> str | None:
    """Return the revision that a store says it holds; None where there is no table of ours.

    `BEFORE` for a store of before there were any, `BROKEN` where nothing tells, and what the store
    says where this product does not know it: that store is newer.
    """
    names = set(inspect(connection).get_table_names())
    if not names & set(schema.metadata.tables):
        return None
    if schema.meta.name not in names:
        return BROKEN
    version = connection.execute(
        select(schema.meta.c.value).where(schema.meta.c.key == "schema_version")
    ).scalar_one_or_none()
    if version is None or _mark.name not in names:
        return BROKEN if version in {None, SINCE} else str(version)
    revision = connection.execute(select(_mark.c.version_num)).scalar_one_or_none() or BROKEN
    return str(revision if version in {BEFORE, SINCE} else version)


def stamp(connection: Connection, revision: str) -> None:
    """Write down which revision a store holds."""
    _mark.create(connection, checkfirst=True)
    connection.execute(delete(_mark))
    connection.execute(_mark.insert().values(version_num=revision))


def upgrade(connection: Connection, found: str, to: str | None = None) -> None:
    """Carry out the steps from a revision to a later one, inside the caller's transaction.

    Parameters
    ----------
    connection
        Of a transaction that writes.
    found
        A revision of `revisions`, `BEFORE`, or ``base`` for a database without tables.
    to
        A later one; the last unless given.
    """
    from alembic.operations import Operations
    from alembic.runtime.migration import MigrationContext
    from alembic.script import ScriptDirectory

    known = revisions()
    lower = known[0] if found == BEFORE else found
    last = to or known[-1]
    steps = list(ScriptDirectory(str(SCRIPTS)).iterate_revisions(last, lower))
    with Operations.context(MigrationContext.configure(connection)):
        for step in reversed(steps):
            step.module.upgrade()
    stamp(connection, last)


def back_up_tables(connection: Connection, revision: str) -> str:
    """Copy every table to a schema of its own in PostgreSQL, in the same transaction.

    Returns
    -------
    str
        Name of the schema. Rows and columns are copied, keys and indexes are not: it is there to
        take rows back from, and no substitute for ``pg_dump``.
    """
    moment = utc_now().strftime("%Y%m%dt%H%M%S")
    name = f"siaga_backup_{revision}_{moment}"
    connection.exec_driver_sql(f'CREATE SCHEMA "{name}"')
    for table in inspect(connection).get_table_names():
        connection.exec_driver_sql(f'CREATE TABLE "{name}"."{table}" AS TABLE "{table}"')
    return name
