"""Counts of the nation's reports for views, and what is kept of them while nothing is published."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Hashable
from dataclasses import dataclass
from threading import Lock
from typing import TYPE_CHECKING, Any, TypeVar

import pandas as pd

from data.nation import views as asked
from data.nation.views import Days, NationState
from geo.codes import Level, level_of

if TYPE_CHECKING:
    from data.nation.connection import Reading

T = TypeVar("T")
_KEPT_LEVELS: tuple[Level, ...] = ("provinsi", "kabupaten")


class Kept:
    """The results used last, by what they were made from.

    Parameters
    ----------
    most
        How many are kept.
    """

    def __init__(self, most: int) -> None:
        self._most = most
        self._lock = Lock()
        self._found: OrderedDict[Hashable, Any] = OrderedDict()

    def get(self, key: Hashable, make: Callable[[], T]) -> T:
        """Return what was made for a key, else make it; two who ask at once may both make it."""
        with self._lock:
            if key in self._found:
                self._found.move_to_end(key)
                known: T = self._found[key]
                return known
        made = make()
        with self._lock:
            self._found[key] = made
            while len(self._found) > self._most:
                self._found.popitem(last=False)
        return made


@dataclass(frozen=True)
class Counts:
    """Counts of some days; those of the widest levels are kept, whatever part is looked at."""

    connection: Reading
    state: NationState
    days: Days
    kept: Kept

    def of_units(self, level: Level, codes: list[str]) -> pd.Series:
        """Return reports by code, of units of a level; see `data.nation.views.reports_by_unit`."""
        if level not in _KEPT_LEVELS:
            return asked.reports_by_unit(self.connection, level, codes, self.days)
        whole = self.kept.get((self.state, level, self.days), lambda: self._all(level))
        return whole.reindex(codes)

    def _all(self, level: Level) -> pd.Series:
        codes = asked.codes_of(self.connection, level)
        return asked.reports_by_unit(self.connection, level, codes, self.days)

    def of_scope(self, scope: str) -> int:
        """Return how many reports are known to lie in a unit, in any for ""."""
        if not scope:
            return int(self.kept.get((self.state, "provinsi", self.days),
                                     lambda: self._all("provinsi")).sum())  # fmt: skip
        return int(self.of_units(level_of(scope), [scope]).sum())

    def unplaced(self) -> int:
        """Return how many reports could be placed nowhere."""
        return self.kept.get(
            (self.state, "", self.days), lambda: asked.unplaced(self.connection, self.days)
        )
