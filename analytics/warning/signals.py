"""One warning as a rule makes it, and how those about the same thing become one."""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace

import numpy as np
import pandas as pd

from analytics.reports.places import LEVELS as PLACE_LEVELS
from analytics.reports.places import code_depth, touches
from analytics.warning.rules import GENERAL, LEVELS, Rule

Evidence = tuple[tuple[str, str], ...]
"""Pairs of kind (report, affair, agenda, dispute, scan, procurement, receipts, plan, coverage,
agency) and id."""
Facts = Mapping[str, object]
"""Plain values that JSON knows: what the words of the warning are made of."""
COLUMNS = [
    "warning_id",
    "rule",
    "subject",
    "place_code",
    "place_level",
    "stage",
    "level",
    "since",
    "horizon_days",
    "probability",
    "confidence",
    "evidence",
    "facts",
    "owner",
]
_UNSTATED = "tidak_dinyatakan"


@dataclass(frozen=True)
class Signal:
    """What a rule found on a day.

    Attributes
    ----------
    rule
        The rule that fired.
    subject
        What it is about: the id of an affair, an agenda item, a dispute, or words that stay the
        same from day to day.
    place_code
        Dotted code.
    strength
        In the measure of the rule; its level follows from it.
    since
        Day of the oldest evidence.
    confidence
        tinggi, sedang or rendah.
    evidence
        What it rests on.
    facts
        What its words are made of.
    stage
        Stage of an election; None where none is stated.
    owner
        Office that the evidence names; None: that of the rule.
    """

    rule: Rule
    subject: str
    place_code: str
    strength: float
    since: dt.date
    confidence: str
    evidence: Evidence
    facts: Facts = field(default_factory=dict)
    stage: str | None = None
    owner: str | None = None

    @property
    def level(self) -> str | None:
        """How grave it is; None: no warning."""
        return self.rule.level(self.strength)

    @property
    def affairs(self) -> frozenset[str]:
        """The affairs it rests on."""
        return frozenset(one for kind, one in self.evidence if kind == "affair")


def warning_id(rule: str, place_code: str, subject: str) -> str:
    """Return the id of a warning: the same for the same thing on two days."""
    said = f"{rule}|{place_code}|{subject}"
    return "w-" + hashlib.sha256(said.encode()).hexdigest()[:10]


def joined(signals: Iterable[Signal]) -> list[Signal]:
    """Return the signals that warn, those about the same thing made one.

    Parameters
    ----------
    signals
        In the order of their rules: the specific ones before those of `GENERAL`.

    Returns
    -------
    list
        Those with a level. One of a general rule whose affairs all belong to an earlier one of a
        place that it touches joins that one, which takes over its evidence and the graver level;
        ``also`` in its facts names the rules that joined.
    """
    found: list[Signal] = []
    for one in signals:
        if one.level is None:
            continue
        host = next((n for n, other in enumerate(found) if _is_within(one, other)), None)
        if host is None:
            found.append(one)
        else:
            found[host] = _with(found[host], one)
    return found


def _is_within(one: Signal, other: Signal) -> bool:
    """Return whether a signal of a general rule says nothing that another does not say."""
    agenda = {pair for pair in one.evidence if pair[0] == "agenda"}
    return (
        one.rule.name in GENERAL
        and one.rule.name != other.rule.name
        and bool(one.affairs)
        and one.affairs <= other.affairs
        and agenda <= set(other.evidence)
        and touches(one.place_code, other.place_code)
    )


def _with(host: Signal, guest: Signal) -> Signal:
    """Return a warning that took over another one."""
    graver = LEVELS.index(str(guest.level)) > LEVELS.index(str(host.level))
    also = [*_listed(host.facts.get("also")), guest.rule.name]
    facts = {**host.facts, "also": also}
    if graver:
        facts["level_by"] = guest.rule.name
    return replace(
        host,
        strength=_least(host.rule, str(guest.level), host.strength) if graver else host.strength,
        since=min(host.since, guest.since),
        evidence=tuple(dict.fromkeys((*host.evidence, *guest.evidence))),
        facts=facts,
    )


def _listed(value: object) -> list[object]:
    return list(value) if isinstance(value, list) else []


def _least(rule: Rule, level: str, strength: float) -> float:
    """Return a strength by which a rule comes as near to a level as it can."""
    upto = rule.levels[: LEVELS.index(level) + 1]
    return max([strength, *(value for value in upto if value is not None)])


