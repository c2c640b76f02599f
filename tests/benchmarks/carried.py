"""What was measured on small parts, carried over to large ones, with its error.

A part takes ``fixed + each * size`` seconds, and as much more or less as it is large: least squares
on the seconds of one unit of size. What grows faster than that is not seen in the interval, so the
smaller parts must also say what the larger ones took (`miss`).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy import stats

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Rule:
    """Seconds of a part: ``fixed``, and ``each`` for a unit of its size."""

    fixed: float
    each: float

    @classmethod
    def of(cls, size: Floats, seconds: Floats) -> Rule:
        """Return the rule of measured parts.

        Parameters
        ----------
        size, seconds
            Shape (n,), of each part; two sizes or more, above 0.
        """
        fixed, each = np.linalg.lstsq(_design(size), seconds / size, rcond=None)[0]
        return cls(float(fixed), float(each))

    def at(self, size: Floats) -> float:
        """Return the seconds of parts of these sizes together."""
        return float(len(size) * self.fixed + size.sum() * self.each)


def interval(size: Floats, seconds: Floats, wanted: Floats) -> tuple[float, float]:
    """Return between which seconds parts of other sizes together take, in 95 of 100 cases.

    Parameters
    ----------
    size, seconds
        Shape (n,), n of 3 or more, of the parts that were measured.
    wanted
        Sizes of the parts that were not.
    """
    rule, design, left = Rule.of(size, seconds), _design(size), len(size) - 2
    rest = seconds / size - design @ np.array([rule.fixed, rule.each])
    variance = rest @ rest / left
    sums = np.array([len(wanted), wanted.sum()])
    of_rule = sums @ np.linalg.inv(design.T @ design) @ sums
    wide = stats.t.ppf(0.975, left) * np.sqrt(variance * (of_rule + wanted @ wanted))
    return rule.at(wanted) - float(wide), rule.at(wanted) + float(wide)


def miss(size: Floats, seconds: Floats) -> float:
    """Return by what part the rule of the smaller parts misses what the larger took, of 1."""
    order = np.argsort(size, kind="stable")
    small, large = np.split(order, [(len(order) + 1) // 2])
    said = Rule.of(size[small], seconds[small]).at(size[large])
    return said / float(seconds[large].sum()) - 1


def _design(size: Floats) -> Floats:
    return np.column_stack([1 / size, np.ones(len(size))])
