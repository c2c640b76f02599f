"""A batch on Dask: parts are the whole, nothing is lost, what is done is not done again."""

from __future__ import annotations

import json
import shutil
import signal
import sys
from collections import Counter
from pathlib import Path
from types import ModuleType

import geopandas as gpd
import pandas as pd
import pyarrow as pa
import pytest
from typer.testing import CliRunner

from analytics.nation.risk import KnownOfTps, kabupaten_risk
from cli import app
from data.errors import ClusterError, SourceMissingError
from data.nation.folder import NationFolder, is_simulated
from data.nation.results import BatchFolder
from geo.errors import ParameterError
from services.nation.batch import BatchAsked, Step, run_batch
from services.nation.stages import STAGES
from services.risk.index import default_params
from tests.nation.published import quiet
from tests.nation.scheduler import scheduler

COUNTS = ("place", "counts")
TOLD_OF_TPS = ("units", "islands", "tps", "indicators", "depots", "legs")


def reports_of(folder: NationFolder, code: str) -> pd.DataFrame:
    return pd.concat(folder.read_parts(code), ignore_index=True)


def test_every_report_is_placed_once_or_kept_with_its_reason(
    nation_dir: Path, batch_dir: Path
) -> None:
    folder = NationFolder(nation_dir)
    for province in folder.about().provinces:
        files = sorted((batch_dir / "placed").glob(f"{province.code}*.parquet"))
        found = pd.concat([pd.read_parquet(path) for path in files])
        told = reports_of(folder, province.code)
        assert Counter(found["report_id"]) == Counter(told["report_id"])
        unplaced = found[found["place_code"].eq("")]
        assert len(unplaced) > 0
        assert unplaced["reason"].ne("").all()
        kept = {path.stem: len(pd.read_parquet(path)) for path in files}
        assert kept[f"{province.code}-unplaced"] == len(unplaced)
        assert all(is_simulated(path) for path in files)
        # The whole at once with geopandas, which knows nothing of partitions.
        points = told[told["lon"].notna()]
        joined = gpd.GeoDataFrame(
            points[["report_id", "unit_code"]],
            geometry=gpd.points_from_xy(points["lon"], points["lat"], crs="EPSG:4326"),
        ).sjoin(folder.read(province.code, "desa"), predicate="intersects")
        inside = [
            code if not named or f"{code}.".startswith(f"{named}.") else ""
            for code, named in zip(joined["code"], joined["unit_code"], strict=True)
        ]
        known = joined["unit_code"].isin(["", *folder.read(province.code, "units")["code"]])
        expected = pd.Series(inside, index=joined["report_id"]).where(known.to_numpy(), "")
        mine = found.set_index("report_id")["place_code"].reindex(expected.index)
        assert mine.eq(expected).all()


def test_counts_add_up_to_the_reports_of_the_province(nation_dir: Path, batch_dir: Path) -> None:
    folder = NationFolder(nation_dir)
    for province in folder.about().provinces:
        counts = pd.read_parquet(batch_dir / "counts" / f"{province.code}.parquet")
        unplaced = pd.read_parquet(batch_dir / "placed" / f"{province.code}-unplaced.parquet")
        top = counts.loc[counts["level"].eq("provinsi"), "reports"].sum()
        assert top + len(unplaced) == province.reports


def test_one_province_alone_is_the_same_as_among_others(
    nation_dir: Path, batch_dir: Path, tmp_path: Path
) -> None:
    run_batch(BatchAsked(nation_dir, tmp_path, provinces=1), quiet)
    for path in sorted(tmp_path.glob("*/22*.parquet")):
        if path.parent.name == "plans":
            continue  # holds how long the search took
        one, all_ = pd.read_parquet(path), pd.read_parquet(batch_dir / path.relative_to(tmp_path))
        pd.testing.assert_frame_equal(one, all_)


