"""Teams of police: by hand, against every possible staffing, and what may never happen."""

from __future__ import annotations

import dataclasses
import itertools
import re
from collections.abc import Mapping
from datetime import date
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analytics.people.model import allocate, needed
from analytics.people.teams import (
    CLASSES,
    Pattern,
    PersonnelParams,
    Staffing,
    classify,
    linmas_of,
    shortage,
    team_faults,
    totals,
)
from geo.errors import ParameterError
from services.dataset import Dataset
from services.hotspots.tables import table_bytes
from services.people.tables import (
    pattern_names,
    personnel_head,
    team_table,
    unit_table,
    whatif_sentence,
)
from services.people.teams import (
    PersonnelAsked,
    default_pattern,
    islands,
    pattern_ids,
    patterns_in,
    personnel_view,
    place_people,
    usable_patterns,
)
from services.risk.index import RiskView, risk_view
from tests.personnel_greedy import greedy_allocation

EVE = date(2024, 2, 13)
ONE_TO_THREE = {"kurang_rawan": Pattern("kurang_rawan", 1, 3)}
HALF_HOUR = PersonnelParams(max_minutes=30, time_limit_s=20, gap=0.0)


def stations(rows: list[tuple[str, str, int, str | None, float]]) -> pd.DataFrame:
    """TPS from (desa, kabupaten, island, class, value)."""
    columns = ["desa_code", "kabupaten_code", "island", "kelas", "value"]
    return pd.DataFrame(rows, columns=columns, index=[f"t{i:02d}" for i in range(len(rows))])


def ways(codes: str, **pairs: float) -> pd.DataFrame:
    """Symmetric minutes between desa of one letter each; 999 where nothing is said."""
    frame = pd.DataFrame(999.0, index=list(codes), columns=list(codes))
    for code in codes:
        frame.loc[code, code] = 0.0
    for pair, value in pairs.items():
        frame.loc[pair[0], pair[1]] = frame.loc[pair[1], pair[0]] = value
    return frame


@pytest.fixture
def hand() -> tuple[pd.DataFrame, pd.DataFrame]:
    rows = [("A", "k", 0, "kurang_rawan", 0.1)] * 4
    rows += [("B", "k", 0, "kurang_rawan", 0.4), ("C", "k", 0, "kurang_rawan", 0.6)]
    return stations(rows), ways("ABC", AB=10, AC=60, BC=60)


def test_the_case_worked_by_hand(hand: tuple[pd.DataFrame, pd.DataFrame]) -> None:
    tps, minutes = hand
    need = needed(tps, ONE_TO_THREE, minutes, HALF_HOUR)
    assert int(need.teams["police"].sum()) == 3
    assert (need.gap, need.method, need.uncovered) == (0.0, "optimal", 0.0)
    two = allocate(tps, ONE_TO_THREE, minutes, {"k": 2}, params=HALF_HOUR)
    assert two.uncovered == pytest.approx(0.2)
    assert two.bound == pytest.approx(0.2)
    assert two.method == "optimal"
    assert two.team_of[["t04", "t05"]].notna().all()
    assert two.team_of.isna().sum() == 2


def test_the_reserve_goes_where_it_covers_most() -> None:
    tps = stations([("A", "k", 0, "kurang_rawan", 0.2), ("B", "m", 0, "kurang_rawan", 0.9)])
    minutes = ways("AB", AB=5)
    nobody = allocate(tps, ONE_TO_THREE, minutes, {"k": 0, "m": 0}, params=HALF_HOUR)
    assert nobody.uncovered == pytest.approx(1.1)
    one = allocate(tps, ONE_TO_THREE, minutes, {"k": 0, "m": 0}, 1, HALF_HOUR)
    assert list(one.teams["post"]) == ["B"]
    assert one.uncovered == pytest.approx(0.2)


def test_a_kabupaten_whose_people_nobody_named_is_left_out_not_counted_as_bare() -> None:
    tps = stations([("A", "k", 0, "kurang_rawan", 0.2), ("B", "m", 0, "kurang_rawan", 0.9)])
    done = allocate(tps, ONE_TO_THREE, ways("AB"), {"k": 1}, params=HALF_HOUR)
    assert list(done.team_of.index) == ["t00"]
    assert done.uncovered == 0


