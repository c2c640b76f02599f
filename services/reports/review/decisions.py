"""What people decide about reports: each decision one act, whole or for those it may be for."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

import pandas as pd

from analytics.reports.review.rules import LEADS_FROM, holds_since
from analytics.reports.selection import known_since
from data.clock import today
from data.reports.review.affairs import one_affair
from data.reports.review.events import Event, brought, read_events, read_reports, record
from data.store.engine import Store, Undo
from data.store.ledger.acts import Act, actor_now, signs_in
from data.store.ledger.rights import not_own, require_scope
from data.vocabulary import POTENSI_STATUSES
from geo.errors import ParameterError
from services.reports.review.seen import fingerprints

ACTIONS = {
    "terverifikasi": "report.verify",
    "ditolak": "report.reject",
    "ditarik": "report.withdraw",
    "belum": "report.reopen",
}
"""Act by what is decided about the verification of a report."""
NEEDS_REASON = frozenset({"ditolak", "ditarik", "belum"})
BECAME = "menjadi_kejadian"
YES = "ya"
_NO_WORDS = "-"
VERIFICATION, STATUS, URGENT, LOOKED_AT = "verification", "status", "mendesak", "diperiksa"


@dataclass(frozen=True)
class Outcome:
    """What became of a decision about several reports.

    Attributes
    ----------
    done
        Ids of the reports that it was taken for.
    held
        Why it was not for the others, by id: ``gone``, ``changed`` (since it was looked at),
        ``state`` (it is decided already), ``own`` (whoever brought it in must not verify it),
        ``area`` or ``agency`` (not one's own).
    """

    done: tuple[str, ...]
    held: Mapping[str, str]


def decide(
    store: Store,
    ids: Iterable[str],
    value: str,
    reason: str | None = None,
    seen: Mapping[str, str] | None = None,
    at: date | None = None,
) -> Outcome:
    """Verify, reject, withdraw or reopen reports, with one reason.

    Parameters
    ----------
    store
        The store.
    ids
        The reports.
    value
        A key of `ACTIONS`.
    reason
        Why; needed for all but verifying.
    seen
        What each report said when it was looked at (`fingerprints`); one that says something else
        by now is left as it is.
    at
        Since which day it holds; as `analytics.reports.review.rules.holds_since` unless given.

    Raises
    ------
    ParameterError
        For another value, a day to come, no report at all, or no reason where one is needed.
    RightError
        When the account's role may not do so.
    """
    wanted = _checked(ids, value, reason, at)
    with store.begin(ACTIONS[value], subject=_subject(wanted), reason=reason) as connection:
        rows = read_reports(connection, wanted)
        held = _held(connection, wanted, rows, value, seen or {})
        done = rows[~rows.index.isin(list(held))]
        if done.empty:
            raise Undo
        since = _since(connection, done) if at is None else pd.Series(pd.Timestamp(at), done.index)
        record(
            connection,
            [
                Event(key, VERIFICATION, day.date(), before, value, reason)
                for key, before, day in zip(done.index, done[VERIFICATION], since, strict=True)
            ],
        )
    return Outcome(tuple(map(str, done.index)), held)


def _checked(ids: Iterable[str], value: str, reason: str | None, at: date | None) -> list[str]:
    if value not in ACTIONS:
        raise ParameterError("verification", value, "one of " + ", ".join(ACTIONS))
    if value in NEEDS_REASON and not (reason or "").strip():
        raise ParameterError("review_reason", "", "why, in a few words")
    return _some(ids, at)


def _some(ids: Iterable[str], at: date | None) -> list[str]:
    wanted = list(dict.fromkeys(ids))
    if not wanted:
        raise ParameterError("report_id", "", "at least one report")
    if at is not None and at > today():
        raise ParameterError("at", at, f"at most {today()}")
    return wanted


def _subject(ids: list[str]) -> str:
    return ids[0] if len(ids) == 1 else f"{ids[0]} +{len(ids) - 1}"


def _held(
    connection: Any, wanted: list[str], rows: pd.DataFrame, value: str, seen: Mapping[str, str]
) -> dict[str, str]:
    """Return why a decision is not taken for some reports, by id."""
    held = _not_writable(wanted, rows, seen)
    state = rows.index[~rows[VERIFICATION].isin(list(LEADS_FROM[value]))]
    held |= {str(key): "state" for key in state if key not in held}
    actor = actor_now()
    if value == "terverifikasi" and signs_in(actor):
        by = brought(connection, rows["import_id"].dropna())["account"]
        own = rows.index[rows["import_id"].map(by).eq(actor.account).fillna(False)]
        held |= {str(key): "own" for key in own if key not in held}
    return held


def _not_writable(wanted: list[str], rows: pd.DataFrame, seen: Mapping[str, str]) -> dict[str, str]:
    held = {key: "gone" for key in wanted if key not in rows.index}
    now = fingerprints(rows)
    held |= {key: "changed" for key in rows.index if seen.get(key, now[key]) != now[key]}
    for column, wrong in not_own(actor_now(), rows):
        why = "agency" if column == "agency" else "area"
        held |= {str(key): why for key in rows.index[wrong] if key not in held}
    return held


def _since(connection: Any, rows: pd.DataFrame) -> pd.Series:
    entered = entered_at(connection, rows)
    return holds_since(known_since(rows), entered, today())


def entered_at(connection: Any, rows: pd.DataFrame) -> pd.Series:
    """Return the day on which each of ``rows`` of ``reports`` was brought in, NaT if not told."""
    days = brought(connection, rows["import_id"].dropna())["day"]
    return pd.to_datetime(rows["import_id"].map(days))


def set_status(
    store: Store,
    report_id: str,
    value: str,
    reason: str | None = None,
    link: str | None = None,
    at: date | None = None,
    seen: Mapping[str, str] | None = None,
) -> Outcome:
    """Say what became of a potensi, since a day.

    Parameters
    ----------
    store
        The store.
    report_id
        The potensi.
    value
        One of `data.vocabulary.POTENSI_STATUSES`.
    reason
        Why.
    link
        The report of what happened, where the potensi became an incident; both are one affair then.
    at
        Since which day; today unless given.
    seen
        As for `decide`.

    Raises
    ------
    ParameterError
        For another status, a day to come, or a link that is no incident of the store.
    RightError
        When the account's role may not do so.
    """
    if value not in POTENSI_STATUSES:
        raise ParameterError("status", value, "one of " + ", ".join(POTENSI_STATUSES))
    wanted = _some([report_id], at)
    with store.begin("potensi.status", subject=report_id, reason=reason) as connection:
        rows = read_reports(connection, [*wanted, *([link] if link else [])])
        incident = rows.index.isin([link]) & rows["kind"].eq("kejadian")
        if (value == BECAME) != bool(incident.any()):
            raise ParameterError("link", link or "", "the report of what happened, a kejadian")
        rows = rows[rows.index.isin(wanted)]
        held = _not_writable(wanted, rows, seen or {})
        if not held and (rows[STATUS].iloc[0] == value or rows["kind"].iloc[0] != "potensi"):
            held = {report_id: "state"}
        if held:
            raise Undo
        before = str(rows[STATUS].iloc[0])
        since = at or today()
        record(connection, [Event(report_id, STATUS, since, before, value, reason, link)])
        if link:
            told = rows.iloc[0]["summary"], reason
            title, why = (_text(one) or _NO_WORDS for one in told)
            one_affair(connection, [link, report_id], title, why, "tinggi")
    return Outcome((report_id,) if not held else (), held)


def mark_urgent(store: Store, report_id: str, urgent: bool, reason: str | None = None) -> None:
    """Put a report before all others that wait, or back among them.

    Raises
    ------
    RightError
        When the account's role may not do so.
    """
    with store.begin("report.urgent", subject=report_id, reason=reason) as connection:
        _note(connection, "report.urgent", [report_id], YES if urgent else None, reason)


def claim(store: Store, ids: Iterable[str], taken: bool = True) -> None:
    """Say that whoever acts is looking into reports, or is no more.

    Raises
    ------
    RightError
        When the account's role may not do so.
    """
    wanted = _some(ids, None)
    with store.begin("report.claim", subject=_subject(wanted)) as connection:
        _note(connection, "report.claim", wanted, actor_now().account if taken else None, None)


def _note(
    connection: Any, action: str, ids: list[str], value: str | None, reason: str | None
) -> None:
    """Note what is no column of the report, of reports that whoever acts may write about."""
    about = URGENT if action == "report.urgent" else LOOKED_AT
    events = read_events(connection, ids)
    last = events[events["about"].eq(about)].groupby("report_id")["value"].last()
    rows = read_reports(connection, ids)
    require_scope(Act(action, actor_now()), rows)  # an event itself names no place
    known = rows.index
    before = {key: last.get(key) for key in known}
    record(
        connection,
        [
            Event(str(key), about, today(), _text(before[key]), value, reason)
            for key in known
            if _text(before[key]) != value
        ],
    )


def _text(value: object) -> str | None:
    return value if isinstance(value, str) else None
