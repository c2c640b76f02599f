"""Who told of what up to which day, by hand, against days walked one by one, and as it is shown."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from streamlit.testing.v1 import AppTest

from analytics.reports.review.heard import NO_AGENCY, WITHIN_DAYS, last_told, unheard
from data.store.engine import Store
from data.store.ledger.acts import Actor, acting
from services.access.accounts import Changes, add_user, change_user
from services.dataset import Dataset, load_dataset
from services.ingest.imports import Asked, import_file
from services.reports.review.heard import dark_words, finding, heard, heard_table, reminder

TODAY = date(2026, 11, 20)
AREAS = ["19.01", "19.04", "19.04.01"]
UNITS = ["19", "19.01", "19.01.02", "19.04", "19.04.01", "19.04.01.2003", "19.04.02", "19.041"]


def rows_of(*rows: tuple[str, str | None, str, date, int, str]) -> pd.DataFrame:
    """Return reports: kind, agency, unit, day, further days, verification."""
    columns = ["kind", "agency", "unit_kejadian", "date_event", "date_end", "verification"]
    table = pd.DataFrame(
        [
            (kind, agency, unit, pd.Timestamp(at), pd.Timestamp(at + timedelta(more)), state)
            for kind, agency, unit, at, more, state in rows
        ],
        columns=columns,
    ).assign(date_precision="day")
    times = {"date_event": "datetime64[s]", "date_end": "datetime64[s]", "agency": "str"}
    return table.astype(times)


def test_the_last_word_by_hand() -> None:
    told = last_told(
        rows_of(
            ("kejadian", "KPU", "19.04.01.2003", date(2026, 11, 3), 0, "belum"),
            ("kejadian", "KPU", "19.04", date(2026, 11, 9), 0, "terverifikasi"),
            ("kejadian", "KPU", "19.01", date(2026, 11, 19), 0, "ditolak"),
            ("nihil", "Polda", "19", date(2026, 11, 1), 30, "terverifikasi"),
            ("kejadian", None, "19.01.02", date(2026, 10, 1), 0, "dikutip"),
            ("kejadian", None, "19.01.02", date(2026, 11, 21), 0, "dikutip"),
        ),
        AREAS,
        TODAY,
    )
    assert list(told.index) == [NO_AGENCY, "KPU", "Polda"]
    day = {key: [str(one.date()) if pd.notna(one) else None for one in told.loc[key]]
           for key in told.index}  # fmt: skip
    assert day == {
        NO_AGENCY: ["2026-10-01", None, None],
        "KPU": [None, "2026-11-09", "2026-11-03"],
        "Polda": ["2026-11-20"] * 3,
    }


ROWS = st.tuples(
    st.sampled_from(["kejadian", "potensi", "nihil"]),
    st.sampled_from(["KPU", "Polda", None]),
    st.sampled_from(UNITS[:-1]),
    st.dates(date(2026, 9, 1), date(2026, 12, 1)),
    st.integers(0, 40),
    st.sampled_from(["belum", "terverifikasi", "ditolak", "ditarik", "dikutip"]),
)


@settings(max_examples=40)
@given(st.lists(ROWS, max_size=6))
def test_the_last_word_is_the_last_of_the_days_told(
    rows: list[tuple[str, str | None, str, date, int, str]],
) -> None:
    told = last_told(rows_of(*rows), AREAS, TODAY)
    for agency in ("KPU", "Polda", None):
        silent = []
        for area in AREAS:
            days = [date.min]
            for kind, who, unit, begin, more, state in rows:
                days_of = [
                    begin + timedelta(n) for n in range((more if kind == "nihil" else 0) + 1)
                ]
                own, parts = unit.split("."), area.split(".")
                below = own[: len(parts)] == parts
                above = kind == "nihil" and parts[: len(own)] == own
                if who == agency and state not in {"ditolak", "ditarik"} and (below or above):
                    days += [one for one in days_of if one <= TODAY]
            last = max(days)
            key = agency or NO_AGENCY
            found = told.loc[key, area] if key in told.index else pd.NaT
            assert (found.date() if pd.notna(found) else date.min) == last
            if last <= TODAY - timedelta(days=WITHIN_DAYS):
                silent.append(area)
        if agency:
            assert unheard(rows_of(*rows), AREAS, agency, TODAY) == silent


def script() -> None:
    """Draw who reports; runs alone, without the names of this module."""
    from pages.components import loaders
    from pages.components.reports.review import heard

    heard.draw(loaders.dataset())


@pytest.fixture
def data(own_store: Store, monkeypatch: pytest.MonkeyPatch) -> Dataset:
    monkeypatch.setenv("SIAGA_NOW", "2026-11-20T03:00:00+00:00")
    return load_dataset(own_store)


def test_without_agencies_it_is_said_that_none_reports(data: Dataset) -> None:
    found = heard(data)
    assert finding(found, "id").startswith("Belum ada instansi")
    assert not found.silent.any(axis=None)
    assert len(found.dark) == 7
    assert reminder(found, data, "id") == ""
    assert heard_table(found, data, "en")["Agency"].tolist() == ["Published sources"]


def test_who_is_silent_about_its_own_areas_is_named(
    data: Dataset, own_store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for account, office, role, areas in (
        ("polres.1", "Polres Bangka", "operator", ["19.01"]),
        ("bawaslu.1", "Bawaslu", "operator", []),
        ("bawaslu.2", "Bawaslu", "operator", ["19.03"]),
        ("kpu.1", "KPU", "verifikator", []),
        ("polda.1", "Polda", "operator", ["19.04"]),
    ):
        add_user(own_store, account, Changes(f"{account}@contoh.id", office, role, areas))
    change_user(own_store, "polda.1", Changes(active=False))
    file = tmp_path / "a.csv"
    file.write_text(
        "tanggal,sampai,jenis,kode kabupaten,instansi\n"
        "01/11/2026,15/11/2026,nihil,19.01,Bawaslu\n"
        "01/01/2026,10/10/2026,nihil,19.02,Polres Belitung\n",
        encoding="utf-8",
    )
    with acting(Actor("lokal", "-", "admin")):
        assert import_file(own_store, "reports", file, Asked(scheme="kemendagri")).accepted == 2
    data = load_dataset(own_store)
    found = heard(data)
    assert found.silent.sum(axis=1).to_dict() == {
        "Bawaslu": 6, "Polres Bangka": 1, "Polres Belitung": 1, NO_AGENCY: 0,
    }  # fmt: skip
    assert finding(found, "en").startswith("3 of 3 agencies are silent for 30 days or more: Baw")
    assert sorted(found.dark) == ["19.02", "19.03", "19.04", "19.05", "19.06", "19.71"]
    assert dark_words(found, data, "en").startswith("30 days without a word from any agency: Ban")
    words = reminder(found, data, "id").splitlines()
    assert words[0].startswith("Sampai 20 November 2026")
    assert "- Polres Bangka: Bangka" in words
    assert "- Polres Belitung: Belitung" in words
    table = heard_table(found, data, "id").set_index("Instansi")
    assert table.loc["Bawaslu", "Bangka"] == 5
    assert pd.isna(table.loc["Polres Bangka", "Bangka"])
    assert table.loc["Polres Belitung", "Belitung"] == 41
    monkeypatch.setattr("pages.components.loaders.dataset", lambda: data)
    test = AppTest.from_function(script, default_timeout=60).run()
    assert not test.exception
    assert [one.value for one in test.code] == ["\n".join(words)]
    assert test.dataframe[0].value["Instansi"].tolist() == list(table.index)