def test_what_is_done_is_not_done_again_until_its_input_changes(
    nation_dir: Path, tmp_path: Path
) -> None:
    source, out = tmp_path / "source", tmp_path / "out"
    shutil.copytree(nation_dir, source)
    asked = BatchAsked(source, out, stages=("counts",))
    first, again = run_batch(asked, quiet), run_batch(asked, quiet)
    assert (first.jobs, first.known, again.known) == (4, 0, 4)
    folder = NationFolder(source)
    reports = reports_of(folder, "22").iloc[:100]
    folder.write("22", "reports", reports, simulasi=True)
    changed = run_batch(asked, quiet)
    assert changed.known == 2
    counts = pd.read_parquet(out / "counts" / "22.parquet")
    unplaced = pd.read_parquet(out / "placed" / "22-unplaced.parquet")
    assert counts.loc[counts["level"].eq("provinsi"), "reports"].sum() + len(unplaced) == 100
    folder.write("22", "reports", reports.head(0), simulasi=True)
    assert run_batch(asked, quiet).failed == {}
    assert pd.read_parquet(out / "counts" / "22.parquet").empty
    assert all(pd.read_parquet(path).empty for path in out.glob("placed/22*.parquet"))
    state = out / ".state" / "counts" / "23.json"
    state.write_text("{", encoding="utf-8")
    assert run_batch(asked, quiet).known == 3


def test_a_province_that_cannot_be_read_leaves_the_others_alone(
    nation_dir: Path, tmp_path: Path
) -> None:
    source, out = tmp_path / "source", tmp_path / "out"
    shutil.copytree(nation_dir, source)
    (source / "22" / "reports.parquet").write_bytes(b"PAR1 no more")
    done = CliRunner().invoke(app, ["batch", str(source), "-o", str(out), "--stage", "counts"])
    assert done.exit_code == 1
    assert "place 22: Berkas reports.parquet tidak dapat dipakai" in done.output
    assert (out / "counts" / "23.parquet").exists()
    assert not (out / "counts" / "22.parquet").exists()
    assert set(json.loads((out / "batch.json").read_text())["failed"]) == {"place 22", "counts 22"}


def test_a_worker_that_is_killed_loses_nothing(
    nation_dir: Path, batch_dir: Path, tmp_path: Path
) -> None:
    out = tmp_path / "out"
    killed: list[int] = []
    with scheduler(tmp_path) as dask:

        def kill_one(_step: Step) -> None:
            if not killed:
                killed.append(dask.workers[0].pid)
                dask.workers[0].send_signal(signal.SIGKILL)

        done = run_batch(BatchAsked(nation_dir, out, dask.address), kill_one)
        assert dask.workers[0].wait(timeout=20) == -signal.SIGKILL
        assert dask.workers[1].poll() is None
    assert killed
    assert done.failed == {}
    named = {path.relative_to(batch_dir) for path in batch_dir.glob("*/*.parquet")}
    assert named == {path.relative_to(out) for path in out.glob("*/*.parquet")}
    for name in sorted(named):
        if name.parent.name != "plans":
            one, other = pd.read_parquet(batch_dir / name), pd.read_parquet(out / name)
            pd.testing.assert_frame_equal(one, other)
    assert not list(out.glob(".parts/*/*"))


def _write_half(folder: BatchFolder, rows: pd.DataFrame) -> None:
    with folder.split("placed", "22") as split:
        split.add("22.02", rows)
        split.add("22.01", rows.head(1))
        split.add("22.01", pd.DataFrame({"n": ["no number"]}))


