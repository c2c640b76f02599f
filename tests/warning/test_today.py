"""The warnings of a day on all that ships: nothing of later days, one id, words, the command."""

from __future__ import annotations

import datetime as dt
import json
import re
from collections.abc import Iterator

import numpy as np
import pandas as pd
import pytest
from typer.testing import CliRunner

from analytics.reports.selection import known_on
from analytics.warning.rules import LEVELS
from cli import app
from data.vocabulary import CATEGORY_FAMILY, STAGES
from services.dataset import Dataset
from services.texts import label
from services.warning.scans import last_month_end
from services.warning.today import COLUMNS, first_day, rules, warnings_on, warnings_through
from services.warning.words import (
    evidence_links,
    short_place,
    warning_action,
    warning_json,
    warning_reason,
    warning_title,
)
from tests.tiny import day
from tests.warning_worlds import shuffled

DAYS = [day(d) for d in ("2023-11-06", "2024-02-12", "2025-03-17", "2025-10-20", "2026-02-09")]
_KINDS = {"report", "affair", "agenda", "dispute", "scan", "procurement", "receipts", "plan",
          "coverage", "agency"}  # fmt: skip


def plain(table: pd.DataFrame) -> list[str]:
    """Return warnings as text, by id, to be compared."""
    rows = table.drop(columns=[c for c in ("day",) if c in table]).sort_values("warning_id")
    return [json.dumps(row, default=str, sort_keys=True) for row in rows.to_dict("records")]


@pytest.fixture(scope="module")
def through(shipped_dataset: Dataset) -> pd.DataFrame:
    return warnings_through(shipped_dataset, DAYS)


def test_a_day_by_itself_is_as_among_others(
    shipped_dataset: Dataset, through: pd.DataFrame
) -> None:
    assert list(through.columns) == [*COLUMNS, "day"]
    for one in DAYS:
        alone = warnings_on(shipped_dataset, one)
        assert plain(alone) == plain(through[through["day"].eq(pd.Timestamp(one))])
    assert list(warnings_through(shipped_dataset, []).columns) == [*COLUMNS, "day"]


def test_every_warning_is_whole_and_the_gravest_stands_first(
    shipped_dataset: Dataset, through: pd.DataFrame
) -> None:
    assert len(through) > 10
    assert through["level"].isin(LEVELS).all()
    assert through["stage"].dropna().isin(STAGES).all()
    assert through["since"].le(through["day"]).all()
    assert through["place_code"].isin(shipped_dataset.names.index).all()
    assert through["owner"].str.len().gt(0).all()
    for _, own in through.groupby("day"):
        assert own["warning_id"].is_unique
        assert own["level"].map(LEVELS.index).is_monotonic_decreasing
    for evidence in through["evidence"]:
        assert evidence
        assert {kind for kind, _ in evidence} <= _KINDS


def test_what_becomes_known_later_changes_no_earlier_day(shipped_dataset: Dataset) -> None:
    """Reports of every kind and place, told after the day, of known affairs and of new ones."""
    data, as_of = shipped_dataset, day("2024-02-12")
    before = plain(warnings_on(data, as_of))
    rng = np.random.default_rng(5)
    known = data.reports[known_on(data.reports, as_of)]
    later = data.reports.iloc[rng.integers(0, len(data.reports), 120)].reset_index(drop=True)
    told = pd.Timestamp(as_of) + pd.to_timedelta(rng.integers(1, 300, len(later)), unit="D")
    event = pd.Timestamp(as_of) - pd.to_timedelta(rng.integers(0, 60, len(later)), unit="D")
    affairs = known["perkara_id"].to_numpy()[rng.integers(0, len(known), len(later))]
    added = later.assign(
        report_id=[f"N{i}" for i in range(len(later))],
        perkara_id=np.where(rng.random(len(later)) < 0.7, affairs, later["perkara_id"]),
        date_event=event, date_end=pd.NaT, date_precision="day", date_reported=told,
        severity=5, agency="Polda",
    ).astype(data.reports.dtypes.to_dict())  # fmt: skip
    whole = data.with_tables(reports=pd.concat([data.reports, added], ignore_index=True))
    assert plain(warnings_on(whole, as_of)) == before
    after = as_of + dt.timedelta(days=299)
    assert plain(warnings_on(whole, after)) != plain(warnings_on(data, after))


