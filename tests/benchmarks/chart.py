"""Draw the cost of scan and Gi* against areas and months: ``make chart``."""

from __future__ import annotations

import matplotlib as mpl

mpl.use("Agg")

from matplotlib import pyplot as plt
from matplotlib.ticker import NullFormatter

from tests.benchmarks import test_gistar, test_scan
from tests.conftest import ROOT

AREAS = (100, 200, 393, 800)
MONTHS = (12, 24, 48)
COLOURS = ("#56b4e9", "#0072b2", "#d55e00")
OUT = ROOT / "docs" / "img" / "cost.png"


def scan_seconds(areas: int, months: int) -> float:
    data = test_scan.simulated(areas, months, test_scan.TABLE_CASES)
    return test_scan.timed(data, test_scan.TABLE_REPLICATES)[0]


def gistar_seconds(areas: int, months: int) -> float:
    y, weights = test_gistar.case(areas, months, 60)
    return test_gistar.best_of(2, lambda: test_gistar.ours(y, weights))


def main() -> None:
    scan_seconds(AREAS[0], MONTHS[0])  # compile first
    gistar_seconds(47, 1)
    figure, axes = plt.subplots(1, 2, figsize=(10, 4), layout="constrained")
    panels = (
        (f"Space-time scan, {test_scan.TABLE_REPLICATES} replicates", scan_seconds),
        ("Gi*, 9,999 permutations", gistar_seconds),
    )
    for axis, (title, seconds) in zip(axes, panels, strict=True):
        for months, colour in zip(MONTHS, COLOURS, strict=True):
            spent = [seconds(areas, months) for areas in AREAS]
            axis.plot(AREAS, spent, marker="o", color=colour, label=f"{months} months")
        axis.set(title=f"{title} (SIMULASI)", xlabel="areas", ylabel="seconds", xscale="log")
        axis.set_yscale("log")
        axis.set_xticks(AREAS, [str(areas) for areas in AREAS], minor=False)
        axis.xaxis.set_minor_formatter(NullFormatter())
        axis.grid(alpha=0.3)
        axis.legend()
    figure.savefig(OUT, dpi=110)


if __name__ == "__main__":
    main()
