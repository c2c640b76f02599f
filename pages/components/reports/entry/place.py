"""Where something is: kabupaten, kecamatan, desa, and a point that a click on the map sets."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from geo.maps.layers import points
from pages.components import maps, show
from pages.components.reports.entry import state
from pages.components.shell import language, plain, t
from services.dataset import Dataset
from services.reports.review.entry import desa_at, parts_of, point_of
from services.texts import label

LEVELS = ("kabupaten", "kecamatan", "desa")
_POINT = "#cc79a7"


def draw(data: Dataset, finest: str = "desa", whole: bool = False) -> str | None:
    """Draw a box per level and return the finest unit that is chosen.

    Parameters
    ----------
    data
        The data set.
    finest
        Level that is asked for last.
    whole
        Whether the whole province can be chosen as well.
    """
    code: str | None = None
    for level in LEVELS[: LEVELS.index(finest) + 1]:
        options = parts_of(data, code)
        if whole and level == LEVELS[0]:
            options = [*data.units.loc[data.units["level"].eq("provinsi"), "code"], *options]
        chosen = _box(data, level, code, options)
        if chosen is None:
            break
        code = chosen
        if "." not in code:
            break
    return code


def _box(data: Dataset, level: str, above: str | None, options: list[str]) -> str | None:
    key = state.first(f"{level}.{above or ''}", None)
    if st.session_state[key] not in options:
        st.session_state[key] = options[0] if level == LEVELS[0] and len(options) == 1 else None
    chosen: str | None = st.selectbox(
        label("entry_field", level, language()),
        options,
        index=None,
        format_func=data.names.__getitem__,
        placeholder=t("entry.choose" if level == LEVELS[0] else "entry.choose_finer"),
        key=key,
        persist_state="session",
    )
    return chosen


def draw_point(data: Dataset, code: str | None) -> str:
    """Draw what sets a point, typed or by a click on the map, and return it as a text."""
    with st.expander(t("entry.point"), icon=":material/location_on:"):
        typed: str = st.text_input(
            t("entry.point_typed"),
            key=state.first("point", ""),
            placeholder="-2.13, 106.11",
            max_chars=60,
            persist_state="session",
        )
        if st.toggle(t("entry.map"), key="entry_map"):
            _map(data, code, typed)
    point = point_of(typed)
    if point is not None:
        _where(data, code, *point)
    return typed


def _map(data: Dataset, code: str | None, typed: str) -> None:
    lang, point = language(), point_of(typed)
    kabupaten = None if code is None else ".".join(code.split(".")[:2])
    layers = []
    if point is not None:
        dot = pd.DataFrame({"key": ["titik"], "lon": [point[0]], "lat": [point[1]]})
        layers.append(points(dot, pd.Series([_POINT]), pd.Series([t("entry.point")]), radius=8.0))
    shapes = data.shapes["kabupaten"]
    if kabupaten in set(shapes["code"]):
        shapes = shapes[shapes["code"].eq(kabupaten)]
    west, south, east, north = map(float, shapes.total_bounds)
    show.note(t("entry.map_click"))
    maps.show_map(
        data,
        layers,
        f"entry_map_{kabupaten}_{lang}",
        bounds=(south, west, north, east),
        on_point=_set_point,
    )


def _set_point(lon: float, lat: float) -> None:
    state.put("point", f"{round(lat, 5)}, {round(lon, 5)}")


def _where(data: Dataset, code: str | None, lon: float, lat: float) -> None:
    """Say which desa a point lies in, and warn where it is not the one that is chosen."""
    desa = desa_at(data, lon, lat)
    if desa is None:
        st.warning(t("entry.point_nowhere"))
        return
    name = data.place_name(desa)
    if code is not None and desa != code and not desa.startswith(f"{code}."):
        st.warning(plain(t("entry.point_elsewhere", desa=name, chosen=data.place_name(code))))
    else:
        show.note(t("entry.point_in", desa=name))
    if desa != code:
        st.button(
            t("entry.take_desa"), on_click=state.put_place, args=(desa,), key=state.key("take_desa")
        )
