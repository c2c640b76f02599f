"""The form of the register: a new action, or the next step of one that is known."""

from __future__ import annotations

import html
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

import pandas as pd
import streamlit as st

from data.clock import today
from data.vocabulary import STAGES
from pages.components import address, show
from pages.components.access.offers import offered
from pages.components.ledger import conflict
from pages.components.shell import language, plain, problem, t
from services.actions.register import ACTION_STATES, ENDED, reopen_action, undo_action
from services.actions.warnings import answer
from services.actions.words import value_words
from services.dataset import Dataset
from services.explain import EXPLAINED
from services.ledger.conflict import RecordChangedError, Say, others_words, settled
from services.texts import label

NEW = "baru"
OFFICE = "a_office"
"""Under which ``st.session_state`` keeps the office that writes."""
_WHICH, _DONE, _DRAFT, _TURN = "tindakan", "a_done", "a_draft", "a_turn"
_OPENED, _ASKED = "a_opened", "a_asked"
_NONE = ""
_LONGEST = 60
_BESIDE = ("reason", "stage", "meeting_id", "warning_id")
"""Columns that the table of the register leaves to the form."""


def choose(action_id: str, draft: Mapping[str, Any] | None = None) -> None:
    """Open an action in the form, or `NEW` with what is known of it already."""
    address.put(_WHICH, action_id, NEW)
    _begin_again(draft)


def _begin_again(draft: Mapping[str, Any] | None = None) -> None:
    """Let the fields begin anew from what is stored, or from a draft."""
    st.session_state[_DRAFT] = dict(draft or {})
    st.session_state[_TURN] = st.session_state.get(_TURN, 0) + 1


def draw(data: Dataset, rows: pd.DataFrame, as_of: date) -> str | None:
    """Draw the form of an action known on a day, or of a new one; return the id of a known one."""
    cut = [f"{words[:_LONGEST]}…" if len(words) > _LONGEST else words for words in rows["decision"]]
    names = {NEW: t("tindakan.new"), **dict(zip(rows["action_id"], cut, strict=True))}
    which = address.one_of(st, "tindakan.which", names, _WHICH, NEW, key="a_which")
    before = _before(rows, which, address.unit(data.place_names))
    if not offered("action.write"):
        if which == NEW:
            return None
        say = _say(data)
        known = {name: before.get(name) for name in _BESIDE}
        show.items(
            f"{html.escape(_name(name))}: {html.escape(say(name, value))}"
            for name, value in known.items()
            if value is not None
        )
        return which
    opened = _opened(which, before, as_of)
    if opened.row.get("change_id") != before.get("change_id"):
        st.warning(plain(t("tindakan.changed_since", office=before["changed_by"])))
        st.button(t("tindakan.look_again"), on_click=choose, args=(which,), key="a_again")
    # Outside of the form: what takes a change back below it is done in the name of an office too.
    office = st.text_input(t("tindakan.office"), key=OFFICE, max_chars=120, persist_state="session")
    with st.form(f"a_form_{opened.key}", border=True):
        values = _fields(data, rows, opened.row, f"{opened.key}_{opened.row.get('place_code')}")
        sent = st.form_submit_button(t("tindakan.save"), type="primary", width="stretch")
    if sent:
        _save(data, {**values, "action_id": None if which == NEW else which}, office, opened)
    _ask(data, office, opened)
    if words := st.session_state.pop(_DONE, None):
        st.success(plain(words))
    if as_of < today():
        show.note(t("tindakan.past_day"))
    return None if which == NEW else which


@dataclass(frozen=True)
class _Opened:
    """What the fields began with: saving later must not run over what nobody has seen.

    It stays while the form is open, whatever becomes of the action, so that nothing that was typed
    gives way to what is stored by then.
    """

    which: str
    turn: int
    as_of: date
    row: Mapping[str, Any]

    @property
    def key(self) -> str:
        return f"{self.which}_{self.turn}_{self.as_of if self.which != NEW else ''}"


