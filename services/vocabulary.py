"""The word lists that readers choose from."""

from __future__ import annotations

from data.vocabulary import CATEGORY_FAMILY, FAMILIES, STAGES, VERIFICATIONS, WATCHED_STAGES

CATEGORIES = tuple(CATEGORY_FAMILY)
KINDS = ("potensi", "kejadian")
OPENING_FAMILIES = ("konflik", "unjuk_rasa")
"""What the Hotspot page opens on."""

__all__ = [
    "CATEGORIES",
    "FAMILIES",
    "KINDS",
    "OPENING_FAMILIES",
    "STAGES",
    "VERIFICATIONS",
    "WATCHED_STAGES",
]
