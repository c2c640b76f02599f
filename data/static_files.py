"""Library files for the browser, copied from installed wheels so that no map needs the internet."""

from __future__ import annotations

import shutil
from importlib.resources import files
from pathlib import Path

from data.errors import SourceMissingError
from data.paths import static_vendor_dir
from data.whole_files import whole_file

_FILES = {
    "leaflet": ("xstatic.pkg.leaflet", ("leaflet.js", "leaflet.css", "images")),
    "jquery": ("xstatic.pkg.jquery", ("jquery.min.js",)),
}


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
    target = target or static_vendor_dir()
    written = 0
    for name, (package, wanted) in _FILES.items():
        base = Path(str(files(package))) / "data"
        for item in wanted:
            source = base / item
            if not source.exists():
                raise SourceMissingError(source)
            found = sorted(source.iterdir()) if source.is_dir() else [source]
            for path in found:
                written += _copy(path, target / name / path.relative_to(base))
    return written


def _copy(source: Path, target: Path) -> bool:
    if target.exists() and target.read_bytes() == source.read_bytes():
        return False
    target.parent.mkdir(parents=True, exist_ok=True)
    with whole_file(target) as partial:
        shutil.copyfile(source, partial)
    return True
