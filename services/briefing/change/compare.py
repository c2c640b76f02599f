"""Two snapshots side by side: what changed between two meetings, and what came of what was said.

Everything comes from the two contents alone, so that a comparison stays the same whatever the
store holds by now. What cannot be compared is said (`Comparison.limits`), never shown as no change.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

import pandas as pd

from analytics.briefing.compare import (
    STAYED,
    UNWATCHED,
    changes,
    outlook_results,
    outlook_scores,
    turnover,
)
from analytics.warning.register import CLOSED
from analytics.warning.register import NEW as FIRES
from services.briefing.facts.plain import Facts
from services.briefing.snapshot import Snapshot
from services.texts import FAMILIES

YEAR, SINCE = "tahun", "rakor"
"""The windows of figures: the last year, and since the meeting before."""
OTHER_BOUNDARY, OTHER_LENGTH, OTHER_ELECTION = "batas_lain", "kurun_lain", "pemilihan_lain"
_MONTH_DAYS = 30
_NOT_COVERED = "tidak_tercakup"
_ENDED = ("selesai", "batal")
_UNKNOWN = float("nan")


@dataclass(frozen=True)
class Limit:
    """Why something cannot be compared: ``key`` of the catalogue's ``compare_limit``, its gaps."""

    key: str
    gaps: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, eq=False)
class Comparison:
    """Two snapshots side by side.

    Attributes
    ----------
    earlier, later
        The snapshots.
    limits
        What cannot be compared, and why.
    figures
        Affairs by ``window`` (`YEAR`, `SINCE`) and ``family``: ``before``, ``after``, ``change``
        (NaN with its ``reason`` where windows are not equally long or not watched),
        ``before_days``, ``after_days``, and ``before_rate``, ``after_rate``: affairs in 30 days.
    areas
        The same by ``level``, ``window``, ``family`` and ``code``, with ``name``.
    watch
        Places to watch: ``code``, ``place``, ``before_rank``, ``after_rank``, ``state`` (baru,
        hilang, tetap).
    potensi
        Affairs that were feared in either: ``perkara_id``, ``family``, ``severity``, ``place`` (by
        language), ``since``, ``state``, and ``outcome`` of one that is gone: what the later
        snapshot's reports say became of it, or ``tidak_diketahui``.
    warnings
        Those that were not closed in both: ``warning_id``, ``rule``, ``place_code``, ``owner``,
        ``title``, ``before_level``,
        ``after_level``, ``outcome`` and ``state``: baru, tetap, ditutup, baru_ditutup, padam (it
        was never kept, and its rule is met no more), or tidak_disebut where the later snapshot is
        silent of one that was kept.
    actions
        Those that were not ended in the earlier one: ``action_id``, ``decision``, ``owner``,
        ``due``, ``is_new`` and ``state``: selesai, batal, lewat_waktu, berjalan or tidak_disebut.
    outlook
        What the earlier one said, as `analytics.briefing.compare.outlook_results`, with ``name``
        and ``chance`` (by language). Empty where nothing was said.
    scores
        `analytics.briefing.compare.outlook_scores` of these.
    people
        By ``code``: ``name`` and before and after of ``police``, ``available``, ``short``.
    plans
        By ``code``: ``name``, ``before``, ``after`` (whether a plan passed) and ``plan``, its name.
    """

    earlier: Snapshot
    later: Snapshot
    limits: tuple[Limit, ...]
    figures: pd.DataFrame = field(repr=False)
    areas: pd.DataFrame = field(repr=False)
    watch: pd.DataFrame = field(repr=False)
    potensi: pd.DataFrame = field(repr=False)
    warnings: pd.DataFrame = field(repr=False)
    actions: pd.DataFrame = field(repr=False)
    outlook: pd.DataFrame = field(repr=False)
    scores: pd.DataFrame = field(repr=False)
    people: pd.DataFrame = field(repr=False)
    plans: pd.DataFrame = field(repr=False)


def compare(earlier: Snapshot, later: Snapshot) -> Comparison:
    """Return two snapshots side by side; nothing but their contents is used."""
    before, after = earlier.content, later.content
    results = _outlook(before, after)
    return Comparison(
        earlier=earlier,
        later=later,
        limits=tuple(_limits(earlier, later, results)),
        figures=_figures(before, after),
        areas=_areas(before, after),
        watch=_watch(before, after),
        potensi=_potensi(before, after),
        warnings=_warnings(before, after),
        actions=_actions(before, after),
        outlook=results,
        scores=outlook_scores(results),
        people=_people(before, after),
        plans=_plans(before, after),
    )


