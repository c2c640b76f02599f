"""What is worked out from tables, kept as long as these tables stand.

Which tables a result rests on is not declared: they are recorded while it is worked out, those of
results that it uses included. So a result cannot outlive what it was made from.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Hashable
from contextvars import ContextVar
from dataclasses import dataclass, field, replace
from functools import wraps
from inspect import Parameter, signature
from threading import Lock
from typing import TYPE_CHECKING, Any, Concatenate, ParamSpec, Protocol, TypeVar

import pandas as pd

if TYPE_CHECKING:
    from services.dataset import Dataset

Revisions = dict[str, int]
_Key = tuple[Hashable, ...]
_Call = tuple[tuple[Any, ...], dict[str, Any]]
_Bound = Callable[[tuple[Any, ...], dict[str, Any]], _Call]
P = ParamSpec("P")
T = TypeVar("T")

_KEPT: dict[Callable[..., Any], tuple[Callable[..., Any], int, _Bound]] = {}
"""Of each function that results are kept of: what works one out, how many are kept, its binder."""

_READ: ContextVar[Revisions | None] = ContextVar("_READ", default=None)
"""Tables read by the result that this thread works out now; None while it works out none."""


class Made(Protocol):
    """A result that knows the data set it was made from."""

    @property
    def data(self) -> Dataset:
        """The data set."""


S = TypeVar("S", bound="Dataset | Made")


@dataclass(eq=False)
class _Slot:
    lock: Lock = field(default_factory=Lock)
    read: Revisions | None = None
    value: Any = None

    def stands_in(self, data: Dataset) -> bool:
        """Tell whether the value is that of a data set, and let it know this one."""
        if self.read is None or not data.stands_at(self.read):
            return False
        if _is_of_other(self.value, data):
            # The same result in a later data set, of which other tables may be asked.
            self.value = replace(self.value, data=data)
        return True


@dataclass(frozen=True, eq=False)
class _Same:
    """A frame as part of a key: equal to itself alone."""

    frame: pd.DataFrame

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Same) and other.frame is self.frame

    def __hash__(self) -> int:
        return id(self.frame)


class Memo:
    """Results by function and arguments; of each function the ones used last."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._slots: dict[Callable[..., Any], OrderedDict[_Key, _Slot]] = {}

    def get(
        self,
        data: Dataset,
        make: Callable[..., T],
        most: int,
        args: tuple[Any, ...],
        named: dict[str, Any],
    ) -> T:
        """Return the result of a call; whoever asks while it is worked out waits for it."""
        slot = self._slot(make, most, _key(args, named))
        with slot.lock:
            if not slot.stands_in(data):
                slot.value, slot.read = recorded(make, args, named)
            assert slot.read is not None
            value: T = slot.value
            note_read(slot.read)
        return value

    def look(self, data: Dataset, kept: Callable[..., T], args: tuple[Any, ...]) -> tuple[T] | None:
        """Return the result of a call, alone in a tuple, if it is there; None where it is not.

        Parameters
        ----------
        kept
            A function that `memo` keeps the results of.
        args
            What it is given beside the data set.
        """
        make, _, bound = _KEPT[kept]
        key = _key(*bound((data, *args), {}))
        with self._lock:
            slot = self._slots[make].get(key) if make in self._slots else None
        if slot is None or not slot.lock.acquire(blocking=False):
            return None
        try:
            return (slot.value,) if slot.stands_in(data) else None
        finally:
            slot.lock.release()

    def put(
        self,
        data: Dataset,
        kept: Callable[..., T],
        args: tuple[Any, ...],
        value: T,
        read: Revisions,
    ) -> None:
        """Keep the result of a call that was worked out elsewhere, with the tables it rests on."""
        make, most, bound = _KEPT[kept]
        slot = self._slot(make, most, _key(*bound((data, *args), {})))
        with slot.lock:
            slot.value, slot.read = value, read

    def forget(self, data: Dataset) -> None:
        """Drop what rests on other tables than those of a data set, or on another data set."""
        with self._lock:
            for slots in self._slots.values():
                for key, slot in list(slots.items()):
                    stands = slot.read is None or data.stands_at(slot.read)
                    if not stands or any(_is_of_other(part, data) for part in key):
                        del slots[key]
                    elif _is_of_other(slot.value, data) and slot.lock.acquire(blocking=False):
                        slot.value = replace(slot.value, data=data)  # lets the other one go
                        slot.lock.release()

    def _slot(self, make: Callable[..., Any], most: int, key: _Key) -> _Slot:
        with self._lock:
            slots = self._slots.setdefault(make, OrderedDict())
            slot = slots.setdefault(key, _Slot())
            slots.move_to_end(key)
            while len(slots) > most:
                slots.popitem(last=False)
            return slot


def memo(most: int) -> Callable[[Callable[Concatenate[S, P], T]], Callable[Concatenate[S, P], T]]:
    """Keep the results of a function of a data set, or of a result made from one.

    Parameters
    ----------
    most
        How many results of the function are kept, the ones used last.

    Notes
    -----
    Arguments are compared by value, frames by identity. What is returned is shared by all readers:
    treat it as read-only. A table may be read through the data set only; what comes from
    elsewhere (a file, the clock) must be an argument.
    """

    def keep(make: Callable[Concatenate[S, P], T]) -> Callable[Concatenate[S, P], T]:
        @wraps(make)
        def kept(of: S, /, *args: P.args, **named: P.kwargs) -> T:
            data: Any = getattr(of, "data", of)
            found: T = data.results.get(data, make, most, *bound((of, *args), named))
            return found

        bound = _binder(make)
        _KEPT[kept] = make, most, bound
        return kept

    return keep


def note_read(read: Revisions) -> None:
    """Note tables as read by the result that is worked out now, if any is."""
    noted = _READ.get()
    if noted is not None:
        for table, revision in read.items():
            noted.setdefault(table, revision)


def is_recording() -> bool:
    """Tell whether a result is being worked out."""
    return _READ.get() is not None


def recorded(
    make: Callable[..., T], args: tuple[Any, ...], named: dict[str, Any]
) -> tuple[T, Revisions]:
    """Return what a call gives, and the tables it read, with the revision of each."""
    read: Revisions = {}
    token = _READ.set(read)
    try:
        return make(*args, **named), read
    finally:
        _READ.reset(token)


def _binder(make: Callable[..., Any]) -> _Bound:
    """Return what completes a call by the defaults of a function: said or not, it is one call."""
    shape = signature(make)
    if all(one.default is Parameter.empty for one in shape.parameters.values()):
        return _as_given

    def bound(args: tuple[Any, ...], named: dict[str, Any]) -> _Call:
        call = shape.bind(*args, **named)
        call.apply_defaults()
        return call.args, call.kwargs

    return bound


def _as_given(args: tuple[Any, ...], named: dict[str, Any]) -> _Call:
    return args, named


def _key(args: tuple[Any, ...], named: dict[str, Any]) -> _Key:
    """Return the arguments as a key. The data set itself is none: its revisions are compared."""
    parts = [*args, *(part for pair in sorted(named.items()) for part in pair)]
    return tuple(
        _Same(part) if isinstance(part, pd.DataFrame) else part
        for part in parts
        if not hasattr(part, "stands_at")
    )


def _is_of_other(value: object, data: Dataset) -> bool:
    """Tell whether a value knows a data set, and not this one."""
    found = getattr(value, "data", None)
    return hasattr(found, "stands_at") and found is not data
