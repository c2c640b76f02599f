"""What is shown at a meeting: slides left out, moved, with notes, and slides of one's own."""

from __future__ import annotations

import html
from collections.abc import Callable
from dataclasses import replace

import streamlit as st

from data.errors import SavedMeanwhileError
from pages.components import cards, show
from pages.components.access.offers import offered
from pages.components.briefing import state
from pages.components.shell import plain, problem, t
from services.briefing.choice import (
    MOST_LINES,
    OWN,
    Choice,
    Chosen,
    OwnSlide,
    apply_choice,
    save_choice,
)
from services.briefing.deck import Deck, Slide
from services.briefing.fit import check_fit
from services.briefing.meetings import Meeting
from services.dataset import Dataset
from services.explain import EXPLAINED

_FAULT = "b_content_fault"
Keep = Callable[[Choice], None]
ACCESSES = ("terbatas", "terbuka")


def draw(data: Dataset, meeting: Meeting, deck: Deck, known: Chosen) -> None:
    """Draw the slides of a meeting with what can be done to each; all is kept at once.

    Parameters
    ----------
    deck
        With every slide, as nothing were chosen.
    known
        What was chosen last, as it is drawn: that version is replaced.
    """
    _say_fault()
    if not offered("meeting.deck"):
        show.items(html.escape(one.title) for one in apply_choice(deck, known.choice).slides)
        return

    def keep(choice: Choice) -> None:
        try:
            check_fit(apply_choice(deck, choice))
            save_choice(data, meeting.meeting_id, choice, state.office(), known.version)
        except EXPLAINED as error:
            st.session_state[_FAULT] = error

    choice = known.choice
    shown = apply_choice(deck, choice).slides
    with st.container(key="slides"):
        for at, slide in enumerate(shown):
            _row(at, slide, shown, choice, keep)
    own = {one.key: one.title for one in choice.own}
    titles = {slide.key: slide.title for slide in deck.slides} | own
    away = [key for key in titles if key in choice.left_out and key != shown[0].key]
    if away:
        show.title(t("rakor.left_out", n=len(away)))
    for key in away:
        words, button = st.columns([6, 1.4], vertical_alignment="center")
        words.markdown(plain(titles[key]))
        left = tuple(one for one in choice.left_out if one != key)
        button.button(
            t("rakor.take_back"),
            key=f"b_back|{key}",
            on_click=keep,
            args=(replace(choice, left_out=left),),
            width="stretch",
        )
    with st.expander(t("rakor.own")):
        _own_form(choice, keep)


def _row(at: int, slide: Slide, shown: tuple[Slide, ...], choice: Choice, keep: Keep) -> None:
    words, up, down, note, out = st.columns([5.4, 1, 1, 1.3, 1.3], vertical_alignment="center")
    words.markdown(plain(f"{at + 1}. {slide.title}"))
    order = [one.key for one in shown]
    for place, step, icon in ((up, -1, "arrow_upward"), (down, 1, "arrow_downward")):
        other = at + step
        fixed = at == 0 or other < 1 or other >= len(order)
        moved = order.copy()
        if not fixed:
            moved[at], moved[other] = moved[other], moved[at]
        name = "up" if step < 0 else "down"
        place.button(
            t(f"rakor.{name}"),
            icon=f":material/{icon}:",
            key=f"b_{name}|{slide.key}",
            disabled=fixed,
            on_click=keep,
            args=(replace(choice, order=tuple(moved)),),
            width="stretch",
        )
    with note.popover(t("rakor.note"), width="stretch"):
        _note_form(slide.key, choice, keep)
    out.button(
        t("rakor.leave_out"),
        key=f"b_out|{slide.key}",
        disabled=at == 0,
        on_click=keep,
        args=(replace(choice, left_out=(*choice.left_out, slide.key)),),
        width="stretch",
    )


def _note_form(key: str, choice: Choice, keep: Keep) -> None:
    """Draw the field of the note of a slide; an own slide is taken out here as well."""
    before = choice.notes.get(key, "")
    with st.form(f"b_note_form|{key}|{hash(before)}", border=False):
        said = st.text_area(t("rakor.note_words"), before, key=f"b_note|{key}|{hash(before)}")
        if st.form_submit_button(t("rakor.save")):
            notes = {one: words for one, words in choice.notes.items() if one != key}
            if str(said).strip():
                notes[key] = str(said).strip()
            keep(replace(choice, notes=notes))
            st.rerun()
    if key.startswith(OWN):
        own = tuple(one for one in choice.own if one.key != key)
        st.button(
            t("rakor.own_remove"),
            key=f"b_own_out|{key}",
            on_click=keep,
            args=(replace(choice, own=own),),
        )


def _own_form(choice: Choice, keep: Keep) -> None:
    anew = len(choice.own)  # fields are empty again once a slide was added
    with st.form(f"b_own_form|{anew}", border=False):
        title = st.text_input(t("rakor.col_title"), key=f"b_own_title|{anew}")
        lines = st.text_area(t("rakor.own_lines", n=MOST_LINES), key=f"b_own_lines|{anew}")
        access = cards.choice(st, "rakor.access", ACCESSES, "slide_access", f"b_own_access|{anew}")
        if not st.form_submit_button(t("rakor.own_add")):
            return
    taken = {one.key for one in choice.own} | {*choice.order}
    number = next(n for n in range(1, len(taken) + 2) if f"{OWN}-{n}" not in taken)
    said = tuple(line.strip() for line in str(lines).split("\n") if line.strip())
    try:
        one = OwnSlide(f"{OWN}-{number}", " ".join(str(title).split()), said, access=access)
    except EXPLAINED as error:
        problem(error)
        return
    keep(replace(choice, own=(*choice.own, one)))
    st.rerun()


def _say_fault() -> None:
    fault = st.session_state.pop(_FAULT, None)
    if fault is None:
        return
    problem(fault)
    if isinstance(fault, SavedMeanwhileError):
        show.note(t("rakor.newest_shown"))
