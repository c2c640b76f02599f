"""Draw how the time of a batch grows with the nation, stage by stage.

``python -m tests.benchmarks.nation_growth DIR OUT`` takes the processor time of each job of a
finished batch, sums it over the provinces of the folder from the first to the last, and fits
time = a * size ** b to the sums. Size is what the stage works on: reports or TPS. The interval is
of `DRAWS` nations drawn from the same provinces with replacement. Over these sizes n log n looks
like a power a little above 1 (`log_linear`), so a stage is called worse only where the whole
interval lies above that.
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

from data.nation.folder import NationFolder
from data.nation.results import BatchFolder
from services.nation.stages import STAGES
from tests.conftest import ROOT

OUT = ROOT / "docs" / "img" / "nation-growth.png"
DRAWS, SEED = 2_000, 1
_Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Growth:
    """How the time of a stage grows: total seconds, power with its 95 % interval, in a word."""

    stage: str
    size: str
    seconds: float
    power: float
    low: float
    high: float
    word: str


def power(size: _Floats, seconds: _Floats) -> float:
    """Return b of time = a * size ** b, by least squares on the logarithms of the sums.

    Parameters
    ----------
    size, seconds
        Shape (n,), of each province; n of 2 or more, both above 0.
    """
    n, t = np.log(np.cumsum(size)), np.log(np.cumsum(seconds))
    return float(np.polyfit(n, t, 1)[0])


def log_linear(size: _Floats) -> float:
    """Return the power that n log n has over the sums of these sizes."""
    n = np.cumsum(size)
    return float(np.polyfit(np.log(n), np.log(n * np.log(n)), 1)[0])


def growth(stage: str, kind: str, size: _Floats, seconds: _Floats) -> Growth:
    """Fit one stage."""
    rng = np.random.default_rng(SEED)
    drawn = rng.integers(len(size), size=(DRAWS, len(size)))
    powers = [power(size[rows], seconds[rows]) for rows in drawn]
    low, high = (float(end) for end in np.quantile(powers, (0.025, 0.975)))
    word = "n" if low <= 1 else "n log n" if low <= log_linear(size) else "worse than n log n"
    return Growth(stage, kind, float(seconds.sum()), power(size, seconds), low, high, word)


def seconds_by_province(source: Path, out: Path, stage: str) -> list[float]:
    """Return the processor seconds of a stage in each province."""
    folder, batch = NationFolder(source), BatchFolder(out, simulasi=True)
    found = []
    for province in folder.about().provinces:
        codes = [province.code]
        if STAGES[stage].area == "kabupaten":
            codes = folder.kabupaten(province.code)
        done = [batch.state(stage, code) for code in codes]
        found.append(sum(one.cpu_s for one in done if one is not None))
    return found


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
