"""What a server counts of its own work, in the words of Prometheus; never what a page shows."""

from __future__ import annotations

from datetime import UTC, datetime

from prometheus_client import (
    REGISTRY,
    Counter,
    Gauge,
    Histogram,
    disable_created_metrics,
    generate_latest,
)
from prometheus_client.core import CounterMetricFamily
from prometheus_client.registry import Collector

from services.server.state import State

disable_created_metrics()  # type: ignore[no-untyped-call]
REQUESTS = Counter("siaga_requests", "Answers by what was asked for", ["kind", "status"])
SESSIONS = Gauge("siaga_sessions", "Browsers that are connected now")
PAGE_SECONDS = Histogram(
    "siaga_page_seconds",
    "Time to draw a page, with the wait for its turn",
    ["page"],
    buckets=(0.1, 0.25, 0.5, 1, 2, 5, 10, 30),
)
PAGES_DRAWN = Gauge("siaga_pages_drawn", "Pages that are drawn now or wait for their turn")
_READY = Gauge("siaga_ready", "1 where readers may be sent here")
_OPENS = Gauge("siaga_store_opens", "1 where the store can be opened")
_WRITABLE = Gauge("siaga_store_writable", "1 where the store can be written to")
_STORE = Gauge("siaga_store_bytes", "Size of the store's file")
_FREE = Gauge("siaga_disk_free_bytes", "Free where the product writes")
_IMPORT = Gauge("siaga_last_import_timestamp_seconds", "When a file was last imported")
_BACKUP = Gauge("siaga_last_backup_timestamp_seconds", "Moment that the last backup holds")
_NOT_KNOWN = float("nan")


class _Writes(Collector):
    """Committed writes by table, by whatever process: they stand in the store."""

    def __init__(self) -> None:
        self.by_table: dict[str, int] = {}

    def collect(self) -> list[CounterMetricFamily]:
        """Return them as one family."""
        family = CounterMetricFamily("siaga_store_writes", "Committed writes", labels=["table"])
        for table, writes in self.by_table.items():
            family.add_metric([table], writes)
        return [family]


_writes = _Writes()
REGISTRY.register(_writes)


def exposition(state: State) -> bytes:
    """Return all that is counted, with the state of the installation."""
    _READY.set(state.ready)
    _OPENS.set(not state.fault)
    for gauge, amount in (
        (_WRITABLE, state.writable),
        (_STORE, state.store_bytes),
        (_FREE, state.disk_free_bytes),
        (_IMPORT, _seconds(state.last_import_at)),
        (_BACKUP, _seconds(state.last_backup_at)),
    ):
        gauge.set(_NOT_KNOWN if amount is None else amount)
    if not state.fault:
        _writes.by_table = state.writes
    return bytes(generate_latest(REGISTRY))


def _seconds(moment: datetime | None) -> float | None:
    if moment is None:
        return None
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()
