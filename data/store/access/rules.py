"""What the rows of those who may sign in must be."""

from __future__ import annotations

from data.store.ledger.acts import ROLES
from data.store.rule import Rule, no_person

ACCOUNT = (
    r"[a-z][a-z0-9]*(\.[a-z0-9]+)*\.[0-9]{1,3}",
    "an office, its area and a number, such as kpu.kota.1",
)
"""It ends in a number: an account is one of several of an office, not somebody's name."""
AREAS = (r"\d{2}\.\d{2}(\|\d{2}\.\d{2})*", "codes of kabupaten with | between them")
ALLOWED: dict[tuple[str, str], tuple[str, ...]] = {("users", "role"): ROLES}
PATTERNS: dict[tuple[str, str], tuple[str, str]] = {
    ("users", "account"): ACCOUNT,
    ("users", "areas"): AREAS,
    ("users", "person_hash"): (r"[0-9a-f]{64}", "64 hexadecimal digits"),
}

RULES: dict[str, list[Rule]] = {"users": [no_person("office")]}
