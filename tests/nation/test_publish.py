"""Publishing places and results: all or nothing, again is the same, and what is refused."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from pathlib import Path

import pandas as pd
import pytest
import shapely
from typer.testing import CliRunner

from cli import app
from data.errors import RightError, SchemaError, SourceMissingError
from data.nation.connection import nation_connection, reading
from data.nation.errors import NationError
from data.nation.folder import NationFolder, write_parquet
from data.nation.publish_places import publish_places, publish_results
from data.nation.results import BatchFolder
from data.nation.tables import revisions
from data.nation.views import nation_state
from data.store.engine import Store
from data.store.ledger.acts import Actor, acting
from geo.boundaries.levels import TOLERANCES
from geo.codes import LEVELS
from geo.errors import GeometryError
from services.nation.publish import publish_batch, publish_nation
from tests.nation.postgis import temporary_nation
from tests.nation.published import placed_reports, quiet, write_risks

pytestmark = pytest.mark.postgres
RISK = {"tps_id": "", "desa_code": "", "keamanan": 1.0, "keamanan_tier": "tinggi",
        "logistik": 1.0, "logistik_tier": "rendah"}  # fmt: skip


@pytest.fixture(scope="module")
def store() -> Iterator[Store]:
    with temporary_nation() as opened:
        yield opened


@pytest.fixture
def published(store: Store, nation_dir: Path) -> Store:
    publish_places(store, NationFolder(nation_dir), quiet)
    return store


def _rows(store: Store, query: str) -> list[tuple[object, ...]]:
    with nation_connection(store) as connection:
        return connection.execute(query.encode()).fetchall()


def test_everything_of_the_folder_stands_in_the_tables(published: Store, nation_dir: Path) -> None:
    folder = NationFolder(nation_dir)
    codes = [province.code for province in folder.about().provinces]
    units = pd.concat([folder.read(code, "units") for code in codes])
    found = pd.DataFrame(
        _rows(published, "SELECT code, level, parent_code, name, voters, tps FROM nation.units"),
        columns=["code", "level", "parent_code", "name", "voters", "tps"],
    )
    wanted = units[list(found.columns)].sort_values("code").reset_index(drop=True)
    found = found.sort_values("code").reset_index(drop=True)
    pd.testing.assert_frame_equal(found, wanted, check_dtype=False)
    shapes = dict(_rows(published, "SELECT detail, count(*) FROM nation.shapes GROUP BY 1"))
    assert shapes == dict.fromkeys(range(len(TOLERANCES)), len(units))
    tps = sum(len(folder.read(code, "tps")) for code in codes)
    assert _rows(published, "SELECT count(*) FROM nation.tps") == [(tps,)]
    # Detail 0 is the coverage of the files, point by point.
    desa = pd.concat([folder.read(code, "desa") for code in codes]).set_index("code").geometry
    stored = _rows(
        published,
        "SELECT code, ST_AsBinary(geom) FROM nation.shapes WHERE detail = 0 AND level = 'desa'",
    )
    assert len(stored) == len(desa)
    for code, wkb in stored:
        assert shapely.equals_exact(shapely.from_wkb(wkb), desa[code])
    with reading(published) as connection:
        state = nation_state(connection)
    assert state.simulasi
    assert state.as_of == folder.about().as_of
    assert state.has("units")


def test_in_every_detail_and_level_neighbours_meet(published: Store) -> None:
    for detail in range(len(TOLERANCES)):
        for level in LEVELS:
            query = f"""SELECT ST_AsBinary(geom) FROM nation.shapes
                WHERE detail = {detail} AND level = '{level}'"""
            shapes = shapely.from_wkb([wkb for (wkb,) in _rows(published, query)])
            assert shapely.coverage_is_valid(shapes)
            assert not shapely.is_empty(shapes).any()


def test_again_is_the_same_and_one_more_publication(store: Store, nation_dir: Path) -> None:
    first = publish_places(store, NationFolder(nation_dir), quiet)
    before = revisions_of(store)
    again = publish_places(store, NationFolder(nation_dir), quiet)
    assert (again.sha256, again.rows) == (first.sha256, first.rows)
    assert again.publication_id > first.publication_id
    for name in ("units", "shapes", "tps"):
        assert revisions_of(store)[name] == before[name] + 1
    last = _rows(
        store,
        "SELECT what, account, sha256, rows FROM nation.publications ORDER BY id DESC LIMIT 1",
    )[0]
    assert last == ("places", "setempat", again.sha256, sum(again.rows.values()))


def revisions_of(store: Store) -> dict[str, int]:
    with reading(store) as connection:
        return revisions(connection)


def test_what_fails_changes_nothing(published: Store, nation_dir: Path, tmp_path: Path) -> None:
    before = revisions_of(published), _rows(published, "SELECT count(*) FROM nation.shapes")
    broken = tmp_path / "nation"
    shutil.copytree(nation_dir, broken)
    folder = NationFolder(broken)
    code = folder.about().provinces[-1].code
    desa = folder.read(code, "desa")
    desa.geometry = desa.geometry.where(desa.index != 0, desa.geometry.iloc[0].buffer(0.01))
    folder.write(code, "desa", desa, simulasi=True)
    with pytest.raises(GeometryError):
        publish_places(published, folder, quiet)
    folder.file(code, "desa").unlink()
    with pytest.raises(SourceMissingError):
        publish_places(published, folder, quiet)
    with pytest.raises(SourceMissingError):
        publish_nation(published, tmp_path / "absent", quiet)
    assert before == (
        revisions_of(published), _rows(published, "SELECT count(*) FROM nation.shapes")
    )  # fmt: skip


def test_only_an_admin_publishes(published: Store, nation_dir: Path, tmp_path: Path) -> None:
    for role in ("pembaca", "operator", "verifikator", "perencana"):
        with acting(Actor("kpu.1", "KPU", role)), pytest.raises(RightError):
            publish_places(published, NationFolder(nation_dir), quiet)
        with acting(Actor("kpu.1", "KPU", role)), pytest.raises(RightError):
            publish_results(published, tmp_path, quiet)


def test_results_stand_beside_the_places(
    published: Store, nation_dir: Path, tmp_path: Path
) -> None:
    folder = NationFolder(nation_dir)
    write_risks(folder, placed_reports(folder), tmp_path)
    kabupaten = folder.kabupaten("22")[0]
    tps = folder.read("22", "tps")
    own = tps[tps["desa_code"].str.startswith(f"{kabupaten}.")]
    out = BatchFolder(tmp_path, simulasi=True)
    out.write("risk", kabupaten, own[["tps_id", "desa_code"]].assign(**{
        name: value for name, value in RISK.items() if name not in ("tps_id", "desa_code")
    }))  # fmt: skip
    done = publish_results(published, tmp_path, quiet)
    assert done.rows["tps"] == len(own)
    assert _rows(published, "SELECT count(*) FROM nation.tps WHERE keamanan = 'tinggi'") == [
        (len(own),)
    ]
    wholes = {whole for (whole,) in _rows(published, "SELECT DISTINCT whole FROM nation.figures")}
    assert wholes == {"", "22", "23"}
    file = out.read("relative_risk", "22").sort_values(["level", "code", "family"])
    stored = _rows(
        published,
        """SELECT median, word FROM nation.figures WHERE whole = '22'
        ORDER BY level COLLATE "C", code, family COLLATE "C" """,
    )
    assert [word for _, word in stored] == file["word"].tolist()
    assert [median for median, _ in stored] == pytest.approx(file["median"].tolist())
    # What a later batch has not done is not left over from an earlier one.
    shutil.rmtree(tmp_path / "risk")
    publish_results(published, tmp_path, quiet)
    assert _rows(published, "SELECT count(*) FROM nation.tps WHERE keamanan <> ''") == [(0,)]


@pytest.mark.parametrize("fault", ["unit", "tps", "real", "column"])
def test_results_of_something_else_are_refused(
    published: Store, nation_dir: Path, tmp_path: Path, fault: str
) -> None:
    folder = NationFolder(nation_dir)
    write_risks(folder, placed_reports(folder), tmp_path)
    publish_results(published, tmp_path, quiet)
    before = _rows(published, "SELECT count(*), sum(median) FROM nation.figures")
    out = BatchFolder(tmp_path, simulasi=True)
    risks = out.read("relative_risk", "22")
    path = out.file("relative_risk", "22")
    if fault == "unit":
        write_parquet(path, risks.assign(code="99" + risks["code"].str.slice(2)), simulasi=True)
    elif fault == "tps":
        out.write("risk", "22.01", pd.DataFrame([{**RISK, "tps_id": "none"}]))
    elif fault == "real":
        write_parquet(path, risks, simulasi=False)
    else:
        write_parquet(path, risks.drop(columns="word"), simulasi=True)
    with pytest.raises(SchemaError):
        publish_results(published, tmp_path, quiet)
    assert _rows(published, "SELECT count(*), sum(median) FROM nation.figures") == before


def test_a_store_without_a_nation_says_what_is_missing(nation_dir: Path, tmp_path: Path) -> None:
    file = Store.open(f"sqlite:///{tmp_path / 'siaga.db'}")
    with pytest.raises(NationError, match="sqlite"):
        publish_places(file, NationFolder(nation_dir), quiet)
    file.close()


def test_commands(
    published: Store, nation_dir: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("services.prepare.open_prepared", lambda: published)
    run = CliRunner().invoke(app, ["nation", "places", str(nation_dir)])
    assert run.exit_code == 0, run.output
    assert "2 dari 2: provinsi 23" in run.output
    assert "Terbit sebagai" in run.output
    missing = CliRunner().invoke(app, ["nation", "figures", str(tmp_path / "absent")])
    assert missing.exit_code == 2
    out = tmp_path / "out"
    folder = NationFolder(nation_dir)
    write_risks(folder, placed_reports(folder), out)
    BatchFolder(out, simulasi=True).write_summary({})
    run = CliRunner().invoke(app, ["nation", "figures", str(out)])
    assert run.exit_code == 0, run.output
    assert (
        "Belum dihitung dalam folder itu: prakiraan, rencana distribusi, kerawanan TPS"
        in run.output
    )
    as_json = CliRunner().invoke(app, ["nation", "figures", str(out), "--json"])
    assert json.loads(as_json.output)["rows"]["figures"] > 0
    assert publish_batch(published, out, quiet).rows["outlook"] == 0
