"""What the product refuses, said once: each error has a builtin parent and carries its values."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar


@dataclass(eq=False)
class SiagaError(Exception):
    """Base of all errors that have words for a reader: fields, and where their words stand.

    Attributes
    ----------
    key
        Key under ``[error]`` of the catalogue; `services.explain` fills its gaps with the fields.
    form
        One sentence for logs, with the fields as gaps.
    """

    key: ClassVar[str]
    form: ClassVar[str]

    def __post_init__(self) -> None:
        for name, value in vars(self).items():
            if isinstance(value, list):
                setattr(self, name, tuple(value))

    def __reduce__(self) -> tuple[object, ...]:
        """Let a copy be made from the fields, however they were given."""
        return _again, (type(self), dict(vars(self)))

    def __str__(self) -> str:
        """Return the sentence for logs; several faults stand one behind the other."""
        shown = {
            name: "; ".join(map(str, value)) if name == "faults" else value
            for name, value in vars(self).items()
        }
        return self.form.format(**shown)


def _again(kind: type[SiagaError], fields: dict[str, object]) -> SiagaError:
    return kind(**fields)


@dataclass(eq=False)
class CrsError(SiagaError, ValueError):
    """A frame has no coordinate reference system (``found`` is None), or not the expected one."""

    key = "crs"
    form = "CRS {found!r}, expected {expected}"
    found: object
    expected: str


@dataclass(eq=False)
class GeometryError(SiagaError, ValueError):
    """Geometries that cannot be used; all faults of a frame at once, each naming its row."""

    key = "geometry"
    form = "{faults}"
    faults: Sequence[str]


@dataclass(eq=False)
class CodeError(SiagaError, ValueError):
    """A unit code that is malformed or unknown."""

    key = "code"
    form = "code {value!r}, expected {expected}"
    value: object
    expected: str


@dataclass(eq=False)
class ParameterError(SiagaError, ValueError):
    """A parameter outside its allowed range, which ``expected`` says."""

    key = "parameter"
    form = "{name}={value!r}, expected {expected}"
    name: str
    value: object
    expected: str


@dataclass(eq=False)
class NoRouteError(SiagaError, LookupError):
    """Two places, as asked for, that no way of the network joins."""

    key = "no_route"
    form = "no way from {origin!r} to {target!r}"
    origin: str
    target: str
