"""Which forecast is shown, how sure that is, and how many digits its probabilities bear.

Hypergeometric, by hand: 7 kabupaten of which 3 had an affair, one looked at: it is one of the
three with chance 3/7. In two windows with 3 and 2 of 7, both hits have chance 3/7 x 2/7 = 6/49.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from analytics.outlook.evaluate import SCORES, Evaluation
from analytics.outlook.forecasts import CALENDAR, METHODS, MODEL, OWN
from analytics.outlook.windows import RAKOR
from analytics.reports.rakor import period_of
from geo.errors import ParameterError

Floats = npt.NDArray[np.float64]

REPLICATES = 2000
CONFIDENCE = 0.9
FEWEST_BLOCKS = 3
"""Blocks below which no interval of a difference is given."""
STEPS = (0.05, 0.10, 0.25)
"""Steps that probabilities are rounded to."""
TOP_SHARE = 0.10


@dataclass(frozen=True)
class Difference:
    """Mean CRPS of one method less that of another; below 0 the first is better.

    Attributes
    ----------
    mean
        In affairs; NaN without a scored window.
    low, high
        90 % interval of a bootstrap that draws whole blocks; NaN below `FEWEST_BLOCKS`.
    windows, blocks
        How many windows were scored, and in how many reporting periods they end.
    """

    mean: float
    low: float
    high: float
    windows: int
    blocks: int

    @property
    def is_better(self) -> bool:
        """Whether the first method is better beyond chance."""
        return self.high < 0


def difference(
    found: Evaluation, family: int, areas: Sequence[int], methods: tuple[str, str], seed: int = 1
) -> Difference:
    """Compare two methods on the same windows, paired.

    Parameters
    ----------
    found
        The forecasts of the past.
    family
        Position of the family.
    areas
        Positions of the areas, of which the mean is taken.
    methods
        The first is compared with the second.
    seed
        Of the bootstrap. Windows that end in one reporting period share what happened, so they
        are drawn together: the uncertainty is that of the periods, not of the windows.
    """
    one, other = (METHODS.index(name) for name in methods)
    crps = found.scores[:, SCORES.index("crps"), :, family][..., list(areas)]
    use = found.scored[:, list(areas)]
    n = use.sum(axis=1)
    sums = np.where(use, crps[:, one] - crps[:, other], 0.0).sum(axis=1)
    kept = n > 0
    names = pd.factorize(np.array([w.block for w in found.windows], dtype=object)[kept])[0]
    blocks = int(names.max(initial=-1)) + 1
    if not blocks:
        return Difference(math.nan, math.nan, math.nan, 0, 0)
    total = np.bincount(names, sums[kept], blocks)
    count = np.bincount(names, n[kept], blocks)
    mean = float(total.sum() / count.sum())
    if blocks < FEWEST_BLOCKS:
        return Difference(mean, math.nan, math.nan, int(kept.sum()), blocks)
    picks = np.random.default_rng(seed).integers(blocks, size=(REPLICATES, blocks))
    drawn = total[picks].sum(axis=1) / count[picks].sum(axis=1)
    low, high = np.quantile(drawn, [(1 - CONFIDENCE) / 2, (1 + CONFIDENCE) / 2])
    return Difference(mean, float(low), float(high), int(kept.sum()), blocks)


@dataclass(frozen=True)
class Choice:
    """Which forecast is shown, and how the model stands against the own last twelve months.

    Attributes
    ----------
    model
        The model in use: with the calendar where that earns it.
    shown
        The model or the own last twelve months, whichever had the lower mean CRPS; the latter
        while nothing was scored.
    against_own
        The model less the own last twelve months.
    """

    model: str
    shown: str
    against_own: Difference


def choose(found: Evaluation, family: int, areas: Sequence[int]) -> Choice:
    """Choose what is shown for a family in some areas.

    ``found`` are the forecasts of the past, ``family`` and ``areas`` positions. The calendar is
    used only where it is better than the plain model beyond chance. The choice is made on the
    windows that are shown with it, so the score of what is shown is a little too good.
    """
    calendar = difference(found, family, areas, (CALENDAR, MODEL))
    model = CALENDAR if calendar.is_better else MODEL
    against = difference(found, family, areas, (model, OWN))
    return Choice(model, model if against.mean < 0 else OWN, against)


def reliability(probability: Floats, happened: Floats, bins: int = 5) -> pd.DataFrame:
    """Return how often it came true, by what was forecast.

    Parameters
    ----------
    probability, happened
        (N,) forecasts from 0 to 1, and 1 where at least one affair came.
    bins
        1 to 20 classes of equal width.

    Returns
    -------
    DataFrame
        Classes with a forecast: ``n``, ``forecast`` (mean), ``share`` (that came true), ``low``
        and ``high`` (90 % Wilson interval, as if forecasts did not depend on each other).

    Raises
    ------
    ParameterError
        For fewer than 1 or more than 20 bins.
    """
    if not 1 <= bins <= 20:
        raise ParameterError("bins", bins, "1 to 20")
    at = np.minimum((np.asarray(probability) * bins).astype(np.int64), bins - 1)
    frame = pd.DataFrame({"at": at, "p": probability, "y": np.asarray(happened, dtype=np.float64)})
    rows = frame.groupby("at").agg(n=("p", "size"), forecast=("p", "mean"), share=("y", "mean"))
    z = 1.6449
    centre = (rows["share"] + z**2 / (2 * rows["n"])) / (1 + z**2 / rows["n"])
    spread = rows["share"] * (1 - rows["share"]) / rows["n"] + z**2 / (4 * rows["n"] ** 2)
    half = z * np.sqrt(spread) / (1 + z**2 / rows["n"])
    low, high = (centre - half).clip(lower=0.0), (centre + half).clip(upper=1.0)
    return rows.assign(low=low, high=high).reset_index(drop=True)


def miscalibration(table: pd.DataFrame, least: int = 10) -> float:
    """Return the mean distance of forecast and share over classes, 0 to 1; NaN without any.

    ``table`` is one of `reliability`. Classes with fewer than ``least`` forecasts are left out;
    the others weigh the same, for else the many forecasts near zero would hide the few that matter.
    """
    rows = table[table["n"].ge(least)]
    return float((rows["forecast"] - rows["share"]).abs().mean())


def rounding_step(table: pd.DataFrame, blocks: int) -> float:
    """Return the step, a share, that probabilities are rounded to.

    ``table`` is one of `reliability`, ``blocks`` the number of reporting periods in it. 5 % from
    500 forecasts in 20 periods on, 10 % from 50 in 3 on, where the `miscalibration` is at most the
    step; else 25 %.
    """
    n, missed = int(table["n"].sum()), miscalibration(table)
    if n >= 500 and blocks >= 20 and missed <= STEPS[0]:
        return STEPS[0]
    return STEPS[1] if n >= 50 and blocks >= FEWEST_BLOCKS and missed <= STEPS[1] else STEPS[2]


def chance_of_hits(
    places: Sequence[int], looked: Sequence[int], affected: Sequence[int], hits: int
) -> float:
    """Return the chance that random picks find as many places or more, over several windows.

    Parameters
    ----------
    places, looked, affected
        Per window: places there are, places looked at, places in which something happened.
    hits
        Places found in all windows together.

    Returns
    -------
    float
        0 to 1; hypergeometric in each window, windows taken as not depending on each other.
    """
    from scipy.stats import hypergeom

    total = np.ones(1)
    for n, k, m in zip(places, looked, affected, strict=True):
        total = np.convolve(total, hypergeom(n, m, k).pmf(np.arange(min(k, m) + 1)))
    return float(min(1.0, total[hits:].sum()))


@dataclass(frozen=True)
class TopClaim:
    """What looking at the top of the outlook found, beside chance.

    Attributes
    ----------
    looked, places
        Places looked at in each window, of how many.
    windows
        Windows that do not overlap and in which something happened.
    hits
        How often a place looked at had an affair.
    expected
        How often random picks would, on average.
    chance
        That random picks find as many or more; 1 without a window.
    """

    looked: int
    places: int
    windows: int
    hits: int
    expected: float
    chance: float


def top_claim(found: Evaluation, family: int, areas: Sequence[int], method: str) -> TopClaim:
    """Return how often the areas with the highest forecast had an affair, and what chance finds.

    ``found`` are the forecasts of the past, ``family`` and ``areas`` positions, ``method`` one of
    `METHODS`. The share looked at is fixed beforehand: a tenth, rounded up. Only windows to the
    meeting from the first day of a reporting period are used, which do not overlap. Ties are broken
    by the expected number, then by order.
    """
    use, at = list(areas), METHODS.index(method)
    looked = math.ceil(TOP_SHARE * len(use) - 1e-9)
    hits, affected = 0, []
    for n, window in enumerate(found.windows):
        happened = found.outcomes[n, family, use] > 0
        begins = pd.Timestamp(window.start) == period_of(window.start).start
        whole = window.horizon == RAKOR and begins
        if not whole or not found.scored[n, use].all() or not happened.any():
            continue
        order = np.lexsort((-found.mean[n, at, family, use], -found.chance[n, at, family, use]))
        hits += int(happened[order[:looked]].sum())
        affected.append(int(happened.sum()))
    places = [len(use)] * len(affected)
    chance = chance_of_hits(places, [looked] * len(affected), affected, hits)
    mean = sum(looked * m / len(use) for m in affected)
    return TopClaim(looked, len(use), len(affected), hits, mean, chance)
