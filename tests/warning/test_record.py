"""The record of warnings: raisings by hand, a slow way of judging, invariants, worlds of chance."""

from __future__ import annotations

import datetime as dt
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analytics.reports.selection import is_calm, known_since
from analytics.reports.watch import watched_place
from analytics.warning.raisings import ALL, World, happened, judge, raisings
from analytics.warning.record import RecordParams, rule_record
from geo.errors import ParameterError
from tests import tiny
from tests.tiny import A1, A1A, A1B, A2, A2A, B1, B1A, B1B, B2, B2A, PROV, A, B, day

VOTERS = pd.Series({PROV: 99.0, A: 60.0, B: 39.0, A1: 30.0, A2: 25.0, B1: 15.0, B2: 20.0, A1A: 10.0,
                    A1B: 5.0, A2A: 15.0, B1A: 4.0, B1B: 6.0, B2A: 9.0})  # fmt: skip
DAYS = [day("2031-01-06") + dt.timedelta(days=7 * n) for n in range(16)]
UNTIL = pd.Series({A: pd.Timestamp("2031-04-30"), B: pd.Timestamp("2031-02-20")})


def affair(number: int, date: str, code: str, **more: Any) -> dict[str, Any]:
    base = {"date_event": date, "date_reported": date, "family": "konflik", "severity": 3}
    return tiny.report(number, unit_kejadian=code, **(base | more))


def frame(*rows: dict[str, Any]) -> pd.DataFrame:
    return tiny.frame(list(rows), tiny.REPORT_COLUMNS)


def warned(*rows: tuple[int, str, str, str, str]) -> pd.DataFrame:
    """Return warnings that fired: number of the day, id, rule, place, level; horizon 30 days."""
    return pd.DataFrame(
        [(DAYS[n], key, rule, code, level, 30) for n, key, rule, code, level in rows],
        columns=["day", "warning_id", "rule", "place_code", "level", "horizon_days"],
    )


def world(reports: pd.DataFrame, until: pd.Series = UNTIL) -> World:
    return World(happened(reports), VOTERS, until)


def shown(table: pd.DataFrame, rule: str, level: str = ALL) -> list[tuple[str, str]]:
    rows = table[table["rule"].eq(rule) & table["level"].eq(level)]
    return [
        (key, f"{at:%m-%d}") for key, at in zip(rows["warning_id"], rows["raised"], strict=True)
    ]


def test_a_warning_counts_once_however_long_it_stands() -> None:
    fired = warned(
        *((n, "w1", "r", A1, "waspada") for n in range(3)),
        *((n, "w1", "r", A1, "siaga") for n in range(3, 8)),
        (4, "w2", "q", B1, "awas"),
    )
    table = raisings(fired, DAYS)
    assert shown(table, "r") == [("w1", "01-06")]
    assert shown(table, "r", "waspada") == [("w1", "01-06")]
    assert shown(table, "r", "siaga") == [("w1", "01-27")]
    assert shown(table, ALL) == [("w1", "01-06"), ("w2", "02-03")]
    assert shown(table, "q", "awas") == [("w2", "02-03")]


def test_a_warning_is_raised_again_when_it_had_ended_and_its_horizon_was_over() -> None:
    # Silent on day 2 only: 14 days after the raising, so it is the same one. Silent on day 6 and
    # firing on day 7, 49 days after it: a new one.
    fired = warned(*((n, "w", "r", A1, "waspada") for n in (0, 1, 3, 4, 5, 7, 8)))
    assert shown(raisings(fired, DAYS), "r") == [("w", "01-06"), ("w", "02-24")]
    assert shown(raisings(fired, DAYS), "r", "waspada") == [("w", "01-06"), ("w", "02-24")]
    stood = warned(*((n, "w", "r", A1, "waspada") for n in range(12)))
    assert shown(raisings(stood, DAYS), "r") == [("w", "01-06")]
    with pytest.raises(ParameterError, match="looked at"):
        raisings(fired, DAYS[1:])


