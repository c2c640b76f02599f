"""One briefing per province: it says what the batch found, what it did not, and nothing else."""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable
from dataclasses import replace
from io import BytesIO
from pathlib import Path

import pandas as pd
import pytest
from pptx import Presentation
from typer.testing import CliRunner

from analytics.hotspots.relative_risk import WORDS
from analytics.nation.rows import FAMILIES
from cli import app
from data.errors import FileUnreadableError, SchemaError, SourceMissingError
from data.nation.folder import NationFolder
from data.nation.results import BatchFolder
from data.texts import LANGUAGES
from geo.errors import ParameterError
from services.briefing.deck import Deck, Figures, Grid
from services.nation.briefs import BriefsAsked, make_briefs, province_deck
from services.nation.briefs_facts import FactsReader, ProvinceFacts, Source
from services.texts import label, number, text
from tests.nation.published import quiet

CODES = ("22", "23")


def facts_of(nation: Path, batch: Path, code: str = "22") -> ProvinceFacts:
    summary = BatchFolder(batch, simulasi=True).summary()
    failed = dict(summary["failed"])
    return FactsReader(Source(nation, batch, code, tuple(summary["provinces"]), failed)).facts()


@pytest.fixture
def deck(nation_dir: Path, batch_dir: Path) -> Callable[..., Deck]:
    def made(code: str = "22", lang: str = "id", batch: Path = batch_dir) -> Deck:
        return province_deck(facts_of(nation_dir, batch, code), nation_dir, lang)

    return made


def slide(deck: Deck, key: str) -> object:
    return next(one for one in deck.slides if one.key == key)


def words_of(deck: Deck) -> str:
    return repr(deck.slides)


def test_the_figures_are_those_of_the_batch(
    nation_dir: Path, batch_dir: Path, deck: Callable[..., Deck]
) -> None:
    for code in CODES:
        found = deck(code)
        risk = pd.read_parquet(batch_dir / "relative_risk" / f"{code}.parquet")
        kecamatan = risk[risk["level"].eq("kecamatan")]
        grid = slide(found, "beda").main  # type: ignore[attr-defined]
        assert isinstance(grid, Grid)
        for family, row in zip(FAMILIES, grid.rows, strict=True):
            own = kecamatan.loc[kecamatan["family"].eq(family), "word"]
            assert row == (
                label("family", family, "id"),
                *(number(int(own.eq(word).sum()), "id") for word in WORDS),
            )
        files = (batch_dir / "risk").glob(f"{code}.*.parquet")
        tps = pd.concat(pd.read_parquet(path) for path in files)
        counts = pd.read_parquet(batch_dir / "counts" / f"{code}.parquet")
        age = pd.Timestamp("2029-02-13") - counts["day"]
        recent = counts.loc[
            counts["level"].eq("provinsi") & counts["family"].eq("konflik")
            & counts["kind"].eq("kejadian") & age.between(pd.Timedelta(0), pd.Timedelta(days=29)),
            "reports",
        ].sum()  # fmt: skip
        plans = pd.concat(
            pd.read_parquet(path) for path in (batch_dir / "plans").glob(f"{code}.*.parquet")
        )
        bad = plans["late"].gt(0) | plans["unplanned_tps"].gt(0) | ~plans["passed"]
        figures = slide(found, "ringkasan").main  # type: ignore[attr-defined]
        assert isinstance(figures, Figures)
        higher = kecamatan.loc[kecamatan["family"].eq("konflik"), "word"].eq(WORDS[0]).sum()
        high = tps["keamanan_tier"].eq("tinggi").sum()
        assert [one.value for one in figures.items] == [
            number(int(n), "id") for n in (recent, higher, high, bad.sum())
        ]
        assert len(tps) == len(NationFolder(nation_dir).read(code, "tps"))


@pytest.mark.parametrize("lang", LANGUAGES)
def test_every_slide_says_that_it_is_made_up_and_where_it_is_from(
    deck: Callable[..., Deck], lang: str
) -> None:
    found = deck(lang=lang)
    assert found.title.startswith("SIMULASI")
    for one in found.slides:
        assert one.marks == ("SIMULASI",)
        assert one.sources == text("nation_brief.source", lang)
        assert one.title
        assert not re.search(r"\{\w+\}", one.title)


def test_only_what_can_be_told_apart_has_a_rank(
    nation_dir: Path, batch_dir: Path, tmp_path: Path
) -> None:
    facts = facts_of(nation_dir, batch_dir)
    risks = facts.frames["relative_risk"]
    same = risks.assign(word=WORDS[1])
    none = replace(facts, frames={**facts.frames, "relative_risk": same})
    assert "peringkat" not in {one.key for one in province_deck(none, nation_dir, "id").slides}
    # One kecamatan far above all others, with an interval of its own.
    mine = risks["level"].eq("kecamatan") & risks["family"].eq("konflik")
    top = risks.index[mine][0]
    apart = same.copy()
    apart.loc[mine, ["median", "low", "high"]] = (1.0, 0.8, 1.2)
    apart.loc[top, ["median", "low", "high", "word"]] = (5.0, 4.0, 6.0, WORDS[0])
    some = replace(facts, frames={**facts.frames, "relative_risk": apart})
    grid = slide(province_deck(some, nation_dir, "id"), "peringkat").main  # type: ignore[attr-defined]
    assert isinstance(grid, Grid)
    assert len(grid.rows) == 1
    assert facts.name(str(risks.loc[top, "code"])) in grid.rows[0][0]
    assert grid.rows[0][-1] == "1"


