"""Every package that is installed is pinned with hashes, and its licence is allowed."""

from __future__ import annotations

import re
from importlib.metadata import requires, version
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from tools import licences

ROOT = Path(__file__).resolve().parents[2]
LOCKS = {"requirements.in": "requirements.txt", "requirements-dev.in": "requirements-dev.txt"}


def read(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8")


def pins(lock: str) -> dict[str, Requirement]:
    """Return what a lock asks for on this machine, by name; hold each of its lines to be whole."""
    found = {}
    for line in lock.replace("\\\n", "").splitlines():
        if not line.strip() or line.lstrip().startswith("#"):
            continue
        asked, *hashes = re.split(r"\s+--hash=", line.strip())
        requirement = Requirement(asked)
        assert [one.operator for one in requirement.specifier] == ["=="], line
        assert hashes, f"{asked} has no hash"
        assert all(re.fullmatch(r"sha256:[0-9a-f]{64}", one) for one in hashes), asked
        if requirement.marker is None or requirement.marker.evaluate():
            found[canonicalize_name(requirement.name)] = requirement
    return found


def asked_by_hand(name: str) -> list[Requirement]:
    asked = []
    for line in read(name).splitlines():
        words = line.partition("#")[0].strip()
        if words.startswith("-r "):
            asked += asked_by_hand(words[3:])
        elif words and not words.startswith("-c "):
            asked.append(Requirement(words))
    return asked


def unlocked(asked: list[Requirement], locked: dict[str, Requirement]) -> set[str]:
    """Return what is installed for what is asked, in turn, and not locked in that version."""
    missing, seen, ahead = set(), set(), [(one.name, frozenset(one.extras)) for one in asked]
    while ahead:
        package, extras = ahead.pop()
        name = canonicalize_name(package)
        if (name, extras) in seen:
            continue
        seen.add((name, extras))
        pinned = locked.get(name)
        if pinned is None or not pinned.specifier.contains(version(name), prereleases=True):
            missing.add(name)
        for one in map(Requirement, requires(name) or ()):
            if one.marker is None or any(
                one.marker.evaluate({"extra": extra}) for extra in extras or {""}
            ):
                ahead.append((one.name, frozenset(one.extras)))
    return missing


@pytest.mark.parametrize("by_hand", LOCKS)
def test_all_that_is_installed_is_pinned_with_hashes(by_hand: str) -> None:
    assert unlocked(asked_by_hand(by_hand), pins(read(LOCKS[by_hand]))) == set()


@pytest.mark.parametrize("name", ["streamlit", "starlette", "click", "authlib"])
def test_a_line_that_is_missing_or_of_another_version_is_found(name: str) -> None:
    locked = pins(read("requirements-dev.txt"))
    without = {key: pin for key, pin in locked.items() if key != name}
    asked = asked_by_hand("requirements-dev.in")
    assert unlocked(asked, without) == {name}
    assert unlocked(asked, {**locked, name: Requirement(f"{name}==0.0.1")}) == {name}


def test_both_locks_agree_and_name_no_place_to_fetch_from() -> None:
    runtime, beside = (pins(read(name)) for name in LOCKS.values())
    assert {name: str(pin) for name, pin in runtime.items()}.items() <= {
        name: str(pin) for name, pin in beside.items()
    }.items()
    for name in (*LOCKS, *LOCKS.values(), "Makefile"):
        assert not re.search(r"--(extra-)?index-url|--find-links|https?://(?!127)", read(name))


def test_nothing_is_installed_without_its_hash() -> None:
    for name in ("Makefile", ".ci/run"):
        for line in read(name).splitlines():
            if re.search(r"pip\b.* install\b", line):
                assert "--require-hashes" in line, (name, line)


def test_licences_are_told_and_allowed() -> None:
    assert licences.PAGE.read_text(encoding="utf-8") == licences.page(), "make licences"
    told = {
        name: licences.licence_of(name) for name in licences.locked(ROOT / "requirements-dev.txt")
    }
    assert licences.refused(told) == []


def test_a_licence_that_nobody_allowed_is_refused() -> None:
    assert [line.split(":")[0] for line in licences.refused({"x": "AGPL-3.0-only"})] == ["x"]
    assert licences.refused({"x": "MIT AND MPL-2.0"}), "copyleft is allowed by name only"
    assert licences.refused({"tqdm": "MPL-2.0 AND MIT"}) == []
    assert licences.refused({"tqdm": "GPL-3.0-only"})
