"""Files that come through the browser, as files on disk for as long as they are read."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory


@contextmanager
def uploaded(name: str, content: bytes) -> Iterator[Path]:
    """Yield the path of a file with this content; it is gone when the block ends.

    Parameters
    ----------
    name
        Name of the file as the browser gave it; folders in it are dropped.
    content
        Its bytes.
    """
    with TemporaryDirectory(prefix="siaga-") as folder:
        path = Path(folder) / (Path(name).name or "file")
        path.write_bytes(content)
        yield path
