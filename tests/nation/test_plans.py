"""Plans of a kabupaten: a world by hand, each TPS once, ordinary ones pass, late boats show."""

from __future__ import annotations

import datetime as dt

import numpy as np
import pandas as pd
import pytest

from analytics.nation.plans import SUMMARY, NationPlan, PlanDays, PlanResult, kabupaten_plan
from analytics.nation.simulate.logistics import Logistics, LogisticsRules, simulate_logistics
from analytics.plan.audit import audit
from geo.errors import ParameterError
from tests.nation.worlds import grid_units, tps_of, with_islands
from tests.plan_audit_from_docs import faults_of

VOTE = dt.date(2029, 2, 14)
UNITS = grid_units(kabupaten=2, kecamatan=3, desa=3)
ISLANDS = with_islands(UNITS, ["20.01.03"])
TPS = tps_of(UNITS)


def logistics(late: float = 0.0) -> Logistics:
    rules = LogisticsRules(late_share=late)
    return simulate_logistics(UNITS, ISLANDS, VOTE, np.random.default_rng(1), rules)


def planned(found: Logistics, kabupaten: str = "20.01", seed: int = 1) -> PlanResult:
    return kabupaten_plan(
        kabupaten, found.depots, found.legs, found.fleet, TPS, VOTE, NationPlan(seed=seed)
    )


def by_hand() -> Logistics:
    """Return a warehouse, a desa 60 minutes by truck, and one 30 minutes by boat from a pier.

    The pier is 40 minutes from the warehouse. A truck and a boat; 2 TPS in each desa.
    """
    kab = "20.01"
    depots = [("G", kab, "gudang", "", 105.0, -2.0), ("D", kab, "dermaga", "", 105.1, -2.0)]
    legs = [
        (kab, "G", "20.01.01.2001", "truck", 50.0, 60.0, 80.0, ""),
        (kab, "G", "D", "truck", 30.0, 40.0, 60.0, ""),
        (kab, "D", "20.01.01.2002", "boat", 25.0, 30.0, 60.0, "LAUT"),
    ]
    fleet = [
        (kab, "TRUK", "truck", "G", 10, 60.0, 12.0, pd.NaT),
        (kab, "KAPAL", "boat", "D", 10, 120.0, 12.0, pd.NaT),
    ]
    found = logistics()
    return Logistics(
        pd.DataFrame(depots, columns=list(found.depots)),
        pd.DataFrame(legs, columns=list(found.legs)),
        pd.DataFrame(fleet, columns=list(found.fleet)),
        found.truth,
    )


def test_a_world_of_two_desa_is_planned_as_by_hand() -> None:
    tps = pd.DataFrame(
        [(f"{code}/{n}", code) for code in ("20.01.01.2001", "20.01.01.2002") for n in (1, 2)],
        columns=["tps_id", "desa_code"],
    )
    found = by_hand()
    result = kabupaten_plan("20.01", found.depots, found.legs, found.fleet, tps, VOTE)
    row = result.summary.iloc[0]
    assert list(result.summary) == list(SUMMARY)
    assert row[["kabupaten", "passed", "trips"]].to_list() == ["20.01", True, 3]
    assert row[["late", "unplanned_tps", "faults"]].to_list() == [0, 0, 0]
    # On land kits may leave on the last day from 06.00: 30 minutes of loading, 60 on the way, and
    # for ten boxes 5 minutes and 15 seconds each. 18.00 is due.
    arrival = pd.Timestamp("2029-02-13T07:38:00+07:00")
    assert row["latest_arrival"] == arrival
    assert row["least_slack_min"] == 10 * 60 + 22


def test_every_tps_is_delivered_once_and_both_auditors_agree() -> None:
    for kabupaten in ("20.01", "20.02"):
        document = planned(logistics(), kabupaten).document
        final = [
            tps
            for trip in document["trips"]
            for stop in trip["stops"]
            for tps in stop["tps"]
            if stop["place_code"] == tps.split("-")[1]
        ]
        own = TPS.loc[TPS["desa_code"].str.startswith(kabupaten), "tps_id"]
        assert sorted(final) == sorted(own)
        assert document["verdict"]["passed"]
        assert audit(document).passed
        assert not +faults_of(document)


def test_the_same_seed_gives_the_same_plan() -> None:
    one, other = (planned(logistics()).document for _ in range(2))
    for document in (one, other):
        document["figures"].pop("seconds")
    assert one == other


def test_planted_late_boats_leave_their_island_out_and_nobody_else() -> None:
    found = logistics(late=1.0)
    late = planned(found).summary.iloc[0]
    assert not late["passed"]
    assert late["unplanned_tps"] + late["late"] > 0
    unserved = {u["place_code"][:8] for u in planned(found).document["unserved"]}
    assert unserved == {"20.01.03"}
    assert planned(found, "20.02").summary["passed"].all()
    assert planned(logistics()).summary["passed"].all()


@pytest.mark.parametrize(
    "change",
    [{"release": "25:00"}, {"deadline": "05:00"}, {"island_days": 0}, {"boat_hours": ("9", "8")}],
)
def test_days_that_cannot_be_are_refused(change: dict[str, object]) -> None:
    with pytest.raises(ParameterError):
        PlanDays(**change)


def test_a_kabupaten_without_tps_or_warehouse_is_refused() -> None:
    found = logistics()
    with pytest.raises(ParameterError, match=r"20\.09"):
        planned(found, "20.09")
    homeless = Logistics(found.depots.iloc[:0], found.legs, found.fleet, found.truth)
    with pytest.raises(ParameterError, match="depots"):
        planned(homeless)
