"""People: the pattern, how many it takes, who is short, and where the few are placed."""

from __future__ import annotations

import html
from datetime import date

import streamlit as st

from pages.components import address, bring, show
from pages.components.entry import number_entry, to_numbers, to_words
from pages.components.risk.map import chosen_area
from pages.components.shell import language, plain, problem, t
from services.dataset import Dataset
from services.explain import EXPLAINED
from services.people.tables import (
    MOST_PEOPLE,
    fault_words,
    headline_sub,
    mistyped,
    nothing_to_count,
    pattern_names,
    pattern_sentences,
    people_rows,
    personnel_head,
    placement_table,
    placement_words,
    province_sentences,
    shortage_sentence,
    team_table,
    typed_people,
    uncovered_table,
    unit_table,
    whatif_sentence,
)
from services.people.teams import (
    CLASSES,
    RULES,
    VALUES,
    PersonnelAsked,
    PersonnelView,
    personnel_view,
    place_people,
)
from services.risk.headlines import no_register_head
from services.risk.index import RiskView
from services.texts import number
from services.wording import link

_TYPED, _BASE, _EDITOR = "kp_typed", "kp_base", "kp_editor"
_PLACED = "kp_placed"


def draw(data: Dataset, election: str, as_of: date, view: RiskView) -> str | None:
    """Draw how many people an election's TPS take, as known on a day; return the finding."""
    if view.note:
        show.empty(t(view.note))
        return no_register_head(view, "personel", language())
    try:
        return _draw(data, election, as_of, view)
    except EXPLAINED as error:
        problem(error)
    return None


def _draw(data: Dataset, election: str, as_of: date, view: RiskView) -> str:
    asked = _form(view)
    found = personnel_view(data, election, as_of, view, asked)
    lang, area = language(), chosen_area(data)
    if view.simulation:
        st.error(t("risk.simulation"))
    words = whatif_sentence(found, asked, lang)
    if short := whatif_sentence(found, asked, lang, "personel.whatif_short"):
        st.warning(plain(short))
    if nothing_to_count(found):
        show.empty(t("personel.none"))
        bring.way_in("tps-class")
        return t("personel.none_head")
    if found.faults:
        st.error(plain(fault_words(found.faults, lang)))
    left, right = st.columns([1.5, 1])
    with left:
        show.title(t("personel.polres"))
        table = unit_table(found.kabupaten, data, lang)
        show.exhibit(table, "people")
        show.title(t("personel.kecamatan"))
        parts = unit_table(found.kecamatan, data, lang, area)
        show.table(parts, height=320)
        show.downloads(table, "personel-polres")
        show.downloads(parts, "personel-kecamatan")
    with right:
        _people(data, found)
        _patterns(found, asked)
        bring.way_in("personnel")
    _placement(data, found, asked)
    with st.expander(t("personel.teams")):
        table = team_table(found, data, lang, area)
        show.table(table, height=320)
        show.downloads(table, "personel-tim")
    show.notes(
        [
            words or "",
            headline_sub(found, asked, lang),
            t("personel.meaning"),
            t("personel.value_note"),
            shortage_sentence(found, lang),
            t("personel.polres_note"),
            t("personel.available_note"),
            *province_sentences(found, lang),
            t("personel.patterns_note"),
        ]
    )
    return personnel_head(found, lang)


def _form(view: RiskView) -> PersonnelAsked:
    lang = language()
    names = pattern_names(view.tables, lang)
    first = st.columns([1.9, 1.8, 1.3, 1.3, 1.2], vertical_alignment="bottom")
    pattern = address.one_of(
        first[0], "personel.pattern", names, "pola", next(iter(names), ""), key="kp_pattern"
    )
    rule = address.choice(first[1], "personel.rule", RULES, "class_rule", "aturan", key="kp_rule")
    default = CLASSES[0]
    if rule == RULES[0]:
        default = address.choice(
            first[2],
            "personel.default_class",
            CLASSES,
            "police_class",
            "semua_kelas",
            key="kp_class",
        )
    with first[3].popover(t("personel.more"), icon=":material/tune:", width="stretch"):
        minutes = address.amount(
            st.number_input, t("personel.minutes"), "menit", 0, 240, 30, key="kp_minutes", step=5
        )
        value = address.choice(
            st, "personel.value", VALUES, "people_value", "diutamakan", key="kp_value"
        )
        linmas = _tenths("linmas", 10, 2.0, 1)
        reserve = _tenths("reserve", 5000, 0, 0)
    return PersonnelAsked(
        pattern_id=pattern,
        rule=rule,
        default=default,
        value=value,
        max_minutes=float(minutes),
        linmas_per_tps=linmas,
        people=tuple(sorted(st.session_state.get(_TYPED, {}).items())),
        reserve=int(reserve),
    )