@dataclass(frozen=True)
class _Asked:
    """What was not saved: what others changed, and what was seen and wanted of which form."""

    key: str
    error: RecordChangedError
    seen: Mapping[str, Any]
    wanted: Mapping[str, Any]


def _opened(which: str, before: Mapping[str, Any], as_of: date) -> _Opened:
    """Return what the form of an action was opened with; now, unless it is open already."""
    turn = st.session_state.get(_TURN, 0)
    known: _Opened | None = st.session_state.get(_OPENED)
    if (
        known is None
        or (known.which, known.turn) != (which, turn)
        or which == NEW
        or (known.as_of != as_of and known.row.get("change_id") != before.get("change_id"))
    ):
        known = _Opened(which, turn, as_of, before)
    st.session_state[_OPENED] = known
    return known


def _before(rows: pd.DataFrame, which: str, here: str | None) -> dict[str, Any]:
    """Return what the fields begin with; a new action is about the area that is open, ``here``."""
    if which == NEW:
        return {"place_code": here, **st.session_state.get(_DRAFT, {})}
    row = rows[rows["action_id"].eq(which)].iloc[0]
    said = {str(name): None if pd.isna(value) else value for name, value in row.items()}
    return {n: v.date() if isinstance(v, pd.Timestamp) else v for n, v in said.items()}


def _fields(
    data: Dataset, rows: pd.DataFrame, before: Mapping[str, Any], key: str
) -> dict[str, Any]:
    """Draw the fields of an action and return what stands in them, by column."""
    lang, out = language(), {}
    for name in ("decision", "risk"):
        out[name] = st.text_input(
            t(f"action_column.{name}"), before.get(name) or "", key=f"a_{name}_{key}"
        )
    offices = sorted({*rows["owner"], *filter(None, [before.get("owner")])})
    out["owner"] = st.selectbox(
        t("action_column.owner"),
        offices,
        index=_at(offices, before.get("owner")),
        accept_new_options=True,
        placeholder=t("tindakan.owner_hint"),
        key=f"a_owner_{key}",
    )
    left, right = st.columns(2)
    out["due"] = left.date_input(
        t("action_column.due"), before.get("due"), format="DD/MM/YYYY", key=f"a_due_{key}"
    )
    status = str(before.get("status") or ACTION_STATES[0])
    out["status"] = right.selectbox(
        t("action_column.status"),
        ACTION_STATES,
        index=ACTION_STATES.index(status),
        format_func=lambda one: label("action_status", one, lang),
        key=f"a_status_{key}",
    )
    out["result"] = st.text_input(
        t("action_column.result"),
        before.get("result") or "",
        help=t("tindakan.result_help"),
        key=f"a_result_{key}",
    )
    is_about = before.get("action_id") is None and before.get("place_code") is not None
    with st.expander(t("tindakan.more"), expanded=is_about):
        out |= _more(data, before, key)
    return out


def _more(data: Dataset, before: Mapping[str, Any], key: str) -> dict[str, Any]:
    """Draw what an action may say beside: where, in which stage, why, decided where."""
    lang = language()
    codes = list(data.units["code"])
    meetings = data.read("meetings").set_index("meeting_id")["title"]
    warnings = [one for one in [before.get("warning_id")] if one]
    stages = [stage for stage in STAGES if stage != "tidak_dinyatakan"]
    out: dict[str, Any] = {
        "place_code": st.selectbox(
            t("action_column.place"),
            codes,
            index=_at(codes, before.get("place_code")),
            format_func=data.place_name,
            placeholder=t("tindakan.place_hint"),
            key=f"a_place_{key}",
        ),
        "stage": st.selectbox(
            t("action_column.stage"),
            stages,
            index=_at(stages, before.get("stage")),
            format_func=lambda one: label("stage", one, lang),
            placeholder="–",
            key=f"a_stage_{key}",
        ),
        "reason": st.text_input(
            t("action_column.reason"), before.get("reason") or "", key=f"a_reason_{key}"
        ),
    }
    ids = list(dict.fromkeys([*meetings.index, *filter(None, [before.get("meeting_id")])]))
    if ids:
        out["meeting_id"] = st.selectbox(
            t("action_column.meeting_id"),
            ids,
            index=_at(ids, before.get("meeting_id")),
            format_func=lambda one: meetings.get(one, one),
            placeholder="–",
            key=f"a_meeting_{key}",
        )
    if warnings:
        out["warning_id"] = st.selectbox(
            t("action_column.warning_id"), warnings, index=0, placeholder="–", key=f"a_warn_{key}"
        )
    return out


