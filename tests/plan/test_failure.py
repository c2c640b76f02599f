"""A plan that leaves something says what it serves, why not all, and the smallest that would do."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from click.testing import Result
from pypdf import PdfReader
from typer import Exit
from typer.testing import CliRunner

from analytics.plan.document import Plan, frame_of, to_document
from analytics.plan.inputs import PlanInputs
from analytics.plan.remedies import REASONS, Remedy, remedies
from analytics.plan.solver.solve import solve_plan
from cli import app
from commands.plan import _end as end
from services.dataset import Dataset
from services.plan.failure import (
    lacking_lines,
    no_remedy_words,
    remedy_words,
    served_words,
    short_only,
    try_remedies,
)
from services.plan.files import export_plan
from services.plan.make import make_plan
from services.plan.settings import read_settings, spare_vehicles
from tests.plan_world import A, B, C, at, six_nodes, world

TRUCK = {"mode": "truck", "base": "GUDANG"}
BOAT = {"mode": "boat", "base": "DERMAGA"}


def left(*rows: tuple[str, str, dict[str, Any]], tps: int = 2) -> Plan:
    """Return a plan of no trip that leaves places for reasons; so many TPS each."""
    unserved = [
        {"place_code": place, "tps_ids": [f"{place}/{n}" for n in range(1, tps + 1)],
         "tps_count": tps, "reason": reason, "found": found}
        for place, reason, found in rows
    ]  # fmt: skip
    empty = {name: frame_of(name, []) for name in ("trips", "visits", "cargo", "deliveries")}
    figures = {"late": 0, "slack_min": None, "cost": 0.0, "unserved_tps": tps * len(rows)}
    return Plan(**empty, unserved=frame_of("unserved", unserved), figures=figures)


def lines(dataset: Dataset, *rows: tuple[str, str, dict[str, Any]], lang: str = "id") -> list[str]:
    return lacking_lines(to_document(left(*rows), world()), dataset, lang)


SHORT = {**TRUCK, "needs_min": 150.0, "has_min": 30.0, "limit": "crew"}
FEW = {**BOAT, "vehicles": 1, "deadline": at("18:00"), "boxes": 10}
SAID = {
    "no_leg": (
        {"mode": "truck", "from": "GUDANG", "to": C},
        "tidak ada jalur truk dari GUDANG ke DESA-C",
    ),
    "no_vehicle": (TRUCK, "tidak ada truk di GUDANG"),
    "no_vehicle_fits": (
        {**BOAT, "boxes": 30, "largest": 20},
        "satu TPS memuat 30 kotak, perahu terbesar di DERMAGA hanya 20",
    ),
    "never_open": (
        {"from": "GUDANG", "to": C},
        "jam kerja, laut atau tempat antara GUDANG dan DESA-C tidak pernah cukup lama terbuka",
    ),
    "day_too_short": (
        SHORT,
        "memuat, jalan, bongkar dan kembali perlu 2,5 jam, "
        "hari kerja awak truk di GUDANG hanya 0,5 jam",
    ),
    "too_few_vehicles": (
        FEW | {"one_more_tps": 20},
        "1 perahu di DERMAGA tidak cukup sebelum 13/02 18:00; "
        "satu perahu lagi akan mengantar 20 TPS lagi",
    ),
}  # fmt: skip


@pytest.mark.parametrize("reason", SAID)
def test_each_reason_is_a_line_with_its_numbers(reason: str, dataset: Dataset) -> None:
    found, words = SAID[reason]
    assert lines(dataset, (C, reason, found)) == [f"2 TPS di 1 tempat (DESA-C): {words}"]


def test_no_reason_is_without_words(dataset: Dataset) -> None:
    assert set(REASONS) == {*SAID, "deadline_passed", "too_late"}
    day = {**BOAT, "needs_min": 780.0, "has_min": 690.0, "limit": "hours"}
    told = lines(dataset, (B, "day_too_short", day), lang="en")
    assert told[0].endswith(
        "take 13.0 hours, the open time of the boat at DERMAGA is 11.5 hours only"
    )
    each = lines(dataset, (B, "too_few_vehicles", FEW | {"one_more_tps": 4, "with": "truck"}))
    assert each[0].endswith("satu perahu dan satu truk lagi bersama-sama akan mengantar 4 TPS lagi")
    # Plans of before say nothing of what one more would bring.
    assert lines(dataset, (B, "too_few_vehicles", FEW))[0].endswith("sebelum 13/02 18:00")


def test_places_of_one_reason_share_a_line_with_the_largest_numbers(dataset: Dataset) -> None:
    more = {"one_more_tps": 7}
    told = lines(
        dataset,
        (A, "too_few_vehicles", FEW), (B, "too_few_vehicles", FEW | more),
        (A, "day_too_short", SHORT), (C, "day_too_short", SHORT | {"needs_min": 180.0}),
        (B, "no_leg", {"mode": "truck", "from": "GUDANG", "to": B}),
        (C, "no_leg", {"mode": "truck", "from": "GUDANG", "to": C}),
    )  # fmt: skip
    assert [line.partition(": ")[0] for line in told] == [
        "4 TPS di 2 tempat (DESA-A, DESA-B)", "4 TPS di 2 tempat (DESA-A, DESA-C)",
        "4 TPS di 2 tempat (DESA-B, DESA-C)",
    ]  # fmt: skip
    assert "7 TPS lagi" in told[0]
    assert "perlu 3,0 jam" in told[1]
    assert told[2].endswith("dari GUDANG ke tempatnya")


def test_boats_of_two_piers_are_two_lines(dataset: Dataset) -> None:
    other = FEW | {"base": "DERMAGA-2"}
    assert len(lines(dataset, (A, "too_few_vehicles", FEW), (B, "too_few_vehicles", other))) == 2


def test_a_deadline_that_has_passed_is_one_line_for_all_its_places(dataset: Dataset) -> None:
    found = {"deadline": at("18:00")}
    told = lines(dataset, *((place, "deadline_passed", found) for place in (A, B, C)))
    assert told == [
        "tenggat 13/02 18:00 sudah lewat untuk 3 tempat (DESA-A, DESA-B, DESA-C), 6 TPS"
    ]


def test_late_is_not_served_and_said_with_its_hour(dataset: Dataset) -> None:
    stops = six_nodes()["stops"].assign(deadline=[at("18:00"), at("08:00"), at("18:00")])
    inputs = world(stops=stops)
    document = to_document(solve_plan(inputs, 1, 1), inputs)
    assert served_words(document, "id") == "7 dari 9 TPS terkirim tepat waktu"
    (line,) = lacking_lines(document, dataset, "id")
    assert line.startswith("2 TPS di 1 tempat (DESA-B): baru selesai 13/02 ")


EFFORT_S = 0.2


def tried(inputs: PlanInputs, plan: Plan | None = None, **more: Any) -> dict[str, dict[str, Any]]:
    """Return the numbers of each remedy that works."""
    found = remedies(inputs, plan or solve_plan(inputs, 1, EFFORT_S), 1, EFFORT_S, **more)
    return {remedy: values for remedy, values, works in found if works}


def islet(minutes: float, **frames: pd.DataFrame) -> PlanInputs:
    """Return the six nodes without A, and B so many minutes from its pier."""
    nodes = six_nodes()
    stops = nodes["stops"][nodes["stops"]["place_code"].ne(A)]
    tps = nodes["tps"][nodes["tps"]["place_code"].ne(A)]
    legs = nodes["legs"][~nodes["legs"]["from_code"].eq("PANTAI-A")]
    legs = legs[~legs["to_code"].eq("PANTAI-A")]
    legs = legs.assign(usual_min=legs["usual_min"].mask(legs["to_code"].eq(B), minutes))
    fleet = nodes["fleet"].iloc[:3]
    return world(**({"stops": stops, "tps": tps, "legs": legs, "fleet": fleet} | frames))


def test_an_islet_of_six_hours_wants_a_night_and_no_second_boat() -> None:
    """There at 14:10; back at the pier 20:15, after dark."""
    works = tried(islet(370))
    assert works["overnight"] == {"mode": "boat"}
    assert works["later_deadline"] == {"minutes": 1440.0}  # an hour later is no night away
    assert works["day_earlier"] == {"days": 1}  # leaving the day before is a night away too
    assert not {"one_more", "more", "larger", "exchanged"} & set(works)


def test_a_day_earlier_is_not_proposed_once_it_is_over() -> None:
    inputs = islet(370)
    assert "day_earlier" in tried(inputs, now=at("05:00", "2031-02-12"))
    assert "day_earlier" not in tried(inputs, now=at("07:00", "2031-02-12"))


def test_the_least_number_of_days_is_named() -> None:
    """Ten hours out: a day to the pier, a day out, a day home again before the hours end."""
    windows = six_nodes()["windows"].assign(opens=at("06:00"), closes=[at("18:00"), at("16:30")])
    works = tried(islet(600, windows=windows))
    assert works["day_earlier"] == {"days": 2}
    assert tried(islet(600, windows=windows), now=at("05:00")).keys() <= {"later_deadline"}


def test_a_crew_of_too_short_a_day_works_the_least_that_does() -> None:
    """Out and back to the pier is 155 minutes, to C 115: three hours for both trucks."""
    fleet = six_nodes()["fleet"].assign(crew_hours=[1.5, 1.5, 12, 12])
    inputs = world(fleet=fleet)
    plan = left(*((place, "day_too_short", SHORT | {"has_min": 90.0}) for place in (A, B, C)))
    works = tried(inputs, plan)
    assert works == {"longer_day": TRUCK | {"hours": 3}}


def test_no_truck_at_all_asks_for_as_many_as_are_needed() -> None:
    nodes = six_nodes()
    only = {name: nodes[name][nodes[name]["place_code"].eq(C)] for name in ("stops", "tps")}
    legs = nodes["legs"][nodes["legs"]["from_code"].eq("GUDANG") & nodes["legs"]["to_code"].eq(C)]
    inputs = world(**only, legs=legs, fleet=nodes["fleet"].iloc[:0])
    plan = solve_plan(inputs, 1, 1)
    assert plan.unserved[["place_code", "reason"]].to_numpy().tolist() == [[C, "no_vehicle"]]
    assert not {"one_more", "more"} & set(tried(inputs, plan))  # what a truck takes is not known
    spare = {"truck": nodes["fleet"].iloc[0].to_dict()}
    works = tried(inputs, plan, spare=spare)
    assert works["one_more"] == TRUCK | {"boxes": 50}


def test_more_than_one_is_the_least_number_that_does() -> None:
    """Time for one trip of fifty boxes each: 46 TPS of 5 boxes need five trucks, three more."""
    nodes = six_nodes()
    stops = nodes["stops"][nodes["stops"]["place_code"].eq(C)].assign(deadline=at("07:30"))
    tps = pd.DataFrame([{"tps_id": f"{C}/{n}", "place_code": C, "boxes": 5} for n in range(1, 47)])
    legs = nodes["legs"][nodes["legs"]["from_code"].eq("GUDANG") & nodes["legs"]["to_code"].eq(C)]
    inputs = world(stops=stops, tps=tps, legs=legs, fleet=nodes["fleet"].iloc[:2])
    works = tried(inputs)
    assert works["more"] == {"count": 3, "kinds": [("truck", "GUDANG", 50)]}
    assert works["later_deadline"] == {"minutes": 240.0}  # the third round of two, 11:05
    assert "one_more" not in works


def test_two_together_only_where_nothing_does_alone() -> None:
    """Ten TPS behind six hours of sea, boats of four, no third day of open sea: three, over night.

    More boats cannot be back, one boat over night takes four, and a later deadline brings no sea.
    """
    tps = pd.DataFrame(
        [{"tps_id": f"{B}/{n}", "place_code": B, "boxes": 5} for n in range(1, 11)]
        + [{"tps_id": f"{C}/1", "place_code": C, "boxes": 5}]
    )
    sea = {"scope": "area", "key": "SELAT", "opens": at("06:00")}
    sea |= {"closes": at("18:00", "2031-02-14"), "is_open": True}
    windows = pd.concat([six_nodes()["windows"], pd.DataFrame([sea])], ignore_index=True)
    plan = left((B, "too_few_vehicles", FEW))
    found = remedies(islet(370, tps=tps, windows=windows), plan, 1, EFFORT_S, now=at("05:00"))
    assert [remedy.remedy for remedy in found if remedy.works] == ["both"]
    (night, _, _), (more, numbers, _) = found[-1][1]["parts"]
    assert (night, more, numbers["count"]) == ("overnight", "more", 2)


def test_what_has_no_leg_has_no_remedy_and_stands_in_no_way_of_others() -> None:
    nodes = six_nodes()
    legs = nodes["legs"][nodes["legs"]["to_code"].ne(C)]
    assert remedies(world(legs=legs), solve_plan(world(legs=legs), 1, 1)) == []
    fleet = nodes["fleet"].assign(capacity_boxes=[50, 50, 4, 20])
    works = tried(world(legs=legs, fleet=fleet))
    assert works["larger"] == BOAT | {"boxes": 5}


def test_remedies_are_said_in_words(dataset: Dataset) -> None:
    night = Remedy("overnight", {"mode": "boat"}, works=True)
    more = Remedy("more", {"count": 2, "kinds": [("boat", "DERMAGA", 20)]}, works=False)
    both = Remedy("both", {"parts": [night, more]}, works=True)
    larger = {"mode": "truck", "base": "GUDANG", "boxes": 80, "instead": 50}
    told = remedy_words([more, both, Remedy("exchanged", larger, works=True)], dataset, "id")
    assert told == [
        (
            True,
            "CUKUP: perahu bermalam dan kembali keesokan harinya, "
            "dan 2 perahu lagi di DERMAGA (20 kotak)",
        ),
        (True, "CUKUP: satu truk yang memuat 80 kotak sebagai ganti yang memuat 50, di GUDANG"),
        (False, "tidak cukup sendirian: 2 perahu lagi di DERMAGA (20 kotak)"),
    ]


@pytest.fixture(scope="module")
def no_truck(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Settings of Pangkalpinang for one desa and a fleet of no truck."""
    path = tmp_path_factory.mktemp("settings") / "kosong.toml"
    path.write_text(
        'kabupaten = "19.71"\nsearch_seconds = 1.0\ninclude = ["19.71.01.1004"]\n[[fleet]]\n'
        'name = "TRUK"\nmode = "truck"\ncount = 0\ncapacity_boxes = 100\n'
        "cost_per_hour = 150000.0\ncrew_hours = 12.0\n",
        encoding="utf-8",
    )
    return path


