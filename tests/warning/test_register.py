"""The register of warnings: nothing disappears, nothing later changes an earlier day."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analytics.warning.register import delays, outcomes_by_rule, register, seen_events, states
from data.clock import start_of, today
from data.errors import SchemaError, WarningOrderError, WarningStateError, WarningUnknownError
from data.store.engine import Store
from data.store.meeting.rules import WARNING_OUTCOMES
from data.warning.register import add_events, keep
from geo.errors import ParameterError
from services.dataset import Dataset, load_dataset
from services.warning import register as service

DAY = date(2023, 11, 6)
OFFICE = "Kesbangpol Provinsi"
ACTIONS = pd.DataFrame({"warning_id": pd.Series(dtype="str"),
                        "at": pd.Series(dtype="datetime64[us, UTC]")})  # fmt: skip


def fired(*rows: tuple[str, str, str]) -> pd.DataFrame:
    """Return warnings of a day: id, rule and level, all in one kabupaten."""
    return pd.DataFrame({
        "warning_id": [key for key, _, _ in rows], "rule": [rule for _, rule, _ in rows],
        "subject": "P0001", "place_code": "19.01", "place_level": "kabupaten", "stage": "kampanye",
        "level": [level for _, _, level in rows], "since": pd.Timestamp("2023-10-20"),
        "horizon_days": 30, "probability": np.nan, "confidence": "sedang",
        "evidence": [(("report", "R1"), ("affair", "P0001"))] * len(rows),
        "facts": [{"n": 2} for _ in rows], "owner": "Polda",
    })  # fmt: skip


@pytest.fixture
def register_of(
    own_store: Store, monkeypatch: pytest.MonkeyPatch
) -> tuple[Dataset, dict[date, Any]]:
    """Return a data set, and by day what the rules say then; without an entry, nothing."""
    said: dict[date, Any] = {}
    monkeypatch.setattr(service, "warnings_on", lambda _, day: said.get(day, fired()))
    monkeypatch.setattr(service, "with_probability", lambda rows, _: rows)
    return load_dataset(own_store), said


def at(day: date, hour: int = 9) -> datetime:
    return (start_of(day) + pd.Timedelta(hours=hour)).to_pydatetime()


def later(days: int) -> date:
    return DAY + timedelta(days=days)


def row_of(data: Dataset, key: str, day: date) -> pd.Series:
    rows = service.register_on(data.fresh(), day).set_index("warning_id")
    found: pd.Series = rows.loc[key]
    return found


def test_a_warning_from_first_sight_to_its_closing(
    register_of: tuple[Dataset, dict[date, Any]],
) -> None:
    data, said = register_of
    for n in range(4):
        said[later(n)] = fired(("w-1", "potensi", "siaga" if n > 1 else "waspada"))
    assert row_of(data, "w-1", DAY)["state"] == "baru"
    assert service.keep_warnings(data, DAY, OFFICE) == ["w-1"]
    assert service.keep_warnings(data, DAY, OFFICE) == []
    first = row_of(data, "w-1", DAY)
    assert first[["state", "raised_on", "age_days"]].tolist() == ["terbuka", pd.Timestamp(DAY), 0]
    assert pd.isna(first["owner"])
    service.take(data.fresh(), "w-1", "Polres Bangka", at(later(1), 12))
    assert row_of(data, "w-1", later(1))["owner"] == "Polres Bangka"
    assert pd.isna(row_of(data, "w-1", DAY)["owner"])
    assert service.keep_warnings(data.fresh(), later(2), OFFICE) == []
    history = service.history_of(data.fresh(), "w-1")
    assert history["kind"].tolist() == ["tingkat", "pemilik", "tingkat"]
    assert history["value"].tolist() == ["waspada", "Polres Bangka", "siaga"]
    # It fires no longer: it stays as it was noted last, and asks to be closed.
    lapsed = row_of(data, "w-1", later(9))
    assert lapsed[["state", "level", "age_days", "fires"]].tolist() == [
        "tidak_lagi_terpenuhi", "siaga", 9, False,
    ]  # fmt: skip
    assert lapsed[["horizon_days", "place_level"]].tolist() == [30, "kabupaten"]
    assert lapsed["evidence"] == (("report", "R1"), ("affair", "P0001"))
    assert lapsed["facts"] == {"n": 2}
    assert lapsed["since"] == pd.Timestamp("2023-10-20")
    service.close(data, "w-1", OFFICE, "dialog selesai", "dicegah", at(later(9)))
    closed = row_of(data, "w-1", later(9))
    assert closed[["state", "closing_reason", "outcome"]].tolist() == [
        "ditutup", "dialog selesai", "dicegah",
    ]  # fmt: skip
    assert row_of(data, "w-1", later(8))["state"] == "tidak_lagi_terpenuhi"
    service.reopen(data, "w-1", OFFICE, "kabar baru", at(later(10)))
    again = row_of(data, "w-1", later(10))
    assert again["state"] == "tidak_lagi_terpenuhi"
    assert again[["closed_at", "closing_reason", "outcome"]].isna().all()
    assert row_of(data, "w-1", later(9))["state"] == "ditutup"


def test_taking_a_warning_that_was_only_computed_keeps_it(
    register_of: tuple[Dataset, dict[date, Any]],
) -> None:
    data, said = register_of
    said[DAY] = fired(("w-1", "potensi", "awas"))
    with pytest.raises(SchemaError, match="an office, never a person"):
        service.take(data, "w-1", "Bapak Anu", at(DAY))
    assert data.fresh().read("warnings").empty
    with pytest.raises(SchemaError, match="value"):
        service.take(data, "w-1", "  ", at(DAY), office=OFFICE)
    service.take(data, "w-1", "Polda", at(DAY))
    row = row_of(data, "w-1", DAY)
    assert row[["state", "owner", "level"]].tolist() == ["terbuka", "Polda", "awas"]
    with pytest.raises(WarningUnknownError):
        service.take(data, "w-2", "Polda", at(DAY))


@pytest.mark.parametrize("reason", ["", "  ", "\n"])
def test_nothing_is_closed_without_a_reason(
    register_of: tuple[Dataset, dict[date, Any]], reason: str
) -> None:
    data, said = register_of
    said[DAY] = fired(("w-1", "potensi", "awas"))
    service.keep_warnings(data, DAY, OFFICE)
    with pytest.raises(SchemaError, match="the reason of a closing"):
        service.close(data, "w-1", OFFICE, reason, "terjadi", at(DAY))
    service.close(data, "w-1", OFFICE, "selesai", "terjadi", at(DAY))
    with pytest.raises(SchemaError, match="the reason of a reopening"):
        service.reopen(data, "w-1", OFFICE, reason, at(DAY, 10))
    history = service.history_of(data.fresh(), "w-1")
    assert history["kind"].tolist() == ["tingkat", "hasil", "ditutup"]


def test_what_does_not_fit_is_refused_and_leaves_nothing(
    register_of: tuple[Dataset, dict[date, Any]],
) -> None:
    data, said = register_of
    said[DAY] = fired(("w-1", "potensi", "awas"))
    service.keep_warnings(data, DAY, OFFICE)
    with pytest.raises(SchemaError, match="terjadi, dicegah"):
        service.close(data, "w-1", OFFICE, "selesai", "beres", at(DAY))
    with pytest.raises(WarningStateError, match="terbuka"):
        service.reopen(data, "w-1", OFFICE, "alasan", at(DAY))
    with pytest.raises(SchemaError, match="no time to come"):
        service.take(data, "w-1", "Polda", datetime.now(UTC) + timedelta(days=2))
    with pytest.raises(WarningOrderError):
        service.take(data, "w-1", "Polda", at(later(-3)))
    with pytest.raises(WarningUnknownError):
        service.close(data, "w-9", OFFICE, "selesai", "terjadi", at(DAY))
    with pytest.raises(ParameterError, match="as_of"):
        service.keep_warnings(data, date(2199, 1, 1), OFFICE)
    service.close(data, "w-1", OFFICE, "selesai", "terjadi", at(DAY))
    with pytest.raises(WarningStateError, match="ditutup"):
        service.close(data, "w-1", OFFICE, "lagi", "terjadi", at(DAY, 12))
    with pytest.raises(WarningStateError, match="ditutup"):
        service.take(data, "w-1", "Polda", at(DAY, 12))
    assert len(service.history_of(data.fresh(), "w-1")) == 3
    service.close(data, "w-1", OFFICE, "selesai", "terjadi", at(DAY))  # pressed twice: said once
    assert len(service.history_of(data.fresh(), "w-1")) == 3


def test_one_wrong_warning_keeps_all_out(own_store: Store) -> None:
    good = {"warning_id": "w-1", "rule": "potensi", "subject": "P", "place_code": "19.01",
            "level": "awas", "raised_on": DAY, "confidence": "sedang", "evidence": [], "facts": {},
            "owner": "Polda"}  # fmt: skip
    for wrong in ({"place_code": "19.99"}, {"level": "merah"}, {"owner": None}):
        with pytest.raises(SchemaError):
            keep(own_store, [good, {**good, "warning_id": "w-2", **wrong}], OFFICE, at(DAY))
    assert own_store.count("warnings") == own_store.count("warning_events") == 0
    with pytest.raises(WarningUnknownError):
        add_events(own_store, "w-1", [{"kind": "tindakan"}], OFFICE, at(DAY))


def test_delays_by_hand(register_of: tuple[Dataset, dict[date, Any]]) -> None:
    data, said = register_of
    said[DAY] = fired(*((f"w-{n}", "aksi" if n == 4 else "potensi", "awas") for n in range(1, 5)))
    service.keep_warnings(data, DAY, OFFICE)  # noted at midnight
    service.take(data, "w-1", "Polda", at(DAY, 6))
    service.take(data, "w-2", "Polda", at(DAY, 12))
    service.take(data, "w-2", "Polres Bangka", at(DAY, 20))
    add_events(data.store, "w-1", [{"kind": "tindakan", "note": "patroli"}], "Polda", at(DAY, 30))
    service.close(data, "w-1", OFFICE, "tenang", "dicegah", at(DAY, 48))
    service.close(data, "w-4", OFFICE, "keliru", "salah_alarm", at(DAY, 24))
    _answer(data, "w-2", at(DAY, 15), at(DAY, 40))
    found = service.delays(data.fresh(), later(3)).set_index(["rule", "until"])
    figures = ["n", "median_hours", "least_hours", "greatest_hours", "waiting", "never"]
    assert found.loc[("semua", "owner"), figures].tolist() == [2, 9, 6, 12, 1, 1]
    assert found.loc[("semua", "action"), figures].tolist() == [2, 22.5, 15, 30, 1, 1]
    assert found.loc[("semua", "outcome"), figures].tolist() == [2, 36, 24, 48, 2, 0]
    assert found.loc[("aksi", "outcome"), ["n", "median_hours"]].tolist() == [1, 24]
    assert found.loc[("potensi", "owner"), "waiting"] == 1
    on_the_day = service.delays(data.fresh(), DAY).set_index(["rule", "until"])
    assert on_the_day.loc[("semua", "action"), figures[:2]].tolist() == [1, 15]
    paid = service.rules_paid_off(data.fresh(), later(3))
    assert paid.loc["potensi", ["n_kept", "n_open", "dicegah", "untold"]].tolist() == [3, 2, 1, 2]
    assert paid.loc["potensi", ["paid_off", "cried_wolf"]].tolist() == [1, 0]
    assert paid.loc["aksi", ["paid_off", "cried_wolf"]].tolist() == [0, 1]
    assert service.rules_paid_off(data.fresh(), later(-9)).empty
    assert service.delays(data.fresh(), later(-9)).empty


def _answer(data: Dataset, key: str, *moments: datetime) -> None:
    """Write an action that answers a warning, changed at each of the moments."""
    from data.store import tables as schema
    from data.store.frames import rows_of

    action = {"action_id": "a", "warning_id": key, "risk": "r", "decision": "d", "owner": "Polda",
              "opened_on": DAY, "status": "berjalan"}  # fmt: skip
    changes = [
        {"change_id": f"c{n}", "action_id": "a", "at": moment, "via": "formulir", "office": "Polda"}
        for n, moment in enumerate(moments)
    ]
    tables = schema.meeting.actions, schema.meeting.action_changes
    with data.store.begin("setup.prepare") as connection:
        for table, rows in zip(tables, ([action], changes), strict=True):
            data.store.insert_frame(connection, table, rows_of(table, rows))


def test_a_closed_warning_that_fires_again_is_seen_and_asks_to_be_opened(
    register_of: tuple[Dataset, dict[date, Any]],
) -> None:
    data, said = register_of
    said |= {later(n): fired(("w-1", "potensi", "waspada")) for n in (0, 1)}
    said[later(5)] = fired(("w-1", "potensi", "awas"))
    service.keep_warnings(data, DAY, OFFICE)
    service.close(data.fresh(), "w-1", OFFICE, "dialog selesai", "dicegah", at(DAY, 20))
    states_by_day = {n: row_of(data, "w-1", later(n))["state"] for n in (0, 1, 3, 5)}
    assert states_by_day == {
        0: "ditutup", 1: "menyala_lagi", 3: "ditutup", 5: "menyala_lagi",
    }  # fmt: skip
    again = row_of(data, "w-1", later(5))
    assert again[["level", "closing_reason", "outcome"]].tolist() == [
        "awas", "dialog selesai", "dicegah",
    ]  # fmt: skip
    service.reopen(data.fresh(), "w-1", OFFICE, "menyala lagi", at(later(5)))
    assert row_of(data, "w-1", later(5))["state"] == "terbuka"


@pytest.mark.parametrize("moment", ["2023-11-05T17:30:00+00:00", "2023-11-06T23:30:00+00:00"])
def test_warnings_are_kept_before_seven_in_the_morning_too(
    register_of: tuple[Dataset, dict[date, Any]], monkeypatch: pytest.MonkeyPatch, moment: str
) -> None:
    # In the province the day begins seven hours before that of the store.
    monkeypatch.setenv("SIAGA_NOW", moment)
    data, said = register_of
    said[today()] = fired(("w-1", "potensi", "siaga"))
    assert service.keep_warnings(data, today(), OFFICE) == ["w-1"]


WARNINGS = pd.DataFrame({
    "warning_id": ["a", "b"], "rule": ["potensi", "aksi"], "subject": "P", "place_code": "19.01",
    "stage": "kampanye", "level": "waspada", "raised_on": pd.Timestamp("2023-01-01"),
    "probability": np.nan, "confidence": "sedang", "evidence": "[]", "facts": "{}",
    "owner": "Polda", "recorded_at": pd.Timestamp("2023-01-01", tz="UTC"),
})  # fmt: skip
kinds = st.sampled_from(["pemilik", "tindakan", "hasil", "ditutup", "dibuka_lagi", "tingkat"])
noted = st.lists(st.tuples(st.integers(0, 90), st.sampled_from(["a", "b"]), kinds), max_size=20)


def events_of(rows: list[tuple[int, str, str]]) -> pd.DataFrame:
    value = {"hasil": "dicegah", "tingkat": "siaga", "pemilik": "Polda"}
    moments = [
        pd.Timestamp("2023-01-01 05:00", tz="UTC") + pd.Timedelta(days=d) for d, _, _ in rows
    ]
    return pd.DataFrame({
        "event_id": [f"e{n}" for n in range(len(rows))], "warning_id": [k for _, k, _ in rows],
        "kind": [kind for _, _, kind in rows], "at": pd.DatetimeIndex(moments, tz="UTC"),
        "office": "Polda", "value": [value.get(kind) for _, _, kind in rows], "note": "alasan",
        "recorded_at": pd.DatetimeIndex(moments, tz="UTC"),
    })  # fmt: skip


def shown(rows: list[tuple[int, str, str]], day: int) -> pd.DataFrame:
    moment = pd.Timestamp("2023-01-01 23:59", tz="UTC") + pd.Timedelta(days=day)
    kept = states(seen_events(WARNINGS, events_of(rows), moment), ACTIONS)
    return register(fired(("a", "potensi", "awas")), WARNINGS, kept, moment.normalize())


@given(rows=noted, more=noted, day=st.integers(0, 90))
@settings(max_examples=25)
def test_later_events_never_change_an_earlier_view(
    rows: list[Any], more: list[Any], day: int
) -> None:
    rows = sorted(rows, key=lambda one: one[0])
    after = [one for one in more if one[0] > day]
    pd.testing.assert_frame_equal(shown(rows, day), shown([*rows, *after], day))


@given(rows=noted)
@settings(max_examples=10)
def test_nothing_kept_disappears_and_states_agree_with_plain_loops(rows: list[Any]) -> None:
    rows = sorted(rows, key=lambda one: one[0])
    seen: set[str] = set()
    for day in range(0, 91, 10):
        table = shown(rows, day).set_index("warning_id")
        assert seen <= set(table.index)
        seen = set(table.index)
        for key in ("a", "b"):
            own = [kind for at_day, k, kind in rows if k == key and at_day <= day]
            if not own:
                assert key not in table.index or table.loc[key, "state"] == "baru"
                continue
            closed, closed_on = False, 0
            told = [(d, kind) for d, k, kind in rows if k == key and d <= day]
            for at_day, kind in told:
                closed = kind == "ditutup" or (closed and kind != "dibuka_lagi")
                closed_on = at_day if kind == "ditutup" else closed_on
            again = key == "a" and closed_on < day
            wanted = "terbuka" if key == "a" else "tidak_lagi_terpenuhi"
            wanted = ("menyala_lagi" if again else "ditutup") if closed else wanted
            assert table.loc[key, "state"] == wanted
            since = (
                own[len(own) - own[::-1].index("dibuka_lagi") :] if "dibuka_lagi" in own else own
            )
            assert pd.notna(table.loc[key, "outcome"]) == ("hasil" in since)
            assert pd.notna(table.loc[key, "owner"]) == ("pemilik" in own)
            assert pd.notna(table.loc[key, "closed_at"]) == closed


@given(rows=noted)
@settings(max_examples=20)
def test_delays_agree_with_plain_loops(rows: list[Any]) -> None:
    rows = sorted(rows, key=lambda one: one[0])
    kept = states(events_of(rows), ACTIONS)
    found = delays(WARNINGS, kept)
    hours = []
    for key in ("a", "b"):
        own = [(at_day, kind) for at_day, k, kind in rows if k == key]
        named = [at_day for at_day, kind in own if kind == "pemilik"]
        if named:
            hours.append(24.0 * (named[0] - own[0][0]))
    if found.empty:
        assert not rows
        return
    row = found.set_index(["rule", "until"]).loc[("semua", "owner")]
    assert row["n"] == len(hours)
    assert row["n"] + row["waiting"] + row["never"] == len({k for _, k, _ in rows})
    if hours:
        assert row["median_hours"] == pytest.approx(np.median(hours))
    counted = outcomes_by_rule(WARNINGS, kept, WARNING_OUTCOMES)
    assert (counted[[*WARNING_OUTCOMES, "untold"]].sum(axis=1) == counted["n_kept"]).all()
    assert (counted["n_open"] + counted["n_closed"] == counted["n_kept"]).all()