def test_later_rows_of_the_other_tables_change_no_earlier_day(shipped_dataset: Dataset) -> None:
    data, as_of = shipped_dataset, day("2025-03-17")
    before = plain(warnings_on(data, as_of))
    agenda, disputes = data.agenda, data.read("disputes")
    coming = pd.Timestamp(as_of) + pd.Timedelta(days=3)
    told = coming - pd.Timedelta(days=2)
    items = agenda.iloc[:5].assign(
        agenda_id=[f"N{i}" for i in range(5)], kind=["putusan", "aksi", "psu", "tenggat", "psu"],
        date_start=coming, date_end=pd.NaT, date_known=told,
    ).astype(agenda.dtypes.to_dict())  # fmt: skip
    cases = disputes.iloc[:3].assign(
        dispute_id=["N0", "N1", "N2"], decided_date=told, recommended_date=pd.NaT,
        held_date=pd.NaT, legal_deadline=coming, result=None,
    ).astype(disputes.dtypes.to_dict())  # fmt: skip
    watch = data.coverage_periods.iloc[:1].assign(
        unit_code="19.01", date_start=coming, date_end=coming, agency="x"
    ).astype(data.coverage_periods.dtypes.to_dict())  # fmt: skip
    whole = data.with_tables(
        agenda=pd.concat([agenda, items], ignore_index=True),
        disputes=pd.concat([disputes, cases], ignore_index=True),
        coverage_periods=pd.concat([data.coverage_periods, watch], ignore_index=True),
    )
    assert plain(warnings_on(whole, as_of)) == before
    assert plain(warnings_on(whole, coming.date())) != plain(warnings_on(data, coming.date()))


def test_a_day_before_the_vote_says_what_stands_in_the_tables(shipped_dataset: Dataset) -> None:
    rows = warnings_on(shipped_dataset, day("2024-02-12")).set_index(["rule", "place_code"])
    late = rows.loc[("logistik", "19.03")]  # the boat with the broken propeller, 1,067 sheets
    assert (late["level"], late["stage"], late["owner"]) == ("awas", "logistik", "KPU")
    assert late["facts"]["missing"] == 1067
    assert ("affair", "PRK-KIRIM-LEPAR-PONGOK") in late["evidence"]
    vote = warnings_on(shipped_dataset, day("2025-03-17")).set_index("rule").loc["putusan"]
    assert vote["place_code"] == "19.05.03.2020"
    assert {kind for kind, _ in vote["evidence"]} >= {"agenda", "dispute"}


def test_a_repeated_vote_has_one_warning_from_decision_to_vote(shipped_dataset: Dataset) -> None:
    days = [day("2025-03-12") + dt.timedelta(days=n) for n in range(12)]
    rows = warnings_through(shipped_dataset, days)
    own = rows[rows["place_code"].eq("19.05.03.2020") & rows["rule"].eq("putusan")]
    assert len(own["warning_id"].drop_duplicates()) == 1
    assert own["day"].max() == pd.Timestamp("2025-03-22")


def worded(data: Dataset, table: pd.DataFrame) -> Iterator[tuple[pd.Series, str, str, str, str]]:
    for _, row in table.drop_duplicates(["rule", "level", "place_code"]).iterrows():
        for lang in ("id", "en"):
            title, reason = warning_title(row, data, lang), warning_reason(row, data, lang)
            yield row, lang, title, reason, warning_action(row, lang)


def test_words_are_short_say_the_rule_and_never_call_anything_safe(
    shipped_dataset: Dataset, through: pd.DataFrame
) -> None:
    for row, lang, title, reason, action in worded(shipped_dataset, through):
        assert len(title.split()) <= 14, title
        assert reason.startswith(label("warning_rule", row["rule"], lang))
        assert label("warning_level", row["level"], lang).lower() in reason
        assert re.search(r"\d", reason)
        assert not re.search(r"\b(aman|kondusif|safe)\b", f"{title} {action}", re.IGNORECASE)
        assert len(action.split()) <= 16


def test_the_longest_title_has_fourteen_words(shipped_dataset: Dataset) -> None:
    longest = max(
        (short_place(code, shipped_dataset) for code in shipped_dataset.place_names),
        key=lambda words: len(words.split()),
    )
    code = next(
        c for c in shipped_dataset.place_names if short_place(c, shipped_dataset) == longest
    )
    for category in CATEGORY_FAMILY:
        for stale in (True, False):
            facts = {"category": category, "stale": stale, "unrenewed_days": 344}
            row = pd.Series({"place_code": code, "rule": "potensi", "facts": facts})
            for lang in ("id", "en"):
                assert len(warning_title(row, shipped_dataset, lang).split()) <= 14
    for kind in ("putusan", "tenggat", "psu", "hitung_ulang", "sengketa"):
        for left in (-20, 0, 13):
            row = pd.Series(
                {"place_code": code, "rule": "putusan", "facts": {"kind": kind, "days_to": left}}
            )
            for lang in ("id", "en"):
                assert len(warning_title(row, shipped_dataset, lang).split()) <= 14


