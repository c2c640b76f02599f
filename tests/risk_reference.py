"""The risk of one TPS in plain Python: no arrays, no product code but its parameters.

Written from docs/methods.md. Slow on purpose: one TPS, one day, one report, one day watched after
another.
"""

from __future__ import annotations

import calendar
import datetime as dt
import math
from functools import lru_cache
from typing import Any

import pandas as pd

from analytics.risk.params import IndexParams, LoadParams
from tests.risk_world import World

STEP = 2**24
DEPTH = {"provinsi": 0, "kabupaten": 1, "kecamatan": 2, "desa": 3, "tps": 3}
Shares = tuple[float, float, float, float]
"""bad, known, low, high."""


def missing(value: Any) -> bool:
    return value is None or bool(pd.isna(value))


def last_day(row: Any) -> dt.date:
    day = row.date_event.date()
    if row.kind == "nihil":
        return row.date_end.date()
    if row.date_precision == "month":
        return day.replace(day=calendar.monthrange(day.year, day.month)[1])
    return day


def known_from(row: Any, world: World) -> dt.date:
    if not missing(row.date_reported):
        return row.date_reported.date()
    return last_day(row) + dt.timedelta(days=world.params.reports.lag_days)


def relevance(world: World, category: Any, date: dt.date) -> float:
    table = world.params.relevance
    name = category if category in table.categories else "lainnya"
    row = table.values[table.categories.index(name)]  # noqa: PD011
    found = []
    any_stage = False
    for stage in world.stages.itertuples():
        start, end = stage.date_start, stage.date_end
        if missing(start) and missing(end):
            continue
        first = start.date() if not missing(start) else end.date() - dt.timedelta(days=30)
        last = end.date() if not missing(end) else start.date() + dt.timedelta(days=30)
        if first <= date <= last and stage.stage in table.stages:
            any_stage = True
            found.append(row[table.stages.index(stage.stage)])
    return max(found) if any_stage else row[table.stages.index("sosial_non_pemilu")]


def strength(world: World, row: Any, date: dt.date, load: LoadParams) -> float:
    if known_from(row, world) > date:
        return 0.0
    age = max((date - last_day(row)).days, 0)
    if age > load.lookback_days:
        return 0.0
    chosen = world.params.reports
    severity = chosen.severity_unknown if missing(row.severity) else int(row.severity)
    words = ("tinggi", "sedang", "rendah")
    place = words.index(row.confidence) if row.confidence in words else 3
    base = severity / 5 * chosen.confidence[place]
    return 2 ** (-age / load.half_life_days) * base * relevance(world, row.category, date)


def counts(row: Any, component: str) -> bool:
    if row.family not in ("konflik", "unjuk_rasa"):
        return False
    peaceful = None if missing(row.peaceful) else bool(row.peaceful)
    if peaceful is True or (row.family == "unjuk_rasa" and peaceful is not False):
        return False
    if component == "potensi":
        return row.kind == "potensi" and row.status == "terbuka"
    return row.kind == "kejadian"


def reach(world: World, row: Any, desa: str) -> tuple[float, float, float]:
    """low, point, high: how much of a report at its place is left at a desa."""
    half, most = world.params.reports.half_life_min, world.params.reports.reach_min

    def decay(origin: str) -> float:
        minutes = float(world.minutes.loc[origin, desa])
        return 2 ** (-minutes / half) if minutes <= most else 0.0

    unit = row.unit_kejadian
    depth = min(unit.count("."), DEPTH[row.location_precision])
    if depth == 3:
        return decay(unit), decay(unit), decay(unit)
    inside = [decay(code) for code in world.minutes.columns if code.startswith(unit + ".")]
    if depth == 0 or not inside:
        return 0.0, 0.0, 0.0
    return 0.0, (sum(inside) / len(inside) if depth == 2 else 0.0), max(inside)


