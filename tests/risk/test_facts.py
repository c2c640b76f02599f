"""What was known on a day: the latest of each, nothing of tomorrow, both figures that differ."""

from __future__ import annotations

import csv
from collections import Counter
from datetime import date
from pathlib import Path

import pandas as pd

from data.risk.answers import Answer
from data.store import tables as schema
from data.store.engine import Store
from data.store.shipped import load_shipped
from services.dataset import Dataset, load_dataset
from services.prepare import prepare
from services.risk.facts import RiskTables, risk_tables
from tests.risk_store import PENYAK, answer, bring_risk, plain

EVE = date(2024, 2, 13)
RISK = (
    "indicator_versions", "risk_indicators", "indicator_counts", "class_totals",
    "security_patterns", "baseline_scores", "personnel_available",
)  # fmt: skip


def say(
    store: Store, value: float, day: date, number: str | None = "001", who: str = "PPS"
) -> None:
    place = ("riwayat_kekerasan", "19.04.01.2007", number)
    answer(store, Answer("pemilu2024", *place, value, who, day))


def values_of(tables: RiskTables) -> pd.DataFrame:
    return tables.values  # noqa: PD011


def test_lists_of_both_cycles_with_what_they_state(dataset: Dataset) -> None:
    first = risk_tables(dataset, "pemilu2024", EVE)
    assert (len(first.indicators), first.stated_count, first.has_register) == (22, 22, True)
    second = risk_tables(dataset, "pilkada2024", date(2024, 11, 26))
    assert (len(second.indicators), second.stated_count, second.has_register) == (26, 27, False)
    third = risk_tables(dataset, "pilkada_ulang2025", date(2025, 8, 26))
    assert (len(third.indicators), third.stated_count) == (0, 0)
    stated = first.versions.set_index("version_id")[["stated_count", "named_count"]]
    assert {i: tuple(r) for i, r in zip(stated.index, stated.to_numpy(), strict=True)} == {
        "pemilu2024/ID/22": (22, 22), "pilkada2024/19/27": (27, 26), "pilkada2024/ID/25": (25, 0),
    }  # fmt: skip
    assert first.versions["url"].str.startswith("https://").all()


def test_police_totals_stand_beside_all_tps(dataset: Dataset) -> None:
    totals = risk_tables(dataset, "pilkada2024", date(2024, 11, 26)).class_totals
    whole = totals[totals["unit_code"].eq("19")].set_index("kelas")
    assert whole["count"].to_dict() == {
        "kurang_rawan": 1793, "rawan": 100, "sangat_rawan": 11, "khusus": 8,
    }  # fmt: skip
    assert whole["count"].sum() == 1912
    assert set(whole["tps_total"]) == {2197}
    parts = totals[totals["level"].eq("kabupaten") & totals["kelas"].eq("sangat_rawan")]
    assert parts["count"].sum() == 11
    assert risk_tables(dataset, "pilkada2024", date(2024, 9, 7)).class_totals.empty


def test_a_word_that_is_no_class_is_put_into_none(dataset: Dataset) -> None:
    totals = risk_tables(dataset, "pemilu2024", EVE).class_totals
    other = totals[totals["unit_code"].ne("19.71")]
    assert other["kelas"].isna().all()
    assert totals.loc[totals["unit_code"].eq("19.03"), "count"].sum() == 555
    city = totals[totals["unit_code"].eq("19.71")].set_index("kelas")["count"]
    assert city.to_dict() == {"kurang_rawan": 688, "rawan": 43, "sangat_rawan": 7}
    assert city.sum() == 738  # more than the 622 TPS of the city: the police cover Pangkalan Baru


def test_baselines_are_of_this_election_only(dataset: Dataset) -> None:
    first = risk_tables(dataset, "pemilu2024", EVE).baseline
    assert set(first["instrument"]) == {"IKP2024"}
    assert first.loc[first["level"].eq("kabupaten"), "score"].isna().all()
    second = risk_tables(dataset, "pilkada2024", date(2024, 11, 26)).baseline
    assert set(second["instrument"]) == {"IKP Pilkada 2024"}
    numbered = second[second["score"].notna()]
    assert plain(numbered, "unit_code", "score") == [("19.02", 15.78)]


