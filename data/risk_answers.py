"""One answer about a TPS or a desa, as given on the telephone."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

ANSWER_IMPORT = "jawaban"
"""Stands for the import of what was typed into a form."""


@dataclass(frozen=True)
class Answer:
    """What an agency says of one place.

    Attributes
    ----------
    election, indicator_id
        Whose list, and which indicator of it.
    desa_code
        The desa.
    number
        Number of the TPS with three digits; None: said of the whole desa.
    value
        Yes 1, no 0, or a number in the indicator's range.
    agency
        The office that says so.
    day
        Since when.
    """

    election: str
    indicator_id: str
    desa_code: str
    number: str | None
    value: float
    agency: str
    day: date

    @property
    def tps_id(self) -> str | None:
        """The TPS; None for a whole desa."""
        return f"{self.place_id}/{self.number}" if self.number else None

    @property
    def place_id(self) -> str:
        """Election and desa."""
        return f"{self.election}/{self.desa_code}"
