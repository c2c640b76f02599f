"""Generated provinces with planted trouble, made apart from the index that is to find it.

Nothing here reads the parameters of the index. A few TPS are in trouble. What is seen of it is
answers to the list, each with a background rate as published for Pemilu 2024 and a chance of its
own where there is trouble, and reports of conflict in the desa of some of them, beside
reports of places where nothing is wrong. Some answers are missing, at random.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import pandas as pd

from analytics.risk.params import RiskParams
from tests.risk_world import (
    World,
    counts_frame,
    coverage_frame,
    indicators_frame,
    reports_frame,
    stages_frame,
    told_frame,
    values_frame,
)

COUNTRY = 820_161
"""TPS of Pemilu 2024 in the country; counts below are those that Bawaslu published."""
LISTED: dict[str, tuple[int, float]] = {
    "pemilih_tidak_memenuhi_syarat": (125_224, 0.20),
    "pemilih_pindahan": (119_796, 0.20),
    "kpps_luar_domisili": (38_595, 0.06),
    "dekat_posko_kampanye": (21_947, 0.10),
    "potensi_dpk": (18_656, 0.06),
    "rawan_bencana": (10_794, 0.013),
    "dekat_lembaga_pendidikan": (4_862, 0.006),
    "sulit_dijangkau": (4_211, 0.005),
    "politik_uang": (3_875, 0.12),
    "riwayat_kekerasan": (2_299, 0.30),
    "riwayat_intimidasi": (2_209, 0.30),
    "dekat_wilayah_kerja": (2_021, 0.02),
    "netralitas_asn": (1_205, 0.08),
    "lokasi_khusus": (1_184, 0.0014),
    "kpps_kampanye": (1_031, 0.08),
    "hasutan_sara": (814, 0.15),
}
"""By indicator: TPS that have it in the country, and chance of a yes at a TPS in trouble."""
DAY = dt.date(2031, 2, 13)


@dataclass(frozen=True)
class Planted:
    """A generated province.

    Attributes
    ----------
    world
        Everything the index starts from.
    trouble
        By ``tps_id``: whether trouble was planted there.
    """

    world: World = field(repr=False)
    trouble: pd.Series = field(repr=False)


def planted_world(
    seed: int, params: RiskParams, *, desa: int = 120, share: float = 0.03, answered: float = 0.9
) -> Planted:
    """Return a province of ``desa`` desa with 3 to 15 TPS each.

    Trouble comes in desa: some have much of it, most have none. ``share`` of the TPS have some.
    """
    rng = np.random.default_rng(seed)
    codes = [f"99.{k + 1:02d}.{m + 1:02d}.{2001 + n}" for k in range(4) for m in range(3)
             for n in range(-(-desa // 12))][:desa]  # fmt: skip
    size = rng.integers(3, 16, len(codes))
    tps = pd.DataFrame({"desa_code": np.repeat(codes, size)})
    number = tps.groupby("desa_code").cumcount() + 1
    tps["tps_id"] = "e/" + tps["desa_code"] + "/" + number.map("{:03d}".format)
    bad_desa = rng.random(len(codes)) < 0.15
    chance = np.repeat(np.where(bad_desa, 10.0, 1.0), size)
    trouble = rng.random(len(tps)) < chance * share * len(tps) / chance.sum()
    values = []
    for indicator, (count, there) in LISTED.items():
        rate = np.where(trouble, there, count / COUNTRY)
        yes, heard = rng.random(len(tps)) < rate, rng.random(len(tps)) < answered
        values += [
            (indicator, t, d, float(y))
            for t, d, y in zip(
                tps["tps_id"][heard], tps["desa_code"][heard], yes[heard], strict=True
            )
        ]
    indicators = indicators_frame(["keamanan"] * len(LISTED)).assign(indicator_id=list(LISTED))
    counts: list[tuple[str, str, str | None, int, int | None]] = [
        ("nasional", "ID", None, COUNTRY, COUNTRY)
    ]
    counts += [("nasional", "ID", name, count, None) for name, (count, _) in LISTED.items()]
    world = World(
        reports=reports_frame(_reports(rng, codes, tps["desa_code"][trouble].unique())),
        minutes=_minutes(rng, codes),
        stages=stages_frame([("kampanye", "2030-11-28", "2031-02-10"),
                             ("masa_tenang", "2031-02-11", "2031-02-13")]),
        coverage=coverage_frame([("99", "2028-01-01", "2031-12-31")]),
        tps=tps,
        indicators=indicators,
        values=values_frame(values),
        baseline=pd.DataFrame({"unit_code": ["99.01"], "score": [np.nan]}),
        places=pd.DataFrame({"p95_min": 60.0, "mode_changes": pd.array([0] * len(codes), "Int64"),
                             "sea_min": 0.0}, index=codes),
        told=told_frame({}),
        params=params,
        counts=counts_frame(counts),
    )  # fmt: skip
    return Planted(world, pd.Series(trouble, index=tps["tps_id"]))


def _reports(rng: np.random.Generator, codes: list[str], hit: np.ndarray) -> list[dict[str, Any]]:
    """Return conflicts in a sixth of the desa in trouble, and as many anywhere.

    That is 6 in four months for 1,100 TPS, twice what is known of the real province.
    """
    rows = []
    seen = [*rng.choice(hit, max(1, len(hit) // 6), replace=False)]
    for code in [*seen, *rng.choice(codes, len(seen))]:
        event = DAY - dt.timedelta(days=int(rng.integers(1, 120)))
        rows.append({
            "date_event": event, "date_reported": event, "unit_kejadian": str(code),
            "severity": int(rng.integers(2, 5)), "category": "bentrok_pendukung",
        })  # fmt: skip
    return rows


def _minutes(rng: np.random.Generator, codes: list[str]) -> pd.DataFrame:
    """Return minutes between desa: points in a square of two hours per kabupaten, no way across."""
    at = rng.uniform(0, 120, (len(codes), 2))
    apart = np.hypot(*(at[:, None, :] - at[None, :, :]).transpose(2, 0, 1))
    own = np.array([code[:5] for code in codes])
    apart[own[:, None] != own[None, :]] = np.inf
    return pd.DataFrame(apart, index=codes, columns=codes)


def auc(score: pd.Series, truth: pd.Series) -> float:
    """Return the chance that a planted TPS scores above another, ties counting half."""
    ranks = score.rank(method="average")
    n = int(truth.sum())
    return float((ranks[truth].sum() - n * (n + 1) / 2) / (n * (len(truth) - n)))


def top_share(score: pd.Series, truth: pd.Series, part: float = 0.1) -> float:
    """Return the share of the planted TPS in the top part, ties drawn fairly."""
    room = part * len(score)
    cut = score.sort_values(ascending=False).iloc[int(room) - 1]
    above, level = score.gt(cut), score.eq(cut)
    fits = (room - above.sum()) / level.sum()
    return float((truth[above].sum() + fits * truth[level].sum()) / truth.sum())


def count_of_yes(world: World) -> pd.Series:
    """Return the yardstick: how many indicators of each TPS are so, all alike."""
    said = world.values.groupby("tps_id")["value"].sum()  # noqa: PD011
    return said.reindex(world.tps["tps_id"]).fillna(0.0)


def best_possible(world: World) -> pd.Series:
    """Return the log likelihood ratio of the answers under the very rates that made them.

    No index can rank better by answers alone; it is the ceiling, known to the generator only.
    """
    rates = pd.DataFrame(LISTED, index=["count", "there"]).T
    usual, there = rates["count"] / COUNTRY, rates["there"]
    said = world.values  # noqa: PD011
    yes, name = said["value"].eq(1.0), said["indicator_id"]
    ratio = np.where(
        yes,
        np.log(name.map(there) / name.map(usual)),
        np.log((1 - name.map(there)) / (1 - name.map(usual))),
    )
    summed = pd.Series(ratio).groupby(said["tps_id"].to_numpy()).sum()
    return summed.reindex(world.tps["tps_id"]).fillna(0.0)


def fewer_answers(found: Planted, keep: float, seed: int) -> Planted:
    """Return the same province with only a part of its answers."""
    rng = np.random.default_rng(seed)
    values = found.world.values  # noqa: PD011
    kept = values[rng.random(len(values)) < keep].reset_index(drop=True)
    return Planted(replace(found.world, values=kept), found.trouble)
