"""A flat table of parameters, and the check of a number against its range."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

from geo.errors import ParameterError


def in_range(key: str, value: object, low: float, high: float) -> float:
    """Return a number in a closed range.

    Parameters
    ----------
    key
        Row of the table, for the error.
    value
        What was given.
    low, high
        Ends of the range, in the unit of the value.

    Raises
    ------
    ParameterError
        When it is no number, or out of the range; names the row.
    """
    expected = f"{low:g} to {high:g}"
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise ParameterError(key, value, expected)
    if not math.isfinite(value) or not low <= value <= high:
        raise ParameterError(key, value, expected)
    return float(value)


class Values:
    """A flat table that knows which of its rows were asked for.

    Every way to read a row raises `ParameterError` with the row's key when it is not there or of
    another type.
    """

    def __init__(self, values: Mapping[str, object]) -> None:
        self._values = values
        self._used: set[str] = set()

    def get(self, key: str) -> object:
        """Return the value of a row.

        Raises
        ------
        ParameterError
            When there is no such row, or it is of another type.
        """
        if key not in self._values:
            raise ParameterError(key, None, "a value")
        self._used.add(key)
        return self._values[key]

    def number(self, key: str) -> float:
        """Return the number of a row.

        Raises
        ------
        ParameterError
            When there is no such row, or it is of another type.
        """
        value = self.get(key)
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise ParameterError(key, value, "a number")
        return float(value)

    def whole(self, key: str) -> int:
        """Return the whole number of a row.

        Raises
        ------
        ParameterError
            When there is no such row, or it is of another type.
        """
        value = self.get(key)
        if isinstance(value, bool) or not isinstance(value, int):
            raise ParameterError(key, value, "a whole number")
        return value

    def words(self, key: str) -> tuple[str, ...]:
        """Return the list of words of a row.

        Raises
        ------
        ParameterError
            When there is no such row, or it is of another type.
        """
        value = self.get(key)
        if isinstance(value, str) or not isinstance(value, Sequence):
            raise ParameterError(key, value, "a list of words")
        return tuple(str(word) for word in value)

    def group(self, prefix: str) -> tuple[tuple[str, float], ...]:
        """Return the numbers below a prefix, by the rest of their key."""
        keys = [key for key in self._values if key.startswith(f"{prefix}.")]
        return tuple((key.partition(".")[2], self.number(key)) for key in keys)

    def texts(self, prefix: str) -> tuple[tuple[str, str], ...]:
        """Return the texts below a prefix, by the rest of their key."""
        keys = [key for key in self._values if key.startswith(f"{prefix}.")]
        return tuple((key.partition(".")[2], str(self.get(key))) for key in keys)

    def require_all_used(self) -> None:
        """Raise `ParameterError` for the first row that nobody asked for."""
        for key, value in self._values.items():
            if key not in self._used:
                raise ParameterError(key, value, "a known parameter")
