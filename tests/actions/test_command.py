"""``cli.py action``: listed, added and closed, with JSON for machines and words for people."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import Result
from openpyxl import load_workbook
from typer.testing import CliRunner

from cli import app


@pytest.fixture(autouse=True)
def _own(installation: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    del installation
    monkeypatch.setenv("SIAGA_NOW", "2024-02-01T03:00:00+00:00")


def run(*words: str) -> Result:
    return CliRunner().invoke(app, ["action", *words])


def answer(*words: str) -> dict[str, Any]:
    result = run(*words, "--json")
    assert result.exit_code == 0, result.output
    found: dict[str, Any] = json.loads(result.stdout)
    return found


def added() -> str:
    words = ["--risk", "Kotak terlambat", "--decision", "Kapal cadangan", "--owner", "KPU Basel"]
    words += ["--office", "Kesbangpol", "--due", "2023-12-15", "--place", "19.03"]
    return str(answer("add", *words, "--date", "2023-11-06")["action_id"])


def test_bytes_that_are_no_text_are_refused_in_words() -> None:
    result = run("add", "--risk", "a\udcff", "--decision", "d", "--owner", "KPU", "--office", "KPU")
    assert result.exit_code == 2
    assert "UTF-8" in result.stderr
    assert answer("list")["actions"] == []


def test_an_empty_register_is_written_as_a_file(tmp_path: Path) -> None:
    file = tmp_path / "register.xlsx"
    assert answer("list", "-o", str(file))["actions"] == []
    assert load_workbook(file).sheetnames == ["Tindakan", "Riwayat"]


@pytest.mark.parametrize("day", ["0001-01-01", "1944-12-31", "9999-12-31"])
def test_a_day_that_no_calendar_reckons_around_is_refused(day: str) -> None:
    new = ["add", "--risk", "r", "--decision", "d", "--owner", "KPU", "--office", "KPU"]
    for words in (["list"], new, ["close", added(), "--office", "KPU"]):
        result = run(*words, "--date", day)
        assert result.exit_code == 2
        assert day in result.stderr
    assert len(answer("list")["actions"]) == 1


def test_an_action_is_added_listed_and_closed(tmp_path: Path) -> None:
    key = added()
    one = answer("list", "--date", "2023-12-20", "--open")["actions"][0]
    assert (one["action_id"], one["due"], one["overdue"], one["days_left"]) == (
        key, "2023-12-15", True, -5,
    )  # fmt: skip
    assert (one["closed_on"], one["stage"], one["status"]) == (None, None, "belum_mulai")
    assert "lewat 5 hari" in run("list", "--date", "2023-12-20").stdout
    said = ["--office", "KPU", "--result", "Ada", "--date", "2023-12-20"]
    assert answer("close", key, *said)["closed_on"] == "2023-12-20"
    assert answer("list", "--open")["actions"] == []
    assert answer("list", "--date", "2023-11-05")["actions"] == []
    file = tmp_path / "register.xlsx"
    assert answer("list", "-o", str(file))["actions"][0]["result"] == "Ada"
    assert load_workbook(file).sheetnames == ["Tindakan", "Riwayat"]


def test_an_action_of_today_is_kept_while_it_is_yesterday_in_utc(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("SIAGA_NOW", "2024-02-13T01:00:00+07:00")
    words = ["--risk", "Kotak terlambat", "--decision", "Kapal cadangan", "--owner", "KPU Basel"]
    key = str(answer("add", *words, "--office", "Kesbangpol")["action_id"])
    assert answer("close", key, "--office", "KPU")["closed_on"] == "2024-02-13"
    late = run("add", *words, "--office", "Kesbangpol", "--date", "2024-02-14")
    assert late.exit_code == 2
    assert "2024-02-14" in late.stderr


@pytest.mark.parametrize(
    ("words", "part"),
    [
        (("close", "tdk-0", "--office", "KPU"), "tdk-0"),
        (("close", "KEY", "--office", "KPU", "--status", "berjalan"), "berjalan"),
        (("close", "KEY", "--office", "KPU", "--date", "2024-02-02"), "2024-02-02"),
        (("close", "KEY", "--office", "Bapak Anu"), "office"),
        (("list", "-o", "/tidak/ada/register.xlsx"), "register.xlsx"),
    ],
)
def test_what_cannot_be_is_refused_in_words(words: tuple[str, ...], part: str) -> None:
    key = added()
    result = run(*(key if word == "KEY" else word for word in words))
    assert result.exit_code == 2, result.output
    assert part in result.stderr
    assert len(answer("list", "--open")["actions"]) == 1
