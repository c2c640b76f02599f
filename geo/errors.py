"""Errors of the spatial layer. Each has a builtin parent and carries the offending value."""

from __future__ import annotations

from collections.abc import Sequence


class CrsError(ValueError):
    """A frame has no coordinate reference system, or not the expected one.

    Attributes
    ----------
    found
        What the frame carries (None when it carries none).
    expected
        What was expected, as text.
    """

    def __init__(self, found: object, expected: str) -> None:
        super().__init__(f"CRS {found!r}, expected {expected}")
        self.found = found
        self.expected = expected


class GeometryError(ValueError):
    """Geometries that cannot be used; all faults of a frame are reported at once.

    Attributes
    ----------
    faults
        One sentence per fault, each naming the row it is about.
    """

    def __init__(self, faults: Sequence[str]) -> None:
        super().__init__("; ".join(faults))
        self.faults = tuple(faults)


class CodeError(ValueError):
    """A unit code that is malformed or unknown.

    Attributes
    ----------
    value
        The code as given.
    expected
        What was expected, as text.
    """

    def __init__(self, value: object, expected: str) -> None:
        super().__init__(f"code {value!r}, expected {expected}")
        self.value = value
        self.expected = expected


class ParameterError(ValueError):
    """A parameter outside its allowed range.

    Attributes
    ----------
    name, value, expected
        The parameter, what was given, and the allowed range as text.
    """

    def __init__(self, name: str, value: object, expected: str) -> None:
        super().__init__(f"{name}={value!r}, expected {expected}")
        self.name = name
        self.value = value
        self.expected = expected


class NoRouteError(LookupError):
    """Two places that no way of the network joins.

    Attributes
    ----------
    origin, target
        The places, as asked for.
    """

    def __init__(self, origin: str, target: str) -> None:
        super().__init__(f"no way from {origin!r} to {target!r}")
        self.origin = origin
        self.target = target