def test_no_officer_covers_two_islands_however_near() -> None:
    tps = stations([("A", "k", 0, "kurang_rawan", 0), ("B", "k", 1, "kurang_rawan", 0)])
    need = needed(tps, ONE_TO_THREE, ways("AB", AB=1), HALF_HOUR)
    assert len(need.teams) == 2
    together = tps.assign(island=0)
    assert len(needed(together, ONE_TO_THREE, ways("AB", AB=1), HALF_HOUR).teams) == 1


def test_the_farthest_way_allowed_is_still_allowed() -> None:
    tps = stations([("A", "k", 0, "kurang_rawan", 0), ("B", "k", 0, "kurang_rawan", 0)])
    for far, teams in ((30.0, 1), (30.1, 2)):
        minutes = ways("AB", AB=far)
        need = needed(tps, ONE_TO_THREE, minutes, HALF_HOUR)
        assert len(need.teams) == teams
        assert team_faults(need, tps, ONE_TO_THREE, minutes, HALF_HOUR) == []


def test_a_tps_without_class_needs_nobody_and_is_not_counted_as_uncovered() -> None:
    tps = stations([("A", "k", 0, "kurang_rawan", 0.5), ("A", "k", 0, None, 0.9)])
    need = needed(tps, ONE_TO_THREE, ways("A"), HALF_HOUR)
    assert int(need.teams["tps"].sum()) == 1
    assert need.uncovered == 0


