"""Asking for a plan, and watching it being made without the page blinking."""

from __future__ import annotations

import streamlit as st

from data.province import default_election
from data.store.ledger.rights import KEEP
from geo.errors import ParameterError
from pages.components import show
from pages.components.access.offers import offered
from pages.components.shell import language, plain, problem, t
from services.dataset import Dataset
from services.explain import EXPLAINED
from services.plan.batch import last_batch
from services.plan.job import Job, cancel, forget, job_of, keep_again, progress, start
from services.plan.make import PlanAsked, PlanSettings, make_plan
from services.texts import label, number

_OPENED, _WATCHED = "d_plan", "d_watched"


def start_plan(kabupaten: str, asked: PlanAsked | PlanSettings, name: str) -> None:
    """Begin to make a plan; call it while a button is handled, then draw the page again.

    The plan is kept under `name` and opened when it is done. Errors are shown at once.
    """
    seconds = asked.seconds if isinstance(asked, PlanAsked) else asked.search_seconds
    try:
        job = start(make_plan, asked, key=kabupaten, seconds=float(seconds), name=name)
    except EXPLAINED as error:
        if isinstance(error, ParameterError) and error.name == "jobs":
            st.error(plain(t("job.busy", n=error.value)))
        else:
            problem(error)
        return
    st.session_state[_WATCHED] = job.job_id
    st.rerun()


def quick_form(data: Dataset, kabupaten: str) -> None:
    """Draw the short question: how many vehicles, from which day on, how long to search."""
    if not offered(KEEP):
        return
    with st.form("plan_form", border=False):
        show.title(f"{t('plan.form')}: {data.names[kabupaten]}")
        fields = [*st.columns(2), *st.columns(2)]
        trucks = fields[0].number_input(t("plan.trucks"), 0, 300, None, placeholder="auto")
        boats = fields[1].number_input(t("plan.boats"), 0, 100, None, placeholder="auto")
        island = fields[2].number_input(t("plan.island_days"), 1, 10, 3)
        land = fields[3].number_input(t("plan.land_days"), 1, 10, 1)
        seconds = st.number_input(t("plan.seconds"), 1, 600, 8)
        name = st.text_input(t("plan.name"), f"{default_election()} {data.names[kabupaten]}")
        pressed = st.form_submit_button(t("plan.solve"), type="primary", width="stretch")
    if not pressed:
        return
    try:
        asked = PlanAsked(
            kabupaten,
            island_days=int(island),
            land_days=int(land),
            boats=None if boats is None else int(boats),
            trucks=None if trucks is None else int(trucks),
            seconds=float(seconds),
        )
    except EXPLAINED as error:
        problem(error)
        return
    start_plan(kabupaten, asked, name)


def _theirs(job: Job) -> bool:
    """Tell whether whoever looks may end a job: what is kept, whoever may keep it."""
    return job.name is None or offered(KEEP, told=False)


def under_way(kabupaten: str) -> bool:
    """Return whether a plan of a kabupaten is being made or waits its turn."""
    batch, job = last_batch(), job_of(kabupaten)
    waits = batch is not None and any(task.key == kabupaten for task in batch.tasks)
    if waits and batch is not None and batch.state(kabupaten) == "waiting":
        return True
    return job is not None and job.status == "running"


def watch(kabupaten: str) -> bool:
    """Draw how far the plan of a kabupaten is, or its result; return whether it is being made."""
    job = job_of(kabupaten)
    if under_way(kabupaten) and (job is None or job.status != "running"):
        _queued(kabupaten)
        return True
    if job is None:
        return False
    if job.status == "running":
        _running(kabupaten)
        return True
    if job.status == "done":
        if st.session_state.pop(_WATCHED, None) == job.job_id and job.name is not None:
            st.session_state[_OPENED] = job.name
        return False
    _ended(job)
    return False


@st.fragment(run_every=1)
def _running(kabupaten: str) -> None:
    """Draw bar and button; looks again each second, and the page only when it has ended."""
    job = job_of(kabupaten)
    if job is None or job.status != "running":
        st.rerun()
        return
    now = progress(job)
    words = t(
        "job.running",
        name=job.name or job.key,
        phase=label("job", now.phase, language()),
        elapsed=round(now.elapsed_s),
        of=round(now.of_s),
    )
    bar, button = st.columns([6, 1], vertical_alignment="center")
    bar.progress(now.share, plain(words))
    if _theirs(job) and button.button(t("job.cancel"), key="job_cancel", width="stretch"):
        cancel(job)
        st.rerun()


@st.fragment(run_every=1)
def _queued(kabupaten: str) -> None:
    """Say that the plan waits its turn; looks again each second until it begins."""
    batch, job = last_batch(), job_of(kabupaten)
    if batch is None or not under_way(kabupaten) or (job and job.status == "running"):
        st.rerun()
        return
    total = number(len(batch.tasks), language())
    show.note(t("batch.queued", n=number(batch.ended, language()), total=total))


def _ended(job: Job) -> None:
    words = {"name": job.name or job.key}
    if job.status == "failed":
        words["why"] = job.words.get(language()) or t("job.unknown")
    if job.status == "timed_out":
        words["limit"] = str(round(job.limit_s))
    found = job.status == "failed" and job.document is not None
    said, button = st.columns([6, 1], vertical_alignment="center")
    said.warning(plain(t("job.not_kept" if found else f"job.{job.status}", **words)))
    if not _theirs(job):
        return
    if found and button.button(t("job.keep"), key="job_keep", width="stretch", type="primary"):
        _keep_again(job)
    if button.button(t("job.dismiss"), key="job_dismiss", width="stretch"):
        forget(job)
        st.rerun()


def _keep_again(job: Job) -> None:
    try:
        keep_again(job)
    except EXPLAINED as error:
        problem(error)
        return
    st.session_state[_OPENED] = job.name
    st.rerun()
