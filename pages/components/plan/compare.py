"""Kept plans: two side by side, one made again from its inputs, renamed, deleted, brought back."""

from __future__ import annotations

from typing import Any

import streamlit as st

from data.plan.kept import delete_plan, plans_of, rename_plan, restore_plan, trash
from data.province import zone
from data.store.ledger.rights import KEEP
from pages.components import address, maps, show
from pages.components.access.offers import offered
from pages.components.plan import solve as plan_solve
from pages.components.shell import language, plain, problem, t
from services.dataset import Dataset
from services.explain import EXPLAINED
from services.network.piers import bounds_of
from services.plan.job import forget, job_of, start
from services.plan.make import load_plan
from services.plan.views.compare import (
    EARLIER,
    LATER,
    MISSING,
    SAME,
    Compared,
    can_repeat,
    change_words,
    compare_layers,
    compare_plans,
    figures_table,
    places_table,
    repeat_plan,
    repeat_seconds,
    repeated,
)
from services.texts import number

_OPENED, _THROWN, _MOST_THROWN = "d_plan", "d_thrown", 10


def draw(data: Dataset, kabupaten: str, name: str | None, document: dict[str, Any] | None) -> None:
    """Draw the comparison of the open plan with another, and what can be done with it."""
    if document is None or name is None:
        show.empty(t("plan.none"))
        if offered(KEEP, told=False):
            _bin()
        return
    others = [other for other in plans_of(kabupaten) if other != name]
    if others:
        _compare(data, kabupaten, name, document, others)
    else:
        show.empty(t("compare.one_only"))
    left, right = st.columns(2)
    with left:
        _again(name, document)
    with right:
        _keep(name)
    seed, legs = str(document["figures"]["seed"]), len(document["inputs"]["legs"])
    show.notes([t("compare.stored", seed=seed, legs=number(legs, language()))])


def _compare(
    data: Dataset, kabupaten: str, name: str, document: dict[str, Any], others: list[str]
) -> None:
    lang = language()
    place, names = st.columns([2, 3])[0], {one: one for one in others}
    other = address.one_of(place, "compare.other", names, "banding", others[0], key="d_other")
    second = load_plan(other)
    found = compare_plans(document, second)
    show.title(_finding(found, name, other))
    sides = ((name, document, False), (other, second, True))
    for column, (title, plan, is_second) in zip(st.columns(2), sides, strict=True):
        with column, st.container(key=f"planmap_{'b' if is_second else 'a'}"):
            show.title(f"{'B' if is_second else 'A'}: {title}")
            maps.show_map(
                data,
                compare_layers(plan, data, found, is_second, lang),
                f"plan_compare_{'b' if is_second else 'a'}_{kabupaten}",
                link=f"plan-compare-{kabupaten.replace('.', '-')}",
                bounds=bounds_of(data, kabupaten),
            )
    keys = ((EARLIER, "earlier"), (LATER, "later"), (SAME, "same"), (MISSING, "missing"))
    show.legend([], [(colour, t(f"compare.dot_{key}")) for colour, key in keys])
    left, right = st.columns([1, 1.3])
    with left:
        show.title(t("compare.figures"))
        show.table(figures_table(found, lang))
    with right:
        show.title(t("compare.places"))
        table = places_table(found, data, lang)
        show.table(table, height=320)
        show.downloads(table, "banding_rencana")


def _finding(found: Compared, name: str, other: str) -> str:
    lang = language()
    rows = found.figures.set_index("key")["change"]
    return t(
        "compare.finding",
        a=name,
        b=other,
        earlier=number(found.count("earlier"), lang),
        later=number(found.count("later"), lang),
        trips=change_words(rows["trips"], lang),
        cost=change_words(rows["cost"], lang, 2),
    )


def _again(name: str, document: dict[str, Any]) -> None:
    """Make the open plan again from its stored inputs, and say whether it is the same."""
    show.title(t("compare.again"))
    if not can_repeat(document):
        show.empty(t("compare.not_whole"))
        return
    key = t("compare.again_of", name=name)
    busy = plan_solve.watch(key)
    if st.button(t("compare.again_run"), disabled=busy, key="d_again"):
        try:
            start(repeat_plan, document, key=key, seconds=repeat_seconds(document))
        except EXPLAINED as error:
            problem(error)
        else:
            st.rerun()
    job = job_of(key)
    if job is None or job.document is None:
        return
    found = repeated(document, job.document)
    words = t(
        f"compare.again_{found.verdict}",
        n=number(found.differ, language()),
        cost=change_words(found.cost_change / 1e6, language(), 2),
    )
    (st.success if found.equal else st.error)(words)
    st.button(t("job.dismiss"), on_click=forget, args=(job,), key="d_again_close")


def _keep(name: str) -> None:
    """Rename or delete the open plan; what is deleted can be brought back."""
    show.title(t("compare.keep"))
    if not offered(KEEP):
        return
    with st.form("d_rename", border=False):
        fields = st.columns([3, 1], vertical_alignment="bottom")
        new = fields[0].text_input(t("compare.new_name"), name, max_chars=80)
        if fields[1].form_submit_button(t("compare.rename"), width="stretch"):
            _do(lambda: rename_plan(name, new.strip()), new.strip())
    if st.button(plain(t("compare.delete", name=name)), key="d_delete"):
        try:
            st.session_state[_THROWN] = delete_plan(name)
        except EXPLAINED as error:
            problem(error)
            return
        st.rerun()
    _bin()


def _bin() -> None:
    """Offer the plan that was deleted last, and those before it."""
    thrown = trash()[:_MOST_THROWN]
    last = next((one for one in thrown if one.token == st.session_state.get(_THROWN)), None)
    if last is not None and st.button(plain(t("compare.undo", name=last.name)), key="d_undo"):
        st.session_state.pop(_THROWN)
        _do(lambda: restore_plan(last.token), last.name)
    if not thrown:
        return
    with st.expander(t("compare.trash", n=len(thrown))):
        names = {
            one.token: f"{one.name} ({one.at.astimezone(zone()):%d/%m/%Y %H:%M:%S})"
            for one in thrown
        }
        token = st.selectbox(t("compare.thrown"), list(names), format_func=names.__getitem__)
        if st.button(t("compare.restore"), key="d_restore"):
            _do(lambda: restore_plan(token), token.rpartition("~")[0])


def _do(change: Any, opened: str) -> None:
    """Change what is kept and open a plan, or say what is wrong."""
    try:
        change()
    except EXPLAINED as error:
        problem(error)
        return
    st.session_state[_OPENED] = opened
    st.rerun()
