"""Boat legs: contradictions become the spread, and what no source gives is marked."""

from __future__ import annotations

from typing import Any

import pandas as pd
import pytest

from geo.errors import ParameterError
from geo.network.sea_legs import LEG_COLUMNS, leg_times

KM = pd.Series({f"s{i}": 10.0 for i in range(9)})


def legs(*rows: dict[str, Any]) -> pd.DataFrame:
    base = {
        "from_pier": "P", "to_pier": "L", "usual_min": None, "vessel_class": "perahu",
        "basis": "fakta", "ends_basis": "fakta", "source_id": "src",
    }  # fmt: skip
    filled = [
        base | {"leg_id": f"s{i}", "low_min": None, "high_min": None} | r
        for i, r in enumerate(rows)
    ]
    frame = pd.DataFrame(filled)[list(LEG_COLUMNS)]
    return frame.astype(dict.fromkeys(("low_min", "usual_min", "high_min"), "float64"))


def one(*rows: dict[str, Any]) -> pd.Series:
    times, _ = leg_times(legs(*rows), KM)
    return times[times["from_pier"].eq("L")].iloc[0]


def test_contradicting_facts_are_the_spread() -> None:
    found = one(
        {"low_min": 15, "high_min": 15}, {"low_min": 45, "high_min": 45},
        {"from_pier": "L", "to_pier": "P", "low_min": 30, "high_min": 30},
        {"low_min": 90, "high_min": 90},
    )  # fmt: skip
    assert (found["low_min"], found["usual_min"], found["high_min"]) == (15, 37.5, 90)
    assert found["n_facts"] == 4
    assert not found["assumption"]
    assert found["why"] == ""


def test_a_range_has_its_middle_as_usual_unless_one_is_stated() -> None:
    assert one({"low_min": 30, "high_min": 180})["usual_min"] == 105
    stated = one({"low_min": 240, "usual_min": 240, "high_min": 360})
    assert (stated["low_min"], stated["usual_min"], stated["high_min"]) == (240, 240, 360)


def test_a_lone_time_gets_the_spread_of_its_class() -> None:
    found = one(
        {"low_min": 20, "high_min": 20},
        {"from_pier": "X", "to_pier": "Y", "low_min": 30, "usual_min": 60, "high_min": 120},
    )
    assert (found["low_min"], found["usual_min"], found["high_min"]) == (10, 20, 40)
    assert found["why"] == "spread"
    assert not found["assumption"]


def test_a_leg_without_a_time_sails_at_the_pace_of_its_class() -> None:
    rows = (
        {"from_pier": "X", "to_pier": "Y", "low_min": 30, "high_min": 30},
        {"from_pier": "X", "to_pier": "Z", "low_min": 60, "high_min": 60},
        {"from_pier": "X", "to_pier": "W", "low_min": 120, "high_min": 120},
    )
    times, paces = leg_times(legs({"basis": "asumsi"}, *rows), KM)
    found = times[times["from_pier"].eq("L")].iloc[0]
    assert paces["perahu"].usual_kmh == 10
    assert (found["low_min"], found["usual_min"], found["high_min"]) == (30, 60, 120)
    assert found["why"] == "time"
    assert found["assumption"]
    assert found["n_facts"] == 0


def test_an_end_that_no_source_names_is_an_assumption() -> None:
    found = one({"low_min": 30, "high_min": 60, "ends_basis": "asumsi"})
    assert found["assumption"]
    assert found["why"] == "ends"
    both = one(
        {"low_min": 30, "high_min": 60, "ends_basis": "asumsi"}, {"low_min": 40, "high_min": 40}
    )
    assert not both["assumption"]


def test_classes_are_kept_apart_and_rows_without_piers_left_out() -> None:
    times, _ = leg_times(
        legs(
            {"low_min": 10, "high_min": 20},
            {"low_min": 60, "high_min": 90, "vessel_class": "feri"},
            {"from_pier": None, "to_pier": None, "low_min": 600, "high_min": 600},
        ),
        KM,
    )
    assert times[["vessel_class", "usual_min"]].to_numpy().tolist() == [
        ["feri", 75],
        ["perahu", 15],
    ]
    assert leg_times(legs({"from_pier": None}), KM)[0].empty


def test_limits_of_a_leg_itself_are_the_strictest_given() -> None:
    frame = legs({"low_min": 10, "high_min": 20}, {"low_min": 10, "high_min": 20})
    times, _ = leg_times(frame.assign(wave_limit_m=[1.0, 0.5], wind_limit_kn=[None, 12.0]), KM)
    assert times[["wave_limit_m", "wind_limit_kn"]].iloc[0].to_list() == [0.5, 12.0]


@pytest.mark.parametrize("low", [0.0, -5.0])
def test_a_time_that_is_none_is_refused(low: float) -> None:
    with pytest.raises(ParameterError, match="above 0"):
        leg_times(legs({"low_min": low, "high_min": 10}), KM)


def test_nothing_to_learn_from_is_said() -> None:
    with pytest.raises(ParameterError, match="L - P"):
        leg_times(legs({}), KM)
    with pytest.raises(ParameterError, match="columns"):
        leg_times(legs({}).drop(columns="from_pier"), KM)
