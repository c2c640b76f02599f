"""The stages of a batch over a nation: what is read, what is called, what is kept."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from time import perf_counter, process_time
from typing import Literal, NamedTuple

import numpy as np
import pandas as pd

from analytics.nation.counts import add_counts, count_reports
from analytics.nation.outlook import province_outlook
from analytics.nation.plans import NationPlan, kabupaten_plan
from analytics.nation.relative import relative_of, unit_affairs, unit_neighbours
from analytics.nation.risk import KnownOfTps, kabupaten_in_reach, kabupaten_risk
from analytics.nation.scans import ProvinceScan, scan_province
from data.nation.cluster import peak_mib
from data.nation.folder import NationAbout, NationFolder
from data.nation.results import NATION, BatchFolder, Done
from geo.places.placing import Coverage, place_reports
from services.risk.index import default_params

Area = Literal["province", "kabupaten", "nation"]
RELATIVE_LEVELS = ("kabupaten", "kecamatan")
SCAN = ProvinceScan()
PLAN = NationPlan(effort_s=0.2)
"""A fifth of a second each: a nation has 514, and what is searched longer is little better."""
OUTLOOK_DAYS = 30
_COUNTED = ["place_code", "perkara_id", "kind", "family", "date_event", "date_reported"]
_WEIGHED = [*_COUNTED, "report_id", "severity"]


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
    """

    stage: str
    code: str
    source: Path
    out: Path
    about: NationAbout = field(repr=False)

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
    coverage, rows = _coverage(job), 0
    # An area without a report has a file too: none reported is not the same as not done, and what
    # an earlier run left there must not stay.
    areas = (*job.kabupaten(), job.province, unplaced(job.province))
    with job.results.split("placed", job.province) as placed:
        for part in job.nation.read_parts(job.province):
            lon, lat = (part[name].to_numpy(dtype=np.float64) for name in ("lon", "lat"))
            named = part["unit_code"].fillna("").to_numpy(dtype=object)
            found = place_reports(lon, lat, named, coverage)
            own = part.assign(place_code=found.place_code, reason=found.reason)
            if not rows:
                for code in areas:
                    placed.add(code, own.head(0))
            for code, there in own.groupby(own["place_code"].str.slice(0, 5)):
                placed.add(code or unplaced(job.province), there)
            rows += len(own)
    return rows


def _coverage(job: Job) -> Coverage:
    desa = job.nation.read(job.province, "desa")
    units = job.nation.read(job.province, "units", ["code"])
    shapes = desa.geometry.to_numpy()
    return Coverage(desa["code"].to_numpy(dtype=object), shapes, list(units["code"]))


def unplaced(province: str) -> str:
    """Return what stands for an area in the name of the file of reports without a place."""
    return f"{province}-unplaced"


def _placed(job: Job, codes: Sequence[str], columns: Sequence[str] = _COUNTED) -> pd.DataFrame:
    frames = [job.results.read("placed", code, columns) for code in codes]
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


def _scans(job: Job) -> int:
    placed = _of_province(job)
    units = job.nation.read(job.province, "units")
    job.results.write("scans", job.code, scan_province(placed, units, job.about.as_of, SCAN))
    return len(placed)


def _outlook(job: Job) -> int:
    placed = _of_province(job)
    units = job.nation.read(job.province, "units")
    found = province_outlook(placed, units, job.about.as_of, OUTLOOK_DAYS)
    job.results.write("outlook", job.code, found)
    return len(placed)


def _risk(job: Job) -> int:
    params = default_params()
    names = ("units", "islands", "tps", "indicators", "depots", "legs")
    frames = {name: job.nation.read(job.province, name) for name in names}
    near = kabupaten_in_reach(job.code, frames["units"], params)
    # What is known of the province alone lies at none of its desa.
    placed = _placed(job, near, _WEIGHED)
    known = KnownOfTps(**frames, placed=placed)
    found = kabupaten_risk(job.code, known, job.about.as_of, job.about.voting_date, params)
    job.results.write("risk", job.code, found)
    return len(found)


def _plans(job: Job) -> int:
    names = ("depots", "legs", "fleet", "tps")
    depots, legs, fleet, tps = (job.nation.read(job.province, name) for name in names)
    found = kabupaten_plan(job.code, depots, legs, fleet, tps, job.about.voting_date, PLAN)
    job.results.write_document("plans", job.code, found.document)
    job.results.write("plans", job.code, found.summary)
    return int(tps["desa_code"].str.startswith(f"{job.code}.").sum())


class Stage(NamedTuple):
    """A stage: for which areas, after which one, what does it, and what makes an area large.

    `asked` returns what it is asked with beside the files: other parameters, and it is done again.
    """

    area: Area
    after: str | None
    work: Callable[[Job], int]
    size: Literal["reports", "tps"]
    asked: Callable[[], object] = tuple


STAGES: dict[str, Stage] = {
    "place": Stage("province", None, _place, "reports"),
    "counts": Stage("province", "place", _counts, "reports"),
    "relative_risk": Stage("province", "place", _relative, "reports"),
    "relative_risk_nation": Stage("nation", "relative_risk", _relative_nation, "reports"),
    "scans": Stage("province", "place", _scans, "reports", lambda: SCAN),
    "outlook": Stage("province", "place", _outlook, "reports", lambda: OUTLOOK_DAYS),
    "risk": Stage("kabupaten", "place", _risk, "tps", default_params),
    "plans": Stage("kabupaten", None, _plans, "tps", lambda: PLAN),
}


def digest_of(job: Job) -> str:
    """Return a digest of what a job is made from: parameters, the folder, its area's files."""
    codes = [province.code for province in job.about.provinces]
    codes = codes if job.code == NATION else [job.province]
    files = [path for code in codes for path in job.nation.files(code)]
    stamps = [(path.name, path.stat().st_size, path.stat().st_mtime_ns) for path in files]
    asked = repr(STAGES[job.stage].asked())
    about = job.about.model_dump(mode="json")
    told = json.dumps([job.stage, job.code, asked, about, stamps], default=str)
    return sha256(told.encode()).hexdigest()


def done_before(job: Job) -> Done | None:
    """Return how a job ended that need not be done again; None for one that must be."""
    known = job.results.state(job.stage, job.code)
    return known if known is not None and known.digest == digest_of(job) else None


def carry_out_job(job: Job) -> Done:
    """Do a job, or find that it is done: what a worker calls."""
    known = done_before(job)
    if known is not None:
        return known
    digest, began, busy = digest_of(job), perf_counter(), process_time()
    rows = STAGES[job.stage].work(job)
    took = perf_counter() - began
    done = Done(digest, took, rows, peak_mib(), process_time() - busy)
    job.results.keep_state(job.stage, job.code, done)
    return done
