"""Every command, option, file, setting and figure that the page for operators names is there."""

from __future__ import annotations

import json
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import click
import pytest
import typer.main

from cli import app
from services.server import counters

ROOT = Path(__file__).resolve().parents[2]
PAGES = {"en": ROOT / "docs" / "operations.md", "id": ROOT / "docs" / "operations.id.md"}
OF_THE_MACHINE = (
    "/etc/", "/srv/", "/var/", "/root/", "/dev/", "/usr/", "/opt", "/ready", "/metrics", "/_stcore",
)  # fmt: skip
COMMAND = re.compile(
    r"(?:^|/sbin/|SIAGA_VAR=\S+ |python )(?:siaga|cli\.py) ([a-z][a-z-]+)(.*)", re.M
)


def commands() -> dict[str, click.Command]:
    group = typer.main.get_command(app)
    return dict(group.commands)  # type: ignore[attr-defined]


def code(lang: str) -> str:
    """Return what stands in code on a page, blocks and words."""
    page = PAGES[lang].read_text(encoding="utf-8")
    blocks = re.findall(r"```sh\n(.*?)```", page, re.DOTALL)
    words = re.findall(r"`([^`\n]+)`", re.sub(r"```.*?```", "", page, flags=re.DOTALL))
    return "\n".join([*blocks, *words])


@pytest.mark.parametrize("lang", PAGES)
def test_every_command_and_option_exists(lang: str) -> None:
    known, named = commands(), COMMAND.findall(code(lang))
    assert {name for name, _ in named} >= {"backup", "restore", "check", "prepare", "map", "brief"}
    for name, rest in named:
        assert name in known, name
        options = {word for one in known[name].params for word in one.opts}
        for option in re.findall(r"(?<= )-{1,2}[a-z][a-z-]*", rest):
            assert option in options, f"{name} {option}"


@pytest.mark.parametrize("lang", PAGES)
def test_every_file_of_the_product_exists(lang: str) -> None:
    page = PAGES[lang].read_text(encoding="utf-8")
    words = re.findall(r"[\w./-]*/[\w./-]+|(?<![\w.])[\w.-]+\.(?:txt|py|md)\b", page)
    checked = 0
    for word in words:
        path = word.rstrip(".").removeprefix("/opt/siaga/")
        if path.startswith(OF_THE_MACHINE) or path.startswith((".venv", "//", "../")):
            continue
        if path in {"deploy/.env", "deploy/secrets.toml"}:
            continue
        if re.match(r"(?:deploy|docs|data|tools)/|.*\.(?:txt|py|md)$", path):
            checked += 1
            assert (ROOT / path).exists() or (ROOT / "docs" / path).exists(), path
    assert checked > 12


@pytest.mark.parametrize("lang", PAGES)
def test_every_setting_and_figure_is_known(lang: str) -> None:
    page = PAGES[lang].read_text(encoding="utf-8")
    read = "\n".join(
        path.read_text(encoding="utf-8")
        for folder in ("data", "services", "pages", "deploy")
        for path in (ROOT / folder).rglob("*")
        if path.suffix in {".py", ".service", ""} and path.is_file()
    )
    for name in set(re.findall(r"SIAGA_[A-Z_]+", page)) - {"SIAGA_MAX_FILE_BYTES"}:
        assert name in read, name
    told = {sample.name for family in counters.REGISTRY.collect() for sample in family.samples}
    told |= {family.name for family in counters.REGISTRY.collect()} | {"siaga_store_writes_total"}
    told |= {"siaga_requests_total"}
    figures = set(re.findall(r"\b(?:siaga|process)_[a-z_]+\w", page)) - {"siaga_backup_"}
    assert len(figures) > 10
    assert {name for name in figures if not name.startswith("siaga_backup")} <= told


@pytest.mark.parametrize("lang", PAGES)
def test_every_target_of_make_and_every_unit_exists(lang: str) -> None:
    declared = re.search(r"^\.PHONY: (.*)$", (ROOT / "Makefile").read_text("utf-8"), re.MULTILINE)
    assert declared is not None
    targets = set(re.findall(r"\bmake ([a-z-]+)", code(lang)))
    assert targets
    assert targets <= set(declared[1].split())


