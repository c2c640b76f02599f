"""The register of warnings as known at a moment: what fires, what is kept, what became of it.

Rows of ``warning_events`` are looked at up to the moment only, so that nothing noted later changes
what an earlier day shows. A warning counts as kept from its first event on.
"""

from __future__ import annotations

import json
from collections.abc import Sequence

import numpy as np
import pandas as pd

from analytics.reports.places import levels_of
from analytics.warning.rules import LEVELS
from analytics.warning.signals import COLUMNS

NEW, OPEN, LAPSED, CLOSED = "baru", "terbuka", "tidak_lagi_terpenuhi", "ditutup"
AGAIN = "menyala_lagi"
STATES = (NEW, OPEN, AGAIN, LAPSED, CLOSED)
"""Fires and is not kept; kept and fires; fires on a day after it was closed, so that it asks to be
opened again; kept and fires no more, so that it asks to be closed; closed with a reason."""
REGISTER_COLUMNS = [
    *("proposed_owner" if name == "owner" else name for name in COLUMNS),
    "state", "fires", "owner", "raised_on", "age_days", "first_action_at", "outcome", "closed_at",
    "closing_reason",
]  # fmt: skip
UTC = "datetime64[us, UTC]"
_TEXTS = ("noted_level", "owner", "outcome", "closing_reason")
_MOMENTS = ("kept_at", "owner_at", "first_action_at", "outcome_at", "closed_at")
_TYPES = {
    **dict.fromkeys(("subject", "stage", "owner", "outcome", "closing_reason"), "str"),
    **dict.fromkeys(("since", "raised_on"), "datetime64[us]"),
    **dict.fromkeys(("first_action_at", "closed_at"), UTC),
    "probability": "float64",
    "horizon_days": "Int64",
    "age_days": "int64",
    "fires": "bool",
}
_DELAYS = ("owner", "action", "outcome")
HORIZON, OLDEST = "horizon_days", "since"
"""Under these names facts of a kept warning hold what has no column of its own."""


def seen_events(warnings: pd.DataFrame, events: pd.DataFrame, moment: pd.Timestamp) -> pd.DataFrame:
    """Return what was noted up to a moment, oldest first.

    Parameters
    ----------
    warnings, events
        The tables ``warnings`` and ``warning_events``.
    moment
        With zone.

    Returns
    -------
    DataFrame
        Rows of ``events`` about warnings that are in the table, index from 0.
    """
    rows = events[events["at"].le(moment) & events["warning_id"].isin(warnings["warning_id"])]
    return rows.sort_values(["at", "recorded_at", "event_id"], ignore_index=True)


def states(events: pd.DataFrame, actions: pd.DataFrame) -> pd.DataFrame:
    """Return what became of each warning that is kept.

    Parameters
    ----------
    events
        Result of `seen_events`.
    actions
        ``warning_id`` and ``at``: when an action that answers a warning was first noted.

    Returns
    -------
    DataFrame
        By ``warning_id``: ``kept_at``, ``noted_level`` (last), ``owner`` and ``owner_at`` (the last
        owner, the first moment one was named), ``first_action_at`` (noted, or of an action that
        answers it), ``outcome`` and ``outcome_at`` (the last outcome and the first moment one was
        told, since it was last opened again), ``closed`` (whether), ``closed_at`` and
        ``closing_reason`` (missing while open). All moments in UTC.
    """
    by = {str(kind): rows for kind, rows in events.groupby("kind")}
    if "hasil" in by:
        # What was told before a warning was opened again is no longer its outcome.
        reopened = events["kind"].eq("dibuka_lagi").groupby(events["warning_id"])
        left = reopened.transform("sum") - reopened.cumsum()
        by["hasil"] = by["hasil"][left[by["hasil"].index].eq(0)]
    none = events.iloc[:0]

    def of(kind: str, column: str, which: str) -> pd.Series:
        return by.get(kind, none).groupby("warning_id")[column].agg(which)

    table = pd.DataFrame({"kept_at": events.groupby("warning_id")["at"].min()})
    turns = events[events["kind"].isin(("ditutup", "dibuka_lagi"))].groupby("warning_id").tail(1)
    ended = turns[turns["kind"].eq("ditutup")].set_index("warning_id")
    acted = pd.concat(
        [by.get("tindakan", none)[["warning_id", "at"]], actions[["warning_id", "at"]]]
    )
    table = table.assign(
        noted_level=of("tingkat", "value", "last"),
        owner=of("pemilik", "value", "last"),
        owner_at=of("pemilik", "at", "min"),
        first_action_at=acted.groupby("warning_id")["at"].min(),
        outcome=of("hasil", "value", "last"),
        outcome_at=of("hasil", "at", "min"),
        closed=table.index.isin(ended.index),
        closed_at=ended["at"],
        closing_reason=ended["note"],
    )
    return table.astype({**dict.fromkeys(_TEXTS, "str"), **dict.fromkeys(_MOMENTS, UTC)})