def test_a_raising_by_hand() -> None:
    reports = frame(
        affair(1, "2031-01-01", A2A),  # before: the list by affairs names A2a
        affair(2, "2031-01-20", A1B),  # 14 days after the raising, inside A1
        affair(3, "2031-01-25", A1A),
        affair(4, "2031-02-06", A1A),  # one day after the horizon
        affair(5, "2031-01-20", A2A, severity=2),
        affair(6, "2031-01-22", A2A, peaceful=True),
    )
    found = judge(raisings(warned((0, "w", "r", A1, "awas")), DAYS), world(reports))
    row = found[found["rule"].eq("r") & found["level"].eq(ALL)].iloc[0]
    assert row["judged"]
    assert row["hit"]
    assert row["found"] == ("P02", "P03")
    assert row["lead_days"] == 14
    assert row["end"] == pd.Timestamp("2031-02-05")
    # Four kecamatan, one of them with an affair; voters name A1 too, affairs A2.
    assert row["chance"] == 0.25
    assert row["hit_pemilih"]
    assert not row["hit_perkara"]


def test_an_affair_never_predicts_itself() -> None:
    first = affair(1, "2031-01-02", A1A, severity=1, perkara_id="P")
    rumour = tiny.report(1, kind="potensi", status="terbuka", date_event="2031-01-02",
                         date_reported="2031-01-02", unit_kejadian=A1A, perkara_id="P")  # fmt: skip
    later = affair(2, "2031-01-15", A1A, severity=5, perkara_id="P")
    raised = raisings(warned((0, "w", "r", A1, "awas")), DAYS)
    for part in (first, rumour):
        assert not judge(raised, world(frame(part, later)))["hit"].any()
    assert judge(raised, world(frame(later)))["hit"].all()


def test_what_is_known_to_a_larger_area_hits_no_part_of_it() -> None:
    raised = raisings(warned((0, "w", "r", A1, "awas"), (0, "v", "r", A, "awas")), DAYS)
    coarse = affair(1, "2031-01-15", A1A, location_precision="kabupaten")
    found = judge(raised, world(frame(coarse))).set_index(["warning_id", "rule", "level"])["hit"]
    assert found.xs("v").all()
    assert not found.xs("w").any()


def test_nothing_is_judged_that_was_not_watched_to_the_end() -> None:
    fired = warned((0, "a", "r", B1, "awas"), (3, "b", "r", B1, "awas"), (3, "c", "r", A1, "awas"),
                   (0, "p", "r", PROV, "awas"), (3, "q", "r", PROV, "awas"))  # fmt: skip
    found = judge(raisings(fired, DAYS), world(frame(affair(1, "2031-02-18", B2A))))
    whole = found[found["rule"].eq("r") & found["level"].eq(ALL)].set_index("warning_id")
    assert whole["judged"].to_dict() == {"a": True, "p": True, "b": False, "c": True, "q": False}
    # On the fourth day B was not watched to the end: its kecamatan are neither listed nor counted.
    assert whole.loc["c", "chance"] == 0
    assert not whole.loc["c", ["hit_perkara", "hit_pemilih"]].any()
    assert np.isnan(whole.loc["b", "chance"])


def test_the_lists_give_as_many_warnings_to_as_many_places() -> None:
    reports = frame(affair(1, "2031-01-15", A1A), affair(2, "2031-01-16", A2A))
    fired = warned((0, "a", "r", B1, "awas"), (0, "b", "r", B1, "awas"), (0, "c", "r", B2, "awas"))
    found = judge(raisings(fired, DAYS), world(reports))
    whole = found[found["rule"].eq("r") & found["level"].eq(ALL)].set_index("warning_id")
    # Voters rank A1, A2, B2, B1; B1 was given two, so A1 is.
    affairs = {key: whole.loc[key, "found_pemilih"] for key in "abc"}
    assert affairs["a"] == affairs["b"] != affairs["c"]
    assert whole["hit_pemilih"].all()