def watched(world: World, desa: str, date: dt.date, load: LoadParams) -> float:
    total = got = 0.0
    spans = [
        (row.unit_code, row.date_start.date(), row.date_end.date(), dt.date.min)
        for row in world.coverage.itertuples()
    ]
    spans += [
        (row.unit_kejadian, row.date_event.date(), row.date_end.date(), known_from(row, world))
        for row in world.reports.itertuples()
        if row.kind == "nihil" and row.verification != "dikutip"
    ]
    for age in range(load.lookback_days + 1):
        mass = 2 ** (-age / load.half_life_days) - 2 ** (-(age + 1) / load.half_life_days)
        day = date - dt.timedelta(days=age)
        total += mass
        if any(
            (desa == unit or desa.startswith(unit + ".")) and first <= day <= last and known <= date
            for unit, first, last, known in spans
        ):
            got += mass
    return got / total


def load_share(world: World, desa: str, date: dt.date, component: str) -> Shares:
    load = world.params.conflict if component == "konflik" else world.params.potential
    affairs: dict[str, list[tuple[float, float, float]]] = {}
    for row in world.reports.itertuples():
        if counts(row, component):
            s = strength(world, row, date, load)
            affairs.setdefault(row.perkara_id, []).append(
                tuple(s * part for part in reach(world, row, desa))  # type: ignore[arg-type]
            )
    low, point, high = (
        1 - 2 ** (-sum(max(r[k] for r in rows) for rows in affairs.values()) / load.half_load)
        for k in range(3)
    )
    seen = watched(world, desa, date, load)
    return point, point + seen * (1 - point), low, high + (1 - seen) * (1 - high)


def component_of(world: World, variable: str) -> str:
    network = world.params.network
    home = dict.fromkeys(network.network_variables, "komunikasi")
    home |= dict.fromkeys(network.logistics_variables, "riwayat")
    return home.get(variable, "indikator")


def answer(world: World, indicator: str, tps: str, desa: str) -> float | None:
    mine = [v for v in world.values.itertuples() if v.indicator_id == indicator]  # noqa: PD011
    own = [v.value for v in mine if v.tps_id == tps]
    wide = [v.value for v in mine if missing(v.tps_id) and v.desa_code == desa]
    return (own or wide)[0] if own or wide else None


def published(world: World, indicator: str) -> tuple[float, float] | None:
    """How many TPS have it, of how many, where that is published with a denominator."""
    totals = {
        row.unit_code: row.tps_total
        for row in world.counts.itertuples()
        if missing(row.indicator_id) and not missing(row.tps_total)
    }
    by_level: dict[str, list[tuple[float, float]]] = {}
    for row in world.counts.itertuples():
        if missing(row.indicator_id) or row.indicator_id != indicator:
            continue
        of = totals.get(row.unit_code) if missing(row.tps_total) else row.tps_total
        if of is not None:
            by_level.setdefault(row.level, []).append((float(row.count), float(of)))
    sums = [tuple(map(sum, zip(*rows, strict=True))) for rows in by_level.values()]
    return max(sums, key=lambda pair: pair[1]) if sums else None


@lru_cache(maxsize=64)
def weights_of(world: World, component: str) -> dict[str, float]:
    """What a yes to each indicator of a component weighs in it."""
    chosen = world.params.indicators
    ids = [
        i.indicator_id
        for i in world.indicators.itertuples()
        if component_of(world, i.variable) == component
    ]
    if component != "indikator":
        return {i: 1 / len(ids) for i in ids}
    products = {}
    for i in ids:
        said = [answer(world, i, t.tps_id, t.desa_code) for t in world.tps.itertuples()]
        heard = [v for v in said if v is not None]
        yes, of = published(world, i) or (sum(heard), len(heard))
        share = (yes + chosen.prior_share * chosen.prior_tps) / (of + chosen.prior_tps)
        rare = min(max(-math.log2(share) / chosen.full_bits, 0.0), 1.0)
        products[i] = dict(chosen.gravity).get(i, chosen.other) * rare
    whole = max(chosen.full, sum(products.values()))
    return {i: product / whole for i, product in products.items()}


