"""Two snapshots side by side: by hand, by another way of counting, and what must always hold."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analytics.briefing.compare import (
    CAME,
    CAME_NOT,
    RUNNING,
    UNWATCHED,
    changes,
    outlook_results,
    outlook_scores,
    turnover,
)
from geo.errors import ParameterError
from services.briefing.change.compare import SINCE, YEAR, Comparison, compare
from services.briefing.change.map import CLASSES, class_of
from services.briefing.change.words import compare_tables, headline, limit_lines, score_lines
from services.briefing.slides.comparison import comparison_slides
from tests.briefing.two_contents import A, B, C, Content, D, earlier, pair, report, snapshot, units


@pytest.fixture(scope="module")
def found() -> Comparison:
    return compare(snapshot(pair()[0]), snapshot(pair()[1]))


def compared(before: Content, after: Content) -> Comparison:
    return compare(snapshot(before), snapshot(after))


def states(frame: pd.DataFrame, key: str) -> dict[str, str]:
    return dict(zip(frame[key], frame["state"], strict=True))


def keys_of(one: Comparison) -> set[str]:
    return {limit.key for limit in one.limits}


def test_figures_by_hand(found: Comparison) -> None:
    rows = found.figures.set_index(["window", "family"])
    assert rows.loc[(YEAR, "konflik"), ["before", "after", "change"]].tolist() == [3, 7, 4]
    assert rows.loc[(YEAR, "unjuk_rasa"), "change"] == -1
    assert rows.loc[(SINCE, "konflik"), "change"] == 4
    assert rows["before_days"].unique().tolist() == [365, 31]
    assert rows.loc[(SINCE, "konflik"), "before_rate"] == pytest.approx(3 * 30 / 31)


def test_change_of_each_unit_by_hand(found: Comparison) -> None:
    rows = found.areas.set_index(["window", "family", "code"])["change"]
    assert [rows[YEAR, "konflik", code] for code in (A, B, C, D)] == [3, -1, 0, 2]
    assert rows[YEAR, "unjuk_rasa", D] == -1


def test_places_potensi_warnings_and_actions_by_hand(found: Comparison) -> None:
    assert states(found.watch, "code") == {C: "baru", A: "tetap", B: "hilang"}
    assert found.watch.set_index("code").loc[A, ["before_rank", "after_rank"]].tolist() == [1, 2]
    assert states(found.potensi, "perkara_id") == {
        "P2": "tetap", "P4": "baru", "P1": "hilang", "P3": "hilang",
    }  # fmt: skip
    became = found.potensi.set_index("perkara_id")["outcome"]
    assert (became["P1"], became["P3"]) == ("menjadi_kejadian", "tidak_diketahui")
    assert states(found.warnings, "warning_id") == {
        "W1": "ditutup", "W2": "tetap", "W4": "baru", "W5": "baru_ditutup", "W3": "tidak_disebut",
        "W6": "padam",
    }  # fmt: skip
    row = found.warnings.set_index("warning_id")
    assert (row.loc["W1", "outcome"], row.loc["W2", "after_level"]) == ("dicegah", "awas")
    assert states(found.actions, "action_id") == {
        "T1": "selesai", "T2": "lewat_waktu", "T4": "berjalan", "T3": "tidak_disebut",
    }  # fmt: skip
    assert found.actions.set_index("action_id")["is_new"].to_dict() == {
        "T1": False, "T2": False, "T4": True, "T3": False,
    }  # fmt: skip


def test_what_came_of_the_outlook_by_hand(found: Comparison) -> None:
    rows = found.outlook.set_index(["family", "code"])
    state = rows["state"]
    # A: two affairs; B: one before the window and one after it; C: a day was not watched;
    # D: an affair of the month, but the watching began in its midst.
    assert [state["konflik", c] for c in (A, B, C, D)] == [CAME, CAME_NOT, UNWATCHED, CAME]
    assert rows.loc[("konflik", A), "n"] == 2
    assert rows.loc[("konflik", A), "brier"] == 0.25
    assert rows.loc[("konflik", B), "brier_own"] == 0.25
    assert rows.loc[[("konflik", C), ("konflik", D)], "brier"].isna().all()
    scores = found.scores.loc["konflik"]
    # said: (0.5² + 0.25²) / 2; own: (0.75² + 0.5²) / 2
    assert (scores["areas"], scores["came"], scores["scored"]) == (4, 2, 2)
    assert scores["brier"] == pytest.approx(0.15625)
    assert scores["brier_own"] == pytest.approx(0.40625)
    assert scores["verdict"] == "lebih_baik"
    other = found.scores.loc["unjuk_rasa"]
    assert other["brier"] == 0
    assert pd.isna(other["brier_own"])
    assert pd.isna(other["verdict"])


def test_people_and_plans_by_hand(found: Comparison) -> None:
    row = found.people.iloc[0]
    assert (row["before_police"], row["after_police"], row["after_short"]) == (10, 12, 3)
    assert pd.isna(row["before_available"])
    assert found.plans[["before", "after", "plan"]].iloc[0].tolist() == [False, True, "utara-1"]


def test_what_is_not_watched_is_no_change_of_zero() -> None:
    before, after = pair()
    level = after["hotspots"]["levels"]["kabupaten"]
    level["tahun"]["konflik"] = units((1.0, 2.0, 0.0, 0.0), (C,))
    after["situation"]["figures"]["konflik"]["covered"] = False
    one = compared(before, after)
    rows = one.areas[one.areas["window"].eq(YEAR) & one.areas["family"].eq("konflik")]
    row = rows.set_index("code").loc[C]
    assert (row["reason"], bool(pd.isna(row["change"]))) == ("tidak_terpantau_kini", True)
    figures = one.figures.set_index(["window", "family"])
    assert figures.loc[[(YEAR, "konflik"), (SINCE, "konflik")], "change"].isna().all()
    assert figures.loc[(YEAR, "unjuk_rasa"), "reason"] == ""
    assert "kini tidak dipantau penuh" in headline(one, "id")
    table = compare_tables(one, "id")["areas"]
    assert "kini tidak dipantau penuh" in table.iloc[:, -1].tolist()


def test_windows_of_other_length_have_no_difference() -> None:
    before, after = pair()
    after["period"] = ["2024-02-01", "2024-03-03"]
    after["hotspots"]["windows"]["rakor"] = after["period"]
    one = compared(before, after)
    rows = one.figures[one.figures["window"].eq(SINCE)]
    assert rows["change"].isna().all()
    assert rows["reason"].unique().tolist() == ["kurun_lain"]
    assert rows["after_rate"].tolist() == pytest.approx([7 * 30 / 32, 3 * 30 / 32])
    assert "kurun_lain" in keys_of(one)
    assert any("31 dan 32 hari" in line for line in limit_lines(one, "id"))
    parts = one.areas[one.areas["window"].eq(SINCE)]
    assert parts["change"].isna().all()


def test_another_boundary_election_or_mark_is_said() -> None:
    before, after = pair()
    ring = after["land"]["kabupaten"]["features"][1]["geometry"]["coordinates"][0]
    ring[1] = [ring[1][0] + 0.01, ring[1][1]]
    after["land"]["kabupaten"]["features"].pop(3)
    after["hotspots"]["levels"]["kabupaten"]["tahun"]["konflik"]["affairs"].pop(D)
    after["filters"]["election"] = after["distribution"]["election"] = "pilkada2024"
    after["since"]["day"] = "2024-01-15"
    one = compared(before, after)
    rows = one.areas[one.areas["window"].eq(YEAR) & one.areas["family"].eq("konflik")]
    reasons = dict(zip(rows["code"], rows["reason"], strict=True))
    assert reasons == {A: "", B: "batas_lain", C: "", D: "tidak_ada_kini"}
    assert keys_of(one) == {
        "batas_lain", "pemilihan_lain", "sejak_lain", "tahun_tumpang", "prakiraan_tak_terpantau",
    }  # fmt: skip
    assert one.people.empty
    assert one.plans.empty
    words = " ".join(limit_lines(one, "id"))
    assert "Timur" in words
    assert "15 Jan 2024" in words


def test_a_snapshot_that_was_tampered_with_is_said() -> None:
    before, after = pair()
    one = compare(replace(snapshot(before), sound=False), snapshot(after))
    assert "berubah" in keys_of(one)


def test_an_outlook_without_window_and_one_that_runs_on_are_said() -> None:
    before, after = pair()
    before["ahead"]["window"] = None
    one = compared(before, after)
    assert "tanpa_prakiraan" in keys_of(one)
    assert one.outlook.empty
    assert one.scores.empty
    assert len(comparison_slides(one, "id")) == 3
    before["ahead"]["window"] = ["2024-02-01", "2024-03-31"]
    one = compared(before, after)
    assert "prakiraan_berjalan" in keys_of(one)
    state = one.outlook.set_index(["family", "code"])["state"]
    assert [state["konflik", c] for c in (A, B, C)] == [CAME, CAME, RUNNING]
    assert one.outlook["brier"].isna().all()
    assert all("tidak dinilai" in line for line in score_lines(one, "id"))


def test_a_later_content_that_tells_nothing_of_what_was_seen_leaves_all_unknown() -> None:
    before, after = pair()
    for part in ("seen", "watched"):
        after["ahead"].pop(part)
    one = compared(before, after)
    assert one.outlook["state"].eq(UNWATCHED).all()
    assert "tanpa_catatan" in keys_of(one)


def test_a_potensi_that_was_calmed_says_so() -> None:
    before, after = pair()
    after["reports"].append(report("R3", "P3", "2024-02-10", "potensi", status="diredam"))
    one = compared(before, after)
    assert one.potensi.set_index("perkara_id")["outcome"]["P3"] == "diredam"
    # What was reported before the earlier day was known then already.
    after["reports"][-1]["date_event"] = "2024-01-31"
    assert compared(before, after).potensi.set_index("perkara_id")["outcome"]["P3"] == (
        "tidak_diketahui"
    )


def test_an_outlook_window_must_not_end_before_it_starts() -> None:
    one = compare(snapshot(earlier()), snapshot(earlier())).outlook
    day = dt.date(2024, 1, 1)
    nothing = pd.DataFrame(columns=["code", "first", "last"])
    with pytest.raises(ParameterError):
        outlook_results(one, nothing, nothing, (day, day - dt.timedelta(days=1)), day)


def slow_results(
    rows: list[Content], after: Content, first: str, last: str
) -> dict[tuple[str, str], tuple[int, str]]:
    """Count what came of an outlook day by day, with neither frames nor groups."""

    def days(one: str, other: str) -> set[str]:
        start, end = dt.date.fromisoformat(one), dt.date.fromisoformat(other)
        return {str(start + dt.timedelta(days=n)) for n in range((end - start).days + 1)}

    window, known = days(first, last), after["as_of"]
    over = last <= known
    out = {}
    for row in rows:
        n = 0
        for one in after["ahead"]["seen"]:
            mine = (one["code"], one["family"]) == (row["code"], row["family"])
            n += mine and days(one["first"], one["last"]) <= window
        looked: set[str] = set()
        for span in after["ahead"]["watched"].get(row["code"], []):
            looked |= days(*span)
        if n:
            state = CAME
        elif not over:
            state = RUNNING
        else:
            state = CAME_NOT if window <= looked else UNWATCHED
        out[row["family"], row["code"]] = (n, state)
    return out


DAYS = st.integers(0, 60).map(lambda n: str(dt.date(2024, 1, 15) + dt.timedelta(days=n)))
SPANS = st.tuples(DAYS, DAYS).map(sorted)


@settings(max_examples=20)
@given(
    window=SPANS,
    known=DAYS,
    spans=st.dictionaries(st.sampled_from((A, B, C, D)), SPANS),
    seen=st.lists(
        st.tuples(st.sampled_from((A, B, C, D, None)), SPANS, st.sampled_from(("konflik", "x"))),
        max_size=8,
    ),
)
def test_the_outlook_is_judged_as_by_counting_days(
    window: list[str], known: str, spans: dict[str, list[str]], seen: list[Any]
) -> None:
    before, after = pair()
    before["ahead"]["window"], after["as_of"] = window, known
    after["ahead"]["watched"] = {code: [span] for code, span in spans.items()}
    after["ahead"]["seen"] = [
        {"code": code, "family": family, "first": one[0], "last": one[1]}
        for code, one, family in seen
    ]
    rows = compared(before, after).outlook.set_index(["family", "code"])
    expected = slow_results(before["ahead"]["rows"], after, *window)
    assert {key: (row["n"], row["state"]) for key, row in rows.iterrows()} == expected
    scored = rows["brier"].notna()
    over = window[1] <= known
    for (family, code), one in scored.items():
        span = spans.get(code)
        whole = span is not None and span[0] <= window[0] and span[1] >= window[1]
        assert one == (over and whole), (family, code)


COUNTS = st.tuples(*[st.integers(0, 5).map(float)] * 4)
PLACES = st.permutations((A, B, C, D)).flatmap(lambda p: st.integers(0, 4).map(lambda n: p[:n]))
CONTENTS = st.fixed_dictionaries(
    {
        "konflik": COUNTS,
        "rasa": COUNTS,
        "bare": st.sets(st.sampled_from((A, B, C, D)), max_size=2),
        "order": PLACES,
        "open": st.sets(st.sampled_from(("P1", "P2", "P3")), max_size=3),
    }
)
FEW = settings(max_examples=10)


def made(base: Content, drawn: dict[str, Any]) -> Content:
    level = base["hotspots"]["levels"]["kabupaten"]
    for window in level:
        level[window] = {
            "konflik": units(drawn["konflik"], tuple(drawn["bare"])),
            "unjuk_rasa": units(drawn["rasa"]),
        }
    base["situation"]["watch"] = [
        {"code": code, "rank": n, "place": code} for n, code in enumerate(drawn["order"], 1)
    ]
    base["situation"]["potensi"] = [
        row for row in earlier()["situation"]["potensi"] if row["perkara_id"] in drawn["open"]
    ]
    return base


@FEW
@given(CONTENTS)
def test_a_snapshot_beside_itself_has_no_change(drawn: dict[str, Any]) -> None:
    one = snapshot(made(pair()[1], drawn))
    found = compare(one, one)
    for frame in (found.figures, found.areas):
        assert frame["change"].dropna().eq(0).all()
        assert frame["change"].isna().eq(frame["before"].isna()).all()
    assert found.watch["state"].eq("tetap").all()
    assert found.potensi["state"].eq("tetap").all()
    assert set(found.warnings["state"]) <= {"tetap"}
    assert not found.actions["is_new"].any()


@FEW
@given(CONTENTS, CONTENTS)
def test_the_other_way_round_is_the_mirror(one: dict[str, Any], other: dict[str, Any]) -> None:
    before, after = snapshot(made(pair()[0], one)), snapshot(made(pair()[1], other))
    there, back = compare(before, after), compare(after, before)
    for name, keys in (("figures", ["window", "family"]), ("areas", ["window", "family", "code"])):
        a, b = (getattr(x, name).set_index(keys).sort_index() for x in (there, back))
        assert a["change"].equals(-b["change"] + 0.0)
        assert a["before"].equals(b["after"])
    turned = {"baru": "hilang", "hilang": "baru", "tetap": "tetap"}
    for name, key in (("watch", "code"), ("potensi", "perkara_id")):
        a, b = states(getattr(there, name), key), states(getattr(back, name), key)
        assert {k: turned[v] for k, v in a.items()} == b


@given(st.lists(st.integers(0, 9), unique=True), st.lists(st.integers(0, 9), unique=True))
def test_turnover_as_sets_have_it(before: list[int], after: list[int]) -> None:
    found = turnover(pd.Index(before, dtype="int64"), pd.Index(after, dtype="int64"))
    by = {state: set(found.index[found.eq(state)]) for state in ("baru", "hilang", "tetap")}
    assert by["baru"] == set(after) - set(before)
    assert by["hilang"] == set(before) - set(after)
    assert by["tetap"] == set(before) & set(after)


def test_changes_of_units_that_are_not_the_same() -> None:
    before = pd.Series({"a": 1.0, "b": np.nan, "c": 2.0})
    after = pd.Series({"a": 3.0, "b": 1.0, "d": 4.0})
    found = changes(before, after, {"a": "batas_lain"})
    assert found["reason"].to_dict() == {
        "a": "batas_lain", "b": "tidak_terpantau_dulu", "c": "tidak_ada_kini",
        "d": "tidak_ada_dulu",
    }  # fmt: skip
    assert found["change"].isna().all()


@given(st.lists(st.tuples(st.floats(0, 1), st.floats(0, 1), st.booleans()), min_size=1))
def test_scores_as_by_hand(rows: list[tuple[float, float, bool]]) -> None:
    frame = pd.DataFrame(rows, columns=["probability", "own", "came"])
    frame = frame.assign(
        family="konflik",
        n=frame["came"].astype(int),
        brier=(frame["probability"] - frame["came"]) ** 2,
        brier_own=(frame["own"] - frame["came"]) ** 2,
    )
    scores = outlook_scores(frame).loc["konflik"]
    mean = sum((p - came) ** 2 for p, _, came in rows) / len(rows)
    assert scores["brier"] == pytest.approx(mean, abs=1e-6)
    assert scores["scored"] == len(rows)
    assert scores["came"] == sum(came for *_, came in rows)


@pytest.mark.parametrize("change", [-9, -3, -2, -1, 0, 1, 2, 3, 12])
def test_the_class_of_a_change_has_its_sign(change: int) -> None:
    words, colour = class_of(change)
    assert colour in {one for *_, one in CLASSES}
    assert ("more" in words) == (change > 0)
    assert ("fewer" in words) == (change < 0)
    assert (words == "even") == (change == 0)
    assert words.startswith("much") == (abs(change) > 2)


def test_no_total_over_families(found: Comparison) -> None:
    for frame in (found.figures, found.areas, found.outlook):
        assert set(frame["family"]) <= {"konflik", "unjuk_rasa"}
    assert set(found.scores.index) == {"konflik", "unjuk_rasa"}