def test_patterns_follow_their_words(dataset: Dataset) -> None:
    rows = risk_tables(dataset, "pemilu2024", EVE).patterns
    belitung = rows[rows["pattern_id"].eq("polres_belitung_pemilu2024")].set_index("kelas")
    assert belitung[["police", "tps"]].to_numpy().tolist() == [[1, 1], [1, 3], [1, 2], [1, 1]]
    assert belitung["linmas"].isna().all()
    said = rows["note"].str.extract(r"\((polisi-TPS-linmas)\)")[0].notna()
    words = rows["note"].str.extract(r"(\d+)-(\d+)-(\d+)")[said].astype(float)
    assert len(words) == 10
    columns = rows.loc[said, ["police", "tps", "linmas"]]
    assert (words.to_numpy() == columns.to_numpy()).all()


def test_nothing_of_tomorrow_and_the_latest_of_before(own_store: Store) -> None:
    data = load_dataset(own_store)
    assert values_of(risk_tables(data, "pemilu2024", EVE)).empty
    say(own_store, 0, date(2024, 2, 1))
    say(own_store, 1, date(2024, 2, 10))
    say(own_store, 0, date(2024, 2, 14))
    say(own_store, 1, date(2024, 2, 5), None)
    known = {
        day: plain(values_of(risk_tables(data.fresh(), "pemilu2024", day)), "tps_id", "value")
        for day in (date(2024, 1, 31), date(2024, 2, 1), EVE, date(2024, 2, 14))
    }
    mine = f"{PENYAK}/001"
    assert known[date(2024, 1, 31)] == []
    assert known[date(2024, 2, 1)] == [(mine, 0.0)]
    assert sorted(known[EVE], key=str) == sorted([(None, 1.0), (mine, 1.0)], key=str)
    assert (mine, 0.0) in known[date(2024, 2, 14)]
    assert (mine, 1.0) not in known[date(2024, 2, 14)]


def test_of_two_agencies_on_one_day_the_larger_value_counts(own_store: Store) -> None:
    say(own_store, 1, date(2024, 2, 1), who="Bawaslu")
    say(own_store, 0, date(2024, 2, 1), who="PPS")
    found = values_of(risk_tables(load_dataset(own_store), "pemilu2024", EVE))
    assert plain(found, "value", "agency") == [(1.0, "Bawaslu")]


def test_the_register_is_what_it_was_on_the_day(own_store: Store, tmp_path: Path) -> None:
    bring_risk(own_store, "tps-class", "class_good.csv")
    later = tmp_path / "baru.csv"
    later.write_text(f"tps_id,kelas,tanggal\n{PENYAK}/001,khusus,2024-02-12\n", encoding="utf-8")
    bring_risk(own_store, "tps-class", later)
    data = load_dataset(own_store)
    before = risk_tables(data, "pemilu2024", date(2024, 2, 11)).classes.set_index("tps_id")
    after = risk_tables(data, "pemilu2024", EVE).classes.set_index("tps_id")
    assert (len(before), len(after)) == (3, 3)
    assert before.loc[f"{PENYAK}/001", "kelas"] == "kurang_rawan"
    assert after.loc[f"{PENYAK}/001", "kelas"] == "khusus"
    assert after.loc[f"{PENYAK}/001", "source"] == "baru.csv"
    assert risk_tables(data, "pemilu2024", date(2024, 1, 1)).classes.empty
    assert risk_tables(data, "pilkada2024", date(2024, 11, 26)).classes.empty