def days_of(window: list[str]) -> int:
    """Return the days of a window of two ISO days, both included."""
    first, last = (date.fromisoformat(day) for day in window)
    return (last - first).days + 1


def _same_election(before: Mapping[str, Any], after: Mapping[str, Any]) -> bool:
    return bool(before["filters"]["election"] == after["filters"]["election"])


def _limits(earlier: Snapshot, later: Snapshot, results: pd.DataFrame) -> list[Limit]:
    before, after = earlier.content, later.content
    found = [
        Limit("berubah", {"day": one.content["as_of"]}) for one in (earlier, later) if not one.sound
    ]
    if not _same_election(before, after):
        both = {"before": before["filters"]["election"], "after": after["filters"]["election"]}
        found.append(Limit(OTHER_ELECTION, both))
    lengths = days_of(before["period"]), days_of(after["period"])
    if lengths[0] != lengths[1]:
        found.append(Limit(OTHER_LENGTH, {"before": lengths[0], "after": lengths[1]}))
    if after["since"]["day"] != before["as_of"]:
        gaps = {"since": after["since"]["day"], "before": before["as_of"]}
        found.append(Limit("sejak_lain", gaps))
    days = [
        [date.fromisoformat(d) for d in c["hotspots"]["windows"][YEAR]] for c in (before, after)
    ]
    overlap = (min(d[1] for d in days) - max(d[0] for d in days)).days + 1
    if overlap > 0:
        found.append(Limit("tahun_tumpang", {"days": overlap}))
    for level in _levels(before, after):
        if names := _other_boundaries(before, after, level):
            gaps = {"level": level, "n": len(names), "names": sorted(names.values())}
            found.append(Limit(OTHER_BOUNDARY, gaps))
    window = before["ahead"]["window"]
    if window is None or results.empty:
        found.append(Limit("tanpa_prakiraan"))
    elif "seen" not in after["ahead"]:
        found.append(Limit("tanpa_catatan"))
    elif window[1] > after["as_of"]:
        found.append(Limit("prakiraan_berjalan", {"end": window[1]}))
    elif n := int(results["state"].eq(UNWATCHED).sum()):
        codes = results.loc[results["state"].eq(UNWATCHED), "name"].drop_duplicates().tolist()
        found.append(Limit("prakiraan_tak_terpantau", {"n": n, "names": codes}))
    return found


