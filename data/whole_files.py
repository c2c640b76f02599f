"""Files that appear whole or not at all, whoever writes them at the same time."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def whole_file(path: Path) -> Iterator[Path]:
    """Yield a path to write to; what stands there at the end becomes the file.

    Each writer has a folder of its own beside the file, so that writers never share a half-written
    one: the last to end leaves its whole file. After an error the file is as it was.
    """
    with tempfile.TemporaryDirectory(dir=path.parent, prefix=".part-") as folder:
        partial = Path(folder) / path.name
        yield partial
        os.replace(partial, path)