def test_people_brought_in_beat_people_published(own_store: Store) -> None:
    data = load_dataset(own_store)
    published = risk_tables(data, "pemilu2024", EVE).personnel.set_index(["unit_code", "kind"])
    assert published.loc[("19.01", "polisi"), "available"] == 358
    assert ("19", "gabungan") in published.index
    bring_risk(own_store, "personnel", "personnel.csv")
    brought = risk_tables(data.fresh(), "pemilu2024", EVE).personnel.set_index(
        ["unit_code", "kind"]
    )
    assert brought.loc[("19.02", "linmas"), "available"] == 1094
    assert brought.loc[("19.02", "polisi"), "source"] == "personnel.csv"
    assert str(brought.loc[("19.01", "polisi"), "source"]).startswith("https://")


def test_the_same_question_is_answered_once(dataset: Dataset) -> None:
    assert risk_tables(dataset, "pemilu2024", EVE) is risk_tables(dataset, "pemilu2024", EVE)


def test_a_store_of_an_older_version_gets_the_rows_that_ship_and_keeps_what_was_imported(
    own_store: Store,
) -> None:
    bring_risk(own_store, "tps-class", "class_good.csv")
    bring_risk(own_store, "personnel", "personnel.csv")
    mine = own_store.read("personnel_available")
    mine = mine[mine["import_id"].notna()]
    with own_store.begin("setup.prepare") as connection:
        for name in RISK[:-1]:
            connection.execute(schema.metadata.tables[name].delete())
        people = schema.risk.personnel_available
        connection.execute(people.delete().where(people.c.import_id.is_(None)))
        notes = schema.meta.c.key.in_([f"shipped_keys.{name}" for name in RISK])
        connection.execute(schema.meta.delete().where(notes))
        own_store.set_meta(connection, "shipped_digest", "of an older version")
    own_store.close()
    older = Store.open(str(own_store.engine.url))
    assert prepare(older).seeded
    shipped = load_shipped()
    for name in RISK[:-1]:
        assert older.count(name) == len(shipped[name])
    people = older.read("personnel_available")
    assert len(people) == len(shipped["personnel_available"]) + len(mine)
    assert older.count("tps_class") == 3
    assert not prepare(older).seeded
    older.close()


def reference_rows(folder: Path, name: str) -> list[dict[str, str]]:
    with (folder / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_every_published_figure_is_carried_over(reference: Path) -> None:
    shipped = load_shipped()
    urls = shipped["sources"].set_index("source_id")["url"]
    counts = pd.concat([shipped["class_totals"], shipped["indicator_counts"]])
    have = {
        (urls[source], "" if pd.isna(count) else str(count), label)
        for source, count, label in plain(counts, "source_id", "count", "label")
    }
    for row in reference_rows(reference, "tps_risk_counts.csv"):
        assert (row["source_url"], row["count"], row["category_or_indicator"]) in have
    listed = reference_rows(reference, "tps_risk_indicators.csv")
    names = shipped["risk_indicators"]
    assert plain(names, "election", "name", "variable", "number") == [
        (r["election"], r["indicator"], r["variable"], int(r["indicator_no"])) for r in listed
    ]
    for row in listed:
        if row["national_count"]:
            assert (row["source_url"], row["national_count"], row["indicator"]) in have


def test_every_published_pattern_and_score_is_carried_over(reference: Path) -> None:
    shipped = load_shipped()
    urls = shipped["sources"].set_index("source_id")["url"]
    patterns = shipped["security_patterns"]
    ours = Counter(zip(patterns["source_id"].map(urls), patterns["kelas"], strict=True))
    rows = [
        (r["source_url"], r["category"].removesuffix("_kategori"))
        for r in reference_rows(reference, "security_patterns.csv")
        if r["category"] != "total_personel"
    ]
    assert Counter(rows) <= ours
    pages = {row["source_url"] for row in reference_rows(reference, "public_facts.csv")}
    assert {url for url, _ in ours - Counter(rows)} <= pages
    scores = shipped["baseline_scores"]
    numbers = {(urls[i], f"{s:g}") for i, s in plain(scores, "source_id", "score") if s is not None}
    said = {
        (r["source_url"], r["score"])
        for r in reference_rows(reference, "ikp_scores.csv")
        if r["score"] and "ambang" not in r["instrument"]
    }
    assert numbers == said
    assert not scores["dimension"].str.contains("antarkelompok").any()
