"""The recipes of CONTRIBUTING.md, done in a copy of the tree as they stand there, work.

A recipe is a heading with its number of files and numbered steps: a file, where in it, and the text
to put there. Nothing of a recipe stands here but what it must bring about.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from data.ingest.words import word_list
from data.store import tables as schema
from data.store.engine import Store
from data.store.rules import TABLES
from tests.invented_province import write_province

ROOT = Path(__file__).resolve().parents[2]
PROVINCE_PAGE = (ROOT / "docs" / "province.md").read_text(encoding="utf-8")
TEXT = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
RECIPE = re.compile(r"^### ([^\n]+) \((\d+) files?\)\n(.*?)(?=^##)", re.MULTILINE | re.DOTALL)
STEP = re.compile(
    r"^\d+\. `(?P<path>[^`]+)`, "
    r"(?P<place>a new file|at the end|(?:below|instead of) (?:``.+?``|`[^`]+`))[,: ]"
    r".*?^   ```\w+\n(?P<text>.*?)^   ```$",
    re.MULTILINE | re.DOTALL,
)
NOT_COPIED = shutil.ignore_patterns(
    ".*_cache", ".git", ".venv", "var", "static", "__pycache__", ".hypothesis", "*.png"
)


@dataclass(frozen=True)
class Step:
    path: str
    place: str
    text: str

    def do(self, root: Path) -> None:
        """Do the step under a root; an anchor that is not there exactly once is an error."""
        file = root / self.path
        how, _, anchor = self.place.partition(" `")
        if how == "a new file":
            assert not file.exists(), f"{self.path} is there already"
            file.write_text(self.text, encoding="utf-8")
            return
        before, anchor = file.read_text(encoding="utf-8"), anchor.strip("`")
        if how == "at the end":
            after = before + ("\n\n" if file.suffix == ".py" else "") + self.text
        elif how == "instead of":
            assert before.count(anchor) == 1, (
                f"{self.path}: {anchor!r} {before.count(anchor)} times"
            )
            after = before.replace(anchor, self.text.rstrip("\n"))
        else:
            lines = before.splitlines(keepends=True)
            at = [i for i, line in enumerate(lines) if line.strip() == anchor]
            assert len(at) == 1, f"{self.path}: {anchor!r} on {len(at)} lines"
            after = "".join([*lines[: at[0] + 1], self.text, *lines[at[0] + 1 :]])
        file.write_text(after, encoding="utf-8")


@dataclass(frozen=True)
class Recipe:
    name: str
    files: int
    steps: tuple[Step, ...]


def read_recipes(text: str) -> dict[str, Recipe]:
    found = {}
    for name, files, body in RECIPE.findall(text):
        steps = tuple(
            Step(m["path"], m["place"], re.sub("^   ", "", m["text"], flags=re.MULTILINE))
            for m in STEP.finditer(body)
        )
        assert len(steps) == len(re.findall(r"^\d+\. ", body, re.MULTILINE)), f"{name}: a step"
        found[name] = Recipe(name, int(files), steps)
    return found


RECIPES = read_recipes(TEXT)


def digests(root: Path) -> dict[str, str]:
    return {
        str(p.relative_to(root)): hashlib.sha256(p.read_bytes()).hexdigest()
        for p in root.rglob("*")
        if p.is_file()
    }


@dataclass(frozen=True)
class House:
    """A copy of the tree in which every recipe was done, and the files each of them touched."""

    root: Path
    touched: dict[str, set[str]]

    def run(self, *command: str, code: int = 0) -> str:
        """Run a command of Python in the copy, with a store of its own."""
        environment = os.environ | {"SIAGA_VAR": str(self.root / "var"), "PYTHONPATH": "."}
        environment.pop("DATABASE_URL", None)
        done = subprocess.run(
            [sys.executable, *command], cwd=self.root, env=environment, text=True,
            capture_output=True, check=False, timeout=600,
        )  # fmt: skip
        assert done.returncode == code, done.stdout + done.stderr
        return done.stdout

    def cli(self, *words: str, code: int = 0) -> dict[str, Any]:
        """Return what a command prints, which ends with ``code``."""
        answer: dict[str, Any] = json.loads(self.run("cli.py", *words, "--json", code=code))
        return answer


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> House:
    root = tmp_path_factory.mktemp("recipes") / "tree"
    shutil.copytree(ROOT, root, ignore=NOT_COPIED)
    before, touched = digests(root), {}
    for recipe in RECIPES.values():
        for step in recipe.steps:
            step.do(root)
        after = digests(root)
        touched[recipe.name] = {path for path in after if after[path] != before.get(path)}
        before = after
    done = House(root, touched)
    done.run("-m", "tools.import_docs")  # make import-docs
    return done


@pytest.mark.parametrize("name", list(RECIPES))
def test_a_recipe_touches_as_many_files_as_it_says(house: House, name: str) -> None:
    assert len(house.touched[name]) == RECIPES[name].files, sorted(house.touched[name])


def test_the_house_accepts_what_the_recipes_put_into_it(house: House) -> None:
    """Style, docstrings, layers, texts and the new page in both languages, the pages of docs."""
    changed = sorted(p for paths in house.touched.values() for p in paths if p.endswith(".py"))
    house.run("-m", "ruff", "check", *changed)
    house.run("-m", "ruff", "format", "--check", *changed)
    house.run("-m", "tools.docstrings")
    pages, starts = (
        "tests/pages/test_pages.py",
        "test_each_page_starts_on_any_day_in_both_languages",
    )
    house.run(
        "-m", "pytest", "-q", "tests/house/test_layering.py", "tests/house/test_texts.py",
        "tests/house/test_data_dictionary.py", "tests/house/test_architecture.py",
        "tests/house/test_import_docs.py",
        f"{pages}::test_each_page_is_entered_before_anything_else[contoh]",
        f"{pages}::{starts}[contoh-2024-02-13-id]", f"{pages}::{starts}[contoh-2022-07-01-en]",
        "tests/store/test_migrations.py::test_the_steps_lead_to_what_the_schema_says[sqlite]",
    )  # fmt: skip


def test_a_new_category_is_imported_and_listed(house: House, tmp_path: Path) -> None:
    assert word_list("category").read("pembakaran") is None
    path = tmp_path / "laporan.csv"
    rows = "14/02/2024,Pembakaran,Bangka Selatan,SIMULASI rumah\n14/02/2024,Perampokan,,SIMULASI\n"
    path.write_text("tanggal kejadian,kategori,kabupaten,ringkasan\n" + rows, encoding="utf-8")
    done = house.cli("import", "reports", str(path), code=1)
    assert (done["accepted"], done["quarantined"]) == (1, 1), done["faults"]
    shown = house.run(
        "-c",
        "from services.dataset import load_dataset; from services.prepare import open_prepared\n"
        "from services.texts import label; from services.texts import CATEGORIES\n"
        "rows = load_dataset(open_prepared()).reviewed.query('category == \"pembakaran\"')\n"
        "print(len(rows), *rows['family'], 'pembakaran' in CATEGORIES)\n"
        "print(label('category', 'pembakaran', 'en'))",
    )
    assert shown == "1 konflik True\nArson\n"


def test_a_new_indicator_is_known_to_imports_and_to_coverage(house: House, tmp_path: Path) -> None:
    path = tmp_path / "indikator.csv"
    path.write_text("tps_id,Contoh indikator\npemilu2024/19.01.04.2004/001,ya\n", encoding="utf-8")
    done = house.cli("import", "indicators", str(path), "--date", "2024-02-01")
    assert (done["accepted"], done["unused_columns"]) == (1, []), done
    shown = house.run(
        "-c",
        "from datetime import date; from services.dataset import load_dataset\n"
        "from services.prepare import open_prepared; from services.risk.coverage import *\n"
        "from services.risk.index import risk_view\n"
        "view = risk_view(load_dataset(open_prepared()), 'pemilu2024', date(2024, 2, 13))\n"
        "found = coverage_of(view, 'kabupaten')\n"
        "print(view.tables.stated_count, len(view.tables.indicators), len(found.tps))\n"
        "print(int(found.missing['contoh_indikator'].sum()))",
    )
    listed, missing = shown.splitlines()
    stated, named, tps = map(int, listed.split())
    assert (stated, named) == (23, 23)
    assert int(missing) == tps - 1, "one TPS has answered, all others have not"


def test_a_new_kind_of_file_is_imported_with_a_quarantine(house: House, tmp_path: Path) -> None:
    path = tmp_path / "agenda.csv"
    path.write_text(
        "Tanggal,Kegiatan,Jenis,Kabupaten/Kota\n"
        "14/02/2029,SIMULASI rapat pleno,,Bangka Selatan\n"
        "15/02/2029,SIMULASI aksi damai,Unjuk rasa,Bangka Selatan\n"
        "31/02/2029,SIMULASI hari yang tidak ada,,Bangka Selatan\n"
        "15/02/2029,SIMULASI tempat yang tidak ada,,Atlantis\n",
        encoding="utf-8",
    )
    for counts in ((2, 0, 2, 0), (0, 0, 2, 2)):
        done = house.cli("import", "agenda", str(path), code=1)
        names = ("accepted", "corrected", "quarantined", "duplicates")
        assert tuple(done[name] for name in names) == counts, done["faults"]
    faults = [(one["row_number"], one["reason"]) for one in done["faults"]]
    assert faults == [(4, "date_impossible"), (5, "kabupaten_unknown")]
    path.write_text(
        "Tanggal,Kegiatan,Jenis,Kode\n14/02/2029,SIMULASI rapat pleno,Distribusi,19.03\n",
        encoding="utf-8",
    )
    assert house.cli("import", "agenda", str(path))["corrected"] == 1
    shown = house.run(
        "-c",
        "from services.prepare import open_prepared\n"
        "rows = open_prepared().read('agenda').query('title.str.startswith(\"SIMULASI\")')\n"
        "print(*rows['title'], *rows['kind'], *rows['unit_code'], sep='|')",
    )
    assert shown == "SIMULASI rapat pleno|SIMULASI aksi damai|distribusi|aksi|19.03|19.03\n"
    path.write_text("Hari,Acara\nSenin,Rapat\n", encoding="utf-8")
    refused = subprocess.run(
        [sys.executable, "cli.py", "import", "agenda", str(path)], cwd=house.root, text=True,
        env=os.environ | {"SIAGA_VAR": str(house.root / "var")}, capture_output=True, check=False,
    )  # fmt: skip
    assert refused.returncode == 2
    assert "tanggal mulai + kegiatan" in refused.stderr


def test_a_new_column_comes_with_a_step_for_older_stores(house: House, tmp_path: Path) -> None:
    """A store made by the tree as it is opens in the copy with the column, after a backup."""
    own = tmp_path / "siaga.db"
    store = Store.open(f"sqlite:///{own}")
    with store.begin("setup.prepare") as connection:
        connection.execute(schema.place_moves.insert().values(place_id="P", lon=107.0, lat=-3.0))
    store.close()
    shown = house.run(
        "-c",
        "import sys; from data.store.engine import Store\n"
        "row = Store.open(sys.argv[1]).read('place_moves').iloc[0]\n"
        "print(list(row.index), row['place_id'], row['reason'])",
        f"sqlite:///{own}",
    )
    assert shown == "['place_id', 'lon', 'lat', 'reason'] P nan\n"
    assert len(list(tmp_path.glob("siaga-backup-*.db"))) == 1


def test_the_files_a_province_is_made_of_are_those_the_recipe_names(tmp_path: Path) -> None:
    """That the invented province runs is the matter of `tests/pages/test_invented_province.py`."""
    recipe = TEXT.partition("### A province")[2].partition("\n### ")[0]
    folder = write_province(tmp_path)
    named = set(re.findall(r"`(\w+\.(?:csv|toml))`", recipe + PROVINCE_PAGE))
    named |= {f"{name}.csv" for name in TABLES}  # "the tables of docs/data-dictionary.md that ship"
    assert {p.name for p in folder.iterdir() if p.is_file()} <= named


@pytest.mark.parametrize(
    ("step", "fault"),
    [
        (Step("a.txt", "below `two`", "x\n"), "'two' on 2 lines"),
        (Step("a.txt", "instead of `four`", "x\n"), "'four' 0 times"),
        (Step("a.txt", "a new file", "x\n"), "a.txt is there already"),
    ],
)
def test_a_step_that_does_not_fit_the_tree_is_seen(tmp_path: Path, step: Step, fault: str) -> None:
    (tmp_path / "a.txt").write_text("one\ntwo\nthree\ntwo\n")
    with pytest.raises(AssertionError, match=fault):
        step.do(tmp_path)


def test_a_step_that_cannot_be_read_is_seen() -> None:
    broken = TEXT.replace("`data/vocabulary.py`, below", "`data/vocabulary.py` under", 1)
    with pytest.raises(AssertionError, match="A category"):
        read_recipes(broken)
