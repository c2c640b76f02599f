"""Corrections: what was said later about the period that a snapshot locks.

The numbers of the snapshot stay. What comes in about its period afterwards is not refused; it
stands here, so that nobody has to wonder why a page of today says otherwise.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Sequence
from datetime import date, timedelta
from typing import Any

import pandas as pd

from analytics.reports.agenda import agenda_ahead
from analytics.reports.review.replay import counts_now
from analytics.reports.selection import in_window, known_since
from analytics.reports.stages import stages_in_force
from data.clock import start_of
from data.ingest.history import versions_of
from services.briefing.facts.plain import Facts, plain, rows_of
from services.briefing.facts.situation import AGENDA_COLUMNS, REPORT_COLUMNS, STAGE_COLUMNS
from services.briefing.snapshot import Snapshot
from services.dataset import Dataset
from services.memo import memo
from services.reports.overview import AGENDA_DAYS
from services.texts import day, event_day, label, text

LATE, CHANGED, REMOVED, TAKEN_BACK = KINDS = ("terlambat", "diubah", "dihapus", "ditarik")
"""Brought in after the snapshot, changed, removed by an import, gone with an import taken back."""
REPORT, AGENDA, STAGE, WARNING, ACTION = SUBJECTS = (
    "laporan", "agenda", "tahapan", "peringatan", "tindakan",
)  # fmt: skip
COLUMNS = ("subject", "row_id", "kind", "what", "fields", "before", "after", "at", "by")
_COUNTED = ("potensi", "kejadian")
_DATED = ("date_event", "date_precision")
_ISO_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")
_STAMP = "%Y%m%dT%H%M%S%f"


@memo(4)
def corrections_since(data: Dataset, snapshot: Snapshot) -> pd.DataFrame:
    """Return what the store says today about the period of a snapshot that the snapshot does not.

    Parameters
    ----------
    data
        The tables as they are known now.
    snapshot
        With the period that it locks.

    Returns
    -------
    DataFrame
        By subject, then kind: ``subject`` (`SUBJECTS`), ``row_id``, ``kind`` (`KINDS`), ``what``
        (short words on the row), ``fields`` (tuple of names that differ), ``before`` and ``after``
        (dict of these), ``at`` (moment of the import or entry, NaT where the store does not know)
        and ``by`` (name of the file, or the office; None likewise).

    Notes
    -----
    Reports are those dated in the period, also such as were known only after its day. Agenda and
    stages are those that the snapshot shows, read again for its day. Warnings and actions are
    entries that were written after the snapshot and dated back into its time.
    """
    found = [
        *_reports(data, snapshot),
        *_agenda(data, snapshot),
        *_stages(data, snapshot),
        *_warnings(data, snapshot),
        *_actions(data, snapshot),
    ]
    frame = pd.DataFrame(found, columns=list(COLUMNS))
    frame["at"] = pd.to_datetime(frame["at"], utc=True)
    order = {word: n for n, word in enumerate((*SUBJECTS, *KINDS))}
    keys = [frame["subject"].map(order), frame["kind"].map(order)]
    frame = frame.assign(a=keys[0], b=keys[1]).sort_values(["a", "b", "row_id"], kind="stable")
    return frame.drop(columns=["a", "b"]).reset_index(drop=True)


def _row(subject: str, row_id: str, kind: str, what: object, **more: Any) -> Facts:
    said = {"fields": (), "before": {}, "after": {}, "at": None, "by": None, **more}
    return {"subject": subject, "row_id": row_id, "kind": kind, "what": str(what or ""), **said}


def _differing(old: Facts, new: Facts, names: Sequence[str]) -> Facts:
    """Return fields, before and after of what differs; nothing where nothing does."""
    fields = tuple(name for name in names if old.get(name) != new.get(name))
    if not fields:
        return {}
    sides = {
        side: {n: row.get(n) for n in fields} for side, row in (("before", old), ("after", new))
    }
    return {"fields": fields, **sides}


def _reports(data: Dataset, snapshot: Snapshot) -> list[Facts]:
    frame = data.reports[counts_now(data.reports)]
    listed: list[Facts] = snapshot.content["reports"]
    was = {str(row["report_id"]): row for row in listed}
    first, last = (date.fromisoformat(day) for day in snapshot.content["period"])
    inside = in_window(frame, first, last) & frame["kind"].isin(_COUNTED)
    frame = frame[inside | frame["report_id"].isin(list(was))]
    now = {str(row["report_id"]): row for row in rows_of(frame, REPORT_COLUMNS)}
    imports = _imports(data)
    brought = dict(zip(frame["report_id"], frame["import_id"], strict=True))
    known = dict(zip(frame["report_id"], known_since(frame), strict=True))
    found = []
    for key, row in now.items():
        came = imports.get(str(brought[key]), {})
        if key not in was:
            after = {n: row[n] for n in _DATED} | {"known": plain(known[key])}
            found.append(_row(REPORT, key, LATE, row["summary"], after=after, **came))
        elif more := _differing(was[key], row, REPORT_COLUMNS):
            found.append(_row(REPORT, key, CHANGED, row["summary"], **more, **came))
    for key in was.keys() - now.keys():
        found.append(_gone(data, key, was[key], imports))
    return found


def _gone(data: Dataset, key: str, row: Facts, imports: dict[str, Facts]) -> Facts:
    """Return a report that is gone: an import that removed it kept it; one taken back kept none."""
    kept = versions_of(data, "reports", [key])
    if kept.empty:
        return _row(REPORT, key, TAKEN_BACK, row["summary"])
    last = kept.iloc[-1]
    by = imports.get(str(last["replaced_by"]), {}).get("by")
    return _row(REPORT, key, REMOVED, row["summary"], at=last["replaced_at"], by=by)


def _imports(data: Dataset) -> dict[str, Facts]:
    rows = data.imports
    return {
        str(key): {"at": at, "by": name}
        for key, at, name in zip(rows["import_id"], rows["at"], rows["file_name"], strict=True)
    }


def _agenda(data: Dataset, snapshot: Snapshot) -> list[Facts]:
    ahead = agenda_ahead(data.agenda, data.stages, snapshot.as_of, AGENDA_DAYS)
    return _differences(
        AGENDA,
        snapshot.content["situation"]["agenda"],
        rows_of(ahead, AGENDA_COLUMNS),
        lambda row: f"{row['origin']}/{row['row_id']}/{row['kind']}",
        AGENDA_COLUMNS,
        lambda row: row["title"],
    )


def _stages(data: Dataset, snapshot: Snapshot) -> list[Facts]:
    return _differences(
        STAGE,
        snapshot.content["situation"]["in_force"],
        rows_of(stages_in_force(data.stages, snapshot.as_of), STAGE_COLUMNS),
        lambda row: f"{row['election']}/{row['stage']}",
        STAGE_COLUMNS,
        lambda row: row["stage"],
    )


def _differences(
    subject: str,
    before: Sequence[Facts],
    after: Sequence[Facts],
    key: Callable[[Facts], str],
    names: Sequence[str],
    what: Callable[[Facts], object],
) -> list[Facts]:
    """Return how two readings of the same day differ."""
    was, now = ({key(row): row for row in rows} for rows in (before, after))
    found = [_row(subject, k, LATE, what(row)) for k, row in now.items() if k not in was]
    found += [_row(subject, k, REMOVED, what(row)) for k, row in was.items() if k not in now]
    both = [(k, row, now[k]) for k, row in was.items() if k in now]
    for k, old, new in both:
        if more := _differing(old, new, names):
            found.append(_row(subject, k, CHANGED, what(new), **more))
    return found


def _until(snapshot: Snapshot) -> pd.Timestamp:
    """Return the last moment that the snapshot knows of."""
    return min(start_of(snapshot.as_of + timedelta(days=1)), pd.Timestamp(snapshot.made_at))


def _after(snapshot: Snapshot) -> pd.Timestamp:
    """Return the moment from which on something was written later: the next full second."""
    return pd.Timestamp(snapshot.made_at) + pd.Timedelta(seconds=1)


def _warnings(data: Dataset, snapshot: Snapshot) -> list[Facts]:
    warnings, events = data.read("warnings"), data.read("warning_events")
    late = warnings["raised_on"].le(pd.Timestamp(snapshot.as_of))
    new = warnings[late & warnings["recorded_at"].ge(_after(snapshot))]
    found = [
        _row(WARNING, str(row.warning_id), LATE, row.rule, at=row.recorded_at)
        for row in new.itertuples()
    ]
    back = events["at"].lt(_until(snapshot)) & events["recorded_at"].ge(_after(snapshot))
    rows = events[back & ~events["warning_id"].isin(new["warning_id"])]
    for row in rows.itertuples():
        after = {str(row.kind): plain(row.value)}
        more = {"fields": (str(row.kind),), "after": after, "at": row.recorded_at, "by": row.office}
        found.append(_row(WARNING, str(row.warning_id), CHANGED, plain(row.note), **more))
    return found


def _actions(data: Dataset, snapshot: Snapshot) -> list[Facts]:
    changes = data.read("action_changes")
    stamps = changes["change_id"].str.split("-").str[0]  # when each was written
    written = pd.to_datetime(stamps, format=_STAMP, errors="coerce", utc=True)
    back = changes["at"].lt(_until(snapshot)) & written.ge(_after(snapshot))
    found = []
    for at, row in zip(written[back], changes[back].itertuples(), strict=True):
        old, new = (
            json.loads(words) if isinstance(words, str) else {} for words in (row.before, row.after)
        )
        kind = CHANGED if old and new else LATE if new else REMOVED
        what = new.get("decision") or old.get("decision") or row.note
        more = {"fields": tuple(new or old), "before": old, "after": new, "at": at}
        found.append(_row(ACTION, str(row.action_id), kind, plain(what), by=row.office, **more))
    return found


def corrections_words(found: pd.DataFrame, lang: str) -> str:
    """Return how many corrections there are, and of which kind, in a sentence.

    ``found`` is what `corrections_since` returns.
    """
    if found.empty:
        return text("corrections.none", lang)
    counts = found["kind"].value_counts()
    parts = [
        text(f"corrections.n_{kind}", lang, n=int(counts[kind])) for kind in KINDS if kind in counts
    ]
    return text("corrections.head", lang, n=len(found), parts=", ".join(parts))


def corrections_table(found: pd.DataFrame, lang: str) -> pd.DataFrame:
    """Return corrections as a reader sees them.

    ``found`` is what `corrections_since` returns.
    """
    columns = {
        "subject": [label("corrections_subject", s, lang) for s in found["subject"]],
        "kind": [label("corrections_kind", k, lang) for k in found["kind"]],
        "what": found["what"],
        "fields": [_fields(row, lang) for _, row in found.iterrows()],
        "at": [day(at, lang, "short") for at in found["at"]],
        "by": [one or "–" for one in found["by"].fillna("")],
        "row_id": found["row_id"],
    }
    return pd.DataFrame({label("corrections_column", n, lang): c for n, c in columns.items()})


def _fields(row: pd.Series, lang: str) -> str:
    """Return what differs, before and after; of what came late, when it happened and was known."""
    old, new = row["before"], row["after"]
    if not row["fields"] and "known" in new:
        happened = event_day(pd.Timestamp(new["date_event"]), new["date_precision"], lang)
        return text("corrections.late", lang, day=happened, known=_said(new["known"], lang))
    return "; ".join(
        f"{label('corrections_field', name, lang)}: "
        f"{_said(old.get(name), lang)} → {_said(new.get(name), lang)}"
        for name in row["fields"]
    )


def _said(value: object, lang: str) -> str:
    if isinstance(value, str) and _ISO_DAY.fullmatch(value):
        return day(pd.Timestamp(value), lang, "short")
    return "–" if value in (None, "") else label("corrections_value", value, lang)
