"""Who acts: an account of an office with a role, never a person by name."""

from __future__ import annotations

from dataclasses import dataclass

ROLES = ("pembaca", "operator", "verifikator", "perencana", "admin")
"""Roles, from reading to everything."""


@dataclass(frozen=True)
class Actor:
    """Whoever looks at or changes something.

    Attributes
    ----------
    account
        A handle such as ``kpu.kota.1``.
    office
        The office it belongs to.
    role
        One of `ROLES`.
    areas
        Codes of kabupaten; empty means the whole province.
    """

    account: str
    office: str
    role: str
    areas: tuple[str, ...] = ()
