"""Names of places that a file holds and nobody understood: taken for a unit by list or on a map."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from geo.maps.land import Legend
from pages.components import maps, show
from pages.components.shell import language, plain, t
from services.dataset import Dataset
from services.ingest.imports import ImportResult
from services.ingest.unplaced import Unplaced, unplaced
from services.ingest.unplaced_map import CHOSEN, OFFERED, answer_at, candidate_layers
from services.ingest.wording import note_words
from services.texts import number

DRAWN = ("place_unknown", "places_unknown", "place_taken", "place_outside")
"""Notes of an import that are drawn here, each at what it is about."""
_OPEN_AT_ONCE = 6
Answers = dict[str, str]


def draw(data: Dataset, result: ImportResult, answers: Answers, key: str) -> None:
    """Draw the names of places that were not understood, each with what it may be.

    Parameters
    ----------
    data
        The data set.
    result
        What would become of the file, with what was said of places so far.
    answers
        Code by name; what is chosen here is put into it.
    key
        Of the file among the widgets of the page.
    """
    found = unplaced(result.unsure)
    if not found:
        return
    still = [one for one in found if not one.code]
    words = "bring_places.title" if still else "bring_places.done"
    show.title(t(words, n=number(len(still), language())))
    show.note(t("bring_places.how"))
    hidden = {one.said for one in still[_OPEN_AT_ONCE:]}
    shown = [one for one in found if one.said not in hidden]
    left, right = st.columns([1, 1.1])
    with left:
        others = _units(data)
        for one in shown:
            _row(data, one, answers, key, others)
        for note in result.notes:
            if note.key == "place_outside":
                st.warning(plain(note_words(note, language())))
        if hidden:
            show.note(t("bring_places.more", n=number(len(hidden), language())))
    with right:
        _map(data, shown, answers, key)


def _units(data: Dataset) -> list[str]:
    """Return the codes of all units inside the province, in the order of their names."""
    names = data.place_names
    return sorted((code for code in names if "." in code), key=names.__getitem__)


def _row(data: Dataset, one: Unplaced, answers: Answers, key: str, others: Sequence[str]) -> None:
    """Draw the box of a name: what it may be first, then every other unit to find by typing."""
    box = _box(key, one)
    st.session_state.setdefault(box, answers.get(one.said))
    with st.container(horizontal=True, vertical_alignment="bottom"):
        st.selectbox(
            t("bring_places.row", said=plain(one.said), n=number(len(one.rows), language())),
            [*one.near, *(code for code in others if code not in one.near)],
            index=None,
            format_func=data.place_names.__getitem__,
            placeholder="–",
            on_change=_chosen,
            args=(one, answers, key, box),
            key=box,
        )
        st.button(
            "",
            icon=":material/map:",
            help=t("bring_places.on_map"),
            on_click=_look_at,
            args=(one, key),
            key=f"{box}_map",
        )


def _map(data: Dataset, shown: Sequence[Unplaced], answers: Answers, key: str) -> None:
    """Draw what the name in hand may be, and the way to the next one that is open."""
    said = st.session_state.get(f"{key}_hand")
    first = next((one for one in shown if not one.code), shown[0])
    one = next((one for one in shown if one.said == said), first)
    name = f"{key}_map_{language()}"
    if st.session_state.get(f"{name}_of") != one.said:
        st.session_state[f"{name}_of"] = one.said
        maps.zoom_to(name, _around(one))
    west, south, east, north = map(float, data.shapes["kabupaten"].total_bounds)
    legend = [(OFFERED, t("bring_places.offered"), None), (CHOSEN, t("bring_places.chosen"), None)]
    maps.show_map(
        data,
        candidate_layers(data, one),
        name,
        bounds=(south, west, north, east),
        on_click=lambda properties: _clicked(properties, one, answers, key),
        legend=Legend(one.said, legend),
    )
    show.note(t("bring_places.click" if one.near else "bring_places.nothing_near"))
    following = next((other for other in shown if not other.code and other.said != one.said), None)
    if one.code and following:
        st.button(
            t("bring_places.next", said=plain(following.said)),
            icon=":material/arrow_forward:",
            on_click=_look_at,
            args=(following, key),
            key=f"{key}_next",
        )


def _around(one: Unplaced) -> str:
    """Return the code of the narrowest unit that holds what a name may be, and its own row."""
    codes = [code.split(".") for code in (*one.near, *([one.code] if one.code else []))]
    codes = codes or [one.within[0].split(".")]
    same = [parts[0] for parts in zip(*codes, strict=False) if len(set(parts)) == 1]
    return ".".join(same[:3])


def _box(key: str, one: Unplaced) -> str:
    return f"{key}_{one.said}"


def _look_at(one: Unplaced, key: str) -> None:
    st.session_state[f"{key}_hand"] = one.said


def _chosen(one: Unplaced, answers: Answers, key: str, box: str) -> None:
    _put(one, answers, key, st.session_state[box])


def _clicked(properties: dict[str, object], one: Unplaced, answers: Answers, key: str) -> None:
    code = answer_at(one, str(properties.get("code", one.within[0])))
    if code is not None:
        st.session_state[_box(key, one)] = code
        _put(one, answers, key, code)


def _put(one: Unplaced, answers: Answers, key: str, code: str | None) -> None:
    """Keep what a name is taken for, or forget it, before the file is looked at again."""
    _look_at(one, key)
    if code is None:
        answers.pop(one.said, None)
    else:
        answers[one.said] = code