PARAMS = RecordParams(fewest=3, fewest_blocks=2, block_days=28, draws=200, prior_weight=2.0)


def test_the_record_by_hand() -> None:
    until = pd.Series({A: pd.Timestamp("2031-12-31"), B: pd.Timestamp("2031-12-31")})
    reports = frame(affair(1, "2031-01-10", A1A), affair(2, "2031-03-20", A1A),
                    affair(3, "2031-05-25", B2A))  # fmt: skip
    fired = warned((0, "a", "r", A1, "waspada"), (1, "b", "r", A1, "siaga"),
                   (5, "c", "r", A2, "waspada"), (10, "d", "r", A1, "waspada"),
                   (10, "e", "q", A2, "awas"))  # fmt: skip
    given_world = world(reports, until)
    judged = judge(raisings(fired, DAYS), given_world)
    first, last = pd.Timestamp(DAYS[0]), pd.Timestamp(DAYS[-1])
    table = rule_record(judged, given_world.happened, first, last, PARAMS)
    table = table.set_index(["rule", "level"])
    row = table.loc[("r", ALL)]
    # Raised on 6 and 13 January, 10 February and 17 March; the first and the last are hit after 4
    # and 3 days. The last horizon ends on 16 April, before the third affair.
    assert row[["n_raised", "n_judged", "n_hits"]].tolist() == [4, 4, 2]
    assert row["precision"] == 0.5
    assert row[["lead_median", "lead_min", "lead_max"]].tolist() == [3.5, 3, 4]
    assert row[["n_affairs", "n_foreseen"]].tolist() == [2, 2]
    assert row["per_month"] == pytest.approx(4 / (106 / (365.25 / 12)))
    assert row["false_a_year"] == pytest.approx(2 / (71 / 365.25))
    assert row["probability"] == pytest.approx(2.5 / 5)
    assert row["precision_pemilih"] == 0.5
    # A quarter of the kecamatan has an affair after the first and the last raising.
    assert row["precision_chance"] == pytest.approx((0.25 + 0 + 0 + 0.25) / 4)
    assert table.loc[("r", "siaga"), "probability"] == pytest.approx((0 + 2 * 0.5) / (1 + 2))
    assert table.loc[("r", "waspada"), "n_hits"] == 2
    assert np.isnan(table.loc[("q", ALL), "probability"])
    assert table.loc[("q", ALL), "verdict"] == "belum_terukur"


def verdict_of(hits: list[int], chance: float, lists: list[int], n: int = 12) -> str:
    starts = pd.date_range("2031-01-01", periods=n, freq="60D")
    judged = pd.DataFrame({
        "rule": "r", "level": ALL, "raised": starts, "horizon_days": 30, "judged": True,
        "end": starts + pd.Timedelta(days=30), "hit": np.array(hits, dtype=bool),
        "lead_days": 1.0, "chance": chance, "found": [()] * n,
        **{f"hit_{name}": np.array(lists, dtype=bool) for name in ("perkara", "pemilih")},
        **{f"found_{name}": [()] * n for name in ("perkara", "pemilih")},
    })  # fmt: skip
    nothing = happened(frame(affair(1, "2030-01-01", A1A)))
    table = rule_record(judged, nothing, starts[0], starts[-1], RecordParams(draws=500))
    return str(table["verdict"].iloc[0])


def test_verdicts() -> None:
    none, full, half = [0] * 12, [1] * 12, [1, 0] * 6
    assert verdict_of(full, 0.3, none) == "unggul"
    assert verdict_of(full, 0.3, full) == "berisyarat"
    assert verdict_of(half, 0.5, half) == "serigala"  # as good as places drawn at random
    assert verdict_of(half, 0.1, full) == "serigala"  # voters alone would have warned better
    assert verdict_of([1] * 9, 0.1, [0] * 9, n=9) == "belum_terukur"


