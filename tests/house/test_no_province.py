"""No code and no text of the interface names a place, a code or an election of a province."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from data.boundaries.shapes import read_units
from data.paths import shipped_dir
from data.province import province
from geo.places.parse import HEADS, PLAIN_WORDS, QUALIFIERS

ROOT = Path(__file__).resolve().parents[2]
LAYERS = ("geo", "analytics", "data", "services", "pages", "commands")
FORMATS = ("siaga-babel/plan/1", "siaga-babel/plan-settings/1")
"""Names of file formats: files that exist carry them, wherever they were made."""
NATIONAL = ("outside_places.toml", "time_zones.toml")
"""Lists of the whole country: no word of them is about this province more than another."""
EVERYDAY = {"lintang", "gudang"}
"""Names of villages that are everyday words too, beside those that `geo.places.parse` lists."""
LIBRARY = re.compile(r"^(?:from|import) babel\b.*$", re.MULTILINE)
"""Babel is also the library that writes numbers and dates."""
SHORTEST = 6
"""Letters of a name that is too long to be a part of another word."""


def names() -> list[str]:
    """Return the names of the shipped province that are too long to be anything else."""
    everyday = {*EVERYDAY, *HEADS, *PLAIN_WORDS, *QUALIFIERS}
    found = [str(name).lower() for name in read_units()["name"]]
    return [n for n in found if len(n) >= SHORTEST and not set(re.split(r"\W+", n)) <= everyday]


def traces() -> re.Pattern[str]:
    place = province()
    words = [
        *names(), *province().name.lower().split()[1:], "babel", place.time_zone_name,
        place.time_zone, place.security_pattern, *place.elections,
        *([place.replay.scenario] if place.replay else []),
    ]  # fmt: skip
    root = place.elections[place.default_election].areas[0]
    codes = rf"(?<![\d.]){root}\.\d\d(?:\.\d\d)*(?!\d)"
    every = "|".join(sorted(map(re.escape, set(words)), key=len, reverse=True))
    return re.compile(rf"(?<![a-z])(?:{every})(?![a-z])|{codes}", re.IGNORECASE)


def found_in(source: str, pattern: re.Pattern[str]) -> list[str]:
    """Return what a source says of the province, with the line it stands in."""
    for name in FORMATS:
        source = source.replace(f'"{name}"', '""')
    lines = LIBRARY.sub("", source).split("\n")
    return [f"{n}: {m[0]}" for n, line in enumerate(lines, 1) for m in pattern.finditer(line)]


def sources() -> list[Path]:
    code = [ROOT / "app.py", ROOT / "cli.py", ROOT / "serve.py"]
    for layer in LAYERS:
        code += sorted(p for end in ("py", "css", "js") for p in (ROOT / layer).rglob(f"*.{end}"))
    # Steps of the store are history: they name the columns that once were.
    code = [path for path in code if ROOT / "data" / "store" / "migrations" not in path.parents]
    return [
        *code,
        *sorted((ROOT / "data" / "ingest").glob("*.toml")),
        *sorted(ROOT.glob("data/catalogue/*")),
    ]


def test_nothing_outside_the_folder_of_a_province_names_it() -> None:
    pattern = traces()
    found = {
        str(path.relative_to(ROOT)): hits
        for path in sources()
        if path.name not in NATIONAL
        if (hits := found_in(path.read_text(encoding="utf-8"), pattern))
    }
    assert found == {}
    assert len(sources()) > 250
    assert len(names()) > 200


@pytest.mark.parametrize(
    "line",
    [
        'PROVINCE = "babel"', "# as in Bangka Selatan", 'x = "19.03"', "code 19.01.04.2004.",
        'election: str = "pemilu2024"', 'f"pilkada2024 {name}"', "# 08:15 WIB",
        'tz_convert("Asia/Jakarta")', "tps_pemilu2024", 'SHIPPED = "siaga-babel"',
        'pattern = "polres_belitung_pemilu2024"', "# tanjungpandan", "from babel_data import x",
    ],
)  # fmt: skip
def test_the_scan_finds(line: str) -> None:
    assert found_in(f"import os\n{line}\n", traces())


@pytest.mark.parametrize(
    "line",
    [
        "from babel.dates import format_date",
        'SCHEMA = "siaga-babel/plan/1"',
        "x = 119.03",
        "wide = 19.5",
        "such as 99.03.04.2004",
        "label",
        "kota tanjung",
        "weight = 0.19",
    ],
)
def test_the_scan_leaves_alone(line: str) -> None:
    assert not found_in(f"import os\n{line}\n", traces())


def test_the_folder_itself_would_be_found() -> None:
    text = (shipped_dir() / "province.toml").read_text(encoding="utf-8")
    assert len(found_in(text, traces())) > 10