def _at(options: list[Any], value: object) -> int | None:
    return options.index(value) if value in options else None


def _save(
    data: Dataset,
    values: Mapping[str, Any],
    office: str,
    opened: _Opened,
    seen: Mapping[str, Any] | None = None,
) -> None:
    """Save what the fields say; what others changed meanwhile is kept to be asked about."""
    st.session_state.pop(_ASKED, None)
    told = dict(values)
    if told["status"] not in ENDED:
        told["closed_on"] = None
    seen = seen or opened.row
    try:
        others = answer(data, told, office, seen, opened.as_of)
    except RecordChangedError as error:
        st.session_state[_ASKED] = _Asked(opened.key, error, seen, told)
        return
    except EXPLAINED as error:
        problem(error)
        return
    _begin_again()
    more = others_words(others, language(), _name, _say(data))
    st.session_state[_DONE] = f"{t('tindakan.saved')} {more}".strip()
    st.rerun()


def _ask(data: Dataset, office: str, opened: _Opened) -> None:
    """Draw what others made of the same fields, if so, and save what the reader chooses."""
    asked: _Asked | None = st.session_state.get(_ASKED)
    if asked is None or asked.key != opened.key:
        return
    newest = max(str(one.at) for one in asked.error.theirs)
    kept = conflict.ask(asked.error, f"a_ask_{asked.key}_{newest}", _name, _say(data))
    if kept is not None:
        seen, wanted = settled(asked.error.theirs, kept, asked.seen, asked.wanted)
        _save(data, wanted, office, opened, seen)


def _name(column: str) -> str:
    return label("action_column", "place" if column == "place_code" else column, language())


def _say(data: Dataset) -> Say:
    return lambda column, value: value_words(column, value, data, language())


def draw_undo(data: Dataset, action_id: str, newest: str) -> None:
    """Draw the way back from the ``newest`` change of an action; it stays in the history."""
    # The key is of the change: who presses a button that showed an older one takes nothing back.
    if st.button(t("tindakan.undo"), icon=":material/undo:", key=f"a_undo_{newest}"):
        _do(
            lambda office: undo_action(data, action_id, office, "formulir", newest),
            "tindakan.undone",
        )


def draw_reopen(data: Dataset, action_id: str, as_of: date) -> None:
    """Draw what lets an action that has ended go on, with the reason why."""
    fields = st.columns([2, 1], vertical_alignment="bottom")
    reason = fields[0].text_input(t("tindakan.why"), key=f"a_why_{action_id}")
    if not fields[1].button(t("tindakan.reopen"), key="a_reopen", width="stretch"):
        return
    if not reason.strip():
        st.error(t("tindakan.reopen_why"))
        return
    on = min(as_of, today())
    _do(
        lambda office: reopen_action(data, action_id, office, reason, "formulir", on=on),
        "tindakan.goes_on",
    )


def _do(write: Callable[[str], None], done: str) -> None:
    """Write in the name of the office, and draw the page again with what was done."""
    try:
        write(str(st.session_state.get(OFFICE) or ""))
    except EXPLAINED as error:
        problem(error)
        return
    _begin_again()
    st.session_state[_DONE] = t(done)
    st.rerun()
