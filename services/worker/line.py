"""What a server and its worker say to each other through a pipe."""

from __future__ import annotations

import pickle
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import IO, Any

from data.vocabulary import ACCESSES
from geo.errors import SiagaError
from services.dataset import Dataset
from services.memo import Revisions

_DATA = "data set"


@dataclass(frozen=True)
class Order:
    """What a worker is to do.

    Attributes
    ----------
    make
        ``make(data, *args)`` is called there; a function of a module.
    args
        What it is given beside the data set; what can be pickled.
    limit_s
        Above 0: seconds after which the process ends, done or not; None for no limit.
    clearance
        Which records are in the data set.
    """

    make: Callable[..., Any]
    args: tuple[Any, ...]
    limit_s: float | None = None
    clearance: tuple[str, ...] = ACCESSES


@dataclass(frozen=True)
class Outcome:
    """What came of an order.

    Attributes
    ----------
    value
        What was made.
    read
        The tables it rests on, with the revision of each.
    error
        Why nothing was made, where the product has words for it.
    broken
        Whether a fault of the product stopped it; the log of the server says which.
    """

    value: Any = field(default=None, repr=False)
    read: Revisions = field(default_factory=dict)
    error: SiagaError | None = None
    broken: bool = False


class _Pickler(pickle.Pickler):
    def persistent_id(self, obj: object) -> str | None:
        """Leave the data set out: each side has its own."""
        return _DATA if isinstance(obj, Dataset) else None


class _Unpickler(pickle.Unpickler):
    def __init__(self, stream: IO[bytes], data: Dataset | None) -> None:
        super().__init__(stream)
        self._data = data

    def persistent_load(self, pid: str) -> Dataset | None:
        """Put the data set of this side in."""
        assert pid == _DATA
        return self._data


def send(stream: IO[bytes], said: object) -> None:
    """Say something, whole."""
    _Pickler(stream, pickle.HIGHEST_PROTOCOL).dump(said)
    stream.flush()


def receive(stream: IO[bytes], data: Dataset | None = None) -> Any:
    """Wait for what the other side says and return it.

    Parameters
    ----------
    data
        Stands in it where the other side had its data set.

    Raises
    ------
    EOFError, pickle.UnpicklingError
        When the other side is gone, between two sentences or within one.
    """
    return _Unpickler(stream, data).load()
