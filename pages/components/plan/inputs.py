"""The inputs of a plan on one panel, the sea included, and where each value comes from.

`draw` returns the settings once the planner asks for a plan; `draw_part` is the panel as a part of
the page of plans.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

import pandas as pd
import streamlit as st

from data.plan.settings import SCOPES, SPEED_CLASSES, Hours, PlanSettings, Service, Warehouse
from data.store.ledger.rights import KEEP
from data.vocabulary import VESSEL_CLASSES
from pages.components import bring, show
from pages.components.access.offers import offered
from pages.components.entry import number_entry, to_numbers, to_words
from pages.components.plan import docks
from pages.components.plan import solve as plan_solve
from pages.components.plan.islets import draw_islets
from pages.components.shell import language, plain, problem, t
from services.dataset import Dataset
from services.explain import EXPLAINED, explain
from services.network.build import network_of
from services.network.sea import area_table, areas_of, caution, caution_words, limits_table, loaded
from services.plan.settings import (
    base_names,
    default_settings,
    edited,
    fleet_frame,
    origin_table,
    save_scenario,
    scenario_names,
    scenario_settings,
    scenario_title,
    settings_from_text,
    to_toml,
    window_frame,
)
from services.texts import label, number


def draw_sea(data: Dataset, base: PlanSettings, version: str) -> dict[str, Any]:
    """Draw the state of the sea; return the settings of it."""
    lang = language()
    rows = loaded(data, lang)
    if rows.empty:
        show.empty(t("sea.none"))
    else:
        show.title(t("sea.loaded"))
        show.table(rows, width="stretch")
    bring.draw_import(data, ("waves",), "")
    left, right = st.columns(2)
    with left:
        show.title(t("sea.caution_title"))
        month = data.voting_day(base.election).month
        for row in caution(areas_of(data, base.kabupaten, base.sea.areas), month):
            show.note(caution_words(row, lang))
        show.title(t("sea.areas"))
        table = area_table(data, base.kabupaten, base.sea.areas, lang)
        show.table(table, width="stretch", height=180)
    with right:
        show.title(t("sea.limits"))
        show.table(limits_table(lang), width="stretch")
        use = st.checkbox(t("sea.use"), base.sea.use_series, key=f"in_sea_use_{version}")
        kept = base.sea.wave_factor
        factor = number_entry(st, t("sea.factor"), 1, 2, kept, f"in_sea_factor_{version}", 1)
        factor = kept if factor is None else factor
    return {"sea": replace(base.sea, use_series=use, wave_factor=factor)}


_TABS = ("fleet", "times", "sea", "islets", "ballots", "origins")
_DEFAULT, _LAST = "", "last"
"""Beginnings beside the scenarios: what ships, and what was entered before."""

Kits = Callable[[Dataset, PlanSettings], list[str]]
"""Draws the kits that follow from settings and returns what they rest on; the page brings it,
since kits are a later subject."""


def draw_part(
    data: Dataset, kabupaten: str, name: str | None, document: dict[str, Any] | None, *, kits: Kits
) -> None:
    """Draw the panel as a part of the page of plans, and begin a plan when asked."""
    del name, document
    settings = draw(data, kabupaten, kits)
    if settings is not None:
        kept = st.session_state.get(f"in_kept_{kabupaten}") or kabupaten
        plan_solve.start_plan(kabupaten, settings, kept)


def draw(data: Dataset, kabupaten: str, kits: Kits) -> PlanSettings | None:
    """Draw the panel; return the settings when a plan is asked for with sound ones."""
    bar = st.columns([2, 2.2, 1.1, 1.1, 1.1], vertical_alignment="bottom")
    files = bar[2].popover(t("inputs.file"), width="stretch")
    base, version, name = _begun(data, kabupaten, bar[0], files)
    bar[1].text_input(t("inputs.name"), name, key=f"in_name_{version}")
    st.session_state[f"in_kept_{kabupaten}"] = st.session_state[f"in_name_{version}"]
    faults = st.container()
    tabs = st.tabs([t(f"inputs.tab_{name}") for name in _TABS])
    with tabs[0]:
        fleet = _fleet(data, base, version)
    with tabs[1]:
        values, windows = _times(data, base, version)
    with tabs[2]:
        values |= draw_sea(data, base, version)
    with tabs[3]:
        values |= draw_islets(data, base, version)
    try:
        settings = edited(base, values, fleet, windows)
    except EXPLAINED as error:
        faults.error(plain(explain(error, language())))
        settings = None
    with tabs[4]:
        of_kits = kits(data, settings or base)
    with tabs[5]:
        _origins(settings or base)
    if settings is not None:
        st.session_state[f"in_entered_{kabupaten}"] = settings
        files.download_button(
            t("inputs.download"),
            to_toml(settings),
            f"rencana-{kabupaten}.toml",
            "application/toml",
            on_click="ignore",
            key=f"in_download_{kabupaten}",
        )
    show.notes([*_notes(base, values), *of_kits])
    return _buttons(bar, kabupaten, settings)


def _notes(base: PlanSettings, values: Mapping[str, Any]) -> list[str]:
    """Return what the fields mean, and what they rest on."""
    lang = language()
    speeds = ", ".join(
        f"{label('speed', name, lang)} × {number(factor, lang, 2)}"
        for name, factor in base.speed.items()
    )
    return [
        base.about.note or "",
        t("inputs.fleet_note"),
        t("inputs.speed_note", list=speeds),
        t("inputs.windows_note"),
        t("sea.no_forecast"),
        t("sea.twice", factor=number(values["sea"].wave_factor, lang, 1)),
        t("distribusi.master"),
        t("plan_islet.tab_note") if "places" in values else "",
        t("inputs.origins_note"),
    ]


def _begun(data: Dataset, kabupaten: str, bar: Any, files: Any) -> tuple[PlanSettings, str, str]:
    """Draw where the settings begin from; return them, a key that changes with it, and a name."""
    lang, last = language(), _last(kabupaten)
    words = {name: scenario_title(name, lang) for name in scenario_names(kabupaten)}
    words = {_DEFAULT: t("inputs.defaults"), **({_LAST: t("inputs.last")} if last else {}), **words}
    chosen = bar.selectbox(
        t("inputs.begin"), list(words), format_func=words.__getitem__, key=f"in_from_{kabupaten}"
    )
    file = files.file_uploader(t("inputs.upload"), type="toml", key=f"in_file_{kabupaten}")
    try:
        if file is not None:
            content = file.getvalue().decode("utf-8", errors="replace")
            settings = settings_from_text(content, file.name, kabupaten)
            if settings.kabupaten == kabupaten:
                return settings, f"{kabupaten}_{file.file_id}", file.name.removesuffix(".toml")
            name = data.names[settings.kabupaten]
            st.error(plain(t("inputs.other_kabupaten", name=name)))
        elif chosen == _LAST and last is not None:
            return last
        elif chosen:
            return scenario_settings(chosen), f"{kabupaten}_{chosen}", chosen
    except EXPLAINED as error:
        problem(error)
    settings = default_settings(kabupaten)
    return settings, kabupaten, f"{settings.election} {data.names[kabupaten]}"


def _last(kabupaten: str) -> tuple[PlanSettings, str, str] | None:
    """Return what was entered before the panel was left, None where it never was.

    What a field holds is forgotten while another part is seen: on coming back the panel begins with
    what was entered last.
    """
    entered, kept = f"in_entered_{kabupaten}", f"in_last_{kabupaten}"
    if f"in_from_{kabupaten}" not in st.session_state and entered in st.session_state:
        returns = st.session_state.get(f"in_returns_{kabupaten}", 0) + 1
        st.session_state[f"in_returns_{kabupaten}"] = returns
        name = st.session_state.get(f"in_kept_{kabupaten}", kabupaten)
        st.session_state[kept] = st.session_state[entered], f"{kabupaten}_last_{returns}", name
        st.session_state[f"in_from_{kabupaten}"] = _LAST
    found: tuple[PlanSettings, str, str] | None = st.session_state.get(kept)
    return found


def _fleet(data: Dataset, base: PlanSettings, version: str) -> pd.DataFrame:
    """Draw the fleet as a table to edit."""
    column = st.column_config
    bases = base_names(data, base.kabupaten)
    names = {name: t(f"inputs.fleet_{name}") for name in fleet_frame(base).columns}
    frame: pd.DataFrame = st.data_editor(
        to_words(fleet_frame(base), _AMOUNTS),
        num_rows="dynamic",
        hide_index=True,
        width="stretch",
        placeholder="–",
        key=f"in_fleet_{version}",
        column_config={
            "name": column.TextColumn(names["name"], required=True, width="small"),
            "mode": column.SelectboxColumn(
                names["mode"],
                options=["truck", "boat", "local"],
                format_func=_words("plan_mode"),
                required=True,
            ),
            "count": column.NumberColumn(names["count"], min_value=0, max_value=300, step=1),
            "capacity_boxes": _amount(names["capacity_boxes"]),
            "base": column.SelectboxColumn(
                names["base"], options=list(bases), format_func=lambda key: bases[str(key)]
            ),
            "speed_class": column.SelectboxColumn(
                names["speed_class"], options=list(SPEED_CLASSES), format_func=_words("speed")
            ),
            "vessel_class": column.SelectboxColumn(
                names["vessel_class"], options=["", *VESSEL_CLASSES], format_func=_words("vessel")
            ),
            "escort_seats": column.NumberColumn(
                names["escort_seats"], min_value=0, max_value=500, step=1
            ),
            "cost_per_hour": _amount(names["cost_per_hour"]),
            "crew_hours": _amount(names["crew_hours"]),
        },
    )
    return to_numbers(frame, _AMOUNTS)


_AMOUNTS = {"capacity_boxes": 0, "cost_per_hour": 0, "crew_hours": 1}
"""Columns of the fleet that are typed as the language writes numbers, with their decimals."""


def _amount(words: str) -> Any:
    return st.column_config.TextColumn(words, alignment="right", validate=r"^[0-9.,]*$")


def _words(section: str) -> Callable[[object], str]:
    """Return what shows a key of a section of the catalogue; no key is none chosen."""
    lang = language()
    return lambda key: label(section, str(key), lang) if key else t("inputs.none")


def _times(data: Dataset, base: PlanSettings, version: str) -> tuple[dict[str, Any], pd.DataFrame]:
    """Draw days, hours, handling times and further windows; return what was entered."""
    values: dict[str, Any] = {}
    row = st.columns(5, vertical_alignment="bottom")
    for place, name in zip(row, ("island_days", "land_days", "deadline_days"), strict=False):
        low = 0 if name == "deadline_days" else 1
        values[name] = int(
            place.number_input(
                t(f"setting.{name}"), low, 10, getattr(base, name), key=f"in_{name}_{version}"
            )
        )
    for place, name in zip(row[3:], ("release", "deadline"), strict=True):
        values[name] = _clock(place, t(f"setting.{name}"), getattr(base, name), f"{name}_{version}")
    values["hours"] = _hours(base, version)
    values["service"] = _service(base, version)
    values |= docks.draw(data, base, version)
    row = st.columns(5, vertical_alignment="bottom")
    values["reserve_pct"] = number_entry(
        row[0], t("setting.reserve_pct"), 2, 10, base.reserve_pct, f"in_reserve_{version}", 2
    )
    escort = row[1].number_input(
        t("setting.tps_per_escort"),
        1,
        50,
        base.tps_per_escort,
        placeholder="–",
        key=f"in_escort_{version}",
    )
    values["tps_per_escort"] = None if escort is None else int(escort)
    values["seed"] = int(
        row[2].number_input(t("setting.seed"), 0, 2**31 - 1, base.seed, key=f"in_seed_{version}")
    )
    values["search_seconds"] = number_entry(
        row[3], t("setting.search_seconds"), 1, 600, base.search_seconds, f"in_seconds_{version}", 1
    )
    values |= _area(data, base, version)
    show.title(t("inputs.windows"))
    return values, _windows(base, version)


def _clock(place: Any, words: str, value: str, key: str) -> str:
    hour, minute = (int(part) for part in value.split(":"))
    given = place.time_input(words, dt.time(hour, minute), key=f"in_{key}", step=900)
    return f"{given:%H:%M}"


def _hours(base: PlanSettings, version: str) -> Hours:
    row = st.columns(9, vertical_alignment="bottom")
    spans: dict[str, tuple[str, str]] = {}
    for n, mode in enumerate(("truck", "boat", "local", "ferry")):
        name = label("plan_mode", mode, language())
        ends = [
            _clock(
                row[2 * n + at],
                t(f"inputs.hours_{('from', 'to')[at]}", name=name),
                value,
                f"{mode}_{at}_{version}",
            )
            for at, value in enumerate(getattr(base.hours, mode))
        ]
        spans[mode] = (ends[0], ends[1])
    night = row[8].checkbox(t("inputs.night"), base.hours.night_crossing, key=f"in_night_{version}")
    over = [name for name, (begin, end) in spans.items() if end < begin]
    if over:
        names = ", ".join(label("plan_mode", name, language()) for name in over)
        show.note(t("inputs.over_midnight", list=names))
    return Hours(**spans, night_crossing=night)


def _service(base: PlanSettings, version: str) -> Service:
    tops = {
        "truck_load_min": 480,
        "boat_load_min": 480,
        "local_load_min": 480,
        "unload_min": 240,
        "unload_s_per_box": 600,
        "rest_min": 1440,
    }
    row = st.columns(len(tops), vertical_alignment="bottom")
    given = {
        name: int(
            place.number_input(
                t(f"inputs.{name}"),
                0,
                top,
                int(getattr(base.service, name)),
                key=f"in_{name}_{version}",
            )
        )
        for place, (name, top) in zip(row, tops.items(), strict=True)
    }
    return replace(Service(**given), unload_s_per_box=float(given["unload_s_per_box"]))


def _area(data: Dataset, base: PlanSettings, version: str) -> dict[str, Any]:
    """Draw which part is planned, from which warehouses, and as of when."""
    row = st.columns([2, 2, 1.6], vertical_alignment="bottom")
    units = data.units[data.units["code"].str.startswith(f"{base.kabupaten}.")]
    units = units[units["level"].isin(["kecamatan", "desa"])]
    names = dict(zip(units["code"], units["name"], strict=True))
    include = row[0].multiselect(
        t("setting.include"),
        list(names),
        list(base.include),
        format_func=lambda code: f"{names[code]} ({code})",
        placeholder=t("inputs.all"),
        key=f"in_include_{version}",
    )
    depots = network_of(data).depots
    own = depots[depots["kabupaten_code"].eq(base.kabupaten)]
    pairs = zip(own["depot_id"], own["name"], strict=True)
    houses = {depot: f"{name} ({depot})" for depot, name in pairs}
    before = [house.depot_id for house in base.warehouses]
    chosen = row[1].multiselect(
        t("setting.warehouses"),
        list(houses),
        list(before),
        format_func=houses.__getitem__,
        placeholder=t("inputs.default_depot"),
        key=f"in_depot_{version}",
    )
    now = row[2].text_input(
        t("setting.now"),
        "" if base.now is None else base.now.isoformat(),
        placeholder="2024-02-10T18:00+07:00",
        key=f"in_now_{version}",
    )
    values: dict[str, Any] = {
        "include": tuple(include),
        "warehouses": _houses(data, base, houses, chosen, version),
        "now": base.now,
    }
    try:
        values["now"] = dt.datetime.fromisoformat(now) if now.strip() else None
    except ValueError:
        st.error(plain(t("inputs.bad_now", value=now)))
    return values


def _houses(
    data: Dataset, base: PlanSettings, names: dict[str, str], chosen: list[str], version: str
) -> tuple[Warehouse, ...]:
    """Draw which kecamatan each further warehouse serves; the default one serves all others."""
    before = {house.depot_id: house.kecamatan for house in base.warehouses}
    main = network_of(data).default_depots.get(base.kabupaten)
    chosen = sorted(chosen, key=lambda depot: (bool(before.get(depot)), depot != main, depot))
    if len(chosen) < 2:
        return tuple(Warehouse(depot, before.get(depot, ())) for depot in chosen)
    units = data.units[data.units["parent_code"].eq(base.kabupaten)]
    kecamatan = dict(zip(units["code"], units["name"], strict=True))
    out = [Warehouse(chosen[0])]
    for place, depot in zip(st.columns(len(chosen) - 1), chosen[1:], strict=True):
        served = place.multiselect(
            plain(t("inputs.serves", name=names[depot])),
            list(kecamatan),
            [code for code in before.get(depot, ()) if code in kecamatan],
            format_func=kecamatan.__getitem__,
            key=f"in_serves_{depot}_{version}",
        )
        if served:
            out.append(Warehouse(depot, tuple(served)))
    return tuple(out)


def _windows(base: PlanSettings, version: str) -> pd.DataFrame:
    column = st.column_config
    frame: pd.DataFrame = st.data_editor(
        window_frame(base),
        num_rows="dynamic",
        hide_index=True,
        width="stretch",
        placeholder="–",
        key=f"in_windows_{version}",
        column_config={
            "scope": column.SelectboxColumn(
                t("inputs.window_scope"),
                options=list(SCOPES),
                format_func=_words("scope"),
                required=True,
            ),
            "key": column.TextColumn(t("inputs.window_key"), required=True),
            "vessel_class": column.SelectboxColumn(
                t("inputs.fleet_vessel_class"),
                options=["", *VESSEL_CLASSES],
                format_func=_words("vessel"),
                default="",
            ),
            "opens": column.DatetimeColumn(t("inputs.window_opens"), format="DD/MM/YYYY[ ]HH:mm"),
            "closes": column.DatetimeColumn(t("inputs.window_closes"), format="DD/MM/YYYY[ ]HH:mm"),
            "is_open": column.CheckboxColumn(t("inputs.window_open"), default=True),
            "note": column.TextColumn(t("inputs.window_note"), default=""),
        },
    )
    return frame


def _origins(settings: PlanSettings) -> None:
    table = origin_table(settings, language())
    show.presented(table, "origins")
    link = {table.columns[-1]: st.column_config.LinkColumn(table.columns[-1], width="medium")}
    show.table(table, width="stretch", column_config=link, placeholder="–", height="content")


def _buttons(bar: Any, kabupaten: str, settings: PlanSettings | None) -> PlanSettings | None:
    """Draw the buttons; return the settings when a plan is asked for."""
    if not offered(KEEP):
        return None
    off = settings is None
    if bar[3].button(t("inputs.keep"), disabled=off, width="stretch", key=f"in_keep_{kabupaten}"):
        _keep(kabupaten, settings)
    asked = bar[4].button(
        t("plan.solve"), type="primary", disabled=off, width="stretch", key=f"in_solve_{kabupaten}"
    )
    return settings if asked else None


def _keep(kabupaten: str, settings: PlanSettings | None) -> None:
    """Keep the settings as a scenario of the planner's own."""
    if settings is None:
        return
    name = str(st.session_state.get(f"in_kept_{kabupaten}") or kabupaten).replace(":", "")
    about = replace(settings.about, title_id=name, title_en=name)
    try:
        save_scenario(name, replace(settings, about=about))
    except EXPLAINED as error:
        problem(error)
        return
    st.toast(plain(t("inputs.kept", name=name)))