def slow(through: pd.DataFrame, reports: pd.DataFrame, until: pd.Series) -> dict[Any, Any]:
    """Judge each first day of each warning with plain loops, as the docstrings say."""
    known = known_since(reports)
    place, calm = watched_place(reports), is_calm(reports)
    parts: dict[str, list[pd.Timestamp]] = {}
    for at, row in reports.iterrows():
        if row["kind"] != "nihil":
            parts.setdefault(row["perkara_id"], []).append(known[at])
    out = {}
    for key, one in through.groupby("warning_id"):
        start = pd.Timestamp(one["day"].min())
        row = one[one["day"].eq(one["day"].min())].iloc[0]
        end = start + pd.Timedelta(days=int(row["horizon_days"]))

        def after(code: str, start: pd.Timestamp = start, end: pd.Timestamp = end) -> list[str]:
            return sorted({
                r["perkara_id"] for at, r in reports.iterrows()
                if r["kind"] == "kejadian" and not calm[at] and pd.notna(r["severity"])
                and r["severity"] >= 3 and start < r["date_event"] <= end
                and min(parts[r["perkara_id"]]) > start
                and (place[at] == code or str(place[at]).startswith(code + "."))
            })  # fmt: skip

        level = row["place_code"].count(".")
        seen = [
            c
            for c in VOTERS.index
            if c.count(".") == level
            and (all(until >= end) if level == 0 else until[".".join(c.split(".")[:2])] >= end)
        ]
        if row["place_code"] in seen:
            chance = sum(bool(after(c)) for c in seen) / len(seen)
            out[key] = (tuple(after(row["place_code"])), chance)
    return out


codes = st.sampled_from([PROV, A, B, A1, A2, B1, B2, A1A, A2A, B2A])
events = st.lists(
    st.tuples(st.integers(0, 130), st.sampled_from([A1A, A1B, A2A, B1A, B2A]), st.integers(1, 5),
              st.integers(0, 4), st.booleans(), st.sampled_from(["kejadian", "potensi"])),
    max_size=12,
)  # fmt: skip
fires = st.lists(st.tuples(st.integers(0, 9), st.integers(0, 4), codes), min_size=1, max_size=12)


def made(rows: list[Any], fired: list[Any]) -> tuple[pd.DataFrame, pd.DataFrame]:
    start = dt.date(2031, 1, 1)
    reports = frame(*(
        affair(n, str(start + dt.timedelta(days=at)), code, severity=severity,
               perkara_id=f"P{number}", kind=kind, peaceful=calm,
               status="terbuka" if kind == "potensi" else None)
        for n, (at, code, severity, number, calm, kind) in enumerate(rows)
    )) if rows else frame(affair(0, "2031-01-01", A1A, severity=1))  # fmt: skip
    place_of = {key: code for _, key, code in reversed(fired)}
    through = warned(*sorted({(n, f"w{key}", "r", place_of[key], "awas") for n, key, _ in fired}))
    return reports, through


@given(rows=events, fired=fires)
@settings(max_examples=12)
def test_judging_agrees_with_plain_loops(rows: list[Any], fired: list[Any]) -> None:
    reports, through = made(rows, fired)
    found = judge(raisings(through, DAYS), world(reports))
    first = found[found["rule"].eq("r") & found["level"].eq(ALL)].drop_duplicates("warning_id")
    mine = {
        row["warning_id"]: (row["found"], row["chance"])
        for _, row in first[first["judged"]].iterrows()
    }
    expected = slow(through, reports, UNTIL)
    assert mine.keys() == expected.keys()
    for key, (ids, chance) in expected.items():
        assert mine[key][0] == ids
        assert mine[key][1] == pytest.approx(chance)


