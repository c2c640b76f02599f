"""Warnings of logistics: what is late, short or not replaced while a vote is near."""

from __future__ import annotations

import datetime as dt

import pandas as pd

from analytics.reports.places import ancestor
from analytics.warning.known import open_ones
from analytics.warning.rules import Rule
from analytics.warning.signals import Signal, confidence_of, of_reports, oldest

LACKING = ["kabupaten_code", "kind", "id", "since", "facts"]
"""What is known of boxes and plans: place, kind of evidence, its id, since when, and figures."""


def days_to_vote(voting: dt.date, as_of: dt.date, rule: Rule) -> int | None:
    """Return the days to a vote (negative: after it); None while the rule does not look at it."""
    left = (voting - as_of).days
    return left if -rule.days("after_days") <= left <= rule.days("before_days") else None


def logistics_signals(
    rows: pd.DataFrame,
    lacking: pd.DataFrame,
    election: str,
    days_left: int,
    as_of: dt.date,
    rule: Rule,
) -> list[Signal]:
    """Return a signal for each kabupaten in which something is late or lacks before a vote.

    Parameters
    ----------
    rows
        What the day believed (`analytics.warning.known.believed_on`).
    lacking
        `LACKING`: rows of procurement, receipts and plans that are behind.
    election
        The vote.
    days_left
        Days to it (`days_to_vote`).
    as_of
        The day of knowledge.
    rule
        The rule ``logistik``. Strength: 1, 1 more within ``near_days`` of the vote, 1 more within
        ``eve_days``, 1 more for a report of severity ``severe``; where all that lacks is fewer
        than ``few_pieces`` pieces, 1.

    Returns
    -------
    list
        Signals; all of a kabupaten and election are one, and what is known to the province only is
        another. Facts: ``election``, ``days_left``, ``n_reports``, ``severity`` (the gravest, None
        where unknown) and the summed figures of ``lacking`` by name, a share as the lowest.
    """
    told = _told(rows, as_of, rule)
    home = told["place"].map(lambda code: ancestor(code, 1) or code)
    places = sorted({*home, *lacking["kabupaten_code"]})
    return [
        _signal(
            (election, place, days_left),
            told[home.eq(place)],
            lacking[lacking["kabupaten_code"].eq(place)],
            as_of,
            rule,
        )
        for place in places
    ]


def _told(rows: pd.DataFrame, as_of: dt.date, rule: Rule) -> pd.DataFrame:
    """Return the reports of logistics of late: what happened, and what is feared and open."""
    own = rows[rows["family"].eq("logistik")]
    feared = own.index.isin(open_ones(own).index)
    age = (pd.Timestamp(as_of) - own["known"]).dt.days
    told: pd.DataFrame = own[
        (own["kind"].eq("kejadian") | feared) & age.le(rule.days("report_days"))
    ]
    return told


def _signal(
    about: tuple[str, str, int],
    told: pd.DataFrame,
    lacking: pd.DataFrame,
    as_of: dt.date,
    rule: Rule,
) -> Signal:
    election, place, days_left = about
    severity = told["severity"].astype("Float64").max()
    grave = pd.notna(severity) and float(severity) >= rule.limit("severe")
    strength = 1.0
    if not (told.empty and _is_little(lacking, rule)):
        strength += 0 <= days_left <= rule.limit("near_days")
        strength += (0 <= days_left <= rule.limit("eve_days")) + grave
    begun = [one.date() for one in lacking["since"].dropna()]
    if len(told):
        begun.append(oldest(told, as_of))
    pairs = zip(lacking["kind"], lacking["id"], strict=True)
    return Signal(
        rule=rule,
        subject=f"logistik/{election}",
        place_code=place,
        strength=float(strength),
        since=min([*begun, as_of]),
        confidence=confidence_of(told) if len(told) else "sedang",
        evidence=(*((str(kind), str(one)) for kind, one in pairs), *of_reports(told)),
        facts={
            "election": election,
            "days_left": days_left,
            "n_reports": len(told),
            "severity": None if pd.isna(severity) else int(severity),
            **_summed(lacking),
        },
    )


def _is_little(lacking: pd.DataFrame, rule: Rule) -> bool:
    """Return whether nothing but a few pieces lack."""
    pieces = [figures.get("missing", 0) for figures in lacking["facts"]]
    undated = all("behind_days" not in figures for figures in lacking["facts"])
    only = undated and lacking["kind"].eq("procurement").all()
    return bool(only and 0 < sum(pieces) < rule.limit("few_pieces"))


def _summed(lacking: pd.DataFrame) -> dict[str, object]:
    """Return the figures of what lacks: shares as the lowest, days as the most, others added."""
    found: dict[str, float] = {}
    for figures in lacking["facts"]:
        for name, value in figures.items():
            if name not in found:
                found[name] = value
            elif name.endswith("_share"):
                found[name] = min(found[name], value)
            elif name.endswith("_days"):
                found[name] = max(found[name], value)
            else:
                found[name] += value
    return dict(found)
