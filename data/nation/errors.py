"""What can be wrong with the nation in the database, or with a file of its reports."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from geo.errors import SiagaError

NationFault = Literal[
    "sqlite", "none", "version", "postgis", "no_places", "columns", "running", "changed",
    "not_published", "published", "places_changed",
]  # fmt: skip


@dataclass(eq=False)
class NationError(SiagaError, RuntimeError):
    """Something that the nation cannot be asked, or made, as it is.

    Attributes
    ----------
    kind
        Machine key of what is wrong; the catalogue has words for each under ``[nation_fault]``.
    detail
        The address, version, file or column that is at fault.
    """

    key = "nation"
    form = "{kind}: {detail}"
    kind: NationFault
    detail: str
