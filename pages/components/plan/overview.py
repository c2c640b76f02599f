"""Before and beside the plans: the map of what must go where, and all kabupaten planned at once."""

from __future__ import annotations

import html
import time
from functools import partial

import pandas as pd
import streamlit as st

from data.province import province
from data.store.ledger.rights import KEEP
from geo.errors import ParameterError
from pages.components import address, cursor, maps, picture, shell, show
from pages.components.access.offers import offered
from pages.components.plan import solve as plan_solve
from pages.components.plan.shown import map_key
from pages.components.shell import language, problem, t
from pages.components.top import top
from services.dataset import Dataset
from services.explain import EXPLAINED
from services.map_picture import legend_of
from services.network.piers import bounds_of
from services.plan.batch import Batch, begin, dismiss, last_batch, stop, tasks_of
from services.plan.views.map_picture import needs_picture
from services.plan.views.needs import (
    Needs,
    crossings_table,
    needs,
    needs_layers,
    needs_legend,
    needs_table,
    needs_words,
    refused_words,
)
from services.plan.views.view import overview_table, overview_words, plan_overview
from services.texts import label, number

_TABLE, _SEEN = "d_overview", "d_batch_ended"
_ALL = "plan_map_all"


def draw_overview(data: Dataset, head: st.delta_generator.DeltaGenerator) -> None:
    """Draw map and table of the province; a row that is clicked becomes the choice."""
    found = _needs(data, None)
    overview = plan_overview(data)
    planned = bool(overview["plan"].notna().any())
    own = needs_words(found, province().name, language())
    title, sub = overview_words(overview, language()) if planned else own
    with top(head, back=False):
        show.heading(title, " · ".join((own[0], sub)) if planned else sub)
    left, right = st.columns([1.3, 1])
    with left:
        _map(data, found, _ALL, None)
    with right, st.container(height=560, border=False, key="side"):
        if not planned:
            show.empty(t("needs.begin_all" if data.sees_plans else "plan.hidden"))
        _all_at_once(data, planned)
        _table(overview, found, planned)
    show.notes([t("overview.note")])


def draw_empty(data: Dataset, kabupaten: str, head: st.delta_generator.DeltaGenerator) -> None:
    """Draw what must go where in a kabupaten that has no plan, and the question for one."""
    found = _needs(data, kabupaten)
    with head:
        show.heading(*needs_words(found, str(data.names[kabupaten]), language()))
    left, right = st.columns([1.75, 1])
    with left:
        _map(data, found, map_key(kabupaten), kabupaten)
    with right, st.container(height=560, border=False, key="side"):
        show.empty(t("needs.begin" if data.sees_plans else "plan.hidden"))
        if not plan_solve.under_way(kabupaten):
            plan_solve.quick_form(data, kabupaten)
        table = crossings_table(found, data, language())
        if len(table):
            show.title(t("needs.crossings"))
            show.table(table, height="content")
    show.notes([t("needs.more")])


def _needs(data: Dataset, kabupaten: str | None) -> Needs:
    with st.spinner(t("needs.working")):
        return needs(data, kabupaten)


def _map(data: Dataset, found: Needs, key: str, kabupaten: str | None) -> None:
    show.title(t("needs.map"))
    layers = needs_layers(found, data, language())
    bounds = None if kabupaten is None else bounds_of(data, kabupaten)
    legend = legend_of(t("needs.map"), [], needs_legend(language()), "", language())
    maps.show_map(data, layers, key, bounds=bounds, legend=legend)
    taken = partial(needs_picture, data, found, kabupaten, cursor.as_of(), language())
    picture.offer(data, taken, "kebutuhan_peta")
    for words in refused_words(found, data, language()):
        st.warning(shell.plain(words))


