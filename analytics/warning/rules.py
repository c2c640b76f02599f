"""The rules of early warning with their thresholds, checked."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from itertools import pairwise

from geo.errors import ParameterError

LEVELS = ("waspada", "siaga", "awas")
"""How grave a warning is, mildest first."""
DAYS = (1.0, 3650.0)
_RANGES: dict[str, dict[str, tuple[float, float]]] = {
    "putusan": {
        "ahead_days": (1, 366),
        "soon_days": (0, 366),
        "repeated_point": (0, 10),
        "tied_days": DAYS,
        "overdue_days": (0, 366),
    },
    "logistik": {
        "before_days": (1, 366),
        "after_days": (0, 366),
        "near_days": (0, 366),
        "eve_days": (0, 366),
        "report_days": (1, 366),
        "severe": (1, 5),
        "few_pieces": (0, 1_000_000),
        "late_minutes": (1, 10_080),
        "sure_percent": (1, 100),
    },
    "aksi": {"ahead_days": (1, 366), "place_days": DAYS, "affair_days": DAYS},
    "potensi": {
        "severity_unknown": (1, 5),
        "stale_days": DAYS,
        "until_days": DAYS,
        "rising_days": DAYS,
        "rising_reports": (2, 1000),
        "violent_days": DAYS,
        "became_days": (0, 3650),
    },
    "klaster": {"replicates": (99, 99_999), "watched_days": (0, 3650)},
    "tempat": {},
    "hening": {
        "grace_days": DAYS,
        "watched_days": DAYS,
        "until_days": DAYS,
        "rhythm_days": DAYS,
        "fewest_gaps": (3, 1000),
        "shortest_days": DAYS,
    },
}
"""Limits of each rule with the range of each; days where the name says so."""
RULES = tuple(_RANGES)
GENERAL = ("klaster", "tempat")
"""Rules whose warnings join a more specific one that rests on the same affairs."""


@dataclass(frozen=True)
class Rule:
    """When a rule warns, how gravely, and who is asked to act.

    Attributes
    ----------
    name
        One of `RULES`.
    on
        Whether it is applied.
    why
        Reason for the rule, as its file says it.
    owner
        The office that is proposed; never a person.
    horizon_days
        1 to 366: for how long a warning speaks.
    stage
        Stage of an election that its warnings are about; None: that of the evidence.
    action
        Key of the action that is suggested.
    levels
        From which strength on it is ``waspada``, ``siaga`` and ``awas``, rising; None: never.
    limits
        Names and values in the ranges of the rule.
    """

    name: str
    on: bool
    why: str
    owner: str
    horizon_days: int
    stage: str | None
    action: str
    levels: tuple[float | None, ...]
    limits: tuple[tuple[str, float], ...]

    def __post_init__(self) -> None:
        if self.name not in RULES:
            raise ParameterError("rule", self.name, "one of " + ", ".join(RULES))
        if not isinstance(self.on, bool):
            raise ParameterError(f"{self.name}.on", self.on, "true or false")
        for field_name in ("why", "owner", "action"):
            if not getattr(self, field_name):
                raise ParameterError(f"{self.name}.{field_name}", "", "words")
        if not 1 <= self.horizon_days <= 366:
            raise ParameterError(f"{self.name}.horizon_days", self.horizon_days, "1 to 366")
        named = [value for value in self.levels if value is not None]
        rising = all(a < b for a, b in pairwise(named))
        if not named or self.levels[0] is None or not rising or named[0] <= 0:
            raise ParameterError(f"{self.name}.levels", self.levels, "above 0, rising")
        ranges, given = _RANGES[self.name], dict(self.limits)
        for name in sorted(set(ranges) ^ set(given)):
            expected = "a value" if name in ranges else "no such name"
            raise ParameterError(f"{self.name}.{name}", given.get(name), expected)
        for name, (low, high) in ranges.items():
            if not low <= given[name] <= high:
                raise ParameterError(f"{self.name}.{name}", given[name], f"{low:g} to {high:g}")

    def limit(self, name: str) -> float:
        """Return a limit by its name; days, minutes, percent or points, as the name says."""
        return dict(self.limits)[name]

    def days(self, name: str) -> int:
        """Return a limit in whole days by its name."""
        return int(self.limit(name))

    def level(self, strength: float) -> str | None:
        """Return how grave a strength is; None below the first threshold.

        ``strength`` is in the measure of the rule (points, months, or times the usual).
        """
        passed = [
            level
            for level, least in zip(LEVELS, self.levels, strict=True)
            if least is not None and strength >= least
        ]
        return passed[-1] if passed else None


def warning_rules(values: Mapping[str, Mapping[str, object]]) -> dict[str, Rule]:
    """Return the rules of a table of tables, in its order.

    Parameters
    ----------
    values
        By name of rule: the fields of `Rule` but ``name``, ``levels`` and ``limits`` as tables of
        their own, an empty ``stage`` for none.

    Raises
    ------
    ParameterError
        For a name that is missing or unknown, and for a value out of range.
    """
    for name in sorted(set(RULES) ^ set(values)):
        raise ParameterError("rule", name, "a table" if name in RULES else "no such name")
    return {name: _rule(name, given) for name, given in values.items()}


def _rule(name: str, given: Mapping[str, object]) -> Rule:
    wanted = {one.name for one in fields(Rule)} - {"name"}
    for key in sorted(wanted ^ set(given)):
        expected = "a value" if key in wanted else "no such name"
        raise ParameterError(f"{name}.{key}", given.get(key), expected)
    levels, limits = given["levels"], given["limits"]
    if not isinstance(levels, Mapping) or not isinstance(limits, Mapping):
        raise ParameterError(f"{name}.levels", levels, "a table, and limits another")
    for level in sorted(set(levels) - set(LEVELS)):
        raise ParameterError(f"{name}.levels", level, "one of " + ", ".join(LEVELS))
    made = {
        **given,
        "stage": given["stage"] or None,
        "levels": tuple(levels.get(level) for level in LEVELS),
        "limits": tuple(limits.items()),
    }
    try:
        return Rule(name, **made)  # type: ignore[arg-type]
    except TypeError as error:
        raise ParameterError(name, given, "numbers and words") from error
