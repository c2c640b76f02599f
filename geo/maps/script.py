"""What draws the land, as files for the browser."""

from __future__ import annotations

from pathlib import Path

FILES = tuple(
    Path(__file__).with_name(name) for name in ("panels.js", "land.js", "land.css", "nation.js")
)
FOLDER = "siaga"
"""Where they stand in the public folder of library files."""