def _table(overview: pd.DataFrame, found: Needs, planned: bool) -> None:
    lang, codes = language(), list(overview.index)

    def open_row() -> None:
        rows = st.session_state[_TABLE]["selection"]["rows"]
        if rows:
            address.put("kabupaten", codes[rows[0]])

    amounts = needs_table(found, lang).reindex(codes).fillna("–").reset_index(drop=True)
    table = pd.concat([overview_table(overview, lang), amounts], axis=1)
    keys = ("tps", "slack", "verdict") if planned else ()
    plans = [label("overview_column", key, lang) for key in ("kabupaten", *keys)]
    ways = [label("needs_column", key, lang) for key in ("tps", "boxes", "sea", "trucks", "boats")]
    batch, verdict = last_batch(), label("overview_column", "verdict", lang)
    if batch is not None:
        states = [_state(batch, code) for code in codes]
        table[verdict] = [s or was for s, was in zip(states, table[verdict], strict=True)]
        plans += [] if planned else [verdict]
    shown = table[plans + ([ways[2]] if planned else ways if batch is None else ways[:2])]
    st.dataframe(
        shown,
        hide_index=True,
        placeholder="–",
        height="content",
        key=_TABLE,
        on_select=open_row,
        selection_mode="single-row",
        width="stretch",
        **(show.narrow(shown, (118, 102, 112, 85, 70)) if planned else {}),
    )
    show.downloads(table, "rencana_provinsi")


def _state(batch: Batch, code: str) -> str:
    """Return the word for a kabupaten's turn; nothing where its plan says more or it has none."""
    if code not in {task.key for task in batch.tasks}:
        return ""
    state = batch.state(code)
    return "" if state == "done" else label("batch_state", state, language())


def _all_at_once(data: Dataset, planned: bool) -> None:
    """Draw the button that plans all kabupaten, or how far it is."""
    batch = last_batch()
    if batch is not None and batch.under_way:
        _running(data)
        return
    if batch is not None:
        _ended(data, batch)
    if not offered(KEEP):
        return
    words = t("batch.again" if planned else "batch.run")
    if st.button(words, type="secondary" if planned else "primary", width="stretch", key="d_all"):
        try:
            begin(tasks_of(data))
        except EXPLAINED as error:
            if isinstance(error, ParameterError) and error.name == "jobs":
                st.error(t("batch.busy"))
            else:
                problem(error)
        else:
            st.rerun()


@st.fragment(run_every=1)
def _running(data: Dataset) -> None:
    """Draw bar and button; the page is drawn again only when a plan has ended."""
    batch = last_batch()
    ended = None if batch is None else (id(batch), batch.ended, batch.under_way)
    if st.session_state.setdefault(_SEEN, ended) != ended or batch is None or not batch.under_way:
        st.session_state[_SEEN] = ended
        st.rerun()
        return
    lang = language()
    made = [str(data.names[t_.key]) for t_ in batch.tasks if batch.state(t_.key) == "running"]
    words = t(
        "batch.running",
        n=number(batch.ended, lang),
        total=number(len(batch.tasks), lang),
        seconds=number(time.monotonic() - batch.began, lang),
        list=", ".join(made),
    )
    st.progress(batch.share, shell.plain(words))
    if offered(KEEP, told=False):
        st.button(
            t("batch.cancel"), on_click=stop, args=(batch,), key="d_all_cancel", width="stretch"
        )


def _ended(data: Dataset, batch: Batch) -> None:
    lang = language()
    done = sum(batch.state(task.key) == "done" for task in batch.tasks)
    words = t(
        "batch.done",
        n=number(done, lang),
        total=number(len(batch.tasks), lang),
        seconds=number(batch.seconds, lang, 1),
    )
    (st.success if done == len(batch.tasks) else st.warning)(words)
    wrong = [(task.key, _why(batch, task.key)) for task in batch.tasks]
    show.items(
        html.escape(t("batch.ended", name=data.names[key], why=why)) for key, why in wrong if why
    )
    if offered(KEEP, told=False) and st.button(
        t("job.dismiss"), key="d_all_close", width="stretch"
    ):
        dismiss(batch)
        st.rerun()


def _why(batch: Batch, key: str) -> str:
    """Return why a plan of a batch was not made; nothing where it was."""
    state = batch.state(key)
    if state == "done":
        return ""
    if state != "failed":
        return label("batch_state", state, language())
    words = batch.wrong.get(key) or (batch.jobs[key].words if key in batch.jobs else {})
    return words.get(language()) or t("job.unknown")
