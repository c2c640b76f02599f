"""How well each rule warned: how often, how early, how rightly, and against two lists.

What became of each raising stands in `analytics.warning.raisings`; here raisings are added up by
rule and level.

Verdict
-------
``belum_terukur``: fewer than `RecordParams.fewest` raisings were judged, or they fell into fewer
than `RecordParams.fewest_blocks` blocks of time. ``serigala`` (the rule cries wolf): the interval
of its precision less chance does not lie above zero, or that of its precision less a list's lies
below zero: places drawn at random, or a list that needs no thought, would have warned as well or
better. ``unggul``: the intervals against chance and both lists lie above zero. ``berisyarat``: it
says more than chance, and not more than each list.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from analytics.warning.raisings import ALL, LISTS
from geo.errors import ParameterError

VERDICTS = ("belum_terukur", "serigala", "berisyarat", "unggul")
AGAINST = ("chance", *LISTS)
RECORD_COLUMNS = [
    "rule",
    "level",
    "n_raised",
    "per_month",
    "n_judged",
    "n_hits",
    "precision",
    "precision_low",
    "precision_high",
    *(f"precision_{name}" for name in AGAINST),
    *(f"ahead_{name}_{end}" for name in AGAINST for end in ("low", "high")),
    "n_affairs",
    "n_foreseen",
    *(f"n_foreseen_{name}" for name in LISTS),
    "lead_median",
    "lead_min",
    "lead_max",
    "false_a_year",
    "probability",
    "verdict",
]
_TAILS = [0.05, 0.95]
_MONTH_DAYS, _YEAR_DAYS = 365.25 / 12, 365.25
Floats = npt.NDArray[np.float64]
_RANGES = {
    "fewest": (2, 1000),
    "fewest_blocks": (2, 1000),
    "block_days": (7, 366),
    "prior_weight": (0.1, 1000),
    "draws": (100, 100_000),
}


@dataclass(frozen=True)
class RecordParams:
    """How the record is worked out.

    Attributes
    ----------
    fewest
        2 to 1,000: judged raisings of a rule from which it is measured.
    fewest_blocks
        2 to 1,000: blocks of time with a judged raising from which an interval is given.
    block_days
        7 to 366: length of a block; a rule whose horizon is longer has blocks of its horizon.
        Raisings of neighbouring days share the affairs that hit them, so blocks are resampled.
    prior_weight
        0.1 to 1,000: as many raisings weighs the share of the rule in that of each level.
    draws, seed
        Of the bootstrap, 100 to 100,000 draws.
    """

    fewest: int = 10
    fewest_blocks: int = 6
    block_days: int = 60
    prior_weight: float = 10.0
    draws: int = 2000
    seed: int = 1

    def __post_init__(self) -> None:
        for name, (low, high) in _RANGES.items():
            value = getattr(self, name)
            if not low <= value <= high:
                raise ParameterError(name, value, f"{low} to {high}")


def rule_record(
    judged: pd.DataFrame,
    happened: pd.DataFrame,
    first: pd.Timestamp,
    last: pd.Timestamp,
    params: RecordParams | None = None,
) -> pd.DataFrame:
    """Return the record of each rule and level.

    Parameters
    ----------
    judged
        Result of `analytics.warning.raisings.judge`.
    happened
        Of the same world (`analytics.warning.raisings.happened`).
    first, last
        First and last day that was looked at.
    params
        Parameters.

    Returns
    -------
    DataFrame
        `RECORD_COLUMNS`, a row per rule and level of ``judged``. ``n_raised`` in all, ``per_month``
        of the days looked at; of the ``n_judged`` ``n_hits`` were hit: ``precision`` with its 90 %
        interval (the wider of bootstrap and Jeffreys), ``precision_chance`` of places drawn at
        random, ``precision_perkara`` and ``precision_pemilih`` of the lists, and
        ``ahead_..._low``, ``ahead_..._high``: 90 % bootstrap interval of the precision less theirs
        (-1 to 1), for a list at least as wide as that of as many independent affairs.
        ``n_affairs``: severe affairs that began after the first day and by the end of the last
        judged horizon of any rule, none known before; ``n_foreseen`` of them hit a raising, or one
        of a list. ``lead_...``: days from the raising to the affair. ``false_a_year``: judged
        raisings without a hit, for each year in which raisings were judged. ``probability`` of a
        hit: NaN where the rule is not measured; for the rule (hits + 1/2) / (judged + 1), for a
        level (hits + w p) / (judged + w) with p that of the rule and w `RecordParams.prior_weight`
        (means of Beta distributions).
        ``verdict``: one of `VERDICTS`. Intervals are NaN with fewer than `fewest_blocks` blocks.
    """
    params = params or RecordParams()
    months = max(((last - first).days + 1) / _MONTH_DAYS, 1.0 / _MONTH_DAYS)
    seen = judged[judged["judged"]]
    ended = seen["end"].max() if len(seen) else first
    years = max((seen["raised"].max() - first).days + 1, 1) / _YEAR_DAYS if len(seen) else np.nan
    affairs = _to_foresee(happened, first, ended)
    rows: list[dict[str, Any]] = []
    for (rule, level), group in judged.groupby(["rule", "level"], sort=True):
        mine = group[group["judged"]]
        rows.append(
            {
                "rule": rule,
                "level": level,
                "n_raised": len(group),
                "per_month": len(group) / months,
                "n_judged": len(mine),
                "n_hits": int(mine["hit"].sum()),
                "false_a_year": float((~mine["hit"]).sum()) / years if len(mine) else np.nan,
                "n_affairs": len(affairs),
                **_foreseen(mine, affairs),
                **_leads(mine),
                **_precisions(mine, first, params),
            }
        )
    table = pd.DataFrame(rows, columns=RECORD_COLUMNS)
    table["verdict"] = [_verdict(row, params) for row in rows]
    table["probability"] = _probabilities(table, params)
    return table


def _to_foresee(happened: pd.DataFrame, first: pd.Timestamp, last: pd.Timestamp) -> set[str]:
    rows = happened[happened["severe"] & happened["affair_known"].gt(first)]
    placed = rows["place"].str.contains(".", regex=False).fillna(False).astype(bool)
    return set(rows.loc[placed & rows["first"].gt(first) & rows["last"].le(last), "perkara_id"])


def _foreseen(mine: pd.DataFrame, affairs: set[str]) -> dict[str, int]:
    return {
        f"n_{name}": len(affairs & {key for keys in mine[found] for key in keys})
        for name, found in (
            ("foreseen", "found"),
            *((f"foreseen_{name}", f"found_{name}") for name in LISTS),
        )
    }


def _leads(mine: pd.DataFrame) -> dict[str, float]:
    lead = mine["lead_days"]
    return {"lead_median": lead.median(), "lead_min": lead.min(), "lead_max": lead.max()}


def _precisions(mine: pd.DataFrame, first: pd.Timestamp, params: RecordParams) -> dict[str, float]:
    """Return precision, that of chance and lists, and the intervals, all shares."""
    from scipy.stats import beta

    values = mine[["hit", "chance", *(f"hit_{name}" for name in LISTS)]].to_numpy(np.float64)
    if not len(values):
        return {}
    mean = values.mean(axis=0)
    out = {"precision": mean[0]}
    out |= {f"precision_{name}": share for name, share in zip(AGAINST, mean[1:], strict=True)}
    shares = _resampled(values, _blocks(mine, first, params), params)
    if shares is None:
        return out
    for n, name in enumerate(AGAINST, 1):
        low, high = np.quantile(shares[:, 0] - shares[:, n], _TAILS)
        if name in LISTS:
            gap, half = mean[0] - mean[n], _half_width(mine, name)
            low, high = min(low, gap - half), max(high, gap + half)
        out |= {f"ahead_{name}_low": float(low), f"ahead_{name}_high": float(high)}
    # Where all or none were hit every resample says the same: the wider of two intervals is given.
    hits, n_judged = values[:, 0].sum(), len(values)
    plain = beta.ppf(_TAILS, hits + 0.5, n_judged - hits + 0.5)
    low, high = np.quantile(shares[:, 0], _TAILS)
    ends = min(low, plain[0], mean[0]), max(high, plain[1], mean[0])
    return out | {"precision_low": float(ends[0]), "precision_high": float(ends[1])}


def _half_width(mine: pd.DataFrame, name: str) -> float:
    """Return half the 90 % interval of a gap where each affair that was found is one draw.

    A list warns of few places, which no resample of the time varies: with no affair there it would
    always be without.
    """
    from scipy.stats import norm

    both = [mine["found"], mine[f"found_{name}"]]
    affairs = sum(len({key for keys in found for key in keys}) for found in both)
    hits = float(sum(found.map(len).gt(0).sum() for found in both))
    each = max(1.0, hits / affairs) if affairs else 1.0
    return float(norm.ppf(_TAILS[1]) * each * np.sqrt(affairs + 1.0) / len(mine))


def _blocks(mine: pd.DataFrame, first: pd.Timestamp, params: RecordParams) -> npt.NDArray[np.int64]:
    length = max(params.block_days, int(mine["horizon_days"].max()))
    return np.asarray((mine["raised"] - first).dt.days // length, dtype=np.int64)


def _resampled(
    values: Floats, blocks: npt.NDArray[np.int64], params: RecordParams
) -> Floats | None:
    """Return the mean of each column in each resample of the blocks; None with too few blocks."""
    own, at = np.unique(blocks, return_inverse=True)
    n = len(own)
    if n < params.fewest_blocks:
        return None
    sums = np.zeros((n, values.shape[1] + 1))
    np.add.at(sums, at, np.column_stack([values, np.ones(len(values))]))
    rng = np.random.default_rng(params.seed)
    picked = rng.multinomial(n, np.full(n, 1 / n), size=params.draws) @ sums
    shares: Floats = picked[:, :-1] / picked[:, -1:]
    return shares


def _probabilities(table: pd.DataFrame, params: RecordParams) -> pd.Series:
    measured = table["level"].eq(ALL) & table["verdict"].ne(VERDICTS[0])
    whole = table[measured].set_index("rule")
    of_rule = (whole["n_hits"] + 0.5) / (whole["n_judged"] + 1.0)
    prior, weight = table["rule"].map(of_rule).astype("float64"), params.prior_weight
    smoothed = (table["n_hits"] + weight * prior) / (table["n_judged"] + weight)
    return smoothed.where(table["level"].ne(ALL), prior)


def _verdict(row: dict[str, Any], params: RecordParams) -> str:
    """Return one of `VERDICTS`; see the head of the module."""
    if row["n_judged"] < params.fewest or "precision_low" not in row:
        return "belum_terukur"
    ahead = {name: (row[f"ahead_{name}_low"], row[f"ahead_{name}_high"]) for name in AGAINST}
    if ahead["chance"][0] <= 0 or any(ahead[name][1] < 0 for name in LISTS):
        return "serigala"
    return "unggul" if all(low > 0 for low, _ in ahead.values()) else "berisyarat"