@given(rows=events, fired=fires)
@settings(max_examples=20)
def test_records_keep_their_bounds(rows: list[Any], fired: list[Any]) -> None:
    reports, through = made(rows, fired)
    raised = raisings(through, DAYS)
    judged = judge(raised, world(reports))
    first, last = pd.Timestamp(DAYS[0]), pd.Timestamp(DAYS[-1])
    table = rule_record(judged, happened(reports), first, last, PARAMS)
    whole = table[table["level"].eq(ALL) & table["rule"].eq("r")].iloc[0]
    assert (table["n_hits"] <= table["n_judged"]).all()
    assert (table["n_judged"] <= table["n_raised"]).all()
    assert (table["n_foreseen"] <= table["n_affairs"]).all()
    assert table["probability"].dropna().between(0, 1).all()
    assert whole["n_raised"] >= through["warning_id"].nunique()
    assert judged.loc[judged["hit"], "lead_days"].between(1, 30).all()
    # Nothing that happens after the horizons changes what is said of them.
    more = pd.concat([reports, frame(affair(99, "2031-09-01", A1A, severity=5))])
    pd.testing.assert_frame_equal(judge(raised, world(more.reset_index(drop=True))), judged)


def chance_world(seed: int) -> pd.DataFrame:
    """Return the record of a rule that knows nothing, in a world where nothing can be known."""
    rng = np.random.default_rng(seed)
    desa = [f"99.{k:02d}.{c:02d}.2001" for k in range(1, 7) for c in range(1, 5)]
    places = [*desa, *sorted({d[:8] for d in desa}), *sorted({d[:5] for d in desa}), PROV]
    voters = pd.Series(rng.integers(100, 999, len(places)).astype(float), index=places)
    start = dt.date(2031, 1, 1)
    days = [start + dt.timedelta(days=7 * n) for n in range(156)]
    reports = frame(*(
        affair(n, str(start + dt.timedelta(days=int(rng.integers(0, 1100)))), str(rng.choice(desa)))
        for n in range(60)
    ))  # fmt: skip
    fired = [(days[int(at)], f"w{n}", "r", str(rng.choice(places[24:48])), "awas", 30)
             for n, at in enumerate(rng.integers(0, 150, 60))]  # fmt: skip
    columns = ["day", "warning_id", "rule", "place_code", "level", "horizon_days"]
    through = pd.DataFrame(fired, columns=columns)
    until = pd.Series(pd.Timestamp("2034-06-30"), index=sorted({d[:5] for d in desa}))
    given_world = World(happened(reports), voters, until)
    judged = judge(raisings(through, days), given_world)
    params = RecordParams(draws=400, seed=seed)
    first, last = pd.Timestamp(days[0]), pd.Timestamp(days[-1])
    table = rule_record(judged, given_world.happened, first, last, params)
    return table[table["rule"].eq("r") & table["level"].eq(ALL)]


def test_in_worlds_of_chance_no_rule_looks_skilled_more_often_than_its_interval_says() -> None:
    worlds = pd.concat([chance_world(seed) for seed in range(30)])
    ahead = worlds["ahead_chance_low"].gt(0)
    assert worlds["precision"].mean() == pytest.approx(worlds["precision_chance"].mean(), abs=0.01)
    # A 90 % interval leaves 5 % on each side: 1.5 of 30, and more than 4 in 1 of 60 such runs.
    assert ahead.sum() <= 4
    assert worlds["ahead_pemilih_low"].gt(0).sum() <= 4
    assert worlds["ahead_perkara_low"].gt(0).sum() <= 4
    assert worlds["verdict"].eq("unggul").mean() <= 0.05
    assert worlds["verdict"].eq("serigala").mean() >= 0.9
    inside_it = worlds["precision_low"].le(worlds["precision_chance"]) & worlds[
        "precision_high"
    ].ge(worlds["precision_chance"])
    assert inside_it.mean() >= 0.85
