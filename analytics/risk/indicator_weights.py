"""What each indicator of the list weighs: by how rare and by how grave it is.

An indicator that every fifth TPS has tells little of one TPS; violence in its record, which one of
357 has, tells much. Weight = gravity x rarity, where rarity is the information of a yes,
-log2(share of TPS that have it), over the bits that count as full.

Worked by hand
--------------
Full at 10 bits, prior share 1/64 counted as 64 TPS. Published: 255 of 65,472 TPS have A. Share
(255 + 1) / (65,472 + 64) = 1/256, 8 bits, rarity 0.8. Of B nothing is published; 7 of 64 answered
yes: (7 + 1) / (64 + 64) = 1/16, 4 bits, rarity 0.4. Nothing is known of C: 1/64, 6 bits, 0.6. With
gravities 1, 0.5, 0.25 the products are 0.8, 0.2, 0.15, together 1.15; over a full list of 2 their
weights are 0.4, 0.1 and 0.075.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from analytics.risk.values import in_range

Floats = npt.NDArray[np.float64]
PUBLISHED, ANSWERED, ASSUMED = "terbit", "dijawab", "anggapan"
"""Where a share comes from: published counts, answers about TPS, or nothing but the prior."""


@dataclass(frozen=True)
class IndicatorParams:
    """How much a yes to an indicator counts.

    Attributes
    ----------
    gravity
        0 to 1 by indicator id: how much what it names endangers people and the vote.
    other
        0 to 1: gravity of an indicator that is not named.
    full_bits
        1 to 40: information of a yes that counts as full rarity.
    prior_share
        0.0001 to 0.5: share of TPS taken where nothing is known.
    prior_tps
        1 to 100000: how many TPS that share counts as.
    full
        0.1 to 1000: sum of gravity x rarity that fills the component; a list that sums to more
        is scaled down to it, so that an indicator weighs the same in short and in long lists.
    floor
        Indicators whose yes keeps a TPS from the tier ``rendah``.
    """

    gravity: tuple[tuple[str, float], ...]
    other: float
    full_bits: float
    prior_share: float
    prior_tps: float
    full: float
    floor: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        for indicator, value in (*self.gravity, ("lainnya", self.other)):
            in_range(f"kegawatan.{indicator}", value, 0, 1)
        in_range("kelangkaan.bit", self.full_bits, 1, 40)
        in_range("kelangkaan.bagian_awal", self.prior_share, 0.0001, 0.5)
        in_range("kelangkaan.tps_awal", self.prior_tps, 1, 100_000)
        in_range("indikator.penuh", self.full, 0.1, 1000)


def published_counts(counts: pd.DataFrame) -> pd.DataFrame:
    """Return what is published of each indicator with its denominator.

    Parameters
    ----------
    counts
        ``level``, ``unit_code``, ``indicator_id`` (missing: no indicator), ``count``,
        ``tps_total``. A row without its own total takes that of a row of its unit that names no
        indicator. Of two counts of one unit the larger stands.

    Returns
    -------
    DataFrame
        Index ``indicator_id``: ``yes`` and ``of`` (numbers of TPS), summed over the units of the
        level that covers most TPS. Counts without a denominator are left out.
    """
    whole = counts[counts["indicator_id"].isna() & counts["tps_total"].notna()]
    totals = whole.groupby("unit_code")["tps_total"].max()
    rows = counts[counts["indicator_id"].notna() & counts["count"].notna()]
    of = rows["tps_total"].astype("float64").fillna(rows["unit_code"].map(totals).astype("float64"))
    rows = rows.assign(yes=rows["count"].astype("float64"), of=of)
    rows = rows[rows["of"].gt(0)].sort_values("yes", kind="stable")
    rows = rows.drop_duplicates(["indicator_id", "level", "unit_code"], keep="last")
    summed = rows.groupby(["indicator_id", "level"])[["yes", "of"]].sum().reset_index()
    widest = summed.sort_values("of", kind="stable").drop_duplicates("indicator_id", keep="last")
    return widest.set_index("indicator_id")[["yes", "of"]]


def indicator_weights(
    indicators: pd.DataFrame, counts: pd.DataFrame, table: Floats, params: IndicatorParams
) -> pd.DataFrame:
    """Return what a yes to each indicator weighs.

    Parameters
    ----------
    indicators
        ``indicator_id``: the indicators of one component.
    counts
        As for `published_counts`; published counts stand before answers.
    table
        TPS x indicators, 0 to 1, NaN where unknown: the answers of this election's TPS.
    params
        Gravity by indicator; how a share becomes a rarity.

    Returns
    -------
    DataFrame
        Index ``indicator_id`` in the order of the list: ``share`` (of TPS that have it, shrunk),
        ``of`` (TPS it rests on), ``basis`` (`PUBLISHED`, `ANSWERED` or `ASSUMED`), ``rarity`` and
        ``gravity`` (0 to 1), ``weight`` (0 to 1, together at most 1).
    """
    ids = pd.Index(indicators["indicator_id"].astype("str"))
    told = published_counts(counts).reindex(ids)
    answered = (~np.isnan(table)).sum(axis=0).astype(np.float64)
    said = np.nansum(table, axis=0)
    published = told["of"].notna().to_numpy()
    yes = np.where(published, told["yes"], said)
    of = np.where(published, told["of"], answered)
    share = (yes + params.prior_share * params.prior_tps) / (of + params.prior_tps)
    rarity = np.clip(-np.log2(share) / params.full_bits, 0.0, 1.0)
    gravity = np.array([dict(params.gravity).get(i, params.other) for i in ids], dtype=np.float64)
    product = gravity * rarity
    basis = np.select([published, answered > 0], [PUBLISHED, ANSWERED], ASSUMED)
    return pd.DataFrame(
        {
            "share": share,
            "of": of,
            "basis": basis,
            "rarity": rarity,
            "gravity": gravity,
            "weight": product / max(params.full, float(product.sum())),
        },
        index=ids,
    )