def register(
    computed: pd.DataFrame, warnings: pd.DataFrame, kept: pd.DataFrame, begins: pd.Timestamp
) -> pd.DataFrame:
    """Return warnings that fire on a day together with all that are kept.

    Parameters
    ----------
    computed
        Warnings of the day, with the columns of `analytics.warning.signals.COLUMNS`.
    warnings
        The table.
    kept
        Result of `states`.
    begins
        When the day begins, in the zone that it is told in.

    Returns
    -------
    DataFrame
        `REGISTER_COLUMNS`, a row per warning: by state (`STATES`), gravest level first, oldest
        first. What fires says what it says today; what does not, what it said when it was kept, at
        the level noted last. ``proposed_owner``: the office that the rule proposes; ``owner``: the
        one that was named, missing until then. ``raised_on``: the first day it is known to have
        fired, for a new one the day itself; ``age_days`` since then. ``evidence``: tuple of pairs;
        ``facts``: dict.
    """
    as_of = begins.tz_localize(None)
    fires = computed.rename(columns={"owner": "proposed_owner"}).set_index("warning_id")
    rows = warnings[warnings["warning_id"].isin(kept.index)].set_index("warning_id")
    silent = _as_raised(rows[~rows.index.isin(fires.index)], kept)
    table = pd.concat([frame for frame in (fires, silent) if len(frame)] or [fires])
    table = table.join(kept.drop(columns=["noted_level", "kept_at", "owner_at", "outcome_at"]))
    table = table.assign(
        fires=table.index.isin(fires.index),
        raised_on=rows["raised_on"].reindex(table.index).fillna(as_of),
    )
    is_kept = table.index.isin(kept.index)
    again = table["fires"] & table["closed_at"].lt(begins)
    table["state"] = np.select(
        [~is_kept, again, table["closed"].eq(True), table["fires"]],
        [NEW, AGAIN, CLOSED, OPEN],
        LAPSED,
    )
    table["age_days"] = (as_of - table["raised_on"]).dt.days
    return _sorted(table.reset_index(names="warning_id"))[REGISTER_COLUMNS].astype(_TYPES)


def _as_raised(rows: pd.DataFrame, kept: pd.DataFrame) -> pd.DataFrame:
    """Return kept warnings in the form of those that fire."""
    facts = [json.loads(words) for words in rows["facts"]]
    horizons = [one.pop(HORIZON, None) for one in facts]
    return (
        rows.drop(columns=["raised_on", "recorded_at"])
        .assign(
            place_level=levels_of(rows["place_code"]),
            level=kept["noted_level"].reindex(rows.index).fillna(rows["level"]),
            since=pd.to_datetime([one.pop(OLDEST, None) for one in facts]),
            horizon_days=pd.array(horizons, dtype="Int64"),
            evidence=_objects([tuple(map(tuple, json.loads(words))) for words in rows["evidence"]]),
            facts=_objects(facts),
            proposed_owner=rows["owner"],
        )
        .drop(columns="owner")
    )