def _tenths(name: str, most: int, first: float, digits: int) -> float:
    """Draw an amount with at most one decimal; the address keeps its tenths."""
    key = f"kp_{name}"
    st.session_state[key] = now = address.whole(name, 0, 10 * most, round(10 * first)) / 10
    given = number_entry(st, t(f"personel.{name}"), 0, most, None, key, digits)
    found = first if given is None else given
    if found != now:
        address.put(name, str(round(10 * found)), str(round(10 * first)))
    return found


def _people(data: Dataset, found: PersonnelView) -> None:
    """Draw the police there are, by source and typed; what is typed counts at once."""
    lang = language()
    show.title(t("personel.available"))
    typed = st.session_state.get(_TYPED, {})
    if _EDITOR not in st.session_state:
        # The table under the editor stays what it was when it was opened: with every other one
        # the editor would start again and forget what was just typed.
        st.session_state[_BASE] = typed
    rows = people_rows(found, data, st.session_state.get(_BASE, {}), lang)
    fixed = [name for name in rows.columns if name != t("personel.col_typed")]
    column = st.column_config.TextColumn(alignment="right", validate=r"^[0-9.,]*$", width=95)
    sized = st.column_config.Column(width=125)
    amounts = {t("personel.col_source"): 0, t("personel.col_typed"): 0}
    table = st.data_editor(
        to_words(rows, amounts),
        hide_index=True,
        disabled=fixed,
        column_config={rows.columns[0]: sized, rows.columns[-1]: sized}
        | dict.fromkeys(amounts, column),
        key=_EDITOR,
        placeholder="–",
    )
    table = to_numbers(table, amounts)
    for given in mistyped(table, lang):
        most = number(MOST_PEOPLE, lang)
        st.error(plain(t("entry.wrong", given=given, low="0", high=most, now="–")))
    now = dict(typed_people(table, lang))
    if now != typed:
        st.session_state[_TYPED] = now
        st.rerun()


def _patterns(found: PersonnelView, asked: PersonnelAsked) -> None:
    source = t("personel.source")
    with st.expander(t("personel.patterns"), icon=":material/article:"):
        show.items(
            html.escape(words) + (f" {link(url, source)}" if url else "")
            for words, url in pattern_sentences(found, asked, language())
        )


def _placement(data: Dataset, found: PersonnelView, asked: PersonnelAsked) -> None:
    """Draw where the people there are leave least uncovered, once asked for."""
    if found.kabupaten["available"].isna().all():
        show.note(t("personel.placed_need"))
        return
    if st.button(t("personel.place"), type="primary", key="kp_place"):
        st.session_state[_PLACED] = asked
    if st.session_state.get(_PLACED) != asked:
        return
    lang = language()
    with st.spinner(t("personel.working", n=int(asked.time_limit_s)), show_time=True):
        done = place_people(data, found, asked)
    if done is None:
        return
    title, notes = placement_words(done, lang, data)
    show.title(title)
    if done.faults:
        st.error(plain(fault_words(done.faults, lang)))
    for words in notes:
        show.note(words)
    left, right = st.columns([1, 1.5])
    with left:
        show.table(placement_table(done, data, lang))
    with right:
        table = uncovered_table(done, found, data, lang, chosen_area(data))
        if len(table):
            show.title(t("personel.uncovered"))
            show.table(table, height=280)
            show.downloads(table, "tps-tidak-terjaga")
