"""Closed word lists, ranges and patterns of the tables in `data.schema_logistics`."""

from __future__ import annotations

ALLOWED: dict[tuple[str, str], tuple[str, ...]] = {}
RANGES: dict[tuple[str, str], tuple[float, float]] = {}
COUNTS: set[tuple[str, str]] = set()
PATTERNS: dict[tuple[str, str], tuple[str, str]] = {}