def frame_of(signals: Iterable[Signal], as_of: dt.date) -> pd.DataFrame:
    """Return warnings as rows, the gravest first.

    Parameters
    ----------
    signals
        As `joined` returns them.
    as_of
        The day of knowledge.

    Returns
    -------
    DataFrame
        `COLUMNS`, index from 0: ``warning_id`` (`warning_id`), ``rule``, ``subject``,
        ``place_code``, ``place_level``, ``stage`` (NA where none is stated), ``level``
        (`rules.LEVELS`), ``since`` (day of the oldest evidence), ``horizon_days``,
        ``probability`` (NaN: the record gives it), ``confidence``, ``evidence`` (tuple
        of pairs of kind and id), ``facts`` (dict of plain values: those of the rule, ``as_of``
        and ``strength``; ``also`` and ``level_by`` where others joined), ``owner``. By level, then
        confidence, then place and id. Each id once: of two the graver.
    """
    rows = [
        {
            "warning_id": warning_id(one.rule.name, one.place_code, one.subject),
            "rule": one.rule.name,
            "subject": one.subject,
            "place_code": one.place_code,
            "place_level": PLACE_LEVELS[code_depth(one.place_code)],
            "stage": one.rule.stage or one.stage,
            "level": one.level,
            "since": pd.Timestamp(one.since),
            "horizon_days": one.rule.horizon_days,
            "probability": np.nan,
            "confidence": one.confidence,
            "evidence": one.evidence,
            "facts": {**one.facts, "as_of": as_of.isoformat(), "strength": round(one.strength, 2)},
            "owner": one.owner or one.rule.owner,
        }
        for one in signals
    ]
    table = pd.DataFrame(rows, columns=COLUMNS)
    text = ["warning_id", "rule", "subject", "place_code", "place_level", "level", "confidence"]
    table = table.astype(dict.fromkeys([*text, "stage", "owner"], "str"))
    table = table.astype({"since": "datetime64[s]", "horizon_days": "int64", "probability": float})
    graver = {level: n for n, level in enumerate(reversed(LEVELS))}
    surer = {word: n for n, word in enumerate(("tinggi", "sedang", "rendah"))}
    order = table.assign(_grave=table["level"].map(graver), _sure=table["confidence"].map(surer))
    order = order.sort_values(["_grave", "_sure", "place_code", "warning_id"])
    kept = order.index[~order["warning_id"].duplicated()]
    return table.loc[kept].reset_index(drop=True)


def of_reports(rows: pd.DataFrame) -> Evidence:
    """Return ``rows`` of ``reports``, the oldest first, and their affairs as evidence."""
    ordered = rows.sort_values(["date_event", "report_id"])
    affairs = ordered["perkara_id"].drop_duplicates().sort_values()
    reports = [("report", str(one)) for one in ordered["report_id"]]
    return (*reports, *(("affair", str(one)) for one in affairs))


def oldest(rows: pd.DataFrame, as_of: dt.date) -> dt.date:
    """Return the first day that ``rows`` (`known.believed_on`) tell of; at most the day.

    Of what is to come: since when it was known.
    """
    first = pd.Timestamp(min(rows["first"].min(), rows["known"].min()))
    return min(first.date(), as_of)


def confidence_of(rows: pd.DataFrame) -> str:
    """Return how sure ``rows`` of ``reports`` are together.

    ``tinggi``: one verified by an agency, or two of different sources of which none is ``rendah``;
    ``sedang``: one that is not ``rendah``; else ``rendah``.
    """
    sound = rows[rows["confidence"].isin(("tinggi", "sedang"))]
    verified = rows["verification"].eq("terverifikasi").any()
    if verified or (len(sound) == len(rows) and len(sound["source_id"].drop_duplicates()) > 1):
        return "tinggi"
    return "sedang" if len(sound) else "rendah"


def stage_of(rows: pd.DataFrame) -> str | None:
    """Return the stage that most ``rows`` of ``reports`` name, ties by name; None: none does."""
    named = rows.loc[rows["stage"].ne(_UNSTATED), "stage"].value_counts()
    return str(named[named.eq(named.max())].index.min()) if len(named) else None


def common_place(codes: Iterable[str]) -> str:
    """Return the smallest unit that holds all of some units, at least one, in one province."""
    parts = [code.split(".") for code in codes]
    shared = []
    for column in zip(*parts, strict=False):
        if len(set(column)) > 1:
            break
        shared.append(column[0])
    return ".".join(shared)