def test_workers_do_not_run_what_the_command_was_started_with(
    nation_dir: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    entry = ModuleType("__main__")
    entry.__file__ = str(tmp_path / "entry.py")
    (tmp_path / "entry.py").write_text("raise SystemExit('run again')", encoding="utf-8")
    monkeypatch.setitem(sys.modules, "__main__", entry)
    done = run_batch(BatchAsked(nation_dir, tmp_path / "out", stages=("place",)), quiet)
    assert (done.jobs, done.failed) == (2, {})
    assert sys.modules["__main__"] is entry


def test_rows_that_were_being_written_when_a_process_died_are_never_seen(tmp_path: Path) -> None:
    folder = BatchFolder(tmp_path, simulasi=True)
    rows = pd.DataFrame({"n": [1, 2]})
    with folder.split("placed", "22") as split:
        split.add("22.01", rows)
    with pytest.raises(pa.ArrowInvalid):
        _write_half(folder, rows)
    assert list(folder.read("placed", "22.01")["n"]) == [1, 2]
    assert not folder.file("placed", "22.02").exists()
    with folder.split("placed", "22") as split:
        split.add("22.01", rows.head(0))
    assert len(folder.read("placed", "22.01")) == 0


def test_what_cannot_be_asked_is_refused(nation_dir: Path, tmp_path: Path) -> None:
    with pytest.raises(ParameterError, match="place, counts"):
        BatchAsked(nation_dir, tmp_path, stages=("nothing",))
    with pytest.raises(ParameterError):
        BatchAsked(nation_dir, tmp_path, provinces=0)
    with pytest.raises(SourceMissingError):
        run_batch(BatchAsked(tmp_path, tmp_path), quiet)
    with pytest.raises(ClusterError):
        run_batch(BatchAsked(nation_dir, tmp_path, "tcp://127.0.0.1:1"), quiet)
    with pytest.raises(SourceMissingError):
        BatchFolder(tmp_path, simulasi=True).summary()


def test_every_stage_says_something_of_every_area(nation_dir: Path, batch_dir: Path) -> None:
    folder = NationFolder(nation_dir)
    codes = [province.code for province in folder.about().provinces]
    parts = [code for province in codes for code in folder.kabupaten(province)]
    areas = {"province": codes, "kabupaten": parts}
    for name in ("counts", "relative_risk", "scans", "outlook", "risk", "plans"):
        for code in areas[STAGES[name].area]:
            assert is_simulated(batch_dir / name / f"{code}.parquet")
    assert (batch_dir / "relative_risk" / "nation.parquet").is_file()
    assert {path.stem for path in (batch_dir / "plans").glob("*.json")} == set(parts)
    for code in codes:
        tps = folder.read(code, "tps")
        rated = pd.concat(pd.read_parquet(path) for path in (batch_dir / "risk").glob(f"{code}.*"))
        assert Counter(rated["tps_id"]) == Counter(tps["tps_id"])
        assert rated["keamanan"].notna().any()
        planned = pd.concat(
            pd.read_parquet(batch_dir / "plans" / f"{kabupaten}.parquet")
            for kabupaten in folder.kabupaten(code)
        )
        assert list(planned["kabupaten"]) == folder.kabupaten(code)
        on_time = planned["unplanned_tps"].eq(0) & planned["late"].eq(0)
        assert planned.loc[planned["passed"], "faults"].eq(0).all()
        assert on_time[planned["passed"]].all()
        assert on_time.any()
        found = pd.read_parquet(batch_dir / "outlook" / f"{code}.parquet")
        assert set(found["code"].str.slice(0, 2)) == {code}


def test_the_risk_of_a_kabupaten_by_parts_is_that_of_the_whole_province(
    nation_dir: Path, batch_dir: Path
) -> None:
    folder = NationFolder(nation_dir)
    about = folder.about()
    known = {name: folder.read("22", name) for name in TOLD_OF_TPS}
    files = sorted((batch_dir / "placed").glob("22*.parquet"))
    placed = pd.concat([pd.read_parquet(path) for path in files], ignore_index=True)
    for code in folder.kabupaten("22"):
        whole = kabupaten_risk(
            code, KnownOfTps(**known, placed=placed), about.as_of, about.voting_date,
            default_params(),
        )  # fmt: skip
        found = pd.read_parquet(batch_dir / "risk" / f"{code}.parquet")
        pd.testing.assert_frame_equal(found, whole)


def test_a_stage_that_is_asked_otherwise_is_done_again(
    nation_dir: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = BatchAsked(nation_dir, tmp_path, stages=("outlook",))
    assert run_batch(asked, quiet).known == 0
    other = STAGES["outlook"]._replace(asked=lambda: 31)
    monkeypatch.setitem(STAGES, "outlook", other)
    again = run_batch(asked, quiet)
    assert (again.jobs, again.known) == (4, 2)


def test_each_stage_stands_behind_what_it_waits_for() -> None:
    names = list(STAGES)
    for name, stage in STAGES.items():
        assert stage.after is None or names.index(stage.after) < names.index(name)