def run(*words: str | Path) -> Result:
    return CliRunner().invoke(app, [str(word) for word in words])


def test_a_failed_plan_ends_with_one_and_says_why_and_what_helps(
    no_truck: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SIAGA_VAR", str(tmp_path))
    monkeypatch.delenv("DATABASE_URL", raising=False)
    out = tmp_path / "x.json"
    told = run("plan", "--settings", no_truck, "-o", out)
    assert told.exit_code == 1, told.output
    assert "0 dari 21 TPS terkirim tepat waktu" in told.output
    assert "  - 21 TPS di 1 tempat (" in told.output
    assert ": tidak ada truk di Gudang Girimaya" in told.output
    assert "CUKUP: satu truk lagi di Gudang Girimaya" in told.output
    assert out.exists()
    monkeypatch.setattr("services.plan.failure.try_remedies", lambda *_: [])
    partial = run("plan", "--settings", no_truck, "--allow-partial", "-o", out)
    assert partial.exit_code == 0, partial.output
    assert "tidak ada truk di" in partial.output


def test_what_is_late_and_has_left_is_said_and_has_no_remedy(dataset: Dataset) -> None:
    """Of a plan made again with nothing left to plan again."""
    stops = six_nodes()["stops"].assign(deadline=[at("18:00"), at("08:00"), at("18:00")])
    inputs = world(stops=stops)
    about = {"whatif": {"now": at("12:00").isoformat()}}
    document = to_document(solve_plan(inputs, 1, 1), inputs, about=about)
    assert len(lacking_lines(document, dataset, "id")) == 1
    assert try_remedies(dataset, document) == []
    assert no_remedy_words(document, "id") == "Tidak satu pun dari yang dicoba cukup"
    missing = to_document(left((C, "no_leg", SAID["no_leg"][0])), inputs)
    assert "jalurnya tidak ada" in no_remedy_words(missing, "id")


def test_a_plan_that_is_wrong_besides_is_never_allowed() -> None:
    def told(*keys: str) -> dict[str, Any]:
        return {"verdict": {"passed": False, "faults": [{"key": key} for key in keys]}}

    assert short_only(told("tps_missing", "late"))
    assert not short_only(told("tps_missing", "crew_hours"))


def test_a_plan_that_brings_all_and_is_wrong_says_what_is_wrong(
    dataset: Dataset, capsys: pytest.CaptureFixture[str]
) -> None:
    inputs = world()
    fault = {"key": "crew_hours", "trip_id": "TRUK-1/1", "place_code": None, "values": {}}
    verdict = {"passed": False, "faults": [fault]}
    with pytest.raises(Exit):
        end(dataset, to_document(solve_plan(inputs, 1, 1), inputs, verdict), allow_partial=True)
    assert capsys.readouterr().out == "  - jam kerja awak terlampaui: 1 kali (–)\n"


def test_the_manifest_begins_with_what_it_leaves_out(
    no_truck: Path, dataset: Dataset, tmp_path: Path
) -> None:
    settings = read_settings(no_truck)
    assert spare_vehicles(settings)["truck"]["capacity_boxes"] == 100
    document = make_plan(dataset, settings)
    export_plan(document, dataset, "kosong", tmp_path / "x.pdf", "id")
    text = " ".join(PdfReader(tmp_path / "x.pdf").pages[0].extract_text().split())
    assert "0 dari 21 TPS terkirim tepat waktu" in text
    assert "tidak ada truk di Gudang Girimaya" in text
