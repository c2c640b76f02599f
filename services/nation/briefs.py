"""One briefing per province from the results of a batch over a nation, on Dask as the batch."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from time import perf_counter, process_time

from data.briefing.template import read_template
from data.clock import now
from data.errors import SchemaError
from data.export import require_writable, write_file
from data.nation.cluster import Task, carry_out, peak_mib, process_name, workers
from data.nation.folder import NationAbout, NationFolder, ProvinceAbout
from data.nation.results import BatchFolder, Done
from data.texts import LANGUAGES
from geo.errors import ParameterError, SiagaError
from services.briefing.deck import Deck, GeoJson, Slide
from services.briefing.fit import check_fit
from services.briefing.make import HTML, PDF, PPTX, SUFFIXES, deck_file
from services.briefing.slides.fitted import fitted
from services.nation.briefs_closing import distribution, outlook, tps, unknown
from services.nation.briefs_facts import FactsReader, ProvinceFacts, Source
from services.nation.briefs_map import land_of, map_level
from services.nation.briefs_slides import clusters, ranking, risk_on_map, summary, told_apart
from services.nation.briefs_words import Teller
from services.nation.words import SIMULASI
from services.texts import text

KINDS = (PPTX, PDF, HTML)
_VERSION = 1
"""Raised when the slides say something else of the same results."""
_STAGE = "brief"


@dataclass(frozen=True)
class BriefsAsked:
    """What to make.

    Attributes
    ----------
    nation, batch, out
        Folder of the nation, what a batch over it wrote, and where to write.
    kind
        One of `KINDS`.
    lang
        One of `data.texts.LANGUAGES`.
    office
        Who makes them; empty: the office of the template.
    provinces
        How many provinces of the folder, the first ones; None: all.
    scheduler
        Address of a Dask scheduler whose workers see all folders; None: processes here.
    """

    nation: Path
    batch: Path
    out: Path
    kind: str = PPTX
    lang: str = LANGUAGES[0]
    office: str = ""
    provinces: int | None = None
    scheduler: str | None = None

    def __post_init__(self) -> None:
        if self.kind not in KINDS:
            raise ParameterError("format", self.kind, ", ".join(KINDS))
        if self.lang not in LANGUAGES:
            raise ParameterError("lang", self.lang, ", ".join(LANGUAGES))
        if self.provinces is not None and self.provinces < 1:
            raise ParameterError("provinces", self.provinces, "1 or more")


@dataclass(frozen=True)
class BriefStep:
    """A briefing that ended: how many have of how many, of which province, and its file.

    Attributes
    ----------
    known
        Whether it was there already, made from the same results.
    """

    done: int
    of: int
    province: ProvinceAbout
    path: Path
    known: bool = False
    error: Exception | None = None


@dataclass(frozen=True, eq=False)
class BriefsDone:
    """What became of all.

    Attributes
    ----------
    paths
        Of the briefings that are there, by code of their province.
    known
        How many were there before.
    failed
        By code of the province: why.
    seconds
        On the clock on the wall.
    peak_mib
        Sum over the processes of the most memory that each had.
    simulasi
        Whether the nation is made up.
    """

    paths: Mapping[str, Path]
    known: int
    failed: Mapping[str, Exception]
    seconds: float
    peak_mib: float
    simulasi: bool


@dataclass(frozen=True)
class BriefJob:
    """The briefing of one province: what a worker is sent.

    Attributes
    ----------
    asked
        What all are asked with.
    source
        Where its facts are.
    province
        Which it is.
    simulasi
        Whether the nation is made up.
    """

    asked: BriefsAsked
    source: Source
    province: ProvinceAbout
    simulasi: bool

    @property
    def path(self) -> Path:
        """Name of the file: code, name, language."""
        words = re.sub(r"[^a-z0-9]+", "-", self.province.name.lower()).strip("-")
        name = f"{self.province.code}-{words}-{self.asked.lang}"
        return self.asked.out / f"{name}{SUFFIXES[self.asked.kind]}"

    @property
    def state(self) -> BatchFolder:
        """Where it is kept what files were made from."""
        return BatchFolder(self.asked.out, simulasi=self.simulasi)


@dataclass(frozen=True)
class _Made:
    """How a job ended: whether its file was there before, and the memory of its process."""

    known: bool
    peak_mib: float
    process: str


def make_briefs(asked: BriefsAsked, told: Callable[[BriefStep], None]) -> BriefsDone:
    """Make a briefing of each province; one that fails leaves the others alone.

    A briefing that is there already, made from the same results, is not made again.

    Parameters
    ----------
    asked
        What to make.
    told
        Called with each briefing that ends.

    Raises
    ------
    SourceMissingError, FileUnreadableError
        When a folder holds no nation, or no batch has ended in the other.
    SchemaError
        When the batch was over another nation.
    FileUnreadableError
        When the folder to write to cannot be written to.
    ClusterError
        When no scheduler answers.
    """
    began = perf_counter()
    about = NationFolder(asked.nation).about()
    jobs = {job.province.code: job for job in _jobs(asked, about)}
    BatchFolder(asked.out, simulasi=about.simulasi).make()
    for job in jobs.values():
        require_writable(job.path)
    paths: dict[str, Path] = {}
    failed: dict[str, Exception] = {}
    memory: dict[str, float] = {}
    known = 0
    tasks = [Task(code, do_brief, job, (), job.province.desa) for code, job in jobs.items()]
    with workers(asked.scheduler) as client:
        for one in carry_out(client, tasks):
            job = jobs[one.key]
            if one.error is None:
                paths[one.key] = job.path
                known += one.result.known
                memory[one.result.process] = one.result.peak_mib
            else:
                failed[one.key] = one.error
            step = BriefStep(
                len(paths) + len(failed), len(jobs), job.province, job.path,
                one.error is None and one.result.known, failed.get(one.key),
            )  # fmt: skip
            told(step)
    for error in failed.values():
        if not isinstance(error, SiagaError):
            raise error  # a fault of the product is not hidden among those of files
    peak = sum(memory.values()) + peak_mib()
    return BriefsDone(paths, known, failed, perf_counter() - began, peak, about.simulasi)


def _jobs(asked: BriefsAsked, about: NationAbout) -> list[BriefJob]:
    batch = BatchFolder(asked.batch, simulasi=about.simulasi).summary()
    _require_same(asked, about, batch)
    own = {one.code for one in about.provinces}
    batched = tuple(code for code in batch.get("provinces", ()) if code in own)
    failed = dict(batch.get("failed", {}))
    return [
        BriefJob(
            asked,
            Source(asked.nation, asked.batch, province.code, batched, failed),
            province,
            about.simulasi,
        )
        for province in about.provinces[: asked.provinces]
    ]


def _require_same(asked: BriefsAsked, about: NationAbout, batch: Mapping[str, object]) -> None:
    """Refuse a batch over another nation: its figures would stand under names not theirs."""
    own = {"simulasi": about.simulasi, "as_of": about.as_of.isoformat()}
    faults = [
        f"{name}: {batch.get(name)}, {asked.nation.name}: {value}"
        for name, value in own.items()
        if batch.get(name) != value
    ]
    if faults:
        raise SchemaError(str(asked.batch), faults)


def do_brief(job: BriefJob) -> _Made:
    """Make a briefing, or find that it is made: what a worker calls."""
    asked, began, busy = job.asked, perf_counter(), process_time()
    reader = FactsReader(job.source)
    told = json.dumps([_VERSION, reader.digest, asked.kind, asked.lang, asked.office])
    digest = sha256(told.encode()).hexdigest()
    key = f"{job.province.code}-{asked.lang}-{asked.kind}"
    before = job.state.state(_STAGE, key)
    known = before is not None and before.digest == digest and job.path.is_file()
    if not known:
        deck = province_deck(reader.facts(), asked.nation, asked.lang, asked.office)
        write_file(job.path, deck_file(asked.kind, deck))
        done = Done(
            digest, perf_counter() - began, len(deck.slides), peak_mib(), process_time() - busy
        )
        job.state.keep_state(_STAGE, key, done)
    return _Made(known, peak_mib(), process_name())


def province_deck(facts: ProvinceFacts, nation: Path, lang: str, office: str = "") -> Deck:
    """Return the briefing of a province in a language.

    Parameters
    ----------
    facts
        What is known of it.
    nation
        Folder of the nation, for the land.
    lang
        One of `data.texts.LANGUAGES`.
    office
        Who makes it; empty: the office of the template.

    Raises
    ------
    DoesNotFitError
        When something on a slide has no room.
    GeometryError
        When the desa of the province are no valid coverage.
    """
    to = Teller(facts, lang)
    level = map_level(len(facts.kabupaten))
    land = land_of(nation, facts.province.code, level, facts.units["name"])
    mark = f"{SIMULASI} · " if facts.about.simulasi else ""
    deck = fitted(
        Deck(
            title=mark + text("nation_brief.deck", lang, name=facts.province.name),
            as_of=facts.about.as_of,
            held_on=facts.about.as_of,
            date_basis="",
            made_at=now(),
            office=office or read_template().office,
            digest=facts.digest,
            lang=lang,
            slides=_slides(to, land),
            land={level: land},
            ground={"type": "FeatureCollection", "features": []},
        )
    )
    check_fit(deck)
    return deck


def _slides(to: Teller, land: GeoJson) -> tuple[Slide, ...]:
    found = (
        summary(to), risk_on_map(to, land), told_apart(to), ranking(to), clusters(to), outlook(to),
        tps(to), distribution(to), unknown(to),
    )  # fmt: skip
    return tuple(slide for slide in found if slide is not None)
