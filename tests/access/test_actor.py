"""Who acts, as pages and their callbacks ask: the same person, worked out once."""

from __future__ import annotations

import time
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from data.store.engine import Store
from data.store.ledger.acts import Actor
from pages.components.access import person
from services.access import people as module
from services.access.accounts import Changes, add_user, change_user, remove_user
from services.access.errors import NotAdmittedError
from services.access.people import People
from services.access.person import HERE, Refusal
from services.access.settings import AccessSettings
from services.explain import explain

SETTINGS = AccessSettings(sign_in=True, origin="http://127.0.0.1:8501", people_key="k" * 32)
ANI = "ani@kpu.example"
ACCOUNT = Actor("kpu.babel.1", "KPU", "operator", ("19.01",))


@pytest.fixture
def store(own_store: Store, monkeypatch: pytest.MonkeyPatch) -> Store:
    monkeypatch.setattr("services.access.accounts.settings_here", lambda: SETTINGS)
    add_user(own_store, "kpu.babel.1", Changes(ANI, "KPU", "operator", ("19.01",)))
    return own_store


def claims(**more: Any) -> dict[str, Any]:
    return {"is_logged_in": True, "email": ANI, "iat": int(time.time()), **more}


@pytest.fixture
def people(store: Store, monkeypatch: pytest.MonkeyPatch) -> People:
    made = People(lambda: store, SETTINGS)
    monkeypatch.setattr(person, "settings", lambda: SETTINGS)
    monkeypatch.setattr(person, "people", lambda: made)
    return made


def page() -> None:
    import streamlit as st

    from geo.errors import SiagaError
    from pages.components.access.person import actor

    def who() -> str:
        try:
            found = actor()
        except SiagaError as error:
            return f"{type(error).__name__} {error}"
        return f"{found.account} {found.role} {found.areas}"

    def pressed(shown: str) -> None:
        st.session_state[shown] = who()

    st.button("press", on_click=pressed, args=("in_callback",))
    st.text(f"run {who()}")
    st.text(f"callback {st.session_state.get('in_callback')}")

    @st.fragment
    def part() -> None:
        st.text(f"fragment {who()}")

    part()


def run(test: AppTest) -> list[str]:
    assert not test.exception
    return [one.value.split(" ", 1)[1] for one in test.text]


def test_runs_callbacks_and_fragments_know_who_acts_and_hear_of_a_change(
    people: People, store: Store
) -> None:
    test = AppTest.from_function(page)
    test.user = claims()
    shown = "kpu.babel.1 operator ('19.01',)"
    assert run(test.run()) == [shown, "None", shown]
    assert run(test.button[0].click().run()) == [shown] * 3
    change_user(store, "kpu.babel.1", Changes(role="verifikator", areas=()))
    assert run(test.button[0].click().run()) == ["kpu.babel.1 verifikator ()"] * 3
    change_user(store, "kpu.babel.1", Changes(active=False))
    refused = f"NotAdmittedError '{ANI}' is not admitted: inactive"
    assert run(test.button[0].click().run()) == [refused] * 3


def test_nobody_acts_who_has_not_signed_in(people: People) -> None:
    test = AppTest.from_function(page)
    test.user = {"is_logged_in": False}
    assert run(test.run())[0] == "NotAdmittedError '?' is not admitted: sign_in"


def test_without_sign_in_whoever_sits_at_the_computer_acts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(person, "settings", AccessSettings)
    test = AppTest.from_function(page)
    test.user = claims()  # counts for nothing
    assert run(test.run())[0] == f"{HERE.account} admin ()"


def test_somebody_is_looked_up_once_until_an_account_changes(
    people: People, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []
    inner = module.person_of

    def counted(said: Any, *given: Any, **named: Any) -> Actor | Refusal:
        asked.append(said["email"])
        return inner(said, *given, **named)

    monkeypatch.setattr(module, "person_of", counted)
    said = claims()
    assert [people.of(said) for _ in range(5)] == [ACCOUNT] * 5
    assert people.of(claims(email="x@kpu.example")) != ACCOUNT
    assert people.of({**said, "tokens": {"id": "x"}, "origin": "x"}) == ACCOUNT
    assert len(asked) == 2
    with store.begin("setup.prepare") as connection:
        store.set_meta(connection, "SIMULASI", "another table")
    people.of(said)
    assert len(asked) == 2
    remove_user(store, "kpu.babel.1")
    assert people.of(said) == Refusal("unknown", ANI)
    assert len(asked) == 3


def test_a_sign_in_that_ended_is_over_and_another_is_not(people: People) -> None:
    said, later = claims(), claims(iat=int(time.time()) - 60)
    people.end(said)
    assert people.of(said) == Refusal("ended", ANI, again=True)
    assert people.of(later) == ACCOUNT


def test_a_sign_in_ends_while_it_is_known(people: People, monkeypatch: pytest.MonkeyPatch) -> None:
    said = claims()
    assert people.of(said) == ACCOUNT
    monkeypatch.setenv("SIAGA_NOW", "2099-01-01T00:00:00+00:00")
    found = people.of(said)
    assert isinstance(found, Refusal)
    assert found.reason == "expired"


def test_who_is_not_admitted_is_told_that_nothing_was_stored() -> None:
    assert "tidak ada yang disimpan" in explain(NotAdmittedError(ANI, "inactive"))
