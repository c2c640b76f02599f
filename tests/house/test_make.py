"""``make help`` lists every target with one line."""

from __future__ import annotations

import os
import re
import subprocess
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def test_help_has_a_line_for_every_target() -> None:
    # Under `make test` the inner make would speak of its folder.
    environment = {k: v for k, v in os.environ.items() if not k.startswith(("MAKE", "MFLAGS"))}
    shown = subprocess.run(
        ["make", "help"], cwd=ROOT, env=environment, text=True, capture_output=True, check=True
    )
    words = dict(line.split(maxsplit=1) for line in shown.stdout.splitlines())
    declared = re.search(r"^\.PHONY: (.*)$", (ROOT / "Makefile").read_text("utf-8"), re.MULTILINE)
    assert declared is not None
    assert sorted(words) == sorted(declared[1].split())
    assert len(set(words.values())) == len(words)
