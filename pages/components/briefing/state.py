"""What is chosen on the page: the meeting, the step and the office; the address keeps it."""

from __future__ import annotations

from datetime import date

import pandas as pd
import streamlit as st

from data.briefing.template import read_template
from pages.components import address, cursor
from pages.components.shell import language, plain, problem, t
from services.briefing.job import Job, forget, job_of
from services.briefing.meetings import Meeting
from services.texts import day, event_day

PREPARE, CONTENT, FREEZE, PRESENT, FILES, DECIDE, LAST, COMPARE = STEPS = (
    "siapkan", "isi", "snapshot", "sajikan", "berkas", "putuskan", "hasil", "banding",
)  # fmt: skip
DRAFT = "b_draft"
"""Under which a meeting that is not stored yet is kept."""
_MEETING, _STEP, _OFFICE = "rakor", "langkah", "b_office"


def chosen_meeting(meetings: list[Meeting]) -> Meeting | None:
    """Return the meeting that the address names; None for none."""
    if DRAFT in st.session_state:
        return None
    asked = address.value(_MEETING, None, "")
    return next((one for one in meetings if one.meeting_id == asked), None)


def turn_to(meeting_id: str, step: str) -> None:
    """Draw the page again with a meeting and a step."""
    st.session_state.pop(DRAFT, None)
    address.put_all({_MEETING: meeting_id, _STEP: step})
    st.rerun()


def begin(draft: Meeting) -> None:
    """Show a meeting that is not stored yet; to be called where a button is handled."""
    st.session_state[DRAFT] = draft
    address.forget((_MEETING, _STEP))


def meeting_box(meetings: list[Meeting], place: st.delta_generator.DeltaGenerator) -> None:
    """Draw the box in which a prepared meeting is chosen; another choice drops the draft."""
    names = {one.meeting_id: meeting_words(one) for one in meetings}
    found = chosen_meeting(meetings)
    st.session_state[_MEETING] = found.meeting_id if found else None
    place.selectbox(
        t("rakor.meeting"),
        list(names),
        index=None,
        format_func=names.__getitem__,
        placeholder=t("rakor.choose"),
        key=_MEETING,
        on_change=_choose_meeting,
    )


def _choose_meeting() -> None:
    st.session_state.pop(DRAFT, None)
    address.put(_MEETING, st.session_state[_MEETING])


def step_box() -> str:
    """Draw the steps and return the one that is chosen."""
    return address.tabs("rakor.step", STEPS, "rakor_step", _STEP, PREPARE, "b_step")


def office_box(place: st.delta_generator.DeltaGenerator) -> None:
    """Draw the field of the office in whose name all is done."""
    st.session_state.setdefault(_OFFICE, read_template().office)
    place.text_input(t("rakor.office"), key=_OFFICE, persist_state="session")


def office() -> str:
    """Return the office in whose name all is done."""
    return str(st.session_state.get(_OFFICE, ""))


def known_on(meeting: Meeting) -> date:
    """Return the day of knowledge of a meeting: its own, as long as that does not lie ahead."""
    here = cursor.as_of()
    return min(here, meeting.held_on or here)


def held_words(meeting: Meeting) -> str:
    """Return the day of a meeting no more exactly than it is known."""
    if meeting.held_on is None:
        return day(None)
    if meeting.date_precision == "day":
        return day(meeting.held_on, language(), "short")
    return event_day(pd.Timestamp(meeting.held_on), meeting.date_precision, language())


def meeting_words(meeting: Meeting) -> str:
    """Return a meeting in a few words: period and day."""
    return t("rakor.short", period=meeting.period, day=held_words(meeting))


@st.fragment(run_every=1)
def _under_way(key: tuple[object, ...], words: str) -> None:
    job = job_of(key)
    if job is None or job.status != "running":
        st.rerun()
        return
    bar, button = st.columns([6, 1], vertical_alignment="center")
    bar.progress(min(job.done / job.total, 1.0), plain(words))
    if button.button(t("rakor.cancel"), key=f"b_cancel|{key}", width="stretch"):
        job.cancel()


def watch(key: tuple[object, ...], words: str) -> Job | None:
    """Draw how far a job is and return it once it is done; None while there is nothing of it.

    One that was cancelled or failed is said, and forgotten.
    """
    job = job_of(key)
    if job is None:
        return None
    if job.status == "running":
        _under_way(key, words)
        return None
    if job.status == "done":
        return job
    say_ended(job, words)
    forget(key)
    return None


def say_ended(job: Job, words: str) -> None:
    """Say that a job, told by its words while it ran, was cancelled or failed."""
    if job.error is not None:
        problem(job.error)
    else:
        told = "rakor.cancelled" if job.status == "cancelled" else "rakor.failed"
        st.warning(plain(t(told, what=words.rstrip("…"))))
