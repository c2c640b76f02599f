"""What takes long is worked out beside the pages: how far it is, and the way to stop it."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from functools import partial
from typing import Any, Concatenate, ParamSpec, TypeVar

import streamlit as st
from streamlit.runtime import get_instance
from streamlit.runtime.scriptrunner import get_script_run_ctx

from pages.components import show
from pages.components.shell import language, plain, t
from services.dataset import Dataset
from services.explain import EXPLAINED, explain
from services.texts import label
from services.worker.jobs import UNDER_WAY, Job, Workers, keep_result
from services.worker.line import Order
from services.worker.steps import WORK

P = ParamSpec("P")
T = TypeVar("T")

_SOON_S = 0.4
"""What is there by then is drawn at once, without a word of waiting."""
_LOOK_S = 0.5
_NICE = 5
"""Pages go first."""
_ASKED, _CANCELLED = "beside_asked", "beside_cancelled"
_workers: list[Workers] = []
"""None until a server begins them: then results are worked out in this process."""


def begin() -> None:
    """Work out what takes long in a process of its own, which begins with the first question."""
    _workers[:] = [Workers(1, lasting=True, nice=_NICE, there=_is_there)]


def end() -> None:
    """End that process, whatever it does."""
    while _workers:
        _workers.pop().close()


def worked_out(
    what: str,
    make: Callable[Concatenate[Dataset, P], T],
    data: Dataset,
    *args: P.args,
    **named: P.kwargs,
) -> T | None:
    """Return a result once it is there; until then, or if there is none, draw why.

    Parameters
    ----------
    what
        Names it, in the language of the reader.
    make
        A function of services that `services.memo.memo` keeps the results of.
    data, args
        What it is given; nothing by name.
    """
    assert not named
    if not _workers:
        return _here(make, data, *args)
    workers, key = _workers[0], (make, args, data.clearance)
    _turn_to(workers, make, key)
    found = data.results.look(data, make, args)
    if found is not None:
        return found[0]
    if st.session_state.get(_CANCELLED) == key:
        _stopped(what, "cancelled", partial(st.session_state.pop, _CANCELLED))
        return None
    job = workers.job_of(key)
    if job is None or job.status != "failed":
        keep = partial(keep_result, data, make, args)
        job = workers.ask(
            key, Order(make, args, clearance=data.clearance), _reader(), data=data, finish=keep
        )
        if job.wait(_SOON_S) and (found := data.results.look(data, make, args)) is not None:
            return found[0]
    if job.status != "failed":
        with st.container():
            _watched(key, what)
    elif job.error is not None:
        workers.forget(job)
        show.empty(explain(job.error, language()))
    else:
        _stopped(what, "broken", partial(workers.forget, job))
    return None


def _reader() -> str:
    """Return the id of the session that is drawn for."""
    context = get_script_run_ctx()
    assert context is not None
    return context.session_id


def _is_there(session: str) -> bool:
    """Tell whether a session has a screen; it may be at another page."""
    return get_instance().is_active_session(session)


def _here(make: Callable[..., T], data: Dataset, *args: Any) -> T | None:
    """Work a result out in this process."""
    try:
        with st.spinner(t("analysis.working")):
            return make(data, *args)
    except EXPLAINED as error:
        show.empty(explain(error, language()))
        return None


def _turn_to(workers: Workers, make: Callable[..., Any], key: Hashable) -> None:
    """Wait no longer for what this reader asked of the same function before."""
    asked: dict[Callable[..., Any], Hashable] = st.session_state.setdefault(_ASKED, {})
    before = workers.job_of(asked.get(make))
    if asked.get(make) != key and before is not None:
        workers.leave(before, _reader())
    asked[make] = key
    if st.session_state.get(_CANCELLED, key) != key:
        del st.session_state[_CANCELLED]


@st.fragment(run_every=_LOOK_S)
def _watched(key: Hashable, what: str) -> None:
    """Draw how far it is; look again soon, and draw the page when it has ended."""
    job = _workers[0].job_of(key) if _workers else None
    if job is None or job.status not in UNDER_WAY:
        st.rerun()
        return
    words, button = st.columns([6, 1], vertical_alignment="center")
    words.progress(_share(job), plain(_progress(job, what)))
    if button.button(t("beside.cancel"), key="beside_cancel", width="stretch"):
        st.session_state[_CANCELLED] = key
        _workers[0].leave(job, _reader())
        st.rerun()


def _share(job: Job) -> float:
    return job.step.done / job.step.total if job.step.total else 0.0


def _progress(job: Job, what: str) -> str:
    """Return how far a job is in words."""
    step, elapsed = job.step, round(job.elapsed_s)
    if job.status == "waiting":
        return t("beside.waiting", what=what)
    if step.phase == WORK and step.total:
        return t("beside.counted", what=what, done=step.done, total=step.total, elapsed=elapsed)
    phase = label("beside", step.phase, language())
    return t("beside.running", what=what, phase=phase, elapsed=elapsed)


def _stopped(what: str, how: str, again: Callable[..., Any]) -> None:
    """Say that there is no result, and offer to work it out again."""
    with st.container():
        words, button = st.columns([6, 1], vertical_alignment="center")
        with words:
            show.line(t(f"beside.{how}", what=what))
        button.button(t("beside.again"), key="beside_again", on_click=again, width="stretch")
