"""What is shown at a meeting, and in which order; every version that was saved is kept."""

from __future__ import annotations

from sqlalchemy import select

from data.briefing.meetings import require_version
from data.clock import utc_now
from data.errors import SchemaError
from data.store import tables as schema
from data.store.engine import Store
from data.store.frames import rows_of
from data.store.rules import check

TABLE = schema.meeting.decks


def save_deck(store: Store, meeting_id: str, content: str, office: str, replaces: int) -> int:
    """Add a version of a deck and return its number.

    Parameters
    ----------
    content
        JSON of `services.briefing.choice`.
    office
        Which saves it; never a person.
    replaces
        The version that was seen when the change was begun; 0 when there was none.

    Raises
    ------
    SavedMeanwhileError
        When another version was saved since; nothing is written then.
    SchemaError
        With every fault of the values.
    """
    now = utc_now()
    record = {"meeting_id": meeting_id, "version": replaces + 1, "saved_at": now}
    row = rows_of(TABLE, [{**record, "office": office or None, "content": content}])
    if faults := check(TABLE.name, row, now):
        raise SchemaError(TABLE.name, faults)
    newest = select(TABLE).where(TABLE.c.meeting_id == meeting_id).order_by(TABLE.c.version.desc())
    with store.begin("meeting.deck") as connection:
        require_version(connection.execute(newest).mappings().first(), replaces)
        store.insert_frame(connection, TABLE, row)
    return replaces + 1
