"""History: what was done last, by whom, what each act changed, and the way back."""

from __future__ import annotations

import streamlit as st

from pages.components import show
from pages.components.access.offers import offered
from pages.components.shell import language, plain, t
from services.dataset import Dataset
from services.explain import EXPLAINED, explain
from services.ledger.audit import undo_act
from services.ledger.history import act_seen, acts_seen, acts_table

_SHOWN = 12
_DONE = "ledger_done"
_WHY = "ledger_why"


def draw(data: Dataset) -> None:
    """Draw what was done last; one act can be chosen, looked at and undone."""
    show.title(t("ledger.title"))
    if isinstance(done := st.session_state.get(_DONE), tuple):
        good, words = done
        (st.success if good else st.error)(plain(words))
    acts = acts_seen(data.store, _SHOWN)
    if acts.empty:
        show.empty(t("ledger.none"))
        return
    chosen = show.exhibit(
        acts_table(acts, language()),
        "riwayat",
        on_select="rerun",
        selection_mode="single-row",
        key=f"ledger_acts_{acts['seq'].max()}",  # a choice is of an act, not of a place in the list
    )
    places = chosen["selection"]["rows"]
    if places:
        chosen_act = acts.iloc[places[0]]
        _act(data, int(chosen_act["seq"]), str(chosen_act["action"]))
    else:
        show.note(t("ledger.choose"))


def _act(data: Dataset, seq: int, action: str) -> None:
    """Draw what an act changed, and the button that undoes it for whoever may do it."""
    table, more = act_seen(data.store, seq, language())
    if table.empty:
        show.note(t("ledger.by_import"))
        return
    show.table(table, key="ledger_changes")
    if more:
        show.note(t("ledger.more", n=more))
    if not (offered("record.undo") and offered(action)):
        return
    with st.form("ledger_undo", border=False):
        st.text_input(t("ledger.why"), key=_WHY, max_chars=300)
        st.form_submit_button(
            t("ledger.undo"), icon=":material/undo:", on_click=_undo, args=(data, seq)
        )


def _undo(data: Dataset, seq: int) -> None:
    """Undo an act before the page is drawn again."""
    why = str(st.session_state[_WHY]).strip()
    if not why:
        st.session_state[_DONE] = False, t("ledger.why_missing")
        return
    try:
        n = undo_act(data.store, seq, why)
    except EXPLAINED as error:
        st.session_state[_DONE] = False, explain(error, language())
        return
    st.session_state[_DONE] = True, t("audit.undone", seq=seq, n=n)
