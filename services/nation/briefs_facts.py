"""What a briefing of one province is made from: its part of a batch, and what is missing of it."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from hashlib import sha256
from pathlib import Path
from typing import Literal

import pandas as pd

from data.ingest.record import file_digest
from data.nation.folder import NationAbout, NationFolder, ProvinceAbout
from data.nation.results import NATION, BatchFolder
from services.nation.stages import STAGES, Job, done_before, unplaced

Why = Literal["belum", "lama", "gagal"]
BY_KABUPATEN = ("risk", "plans")
_COLUMNS: Mapping[str, tuple[str, ...]] = {
    "counts": ("level", "code", "day", "family", "kind", "reports"),
    "relative_risk": (
        "level", "code", "family", "affairs", "expected", "median", "low", "high", "word",
    ),
    "scans": (
        "family", "method", "cluster", "period_start", "period_end", "observed", "expected",
        "relative_risk", "rr_low", "rr_high", "p", "members",
    ),
    "outlook": (
        "level", "code", "family", "date_from", "date_to", "probability", "expected", "low", "high",
    ),
    "risk": (
        "tps_id", "desa_code", "keamanan_tier", "logistik_tier", "cakupan",
    ),
    "plans": (
        "kabupaten", "passed", "trips", "latest_arrival", "least_slack_min", "late",
        "unplanned_tps", "faults",
    ),
    "place": ("reason",),
}  # fmt: skip


@dataclass(frozen=True)
class Gap:
    """A stage that says nothing of an area, and why.

    Attributes
    ----------
    stage
        Key of `services.nation.stages.STAGES`.
    code
        Of the province or kabupaten, or `NATION`.
    why
        ``belum`` (not done), ``lama`` (done from other files or parameters than those there are
        now), ``gagal`` (failed in the last batch).
    reason
        Of one that failed, as the batch has it.
    """

    stage: str
    code: str
    why: Why
    reason: str = ""


@dataclass(frozen=True, eq=False)
class ProvinceFacts:
    """What is known of a province.

    Attributes
    ----------
    about, province
        The nation, and the province in it.
    units
        Index code: ``name``, ``level``, ``tps`` of the province and all below.
    kabupaten
        Codes, sorted.
    frames
        By stage what it says, with the columns read; a stage with no area done is not there.
        ``place`` holds ``reason`` of each report without a place.
    gaps
        Every area of every stage that says nothing.
    digest
        SHA-256 of all that the briefing is made from, hexadecimal.
    """

    about: NationAbout
    province: ProvinceAbout
    units: pd.DataFrame = field(repr=False)
    kabupaten: tuple[str, ...]
    frames: Mapping[str, pd.DataFrame] = field(repr=False)
    gaps: tuple[Gap, ...]
    digest: str

    def name(self, code: str) -> str:
        """Return the name of a unit; its code where it has none."""
        names = self.units["name"]
        return str(names[code]) if code in names.index else code

    def gaps_of(self, stage: str) -> list[Gap]:
        """Return what a stage lacks."""
        return [gap for gap in self.gaps if gap.stage == stage]

    def level(self, stage: str, level: str, family: str | None = None) -> pd.DataFrame | None:
        """Return the rows of a level, of one family or all; None where the stage says nothing.

        Returns
        -------
        DataFrame or None
            As the stage wrote it, index from 0.
        """
        frame = self.frames.get(stage)
        if frame is None:
            return None
        mine = frame["level"].eq(level)
        if family is not None:
            mine &= frame["family"].eq(family)
        return frame[mine].reset_index(drop=True)


@dataclass(frozen=True)
class Source:
    """Where the facts of a province are.

    Attributes
    ----------
    nation, batch
        Folder of the nation, and what a batch over it wrote.
    province
        Its code.
    batched
        Codes of the provinces of the last batch.
    failed
        By "stage code" why a job of it failed.
    """

    nation: Path
    batch: Path
    province: str
    batched: tuple[str, ...]
    failed: Mapping[str, str] = field(repr=False)


class FactsReader:
    """Reads one province; what is asked of a batch job is asked of the same batch.

    What a stage wrote is used only where it was made from the files that are there now.

    Parameters
    ----------
    source
        Where the facts are.

    Raises
    ------
    SourceMissingError, FileUnreadableError, SchemaError
        When the folder holds no nation, or its files are missing or damaged.
    """

    def __init__(self, source: Source) -> None:
        self._source = source
        self._nation = NationFolder(source.nation)
        self._about = self._nation.about()
        self._results = BatchFolder(source.batch, simulasi=self._about.simulasi)
        known = set(source.batched)
        batched = tuple(one for one in self._about.provinces if one.code in known)
        # The digests of a batch hold which provinces it was over.
        self._batched = self._about.model_copy(update={"provinces": batched})
        self._kabupaten = tuple(self._nation.kabupaten(source.province))
        self._gaps = self._all_gaps()

    def facts(self) -> ProvinceFacts:
        """Return what is known of the province.

        Raises
        ------
        SourceMissingError, FileUnreadableError, SchemaError
            When files of the nation, or results that are said to be done, are missing or damaged.
        """
        code = self._source.province
        columns = ["code", "name", "level", "tps"]
        units = self._nation.read(code, "units", columns).set_index("code")
        return ProvinceFacts(
            about=self._about,
            province=next(one for one in self._about.provinces if one.code == code),
            units=units,
            kabupaten=self._kabupaten,
            frames={stage: self._frame(stage) for stage in STAGES if self._done(stage)},
            gaps=self._gaps,
            digest=self.digest,
        )

    @cached_property
    def digest(self) -> str:
        """Return the digest of the contents of all files, and of what is missing."""
        paths = [self._nation.file(self._source.province, name) for name in ("units", "desa")] + [
            self._file(stage, code) for stage in STAGES for code in self._done(stage)
        ]
        told = [
            [f"{path.parent.name}/{path.name}", file_digest(path) if path.is_file() else ""]
            for path in paths
        ]
        gaps = [[gap.stage, gap.code, gap.why, gap.reason] for gap in self._gaps]
        about = self._about.model_dump(mode="json")
        return sha256(json.dumps([about, told, gaps]).encode()).hexdigest()

    def _areas(self, stage: str) -> Sequence[str]:
        area = STAGES[stage].area
        if area == "nation":
            return (NATION,)
        return self._kabupaten if area == "kabupaten" else (self._source.province,)

    def _all_gaps(self) -> tuple[Gap, ...]:
        found = (self._gap(stage, code) for stage in STAGES for code in self._areas(stage))
        return tuple(gap for gap in found if gap is not None)

    def _gap(self, stage: str, code: str) -> Gap | None:
        job = Job(stage, code, self._source.nation, self._source.batch, self._batched)
        if self._source.province in self._source.batched and done_before(job) is not None:
            return None
        failed = self._source.failed.get(f"{stage} {code}")
        if failed is not None:
            return Gap(stage, code, "gagal", failed)
        return Gap(stage, code, "belum" if self._results.state(stage, code) is None else "lama")

    def _done(self, stage: str) -> list[str]:
        """Return the areas of a stage that are done."""
        away = {gap.code for gap in self._gaps if gap.stage == stage}
        return [code for code in self._areas(stage) if code not in away]

    def _file(self, stage: str, code: str) -> Path:
        if stage == "place":
            return self._results.file("placed", unplaced(code))
        if stage == "relative_risk_nation":
            return self._results.file("relative_risk", NATION)
        return self._results.file(stage, code)

    def _frame(self, stage: str) -> pd.DataFrame:
        columns = _COLUMNS["relative_risk" if stage == "relative_risk_nation" else stage]
        frames = []
        for code in self._done(stage):
            path = self._file(stage, code)
            frames.append(self._results.read(path.parent.name, path.stem, columns))
        return pd.concat(frames, ignore_index=True)