def every_staffing(
    tps: pd.DataFrame,
    patterns: Mapping[str, Pattern],
    minutes: pd.DataFrame,
    people: Mapping[str, int],
    reserve: int,
) -> tuple[float, int]:
    """Least uncovered, and fewest police that cover all, by trying every post of every TPS."""
    frame = tps.reset_index()
    options = []
    for row in frame.itertuples():
        near = frame[
            frame["kabupaten_code"].eq(row.kabupaten_code)
            & frame["island"].eq(row.island)
            & frame["kelas"].eq(row.kelas)
        ]["desa_code"].unique()
        options.append([None, *(p for p in near if minutes.loc[p, row.desa_code] <= 30)])
    least, fewest = np.inf, 10**6
    for posts in itertools.product(*options):
        at: dict[tuple[str, str, str], int] = {}
        for post, row in zip(posts, frame.itertuples(), strict=True):
            if post is not None:
                key = (post, row.kabupaten_code, row.kelas)
                at[key] = at.get(key, 0) + 1
        used: dict[str, int] = {}
        for (_, kabupaten, kelas), count in at.items():
            pattern = patterns[kelas]
            police = pattern.police * -(-count // pattern.tps)
            used[kabupaten] = used.get(kabupaten, 0) + police
        beyond = sum(max(0, n - people.get(k, 0)) for k, n in used.items())
        bare = sum(v for post, v in zip(posts, frame["value"], strict=True) if post is None)
        if beyond <= reserve:
            least = min(least, bare)
        if None not in posts:
            fewest = min(fewest, sum(used.values()))
    return least, fewest


@st.composite
def worlds(draw: st.DrawFn) -> tuple[pd.DataFrame, pd.DataFrame, dict[str, int], int]:
    codes = "ABC"
    place = {c: (draw(st.sampled_from("km")), draw(st.integers(0, 1))) for c in codes}
    rows = []
    for code in draw(st.lists(st.sampled_from(codes), min_size=1, max_size=6)):
        kelas = draw(st.sampled_from(["kurang_rawan", "rawan"]))
        rows.append((code, *place[code], kelas, draw(st.integers(0, 5)) / 10))
    far = st.sampled_from([5.0, 25.0, 40.0])
    minutes = ways(codes, AB=draw(far), AC=draw(far), BC=draw(far))
    people = {"k": draw(st.integers(0, 3)), "m": draw(st.integers(0, 3))}
    return stations(rows), minutes, people, draw(st.integers(0, 2))


TWO = {"kurang_rawan": Pattern("kurang_rawan", 1, 3), "rawan": Pattern("rawan", 2, 2)}


@settings(max_examples=10, deadline=None)
@given(worlds())
def test_the_model_is_as_good_as_trying_everything(
    world: tuple[pd.DataFrame, pd.DataFrame, dict[str, int], int],
) -> None:
    tps, minutes, people, reserve = world
    least, fewest = every_staffing(tps, TWO, minutes, people, reserve)
    done = allocate(tps, TWO, minutes, people, reserve, HALF_HOUR)
    assert done.uncovered == pytest.approx(least, abs=1e-6)
    assert done.bound <= least + 1e-6
    need = needed(tps, TWO, minutes, HALF_HOUR)
    assert int(need.teams["police"].sum()) == fewest
    assert need.bound == fewest
    greedy = greedy_allocation(tps, TWO, minutes, people, reserve, HALF_HOUR)
    assert greedy.uncovered >= least - 1e-6
    for staffing, limits in ((done, (people, reserve)), (greedy, (people, reserve)), (need, ())):
        assert team_faults(staffing, tps, TWO, minutes, HALF_HOUR, *limits) == []


@settings(max_examples=8, deadline=None)
@given(worlds())
def test_one_more_officer_never_leaves_more_uncovered(
    world: tuple[pd.DataFrame, pd.DataFrame, dict[str, int], int],
) -> None:
    tps, minutes, people, reserve = world
    before = allocate(tps, TWO, minutes, people, reserve, HALF_HOUR).uncovered
    more = {**people, "k": people["k"] + 1}
    assert allocate(tps, TWO, minutes, more, reserve, HALF_HOUR).uncovered <= before + 1e-6
    assert allocate(tps, TWO, minutes, people, reserve + 1, HALF_HOUR).uncovered <= before + 1e-6


def test_without_time_nobody_is_placed_and_the_gap_says_so(
    monkeypatch: pytest.MonkeyPatch, hand: tuple[pd.DataFrame, pd.DataFrame]
) -> None:
    class Nothing:
        x = None
        mip_dual_bound = None

    monkeypatch.setattr("scipy.optimize.milp", lambda *_, **__: Nothing)
    tps, minutes = hand
    done = allocate(tps, ONE_TO_THREE, minutes, {"k": 2}, params=HALF_HOUR)
    assert (done.method, done.gap) == ("time_limit", 1.0)
    assert done.teams.empty
    assert done.uncovered == tps["value"].sum()
    need = needed(tps, ONE_TO_THREE, minutes, HALF_HOUR)
    assert need.method == "time_limit"
    assert need.uncovered == 0
    assert team_faults(need, tps, ONE_TO_THREE, minutes, HALF_HOUR) == []
    assert team_faults(done, tps, ONE_TO_THREE, minutes, HALF_HOUR, {"k": 2}) == []


def test_the_audit_names_each_rule_that_is_broken(hand: tuple[pd.DataFrame, pd.DataFrame]) -> None:
    tps, minutes = hand
    need = needed(tps, ONE_TO_THREE, minutes, HALF_HOUR)

    def rules(staffing: Staffing, rows: pd.DataFrame = tps, people: int | None = None) -> set[str]:
        limit = None if people is None else {"k": people}
        found = team_faults(staffing, rows, ONE_TO_THREE, minutes, HALF_HOUR, limit)
        return {rule for rule, _ in found}

    assert rules(need) == set()
    first = need.teams.index[0]
    moved = need.team_of.copy()
    moved["t05"] = first
    broken = Staffing(need.teams, moved, 0, 0, 0, "optimal")
    assert {"minutes", "size"} <= rules(broken)
    assert "island" in rules(need, tps.assign(island=[0, 0, 0, 0, 1, 0]))
    assert "kelas" in rules(need, tps.assign(kelas=["rawan", *["kurang_rawan"] * 5]))
    assert "kabupaten" in rules(need, tps.assign(kabupaten_code=["m", *["k"] * 5]))
    twice = Staffing(need.teams.assign(police=2), need.team_of, 0, 0, 0, "optimal")
    assert "police" in rules(twice)
    assert rules(need, people=2) == {"people"}


@pytest.mark.parametrize(
    ("people", "reserve", "beyond"),
    [
        ({"k": 2, "m": 1}, 0, []),
        ({"k": 1, "m": 1}, 1, []),
        ({"k": 1, "m": 1}, 0, [("people", "k")]),
        ({"k": 0, "m": 1}, 1, [("people", "k")]),
        # What one kabupaten has to spare is not lent to another: only the reserve is.
        ({"k": 1, "m": 9}, 0, [("people", "k")]),
        ({"k": 9}, 0, [("people", "m")]),
        ({"k": 0, "m": 0}, 2, [("people", "k, m")]),
        ({"k": 0, "m": 0}, 3, []),
    ],
)
def test_more_police_than_there_are_is_found_kabupaten_by_kabupaten(
    people: dict[str, int], reserve: int, beyond: list[tuple[str, str]]
) -> None:
    """Two officers stand in k (four TPS, one for three) and one in m."""
    rows = [("A", "k", 0, "kurang_rawan", 0.1)] * 4 + [("B", "m", 0, "kurang_rawan", 0.1)]
    tps, minutes = stations(rows), ways("AB")
    need = needed(tps, ONE_TO_THREE, minutes, HALF_HOUR)
    found = team_faults(need, tps, ONE_TO_THREE, minutes, HALF_HOUR, people, reserve)
    assert found == beyond


def test_of_a_range_the_end_that_takes_more_people_counts() -> None:
    """One officer for 2 to 3 TPS: for 2. 2 for 4 and 2 for 8 TPS, printed the other way: for 4."""
    patterns = pd.DataFrame(
        [("P", "kurang_rawan", 1, 3), ("P", "kurang_rawan", 1, 2), ("P", "rawan", 2, 8),
         ("P", "rawan", 2, 4), ("P", "khusus", 3, None), ("P", "semua", 1, 1)],
        columns=["pattern_id", "kelas", "police", "tps"],
    ).assign(row_id=lambda rows: [f"r{n}" for n in range(len(rows))])  # fmt: skip
    found = usable_patterns(SimpleNamespace(patterns=patterns))
    kept = found[["kelas", "police", "tps"]].to_numpy().tolist()
    assert kept == [["kurang_rawan", 1, 2], ["rawan", 2, 4]]


def test_a_class_comes_from_the_register_or_from_the_planners_rule_and_says_which() -> None:
    own = pd.Series(["rawan", pd.NA, pd.NA, pd.NA], index=list("abcd"), dtype="string")
    tiers = pd.Series(["rendah", "tinggi", "sedang", "belum_cukup"], index=list("abcd"))
    one = classify(own, tiers, "satu_kelas", "kurang_rawan")
    assert list(one["kelas"]) == ["rawan", *["kurang_rawan"] * 3]
    assert list(one["ground"]) == ["register", *["pengandaian"] * 3]
    by_tier = classify(
        own, tiers, "dari_tingkat", tier_classes={"tinggi": "sangat_rawan", "sedang": "rawan"}
    )
    assert list(by_tier["kelas"].fillna("-")) == ["rawan", "sangat_rawan", "rawan", "-"]
    assert list(by_tier["ground"]) == ["register", "pengandaian", "pengandaian", "tidak_ada"]
    nothing = classify(own, tiers, "tanpa")
    assert list(nothing["ground"]) == ["register", *["tidak_ada"] * 3]
    with pytest.raises(ParameterError):
        classify(own, tiers, "menurut_kami")
    with pytest.raises(ParameterError):
        classify(own, tiers, "satu_kelas", "aman")


def test_totals_count_police_at_their_post_and_linmas_at_the_tps(
    hand: tuple[pd.DataFrame, pd.DataFrame],
) -> None:
    tps, minutes = hand
    need = needed(tps, ONE_TO_THREE, minutes, HALF_HOUR)
    linmas = linmas_of(tps["kelas"], ONE_TO_THREE, HALF_HOUR)
    frame = totals(need, tps, linmas, pd.Series({"A": "x", "B": "x", "C": "y"}))
    assert frame["tps"].to_dict() == {"x": 5, "y": 1}
    assert frame["police"].to_dict() == {"x": 2, "y": 1}
    assert frame["linmas"].to_dict() == {"x": 10, "y": 2}
    shared = {"kurang_rawan": Pattern("kurang_rawan", 2, 5, 10)}
    assert linmas_of(tps["kelas"], shared, HALF_HOUR).iloc[0] == 2
    short = shortage(frame["police"], pd.Series({"x": 1}))
    assert short.loc["x", "short"] == 1
    assert pd.isna(short.loc["y", "short"])


@pytest.mark.parametrize(
    ("kind", "values"),
    [
        (Pattern, ("aman", 1, 3)),
        (Pattern, ("rawan", 0, 3)),
        (Pattern, ("rawan", 1, 41)),
        (Pattern, ("rawan", 1, 3, -1)),
        (PersonnelParams, (-1.0,)),
        (PersonnelParams, (30.0, 11.0)),
        (PersonnelParams, (30.0, 2.0, 0.0)),
        (PersonnelParams, (30.0, 2.0, 1.0, 0.5)),
    ],
)
def test_what_is_out_of_range_is_refused(kind: type, values: tuple[object, ...]) -> None:
    with pytest.raises(ParameterError):
        kind(*values)


def test_frames_that_do_not_fit_are_refused() -> None:
    tps, minutes = stations([("A", "k", 0, "rawan", 0.1)]), ways("A")
    with pytest.raises(ParameterError, match="pattern for each class"):
        needed(tps, ONE_TO_THREE, minutes)
    with pytest.raises(ParameterError, match="0 or more"):
        needed(tps.assign(value=np.nan), TWO, minutes)
    with pytest.raises(ParameterError, match="columns"):
        needed(tps.drop(columns="island"), TWO, minutes)
    with pytest.raises(ParameterError, match="travel times"):
        needed(tps.assign(desa_code="Z"), TWO, minutes)
    with pytest.raises(ParameterError, match="people"):
        allocate(tps, TWO, minutes, {"k": -1})
    assert set(CLASSES) >= set(TWO)


@pytest.fixture(scope="module")
def eve(dataset: Dataset) -> RiskView:
    return risk_view(dataset, "pemilu2024", EVE)


def test_columns_of_patterns_are_what_their_notes_say(dataset: Dataset, eve: RiskView) -> None:
    """Words of a pattern stand as police-TPS-linmas, but for the one that says otherwise."""
    checked = 0
    for row in eve.tables.patterns.itertuples():
        said = re.search(r"(\d+)-(\d+)-(\d+)", str(row.note))
        if said is None or pd.isna(row.tps) or pd.isna(row.linmas):
            continue
        police, second, third = map(int, said.groups())
        other = "polisi-linmas-TPS)" in row.note
        tps, linmas = (third, second) if other else (second, third)
        assert (row.police, row.tps, row.linmas) == (police, tps, linmas), row.note
        checked += 1
    assert checked >= 12


def test_the_default_is_what_polres_belitung_published(eve: RiskView) -> None:
    patterns, rows = patterns_in(eve.tables, default_pattern())
    assert {k: (p.police, p.tps) for k, p in patterns.items()} == {
        "kurang_rawan": (1, 3), "rawan": (1, 2), "sangat_rawan": (1, 1), "khusus": (1, 1),
    }  # fmt: skip
    assert not rows["borrowed"].any()
    assert rows["url"].str.startswith("https://").all()


def test_every_pattern_has_a_name_of_its_own_and_fills_all_classes(eve: RiskView) -> None:
    ids = pattern_ids(eve.tables)
    names = pattern_names(eve.tables, "id")
    assert ids[0] == default_pattern()
    assert len(set(names.values())) == len(ids) == len(names)
    for name in ids:
        patterns, rows = patterns_in(eve.tables, name)
        assert set(patterns) == set(CLASSES)
        own = rows[~rows["borrowed"]]
        assert set(own["pattern_id"]) == {name}
    # Of 2 to 3 TPS per officer the end that takes more people counts.
    assert patterns_in(eve.tables, "polda_babel_pemilu2024")[0]["kurang_rawan"].tps == 2
    assert patterns_in(eve.tables, "polres_tarakan_pemilu2024")[0]["kurang_rawan"].tps == 4
    assert usable_patterns(eve.tables)["tps"].notna().all()
    with pytest.raises(ParameterError):
        patterns_in(eve.tables, "pola_sendiri")


def test_the_islands_are_those_of_the_map(dataset: Dataset) -> None:
    found = islands(dataset)
    names = dataset.names
    sizes = found.value_counts()
    assert sizes.iloc[0] > 250
    alone = {names[code] for code in found.index[found.map(sizes).eq(1)]}
    assert {"Pulau Sumedang", "Pulau Gersik", "Pongok", "Celagen", "Buku Limau"} <= alone
    lepar = found[found.index.str.startswith("19.03.02.")]
    assert len(set(lepar)) == 1


def test_the_province_takes_what_one_officer_for_three_tps_means(
    dataset: Dataset, eve: RiskView
) -> None:
    asked = PersonnelAsked()
    found = personnel_view(dataset, "pemilu2024", EVE, eve, asked)
    police = found.kabupaten["police"]
    assert found.faults == []
    assert found.need.gap == 0
    assert police.sum() == found.kecamatan["police"].sum() == 1377
    assert (police >= np.ceil(found.kabupaten["tps"] / 3)).all()
    # Polres Belitung published 195 police of its own for these very ratios and 547 TPS.
    assert found.kabupaten.loc["19.02", ["tps", "police", "available"]].tolist() == [547, 185, 195]
    assert found.kabupaten.loc["19.02", "short"] == 0
    assert pd.isna(found.kabupaten.loc["19.06", "short"])
    assert found.kabupaten["linmas"].sum() == 2 * 4116
    words = whatif_sentence(found, asked, "id")
    assert words is not None
    assert words.startswith("PENGANDAIAN")
    head = "1.377 polisi dan 8.232 linmas untuk 4.116 TPS. Cukup di semua polres"
    assert personnel_head(found, "id").startswith(head)
    table = team_table(found, dataset, "id")
    assert table["Dasar kelas"].eq("PENGANDAIAN").all()
    assert table["TPS"].sum() == 4116
    assert table_bytes(unit_table(found.kabupaten, dataset, "id"), ".xlsx", "polres")[:2] == b"PK"


def test_typed_people_beat_the_source_and_are_placed_by_index(
    dataset: Dataset, eve: RiskView
) -> None:
    asked = PersonnelAsked(people=(("19.02", 100), ("19.06", 10)), reserve=5)
    found = personnel_view(dataset, "pemilu2024", EVE, eve, asked)
    assert found.kabupaten.loc["19.02", ["available", "short"]].tolist() == [100, 85]
    done = place_people(dataset, found, asked)
    assert done is not None
    assert done.faults == []
    assert set(done.left_out) == {"19.04"}
    assert done.staffing.gap <= 0.001
    assert done.kabupaten["police"].sum() <= 358 + 214 + 100 + 10 + 204 + 368 + 5
    bare = found.tps.loc[done.staffing.team_of.index[done.staffing.team_of.isna()]]
    assert bare["value"].sum() == pytest.approx(done.staffing.uncovered)


def test_linmas_that_were_told_are_compared_and_others_stay_unknown(
    dataset: Dataset, eve: RiskView, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = personnel_view(dataset, "pemilu2024", EVE, eve, PersonnelAsked())
    assert "Linmas ada" not in unit_table(found.kabupaten, dataset, "id")
    told = eve.tables.personnel.head(1).assign(kind="linmas", unit_code="19.06", available=700)
    tables = dataclasses.replace(eve.tables, personnel=told)
    monkeypatch.setattr("services.people.teams.risk_tables", lambda *_: tables)
    found = personnel_view(dataset, "pemilu2024", EVE, eve, PersonnelAsked())
    assert found.kabupaten.loc["19.06", ["linmas_available", "linmas_short"]].tolist() == [700, 26]
    assert found.kabupaten["linmas_short"].isna().sum() == 6
    assert "Kurang linmas" in unit_table(found.kabupaten, dataset, "id")


def test_classes_by_tier_are_a_choice_and_never_the_default(
    dataset: Dataset, eve: RiskView
) -> None:
    by_tier = personnel_view(dataset, "pemilu2024", EVE, eve, PersonnelAsked(rule="dari_tingkat"))
    # Not one indicator is known, so no TPS has a tier, and none is counted as calm.
    assert by_tier.tps["ground"].eq("tidak_ada").all()
    assert by_tier.need.teams.empty
    assert PersonnelAsked().rule == "satu_kelas"


def test_the_page_says_what_is_assumed_and_counts(dataset: Dataset) -> None:
    from streamlit.testing.v1 import AppTest

    def script(data, day) -> None:  # runs alone, without the names of this module
        import streamlit as st

        from pages.components.people import teams as risk_people
        from services.risk.index import risk_view

        view = risk_view(data, "pemilu2024", day)
        st.html(str(risk_people.draw(data, "pemilu2024", day, view)))

    app = AppTest.from_function(script, kwargs={"data": dataset, "day": EVE}, default_timeout=60)
    app.run()
    assert not app.exception
    assert "PENGANDAIAN" in app.warning[0].value
    assert any("1.377 polisi" in block.body for block in app.get("html"))
    app.button(key="kp_place").click().run()
    assert not app.exception
    assert any("1.073 polisi menjaga semua 3.205 TPS" in block.body for block in app.get("html"))
    app.selectbox(key="kp_rule").select("tanpa").run()
    assert any("Tidak ada TPS yang mempunyai kelas" in block.body for block in app.get("html"))
