"""The finding of the first page in one sentence: what changed since the last rakor, what comes."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import pandas as pd

from analytics.reports.rakor import RakorMark
from services.dataset import Dataset
from services.reports.overview import AGENDA_DAYS, Overview
from services.reports.watch import WatchItem
from services.texts import day, event_day, label, near_day, number, text

NAMED = 2
"""Families that the sentence names at most; a third is not remembered."""

LITTLE = 1
"""Affairs more or less by which nothing worth a word has changed."""

_UNTOLD = ("lainnya",)
"""Kinds on the agenda whose word says nothing."""


@dataclass(frozen=True)
class Change:
    """The affairs of a family since the mark, and in the equally long time before it."""

    family: str
    before: int
    now: int

    @property
    def by(self) -> int:
        """How many more, or with a minus fewer."""
        return self.now - self.before


def changes(figures: pd.DataFrame) -> list[Change]:
    """Return what can be said to have changed, the most telling first.

    Rises come first, the greatest first, then falls; equal ones in the order of the figures. A fall
    counts only where the whole time since the mark was watched, and either only where the time
    before it was: what nobody watched is never a zero.

    Parameters
    ----------
    figures
        See `analytics.reports.overview.family_figures`.
    """
    found = [
        Change(str(family), int(row["n_before"]), int(row["n_affairs"]))
        for family, row in figures.iterrows()
        if row["before_covered"]
        and (row["change"] > 0 or (row["change"] < 0 and bool(row["covered"])))
    ]
    return sorted(found, key=lambda one: (one.by < 0, -abs(one.by)))


def leading_family(figures: pd.DataFrame) -> str:
    """Return the family that the sentence begins with: the one to show on the map first.

    The first of `changes`; where nothing changed the one with most affairs, and of equals the first
    of ``figures``, as `analytics.reports.overview.family_figures` returns them.
    """
    found = changes(figures)
    if found:
        return found[0].family
    return str(figures["n_affairs"].astype("int64").idxmax())


def is_dark(found: Overview) -> bool:
    """Return whether nothing at all is known of the time since the mark."""
    if found.figures["n_affairs"].sum() or found.figures["n_potensi"].sum():
        return False
    if found.last_word is None:
        return found.sources.empty and not found.figures["covered"].any()
    return found.last_word <= found.mark.date


def headline(
    found: Overview, data: Dataset, as_of: date, lang: str, mark_is_asked: bool = False
) -> str:
    """Return the sentence: what changed since the mark, and what comes next.

    Parameters
    ----------
    found
        What is known on the day.
    data
        Gives the names of places.
    as_of
        The day.
    mark_is_asked
        Whether the reader chose the day that changes are counted from.
    """
    parts = [_dark(found, lang) if is_dark(found) else _changed(found, as_of, lang, mark_is_asked)]
    coming = coming_words(found, data, as_of, lang)
    return "; ".join([*parts, coming] if coming else parts)


def _dark(found: Overview, lang: str) -> str:
    if found.last_word is None:
        return text("temuan.never", lang)
    return text("temuan.dark", lang, day=day(found.last_word, lang, "short"))


def _changed(found: Overview, as_of: date, lang: str, mark_is_asked: bool) -> str:
    figures = found.figures
    since = _since(found.mark, as_of, lang, mark_is_asked)
    named = changes(figures)
    covered, before = bool(figures["covered"].all()), bool(figures["before_covered"].all())
    if named:
        little = covered and all(abs(one.by) <= LITTLE for one in named)
        key = "temuan.little" if little else "temuan.changed" if covered else "temuan.at_least"
        return text(key, lang, since=since, list=_list(named[:NAMED], lang))
    most = figures[figures["n_affairs"].gt(0)].sort_values(
        "n_affairs", ascending=False, kind="stable"
    )
    if not covered or not before:
        keys = (
            ("temuan.before_partly", "temuan.before_partly_none")
            if covered
            else ("temuan.partly", "temuan.partly_none")
        )
        key = keys[most.empty]
    else:
        key = "temuan.none" if most.empty else "temuan.same"
    return text(key, lang, since=since, list=_counts(most.head(NAMED), lang))


def _since(mark: RakorMark, as_of: date, lang: str, mark_is_asked: bool) -> str:
    known = not mark.assumed and not mark_is_asked
    key = "temuan.since_rakor" if known else "temuan.since"
    return text(key, lang, day=near_day(mark.date, as_of, lang))


def _list(named: list[Change], lang: str) -> str:
    return ", ".join(
        f"{_low(label('family', one.family, lang))} "
        f"{number(one.before, lang)}→{number(one.now, lang)}"
        for one in named
    )


def _counts(rows: pd.DataFrame, lang: str) -> str:
    return ", ".join(
        f"{_low(label('family', family, lang))} {number(n, lang)}"
        for family, n in rows["n_affairs"].items()
    )


def _low(words: str) -> str:
    """Return words as they stand inside a sentence; an abbreviation keeps its capitals."""
    return words if words[:2].isupper() else words[:1].lower() + words[1:]


def coming_words(found: Overview, data: Dataset, as_of: date, lang: str) -> str:
    """Return what comes next within two weeks: a vote, else a stage or an event; empty if none.

    A vote goes before anything that comes sooner; of a stage and an event on one day the stage.
    """
    if found.vote is not None:
        ahead = (found.vote[0] - pd.Timestamp(as_of)).days
        if ahead <= AGENDA_DAYS:
            return f"{when_words(ahead, lang)} {label('vote', found.vote[1], lang)}"
    stages = [
        (int(row["days_to"]), 0, _low(label("stage", row["stage"], lang)))
        for _, row in found.coming.iterrows()
        if row["days_to"] <= AGENDA_DAYS
    ]
    rows = found.agenda[found.agenda["origin"].eq("agenda") & ~found.agenda["kind"].isin(_UNTOLD)]
    events = [(int(row["days_to"]), 1, _event(row, data, lang)) for _, row in rows.iterrows()]
    found_first = sorted([*stages, *events], key=lambda one: one[:2])
    if not found_first:
        return ""
    ahead, _, words = found_first[0]
    return f"{when_words(ahead, lang)} {words}"


def _event(row: pd.Series, data: Dataset, lang: str) -> str:
    kind = _low(label("agenda", row["kind"], lang))
    code = row["unit_code"]
    if pd.isna(code) or "." not in code:  # the province goes without saying
        return kind
    return text("temuan.at", lang, what=kind, place=data.place_name(code))


def when_words(days_to: int, lang: str) -> str:
    """Return in how many days something is: today, tomorrow, in so many."""
    key = {0: "temuan.today", 1: "temuan.tomorrow"}.get(days_to, "temuan.in_days")
    return text(key, lang, n=days_to)


def item_when(item: WatchItem, as_of: date, lang: str) -> str:
    """Return when something is or was that put a place on the list of places to watch.

    What is long past has its month only: its age tells the days.
    """
    if item.days_to is not None:
        return when_words(item.days_to, lang)
    if item.precision != "day":
        return event_day(item.date, item.precision, lang)
    return near_day(item.date, as_of, lang, "month_short")


def basis_words(found: Overview, as_of: date, lang: str, mark_is_asked: bool = False) -> str:
    """Return what the sentence rests on: which days are compared, and why from that day on."""
    key = "temuan.basis_assumed" if found.mark.assumed else "temuan.basis_rakor"
    return text(
        "temuan.basis_asked" if mark_is_asked else key,
        lang,
        n=(pd.Timestamp(as_of) - found.mark.date).days,
        day=day(found.mark.date, lang),
        period=found.mark.period,
    )
