"""Errors to words, in one place for pages and commands."""

from __future__ import annotations

from analytics.network.sea_windows import SeaSeriesError
from analytics.plan.inputs import PlanInputError
from data.boundaries.files import BoundaryFileError
from data.errors import FileUnreadableError, SchemaError, SourceMissingError, StoreError
from geo.errors import CodeError, CrsError, GeometryError, NoRouteError, ParameterError
from services.texts import DEFAULT_LANGUAGE, text

_WORDS: tuple[tuple[type[Exception], str, tuple[str, ...]], ...] = (
    (BoundaryFileError, "boundary", ("path", "faults")),
    (FileUnreadableError, "file_unreadable", ("path", "reason", "expected")),
    (SourceMissingError, "source_missing", ("path",)),
    (SchemaError, "schema", ("table", "faults")),
    (StoreError, "store", ("url", "reason")),
    (CrsError, "crs", ("found", "expected")),
    (GeometryError, "geometry", ("faults",)),
    (CodeError, "code", ("value", "expected")),
    (ParameterError, "parameter", ("name", "value", "expected")),
    (NoRouteError, "no_route", ("origin", "target")),
    (PlanInputError, "plan_input", ("faults",)),
    (SeaSeriesError, "plan_input", ("faults",)),
)
"""Kind of error, key of its words, and the attributes that fill their gaps."""

EXPLAINED = tuple(kind for kind, _, _ in _WORDS)
"""What `explain` has words for; anything else is a fault of the product and is not hidden."""

_OWN_WORDS = {
    "date_from": "dates_reversed",
    "events": "no_events",
    "reports": "no_reports",
    "steps": "few_steps",
}
"""Parameters that a reader gets wrong by choosing a window, and the words for it."""


def explain(error: Exception, lang: str = DEFAULT_LANGUAGE) -> str:
    """Return what went wrong, with the value and what was expected.

    Raises
    ------
    TypeError
        For an error the product has no words for.
    """
    for kind, key, names in _WORDS:
        if isinstance(error, kind):
            values = {name: _shown(getattr(error, name)) for name in names}
            if isinstance(error, StoreError):
                return text(f"store.{error.kind}", lang, **values)
            own = _OWN_WORDS.get(error.name) if isinstance(error, ParameterError) else None
            try:
                return text(f"error.{own or key}", lang, **values)
            except (SourceMissingError, FileUnreadableError, SchemaError):
                return str(error)  # the words name the province, and it is the province that fails
    raise TypeError(f"no words for {type(error).__name__}") from error


def _shown(value: object) -> object:
    """Return a value as a reader sees it: faults as a list, one a line."""
    if isinstance(value, tuple):
        return "\n- " + "\n- ".join(map(str, value)) if len(value) > 1 else str(value[0])
    return value
