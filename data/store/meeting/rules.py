"""What the rows of a rakor's tables must be."""

from __future__ import annotations

from data import vocabulary
from data.store.rule import Bounds, Rule, in_order, no_person

WARNING_LEVELS = ("waspada", "siaga", "awas")
"""How grave a warning is, mildest first."""
WARNING_EVENTS = ("pemilik", "tindakan", "tingkat", "hasil", "ditutup", "dibuka_lagi")
"""An owner is named, acts first, the level changes, the outcome is told, it is closed, reopened."""
WARNING_OUTCOMES = ("terjadi", "dicegah", "tidak_terjadi", "salah_alarm", "tidak_diketahui")
"""It came to it, it was prevented, it did not come to it, there was nothing to warn of, unknown."""
ACTION_STATES = ("belum_mulai", "berjalan", "selesai", "batal")
ENDED = ACTION_STATES[2:]
ACTION_WAYS = ("formulir", "berkas", "perintah", "rakor")
DATE_BASES = ("tercatat", "perkiraan", "asumsi")
"""A meeting's day is on record, inferred from a source, or taken as an example."""

ALLOWED: dict[tuple[str, str], tuple[str, ...]] = {
    ("warnings", "level"): WARNING_LEVELS,
    ("warnings", "stage"): vocabulary.STAGES,
    ("warnings", "confidence"): vocabulary.CONFIDENCES,
    ("warning_events", "kind"): WARNING_EVENTS,
    ("actions", "stage"): vocabulary.STAGES,
    ("actions", "status"): ACTION_STATES,
    ("action_changes", "via"): ACTION_WAYS,
    ("meetings", "date_basis"): DATE_BASES,
    ("meetings", "level"): vocabulary.LEVELS,
}
BOUNDS: dict[tuple[str, str], Bounds] = {
    ("warnings", "probability"): Bounds(0, 1),
    ("meetings", "version"): Bounds(1),
    ("decks", "version"): Bounds(1),
}
PERIOD = (r"B(04|08|12) \d{4}", "B04, B08 or B12 and a year, such as B12 2023")
PATTERNS: dict[tuple[str, str], tuple[str, str]] = {
    ("meetings", "period"): PERIOD,
    ("snapshots", "digest"): (r"[0-9a-f]{64}", "64 hexadecimal digits"),
}


def _value_of(kind: str, words: tuple[str, ...]) -> Rule:
    """Hold that what is said by events of a kind is one of a set."""
    return Rule(
        "value",
        "word_unknown",
        f"one of {', '.join(words)} for {kind}",
        lambda f: f["kind"].ne(kind) | f["value"].isin(words),
        ("kind",),
    )


def _needs(kind: str, column: str, expected: str) -> Rule:
    """Hold that events of a kind say something in a column."""
    return Rule(
        column, "required", expected, lambda f: f["kind"].ne(kind) | f[column].notna(), ("kind",)
    )


RULES: dict[str, list[Rule]] = {
    "warnings": [no_person("owner")],
    "warning_events": [
        no_person("office"),
        _value_of("hasil", WARNING_OUTCOMES),
        _value_of("tingkat", WARNING_LEVELS),
        _needs("pemilik", "value", "the office that owns it"),
        _needs("ditutup", "note", "the reason of a closing"),
        _needs("dibuka_lagi", "note", "the reason of a reopening"),
    ],
    "actions": [
        no_person("owner"),
        in_order("opened_on", "closed_on"),
        Rule(
            "closed_on",
            "closed_without_end",
            "the day it ended, and nothing while it goes on",
            lambda f: f["closed_on"].notna().eq(f["status"].isin(ENDED)),
            ("status",),
        ),
    ],
    "action_changes": [no_person("office")],
    "meetings": [no_person("office")],
    "snapshots": [in_order("period_start", "period_end"), no_person("office")],
}
NOT_AHEAD: dict[str, list[tuple[str, ...]]] = {
    "warnings": [("raised_on", "date_future")],
    "warning_events": [("at", "date_future")],
    "actions": [("opened_on", "date_future"), ("closed_on", "date_future")],
}
