"""An office adopts a plan: what compares with a plan compares with it, until it is revoked."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from sqlalchemy import delete
from streamlit.testing.v1 import AppTest
from typer.testing import CliRunner

from analytics.plan.audit import audit
from analytics.plan.document import to_document
from analytics.plan.edits import Lock
from cli import app
from data.errors import SchemaError
from data.plan.adoptions import TABLE
from data.plan.kept import delete_plan, load_plan, rename_plan, save_plan
from data.store.engine import Store
from geo.errors import ParameterError
from pages.components.plan.edit import locks
from services.custody.receipts import receipt_view
from services.dataset import Dataset, load_dataset
from services.plan.hands.adopt import adopt, adoption_table, badge, in_force_words, revoke
from services.plan.hands.adopted import adoption_of, adoptions, plans_in_force
from services.plan.views.view import plan_overview
from tests.plan_world import hand_made, world

SOUND = Path(__file__).parents[1] / "fixtures" / "plans" / "sound.json"
KAB, ELECTION, OFFICE = "19.03", "pemilu2024", "KPU Kabupaten Bangka Selatan"
AT = pd.Timestamp("2024-02-10T10:00+07:00")
LATER = AT + pd.Timedelta(hours=3)


@pytest.fixture(scope="module")
def copied(tmp_path_factory: pytest.TempPathFactory, shipped_store: Store) -> Iterator[Store]:
    path = tmp_path_factory.mktemp("adopted") / "siaga.db"
    source = shipped_store.engine.raw_connection()
    source.execute("VACUUM INTO ?", (str(path),))
    source.close()
    store = Store.open(f"sqlite:///{path}")
    yield store
    store.close()


@pytest.fixture
def data(copied: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Dataset]:
    """A store in which nothing is adopted, and two plans: Satu, and Dua, which is newer."""
    monkeypatch.setenv("SIAGA_VAR", str(tmp_path))
    for name, cost in (("Satu", 1.0), ("Dua", 2.0)):
        save_plan(name, plan(cost))
    yield load_dataset(copied)
    with copied.begin("setup.prepare") as connection:
        connection.execute(delete(TABLE))


def plan(cost: float, passed: bool = True) -> dict[str, Any]:
    """Return a sound plan, or one whose first trip is left out; another cost, another plan."""
    document: dict[str, Any] = json.loads(SOUND.read_text(encoding="utf-8"))
    document["about"] = {"kabupaten": KAB, "election": ELECTION}
    document["verdict"] = {"passed": passed, "faults": []}
    document["trips"] = [trip | {"cost": cost} for trip in document["trips"][not passed :]]
    return document


def in_force(data: Dataset) -> tuple[str, str]:
    found = plans_in_force(data.fresh(), ELECTION)[KAB]
    return found.name, in_force_words(found, "id")


def test_without_an_adoption_the_newest_that_passed_is_compared_with(data: Dataset) -> None:
    save_plan("Gagal", plan(3.0, passed=False))
    assert in_force(data) == ("Dua", "Dua (terbaru; belum ada yang disahkan)")
    assert plans_in_force(data.fresh(), ELECTION, audited=False)[KAB].name == "Gagal"
    assert plans_in_force(data.fresh(), "pilkada2024") == {}


def test_what_compares_with_a_plan_compares_with_the_adopted_one(data: Dataset) -> None:
    adopt(data, "Satu", OFFICE, AT)
    assert in_force(data) == ("Satu", f"Satu (disahkan {OFFICE}, 10 Februari 2024)")
    now = data.fresh()
    assert receipt_view(now, ELECTION).plans[KAB].name == "Satu"
    assert plan_overview(now).loc[KAB, "plan"] == "Satu"
    one = adoption_of(now, plan(1.0))
    assert one is not None
    assert badge(one, "id") == f"Disahkan {OFFICE}, 10 Februari 2024"
    assert adoption_of(now, plan(2.0)) is None


def test_a_later_adoption_supersedes_and_a_revocation_is_undone(data: Dataset) -> None:
    first = adopt(data, "Satu", OFFICE, AT)
    second = adopt(data, "Dua", OFFICE, LATER)
    rows = adoptions(data.fresh()).set_index("adoption_id")
    assert rows["state"].to_dict() == {first: "superseded", second: "in_force"}
    gone = revoke(data.store, second, LATER)
    assert in_force(data)[0] == "Satu"
    again = revoke(data.store, gone, LATER)
    assert in_force(data)[0] == "Dua"
    revoke(data.store, again, LATER)
    rows = adoptions(data.fresh(), KAB).set_index("adoption_id")
    assert rows["state"].to_dict() == {first: "in_force", second: "revoked"}
    assert rows.loc[second, "revocation"] == gone
    assert len(adoption_table(adoptions(data.fresh()), "id")) == 2
    assert data.store.count(TABLE.name) == 5  # rows are only added


def test_an_adopted_plan_is_found_under_another_name_and_missed_when_gone(data: Dataset) -> None:
    adopt(data, "Satu", OFFICE, AT)
    rename_plan("Satu", "Satu baru")
    assert in_force(data)[0] == "Satu baru"
    delete_plan("Satu baru")
    assert in_force(data) == (
        "Dua",
        "Dua (terbaru; yang disahkan, Satu, telah dihapus atau diubah)",
    )


def test_a_plan_that_fails_is_adopted_only_with_what_it_lacks(data: Dataset) -> None:
    save_plan("Gagal", plan(3.0) | {"trips": plan(3.0)["trips"][1:]})  # it says that it passed
    with pytest.raises(ParameterError, match="adopt"):
        adopt(data, "Gagal", OFFICE, AT)
    adopt(data, "Gagal", OFFICE, AT, despite=True)
    row = adoptions(data.fresh()).iloc[0]
    assert row["lacking"]
    assert in_force(data)[0] == "Gagal"
    one = adoption_of(data.fresh(), plan(3.0) | {"trips": plan(3.0)["trips"][1:]})
    assert one is not None
    assert "kekurangan" in badge(one, "id")


@pytest.mark.parametrize("office", ["", "Ibu Siti, KPU"])
def test_an_office_adopts_and_no_person(data: Dataset, office: str) -> None:
    with pytest.raises(SchemaError):
        adopt(data, "Satu", office, AT)


def test_nothing_is_adopted_in_the_future_and_no_replay(data: Dataset) -> None:
    with pytest.raises(SchemaError):
        adopt(data, "Satu", OFFICE, pd.Timestamp("2999-01-01T00:00+07:00"))
    replay = plan(4.0)
    replay["about"]["replay"] = "x"
    save_plan("Ulang", replay)
    with pytest.raises(ParameterError, match="Ulang"):
        adopt(data, "Ulang", OFFICE, AT)
    with pytest.raises(ParameterError, match="sah-x"):
        revoke(data.store, "sah-x", AT)
    assert data.store.count(TABLE.name) == 0


def test_a_plan_is_adopted_and_revoked_by_command(
    data: Dataset, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DATABASE_URL", str(data.store.engine.url))
    run = CliRunner().invoke
    done = run(app, ["adopt", "Satu", "--office", OFFICE, "--at", "2024-02-10T10:00", "--json"])
    assert done.exit_code == 0, done.output
    key = json.loads(done.output)["adoption_id"]
    listed = json.loads(run(app, ["adopted", "--kabupaten", KAB, "--json"]).output)
    assert [(row["adoption_id"], row["state"]) for row in listed] == [(key, "in_force")]
    assert OFFICE in run(app, ["adopted"]).output
    assert run(app, ["revoke", key]).exit_code == 0
    assert "dicabut" in run(app, ["adopted"]).output
    assert run(app, ["adopt", "Tidak ada", "--office", OFFICE]).exit_code == 2


def page(data, which, name, document) -> None:  # type: ignore[no-untyped-def]
    """Draw the part of edits; runs alone, without the names of this module."""
    from pages.components.plan import edit

    del which
    edit.draw(data, "19.03", name, document)


def drawn(data: Dataset, name: str, document: dict[str, Any]) -> AppTest:
    kwargs = {"data": data, "which": "", "name": name, "document": document}
    test = AppTest.from_function(page, kwargs=kwargs, default_timeout=60).run()
    assert not test.exception, test.exception
    return test


def press(test: AppTest, key: str) -> None:
    test.button(key=key).click().run()
    assert not test.exception, test.exception


def form_button(test: AppTest, words: str) -> None:
    next(b for b in test.button if b.label == words).click().run()
    assert not test.exception, test.exception


def test_a_plan_is_edited_saved_and_adopted_on_the_page(data: Dataset) -> None:
    """The boat to B goes into the one to A, which is too small; undone. Another edit is kept."""
    inputs = world()
    about = {"election": ELECTION, "kabupaten": KAB, "kabupaten_name": "Bangka Selatan"}
    document = to_document(hand_made(inputs), inputs, about=about, whole=True)
    document["verdict"] = audit(document).verdict()
    save_plan("Asal", document)
    test = drawn(data, "Asal", document)
    test.selectbox(key="e_trip").select("KAPAL-1/2").run()
    test.selectbox(key="e_target").select("KAPAL-1/1").run()
    press(test, "e_move")
    assert "GAGAL AUDIT" in test.error[0].value
    assert "belum disimpan" in test.warning[0].value
    press(test, "e_undo_0")
    assert not test.error
    test.selectbox(key="e_trip").select("TRUK-1/1").run()
    test.selectbox(key="e_place").select("DESA-C").run()
    test.selectbox(key="e_target").select("TRUK-2").run()
    press(test, "e_move")
    assert "LOLOS AUDIT" in test.success[0].value
    test.selectbox(key="e_dep").select("TRUK-2+1").run()
    test.time_input(key="e_clock_TRUK-2+1").set_value(dt.time(9, 0))
    press(test, "e_depart")
    test.selectbox(key="e_from").select("GUDANG")
    test.selectbox(key="e_to").select("DESA-A")
    form_button(test, "Larang ruas")
    assert "GUDANG → DESA" in test.error[0].value
    form_button(test, "Simpan")
    saved = load_plan("Asal suntingan 1")
    assert test.session_state["d_plan"] == "Asal suntingan 1"
    leaves = {trip["trip_id"]: trip["stops"][0]["depart"] for trip in saved["trips"]}
    assert leaves["TRUK-2+1"] == "2031-02-13T09:00:00+07:00"
    again = drawn(data.fresh(), "Asal suntingan 1", saved)
    again.selectbox(key="a_office").select_index(0)
    again.date_input(key="a_day").set_value(dt.date(2024, 2, 10))
    form_button(again, "Sahkan")
    row = adoptions(data.fresh(), KAB).iloc[0]
    assert (row["plan_name"], row["office"]) == ("Asal suntingan 1", OFFICE)
    listed = drawn(data.fresh(), "Asal suntingan 1", saved)
    press(listed, "a_revoke")
    assert adoptions(data.fresh(), KAB)["state"].tolist() == ["revoked"]


def test_ticks_and_vehicles_become_locks() -> None:
    lines = pd.DataFrame(
        {"vehicle_id": ["A", "A", "B"], "locked": [True, True, False]}, index=["A/1", "A/2", "B/1"]
    )
    ticked = pd.Series([False, True, True], index=lines.index)
    free: dict[str, Any] = {}
    assert locks(free, lines, ticked, []) == [Lock("A/1", on=False), Lock("B/1")]
    assert locks({"vehicles": ["A"]}, lines, ticked, ["B"]) == [
        Lock(vehicle_id="A", on=False), Lock(vehicle_id="B"),
    ]  # fmt: skip
