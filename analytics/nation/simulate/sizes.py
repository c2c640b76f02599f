"""SIMULASI: how large the parts of an invented nation are."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from geo.errors import ParameterError

Ints = npt.NDArray[np.int64]
CODES = (
    "22", "23", "24", "25", "26", "27", "28", "29", "30", "37", "38", "39", "40", "41", "42", "43",
    "44", "45", "46", "47", "48", "49", "50", "54", "55", "56", "57", "58", "59", "60", "66", "67",
    "68", "69", "70", "77", "78", "79",
)  # fmt: skip
"""Two digits that no province has, so that nothing invented is taken for a place that exists."""
KABUPATEN = (
    7, 23, 33, 19, 12, 11, 17, 10, 15, 7, 6, 27, 35, 5, 38, 8, 9, 10, 22, 14, 14, 13, 10, 5, 15, 13,
    24, 17, 6, 6, 11, 10, 9, 7, 4, 8, 8, 6,
)  # fmt: skip
"""Kabupaten per province: an assumption, as unequal as provinces are; 514 in all."""


@dataclass(frozen=True)
class NationSize:
    """How much of a nation to make.

    Attributes
    ----------
    provinces
        1 to 38.
    share
        Above 0, at most 1: part of the kabupaten of each province; each has at least 2.
    kecamatan, desa, tps, reports
        Of a whole nation of 38 provinces; what is made has its part of them by kabupaten.
    """

    provinces: int = 38
    share: float = 1.0
    kecamatan: int = 7_277
    desa: int = 83_000
    tps: int = 823_000
    reports: int = 10_000_000

    def __post_init__(self) -> None:
        if not 1 <= self.provinces <= len(CODES):
            raise ParameterError("provinces", self.provinces, f"1 to {len(CODES)}")
        if not 0 < self.share <= 1:
            raise ParameterError("share", self.share, "above 0, at most 1")
        least = sum(KABUPATEN)
        for name in ("kecamatan", "desa", "tps"):
            if getattr(self, name) < least:
                raise ParameterError(name, getattr(self, name), f"{least} or more")
            least = getattr(self, name)
        if self.reports < 0:
            raise ParameterError("reports", self.reports, "0 or more")


@dataclass(frozen=True)
class ProvinceSize:
    """How large one province is.

    Attributes
    ----------
    code
        One of `CODES`.
    kecamatan, desa
        Kecamatan per kabupaten, and desa per kabupaten.
    tps, reports
        Of the province.
    """

    code: str
    kecamatan: tuple[int, ...]
    desa: tuple[int, ...]
    tps: int
    reports: int


def deal(total: int, weights: npt.ArrayLike, least: npt.ArrayLike = 0) -> Ints:
    """Deal a whole number out in proportion to weights, by largest remainder.

    Parameters
    ----------
    total
        What is dealt out, at least the sum of ``least``.
    weights
        Of each part, above 0.
    least
        What each part has at least.

    Returns
    -------
    array of int
        Adds up to ``total``.

    Raises
    ------
    ParameterError
        When the total is less than what the parts have at least.
    """
    weight = np.asarray(weights, dtype=np.float64)
    floor = np.broadcast_to(np.asarray(least, dtype=np.int64), weight.shape)
    left = total - int(floor.sum())
    if left < 0:
        raise ParameterError("total", total, f"{int(floor.sum())} or more")
    exact = left * weight / weight.sum()
    whole = np.floor(exact).astype(np.int64)
    rest = left - int(whole.sum())
    whole[np.argsort(whole - exact, kind="stable")[:rest]] += 1
    return np.asarray(floor + whole, dtype=np.int64)


def province_sizes(size: NationSize, seed: int) -> list[ProvinceSize]:
    """Return the provinces of a nation and what each has.

    Parameters
    ----------
    size
        How much to make.
    seed
        0 or more. The first provinces are the same whatever number of them is made.

    Returns
    -------
    list of ProvinceSize
        In the order of `CODES`. Kecamatan, desa, TPS and reports of all 38 with a share of 1 add
        up to those of ``size``.

    Raises
    ------
    ParameterError
        For a seed below 0.
    """
    if seed < 0:
        raise ParameterError("seed", seed, "0 or more")
    rng = np.random.default_rng([seed, 0])
    made = [max(2, round(n * size.share)) for n in KABUPATEN]
    whole = size.share == 1.0
    weights = rng.lognormal(0.0, 0.45, sum(made))
    part = sum(made) / sum(KABUPATEN)
    kecamatan = deal(size.kecamatan if whole else round(size.kecamatan * part), weights, 1)
    own = kecamatan * rng.lognormal(0.0, 0.25, len(kecamatan))
    desa = deal(size.desa if whole else round(size.desa * part), own, kecamatan)
    ends = np.cumsum(made, dtype=np.int64)
    starts: Ints = ends - np.array(made, dtype=np.int64)
    of_province = np.add.reduceat(desa, starts)
    people = of_province * rng.lognormal(0.0, 0.35, len(made))
    tps = deal(size.tps if whole else round(size.tps * part), people, of_province)
    reports = deal(size.reports if whole else round(size.reports * part), people)
    return [
        ProvinceSize(
            code,
            tuple(int(n) for n in kecamatan[start:end]),
            tuple(int(n) for n in desa[start:end]),
            int(tps[n]),
            int(reports[n]),
        )
        for n, (code, start, end) in enumerate(
            zip(CODES[: size.provinces], starts, ends, strict=False)
        )
    ]


def island_sizes(desa: int, rng: np.random.Generator, mainland: float) -> Sequence[int]:
    """Return the cells of each island of a province, the largest first.

    Parameters
    ----------
    desa
        Cells in all.
    rng
        Which islands there are.
    mainland
        0 to 1: share of the largest island.
    """
    main = max(1, round(desa * mainland))
    sizes, left = [main], desa - main
    while left > 0:
        size = int(min(left, max(1, rng.pareto(0.9) * 2 + 1), max(1, desa * 0.15)))
        sizes.append(size)
        left -= size
    return sorted(sizes, reverse=True)
