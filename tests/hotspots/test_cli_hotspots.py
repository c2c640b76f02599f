"""``cli.py hotspots``: every method is written, and what cannot be asked is refused in words."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import Result
from typer.testing import CliRunner

from cli import app
from data.store.engine import Store
from services.hotspots.analysis import METHODS
from tests.conftest import copy_store

WINDOW = ("--from", "2023-01-01", "--to", "2024-12-31")


@pytest.fixture(scope="module", autouse=True)
def _var(tmp_path_factory: pytest.TempPathFactory, shipped_store: Store) -> Iterator[None]:
    """Point the commands at a store of their own; what is kept in it disturbs no other test."""
    folder = tmp_path_factory.mktemp("hotspots")
    copy_store(shipped_store, folder / "siaga.db")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SIAGA_VAR", str(folder))
        patch.delenv("DATABASE_URL", raising=False)
        yield


def run(output: Path, *arguments: str) -> Result:
    return CliRunner().invoke(app, ["hotspots", "-o", str(output), *arguments])


@pytest.mark.parametrize("method", METHODS)
def test_every_method_is_written_with_how_it_was_made(method: str, tmp_path: Path) -> None:
    path = tmp_path / "out.geojson"
    done = run(path, "--method", method, *WINDOW, "--seed", "3")
    assert done.exit_code == 0, done.output
    properties = json.loads(path.read_text(encoding="utf-8"))["features"][0]["properties"]
    assert properties["method"] == method
    assert properties["seed"] == 3
    assert properties["kind"] == "kejadian"
    assert properties["n_affairs"] > 1
    assert properties["reason"] in ({"", "few_affairs"} if method in {"gistar", "moran"} else {""})


def test_relative_risk_is_what_the_command_says_first(tmp_path: Path) -> None:
    path = tmp_path / "out.geojson"
    done = run(path, *WINDOW, "--json")
    assert done.exit_code == 0, done.output
    told = json.loads(done.output)
    assert (told["method"], told["kind"], told["by"]) == ("risk", "kejadian", "voters")
    features = json.loads(path.read_text(encoding="utf-8"))["features"]
    assert told["rows"] == len(features) == 47
    units = [feature["properties"] for feature in features]
    assert sum(unit["expected"] for unit in units) == pytest.approx(
        sum(unit["affairs"] for unit in units)
    )
    assert all(unit["low"] < unit["median"] < unit["high"] for unit in units)
    potensi = run(path, *WINDOW, "--kind", "potensi", "--by", "voters_press")
    assert potensi.exit_code == 0, potensi.output
    assert "Potensi konflik" in potensi.output
    for wrong in (("--kind", "keduanya"), ("--by", "luas"), ("--unit", "hexagon")):
        assert run(path, *wrong).exit_code == 2


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("--from", "2024-12-31", "--to", "2023-01-01"), "2024-12-31 sesudah tanggal akhir"),
        (("--from", "2030-01-01", "--to", "2030-12-31"), "Tidak ada laporan pada rentang"),
        (("--method", "scan", "--unit", "kabupaten", "--from", "2024-11-01", "--to", "2024-11-30"),
         "memuat 1 langkah waktu"),
        (("--kind", "nihil"), "kinds = "),
        (("--counted", "page"), "counted = page"),
        (("--method", "scan_space", "--keep"), "method = scan_space"),
        (("--method", "risk", "--keep"), "method = risk"),
        (("--method", "guess"), "method = guess"),
        (("--unit", "rt"), "level = rt"),
        (("--family", "perang"), "family = perang"),
        (("--weights", "none"), "weights = none"),
        (("--unit", "hexagon", "--weights", "travel_time"), "level = hexagon"),
        (("--min-affairs", "1"), "min_affairs = 1"),
        (("--min-units", "0"), "min_units = 0"),
    ],
)  # fmt: skip
def test_what_cannot_be_asked_is_refused_without_a_file(
    arguments: tuple[str, ...], says: str, tmp_path: Path
) -> None:
    path = tmp_path / "out.geojson"
    done = run(path, "--method", "gistar", *arguments)
    assert done.exit_code == 2, done.output
    assert isinstance(done.exception, SystemExit)
    assert says in done.output
    assert not path.exists()


def test_a_scan_of_what_is_alive_is_kept_once(tmp_path: Path) -> None:
    arguments = ("--method", "scan_prospective", *WINDOW)
    first, again = (run(tmp_path / f"{n}.csv", *arguments) for n in "ab")
    other = run(tmp_path / "c.csv", *arguments, "--no-keep")
    assert "Pemindaian scan-" not in other.output
    assert first.exit_code == again.exit_code == 0, first.output
    kept = next(line for line in first.output.splitlines() if line.startswith("Pemindaian scan-"))
    assert kept in again.output


def test_potensi_and_kejadian_are_never_added_up(tmp_path: Path) -> None:
    counts = {}
    for kind in ("kejadian", "potensi"):
        done = run(tmp_path / "o.csv", "--method", "density", "--kind", kind, "--json")
        counts[kind] = json.loads(done.output)["affairs"]
    assert counts["potensi"] < counts["kejadian"]


def test_a_folder_that_is_not_there_is_refused(tmp_path: Path) -> None:
    done = run(tmp_path / "no" / "out.csv", *WINDOW)
    assert done.exit_code == 2
    assert "map tujuan yang sudah ada" in done.output
