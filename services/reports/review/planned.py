"""What is planned, typed in: an assembly, a hearing, a delivery, on the agenda."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from hashlib import blake2b

from data.clock import today
from services.reports.review.one_row import Filled, one_line


@dataclass(frozen=True)
class Planned:
    """Something on the agenda as far as it is typed.

    Attributes
    ----------
    kind
        One of `data.store.rules.AGENDA_KINDS`.
    title
        What it is.
    date_start, date_end
        First and last day; one day needs no last.
    code
        The finest unit that was chosen.
    crowd
        How many people are expected.
    owner, permit
        Which office has it in hand, and how its permit or notice stands.
    """

    kind: str | None = None
    title: str = ""
    date_start: date | None = None
    date_end: date | None = None
    code: str | None = None
    crowd: int | None = None
    owner: str = ""
    permit: str = ""

    @property
    def missing(self) -> tuple[str, ...]:
        """Fields that are needed and still blank, in the order of the form."""
        needed = ("kind", "title", "code", "date_start")
        return tuple(name for name in needed if not getattr(self, name))

    @property
    def filled(self) -> Filled:
        """The row that goes the way of a file; who types the same again corrects it."""
        said = f"{self.date_start}|{self.kind}|{self.code}|{one_line(self.title).casefold()}"
        told: dict[str, object] = {
            "agenda_id": f"formulir-{blake2b(said.encode(), digest_size=6).hexdigest()}",
            "date_start": self.date_start,
            "date_end": self.date_end,
            "date_known": today(),
            "kind": self.kind,
            "title": self.title,
            "unit_code": self.code,
            "expected_crowd": self.crowd,
            "owner": self.owner,
            "permit": self.permit,
        }
        cells = {name: "" if value is None else str(value) for name, value in told.items()}
        return Filled("table agenda", cells)
