"""Every shipped severity follows from one table and from what its page says."""

from __future__ import annotations

import pandas as pd
import pytest

from data.paths import shipped_dir
from data.store.shipped import load_shipped

KEYS = ["factor", "value"]


def table(name: str) -> pd.DataFrame:
    return pd.read_csv(shipped_dir() / f"{name}.csv", dtype={"report_id": "str"})


@pytest.fixture(scope="module")
def rules() -> pd.DataFrame:
    return table("severity_rules")


@pytest.fixture(scope="module")
def facts() -> pd.DataFrame:
    return table("severity_facts")


@pytest.fixture(scope="module")
def reports() -> pd.DataFrame:
    return load_shipped()["reports"].set_index("report_id")


def test_the_table_says_one_level_for_each_value(rules: pd.DataFrame) -> None:
    assert not rules.duplicated(KEYS).any()
    assert set(rules["factor"]) == {"crowd", "damage", "harm", "office", "electoral"}
    assert set(rules["severity"]) == {1, 2, 3, 4, 5}
    assert rules["meaning"].str.len().gt(5).all()


def test_each_severity_is_the_highest_that_applies(
    rules: pd.DataFrame, facts: pd.DataFrame, reports: pd.DataFrame
) -> None:
    assert not facts.duplicated(["report_id", "factor"]).any()
    found = facts.merge(rules, "left", KEYS)
    assert found["severity"].notna().all()
    worst = found.groupby("report_id")["severity"].max()
    shipped = reports.loc[reports["kind"].ne("nihil"), "severity"]
    assert worst.sort_index().to_dict() == shipped.sort_index().astype("int64").to_dict()
    assert reports.loc[reports["kind"].eq("nihil"), "severity"].isna().all()


def test_every_line_of_the_table_is_used(rules: pd.DataFrame, facts: pd.DataFrame) -> None:
    assert {*zip(facts["factor"], facts["value"], strict=True)} == {
        *zip(rules["factor"], rules["value"], strict=True)
    }


@pytest.mark.parametrize(
    ("report", "severity"),
    [
        ("BBL-0006", 3),  # hundreds before the regent's office
        ("BBL-0122", 3),  # hundreds before the regent's office
        ("BBL-0116", 2),  # tens before the office of Bawaslu
        ("BBL-0120", 4),  # a boat burned
        ("BBL-0118", 5),  # a crowd burned and beat
        ("BBL-0110", 3),  # caught with money, not decided
        ("BBL-0073", 4),  # money for votes, held proven by the court
        ("BBL-0104", 1),  # a warning
        ("BBL-B057", 4),  # a family driven out
        ("BBL-A048", 2),  # students, number not given
    ],
)
def test_cases_by_hand(reports: pd.DataFrame, report: str, severity: int) -> None:
    assert reports.loc[report, "severity"] == severity


def test_crowds_are_those_of_the_numbers_and_words(
    facts: pd.DataFrame, reports: pd.DataFrame
) -> None:
    crowd = facts[facts["factor"].eq("crowd")].set_index("report_id")["value"]
    rows = reports.loc[crowd.index].assign(crowd=crowd)
    people = rows[
        rows["people_count"].notna() & rows["crowd"].isin(["puluhan", "ratusan", "ribuan"])
    ]
    bins = pd.cut(
        people["people_count"].astype("float64"), [0, 100, 1000, 1e9], right=False,
        labels=["puluhan", "ratusan", "ribuan"],
    )  # fmt: skip
    assert people["crowd"].tolist() == bins.astype("str").tolist()
    words = reports["summary"].str.extract(r"^(Puluhan|Ratusan|Ribuan) (?!personel|aparat)")[0]
    told = words.dropna()[reports["family"].isin(["konflik", "unjuk_rasa"])]
    told = told[reports.loc[told.index, "kind"].eq("kejadian")]
    disputed = {"BBL-A049"}  # other pages say hundreds: the lower number holds
    size = told[~told.index.isin(disputed)].str.lower().to_dict()
    assert {i: s for i, s in crowd.items() if i in size and s != "blokade"} == size
