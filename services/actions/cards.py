"""What leadership is to act upon first: at most three cards of place, what, who and when."""

from __future__ import annotations

import textwrap
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from itertools import takewhile

import pandas as pd

from services.dataset import Dataset
from services.memo import memo
from services.reports.headline import item_when, when_words
from services.reports.overview import AGENDA_DAYS
from services.reports.watch import watch_item
from services.texts import label, text

CARDS = 3

OVERDUE, DUE, PLANNED, UNOWNED = "lewat", "tenggat", "agenda", "tanpa_pj"
PRIORITY = (OVERDUE, DUE, PLANNED, UNOWNED)
"""The order of the cards: what is late, what is due within `AGENDA_DAYS` days, what comes in that
time and is somebody's, and a place to watch that nobody does anything about. Within a kind: the
longest overdue, the soonest, the first on the list of places. What comes of one kind on one day is
one card, and one place stands for all that nobody sees to: the list of places names the others."""

_WORDS = 44
"""Letters of what is to be done that fit on a card."""
_DELIVERY = "distribusi"


@dataclass(frozen=True)
class Card:
    """Something to act upon.

    Attributes
    ----------
    kind
        One of `PRIORITY`.
    place
        Name of the place; empty where what or who says it already, or where none is named.
    what, who, when
        In the reader's words.
    page
        Name of the page where it can be acted upon.
    address
        What the address of that page says.
    """

    kind: str
    place: str
    what: str
    who: str
    when: str
    page: str
    address: Mapping[str, str] = field(default_factory=dict)


def ranked(
    actions: pd.DataFrame, agenda: pd.DataFrame, watch: pd.DataFrame, most: int = CARDS
) -> list[tuple[str, pd.DataFrame]]:
    """Return what to act upon first, with the rows that say so, in the order of `PRIORITY`.

    The rows of a card are one, but for what comes of one kind on one day.

    Parameters
    ----------
    actions
        See `services.actions.register.actions_on`.
    agenda
        See `analytics.reports.agenda.agenda_ahead`.
    watch
        See `services.reports.watch.watch_list`.
    most
        How many.
    """
    late = actions[actions["overdue"]].sort_values("days_left", kind="stable")
    soon = actions[actions["going"] & actions["days_left"].between(0, AGENDA_DAYS).fillna(False)]
    soon = soon.sort_values("days_left", kind="stable")
    owned = agenda[agenda["owner"].notna() & agenda["days_to"].le(AGENDA_DAYS)]
    owned = owned.sort_values("days_to", kind="stable")
    alone = watch[[not _is_acted_upon(row, actions, owned) for _, row in watch.iterrows()]]
    found = [(OVERDUE, late.loc[[name]]) for name in late.index]
    found += [(DUE, soon.loc[[name]]) for name in soon.index]
    found += [(PLANNED, rows) for _, rows in owned.groupby(["days_to", "kind"], sort=False)]
    found += [(UNOWNED, alone.head(1))] if len(alone) else []
    return found[:most]


def _is_acted_upon(place: pd.Series, actions: pd.DataFrame, owned: pd.DataFrame) -> bool:
    """Return whether somebody sees to a place on the list of places to watch.

    An action that goes on for the place, for a part of it, or for the area around it up to the
    kabupaten; one for the whole province is for no place in it. Where an event ahead is all that
    put the place on the list, its owner sees to it.
    """
    codes = actions.loc[actions["going"], "place_code"].dropna()
    own = str(place["code"])
    if any(
        code == own or code.startswith(f"{own}.") or ("." in code and own.startswith(f"{code}."))
        for code in codes
    ):
        return True
    only_ahead = not place["n_potensi"] and not place["n_konflik"]
    return bool(only_ahead and set(place["agenda_ids"]) <= set(owned["row_id"]))


@memo(16)
def action_cards(
    data: Dataset,
    as_of: date,
    actions: pd.DataFrame,
    agenda: pd.DataFrame,
    watch: pd.DataFrame,
    lang: str,
) -> list[Card]:
    """Return the cards of a day in words, in the order of `ranked`.

    Parameters
    ----------
    actions
        See `services.actions.register.actions_on`.
    agenda
        See `analytics.reports.agenda.agenda_ahead`.
    watch
        See `services.reports.watch.watch_list`.
    """
    cards = []
    for kind, rows in ranked(actions, agenda, watch):
        if kind == PLANNED:
            card = _of_agenda(rows, data, lang)
        elif kind == UNOWNED:
            card = _of_place(rows.iloc[0], data, as_of, lang)
        else:
            card = _of_action(kind, rows.iloc[0], data, lang)
        cards.append(_plain(card))
    return cards


def _plain(card: Card) -> Card:
    """Return a card that names its place once."""
    bare = card.place.split(", ")[0].split(" ", 1)[-1].casefold()
    said = f"{card.what} {card.who}".casefold()
    place = "" if bare and bare in said else card.place
    what = textwrap.shorten(card.what, _WORDS, placeholder=" …")
    return Card(card.kind, place, what, card.who, card.when, card.page, card.address)


def _of_action(kind: str, row: pd.Series, data: Dataset, lang: str) -> Card:
    left = int(row["days_left"])
    when = text("tindakan.over", lang, n=-left) if left < 0 else when_words(left, lang)
    address = {"tab": "tindakan", "tindakan": str(row["action_id"])}
    code = row["place_code"]
    place = "" if pd.isna(code) else data.place_names.get(str(code), str(code))
    return Card(kind, place, str(row["decision"]), str(row["owner"]), when, "tindakan", address)


def _of_agenda(rows: pd.DataFrame, data: Dataset, lang: str) -> Card:
    first = rows.iloc[0]
    page = "distribusi" if first["kind"] == _DELIVERY else "linimasa"
    when = when_words(int(first["days_to"]), lang)
    if len(rows) == 1:
        code = first["unit_code"]
        place = "" if pd.isna(code) else data.place_names.get(str(code), str(code))
        return Card(PLANNED, place, str(first["title"]), str(first["owner"]), when, page)
    what = text(
        "kartu.several", lang, what=label("agenda", first["kind"], lang).capitalize(), n=len(rows)
    )
    return Card(PLANNED, "", what, _owners(rows["owner"], lang), when, page)


def _owners(owners: pd.Series, lang: str) -> str:
    """Return several offices in few words: what their names begin with, and how many they are."""
    names = list(dict.fromkeys(owners))
    if len(names) == 1:
        return str(names[0])
    alike = list(
        takewhile(lambda same: len(set(same)) == 1, zip(*map(str.split, names), strict=False))
    )
    if alike:
        kind = " ".join(same[0] for same in alike)
        return text("kartu.offices", lang, owner=kind, n=len(names))
    return text("kartu.and_others", lang, owner=names[0], n=len(names) - 1)


def _of_place(row: pd.Series, data: Dataset, as_of: date, lang: str) -> Card:
    item = watch_item(row, data, as_of)
    return Card(
        UNOWNED,
        data.place_names[str(row["code"])],
        item.what,
        text("kartu.unowned", lang),
        item_when(item, as_of, lang),
        "tindakan",
        {"tab": "tindakan", "tindakan": "baru", "wilayah": str(row["code"])},
    )
