"""The queue of reports: one after the other by keyboard, or many at once with one reason."""

from __future__ import annotations

import html
from collections.abc import Sequence

import pandas as pd
import streamlit as st

from data.store.ledger.acts import actor_now, signs_in
from pages.components import show
from pages.components.access.offers import offered
from pages.components.reports.entry import form
from pages.components.reports.review import decided, potensi, said, sources
from pages.components.shell import language, t
from services.dataset import Dataset
from services.ledger.history import last_act
from services.reports.review.affairs import merge
from services.reports.review.decisions import ACTIONS, claim, decide, mark_urgent
from services.reports.review.queue import Queue, queue_of, twins_of
from services.reports.review.seen import fingerprints
from services.reports.review.words import (
    finding,
    outcome_words,
    queue_table,
    report_card,
    twin_item,
)
from services.texts import label, number

_NOW, _DONE, _WHY, _TURN = "queue_now", "queue_done", "queue_why", "queue_turn"
_WIDTHS = (90, 110, 130, 190, 60, 260)
_SENT_BACK_SHOWN = 5
_VERIFIED, _REJECTED = "terverifikasi", "ditolak"


def draw(data: Dataset) -> None:
    """Draw what waits for whoever is asked."""
    queue = queue_of(data, actor_now())
    show.title(finding(queue, language()))
    show.note(t("queue.means" if signs_in(actor_now()) else "queue.means_alone"))
    said.draw_with_undo(data, _DONE, "q_undo")
    if len(queue.rows):
        left, right = st.columns([1.3, 1])
        with left:
            chosen = _table(data, queue)
        with right:
            _one(data, queue, chosen)
    _sent_back(data, queue)
    potensi.draw(data, queue.potensi)
    decided.draw(data)


def _table(data: Dataset, queue: Queue) -> list[str]:
    """Draw the table, several rows of which can be chosen, and return the ids chosen."""
    table = queue_table(queue.rows, data, language())
    turn = st.session_state.get(_TURN, 0)  # a choice is of reports, not of places in the list
    picked = show.exhibit(
        table,
        "antrean",
        on_select="rerun",
        selection_mode="multi-row",
        key=f"queue_{turn}",
        height=420,
        **show.narrow(table, _WIDTHS),
    )
    rows = queue.rows.iloc[picked["selection"]["rows"]]
    return [str(one) for one in rows["report_id"]]


def _one(data: Dataset, queue: Queue, chosen: Sequence[str]) -> None:
    """Draw the report in turn, and the buttons for it or for all that are chosen."""
    ids = queue.rows["report_id"].tolist()
    wanted = chosen[0] if len(chosen) == 1 else st.session_state.get(_NOW)
    current = str(wanted if wanted in ids else ids[0])
    row: pd.Series = queue.rows.loc[queue.rows["report_id"].eq(current)].iloc[0]
    if len(chosen) > 1:
        show.line(t("queue.chosen", n=number(len(chosen), language())))
    else:
        st.html(report_card(row, data, language()))
    about = tuple(chosen) if len(chosen) > 1 else (current,)
    _buttons(data, queue, about, row)
    if len(about) == 1:
        held = row["hold"] in {"area", "agency"}
        form.offer(data, current, "q_correct", held)
        sources.draw(data, row, _DONE, lambda: _stay(current), held)
        _twins(data, current)


def _stay(report_id: str) -> None:
    st.session_state[_NOW] = report_id


def _twins(data: Dataset, report_id: str) -> None:
    twins = twins_of(data, report_id)
    if len(twins):
        show.note(t("queue.twins"))
        st.html("".join(twin_item(row, data, language()) for _, row in twins.iterrows()))
        if offered("report.merge", told=False):
            other = str(twins["report_id"].iloc[0])
            st.button(
                t("queue.merge"),
                icon=":material/merge:",
                on_click=_merge,
                args=(data, report_id, other),
                key="q_merge",
            )