def test_evidence_leads_to_a_source_or_a_page(
    shipped_dataset: Dataset, through: pd.DataFrame
) -> None:
    for _, row in through.drop_duplicates("rule").iterrows():
        links = evidence_links(row, shipped_dataset, "id")
        assert links
        for words, url in links:
            assert words
            assert re.match(r"https?://|/[a-z]+\?tanggal=\d{4}-\d\d-\d\d$", url)


def test_scans_are_of_month_ends() -> None:
    assert last_month_end(day("2024-01-31")) == day("2024-01-31")
    assert last_month_end(day("2024-02-28")) == day("2024-01-31")
    assert last_month_end(day("2024-02-29")) == day("2024-02-29")


def test_a_rule_that_is_off_says_nothing(
    shipped_dataset: Dataset, monkeypatch: pytest.MonkeyPatch
) -> None:
    import dataclasses

    from services.warning import today

    off = {n: dataclasses.replace(r, on=n != "logistik") for n, r in rules().items()}
    monkeypatch.setattr(today, "rules", lambda: off)
    data = shipped_dataset.with_tables(agenda=shipped_dataset.agenda)
    assert "logistik" not in set(warnings_on(data, day("2024-02-12"))["rule"])


def test_in_a_shuffled_world_clusters_are_no_more_than_chance(shipped_dataset: Dataset) -> None:
    """Two series a month at 12 months: two false signals a year are expected at most."""
    days = [d.date() for d in pd.date_range("2024-01-31", "2025-06-30", freq="2ME")]
    for seed in (1, 2):
        rows = warnings_through(shuffled(shipped_dataset, seed), days)
        false = rows.loc[rows["rule"].eq("klaster"), "warning_id"].nunique()
        assert false <= 3  # of nine scans of two series: 1.5 expected at most
        assert not rows["rule"].eq("hening").any()


def run(*args: str) -> tuple[int, str]:
    result = CliRunner().invoke(app, ["warn", *args])
    return result.exit_code, result.output


@pytest.fixture
def in_store(own_store: object, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("services.prepare.open_prepared", lambda: own_store)


@pytest.mark.usefixtures("in_store")
def test_the_command_prints_a_list_that_programs_read() -> None:
    code, out = run("--date", "2024-02-12", "--json")
    found = json.loads(out)
    assert code == 0
    assert {"id", "place_code", "place", "level", "rule", "evidence", "owner", "stage",
            "probability", "confidence", "reason", "action"} <= set(found[0])  # fmt: skip
    assert found[0]["level"] == "awas"
    assert set(found[0]["evidence"][0]) == {"kind", "id"}
    assert run("--date", "2024-02-12", "--json", "--fail-at", "awas")[0] == 1
    code, out = run("--date", "2023-11-06", "--fail-at", "awas")
    assert code == 0
    assert "6 November 2023" in out


@pytest.mark.usefixtures("in_store")
def test_the_command_says_what_it_cannot_do() -> None:
    for args in (["--date", "2019-01-01"], ["--fail-at", "gawat"], ["--date", "2024-02-12",
                 "--keep", "0812345678"]):  # fmt: skip
        code, out = run(*args)
        assert code == 2
        assert out.strip()


@pytest.mark.usefixtures("in_store")
def test_what_is_kept_is_kept_once() -> None:
    args = ("--date", "2024-02-12", "--keep", "Kesbangpol")
    assert re.search(r"\n[1-9]\d* peringatan baru disimpan", run(*args)[1])
    assert "\n0 peringatan baru disimpan" in run(*args)[1]


def test_a_store_without_anything_has_no_first_day(shipped_dataset: Dataset) -> None:
    data = shipped_dataset
    empty = data.with_tables(
        reports=data.reports.iloc[:0].drop(columns="is_total"),
        coverage_periods=data.coverage_periods.iloc[:0],
    )
    assert first_day(empty) is None
    rows = warnings_on(empty, day("2023-11-06"))
    assert rows.empty
    assert list(rows.columns) == COLUMNS


def test_the_json_of_a_warning_has_nothing_that_json_cannot_say(
    shipped_dataset: Dataset, through: pd.DataFrame
) -> None:
    for _, row in through.iterrows():
        json.dumps(warning_json(row, shipped_dataset, "id"), allow_nan=False)
