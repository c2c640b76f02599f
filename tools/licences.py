"""Write the licences of all locked packages, and refuse one that nobody has allowed.

``python -m tools.licences`` writes `PAGE` from what the installed packages say of themselves, read
with ``licences.toml``.
"""

from __future__ import annotations

import re
import tomllib
from importlib.metadata import PackageNotFoundError, metadata
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
PAGE = ROOT / "docs" / "licences.md"
RULES = tomllib.loads(Path(__file__).with_suffix(".toml").read_text(encoding="utf-8"))
_LOCKED = re.compile(r"^([A-Za-z0-9._-]+)(?:\[[^]]*\])?==(\S+)", re.MULTILINE)
_INTRO = """# Licences of the packages

What each package of the lock says of itself. `make licences` writes this page, and a test refuses
a package whose licence is not allowed in `tools/licences.toml`. The packages of Debian in `deploy/`
and `.ci/run` run beside the product and are not shipped with it. Licences of the data stand in
`data/shipped/babel/README.md` and `data/shipped/babel/boundaries/README.md`.
"""


def locked(lock: Path) -> dict[str, str]:
    """Return the version by the name of each package that a lock pins, the last where several."""
    return dict(_LOCKED.findall(lock.read_text(encoding="utf-8")))


def licence_of(package: str) -> str:
    """Return the licence of an installed package as an expression of SPDX.

    Raises
    ------
    ValueError
        When neither the package nor ``licences.toml`` says it.
    """
    if package in RULES["of"]:
        return str(RULES["of"][package])
    about = metadata(package)
    classes = [one.rpartition(" :: ")[2] for one in about.get_all("Classifier") or []]
    # Where a library brings its own reader of metadata, [] raises for what is missing.
    said = [about[name] for name in ("License-Expression", "License") if name in about]
    for words in (*said, *classes):
        found = RULES["said"].get(words, words)
        if all(part in RULES["allowed"] or _is_copyleft(part) for part in parts(found)):
            return str(found)
    raise ValueError(f"{package}: no licence that is known, expected a line in licences.toml")


def parts(expression: str) -> list[str]:
    """Return the licences of an expression of SPDX that has no brackets."""
    return re.split(r" (?:AND|OR) ", expression)


def _is_copyleft(licence: str) -> bool:
    return licence.startswith(("GPL-", "LGPL-", "AGPL-", "MPL-", "EPL-"))


def refused(packages: dict[str, str]) -> list[str]:
    """Return why packages may not be used: one line for each that nobody has allowed.

    ``packages``: licence by name.
    """
    copyleft = RULES["copyleft"]
    return [
        f"{name}: {licence}, expected one of {', '.join(RULES['allowed'])}"
        for name, licence in packages.items()
        if not all(
            part in RULES["allowed"] or copyleft.get(name, "").startswith(f"{part}:")
            for part in parts(licence)
        )
    ]


def page() -> str:
    """Return the page: what readers run, then what only tests and tools need."""
    runtime = locked(ROOT / "requirements.txt")
    beside = locked(ROOT / "requirements-dev.txt")
    only_beside = {name: version for name, version in beside.items() if name not in runtime}
    tables = (
        _table("What the product runs on", runtime),
        _table("What only tests and tools need", only_beside),
    )
    return "\n".join([_INTRO, *("\n".join([*table, ""]) for table in tables)])


def _table(title: str, packages: dict[str, str]) -> list[str]:
    lines = [f"## {title}", "", "| package | version | licence | |", "| --- | --- | --- | --- |"]
    for name, version in packages.items():
        why = RULES["copyleft"].get(name, "").partition(": ")[2]
        lines.append(f"| {name} | {version} | {licence_of(name)} | {why} |")
    return lines


def main() -> None:
    """Write the page, or end with what is refused."""
    try:
        found = {name: licence_of(name) for name in locked(ROOT / "requirements-dev.txt")}
    except PackageNotFoundError as err:
        raise SystemExit(f"{err}; run make setup first") from err
    if faults := refused(found):
        raise SystemExit("\n".join(faults))
    PAGE.write_text(page(), encoding="utf-8")


if __name__ == "__main__":
    main()
