"""Files for the browser: libraries from installed wheels, and the land, which is public anyway."""

from __future__ import annotations

import hashlib
import os
import shutil
import time
from collections.abc import Callable, Mapping
from functools import cache
from importlib.resources import files
from pathlib import Path
from string import Template

from data.errors import SourceMissingError
from data.paths import static_land_dir, static_vendor_dir, whole_file
from geo.maps.script import FILES, FOLDER

_FILES = {
    "leaflet": ("xstatic.pkg.leaflet", ("leaflet.js", "leaflet.css", "images")),
    "jquery": ("xstatic.pkg.jquery", ("jquery.min.js",)),
}
_KEPT_S = 24 * 3600.0


@cache
def skeleton_page() -> Template:
    """Return the frame shown until a page has words, with gaps for its words and path."""
    return Template(Path(__file__).with_name("skeleton.html").read_text(encoding="utf-8"))


def read_beside_code(path: Path) -> str:
    """Return the text of a file that stands beside the code, such as the script of a page."""
    return path.read_text(encoding="utf-8")


def copy_vendor_files(target: Path | None = None) -> int:
    """Copy Leaflet, jQuery and the script of the land into the public folder, where they differ.

    Parameters
    ----------
    target
        Where to copy to; ``static/vendor`` by default. The folder is public: library files only.

    Returns
    -------
    int
        How many files were written.

    Raises
    ------
    SourceMissingError
        When a wheel does not hold the file that the maps need.
    """
    stale = _stale(target)
    for source, path in stale:
        path.parent.mkdir(parents=True, exist_ok=True)
        with whole_file(path) as partial:
            shutil.copyfile(source, partial)
    return len(stale)


@cache
def map_version() -> str:
    """Return what changes with the libraries of the map, and the script and style of the land."""
    wanted = [source for source, path in _pairs(Path()) if path.suffix in (".js", ".css")]
    return hashlib.sha256(b"".join(path.read_bytes() for path in wanted)).hexdigest()[:12]


def stale_vendor_files(target: Path | None = None) -> list[Path]:
    """Return the files of the public folder that are missing or not as their wheel has them."""
    return [path for _, path in _stale(target)]


def _stale(target: Path | None) -> list[tuple[Path, Path]]:
    """Return where each file that is not right comes from, and where it belongs."""
    pairs = _pairs(target or static_vendor_dir())
    return [
        (source, own)
        for source, own in pairs
        if not own.exists() or own.read_bytes() != source.read_bytes()
    ]


def _pairs(target: Path) -> list[tuple[Path, Path]]:
    """Return where each file comes from, and where it belongs."""
    pairs = []
    for name, (package, wanted) in _FILES.items():
        base = Path(str(files(package))) / "data"
        for item in wanted:
            source = base / item
            if not source.exists():
                raise SourceMissingError(source)
            for path in sorted(source.iterdir()) if source.is_dir() else [source]:
                pairs.append((path, target / name / path.relative_to(base)))
    return [*pairs, *((source, target / FOLDER / source.name) for source in FILES)]


def write_land(files: Mapping[str, Callable[[], str]], target: Path | None = None) -> None:
    """Write the files of the land that are not there yet, and remove those of an earlier land.

    Parameters
    ----------
    files
        What makes the content of each file, by its name, which changes with its content.
    target
        Where to write to; ``static/geo`` by default. The folder is public: boundaries only.

    Notes
    -----
    An earlier file is kept for `_KEPT_S` after its last use, since pages that are open ask for it.
    """
    target = target or static_land_dir()
    target.mkdir(parents=True, exist_ok=True)
    for name, made in files.items():
        path = target / name
        if path.exists():
            os.utime(path)
            continue
        with whole_file(path) as partial:
            partial.write_text(made(), encoding="utf-8")
    for path in target.glob("*.json"):
        if path.name not in files and time.time() - path.stat().st_mtime > _KEPT_S:
            path.unlink(missing_ok=True)
