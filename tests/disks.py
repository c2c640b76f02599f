"""Disks as they fail: one that is full, one that is read-only. Both are real where we may mount."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest


def _run(*command: str) -> bool:
    done = subprocess.run(command, capture_output=True, check=False)
    return done.returncode == 0


@contextmanager
def small_disk(folder: Path, kib: int) -> Iterator[Path]:
    """Yield a folder on a disk of a size, in memory; skip where none may be had."""
    folder.mkdir(parents=True, exist_ok=True)
    if not _run("mount", "-t", "tmpfs", "-o", f"size={kib}k", "tmpfs", str(folder)):
        pytest.skip("no right to mount a small disk: RLIMIT_FSIZE stands in for it")
    try:
        yield folder
    finally:
        assert _run("umount", "-l", str(folder))


def fill(folder: Path, leave_kib: int = 0) -> Path:
    """Fill the disk of a folder but for some KiB, or on from there; return what fills it."""
    stuff = folder / "stuff"
    with stuff.open("ab") as file:
        room = os.statvfs(folder)
        file.write(b"\0" * max(0, room.f_bavail * room.f_frsize - leave_kib * 1024))
    return stuff


@contextmanager
def read_only(folder: Path) -> Iterator[None]:
    """Let nobody write to a folder, not even root."""
    path = str(folder)
    if _run("mount", "--bind", path, path):
        try:
            assert _run("mount", "-o", "remount,ro,bind", path)
            yield
        finally:
            assert _run("umount", "-l", path)
        return
    if os.geteuid() == 0:
        pytest.skip("root may write anywhere, and may not mount here")
    modes = {p: p.stat().st_mode for p in [folder, *folder.rglob("*")]}
    try:
        for p in modes:
            p.chmod(0o555 if p.is_dir() else 0o444)
        yield
    finally:
        for p, mode in modes.items():
            p.chmod(mode)
