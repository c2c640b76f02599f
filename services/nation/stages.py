"""The stages of a batch over a nation: what is read, what is called, what is kept."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, field
from functools import lru_cache
from hashlib import sha256
from pathlib import Path
from time import perf_counter
from typing import Literal, NamedTuple

import numpy as np
import pandas as pd

from analytics.nation.counts import add_counts, count_reports
from analytics.nation.relative import relative_of, unit_affairs, unit_neighbours
from data.nation.cluster import peak_mib
from data.nation.folder import NationAbout, NationFolder
from data.nation.results import BatchFolder, Done
from geo.places.placing import Coverage, place_reports

Area = Literal["province", "kabupaten", "nation"]
NATION = "nation"
"""Stands where a code of an area stands, for all of them."""
RELATIVE_LEVELS = ("kabupaten", "kecamatan")
_COUNTED = ["place_code", "perkara_id", "kind", "family", "date_event", "date_reported"]


@dataclass(frozen=True)
class BatchParams:
    """What all stages are asked with.

    Attributes
    ----------
    outlook_days
        1 to 366: how far the outlook reaches.
    """

    outlook_days: int = 30


@dataclass(frozen=True)
class Job:
    """One stage of one area: what a worker is sent.

    Attributes
    ----------
    stage
        Key of `STAGES`.
    code
        Code of a province or kabupaten, or `NATION`.
    source, out
        Folder of the nation, and of what the batch writes.
    about
        What the folder is.
    params
        See `BatchParams`.
    """

    stage: str
    code: str
    source: Path
    out: Path
    about: NationAbout = field(repr=False)
    params: BatchParams = field(repr=False)

    @property
    def province(self) -> str:
        """Code of the province it is in."""
        return self.code.split(".", maxsplit=1)[0]

    @property
    def nation(self) -> NationFolder:
        """What is read."""
        return NationFolder(self.source)

    @property
    def results(self) -> BatchFolder:
        """What is written."""
        return BatchFolder(self.out, simulasi=self.about.simulasi)

    def kabupaten(self) -> list[str]:
        """Return the codes of the kabupaten of the province."""
        return self.nation.kabupaten(self.province)


def _place(job: Job) -> int:
    folder, coverage = job.nation, _coverage(job.source, job.province)
    rows = 0
    with job.results.split("placed", job.province) as placed:
        for number in range(folder.row_groups(job.province)):
            part = folder.read_row_group(job.province, number)
            lon, lat = (part[name].to_numpy(dtype=np.float64) for name in ("lon", "lat"))
            named = part["unit_code"].fillna("").to_numpy(dtype=object)
            found = place_reports(lon, lat, named, coverage)
            part = part.assign(place_code=found.place_code, reason=found.reason)
            # An area without a report has a file too: none reported is not the same as not done,
            # and what an earlier run left there must not stay.
            for code in (*job.kabupaten(), job.province, unplaced(job.province)):
                placed.add(code, part.head(0))
            for code, own in part.groupby(part["place_code"].str.slice(0, 5)):
                placed.add(code or unplaced(job.province), own)
            rows += len(part)
    return rows


@lru_cache(maxsize=1)
def _coverage(source: Path, province: str) -> Coverage:
    folder = NationFolder(source)
    desa = folder.read(province, "desa")
    units = folder.read(province, "units", ["code"])
    shapes = desa.geometry.to_numpy()
    return Coverage(desa["code"].to_numpy(dtype=object), shapes, list(units["code"]))


def unplaced(province: str) -> str:
    """Return what stands for an area in the name of the file of reports without a place."""
    return f"{province}-unplaced"


def _placed(job: Job, codes: Sequence[str]) -> pd.DataFrame:
    frames = [job.results.read("placed", code, _COUNTED) for code in codes]
    return pd.concat(frames, ignore_index=True)


def _of_province(job: Job) -> pd.DataFrame:
    """Return the placed reports of the province, those known no finer than it included."""
    return _placed(job, [job.province, *job.kabupaten()])


def _counts(job: Job) -> int:
    parts, rows = [], 0
    for code in (job.province, *job.kabupaten()):
        placed = _placed(job, [code])
        rows += len(placed)
        parts.append(count_reports(placed))
    job.results.write("counts", job.province, add_counts(parts))
    return rows


def _relative(job: Job) -> int:
    placed = _of_province(job)
    units = job.nation.read(job.province, "units")
    desa = job.nation.read(job.province, "desa")
    found = []
    for level in RELATIVE_LEVELS:
        affairs = unit_affairs(placed, units, level)
        found.append(relative_of(affairs, units, unit_neighbours(desa, units, level)))
    job.results.write("relative_risk", job.province, pd.concat(found, ignore_index=True))
    return len(placed)


def _relative_nation(job: Job) -> int:
    codes = [province.code for province in job.about.provinces]
    known = job.results.read_all("relative_risk", codes)
    affairs = known.loc[
        known["level"].eq("kabupaten"), ["level", "code", "family", "affairs"]
    ].reset_index(drop=True)
    units = pd.concat([job.nation.read(code, "units") for code in codes], ignore_index=True)
    job.results.write("relative_risk", NATION, relative_of(affairs, units))
    return len(affairs)


class Stage(NamedTuple):
    """A stage: for which areas, after which one, what does it, and what makes an area large."""

    area: Area
    after: str | None
    work: Callable[[Job], int]
    size: Literal["reports", "tps"]


STAGES: dict[str, Stage] = {
    "place": Stage("province", None, _place, "reports"),
    "counts": Stage("province", "place", _counts, "reports"),
    "relative_risk": Stage("province", "place", _relative, "reports"),
    "relative_risk_nation": Stage("nation", "relative_risk", _relative_nation, "reports"),
}


def digest_of(job: Job) -> str:
    """Return a digest of all that a job is made from: parameters and the files of its area."""
    codes = [province.code for province in job.about.provinces]
    codes = codes if job.code == NATION else [job.province]
    files = [path for code in codes for path in job.nation.files(code)]
    stamps = [(path.name, path.stat().st_size, path.stat().st_mtime_ns) for path in files]
    told = json.dumps(
        [job.stage, job.code, asdict(job.params), job.about.model_dump(mode="json"), stamps],
        default=str,
    )
    return sha256(told.encode()).hexdigest()


def carry_out_job(job: Job) -> Done:
    """Do a job, or find that it is done: what a worker calls."""
    digest = digest_of(job)
    known = job.results.state(job.stage, job.code)
    if known is not None and known.digest == digest:
        return known
    began = perf_counter()
    rows = STAGES[job.stage].work(job)
    done = Done(digest, perf_counter() - began, rows, peak_mib())
    job.results.keep_state(job.stage, job.code, done)
    return done
