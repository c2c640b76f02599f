"""A store in which each text that is shown would run, and the ear that hears whether it did.

Every free text of every table holds a payload: which columns those are is derived from the tables
and their rules, so that a new column is covered by itself. Payloads call the listener, or set a
flag of the page; an attribute or an element that one of them made is found in the page as well,
where a policy of the server kept it from running.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, date, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pandas as pd
from sqlalchemy import String, Table

from data.briefing.examples import shipped_contents
from data.briefing.snapshots import row_of
from data.store import tables as schema
from data.store.engine import Store
from data.store.frames import rows_of
from data.store.references import references_of
from data.store.rules import ALLOWED, cell_rules

WAITING = 6
"""How many of the last reports wait for review, so that the queue is not empty."""
ADDRESS = "url"
"""In the name of a column that holds addresses."""
_SEALED = "sealed, or made of what it seals"
_MADE = "made by the product of what stands in other tables"
_KEY = "a key that other tables, files or the code point at; whoever reads a file gives none"
LEFT_OUT: dict[str, str] = {
    **dict.fromkeys(("audit_log", "record_changes", "history", "meta"), "written by the engine"),
    **dict.fromkeys(("outlooks", "scan_runs", "simulated_values"), _MADE),
    **dict.fromkeys(
        ("road_edges", "road_lines", "place_moves", "wave_series", "report_sources"),
        "holds no words",
    ),
    "kept_files": "names are those of files, held to letters and digits",
    "import_id": _KEY, "election": _KEY, "tps_id": _KEY, "desa_code": _KEY, "meeting_id": _KEY,
    "kabupaten_code": _KEY, "warning_id": _KEY, "refers_to": _KEY, "indicator_id": _KEY,
    "action_id": _KEY, "rakor_id": _KEY, "place_id": _KEY, "target": _KEY, "version": _KEY,
    "pattern_id": _KEY, "units.bps_code": _KEY, "units.kpu_code": _KEY, "warnings.rule": _KEY,
    "warnings.subject": _KEY, "report_events.report_id": _KEY,
    "sea_legs.from_pier": _KEY, "sea_legs.to_pier": _KEY, "import_profiles.kind": _KEY,
    "baseline_scores.instrument": _KEY, "risk_indicators.variable": _KEY, "perkara_id": _KEY,
    "imports.sha256": _SEALED, "snapshots.previous": _SEALED, "users.added_by": _KEY,
    "quarantine.reason": "a key of the catalogue", "quarantine.expected": "words of the catalogue",
    "units.variants": "spellings of the register of places",
}  # fmt: skip
"""Tables, columns of any table and single columns without a payload of their own, and why."""
JSON = {
    "action_changes.before", "action_changes.after", "decks.content", "snapshots.content",
    "import_profiles.headings", "import_profiles.mapping", "import_profiles.constants",
    "quarantine.row_json", "warnings.evidence", "warnings.facts", "plan_adoptions.lacking",
}  # fmt: skip
"""Columns of JSON: each text inside that stood in another table is its payload there."""
KEYS = {"report_id", "name", "agency"}
"""Parts of keys that are words that somebody writes."""


def payloads(port: int) -> tuple[str, ...]:
    """Return short texts that run where they are not kept from it, by a way of their own each."""
    call = f"//127.0.0.1:{port}/pwn"
    picture = f"<img src={call}>"  # stays where what runs is taken out of markup
    return (
        f"\"'><img src={call} onerror=pwn()>",
        f"</script><script>pwn()</script>{picture}",
        f"</style></title></textarea><svg onload=pwn()>{picture}",
        f"![x](http:{call})",
        "[x](javascript:pwn())",
        "`${pwn()}` {{pwn()}} {n}",
        f'<a href="javascript:pwn()">x</a>{picture}',
        f'=HYPERLINK("http:{call}")',
        "';pwn();//\";pwn();//",
        f"<iframe srcdoc='<script>parent.pwn()</script>' src={call}>{picture}",
        f"@SUM(1)<style>@import'{call}';</style>{picture}",
        f"{picture}<details open ontoggle=pwn()>:material/home: $\\href{{http:{call}}}{{x}}$",
    )


ADDRESSES = ("javascript:pwn()", "data:text/html,<script>parent.pwn()</script>",
             "http://contoh.invalid/\"onmouseover=pwn() x='", " javascript:pwn()")  # fmt: skip


def shown_columns() -> dict[str, list[str]]:
    """Return the columns that hold payloads by table."""
    found = {}
    for table in schema.metadata.sorted_tables:
        if table.name not in LEFT_OUT:
            columns = [c.name for c in table.columns if _is_free(table, c.name)]
            found[table.name] = columns
    return {name: columns for name, columns in found.items() if columns}


def _is_free(table: Table, name: str) -> bool:
    """Return whether a column holds words that somebody wrote, and no rule holds them to a list."""
    column, full = table.c[name], f"{table.name}.{name}"
    if not isinstance(column.type, String) or full in JSON or {name, full} & LEFT_OUT.keys():
        return False
    if column.primary_key and name not in KEYS:
        return False
    words = any(rule.reason == "malformed" for rule in cell_rules(table, column))
    pointing = {pair[0] for pair in references_of(table.name)}
    return (table.name, name) not in ALLOWED and not words and name not in pointing


def fill(store: Store, port: int) -> dict[str, str]:
    """Put payloads into a prepared store, and rows into tables that ship empty.

    Returns
    -------
    dict
        Payload by the text that stood there before.
    """
    texts = payloads(port)
    told: dict[str, str] = {}
    at = datetime(2024, 2, 12, 3, tzinfo=UTC)
    with store.begin("setup.prepare") as connection:
        for name, rows in _rows(at, len(texts)).items():
            table = schema.metadata.tables[name]
            store.insert_frame(connection, table, rows_of(table, rows))
    columns = shown_columns()
    with store.begin("setup.prepare") as connection:
        for number, (name, free) in enumerate(columns.items()):
            frame = store.read(name)
            for place, column in enumerate(free):
                frame[column] = _hostile(frame[column], texts, number + place, column, told)
            if name == "reports":  # an affair of one report has its id
                frame["perkara_id"] = frame["perkara_id"].map(lambda one: told.get(one, one))
                frame.loc[frame.index[-WAITING:], "verification"] = "belum"
            store.replace(connection, schema.metadata.tables[name], frame)
    with store.begin("setup.prepare") as connection:
        frame = store.read("report_events")
        frame["report_id"] = store.read("reports")["report_id"].tail(len(frame)).array
        store.replace(connection, schema.report_events, frame)
        for full in sorted(JSON):
            name, column = full.split(".")
            frame = store.read(name)
            if name == "snapshots":
                frame = _snapshots(frame, told)
            else:
                frame[column] = [
                    value if pd.isna(value) else _within(value, told) for value in frame[column]
                ]
            store.replace(connection, schema.metadata.tables[name], frame)
    return told


def _hostile(
    values: pd.Series, texts: tuple[str, ...], shift: int, column: str, told: dict[str, str]
) -> pd.Series:
    """Return payloads in place of texts, one after the other, and in some empty cells."""
    choice = ADDRESSES if ADDRESS in column else texts
    out = []
    for row, value in enumerate(values):
        mine = choice[(row + shift) % len(choice)]
        if column in KEYS:  # which must stay each their own
            mine = f"{mine} {row}"
        if not pd.isna(value):
            told[str(value)] = mine
        out.append(value if pd.isna(value) and row % 3 else mine)
    return pd.Series(out, index=values.index, dtype="str")


def _within(text: str, told: Mapping[str, str]) -> str:
    return json.dumps(_replaced(json.loads(text), told), ensure_ascii=False)


def _replaced(value: Any, told: Mapping[str, str]) -> Any:
    if isinstance(value, dict):
        return {key: _replaced(one, told) for key, one in value.items()}
    if isinstance(value, list):
        return [_replaced(one, told) for one in value]
    return told.get(value, value) if isinstance(value, str) and len(value) > 3 else value


def _snapshots(frame: pd.DataFrame, told: Mapping[str, str]) -> pd.DataFrame:
    """Return the snapshots with payloads in their content, each sealed and chained anew."""
    rows: list[dict[str, Any]] = []
    for content in frame.sort_values("made_at")["content"]:
        changed = _replaced(json.loads(content), told)
        changed["chain"] = rows[-1]["digest"] if rows else None
        rows.append(row_of(changed))
    return rows_of(schema.meeting.snapshots, rows)


def meeting_shown() -> str:
    """Return the meeting whose last snapshot ships, which pages and files are opened on."""
    found: str = list(shipped_contents())[-1]["meeting"]["meeting_id"]
    return found


def _action(number: int) -> dict[str, str]:
    """Return an action as its first change tells it."""
    texts = ("risk", "decision", "reason", "owner", "result")
    told = {name: f"kata actions {name} {number}" for name in texts}
    return told | {"action_id": f"n{number}", "opened_on": "2024-02-12", "due": "2024-02-12",
                   "status": "berjalan", "place_code": "19.03", "stage": "logistik",
                   "meeting_id": meeting_shown()}  # fmt: skip


def _rows(at: datetime, count: int) -> dict[str, list[dict[str, Any]]]:
    """Return rows for tables that ship empty; every text of them is replaced."""
    day, meeting = date(2024, 2, 12), meeting_shown()

    def rows(table: str, **same: Any) -> list[dict[str, Any]]:
        """Return rows with a word in every column that holds payloads."""
        free = [name for name in shown_columns()[table] if name not in same]
        words = [{name: f"kata {table} {name} {n}" for name in free} for n in range(count)]
        return [
            {**one, **{k: v[n] if isinstance(v, list) else v for k, v in same.items()}}
            for n, one in enumerate(words)
        ]

    desa = [f"19.03.01.{code}" for code in (1001, 1002)] * count
    tps = [f"pemilu2024/{desa[0]}/{n:03}" for n in range(1, count + 1)]
    ids = [f"n{n}" for n in range(count)]
    warned = ["w-muatan", *(f"w-potensi{n}" for n in range(1, count))]
    own = {"key": "sendiri-1", "title": "kata own title", "lines": ["kata own line"] * 3,
           "notes": "kata own notes", "access": "terbatas"}  # fmt: skip
    deck = {"order": [], "left_out": [], "notes": {"sampul": "kata own notes"}, "own": [own]}
    return {
        "actions": rows("actions", action_id=ids, opened_on=day, due=day, status="berjalan",
                        place_code="19.03", stage="logistik", meeting_id=meeting),
        "action_changes": rows("action_changes",
                               change_id=[f"20240212T030000{n:06}-0" for n in range(count)],
                               action_id=ids, at=at, via="formulir",
                               after=[json.dumps(_action(n)) for n in range(count)]),
        "decks": rows("decks", meeting_id=meeting, version=[*range(1, count + 1)], saved_at=at,
                      content=json.dumps(deck)),
        "import_profiles": rows("import_profiles", kind="reports", saved_at=at,
                                headings='["kata own title"]', mapping="{}",
                                constants='{"source": "kata own title"}'),
        "imports": rows("imports", import_id=ids, target="reports", sha256="0" * 64, at=at,
                        accepted=1, quarantined=1, duplicates=0),
        "indicator_values": rows("indicator_values", election="pemilu2024", place_id=tps,
                                 indicator_id="pernah_intimidasi", date=day, desa_code=desa[0],
                                 tps_id=tps, value=1.0, import_id="n0"),
        "place_status": rows("place_status", place_id=["P-SADAI", "P-TJRU", *ids[2:]],
                             status="tutup", as_of=day),
        "plan_adoptions": rows("plan_adoptions", adoption_id=ids, kind="pengesahan",
                               plan_key="0" * 16, kabupaten_code="19.03", election="pemilu2024",
                               adopted_at=at, recorded_at=at),
        "procurement": rows("procurement", election="pemilu2024", stage="tiba",
                            item=["kotak"] * 6 + ["tinta"] * 6, planned_count=9, actual_count=8,
                            kabupaten_code=[f"19.0{n + 1}" for n in range(6)] * 2),
        "quarantine": rows("quarantine", import_id="n0", row_number=[*range(2, count + 2)],
                           reason="date_unreadable", expected="tanggal",
                           row_json='{"kata own title": "kata own line"}'),
        "receipts": rows("receipts", receipt_id=ids, election="pemilu2024", desa_code=desa[:count],
                         state="tiba", at=at, boxes=5, short_count=1, damaged_count=1,
                         kind="catatan", recorded_at=at),
        "report_events": rows("report_events", event_id=ids, report_id=ids, at=day, recorded_at=at,
                              about=["mendesak", "diperiksa"] * count),
        "sea_legs": rows("sea_legs", leg_id=ids, from_pier="P-SADAI", to_pier="P-TJRU",
                         low_min=60.0, usual_min=90.0, high_min=120.0, vessel_class="perahu",
                         import_id="n0"),
        "tps_class": rows("tps_class", tps_id=tps, date=day, kelas="rawan", import_id="n0"),
        "tps_status": rows("tps_status", status_id=ids, tps_id=tps, status="masalah", at=at,
                           entered_at=at, undone=False),
        "users": rows("users", account=[f"kpu.kota.{n}" for n in range(count)],
                      person_hash=[f"{n:064x}" for n in range(count)], role="operator",
                      active=False, added_at=at, added_by="perintah"),
        "warnings": rows("warnings", warning_id=warned, rule=["logistik"] + ["potensi"] * count,
                         subject=["logistik/pemilu2024"] + ["PRK-TELUK-KELABAT"] * count,
                         place_code=["19.01"] + ["19.01.02"] * count, stage="logistik",
                         level="siaga", raised_on=day, confidence="sedang", recorded_at=at,
                         evidence=[_STOCK_SEEN] + [_POTENSI_SEEN] * count,
                         facts=[_STOCK] + [_POTENSI] * count),
        "warning_events": rows("warning_events", event_id=ids, warning_id=warned, kind="pemilik",
                               at=at, recorded_at=at),
    }  # fmt: skip


_STOCK_SEEN = '[["procurement", "pemilu2024/surat_suara_dprd_provinsi/pengganti"]]'
_STOCK = json.dumps({
    "as_of": "2024-02-13", "days_left": 1, "election": "pemilu2024", "horizon_days": 7,
    "missing": 119, "n_behind": 1, "n_reports": 0, "severity": None, "since": "2024-01-11",
    "strength": 1.0,
})  # fmt: skip
_POTENSI_SEEN = '[["report", "BBL-B030"], ["affair", "PRK-TELUK-KELABAT"]]'
_POTENSI = json.dumps({
    "as_of": "2024-02-13", "category": "konflik_agraria_tambang", "horizon_days": 60, "n_open": 2,
    "n_recent": 0, "n_violent": 1, "report_id": "BBL-B030", "severity": 2, "since": "2023-04-05",
    "stale": False, "strength": 3.0, "unrenewed_days": 49,
})  # fmt: skip
"""What two kinds of warnings rest on and say, as the rules make it."""


class Ear:
    """What called while pages were looked at."""

    def __init__(self, port: int, calls: list[str]) -> None:
        self.port, self.calls = port, calls


@contextmanager
def listening() -> Iterator[Ear]:
    """Yield a port of this machine that notes every call."""
    calls: list[str] = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            calls.append(self.path)
            self.send_response(204)
            self.end_headers()

        do_HEAD = do_POST = do_OPTIONS = do_GET

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield Ear(server.server_port, calls)
    finally:
        server.shutdown()
        server.server_close()
