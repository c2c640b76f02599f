"""Files of hand-overs and procurement that come through the browser."""

from __future__ import annotations

from data.import_procurement import import_procurement
from data.import_receipts import import_receipts
from data.import_reports import ImportResult
from data.store import Store
from data.uploads import uploaded

_IMPORTS = {"receipts": import_receipts, "procurement": import_procurement}
KINDS = tuple(_IMPORTS)


def bring_in(store: Store, kind: str, name: str, content: bytes, election: str) -> ImportResult:
    """Bring in a file of one of `KINDS` by its name and content, as the commands do.

    Raises
    ------
    FileUnreadableError
        When the file cannot be used at all; nothing is stored.
    """
    with uploaded(name, content) as path:
        return _IMPORTS[kind](store, path, election)
