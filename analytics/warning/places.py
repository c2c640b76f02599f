"""Warnings of places to watch: those high on the list, nested ones of the same affairs as one."""

from __future__ import annotations

import datetime as dt

import pandas as pd

from analytics.reports.places import touches
from analytics.reports.watch import PARTS, WatchParams, places_to_watch
from analytics.warning.rules import Rule
from analytics.warning.signals import Signal, confidence_of, of_reports, oldest, stage_of

_ALL = 1000


def place_signals(
    rows: pd.DataFrame, agenda: pd.DataFrame, as_of: dt.date, params: WatchParams, rule: Rule
) -> list[Signal]:
    """Return a signal for each place high enough on the list of places to watch.

    A place that is inside another one, or holds it, and shares an affair with it, is one with it:
    the higher of the two speaks for both.

    Parameters
    ----------
    rows
        What the day believed, without lawful assemblies (`analytics.warning.known.weighing`).
    agenda
        The table ``agenda``.
    as_of
        The day of knowledge.
    params
        Weights of the list.
    rule
        The rule ``tempat``. Strength: points of the list.

    Returns
    -------
    list
        Signals with a level. Facts: ``score``, ``parts`` (by name),
        ``n_potensi``, ``n_konflik``, ``n_agenda``, ``n_now``, ``n_before``, ``severity``,
        ``report_id``, ``age_days``. What only the agenda puts on the list is no signal of this
        rule.
    """
    listed = places_to_watch(rows, agenda, as_of, params, _ALL)
    by_reports = listed["part_potensi"].add(listed["part_konflik"]).gt(0)
    listed = listed[by_reports & listed["score"].ge(rule.levels[0])]
    found: list[Signal] = []
    for _, row in listed.iterrows():
        own = rows[rows["report_id"].isin(row["report_ids"])]
        one = _signal(row, own, as_of, rule)
        if not any(_is_same(one, other) for other in found):
            found.append(one)
    return found


def _is_same(one: Signal, other: Signal) -> bool:
    shared = bool(one.affairs & other.affairs)
    return shared and touches(one.place_code, other.place_code)


def _signal(row: pd.Series, own: pd.DataFrame, as_of: dt.date, rule: Rule) -> Signal:
    counts = ("n_potensi", "n_konflik", "n_agenda", "n_now", "n_before", "age_days")
    severity = row["severity_max"]
    return Signal(
        rule=rule,
        subject="tempat",
        place_code=row["code"],
        strength=float(row["score"]),
        since=oldest(own, as_of),
        confidence=confidence_of(own),
        evidence=(*of_reports(own), *(("agenda", one) for one in row["agenda_ids"])),
        facts={
            "score": round(float(row["score"]), 4),
            "parts": {part.removeprefix("part_"): round(float(row[part]), 4) for part in PARTS},
            "severity": None if pd.isna(severity) else int(severity),
            "report_id": row["report_id"],
            **{name: int(row[name]) for name in counts},
        },
        stage=stage_of(own),
    )
