"""The fields of a report: what is asked depends on what kind it is, and on what was answered."""

from __future__ import annotations

from datetime import date
from typing import Any

import streamlit as st

from data.clock import today
from data.vocabulary import ACCESSES, COARSE_CATEGORIES, SEVERITY_MAX, SEVERITY_MIN
from pages.components import show
from pages.components.reports.entry import place, state
from pages.components.shell import language, plain, t
from services.dataset import Dataset
from services.reports.review.draft import YES_NO, Draft
from services.reports.review.entry import agencies, unheard_parts
from services.reports.review.one_row import own_office
from services.texts import CATEGORIES, STAGES, day, label

_FIRST_DAY = date(1998, 1, 1)
_YEARS_AHEAD = 5
_LONGEST = {"summary": 1000, "source": 200, "source_url": 1000}
_MOST_PARTS = 12
_USUAL_ACCESS = {"potensi": "terbatas"}


def draw(data: Dataset, kind: str) -> Draft:
    """Draw the fields of a report of a kind and return what stands in them."""
    agency = draw_agency(data)
    if kind == "nihil":
        return _nihil(data, agency)
    category = draw_choice("category", list(CATEGORIES), "category")
    severity = st.segmented_control(
        label("entry_field", "severity", language()),
        range(SEVERITY_MIN, SEVERITY_MAX + 1),
        format_func=lambda n: label("entry_severity", n, language()),
        key=state.first("severity", None),
        wrap=True,
        persist_state="session",
    )
    coarse = category in COARSE_CATEGORIES
    code = place.draw(data, finest="kabupaten" if coarse else "desa")
    if coarse:
        show.note(t("entry.coarse"))
    point = "" if coarse else place.draw_point(data, code)
    when = draw_day("date_event", today())
    summary = typed_words("summary", area=True)
    return Draft(
        kind=kind,
        date_event=when,
        code=code,
        point=point,
        category=category,
        severity=severity,
        summary=summary,
        agency=agency,
        **_more(data, kind),
    )


def draw_agency(data: Dataset) -> str:
    """Draw whose report it is; for whoever brings in, it is the own office's."""
    office = own_office()
    if office is not None:
        show.note(t("entry.own_office", office=office))
        return office
    chosen = st.selectbox(
        label("entry_field", "agency", language()),
        agencies(data),
        index=None,
        accept_new_options=True,
        placeholder=t("entry.agency_hint"),
        key=state.first("agency", None),
        persist_state="session",
    )
    return str(chosen or "").strip()


def draw_choice(name: str, options: list[str], section: str, key: str | None = None) -> str | None:
    """Draw a box of words of the catalogue that begins empty."""
    chosen: str | None = st.selectbox(
        label("entry_field", name, language()),
        options,
        index=None,
        format_func=lambda one: label(section, one, language()),
        placeholder=t("entry.choose"),
        key=state.first(key or name, None),
        persist_state="session",
    )
    return chosen


def draw_day(name: str, begins: date | None, words: str | None = None) -> date | None:
    """Draw a field of a day."""
    found: date | None = st.date_input(
        label("entry_field", words or name, language()),
        value=None,
        min_value=_FIRST_DAY,
        max_value=date(today().year + _YEARS_AHEAD, 12, 31),
        format="DD/MM/YYYY",
        key=state.first(name, begins),
        persist_state="session",
    )
    return found


def typed_words(name: str, area: bool = False) -> str:
    options: dict[str, Any] = {
        "key": state.first(name, ""),
        "max_chars": _LONGEST[name],
        "persist_state": "session",
    }
    words = label("entry_field", name, language())
    if area:
        return str(st.text_area(words, height=110, help=t("entry.no_persons"), **options)).strip()
    hint = t("entry.several_pages") if name == "source_url" else None
    return str(st.text_input(words, help=hint, **options)).strip()


def _more(data: Dataset, kind: str) -> dict[str, Any]:
    """Draw what may be said beside."""
    lang, out = language(), dict[str, Any]()
    with st.expander(t("entry.more"), icon=":material/tune:"):
        out["people_count"] = st.number_input(
            label("entry_field", "people_count", lang),
            0,
            None,
            step=1,
            key=state.first("people_count", None),
            persist_state="session",
        )
        peaceful = st.segmented_control(
            label("entry_field", "peaceful", lang),
            list(YES_NO.values()),
            format_func=lambda one: label("entry_peaceful", one, lang),
            key=state.first("peaceful", None),
            persist_state="session",
        )
        out["peaceful"] = None if peaceful is None else peaceful == YES_NO[True]
        out["stage"] = draw_choice("stage", list(STAGES), "stage")
        out |= _beside(data, kind)
    out["status"] = st.session_state.get(state.key("status")) if kind == "potensi" else None
    return out


def _beside(data: Dataset, kind: str) -> dict[str, Any]:
    out: dict[str, Any] = {name: typed_words(name) for name in ("source", "source_url")}
    out["date_reported"] = draw_day("date_reported", today())
    out["access"] = st.selectbox(
        label("entry_field", "access", language()),
        data.clearance,
        format_func=lambda one: label("entry_access", one, language()),
        key=state.first(f"access.{kind}", _USUAL_ACCESS.get(kind, ACCESSES[0])),
        persist_state="session",
    )
    return out


def _nihil(data: Dataset, agency: str) -> Draft:
    """Draw what a report of nothing says: of which area, from which day to which."""
    code = place.draw(data)
    _unheard(data, code, agency)
    first = draw_day("date_event", today(), "date_first")
    last = draw_day("date_end", today())
    if first is not None and last is not None and first <= last:
        n, lang = (last - first).days + 1, language()
        show.note(t("entry.period", first=day(first, lang), last=day(last, lang), n=n))
    with st.expander(t("entry.more"), icon=":material/tune:"):
        beside = _beside(data, "nihil")
    return Draft(kind="nihil", date_event=first, date_end=last, code=code, agency=agency, **beside)


def _unheard(data: Dataset, code: str | None, agency: str) -> None:
    """Offer the areas of which an agency has said nothing lately."""
    parts = unheard_parts(data, code, agency)
    if not parts:
        return
    show.note(t("entry.unheard", n=len(parts), agency=agency))
    with st.container(horizontal=True, key="entry_unheard"):
        for part in parts[:_MOST_PARTS]:
            name, key = plain(data.names[part]), f"entry_of_{part}"
            st.button(name, on_click=state.put_place, args=(part,), key=key)
    if len(parts) > _MOST_PARTS:
        show.note(t("entry.unheard_more", n=len(parts) - _MOST_PARTS))
