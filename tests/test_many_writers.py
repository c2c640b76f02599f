"""Ten processes at once: every line is kept, one file is one import, one name is one plan."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from data.plan.kept import plans_dir, saved_plans, trash

ROOT = Path(__file__).resolve().parents[1]
WRITERS = 10
BOUND_S = 300


def at_once(code: str, *arguments: str, folder: Path, count: int = WRITERS) -> list[str]:
    """Run a program in some processes that start together; return what each of them printed.

    Each gets its number as the first argument, waits until all are there, and must end well.
    """
    barrier = (
        "import os, sys, time\n"
        "from pathlib import Path\n"
        "number, folder = int(sys.argv[1]), Path(sys.argv[2])\n"
        "def together():\n"
        "    (folder / f'ready-{number}').touch()\n"
        f"    while len(list(folder.glob('ready-*'))) < {count}:\n"
        "        time.sleep(0.001)\n"
    )
    processes = [
        subprocess.Popen(
            [sys.executable, "-c", barrier + code, str(number), str(folder), *arguments],
            cwd=ROOT, env=os.environ | {"SIAGA_VAR": str(folder)}, text=True,
            stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        )
        for number in range(count)
    ]  # fmt: skip
    try:
        ended = [process.communicate(timeout=BOUND_S) for process in processes]
    finally:
        for process in processes:
            process.kill()
    assert [process.returncode for process in processes] == [0] * count, ended
    return [out.strip() for out, _ in ended]


SAVE = """
from data.plan.kept import save_plan
together()
for turn in range(5):
    save_plan("rencana", {"by": number, "rows": [number] * 50_000})
"""


def test_plans_saved_under_one_name_by_ten_processes_leave_one_whole_plan(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    at_once(SAVE, folder=tmp_path)
    monkeypatch.setenv("SIAGA_VAR", str(tmp_path))
    assert saved_plans() == ["rencana"]
    replaced = [plans_dir() / "trash" / f"{thrown.token}.json" for thrown in trash()]
    assert len(replaced) == 5 * WRITERS - 1
    by = [json.loads(path.read_text()) for path in [plans_dir() / "rencana.json", *replaced]]
    assert all(plan["rows"] == [plan["by"]] * 50_000 for plan in by)
    assert sorted(plan["by"] for plan in by) == sorted(list(range(WRITERS)) * 5)
    assert list(plans_dir().glob("**/.part-*")) == []