@pytest.mark.parametrize("lang", PAGES)
def test_every_block_is_a_script_that_a_shell_understands(lang: str) -> None:
    blocks = re.findall(r"```sh\n(.*?)```", PAGES[lang].read_text(encoding="utf-8"), re.DOTALL)
    assert len(blocks) >= 5
    for block in blocks:
        told = subprocess.run(
            ["bash", "-n"], input=block, text=True, capture_output=True, check=False
        )
        assert (told.returncode, told.stderr) == (0, ""), block


def test_both_languages_name_the_same_things() -> None:
    def named(lang: str) -> tuple[list[str], list[str]]:
        page = PAGES[lang].read_text(encoding="utf-8")
        blocks = re.findall(r"```sh\n(.*?)```", page, re.DOTALL)
        return (
            sorted(set(re.findall(r"SIAGA_[A-Z_]+|\bsiaga_[a-z_]+", page))),
            [re.sub(r" +# .*", "", block) for block in blocks],
        )

    assert named("en") == named("id")


def shell_of(name: str, folder: Path, *arguments: str) -> dict[str, str]:
    """Run a script of `deploy/` with its paths in a folder; return what the product would see."""
    told = 'import json, os, sys; print(json.dumps({**os.environ, "told": " ".join(sys.argv[1:])}))'
    for path in (".venv/bin/python", ".venv/bin/streamlit"):
        stub = folder / "opt" / path
        stub.parent.mkdir(parents=True, exist_ok=True)
        stub.write_text(f"#!{sys.executable}\n{told}\n")
        stub.chmod(0o755)
    runuser = folder / "bin" / "runuser"
    runuser.parent.mkdir()
    runuser.write_text('#!/bin/sh\n[ "$1 $2 $3" = "-u siaga --" ] || exit 9\nshift 3\nexec "$@"\n')
    runuser.chmod(0o755)
    (folder / "siaga.env").write_text("SIAGA_TRUSTED_PROXY=127.0.0.1\nSIAGA_LOG=plain\n# a note\n")
    script = (ROOT / "deploy" / name).read_text(encoding="utf-8")
    script = script.replace("/opt/siaga", str(folder / "opt"))
    script = script.replace("/etc/siaga/siaga.env", str(folder / "siaga.env"))
    done = subprocess.run(
        ["sh", "-c", script, name, *arguments], capture_output=True, text=True, check=True,
        env={"PATH": f"{runuser.parent}:/usr/bin:/bin", "SIAGA_VAR": "/srv/drill"},
    )  # fmt: skip
    seen: dict[str, str] = json.loads(done.stdout)
    return seen


def test_commands_run_with_the_settings_of_the_service(tmp_path: Path) -> None:
    seen = shell_of("siaga.sh", tmp_path, "export", "reports", "-o", "dua kata.xlsx")
    assert seen["told"] == f"{tmp_path}/opt/cli.py export reports -o dua kata.xlsx"
    assert (seen["SIAGA_VAR"], seen["SIAGA_LOG"]) == ("/srv/drill", "plain"), "of a drill"
    assert seen["STREAMLIT_SECRETS_FILES"] == "/etc/siaga/secrets.toml"


def test_without_the_provider_a_server_on_loopback_asks_nobody_to_sign_in(tmp_path: Path) -> None:
    seen = shell_of("siaga-local.sh", tmp_path)
    assert "--server.address 127.0.0.1 --server.port 8502" in seen["told"]
    assert "SIAGA_TRUSTED_PROXY" not in seen
    assert seen["SIAGA_VAR"] == "/var/lib/siaga", "the store that everybody uses"
    secrets = ROOT / Path(seen["STREAMLIT_SECRETS_FILES"]).relative_to(tmp_path / "opt")
    assert secrets.suffix == ".toml", "Streamlit takes no other file"
    assert tomllib.loads(secrets.read_text(encoding="utf-8")) == {}
