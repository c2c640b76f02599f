"""Risk of all TPS of the province: many dates at once against a loop per TPS, and the draws."""

from __future__ import annotations

import datetime as dt
import time
from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from analytics.risk.index import Part, index_columns, tier_probabilities
from analytics.risk.panel import Panel, Steps, risk_panel
from analytics.risk.report_weights import watched_share
from services.dataset import Dataset
from services.network.build import minutes_between
from services.risk.changes import heat, heat_weeks
from services.risk.index import RiskView, default_params, risk_view
from tests.risk_planted import DAY, auc, best_possible, count_of_yes, planted_world, top_share
from tests.risk_reference import load_share, slow_index
from tests.risk_world import World, told_frame

DATES = [dt.date(2023, 8, 1) + dt.timedelta(days=n) for n in range(200)]
PANEL_SECONDS, DRAW_SECONDS, CACHED_SECONDS = 2.0, 0.5, 0.3
SAMPLE_TPS, SAMPLE_DATES, CHECKED = 400, 5, 2


def best_of(times: int, work: Callable[[], object]) -> float:
    seconds = []
    for _ in range(times):
        start = time.perf_counter()
        work()
        seconds.append(time.perf_counter() - start)
    return min(seconds)


def shares_of(part: Part, n: int) -> tuple[float, float, float, float]:
    bad, known, low, high = (float(a[n]) for a in (part.bad, part.known, part.low, part.high))
    return bad, known, low, high


class PerTps:
    """The index of one TPS on one day as a plain loop, given what reports weigh and reach."""

    def __init__(self, view: RiskView) -> None:
        self.view = view
        self.codes = view.desa_field.codes
        self.weights = dict(
            zip(view.params.security.components, view.params.security.weights, strict=True)
        )
        self.days: dict[dt.date, list[tuple]] = {}

    def of_day(self, day: dt.date) -> list[tuple]:
        """Strengths and watched shares of a day: made once for all TPS, as a loop would."""
        if day not in self.days:
            field = self.view.desa_field
            self.days[day] = [
                (name, which, list(which.rows["perkara_id"]), field.strengths(which, [day])[0],
                 watched_share(field.codes, field.coverage, field.nihil, [day], which.load)[0])
                for name, which in (("konflik", field.conflict), ("potensi", field.potential))
            ]  # fmt: skip
        return self.days[day]

    def index(self, n: int, day: dt.date) -> float:
        at = self.codes.index(str(self.view.tps["desa_code"].iloc[n]))
        own = self.view.parts["keamanan"]
        parts = {name: shares_of(own[name], n) for name in ("indikator", "baseline")}
        for name, which, affairs, strength, watched in self.of_day(day):
            heaviest: dict[str, float] = {}
            for r, affair in enumerate(affairs):
                here = float(strength[r]) * float(which.placed.point[r, at])
                heaviest[affair] = max(heaviest.get(affair, 0.0), here)
            bad = 1 - 2 ** (-sum(heaviest.values()) / which.half_load)
            known = bad + float(watched[at]) * (1 - bad)
            parts[name] = (bad, known, bad, bad)
        return slow_index(parts, self.view.params.security)[0]


@pytest.mark.bench
def test_two_hundred_dates_against_a_loop_per_tps(dataset: Dataset) -> None:
    view = risk_view(dataset, "pemilu2024", dt.date(2024, 2, 13))
    at = pd.Index(view.desa_field.codes).get_indexer(pd.Index(view.tps["desa_code"]))
    steps = np.zeros(len(DATES), dtype=np.int64)
    security, logistics = view.parts["keamanan"], view.parts["logistik"]
    made: list[Panel] = []

    def panel() -> None:
        made[:] = [
            risk_panel(view.desa_field, DATES, at, Steps(steps, [security]),
                       security["baseline"], Steps(steps, [logistics]))
        ]  # fmt: skip

    own = best_of(5, panel)
    world = World(
        reports=dataset.countable, minutes=minutes_between(dataset).loc[list(view.desa_field.codes),
                                                               list(view.desa_field.codes)],
        stages=dataset.stages[dataset.stages["election"].eq("pemilu2024")],
        coverage=dataset.coverage_periods, tps=view.tps.reset_index(), told=told_frame({}),
        indicators=view.tables.indicators, values=view.tables.values, baseline=pd.DataFrame(),
        places=pd.DataFrame(), params=default_params(),
    )  # fmt: skip
    panel_ = made[0]
    rng = np.random.default_rng(1)
    some = rng.choice(len(view.tps), SAMPLE_TPS, replace=False)
    days = rng.choice(len(DATES), SAMPLE_DATES, replace=False)
    for n in some[:CHECKED]:
        desa = str(view.tps["desa_code"].iloc[n])
        still = {name: shares_of(security[name], n) for name in ("indikator", "baseline")}
        for day in days[:CHECKED]:
            parts = still | {
                name: load_share(world, desa, DATES[day], name) for name in ("konflik", "potensi")
            }
            index, low, high = slow_index(parts, view.params.security)
            assert index == panel_.security[day, n]
            assert low == panel_.security_low[day, n]
            assert high == panel_.security_high[day, n]
    start = time.perf_counter()
    alone = PerTps(view)
    for n in some:
        for day in days:
            assert alone.index(int(n), DATES[day]) == panel_.security[day, n]
    loop = (time.perf_counter() - start) / (len(some) * len(days)) * len(view.tps) * len(DATES)
    print(f"\n{len(view.tps)} TPS x {len(DATES)} dates: {own:.2f} s; a loop per TPS, "
          f"{len(some) * len(days)} of them measured and scaled, {loop:.0f} s "
          f"({loop / own:.0f} times)")  # fmt: skip
    assert len(view.tps) == 4116
    assert own <= PANEL_SECONDS
    assert loop >= 20 * own


