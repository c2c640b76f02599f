"""The folder in which a plan that is being made reports its phase and its result."""

from __future__ import annotations

import json
import shutil
import time
import uuid
from pathlib import Path
from typing import Any

from data.paths import var_dir, whole_file

_STALE_S = 24 * 3600.0
_PHASE, _OUTCOME = "phase", "outcome.json"


def jobs_dir() -> Path:
    """Return the folder of jobs under way."""
    return var_dir() / "jobs"


def new_job() -> str:
    """Make the folder of a job and return its id; folders left for a day are taken away."""
    jobs_dir().mkdir(parents=True, exist_ok=True)
    for old in jobs_dir().iterdir():
        if time.time() - old.stat().st_mtime > _STALE_S:
            shutil.rmtree(old, ignore_errors=True)
    job_id = uuid.uuid4().hex
    (jobs_dir() / job_id).mkdir()
    return job_id


def write_phase(job_id: str, phase: str) -> None:
    """Say what a job is at."""
    _put(jobs_dir() / job_id / _PHASE, phase)


def read_phase(job_id: str) -> str | None:
    """Return what a job is at; None before it said so."""
    path = jobs_dir() / job_id / _PHASE
    return path.read_text(encoding="utf-8") if path.exists() else None


def write_outcome(job_id: str, outcome: dict[str, Any]) -> None:
    """Leave what came of a job, whole or not at all."""
    _put(jobs_dir() / job_id / _OUTCOME, json.dumps(outcome, ensure_ascii=False))


def read_outcome(job_id: str) -> dict[str, Any] | None:
    """Return what came of a job; None when it left nothing."""
    path = jobs_dir() / job_id / _OUTCOME
    if not path.exists():
        return None
    found: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return found


def remove_job(job_id: str) -> None:
    """Take away the folder of a job with all that is in it."""
    shutil.rmtree(jobs_dir() / job_id, ignore_errors=True)


def _put(path: Path, words: str) -> None:
    with whole_file(path) as partial:
        partial.write_text(words, encoding="utf-8")
