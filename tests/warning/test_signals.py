"""Each rule by hand, and what becomes one warning."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analytics.reports.watch import watch_params
from analytics.warning.ahead import assembly_signals, ruling_signals
from analytics.warning.clusters import cluster_signals
from analytics.warning.known import believed_on, weighing
from analytics.warning.logistics import LACKING, days_to_vote, logistics_signals
from analytics.warning.places import place_signals
from analytics.warning.potensi import potensi_signals
from analytics.warning.signals import (
    Signal,
    common_place,
    confidence_of,
    frame_of,
    joined,
    warning_id,
)
from analytics.warning.silence import silence_signals
from data.reports.watch import read_watch_weights
from tests import tiny
from tests.tiny import A1, A1A, A1B, A2A, B1, B2, PROV, A, B, day
from tests.warning_frames import (
    BOOK,
    TODAY,
    agenda,
    believed,
    clash,
    disputes,
    potensi,
    reports,
    rule,
)

WEIGHTS = watch_params(read_watch_weights())


def of_potensi(*rows: dict, as_of: dt.date = TODAY) -> list[Signal]:
    return potensi_signals(weighing(believed(*rows, as_of=as_of)), as_of, BOOK["potensi"])


def test_a_potensi_is_as_grave_as_its_severity_and_graver_when_it_grows_or_was_violent() -> None:
    quiet = potensi("2031-02-01", B2, "P1", severity=2)
    assert of_potensi(quiet) == []
    assert of_potensi(quiet | {"severity": 3})[0].level == "waspada"
    grown = of_potensi(quiet, potensi("2031-02-10", B2, "P1", severity=2))
    assert (grown[0].strength, grown[0].level) == (3.0, "waspada")
    violent = of_potensi(quiet, clash("2030-12-01", B1, "P1"), potensi("2031-02-10", B2, "P1"))
    assert (violent[0].strength, violent[0].level) == (4.0, "siaga")
    assert violent[0].place_code == B2  # where it is feared, not where it was
    assert violent[0].since == day("2030-12-01")


def test_a_potensi_of_which_nobody_speaks_is_asked_about_and_after_a_year_is_not() -> None:
    one = potensi("2031-01-01", B2, "P1", severity=5)
    found = {
        days: of_potensi(one, as_of=day("2031-01-01") + dt.timedelta(days=days))
        for days in (90, 91, 365, 366)
    }
    assert found[90][0].level == "awas"
    assert found[91][0].level == "waspada"
    assert found[91][0].facts["stale"] is True
    assert found[365][0].level == "waspada"
    assert found[366] == []


def test_an_affair_in_nested_places_is_one_warning_and_in_two_kabupaten_two() -> None:
    rows = [potensi("2031-02-01", code, "P1", severity=4) for code in (A1A, A1B, A)]
    assert [one.place_code for one in of_potensi(*rows[:2])] == [A1]
    assert [one.place_code for one in of_potensi(*rows)] == [A]
    both = of_potensi(*rows, potensi("2031-02-01", B2, "P1", severity=4))
    assert [one.place_code for one in both] == [A, B2]


def test_a_planned_assembly_weighs_nothing_anywhere() -> None:
    row = potensi("2031-02-10", B2, "P1", family="unjuk_rasa", category="unjuk_rasa", severity=5)
    rows = believed(row)
    assert of_potensi(row) == []
    assert place_signals(weighing(rows), agenda(), TODAY, WEIGHTS, BOOK["tempat"]) == []
    found = assembly_signals(rows, agenda(), TODAY, BOOK["aksi"])
    assert [(one.strength, one.level) for one in found] == [(0.0, None)]
    stormy = row | {"peaceful": False}
    assert of_potensi(stormy)[0].level == "awas"


def test_a_potensi_that_became_an_incident_was_open_until_the_incident_was_known() -> None:
    feared = potensi("2031-01-10", B2, "P1", severity=4, status="menjadi_kejadian")
    happened = clash("2031-02-01", B2, "P1", date_reported="2031-02-03")
    table = reports(feared, happened)
    for date, is_open in (("2031-02-02", True), ("2031-02-03", False)):
        rows = believed_on(table, day(date), 60)
        status = rows.set_index("report_id")["status"]["R01"]
        assert (status == "terbuka") is is_open
    # Where no incident is known, it stays open for so many days.
    alone = reports(feared)
    assert believed_on(alone, day("2031-03-11"), 60)["status"].eq("terbuka").all()
    assert not believed_on(alone, day("2031-03-12"), 60)["status"].eq("terbuka").any()


def test_a_ruling_has_a_point_for_each_thing_that_makes_it_graver() -> None:
    def strength(*rows: dict, items: pd.DataFrame, cases: pd.DataFrame | None = None) -> float:
        known = believed(*rows)
        cases = disputes() if cases is None else cases
        (one,) = ruling_signals(known, items, cases, TODAY, BOOK["putusan"])
        return one.strength

    far = {"date_start": "2031-02-20", "kind": "putusan", "unit_code": B2, "date_known": TODAY}
    near = far | {"date_start": "2031-02-16"}
    assert strength(items=agenda(far)) == 1
    assert strength(items=agenda(near)) == 2
    assert strength(items=agenda(near | {"kind": "psu"})) == 3
    assert strength(clash("2031-01-20", B1, "P1"), items=agenda(near | {"kind": "psu"})) == 4
    assert strength(clash("2031-01-20", A1, "P1"), items=agenda(far)) == 1  # another kabupaten
    late = disputes({"kind": "psu", "unit_code": B2, "decided_date": "2031-01-10",
                     "legal_deadline": "2031-02-09"})  # fmt: skip
    assert strength(items=agenda(), cases=late) == 5


def test_what_was_known_first_names_a_ruling_and_a_vote_that_was_held_ends_its_deadline() -> None:
    rows = [
        {"date_start": "2031-02-20", "kind": "psu", "unit_code": B2, "date_known": "2031-02-10"},
        {"date_start": "2031-02-22", "kind": "tenggat", "unit_code": B2,
         "date_known": "2031-02-01", "owner": "KPU Kab. B"},
    ]  # fmt: skip
    (one,) = ruling_signals(believed(), agenda(*rows), disputes(), TODAY, BOOK["putusan"])
    assert (one.subject, one.facts["days_to"], one.owner) == ("G2", 7, "KPU Kab. B")
    assert one.evidence == (("agenda", "G1"), ("agenda", "G2"))
    held = disputes({"kind": "psu", "unit_code": B2, "decided_date": "2031-01-10",
                     "legal_deadline": "2031-02-22", "held_date": "2031-02-12"})  # fmt: skip
    assert ruling_signals(believed(), agenda(rows[1]), held, TODAY, BOOK["putusan"]) == []
    court = agenda(rows[1] | {"owner": "Mahkamah"})
    assert ruling_signals(believed(), court, disputes(), TODAY, BOOK["putusan"])[0].owner is None


def test_an_assembly_warns_only_with_something_unpeaceful_of_its_place_or_affair() -> None:
    items = agenda(
        {"date_start": "2031-02-20", "kind": "aksi", "unit_code": B2, "date_known": "2031-02-10"}
    )

    def level(*rows: dict) -> str | None:
        return assembly_signals(believed(*rows), items, TODAY, BOOK["aksi"])[0].level

    assert level() is None
    peaceful = clash("2031-02-01", B1, "P1", family="unjuk_rasa", peaceful=True)
    assert level(peaceful) is None
    assert level(peaceful | {"peaceful": None}) is None  # nothing else is said: lawful
    assert level(peaceful | {"peaceful": False}) == "waspada"
    assert level(clash("2031-02-01", A1, "P1")) is None
    assert level(clash("2030-12-01", B1, "P1")) is None  # longer ago than half a quarrel lasts
    assert level(clash("2031-02-01", B1, "P1"), clash("2031-02-02", B1, "P2")) == "siaga"


def test_an_announced_assembly_is_tied_to_its_own_affair_twice() -> None:
    row = potensi("2031-02-18", A2A, "P1", family="unjuk_rasa", date_reported="2031-02-10")
    known = believed(row, clash("2030-06-01", B1, "P1"))
    (one,) = assembly_signals(known, agenda(), TODAY, BOOK["aksi"])
    assert (one.strength, one.place_code, one.subject) == (2.0, A2A, "P1")


def lacking(*rows: tuple) -> pd.DataFrame:
    table = pd.DataFrame(list(rows), columns=LACKING)
    return table.astype({"since": "datetime64[s]", "kabupaten_code": "str"})


def of_logistics(left: int, *rows: dict, lacks: pd.DataFrame) -> dict[str, float]:
    found = logistics_signals(believed(*rows), lacks, "pemilu2031", left, TODAY, BOOK["logistik"])
    return {one.place_code: one.strength for one in found}


def test_what_lacks_presses_more_the_nearer_the_vote() -> None:
    lacks = lacking((A, "procurement", "x", "2031-01-10", {"n_behind": 1, "missing": 900}))
    strength = {left: of_logistics(left, lacks=lacks)[A] for left in (45, 15, 14, 4, 3, 0, -1)}
    assert strength == {45: 1, 15: 1, 14: 2, 4: 2, 3: 3, 0: 3, -1: 1}
    few = lacking((A, "procurement", "x", "2031-01-10", {"n_behind": 1, "missing": 299}))
    assert of_logistics(3, lacks=few) == {A: 1}
    told = clash("2031-02-12", A1A, "P1", family="logistik", severity=3)
    assert of_logistics(3, told, lacks=few) == {A: 4}
    old = told | {"date_event": "2031-01-01", "date_reported": "2031-01-01"}
    assert of_logistics(3, old, lacks=few.iloc[:0]) == {}
    limits = [days_to_vote(TODAY + dt.timedelta(days=n), TODAY, BOOK["logistik"])
              for n in (46, 45, -3, -4)]  # fmt: skip
    assert limits == [None, 45, -3, None]


def cluster(**changes: object) -> pd.DataFrame:
    row = {
        "scan": "2031-01-31/konflik/kecamatan", "family": "konflik", "level": "kecamatan",
        "centre": B1, "places": (B1, B2), "affairs": ("P1", "P2"),
        "window_start": pd.Timestamp("2031-01-01"), "window_end": pd.Timestamp("2031-01-31"),
        "observed": 2, "expected": 0.2, "p": 0.01, "recurrence_months": 100.0,
    }  # fmt: skip
    return pd.DataFrame([row | changes])


def test_a_cluster_stands_where_its_affairs_are_and_is_as_grave_as_it_is_rare() -> None:
    (one,) = cluster_signals(cluster(), TODAY, BOOK["klaster"])
    assert (one.place_code, one.level, one.affairs) == (B, "siaga", {"P1", "P2"})
    (lone,) = cluster_signals(cluster(places=(B2,), recurrence_months=4.0), TODAY, BOOK["klaster"])
    assert (lone.place_code, lone.level) == (B2, None)
    (wide,) = cluster_signals(cluster(places=(A1, B1)), TODAY, BOOK["klaster"])
    assert wide.place_code == B


def silent(*rows: dict, as_of: dt.date, coverage: pd.DataFrame | None = None) -> list[Signal]:
    coverage = tiny.coverage().iloc[:0] if coverage is None else coverage
    known = believed(*rows, as_of=as_of)
    return silence_signals(known, coverage, tiny.units(), as_of, BOOK["hening"])


def regular(every: int, n: int, unit: str = B1) -> list[dict]:
    begin = pd.Timestamp("2031-01-01")
    days = [(begin + pd.Timedelta(days=every * i)).date().isoformat() for i in range(n)]
    return [clash(date, unit, f"P{i}", agency="polda") for i, date in enumerate(days)]


def test_an_agency_is_silent_when_it_is_so_for_longer_than_ever_in_a_year() -> None:
    rows = regular(20, 11)  # ten silences of twenty days, the last report on 20 July
    last = day("2031-07-20")
    assert silent(*rows, as_of=last + dt.timedelta(days=20))[0].level is None
    (one,) = silent(*rows, as_of=last + dt.timedelta(days=21))
    assert (one.level, one.facts["usual_days"], one.facts["n_gaps"]) == ("waspada", 20, 10)
    assert silent(*rows, as_of=last + dt.timedelta(days=63))[0].level == "siaga"
    assert silent(*rows, as_of=last + dt.timedelta(days=366)) == []
    assert silent(*rows[1:], as_of=last + dt.timedelta(days=30)) == []  # nine are no rhythm
    nameless = [row | {"agency": None} for row in rows]
    assert silent(*nameless, as_of=last + dt.timedelta(days=30)) == []  # a newspaper has none


def test_an_area_is_silent_when_its_record_of_watching_ended_and_all_of_them_are_one() -> None:
    def watched(unit: str, until: str) -> dict:
        return {"unit_code": unit, "date_start": "2030-01-01", "date_end": until, "agency": "x"}

    names = ("unit_code", "date_start", "date_end", "agency")
    one = tiny.frame([watched(A, "2031-01-31"), watched(B, "2031-12-31")], names)
    both = tiny.frame([watched(A, "2031-01-31"), watched(B, "2031-02-10")], names)
    assert silent(as_of=day("2031-03-01"), coverage=one) == []
    (found,) = silent(as_of=day("2031-03-02"), coverage=one)
    assert (found.place_code, found.level, found.subject) == (A, "waspada", "pemantauan")
    (all_of,) = silent(as_of=day("2031-03-20"), coverage=both)
    assert (all_of.place_code, all_of.facts["n_places"]) == (PROV, 2)
    assert silent(as_of=day("2032-02-01"), coverage=one.iloc[:1]) == []
    brief = tiny.frame([watched(A, "2031-01-31") | {"date_start": "2030-12-01"}], names)
    assert silent(as_of=day("2031-03-02"), coverage=brief) == []  # it was no regular watching


def test_chance_alone_makes_a_silence_of_an_agency_once_in_a_rhythm() -> None:
    """Of steady reporters: a gap is the longest of the 36 or so before it once in 37."""
    rng = np.random.default_rng(3)
    fired = years = 0
    limits = rule("hening", shortest_days=1)
    for _ in range(3):
        at = np.unique(rng.exponential(10, 150).cumsum().astype(int))
        dates = (pd.Timestamp("2020-01-01") + pd.to_timedelta(at, unit="D")).strftime("%Y-%m-%d")
        table = reports(*[clash(d, B1, f"P{i}", agency="polda") for i, d in enumerate(dates)])
        known = believed_on(table, day("2040-01-01"), 60)
        for n in range(60, len(at)):
            # On the eve of its next report an agency was silent for as long as it ever will be.
            eve = pd.Timestamp(dates[n]).date() - dt.timedelta(days=1)
            begun = known.iloc[max(0, n - 60) : n]
            fired += any(one.level for one in silence_signals(
                begun, tiny.coverage().iloc[:0], tiny.units(), eve, limits))  # fmt: skip
        years += (at[-1] - at[60]) / 365.25
    assert 0.3 < fired / years < 1.9  # one year of gaps over n + 1: about 1, ties aside


def signal(name: str, place: str, *affairs: str, strength: float = 3.0, **more: object) -> Signal:
    evidence = tuple(("affair", one) for one in affairs)
    made = Signal(BOOK[name], "s", place, strength, TODAY, "sedang", evidence)
    return replace(made, **more)  # type: ignore[arg-type]


def test_a_place_that_rests_on_one_affair_joins_the_warning_of_that_affair() -> None:
    host, guest = signal("potensi", B1, "P1", "P2"), signal("tempat", B, "P1", strength=2.6)
    (one,) = joined([host, guest])
    assert (one.rule.name, one.level) == ("potensi", "awas")
    assert one.facts == {"also": ["tempat"], "level_by": "tempat"}
    assert len(joined([host, signal("tempat", B, "P1", "P3")])) == 2
    assert len(joined([host, signal("tempat", A, "P1")])) == 2
    assert len(joined([host, signal("tempat", B)])) == 2
    with_agenda = replace(guest, evidence=(("affair", "P1"), ("agenda", "G1")))
    assert len(joined([host, with_agenda])) == 2
    assert joined([signal("tempat", B, "P1", strength=0.1)]) == []


def test_the_same_thing_has_one_id_on_two_days_and_the_gravest_stands_first() -> None:
    table = frame_of([signal("tempat", B, strength=1.0), signal("potensi", A, strength=5.0)], TODAY)
    assert table["level"].tolist() == ["awas", "waspada"]
    assert (
        table["warning_id"][1]
        == warning_id("tempat", B, "s")
        == "w-" + table["warning_id"][1].removeprefix("w-")
    )
    assert table["warning_id"].str.fullmatch("w-[0-9a-f]{10}").all()
    assert table["facts"][0]["as_of"] == "2031-02-13"
    twice = frame_of([signal("tempat", B, strength=1.0), signal("tempat", B, strength=2.0)], TODAY)
    assert twice["level"].tolist() == ["siaga"]
    assert frame_of([], TODAY).empty


@given(
    st.lists(
        st.tuples(
            st.sampled_from(list(BOOK)),
            st.sampled_from([A, A1, A1A, B, B1, B2, PROV]),
            st.sets(st.sampled_from(["P1", "P2", "P3"])),
            st.floats(0, 6),
        ),
        max_size=8,
    )
)
@settings(max_examples=60)
def test_joining_loses_no_evidence_and_makes_nothing_milder(rows: list[tuple]) -> None:
    order = list(BOOK)
    given_ones = [signal(name, place, *sorted(own), strength=s) for name, place, own, s in rows]
    given_ones.sort(key=lambda one: order.index(one.rule.name))
    warned = [one for one in given_ones if one.level]
    made = joined(given_ones)
    assert {pair for one in warned for pair in one.evidence} == {
        pair for one in made for pair in one.evidence
    }
    assert len(made) <= len(warned)
    assert joined(made) == made or len(joined(made)) < len(made)
    specific = [one for one in warned if one.rule.name not in ("klaster", "tempat")]
    assert len([one for one in made if one.rule.name not in ("klaster", "tempat")]) == len(specific)


@pytest.mark.parametrize(
    ("codes", "place"),
    [([B1], B1), ([B1, B2], B), ([A1A, A1B], A1), ([A1, A1A], A1), ([A, B], PROV)],
)
def test_the_smallest_unit_that_holds_all(codes: list[str], place: str) -> None:
    assert common_place(codes) == place


def test_two_sources_are_surer_than_one_and_a_verified_report_is_sure() -> None:
    table = reports(clash("2031-01-01", B1, "P1"), clash("2031-01-02", B1, "P1"))
    assert confidence_of(table.iloc[:1]) == "sedang"
    assert confidence_of(table) == "sedang"  # of one source
    assert confidence_of(table.assign(source_id=["a", "b"])) == "tinggi"
    assert confidence_of(table.assign(source_id=["a", "b"], confidence="rendah")) == "rendah"
    assert confidence_of(table.assign(verification="terverifikasi")) == "tinggi"