@pytest.mark.bench
def test_two_thousand_draws_of_the_weights() -> None:
    rng = np.random.default_rng(1)
    params = default_params()
    for name, index in (("keamanan", params.security), ("logistik", params.logistics)):
        known = rng.random((len(index.weights), 4116))
        parts = [Part.of(k * rng.random(4116), k) for k in known]
        spent = best_of(5, lambda p=parts, i=index: tier_probabilities(p, i, params.draws))
        print(f"\n{name}: {params.draws.draws} draws x 4116 TPS, no two alike: {spent:.2f} s")
        assert params.draws.draws >= 2000
        assert spent <= DRAW_SECONDS


@pytest.mark.bench
def test_one_date_and_a_strip_of_weeks(dataset: Dataset) -> None:
    day = dt.date(2024, 2, 12)
    risk_view(dataset, "pemilu2024", dt.date(2024, 1, 1))  # network and remoteness first
    first = best_of(1, lambda: risk_view(dataset, "pemilu2024", day))
    again = best_of(3, lambda: risk_view(dataset, "pemilu2024", day))
    strip = best_of(1, lambda: heat(dataset, "pemilu2024", heat_weeks(day, 52)))
    print(f"\none date: {first:.2f} s, again {again * 1000:.1f} ms; 52 weeks by kecamatan: "
          f"{strip:.2f} s")  # fmt: skip
    assert again <= CACHED_SECONDS


@pytest.mark.bench
@pytest.mark.parametrize("answered", [0.95, 0.75, 0.6])
def test_planted_trouble_over_twenty_provinces(answered: float) -> None:
    """Generated apart from the index: how well it finds what was planted, by how much is known."""
    params = default_params()
    rows = []
    for seed in range(20):
        found = planted_world(seed, params, answered=answered)
        parts, known = found.world.parts(DAY)
        table = index_columns(
            parts["keamanan"], params.security, known, replace(params.draws, draws=100),
            pd.Index(found.world.tps["tps_id"]), found.world.floors()["keamanan"],
        )  # fmt: skip
        tier, trouble = table["tier_keamanan"], found.trouble
        row: dict[str, float] = {}
        for name, scores in (("index", table["indeks_keamanan"]),
                             ("count", count_of_yes(found.world)),
                             ("best", best_possible(found.world))):  # fmt: skip
            row[f"auc_{name}"] = auc(scores, trouble)
            row[f"top_{name}"] = top_share(scores, trouble)
        for word in ("rendah", "sedang", "tinggi", "belum_cukup"):
            row[word] = tier.eq(word).mean()
            row[f"planted_{word}"] = trouble[tier.eq(word)].mean()
        rows.append(row)
    mean = pd.DataFrame(rows).mean()
    print(f"\nplanted, {answered:.0%} answered: AUC index {mean['auc_index']:.3f}, count of "
          f"indicators {mean['auc_count']:.3f}, best by answers {mean['auc_best']:.3f}; share of "
          f"the planted in the top 10 %: {mean['top_index']:.0%}, {mean['top_count']:.0%}, "
          f"{mean['top_best']:.0%}; tiers (share of TPS, of these planted): "
          + ", ".join(f"{w} {mean[w]:.1%}, {mean[f'planted_{w}']:.1%}"
                      for w in ("rendah", "sedang", "tinggi", "belum_cukup")))  # fmt: skip
    assert mean["top_index"] > mean["top_count"]
    assert mean["auc_index"] > mean["auc_count"]
