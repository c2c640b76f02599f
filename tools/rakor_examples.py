"""Make the snapshots that ship as examples: ``python -m tools.rakor_examples``.

They are made from the data that ship, in a store of their own, and only from what was known on
their day.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from typing import Any


def contents() -> Iterator[dict[str, Any]]:
    """Return the content of each example in turn, made in the store that is opened here."""
    from data.briefing.examples import read_examples
    from data.briefing.snapshots import FORMAT, row_of
    from data.store.engine import Store
    from data.store.frames import rows_of
    from data.store.tables import meeting
    from data.vocabulary import LEVELS
    from services.briefing.snapshot import preview
    from services.dataset import load_dataset
    from services.prepare import prepare
    from services.risk.picture.lines import province_code

    store, given = Store.open(), read_examples()
    prepare(store)
    with store.begin("setup.prepare") as connection:
        for table in (meeting.snapshots, meeting.meetings):
            connection.execute(table.delete())
    data, chain = load_dataset(store), None
    for one in given["meeting"]:
        row = {"rakor_id": None, "level": LEVELS[0], "unit_code": province_code(data)}
        row |= {"office": given["office"], **one}
        taken = preview(data, row, one["held_on"], given["office"], given["made_at"]).content
        whole = {**taken, "format": FORMAT, "chain": chain}
        chain = row_of(whole)["digest"]
        yield whole
        kept = {**row, "version": 1, "saved_at": given["made_at"]}
        with store.begin("setup.prepare") as connection:
            store.insert_frame(connection, meeting.meetings, rows_of(meeting.meetings, [kept]))
        data = data.fresh()


def main() -> None:
    """Write the examples."""
    from data.briefing.examples import write_example

    with tempfile.TemporaryDirectory(prefix="siaga-") as folder:
        os.environ["SIAGA_VAR"] = folder
        for content in contents():
            write_example(content)


if __name__ == "__main__":
    main()
