"""Make the snapshots that ship as examples: ``python -m tools.rakor_examples``.

They are made from the data that ship, in a store of their own, and only from what was known on
their day.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from datetime import date, datetime
from typing import Any

from data.province import zone

OFFICE = "Siaga (contoh)"
_AGENCIES = "Kesbangpol|Polda|TNI|BIN|KPU|Bawaslu"
_AGENDA = (
    "Potensi konflik per tahap pemilu\nDistribusi ke daerah terpencil\nTindakan dan pemiliknya"
)
MEETINGS = (
    {
        "meeting_id": "rkr-contoh-b12-2023",
        "rakor_id": "RKR-015",
        "held_on": "2023-11-06",
        "date_basis": "perkiraan",
        "period": "B12 2023",
        "title": "Rakor tim terpadu ketiga: potensi konflik menjelang dan sesudah Pemilu 2024",
    },
    {
        "meeting_id": "rkr-contoh-b04-2024",
        "rakor_id": None,
        "held_on": "2024-01-31",
        "date_basis": "asumsi",
        "period": "B04 2024",
        "title": "Rakor menjelang pemungutan suara",
    },
)
MADE_AT = datetime(2026, 11, 30, 12, 0, tzinfo=zone())


def contents() -> Iterator[dict[str, Any]]:
    """Return the content of each example in turn, made in the store that is opened here."""
    from data.briefing.snapshots import FORMAT, row_of
    from data.store.engine import Store, rows_of
    from data.store.tables import meeting
    from services.briefing.snapshot import preview
    from services.dataset import load_dataset
    from services.prepare import prepare

    store = Store.open()
    prepare(store)
    with store.begin() as connection:
        for table in (meeting.snapshots, meeting.meetings):
            connection.execute(table.delete())
    data, chain = load_dataset(store), None
    for given in MEETINGS:
        row = {
            **given,
            "level": "provinsi",
            "unit_code": "19",
            "agencies": _AGENCIES,
            "agenda": _AGENDA,
            "office": OFFICE,
        }
        taken = preview(
            data, row, date.fromisoformat(str(given["held_on"])), OFFICE, MADE_AT
        ).content
        whole = {**taken, "format": FORMAT, "chain": chain}
        chain = row_of(whole)["digest"]
        yield whole
        kept = {**whole["meeting"], "version": 1, "saved_at": MADE_AT}
        kept["held_on"] = date.fromisoformat(kept["held_on"])
        with store.begin() as connection:
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
