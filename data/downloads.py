"""Tables as the bytes of a file, for a browser to save."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory

import pandas as pd

from data.export import export_frame


def table_bytes(frame: pd.DataFrame, suffix: str, layer: str) -> bytes:
    """Return what `data.export.export_frame` would write.

    Parameters
    ----------
    frame
        Any frame.
    suffix
        ``.csv`` or ``.xlsx``.
    layer
        Name of the sheet.
    """
    with TemporaryDirectory(prefix="siaga-") as folder:
        return export_frame(frame, Path(folder) / f"table{suffix}", layer).read_bytes()