def _objects(values: Sequence[object]) -> np.ndarray:
    out = np.empty(len(values), dtype=object)
    out[:] = values
    return out


def _sorted(table: pd.DataFrame) -> pd.DataFrame:
    keys = table.assign(
        _state=table["state"].map({state: n for n, state in enumerate(STATES)}),
        _level=-table["level"].map({level: n for n, level in enumerate(LEVELS)}).astype("int64"),
    )
    order = keys.sort_values(["_state", "_level", "raised_on", "warning_id"]).index
    return table.loc[order].reset_index(drop=True)


def delays(warnings: pd.DataFrame, kept: pd.DataFrame) -> pd.DataFrame:
    """Return how long it took from a warning to its owner, its first action and its outcome.

    Parameters
    ----------
    warnings
        The table.
    kept
        Result of `states`.

    Returns
    -------
    DataFrame
        A row per rule and ``until`` (owner, action, outcome), those of all rules with ``rule``
        ``semua`` first: ``n`` (it came to it), ``median_hours``, ``least_hours``,
        ``greatest_hours`` (0 or more, from the moment it was kept; NaN where there is none) and
        ``waiting``: still without, closed ones left out; ``never``: closed without.
    """
    own = kept.join(warnings.set_index("warning_id")["rule"])
    rows = []
    whole = [("semua", own)] if len(own) else []
    for rule, group in [*whole, *own.groupby("rule")]:
        for until in _DELAYS:
            at = group["first_action_at" if until == "action" else f"{until}_at"]
            hours = (at - group["kept_at"]).dt.total_seconds().dropna().clip(lower=0) / 3600
            rows.append(
                {
                    "rule": rule,
                    "until": until,
                    "n": len(hours),
                    "median_hours": hours.median(),
                    "least_hours": hours.min(),
                    "greatest_hours": hours.max(),
                    "waiting": int((at.isna() & ~group["closed"]).sum()),
                    "never": int((at.isna() & group["closed"]).sum()),
                }
            )
    columns = ["rule", "until", "n", "median_hours", "least_hours", "greatest_hours"]
    return pd.DataFrame(rows, columns=[*columns, "waiting", "never"])


def outcomes_by_rule(
    warnings: pd.DataFrame, kept: pd.DataFrame, outcomes: Sequence[str]
) -> pd.DataFrame:
    """Return how often each rule came to which outcome, as the offices told it.

    Parameters
    ----------
    warnings
        The table.
    kept
        Result of `states`.
    outcomes
        All outcomes that there are.

    Returns
    -------
    DataFrame
        By ``rule``: ``n_kept``, ``n_open``, ``n_closed``, a column per outcome, ``untold``
        (without an outcome), ``n_judged`` (with one that says something: all but
        ``tidak_diketahui``), ``paid_off`` (share of those that came to it or were prevented; NaN
        without any) and ``cried_wolf`` (share of false alarms).
    """
    own = kept.join(warnings.set_index("warning_id")["rule"])
    by = own.groupby("rule")
    table = pd.DataFrame(
        {
            "n_kept": by.size(),
            "n_closed": by["closed"].sum(),
            "untold": by["outcome"].apply(_missing),
        }
    )
    table["n_open"] = table["n_kept"] - table["n_closed"]
    for outcome in outcomes:
        table[outcome] = own["outcome"].eq(outcome).groupby(own["rule"]).sum()
    table["n_judged"] = table[[one for one in outcomes if one != "tidak_diketahui"]].sum(axis=1)
    judged = table["n_judged"].where(table["n_judged"].gt(0))
    return table.assign(
        paid_off=(table["terjadi"] + table["dicegah"]) / judged,
        cried_wolf=table["salah_alarm"] / judged,
    )


def _missing(values: pd.Series) -> int:
    return int(values.isna().sum())
