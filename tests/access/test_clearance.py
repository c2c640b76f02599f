"""What may not be seen is in no table, count, list, map, snapshot or page of who may not see it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import date
from io import BytesIO
from pathlib import Path

import pandas as pd
import pytest
from sqlalchemy import delete, update
from streamlit.testing.v1 import AppTest

from analytics.reports.selection import Selection
from data.store import tables as schema
from data.store.engine import Store
from data.store.ledger.acts import Actor, acting
from data.store.ledger.rights import CLEARANCE
from data.vocabulary import ACCESSES
from services.access.clearance import OF_REPORTS, WHOLE_TABLES
from services.briefing.snapshot import preview
from services.dataset import Dataset, Datasets
from services.hotspots.counts import HotspotQuery, hotspot
from services.ledger.history import act_seen, acts_seen
from services.reports.overview import overview
from services.reports.watch import watch_list
from services.worker.child import _Worker
from services.worker.line import Order
from tests.conftest import copy_store
from tests.pages.test_pages import at_page

DAY = date(2024, 2, 20)
MARK = "ZXSANDI"
"""Stands in every text of a record that is secret."""
OPEN, RESTRICTED = ACCESSES[:1], ACCESSES[:2]


@pytest.fixture(scope="module")
def store(shipped_store: Store, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    """Each third report is secret, each third restricted; affairs of secret ones alone say so."""
    path = tmp_path_factory.mktemp("clearance") / "siaga.db"
    copy_store(shipped_store, path)
    made = Store.open(f"sqlite:///{path}")
    rows = made.read("reports")
    turn = pd.Series(range(len(rows)))
    rows["access"] = [ACCESSES[n % 3] for n in turn]
    secret = rows["access"].eq("rahasia")
    for name in ("summary", "location_note", "source_text"):
        rows.loc[secret, name] = f"{MARK} {name}"
    affairs = made.read("affairs")
    alone = ~affairs["perkara_id"].isin(rows.loc[~secret, "perkara_id"])
    affairs.loc[alone, ["title", "reason"]] = f"{MARK} perkara"
    with acting(Actor("polda.1", "Polda", "admin")), made.begin("import.reports") as connection:
        made.replace(connection, schema.reports, rows)
        made.replace(connection, schema.affairs, affairs)
    yield made
    made.close()


@pytest.fixture(scope="module")
def without(store: Store, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    """The same store from which everything but what is open was deleted."""
    path = tmp_path_factory.mktemp("without") / "siaga.db"
    copy_store(store, path)
    made = Store.open(f"sqlite:///{path}")
    at = schema.reports.c
    with made.begin("setup.prepare") as connection:
        connection.execute(delete(schema.reports).where(at.access != "terbuka"))
    yield made
    made.close()


def seen_by(store: Store, role: str) -> Dataset:
    return Datasets(store, CLEARANCE[role]).now()


@pytest.mark.parametrize("role", CLEARANCE)
def test_tables_hold_what_a_role_may_see_and_nothing_else(store: Store, role: str) -> None:
    data, clearance = seen_by(store, role), CLEARANCE[role]
    whole = store.read("reports")
    wanted = whole.loc[whole["access"].isin(clearance), "report_id"]
    assert data.reports["report_id"].tolist() == wanted.tolist()
    for name in WHOLE_TABLES:
        if WHOLE_TABLES[name] not in clearance:
            assert data.read(name).empty, name
    marked = any(MARK in data.read(name).to_csv() for name in ("reports", *OF_REPORTS))
    assert marked == ("rahasia" in clearance)


def test_affairs_and_sources_go_with_the_last_report_that_may_be_seen(store: Store) -> None:
    data, rows = seen_by(store, "pembaca"), store.read("reports")
    for name, link in (("affairs", "perkara_id"), ("sources", "source_id")):
        of = {key: set(group["access"]) for key, group in rows.groupby(link)}
        wanted = [key for key in store.read(name)[link] if of.get(key, {"terbuka"}) & set(OPEN)]
        assert data.read(name)[link].tolist() == wanted
        assert len(wanted) < store.count(name), "some are hidden, else nothing is shown here"


def test_figures_are_those_of_a_store_that_never_had_the_hidden_records(
    store: Store, without: Store
) -> None:
    seen, never = seen_by(store, "pembaca"), Datasets(without).now()
    for level in ("kabupaten", "kecamatan"):
        query = HotspotQuery(Selection(DAY, families=("konflik",)), level)
        one, other = (hotspot(data, query) for data in (seen, never))
        pd.testing.assert_frame_equal(one.units, other.units)
        pd.testing.assert_frame_equal(one.points, other.points)
        assert str(one.placement) == str(other.placement)
    pd.testing.assert_frame_equal(watch_list(seen, DAY), watch_list(never, DAY))
    first, second = (overview(data, DAY) for data in (seen, never))
    pd.testing.assert_frame_equal(first.figures, second.figures)
    pd.testing.assert_frame_equal(
        first.potensi.drop(columns="import_id"), second.potensi.drop(columns="import_id")
    )


def test_a_change_of_access_shows_at_once(store: Store, tmp_path: Path) -> None:
    copy_store(store, tmp_path / "siaga.db")
    own = Store.open(f"sqlite:///{tmp_path / 'siaga.db'}")
    line = Datasets(own, OPEN)
    before = line.now()
    rows = own.read("reports")
    lone = rows[~rows["perkara_id"].duplicated(keep=False)]
    seen = set(rows.loc[rows["access"].eq("terbuka"), "source_id"])
    candidates = lone[lone["access"].eq("rahasia") & ~lone["source_id"].isin(seen)]
    hidden, source = candidates[["report_id", "source_id"]].iloc[0]
    with own.begin("import.reports") as connection:
        at = schema.reports.c.report_id == hidden
        connection.execute(update(schema.reports).where(at).values(access="terbuka"))
    after = line.now()
    assert set(after.reports["report_id"]) - set(before.reports["report_id"]) == {hidden}
    # The table of sources was not written, and yet another of them is seen.
    assert set(after.sources["source_id"]) - set(before.sources["source_id"]) == {source}
    own.close()


def test_a_snapshot_for_a_meeting_holds_no_secret_whoever_takes_it(store: Store) -> None:
    data = seen_by(store, "admin")
    meeting = pd.Series(
        {"meeting_id": "m", "rakor_id": None, "held_on": pd.Timestamp(DAY), "date_basis": "asumsi",
         "level": "provinsi", "unit_code": "19", "period": "B04 2024", "title": "x",
         "agencies": "", "agenda": "", "office": "Polda", "version": 1}
    )  # fmt: skip
    content = json.dumps(preview(data, meeting, DAY, "Polda").content, default=str)
    assert MARK not in content
    assert len(content) > 10_000


def test_whoever_may_not_see_secrets_sees_its_own_acts_alone(store: Store) -> None:
    with acting(Actor("polda.1", "Polda", "admin")):
        (seq,) = acts_seen(store, 5)["seq"]
        assert MARK in act_seen(store, int(seq), "id")[0].to_csv()
    with acting(Actor("kpu.1", "KPU", "operator")):
        assert acts_seen(store, 5).empty
        with pytest.raises(LookupError):
            act_seen(store, int(seq), "id")


@pytest.mark.parametrize("page", ["linimasa", "data"])
def test_a_page_shows_no_secret_to_a_reader(
    store: Store, page: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("SIAGA_VAR", str(tmp_path))
    told = {}
    for role in ("pembaca", "admin"):
        line = Datasets(store, CLEARANCE[role])
        reader = Actor("x.1", "X", role)
        monkeypatch.setattr("pages.components.loaders.dataset", line.now)
        monkeypatch.setattr("pages.components.access.person.reader", lambda who=reader: who)
        test: AppTest = at_page(page, tanggal=str(DAY)).run()
        assert not test.exception
        told[role] = "".join(str(getattr(part, "proto", "")) for part in test.main)
    assert MARK not in told["pembaca"]
    assert MARK in told["admin"] or page != "linimasa", "else nothing is shown here"


def _ids(data: Dataset) -> list[str]:
    ids: list[str] = data.reports["report_id"].tolist()
    return ids


def test_a_worker_works_on_what_its_reader_may_see(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DATABASE_URL", store.engine.url.render_as_string())
    worker = _Worker(BytesIO())
    for role in ("admin", "pembaca", "operator", "admin"):
        outcome = worker._outcome(Order(_ids, (), clearance=CLEARANCE[role]))
        assert outcome.value == _ids(seen_by(store, role)), role
