"""The form of hand-overs: of a desa, of some TPS or of a whole trip; corrected and undone."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pandas as pd
import streamlit as st

from data.clock import now, today
from data.province import zone
from pages.components import show
from pages.components.access.offers import offered
from pages.components.entry import number_entry
from pages.components.shell import language, plain, problem, t
from services.custody.receipts import STATES, ReceiptView, correct, record_all, undo
from services.custody.receipts_view import (
    Target,
    TripOffer,
    clock,
    desa_names,
    handovers,
    receipt_words,
    targets_of,
    tps_of,
    trips_of,
    within,
)
from services.dataset import Dataset
from services.explain import EXPLAINED
from services.texts import label, number

_OFFICES = ("from_office", "to_office", "authorised_by", "carrier", "receiver", "vehicle")
_COUNTS = ("boxes", "short_count", "damaged_count")
_DONE, _FAULT, _EDIT, _ROW = "r_done", "r_fault", "r_edit", "r_row"
_RECENT = 200


def draw(
    data: Dataset, election: str, kabupaten: str | None, view: ReceiptView, shown: dt.date
) -> None:
    """Draw the form, which opens on the day that is ``shown``, and the latest hand-overs."""
    if not offered("receipt.write"):
        return
    told = _DONE in st.session_state or bool(st.session_state.get(_EDIT))
    with st.expander(t("receipt.form"), icon=":material/edit:", expanded=told, key="handover"):
        if done := st.session_state.pop(_DONE, None):
            st.success(plain(done))
        edited = st.session_state.get(_EDIT)
        if edited:
            st.info(plain(t("receipt.correcting", words=edited["words"])))
            st.button(t("receipt.stop_correcting"), on_click=_stop, width="stretch")
            targets: tuple[Target, ...] = (Target(edited["desa_code"], edited["tps_id"]),)
        else:
            targets = _targets(data, election, kabupaten, view)
        _form(data, election, targets, min(shown, today()))
    _recent(data, kabupaten, view)


def _targets(
    data: Dataset, election: str, kabupaten: str | None, view: ReceiptView
) -> tuple[Target, ...]:
    """Draw which kits the hand-over is about."""
    trip = _trip(view, kabupaten)
    if trip is not None:
        return trip.targets
    names = desa_names(data, election, kabupaten)
    desa = st.selectbox(
        t("receipt.desa"),
        list(names),
        index=None,
        format_func=names.__getitem__,
        placeholder=t("receipt.desa_hint"),
        key="r_desa",
    )
    if desa is None:
        return ()
    tps = st.multiselect(
        t("receipt.tps"),
        tps_of(data, election, desa),
        format_func=lambda one: one.rpartition("/")[2],
        placeholder=t("receipt.all_tps"),
        key="r_tps",
    )
    return targets_of(desa, tps)


def _trip(view: ReceiptView, kabupaten: str | None) -> TripOffer | None:
    """Draw the trips of the saved plan; a chosen one reports all its kits at once."""
    times = view.plans.get(kabupaten or "")
    if times is None:
        return None
    offers = {offer.trip_id: offer for offer in trips_of(times)}
    chosen = st.selectbox(
        t("receipt.trip"),
        list(offers),
        index=None,
        format_func=lambda k: _trip_words(offers[k]),
        placeholder=t("receipt.trip_hint"),
        key="r_trip",
        on_change=lambda: _fill_vehicle(offers),
    )
    return offers.get(chosen) if chosen else None


def _fill_vehicle(offers: dict[str, TripOffer]) -> None:
    offer = offers.get(st.session_state.get("r_trip") or "")
    if offer is not None:
        st.session_state["r_vehicle"] = offer.vehicle_id


def _trip_words(offer: TripOffer) -> str:
    mode = label("plan_mode", offer.mode, language())
    return t(
        "receipt.trip_words",
        vehicle=offer.vehicle_id,
        mode=mode,
        depart=clock(offer.depart),
        desa=len({target.desa_code for target in offer.targets}),
    )


def _form(data: Dataset, election: str, targets: tuple[Target, ...], start: dt.date) -> None:
    lang = language()
    with st.form("handover_form", border=False):
        values: dict[str, Any] = {
            "state": st.selectbox(
                t("receipt.state"),
                STATES,
                key="r_state",
                format_func=lambda state: label("receipt_state", state, lang),
            )
        }
        one, two = st.columns(2)
        values["day"] = one.date_input(t("receipt.day"), start, format="DD/MM/YYYY", key="r_date")
        values["clock"] = two.time_input(t("receipt.clock"), _now(), step=300, key="r_clock")
        for column, name in zip(st.columns(3), _COUNTS, strict=True):
            words = label("receipt_field", name, lang)
            given = number_entry(column, words, 0, 10**6, None, f"r_{name}")
            values[name] = None if given is None else int(given)
        values["seals"] = st.text_input(
            t("receipt.seals_in"), placeholder=t("receipt.seals_hint"), key="r_seals"
        )
        for first in range(0, len(_OFFICES), 2):
            for column, name in zip(st.columns(2), _OFFICES[first : first + 2], strict=True):
                values[name] = column.text_input(
                    label("receipt_field", name, lang), key=f"r_{name}"
                )
        values["note"] = st.text_input(label("receipt_field", "note", lang), key="r_note")
        show.note(t("receipt.offices_only"))
        sure = st.checkbox(t("receipt.are_offices"), key="r_are_offices")
        words = t("receipt.save", n=number(len(targets), lang))
        pressed = st.form_submit_button(words, type="primary", width="stretch")
    if pressed:
        _save(data, election, targets, values, sure)


def _now() -> dt.time:
    moment = pd.Timestamp(now()).floor("5min")
    return moment.time()


def _save(
    data: Dataset, election: str, targets: tuple[Target, ...], values: dict[str, Any], sure: bool
) -> None:
    if not targets:
        st.error(t("receipt.no_target"))
        return
    reported = handovers(election, targets, values)
    edited = st.session_state.get(_EDIT)
    try:
        if edited:
            correct(data.store, edited["receipt_id"], reported[0], are_offices=sure)
        else:
            record_all(data.store, reported, are_offices=sure)
    except EXPLAINED as error:
        problem(error)
        return
    st.session_state.pop(_EDIT, None)
    st.session_state[_DONE] = t("receipt.saved", n=number(len(reported), language()))
    st.rerun()


def _stop() -> None:
    st.session_state.pop(_EDIT, None)


def _recent(data: Dataset, kabupaten: str | None, view: ReceiptView) -> None:
    """Draw the choice of a reported hand-over, to correct or undo it."""
    if (fault := st.session_state.pop(_FAULT, None)) is not None:
        problem(fault)
    rows = within(view.rows, kabupaten).head(_RECENT)
    if rows.empty:
        return
    lang = language()
    by_id = {row["receipt_id"]: row for _, row in rows.iterrows()}
    with st.container(border=True):
        show.title(t("receipt.recent"))
        chosen = st.selectbox(
            t("receipt.choose"),
            list(by_id),
            index=None,
            key=_ROW,
            format_func=lambda key: receipt_words(by_id[key], data, lang),
            placeholder=t("receipt.choose_hint"),
        )
        if chosen is None:
            return
        row = by_id[chosen]
        one, two = st.columns(2)
        one.button(
            t("receipt.correct"),
            width="stretch",
            on_click=_start,
            args=(row, receipt_words(row, data, lang)),
        )
        two.button(t("receipt.undo"), width="stretch", on_click=_undo, args=(data, chosen))
        show.note(t("receipt.undo_note"))


def _start(row: pd.Series, words: str) -> None:
    """Fill the form with a hand-over that is to be corrected."""
    state = st.session_state
    tps = None if pd.isna(row["tps_id"]) else row["tps_id"]
    state[_EDIT] = {
        "receipt_id": row["receipt_id"],
        "desa_code": row["desa_code"],
        "tps_id": tps,
        "words": words,
    }
    at = row["at"].tz_convert(zone())
    state.update(r_state=row["state"], r_date=at.date(), r_clock=at.time())
    for name in _COUNTS:
        state[f"r_{name}"] = None if pd.isna(row[name]) else int(row[name])
    for name in (*_OFFICES, "note", "seals"):
        state[f"r_{name}"] = "" if pd.isna(row[name]) else str(row[name]).replace("|", ", ")


def _undo(data: Dataset, receipt_id: str) -> None:
    try:
        undo(data.store, receipt_id)
    except EXPLAINED as error:
        st.session_state[_FAULT] = error
        return
    st.session_state[_DONE] = t("receipt.undone")
    st.session_state[_ROW] = None