def _buttons(data: Dataset, queue: Queue, ids: tuple[str, ...], row: pd.Series) -> None:
    theirs = "" if offered(ACTIONS[_VERIFIED], told=False) else "role"
    hold = theirs if len(ids) > 1 else str(row["hold"])
    seen = fingerprints(queue.rows[queue.rows["report_id"].isin(ids)])
    st.text_input(t("queue.reason"), key=_WHY, max_chars=300, placeholder=t("queue.reason_hint"))
    args = (data, queue.rows["report_id"].tolist(), ids, seen)
    with st.container(horizontal=True):
        for value, words, key in (
            (_VERIFIED, "queue.verify", "v"),
            (_REJECTED, "queue.reject", "x"),
        ):
            st.button(
                t(words),
                type="primary" if value == _VERIFIED else "secondary",
                shortcut=key,
                disabled=hold != "",
                on_click=_decide,
                args=(*args, value),
                key=f"q_{value}",
            )
        st.button(t("queue.next"), shortcut="n", on_click=_next, args=args[1:3], key="q_next")
        st.button(
            t("queue.unmark" if row["urgent"] else "queue.mark"),
            shortcut="u",
            disabled=len(ids) > 1
            or hold in {"area", "agency"}
            or not offered("report.urgent", told=False),
            on_click=_mark,
            args=(data, ids[0], not row["urgent"]),
            key="q_urgent",
        )
        st.button(
            t("queue.release" if row["looked_at_here"] else "queue.claim"),
            shortcut="s",
            disabled=hold != "",
            on_click=_claim,
            args=(data, ids, not row["looked_at_here"]),
            key="q_claim",
        )


def _after(order: Sequence[str], ids: Sequence[str]) -> str | None:
    """Return the report that comes after some in the list."""
    places = [order.index(one) for one in ids if one in order]
    rest = [one for one in order[max(places, default=-1) + 1 :] if one not in ids]
    return next(iter(rest), None)


def _decide(
    data: Dataset, order: list[str], ids: tuple[str, ...], seen: dict[str, str], value: str
) -> None:
    """Decide before the page is drawn again, and go on to the next report."""
    with said.attempt(_DONE):
        done = decide(data.store, ids, value, said.why(_WHY), seen)
        seq = last_act(data.store) if done.done else None
        good = bool(done.done) and not done.held
        said.say(_DONE, good, outcome_words(done, value, language()), seq)
        st.session_state[_NOW] = _after(order, ids)
        st.session_state[_WHY] = ""
        st.session_state[_TURN] = st.session_state.get(_TURN, 0) + 1


def _next(order: list[str], ids: tuple[str, ...]) -> None:
    st.session_state[_NOW] = _after(order, ids)


def _mark(data: Dataset, report_id: str, urgent: bool) -> None:
    with said.attempt(_DONE):
        mark_urgent(data.store, report_id, urgent, said.why(_WHY))
        st.session_state[_NOW] = report_id


def _claim(data: Dataset, ids: tuple[str, ...], taken: bool) -> None:
    with said.attempt(_DONE):
        claim(data.store, ids, taken)
        st.session_state[_NOW] = ids[0]


def _merge(data: Dataset, report_id: str, other: str) -> None:
    rows = data.reviewed.set_index("report_id")
    title = str(rows["summary"].fillna(report_id)[report_id])
    with said.attempt(_DONE):
        kept = merge(data.store, [report_id, other], title, said.why(_WHY) or "")
        said.say(_DONE, True, t("queue.done_merge", perkara=kept), last_act(data.store))
        st.session_state[_NOW], st.session_state[_WHY] = report_id, ""


def _sent_back(data: Dataset, queue: Queue) -> None:
    """Draw what was brought in and sent back, with the reason: it can be corrected and resent."""
    rows = queue.sent_back.head(_SENT_BACK_SHOWN)
    if rows.empty:
        return
    show.title(t("queue.sent_back"))
    for place, (_, row) in enumerate(rows.iterrows()):
        words = label("verification", row["verification"], language())
        note = row["note"] if isinstance(row["note"], str) else "–"
        told = t("queue.sent_back_why", words=words, note=note)
        item = twin_item(row, data, language())
        st.html(f'{item}<div class="sb-note">{html.escape(told)}</div>')
        form.offer(data, str(row["report_id"]), f"sent_back_{place}")
