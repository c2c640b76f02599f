"""Draw how the time of a batch grows with the nation, stage by stage.

``python -m tests.benchmarks.nation_growth DIR OUT`` takes the processor time of each job of a
finished batch. Provinces are worked out apart, so a stage grows with the nation as it does with a
province: time = a * size ** b is fitted to the provinces, each by its own size (reports or TPS).
The sums that are drawn could not tell: they rise evenly with any number of similar provinces. The
interval is of `DRAWS` nations drawn from the same provinces with replacement. Over these sizes
n log n looks like a power a little above 1 (`log_linear`).
"""

from __future__ import annotations

import json
import sys
from dataclasses import asdict, dataclass
from pathlib import Path

import matplotlib as mpl

mpl.use("Agg")

import numpy as np
import numpy.typing as npt
from matplotlib import pyplot as plt

from data.errors import SourceMissingError
from data.nation.folder import NationFolder
from data.nation.results import BatchFolder, Done
from services.nation.stages import STAGES
from tests.conftest import ROOT

OUT = ROOT / "docs" / "img" / "nation-growth.png"
DRAWS, SEED = 2_000, 1
_Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Growth:
    """How the time of a stage grows: seconds in all, power, its 95 % interval, to n log n."""

    stage: str
    size: str
    seconds: float
    power: float
    low: float
    high: float
    word: str


def power(size: _Floats, seconds: _Floats) -> float:
    """Return b of time = a * size ** b, by least squares on the logarithms.

    Parameters
    ----------
    size, seconds
        Shape (n,), of each province; two sizes or more, all above 0.
    """
    return float(np.polyfit(np.log(size), np.log(seconds), 1)[0])


def log_linear(size: _Floats) -> float:
    """Return the power that n log n has over these sizes."""
    return power(size, size * np.log(size))


def growth(stage: str, kind: str, size: _Floats, seconds: _Floats) -> Growth:
    """Fit one stage."""
    rng = np.random.default_rng(SEED)
    drawn = rng.integers(len(size), size=(DRAWS, len(size)))
    powers = [power(size[rows], seconds[rows]) for rows in drawn]
    low, high = (float(end) for end in np.quantile(powers, (0.025, 0.975)))
    limit = log_linear(size)
    word = "n log n or better" if high <= limit else "worse" if low > limit else "not told apart"
    return Growth(stage, kind, float(seconds.sum()), power(size, seconds), low, high, word)


def seconds_by_province(source: Path, out: Path, stage: str) -> list[float]:
    """Return the processor seconds of a stage in each province.

    Raises
    ------
    SourceMissingError
        When a job of it has not ended.
    """
    folder, batch = NationFolder(source), BatchFolder(out, simulasi=True)
    found = []
    for province in folder.about().provinces:
        codes = [province.code]
        if STAGES[stage].area == "kabupaten":
            codes = folder.kabupaten(province.code)
        found.append(sum(_ended(batch, stage, code).cpu_s for code in codes))
    return found


def _ended(batch: BatchFolder, stage: str, code: str) -> Done:
    done = batch.state(stage, code)
    if done is None:
        raise SourceMissingError(batch.file(stage, code))
    return done


def main(source: Path, out: Path) -> list[Growth]:
    provinces = NationFolder(source).about().provinces
    found = []
    figure, axis = plt.subplots(figsize=(8, 5), layout="constrained")
    for name, stage in STAGES.items():
        if stage.area == "nation":
            continue  # one job over all provinces
        size = np.array([getattr(province, stage.size) for province in provinces], dtype=float)
        seconds = np.array(seconds_by_province(source, out, name))
        fit = growth(name, stage.size, size, seconds)
        found.append(fit)
        words = f"{name}: power {fit.power:.2f} ({fit.low:.2f} to {fit.high:.2f}), {fit.word}"
        axis.plot(range(1, len(size) + 1), np.cumsum(seconds), marker=".", label=words)
    axis.set(title="Batch by province, summed (SIMULASI)", xlabel="provinces",
             ylabel="processor seconds", yscale="log")  # fmt: skip
    axis.grid(alpha=0.3)
    axis.legend(fontsize=8)
    figure.savefig(OUT, dpi=110)
    return found


if __name__ == "__main__":
    print(json.dumps([asdict(one) for one in main(*map(Path, sys.argv[1:]))], indent=1))