@pytest.mark.parametrize(("why", "words"), [("belum", "belum dihitung"), ("lama", "berubah")])
def test_a_stage_that_is_missing_or_stale_is_said_and_is_no_zero(
    nation_dir: Path, batch_dir: Path, tmp_path: Path, why: str, words: str
) -> None:
    shutil.copytree(batch_dir, tmp_path / "b")
    for stage in ("risk", "scans"):
        for path in (tmp_path / "b" / ".state" / stage).glob("22*.json"):
            if why == "belum":
                path.unlink()
            else:
                told = re.sub(r'"digest": ?"\w+"', '"digest": "other"', path.read_text())
                path.write_text(told, encoding="utf-8")
    found = province_deck(facts_of(nation_dir, tmp_path / "b"), nation_dir, "id")
    for key in ("tps", "klaster"):
        assert words in slide(found, key).title  # type: ignore[attr-defined]
    figures = slide(found, "ringkasan").main  # type: ignore[attr-defined]
    assert figures.items[2].value == "–"
    assert words in figures.items[2].note


def test_a_stage_that_failed_says_why(nation_dir: Path, batch_dir: Path, tmp_path: Path) -> None:
    shutil.copytree(batch_dir, tmp_path / "b")
    (tmp_path / "b" / ".state" / "outlook" / "22.json").unlink()
    folder = BatchFolder(tmp_path / "b", simulasi=True)
    folder.write_summary({**folder.summary(), "failed": {"outlook 22": "disk penuh"}})
    found = slide(
        province_deck(facts_of(nation_dir, tmp_path / "b"), nation_dir, "id"), "prakiraan"
    )
    assert "gagal" in found.title  # type: ignore[attr-defined]
    assert "disk penuh" in found.notes  # type: ignore[attr-defined]


def test_the_command_makes_each_once_and_again_only_what_changed(
    nation_dir: Path, batch_dir: Path, tmp_path: Path
) -> None:
    batch, out = tmp_path / "b", tmp_path / "new" / "out"
    shutil.copytree(batch_dir, batch)
    ask = ["brief", "--all", str(nation_dir), "--batch", str(batch), "-o", str(out)]
    first = CliRunner().invoke(app, ask)
    assert first.exit_code == 0, first.output
    assert "SIMULASI: 2 briefing" in first.output
    files = sorted(out.glob("*.pptx"))
    assert [path.name[:2] for path in files] == list(CODES)
    for path in files:
        opened = Presentation(BytesIO(path.read_bytes()))
        shown = " ".join(s.text_frame.text for s in opened.slides[0].shapes if s.has_text_frame)
        assert "SIMULASI" in shown
    before = {path: path.stat().st_mtime_ns for path in files}
    counts = BatchFolder(batch, simulasi=True).read("counts", "23")
    BatchFolder(batch, simulasi=True).write("counts", "23", counts.iloc[:-1])
    again = CliRunner().invoke(app, ask)
    assert again.exit_code == 0, again.output
    changed = [path.name[:2] for path in files if path.stat().st_mtime_ns != before[path]]
    assert changed == ["23"]


def test_one_that_cannot_be_made_leaves_the_other_alone(
    nation_dir: Path, batch_dir: Path, tmp_path: Path
) -> None:
    batch, out = tmp_path / "b", tmp_path / "out"
    shutil.copytree(batch_dir, batch)
    (batch / "scans" / "22.parquet").write_bytes(b"PAR1 no more")
    ask = ["brief", "--all", str(nation_dir), "--batch", str(batch), "-o", str(out)]
    done = CliRunner().invoke(app, [*ask, "--format", "html", "--lang", "en"])
    assert done.exit_code == 1
    assert "22.parquet" in done.output
    assert [path.name[:2] for path in out.glob("*.html")] == ["23"]


def test_what_cannot_be_asked_is_refused_before_anything_is_made(
    nation_dir: Path, batch_dir: Path, tmp_path: Path
) -> None:
    asked = BriefsAsked(nation_dir, batch_dir, tmp_path)
    for wrong in ({"kind": "doc"}, {"lang": "fr"}, {"provinces": 0}):
        with pytest.raises(ParameterError):
            replace(asked, **wrong)  # type: ignore[arg-type]
    with pytest.raises(SourceMissingError):
        make_briefs(replace(asked, batch=tmp_path), quiet)
    other = tmp_path / "other"
    shutil.copytree(batch_dir, other)
    folder = BatchFolder(other, simulasi=True)
    folder.write_summary({**folder.summary(), "as_of": "2024-02-13"})
    with pytest.raises(SchemaError, match="as_of"):
        make_briefs(replace(asked, batch=other), quiet)
    (tmp_path / "file").write_text("x", encoding="utf-8")
    with pytest.raises(FileUnreadableError):
        make_briefs(replace(asked, out=tmp_path / "file"), quiet)
    assert {path.name for path in tmp_path.iterdir()} == {"other", "file"}


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (("-o", "x"), "--date"),
        (("-o", "x", "--date", "2029-02-14", "--batch", "b"), "--batch"),
        (("-o", "x", "--all", "n"), "--batch"),
        (("-o", "x", "--all", "n", "--batch", "b", "--date", "2029-02-14"), "--date"),
    ],
)
def test_options_that_do_not_go_together_are_refused(
    options: tuple[str, ...], words: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    done = CliRunner().invoke(app, ["brief", *options])
    assert done.exit_code == 2
    assert words in done.output
    assert list(tmp_path.iterdir()) == []