def _levels(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[str]:
    return [level for level in before["land"] if level in after["land"]]


def _land(content: Mapping[str, Any], level: str) -> dict[str, Facts]:
    return {f["properties"]["code"]: f for f in content["land"][level]["features"]}


def _other_boundaries(
    before: Mapping[str, Any], after: Mapping[str, Any], level: str
) -> dict[str, str]:
    """Return the names of the units, by code, that are drawn otherwise in the two."""
    old, new = _land(before, level), _land(after, level)
    return {
        code: str(new[code]["properties"]["name"])
        for code in old.keys() & new.keys()
        if old[code]["geometry"] != new[code]["geometry"]
    }


def _figures(before: Mapping[str, Any], after: Mapping[str, Any]) -> pd.DataFrame:
    """Return the affairs by window and family; families are never added up."""
    parts = []
    for window in (YEAR, SINCE):
        old, new = _figures_of(before, window), _figures_of(after, window)
        unlike = {} if old.days == new.days else dict.fromkeys(old.seen.index, OTHER_LENGTH)
        frame = changes(old.seen, new.seen, unlike)
        order = [family for family in FAMILIES if family in frame.index]
        frame = frame.loc[order].rename_axis("family").reset_index()
        rates = {
            f"{side}_rate": frame[side] * _MONTH_DAYS / part.days
            for side, part in (("before", old), ("after", new))
        }
        parts.append(
            frame.assign(window=window, before_days=old.days, after_days=new.days, **rates)
        )
    return pd.concat(parts, ignore_index=True)


@dataclass(frozen=True)
class _Seen:
    """Affairs by family in so many days, NaN where not all was watched."""

    seen: pd.Series
    days: int


def _figures_of(content: Mapping[str, Any], window: str) -> _Seen:
    if window == SINCE:
        rows = content["situation"]["figures"]
        known = {f: row["n_affairs"] if row["covered"] else _UNKNOWN for f, row in rows.items()}
        return _Seen(pd.Series(known, dtype="float64"), days_of(content["period"]))
    found = content["hotspots"]["levels"]["kabupaten"][window]
    known = {
        family: _UNKNOWN if _NOT_COVERED in units["state"].values() else units["n_affairs"]
        for family, units in found.items()
    }
    return _Seen(pd.Series(known, dtype="float64"), days_of(content["hotspots"]["windows"][window]))


def _areas(before: Mapping[str, Any], after: Mapping[str, Any]) -> pd.DataFrame:
    parts = []
    for level in _levels(before, after):
        names = {
            code: str(f["properties"]["name"])
            for content in (before, after)
            for code, f in _land(content, level).items()
        }
        drawn = dict.fromkeys(_other_boundaries(before, after, level), OTHER_BOUNDARY)
        for window in (YEAR, SINCE):
            spans = [days_of(c["hotspots"]["windows"][window]) for c in (before, after)]
            for family in after["hotspots"]["levels"][level][window]:
                old, new = (_units(c, level, window, family) for c in (before, after))
                unlike = drawn
                if spans[0] != spans[1]:
                    unlike = {**dict.fromkeys(old.index, OTHER_LENGTH), **drawn}
                frame = changes(old, new, unlike).rename_axis("code").reset_index()
                name = frame["code"].map(names).fillna(frame["code"])
                parts.append(frame.assign(name=name, level=level, window=window, family=family))
    return pd.concat(parts, ignore_index=True)


def _units(content: Mapping[str, Any], level: str, window: str, family: str) -> pd.Series:
    found = content["hotspots"]["levels"][level][window].get(family)
    if found is None:
        return pd.Series(dtype="float64")
    state = found["state"]
    known = {
        code: _UNKNOWN if state.get(code) == _NOT_COVERED and not n else n
        for code, n in found["affairs"].items()
    }
    return pd.Series(known, dtype="float64")


def _by(rows: list[Facts], key: str) -> dict[str, Facts]:
    """Return rows by key; of several of one key the first."""
    return {str(row[key]): row for row in reversed(rows)}


def _either(before: list[Facts], after: list[Facts], key: str) -> list[tuple[str, Facts, Facts]]:
    """Return what became of each key, its row before and its row after ({} where there is none)."""
    old, new = _by(before, key), _by(after, key)
    order = [
        pd.Index(list(dict.fromkeys(str(row[key]) for row in rows)), dtype="str")
        for rows in (before, after)
    ]
    states = turnover(*order)
    pairs = zip(states, states.index.astype(str), strict=True)
    return [(state, old.get(key, {}), new.get(key, {})) for state, key in pairs]


def _watch(before: Mapping[str, Any], after: Mapping[str, Any]) -> pd.DataFrame:
    rows = [
        {
            "code": (new or old)["code"],
            "place": (new or old)["place"],
            "before_rank": old.get("rank"),
            "after_rank": new.get("rank"),
            "state": state,
        }
        for state, old, new in _either(
            before["situation"]["watch"], after["situation"]["watch"], "code"
        )
    ]
    frame = pd.DataFrame(rows, columns=["code", "place", "before_rank", "after_rank", "state"])
    return frame.astype({"before_rank": "Int64", "after_rank": "Int64"})


def _potensi(before: Mapping[str, Any], after: Mapping[str, Any]) -> pd.DataFrame:
    rows = []
    for state, old, new in _either(
        before["situation"]["potensi"], after["situation"]["potensi"], "perkara_id"
    ):
        row = new or old
        gone = state != STAYED and not new
        outcome = _became(row["perkara_id"], before["as_of"], after) if gone else None
        named = ("perkara_id", "family", "severity", "place", "summary")
        rows.append(
            {name: row[name] for name in named}
            | {"since": row["date_event"], "state": state, "outcome": outcome}
        )
    columns = [
        "perkara_id", "family", "severity", "place", "summary", "since", "state", "outcome",
    ]  # fmt: skip
    return pd.DataFrame(rows, columns=columns)


def _became(affair: str, since: str, after: Mapping[str, Any]) -> str:
    """Return what reports after a day say of a feared affair that is open no more."""
    rows = [r for r in after["reports"] if r["perkara_id"] == affair and r["date_event"] > since]
    if any(row["kind"] == "kejadian" for row in rows):
        return "menjadi_kejadian"
    told = [row["status"] for row in rows if row["status"] not in (None, "terbuka")]
    return str(told[0]) if told else "tidak_diketahui"


def _warnings(before: Mapping[str, Any], after: Mapping[str, Any]) -> pd.DataFrame:
    columns = [
        "warning_id", "rule", "place_code", "owner", "title", "before_level", "after_level",
        "state", "outcome",
    ]  # fmt: skip
    rows = []
    for _, old, new in _either(
        before["register"]["warnings"], after["register"]["warnings"], "warning_id"
    ):
        state, row = _became_of(old, new), new or old
        if state is None:
            continue
        rows.append(
            {name: row.get(name) for name in columns[:5]}
            | {"before_level": old.get("level"), "after_level": new.get("level")}
            | {"state": state, "outcome": new.get("outcome")}
        )
    return pd.DataFrame(rows, columns=columns)


def _became_of(old: Facts, new: Facts) -> str | None:
    """Return what became of a warning; None of one that was closed at the earlier meeting."""
    was, now = (row.get("state") not in (None, CLOSED) for row in (old, new))
    if now:
        return "tetap" if was else "baru"
    if not was:
        return None if old else "baru_ditutup"
    if new:
        return "ditutup"
    # What was never kept goes when its rule is met no more.
    return "padam" if old["state"] == FIRES else "tidak_disebut"


def _actions(before: Mapping[str, Any], after: Mapping[str, Any]) -> pd.DataFrame:
    columns = ["action_id", "decision", "owner", "due", "warning_id", "is_new", "state"]
    rows = []
    for _, old, new in _either(
        before["register"]["actions"], after["register"]["actions"], "action_id"
    ):
        if old and old["status"] in _ENDED:
            continue
        row = new or old
        rows.append(
            {name: row.get(name) for name in columns[:5]}
            | {"is_new": not old, "state": _standing(new)}
        )
    return pd.DataFrame(rows, columns=columns)


def _standing(row: Facts) -> str:
    if not row:
        return "tidak_disebut"
    if row["status"] in _ENDED:
        return str(row["status"])
    return "lewat_waktu" if row["overdue"] else "berjalan"


def _outlook(before: Mapping[str, Any], after: Mapping[str, Any]) -> pd.DataFrame:
    ahead, window = before["ahead"], before["ahead"]["window"]
    names = {code: f["properties"]["name"] for code, f in _land(before, "kabupaten").items()}
    columns = ["code", "family", "probability", "own", "chance"]
    said = [
        {name: row.get(name) for name in columns}
        for row in ahead["rows"]
        if row["level"] == "kabupaten"
    ]
    frame = pd.DataFrame(said if window else [], columns=columns)
    frame = frame.astype({"probability": "float64", "own": "float64"})
    frame.insert(1, "name", frame["code"].map(names).fillna(frame["code"]))
    known = after["ahead"]
    seen = pd.DataFrame(known.get("seen", []), columns=["code", "family", "first", "last"])
    spans = [(code, *span) for code, found in known.get("watched", {}).items() for span in found]
    watched = pd.DataFrame(spans, columns=["code", "first", "last"])
    days = {"first": "datetime64[s]", "last": "datetime64[s]"}
    first, last = window or [after["as_of"]] * 2
    return outlook_results(
        frame,
        seen.astype(days),
        watched.astype(days),
        (date.fromisoformat(first), date.fromisoformat(last)),
        date.fromisoformat(after["as_of"]),
    )


def _people(before: Mapping[str, Any], after: Mapping[str, Any]) -> pd.DataFrame:
    """Return the people needed and there, where both are about the same election."""
    named = ("police", "available", "short")
    columns = ["code", "name", *(f"{side}_{n}" for n in named for side in ("before", "after"))]
    rows = []
    if _same_election(before, after):
        for _, old, new in _either(before["people"]["units"], after["people"]["units"], "code"):
            row = new or old
            rows.append(
                {"code": row["code"], "name": row["name"]}
                | {f"before_{n}": old.get(n) for n in named}
                | {f"after_{n}": new.get(n) for n in named}
            )
    frame = pd.DataFrame(rows, columns=columns)
    return frame.astype(dict.fromkeys(columns[2:], "Float64"))


def _plans(before: Mapping[str, Any], after: Mapping[str, Any]) -> pd.DataFrame:
    """Return which kabupaten have a plan that passed, where both are about the same election."""
    old_part, new_part = before["distribution"], after["distribution"]
    rows = []
    if old_part["election"] == new_part["election"]:
        for _, old, new in _either(old_part["plans"], new_part["plans"], "code"):
            row = new or old
            rows.append(
                {"code": row["code"], "name": row["name"], "before": old.get("passed")}
                | {"after": new.get("passed"), "plan": new.get("plan")}
            )
    frame = pd.DataFrame(rows, columns=["code", "name", "before", "after", "plan"])
    return frame.astype({"before": "boolean", "after": "boolean"})
