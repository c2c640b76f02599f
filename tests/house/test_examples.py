"""The scripts of docs/examples run as they stand there, on files that a test makes (SIMULASI)."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import geopandas as gpd
import pytest
import shapely

ROOT = Path(__file__).resolve().parents[2]
EXAMPLES = ROOT / "docs" / "examples"
SOUND = ROOT / "tests" / "fixtures" / "plans" / "sound.json"
SIDE = 8


def run(script: str, *arguments: Path) -> str:
    done = subprocess.run(
        [sys.executable, str(EXAMPLES / script), *map(str, arguments)],
        cwd=ROOT, env=os.environ | {"PYTHONPATH": str(ROOT)}, text=True, capture_output=True,
        timeout=300, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return done.stdout


def areas(path: Path, planted: set[str]) -> Path:
    """Write squares of a tenth of a degree; the planted ones have many cases, the rest one each."""
    codes = [f"{row}.{column}" for row in range(SIDE) for column in range(SIDE)]
    squares = [
        shapely.box(106 + c / 10, -3 + r / 10, 106.1 + c / 10, -2.9 + r / 10)
        for r in range(SIDE)
        for c in range(SIDE)
    ]
    cases = [30 if code in planted else 1 for code in codes]
    frame = gpd.GeoDataFrame(
        {"code": codes, "cases": cases, "voters": 5_000}, geometry=squares, crs="EPSG:4326"
    )
    frame.to_file(path)
    return path


def test_the_hotspots_of_a_plain_frame_are_where_they_were_planted(tmp_path: Path) -> None:
    planted = {f"{row}.{column}" for row in range(3) for column in range(3)}
    out = tmp_path / "out.geojson"
    printed = run("hotspots.py", areas(tmp_path / "areas.geojson", planted), out)
    found = gpd.read_file(out).set_index("code")
    high = set(found.index[found["word"] == "lebih_tinggi"])
    assert high == planted
    assert f"{len(high)} of {SIDE * SIDE} areas have a raised risk" in printed
    assert found.loc["1.1", "rate"] == pytest.approx(30 / 5_000 * 10_000)


def test_where_all_is_alike_no_area_has_a_raised_risk(tmp_path: Path) -> None:
    printed = run("hotspots.py", areas(tmp_path / "areas.geojson", set()))
    assert "0 of 64 areas have a raised risk" in printed


def test_a_plan_is_read_audited_and_printed() -> None:
    printed = run("plan.py", SOUND)
    document = json.loads(SOUND.read_text(encoding="utf-8"))
    assert printed.startswith("audit passed\n")
    assert all(f"\n{trip['trip_id']} ({trip['mode']})" in printed for trip in document["trips"])
    least = min(row["slack_min"] for row in document["deliveries"])
    assert f"tightest delivery: {least:g} minutes" in printed


def test_a_plan_that_loads_too_much_fails_its_audit(tmp_path: Path) -> None:
    document = json.loads(SOUND.read_text(encoding="utf-8"))
    document["trips"][0]["capacity_boxes"] = 10
    document["inputs"]["fleet"][0]["capacity_boxes"] = 10
    path = tmp_path / "plan.json"
    path.write_text(json.dumps(document), encoding="utf-8")
    assert "audit FAILED" in run("plan.py", path)


@pytest.mark.parametrize("path", sorted(EXAMPLES.glob("*.py")), ids=lambda p: p.name)
def test_an_example_is_short(path: Path) -> None:
    assert len(path.read_text(encoding="utf-8").splitlines()) < 60
