"""SIMULASI: an invented nation written to a folder, province by province."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from analytics.nation.simulate.logistics import simulate_logistics
from analytics.nation.simulate.places import simulate_places
from analytics.nation.simulate.reports import (
    ReportWorld,
    planted_clusters,
    simulate_indicators,
    simulate_reports,
)
from analytics.nation.simulate.sizes import NationSize, ProvinceSize, province_sizes
from data.nation.folder import FORMAT, NationAbout, NationFolder, ProvinceAbout

VOTING_DATE = dt.date(2029, 2, 14)
ELECTION = "simulasi2029"
Told = Callable[[int, int, str], None]
"""Called with provinces done, provinces in all, and the code of the last one."""


@dataclass(frozen=True)
class NationAsked:
    """What to make: sizes, what is hidden in it, and the seed (0 or more)."""

    size: NationSize
    world: ReportWorld
    seed: int = 1


def asked_nation(size: NationSize, seed: int) -> NationAsked:
    """Return what a nation on the eve of its vote is made of."""
    return NationAsked(size, ReportWorld(VOTING_DATE - dt.timedelta(days=1)), seed)


def simulate_nation(asked: NationAsked, path: Path, told: Told) -> NationAbout:
    """Write a nation to a folder; the same again from the same arguments.

    Raises
    ------
    ParameterError
        When the seed is below 0.
    """
    folder = NationFolder(path)
    provinces = province_sizes(asked.size, asked.seed)
    made = []
    for n, size in enumerate(provinces, start=1):
        made.append(_province(folder, size, asked))
        told(n, len(provinces), size.code)
    about = NationAbout(
        format=FORMAT,
        simulasi=True,
        seed=asked.seed,
        as_of=asked.world.as_of,
        voting_date=VOTING_DATE,
        provinces=tuple(made),
    )
    folder.write_about(about)
    return about


def _province(folder: NationFolder, size: ProvinceSize, asked: NationAsked) -> ProvinceAbout:
    # A stream of its own for each part: what one draws does not move the others.
    streams = [np.random.default_rng([asked.seed, int(size.code), n]) for n in range(5)]
    places = simulate_places(size, ELECTION, streams[0])
    clusters = planted_clusters(places, asked.world, streams[1])
    reports = simulate_reports(places, size.reports, clusters, asked.world, streams[2])
    values, risky = simulate_indicators(places.tps, asked.world, streams[3])
    logistics = simulate_logistics(places.units, places.islands, VOTING_DATE, streams[4])
    frames = {
        "units": places.units,
        "desa": places.desa,
        "tps": places.tps,
        "islands": places.islands,
        "reports": reports,
        "indicators": values,
        "depots": logistics.depots,
        "legs": logistics.legs,
        "fleet": logistics.fleet,
        "truth": pd.concat([clusters, risky, logistics.truth], ignore_index=True),
    }
    for name, frame in frames.items():
        folder.write(size.code, name, frame, simulasi=True)
    top = places.units.iloc[0]
    return ProvinceAbout(
        code=size.code,
        name=str(top["name"]),
        kabupaten=len(size.desa),
        desa=len(places.desa),
        tps=len(places.tps),
        reports=len(reports),
    )