def indicator_share(world: World, tps: str, desa: str, component: str) -> Shares:
    weights = weights_of(world, component)
    if not weights:
        return 0.0, 0.0, 0.0, 1.0
    bad = heard = unheard = 0.0
    for indicator, weight in weights.items():
        value = answer(world, indicator, tps, desa)
        if value is None:
            unheard += weight
        else:
            heard += weight
            bad += weight * value
    return bad, heard / (heard + unheard), bad, bad + unheard


def never_low(world: World, tps: str, desa: str) -> dict[str, bool]:
    sea = world.places.loc[desa, "sea_min"]
    recorded = [answer(world, i, tps, desa) for i in world.params.indicators.floor]
    return {
        "keamanan": any(value is not None and value > 0 for value in recorded),
        "logistik": not missing(sea) and sea >= world.params.network.floor_sea_min,
    }


def plain(bad: float | None) -> Shares:
    return (0.0, 0.0, 0.0, 1.0) if bad is None else (bad, 1.0, bad, bad)


def delivery(world: World, tps: str) -> Shares:
    row, network = world.told.loc[tps], world.params.network
    if missing(row.state):
        return 0.0, 0.0, 0.0, 1.0
    value = dict(network.states)[row.state]
    if not missing(row.late_min):
        value = max(value, min(max(row.late_min, 0) / network.behind_min, 1))
    if not missing(row.short) and row.short > 0:
        value = max(value, network.short)
    maybe = not missing(row.short_desa) and row.short_desa > 0
    return value, 1.0, value, max(value, network.short) if maybe else value


def shares(world: World, tps: str, desa: str, date: dt.date) -> dict[str, dict[str, Shares]]:
    scores = dict(zip(world.baseline["unit_code"], world.baseline["score"], strict=True))
    score = scores.get(desa.rsplit(".", 2)[0])
    place, network = world.places.loc[desa], world.params.network
    reached = not missing(place.p95_min)
    moda = 0.5 * min(place.mode_changes / network.changes, 1)
    moda += 0.5 * min(place.sea_min / network.sea_min, 1)
    return {
        "keamanan": {
            "indikator": indicator_share(world, tps, desa, "indikator"),
            "konflik": load_share(world, desa, date, "konflik"),
            "potensi": load_share(world, desa, date, "potensi"),
            "baseline": plain(None if missing(score) else score / 100),
        },
        "logistik": {
            "keterpencilan": plain(
                min(place.p95_min / network.late_min, 1) if reached else None
            ),
            "moda": plain(moda if reached else None),
            "kiriman": delivery(world, tps),
            "komunikasi": indicator_share(world, tps, desa, "komunikasi"),
            "riwayat": indicator_share(world, tps, desa, "riwayat"),
        },
    }  # fmt: skip


def stepped(value: float) -> float:
    return round(value * STEP) / STEP


def slow_index(parts: dict[str, Shares], params: IndexParams) -> tuple[float, float, float]:
    """index, low, high."""
    pairs = list(zip(params.weights, (parts[c] for c in params.components), strict=True))
    known = math.fsum(w * p[1] for w, p in pairs)
    bad = math.fsum(w * p[0] for w, p in pairs)
    low = stepped(math.fsum(w * p[2] for w, p in pairs))
    high = stepped(math.fsum(w * p[3] for w, p in pairs))
    if known == 0:
        return math.nan, low, high
    index = stepped(min(bad, 1.0))
    return index, min(low, index), max(high, index)


def slow_tier(
    index: float, parts: dict[str, Shares], listed: float, floor: bool, params: IndexParams
) -> str:
    """The tier, given the known share of the listed indicators."""
    known = math.fsum(
        w * parts[c][1] for w, c in zip(params.weights, params.components, strict=True)
    )
    if math.isnan(index) or known < params.min_coverage or listed < params.min_indicators:
        return "belum_cukup"
    if index >= params.tinggi:
        return "tinggi"
    return "sedang" if floor or index >= params.sedang else "rendah"
