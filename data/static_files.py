"""Library files for the browser, copied from installed wheels so that no map needs the internet."""

from __future__ import annotations

import shutil
from functools import cache
from importlib.resources import files
from pathlib import Path
from string import Template

from data.errors import SourceMissingError
from data.paths import static_vendor_dir, whole_file

_FILES = {
    "leaflet": ("xstatic.pkg.leaflet", ("leaflet.js", "leaflet.css", "images")),
    "jquery": ("xstatic.pkg.jquery", ("jquery.min.js",)),
}


@cache
def skeleton_page() -> Template:
    """Return the frame shown until a page has words, with gaps for ``name`` and ``words``."""
    return Template(Path(__file__).with_name("skeleton.html").read_text(encoding="utf-8"))


def copy_vendor_files(target: Path | None = None) -> int:
    """Copy Leaflet and jQuery into the public folder; leave files that are already right.

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


def stale_vendor_files(target: Path | None = None) -> list[Path]:
    """Return the files of the public folder that are missing or not as their wheel has them."""
    return [path for _, path in _stale(target)]


def _stale(target: Path | None) -> list[tuple[Path, Path]]:
    """Return where each file that is not right comes from, and where it belongs."""
    target = target or static_vendor_dir()
    stale = []
    for name, (package, wanted) in _FILES.items():
        base = Path(str(files(package))) / "data"
        for item in wanted:
            source = base / item
            if not source.exists():
                raise SourceMissingError(source)
            for path in sorted(source.iterdir()) if source.is_dir() else [source]:
                own = target / name / path.relative_to(base)
                if not own.exists() or own.read_bytes() != path.read_bytes():
                    stale.append((path, own))
    return stale
