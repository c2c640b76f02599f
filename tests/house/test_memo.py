"""Results are kept as long as the tables they rest on stand, and no longer."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date
from threading import Barrier, Thread
from typing import Any

import pandas as pd
import pytest
from sqlalchemy import delete, event, update

from analytics.polling.hari_h import SILENT
from data.store import tables as schema
from data.store.engine import Store
from services.custody.receipts import receipt_view
from services.dataset import PLANS, Dataset, load_dataset
from services.hotspots.areas import area_voters, areas
from services.hotspots.counts import exposure_of
from services.memo import memo
from services.network.build import minutes_between, network_of
from services.people.teams import PersonnelAsked, islands, personnel_view
from services.plan.make import PlanAsked, inputs_of
from services.polling.hari_h import board, default_moment
from services.risk.facts import risk_tables
from services.risk.index import risk_view

EVE = date(2024, 2, 13)
ELECTION = "pemilu2024"


@contextmanager
def tables_read(store: Store) -> Iterator[list[str]]:
    """Collect the tables that statements select from."""
    seen: list[str] = []

    def note(_connection: Any, _cursor: Any, words: str, *_: Any) -> None:
        if words.startswith("SELECT"):
            seen.extend(re.findall(r"\bFROM (\w+)", words))

    event.listen(store.engine, "before_cursor_execute", note)
    yield seen
    event.remove(store.engine, "before_cursor_execute", note)


def commit_report(store: Store, key: str = "UJI-1") -> None:
    row = store.read("reports").tail(1).assign(report_id=key, perkara_id=key)
    with store.begin("setup.prepare") as connection:
        store.insert_frame(connection, schema.reports, row)


# -- tables --------------------------------------------------------------------------------------


def test_units_are_read_once_per_load_and_once_per_plan(own_store: Store) -> None:
    with tables_read(own_store) as seen:
        data = load_dataset(own_store)
    assert seen.count("units") == 1
    with tables_read(own_store) as seen:
        inputs_of(data, PlanAsked("19.03"))
    assert seen.count("units") == 0  # that of the load is the one of the plan
    assert len(seen) == len(set(seen) - {"meta"}) + seen.count("meta")


def test_a_data_set_is_of_one_moment_and_the_next_one_has_what_came(own_store: Store) -> None:
    data = load_dataset(own_store)
    n = len(data.reports)
    assert data.fresh() is data
    commit_report(own_store)
    assert len(data.reports) == n
    with tables_read(own_store) as seen:
        after = data.fresh()
    assert set(seen) == {"meta", "reports"}
    assert len(after.reports) == len(after.read("reports")) == n + 1
    assert after.units is data.units
    assert after.fresh() is data.fresh() is after


def test_tables_read_together_are_of_one_moment(own_store: Store) -> None:
    """A commit between the reading of two tables shows in neither of them."""
    other = Store.open(str(own_store.engine.url))
    done: list[str] = []

    def interfere(_connection: Any, _cursor: Any, words: str, *_: Any) -> None:
        if "FROM units" in words and not done:
            done.append(words)
            commit_report(other)

    event.listen(own_store.engine, "after_cursor_execute", interfere)
    data = load_dataset(own_store)
    assert done
    assert "UJI-1" in set(own_store.read("reports")["report_id"])
    assert "UJI-1" not in set(data.reports["report_id"])
    assert "UJI-1" in set(data.fresh().reports["report_id"])
    other.close()


def test_a_table_first_used_late_is_known_at_the_revision_it_was_read_at(own_store: Store) -> None:
    data = load_dataset(own_store)
    with own_store.begin("setup.prepare") as connection:
        connection.execute(delete(schema.risk.disputes))
    assert data.read("disputes").empty
    assert data.fresh().read("disputes") is data.read("disputes")


def test_frames_may_stand_for_tables_without_touching_others(dataset: Dataset) -> None:
    bare = dataset.with_tables(reports=dataset.reports.head(3))
    assert len(bare.countable) <= len(bare.reports) == 3
    assert len(dataset.reports) > 3
    assert bare.units is dataset.units


# -- results -------------------------------------------------------------------------------------


def test_a_committed_report_leaves_network_and_shapes_as_they_are(own_store: Store) -> None:
    data = load_dataset(own_store)
    names = ("shapes", "display_shapes", "place_names", "bounds", "road_file")
    kept = {name: getattr(data, name) for name in names}
    kept |= {"network": network_of(data), "minutes": minutes_between(data)}
    kept |= {"exposure": exposure_of(data, ELECTION), "areas": areas(data, "desa")}
    counted = data.countable
    commit_report(own_store)
    after = data.fresh()
    found = {name: getattr(after, name) for name in names}
    found |= {"network": network_of(after), "minutes": minutes_between(after)}
    found |= {"exposure": exposure_of(after, ELECTION), "areas": areas(after, "desa")}
    assert all(found[name] is kept[name] for name in kept)
    assert len(after.countable) == len(counted) + 1
    assert data.countable is not after.countable
    assert len(data.countable) == len(counted)


def test_what_rests_on_a_table_is_made_again_when_it_was_written(own_store: Store) -> None:
    data = load_dataset(own_store)
    before = data.place_names, data.shapes, network_of(data), exposure_of(data, ELECTION)
    with own_store.begin("setup.prepare") as connection:
        at = schema.units.c
        connection.execute(update(schema.units).where(at.code == "19.01").values(name="Uji"))
    data = data.fresh()
    after = data.place_names, data.shapes, network_of(data), exposure_of(data, ELECTION)
    assert all(new is not old for new, old in zip(after, before, strict=True))
    assert data.place_names["19.01"] == "Kab. Uji"
    assert "Uji" in set(data.shapes["kabupaten"]["name"])


ASKED: dict[str, Callable[[Dataset], Any]] = {
    "reports": lambda d: d.countable,
    "display_shapes": lambda d: d.display_shapes,
    "network": network_of,
    "exposure": lambda d: exposure_of(d, ELECTION),
    "voters": lambda d: area_voters(d, "hexagon", ELECTION),
    "islands": islands,
    "tables": lambda d: risk_tables(d, ELECTION, EVE, simulation=True),
    "risk": lambda d: risk_view(d, ELECTION, EVE),
    "board": lambda d: board(d, ELECTION, default_moment(d, ELECTION)),
    "receipts": lambda d: receipt_view(d, ELECTION),
}


@pytest.mark.parametrize("name", ASKED)
def test_a_result_knows_every_table_that_was_read_for_it(own_store: Store, name: str) -> None:
    """The statements that reach the store are the witness, not what the code says of itself."""
    data = Dataset(load_dataset(own_store)._line, own_store.revisions(), {})
    with tables_read(own_store) as seen:
        ASKED[name](data)
    with_tables = set(seen) - {"meta"}
    assert with_tables
    again = memo(1)(ASKED[name])
    again(data)
    slot = next(iter(data.results._slots[again.__wrapped__].values()))
    assert set(slot.read or {}) - {PLANS} == with_tables


def test_nothing_that_is_kept_reads_past_the_data_set(dataset: Dataset) -> None:
    @memo(1)
    def past(data: Dataset) -> pd.DataFrame:
        return data.store.units()

    with pytest.raises(RuntimeError, match="through the data set"):
        past(dataset)
    assert len(dataset.store.units()) == len(dataset.units)


def test_inner_results_hand_their_tables_to_outer_ones(own_store: Store) -> None:
    calls: list[str] = []

    @memo(2)
    def inner(data: Dataset) -> int:
        calls.append("inner")
        return len(data.rakor)

    @memo(2)
    def outer(data: Dataset, plus: int) -> int:
        calls.append("outer")
        return inner(data) + plus

    data = load_dataset(own_store)
    n = inner(data)
    assert outer(data, 1) == n + 1  # with the inner one from what is kept
    with own_store.begin("setup.prepare") as connection:
        connection.execute(delete(schema.rakor))
    assert outer(data.fresh(), 1) == 1
    assert calls == ["inner", "outer", "outer", "inner"]


def test_two_readers_at_once_make_one_result(dataset: Dataset) -> None:
    start, made = Barrier(4), []

    @memo(1)
    def slow(data: Dataset) -> object:
        made.append(object())
        pd.concat([data.units] * 200).sort_values("name")
        return made[-1]

    found: list[object] = []

    def ask() -> None:
        start.wait()
        found.append(slow(dataset))

    threads = [Thread(target=ask) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(made) == 1
    assert found == made * 4


def test_what_fails_is_tried_again(dataset: Dataset) -> None:
    tries = iter([ValueError("not yet"), None])

    @memo(1)
    def once(data: Dataset) -> int:
        if fault := next(tries):
            raise fault
        return len(data.units)

    with pytest.raises(ValueError, match="not yet"):
        once(dataset)
    assert once(dataset) == len(dataset.units)


def test_only_the_results_used_last_are_kept(dataset: Dataset) -> None:
    made: list[int] = []

    @memo(2)
    def of(_data: Dataset, n: int) -> int:
        made.append(n)
        return n

    for n in (1, 2, 1, 3, 1, 2):
        assert of(dataset, n) == n
    assert made == [1, 2, 3, 2]


def test_frames_count_as_arguments_by_identity(dataset: Dataset) -> None:
    @memo(4)
    def rows(_data: Dataset, frame: pd.DataFrame) -> list[int]:
        return [len(frame)]

    frame = dataset.units.head(2)
    assert rows(dataset, frame) is rows(dataset, frame)
    assert rows(dataset, frame) is not rows(dataset, frame.copy())


@dataclass(frozen=True, eq=False)
class Made:
    data: Dataset = field(repr=False)
    n: int


def test_a_result_that_knows_its_data_set_moves_on_with_it(own_store: Store) -> None:
    made: list[int] = []

    @memo(2)
    def view(data: Dataset) -> Made:
        made.append(1)
        return Made(data, len(data.units))

    @memo(2)
    def disputes(of: Made) -> int:
        return len(of.data.read("disputes"))

    data = load_dataset(own_store)
    first = view(data)
    assert disputes(first) > 0
    with own_store.begin("setup.prepare") as connection:
        connection.execute(delete(schema.risk.disputes))
    after = data.fresh()
    second = view(after)
    assert made == [1]
    assert second.data is after
    assert view(after) is second
    assert disputes(second) == 0
    assert view(data).data is data  # a reader who is not done with the old one
    assert view(after).data is after
    assert made == [1]


def test_old_data_sets_are_let_go(own_store: Store) -> None:
    @memo(1)
    def moves_on(data: Dataset) -> Made:
        return Made(data, len(data.units))

    @memo(1)
    def falls(data: Dataset) -> Made:
        return Made(data, len(data.read("disputes")))

    data = load_dataset(own_store)
    moves_on(data), falls(data)
    with own_store.begin("setup.prepare") as connection:
        connection.execute(delete(schema.risk.disputes))
    after = data.fresh()
    held = [
        slot.value.data
        for slots in after.results._slots.values()
        for slot in slots.values()
        if hasattr(slot.value, "data")
    ]
    assert held
    assert all(of is after for of in held)


# -- pages ---------------------------------------------------------------------------------------


def test_a_line_of_the_day_leaves_risk_and_people_as_they_are(own_store: Store) -> None:
    from data.polling.hari_h import write_statuses

    data = load_dataset(own_store)
    asked = PersonnelAsked()
    risk = risk_view(data, ELECTION, EVE)
    people = personnel_view(data, ELECTION, EVE, risk, asked)
    at = default_moment(data, ELECTION)
    silent = board(data, ELECTION, at).count(SILENT)
    tps = str(data.tps["tps_id"].iloc[0])
    write_statuses(own_store, [tps], "buka", at.to_pydatetime(), "Posko")
    after = data.fresh()
    again = risk_view(after, ELECTION, EVE)
    assert again.tps is risk.tps
    assert personnel_view(after, ELECTION, EVE, again, asked).need is people.need
    assert board(after, ELECTION, at).count(SILENT) == silent - 1
    assert board(data, ELECTION, at).count(SILENT) == silent
