"""What the rows of a file are read against: the places, the TPS, and what was said of the file."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any, TypeVar

import pandas as pd

from data.ingest.files.limits import shown_name
from data.ingest.kind import Options
from data.ingest.place_lookup import PlaceLookup
from data.ingest.places import TpsRegister

_T = TypeVar("_T")


@dataclass(frozen=True)
class Context:
    """What the rows of a file are read against.

    Attributes
    ----------
    path
        The file.
    options
        What was said of it.
    import_id, digest
        Key of the import, and of the content of the file.
    read
        Returns a table of the store, as the import found it.
    more
        What else a kind is read against, by name.
    """

    path: Path
    options: Options
    import_id: str
    digest: str
    read: Callable[[str], pd.DataFrame]
    more: Mapping[str, Any] = field(default_factory=dict)
    _made: dict[Callable[[Context], Any], Any] = field(default_factory=dict, repr=False)

    @property
    def file_name(self) -> str:
        """Name of the file as it is kept and shown."""
        return str(shown_name(self.path))

    def once(self, make: Callable[[Context], _T]) -> _T:
        """Return what ``make`` makes of this, made when it is first asked for."""
        if make not in self._made:
            self._made[make] = make(self)
        found: _T = self._made[make]
        return found

    def given(self, name: str) -> Any:
        """Return what else a kind is read against.

        Raises
        ------
        KeyError
            When the caller of the import has not given it.
        """
        return self.more[name]

    @cached_property
    def lookup(self) -> PlaceLookup:
        """Names and codes of the province, and what was said of names that are neither."""
        return PlaceLookup(self.read("units"), self.options.places)

    @cached_property
    def register(self) -> TpsRegister:
        """The TPS of all elections."""
        return TpsRegister(self.read("tps"))

    @cached_property
    def elections(self) -> frozenset[str]:
        """Keys of the elections that are known."""
        return frozenset(self.read("elections")["election"])
