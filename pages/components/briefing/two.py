"""Which two snapshots are set side by side, and their slides."""

from __future__ import annotations

from functools import lru_cache

import streamlit as st

from pages.components import address, show
from pages.components.briefing import files, state
from pages.components.briefing.compare import compared, draw_comparison
from pages.components.briefing.present import present
from pages.components.shell import language, problem, t
from services.briefing.change.compare import Comparison
from services.briefing.deck import Deck
from services.briefing.make import deck_compared
from services.briefing.meetings import Meeting, meeting_of, previous_meeting
from services.briefing.snapshot import snapshots_of
from services.dataset import Dataset
from services.explain import EXPLAINED
from services.texts import day

_LATER, _EARLIER = "kemudian", "lebih_awal"


def draw(data: Dataset, meeting: Meeting) -> None:
    """Draw any two kept snapshots side by side; first that of the meeting and of the one before."""
    kept = snapshots_of(data)
    if len(kept) < 2:
        show.empty(t("rakor.no_two"))
        return
    meetings = dict(zip(kept["snapshot_id"], kept["meeting_id"], strict=True))
    days = dict(zip(kept["snapshot_id"], kept["as_of"], strict=True))
    ids = list(meetings)

    def last_of(one: Meeting | None, known: list[str]) -> str:
        own = [key for key in known if one and meetings[key] == one.meeting_id]
        return (own or known)[-1]

    def words(key: str) -> str:
        found = meeting_of(data, meetings[key])
        gaps = {"as_of": day(days[key], language(), "short"), "id": key}
        return t("rakor.two_one", meeting=state.meeting_words(found) if found else "–", **gaps)

    left, right = st.columns(2)
    later_ids = ids[1:]
    names = {key: words(key) for key in later_ids}
    first, key = last_of(meeting, later_ids), f"b_later|{meeting.meeting_id}"
    later = address.one_of(right, "rakor.two_later", names, _LATER, first, key)
    earlier_ids = ids[: ids.index(later)]
    names = {key: words(key) for key in earlier_ids}
    first, key = last_of(previous_meeting(data, meeting), earlier_ids), f"b_earlier|{later}"
    earlier = address.one_of(left, "rakor.two_earlier", names, _EARLIER, first, key)
    draw_comparison(data, earlier, later)
    if address.switch(st, t("rakor.two_slides"), "salindia", key="b_two_slides"):
        _slides(compared(data, earlier, later))


def _slides(found: Comparison) -> None:
    try:
        deck = _deck(found, language())
        present(deck)
    except EXPLAINED as error:
        problem(error)
        return
    files.draw_compared(deck, (found.earlier.digest, found.later.digest))


@lru_cache(maxsize=4)
def _deck(found: Comparison, lang: str) -> Deck:
    return deck_compared(found, lang)
