"""province.toml: read and checked key by key, and every key explained."""

from __future__ import annotations

import re
from datetime import date
from pathlib import Path
from typing import Any, get_args

import pytest
import tomli_w
from pydantic import BaseModel
from typer.testing import CliRunner

from cli import app
from data.errors import FileUnreadableError, SchemaError, SourceMissingError
from data.ingest.values.dates import parse_date, parse_moment
from data.ingest.words import expected, reasons
from data.province import Province, elections_frame, province, read_province
from data.texts import catalogue
from services.explain import explain
from tests.conftest import ROOT

PAGE = ROOT / "docs" / "province.md"
SOUND: dict[str, Any] = {
    "name": "Contoh", "short_name": "Contoh", "time_zone": "Asia/Jayapura",
    "time_zone_name": "WIT", "default_election": "e", "search_example": "Desa 1",
    "security_pattern": "p", "security_pattern_name": "Polres",
    "elections": {
        "e": {
            "name": {"id": "E", "en": "E"}, "voting_date": "2031-02-14", "areas": ["99"],
            "contests": ["ppwp"], "kits": {"booths": 4, "ink": 2, "reserve_pct": 2.0},
        }
    },
}  # fmt: skip


def put(folder: Path, raw: dict[str, Any]) -> Path:
    path = folder / "province.toml"
    path.write_text(tomli_w.dumps(raw), encoding="utf-8")
    return path


def test_what_a_file_leaves_out_is_nothing(tmp_path: Path) -> None:
    found = read_province(put(tmp_path, SOUND))
    assert (found.replay, found.replayable, found.default) == (None, (), False)
    assert str(found.zone) == "UTC+09:00"


def election(**changes: Any) -> dict[str, Any]:
    return {"elections": {"e": SOUND["elections"]["e"] | changes}}


@pytest.mark.parametrize(
    ("changed", "key", "said"),
    [
        ({"time_zone": "Asia/Tempat"}, "time_zone", "IANA"),
        ({"time_zone": "Europe/Paris"}, "time_zone", "daylight saving"),
        ({"time_zone_name": "wit"}, "time_zone_name 'wit'", "pattern"),
        ({"default_election": "x"}, "default_election 'x'", "expected e"),
        ({"nama": "x"}, "nama 'x'", "not permitted"),
        ({"name": "a {b}"}, "name 'a {b}'", "pattern"),
        (election(contests=["ppwp", "lurah"]), "elections.e.contests", "ppwp, dpr"),
        (election(contests=[]), "elections.e.contests []", "at least 1"),
        (
            election(kits={"ink": 2, "reserve_pct": 2}),
            "elections.e.kits.booths nothing",
            "required",
        ),
        (election(voting_date="kapan"), "elections.e.voting_date 'kapan'", "date"),
    ],
)
def test_a_fault_names_file_key_value_and_what_was_expected(
    tmp_path: Path, changed: dict[str, Any], key: str, said: str
) -> None:
    with pytest.raises(SchemaError) as caught:
        read_province(put(tmp_path, SOUND | changed))
    assert "province.toml" in caught.value.table
    fault = "; ".join(caught.value.faults)
    assert key in fault
    assert said in fault


def test_all_faults_come_at_once_and_a_file_that_is_none_is_refused(tmp_path: Path) -> None:
    raw = {k: v for k, v in SOUND.items() if k not in ("name", "short_name")}
    with pytest.raises(SchemaError) as caught:
        read_province(put(tmp_path, raw))
    assert len(caught.value.faults) == 2
    with pytest.raises(SourceMissingError):
        read_province(tmp_path / "absent" / "province.toml")
    broken = tmp_path / "broken.toml"
    broken.write_text("name = ", encoding="utf-8")
    with pytest.raises(FileUnreadableError):
        read_province(broken)


def keys(model: type[BaseModel]) -> set[str]:
    """Return the names of all keys of a model and of the models inside it."""
    found = set(model.model_fields)
    for field in model.model_fields.values():
        for kind in (field.annotation, *get_args(field.annotation)):
            if isinstance(kind, type) and issubclass(kind, BaseModel):
                found |= keys(kind)
    return found


def test_every_key_is_explained() -> None:
    explained = set(re.findall(r"`([a-z_]+)`", PAGE.read_text(encoding="utf-8")))
    assert sorted(keys(Province) - explained) == []
    assert {"reserve_pct", "last_mile", "intro", "time_zone_name"} <= keys(Province)


def test_texts_name_the_province_its_zone_and_its_elections() -> None:
    words = catalogue()
    assert words["election.pemilu2024"] == {"id": "Pemilu 2024", "en": "General election 2024"}
    assert "Siaga Babel" in words["manifest.footer"]["id"]
    gaps = ("{zone}", "{province}", "{search_example}", "_note}")
    left = [
        key for key, by in words.items() for text in by.values() if any(g in text for g in gaps)
    ]
    assert left == []


def test_the_table_of_elections_is_made_of_it() -> None:
    frame = elections_frame().set_index("election")
    assert frame["contests"].to_dict() == {
        key: len(one.contests) for key, one in province().elections.items()
    }
    assert frame.loc["pilkada_ulang2025", "area_codes"] == "19.01|19.71"


def test_a_province_that_is_not_there_is_said_in_words(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SIAGA_SHIPPED", str(tmp_path))
    monkeypatch.setenv("SIAGA_PROVINCE", "antah")
    with pytest.raises(SourceMissingError) as caught:
        province()
    assert "antah/province.toml" in explain(caught.value)


@pytest.mark.parametrize("words", [["check"], ["match", "Toboali"], ["plans"], ["risk"]])
def test_no_command_works_for_a_province_that_is_not_there(
    words: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SIAGA_PROVINCE", "antah")
    done = CliRunner().invoke(app, words)
    assert done.exit_code == 2
    assert "SIAGA_PROVINCE: " in done.output
    assert "antah/province.toml" in done.output


def test_why_a_row_was_refused_names_what_the_province_has() -> None:
    assert expected("day_time_unreadable").startswith("jam WIB seperti")
    assert expected("election_unknown").endswith("misalnya pemilu2024")
    assert [key for key in reasons() if "{" in expected(key)] == []


@pytest.mark.parametrize(
    ("text", "utc"),
    [
        ("14 Februari 2024 08.15", "01:15"), ("14/02/2024 08:15 WIB", "01:15"),
        ("14/02/2024 08:15 wita", "00:15"), ("14/02/2024 09:15 WIT", "00:15"),
        ("14/02/2024 08:15 WAT", None),
    ],
)  # fmt: skip
def test_a_time_is_of_the_province_unless_a_zone_of_the_country_stands_behind_it(
    text: str, utc: str | None
) -> None:
    moment = parse_moment(text)
    answered = parse_moment(text.partition(" 0")[2], day=date(2024, 2, 14))
    assert (moment and f"{moment:%H:%M}") == utc
    assert (answered and f"{answered:%H:%M}") == utc


def test_the_zone_behind_a_date_may_be_the_own_one_only() -> None:
    assert parse_date("14/02/2024 23:30 WIB").value == date(2024, 2, 14)
    assert parse_date("2024-02-14T23:30+00:00").value == date(2024, 2, 15)
    assert parse_date("14/02/2024 23:30 WITA").fault == "date_unreadable"
