"""Imported reports stand as the rules of their table say: what was too fine for its place is noted.

Earlier imports kept the day of a date known to its month only, the point of a report known to its
kabupaten or kecamatan only, and the number of a TPS without its desa.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"

_REPORTS = sa.table(
    "reports",
    *(sa.column(name, sa.Date()) for name in ("date_event",)),
    *(sa.column(name, sa.Float()) for name in ("lon", "lat")),
    *(
        sa.column(name, sa.String())
        for name in (
            "report_id", "import_id", "date_precision", "location_precision", "unit_kejadian",
            "unit_pokok", "tps_number", "location_note",
        )
    ),
)  # fmt: skip


def upgrade() -> None:
    """Go through the imported reports row by row; most are as they should be."""
    at = _REPORTS.c
    connection = op.get_bind()
    rows = connection.execute(sa.select(_REPORTS).where(at.import_id.is_not(None))).mappings()
    for row in rows.all():
        changed = {name: value for name, value in _settled(row).items() if value != row[name]}
        if changed:
            mine = at.report_id == row["report_id"]
            connection.execute(sa.update(_REPORTS).where(mine).values(**changed))


def _settled(row: sa.RowMapping) -> dict[str, object]:
    day, note = row["date_event"], [row["location_note"] or ""]
    if row["date_precision"] == "year":
        day = day.replace(month=1, day=1)
    elif row["date_precision"] == "month":
        day = day.replace(day=1)
    number, lon, lat = row["tps_number"], row["lon"], row["lat"]
    precision = row["location_precision"]
    if number is not None and (row["unit_pokok"] or row["unit_kejadian"]).count(".") < 3:
        note.append(f"TPS: {number}")
        number, precision = None, "desa" if precision == "tps" else precision
    if lon is not None and precision not in {"desa", "tps"}:
        note.append(f"titik {lon:.6f}, {lat:.6f}")
        lon = lat = None
    words = "; ".join(filter(None, note)) or None
    return {
        "date_event": day, "tps_number": number, "lon": lon, "lat": lat, "location_note": words,
        "location_precision": precision,
    }  # fmt: skip
