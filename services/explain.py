"""Errors to words, in one place for pages and commands."""

from __future__ import annotations

from analytics.plan_inputs import PlanInputError
from analytics.sea_windows import SeaSeriesError
from data.boundary_files import BoundaryFileError
from data.errors import FileUnreadableError, SchemaError, SourceMissingError, StoreError
from geo.errors import CodeError, CrsError, GeometryError, NoRouteError, ParameterError
from services.texts import DEFAULT_LANGUAGE, text

EXPLAINED = (
    BoundaryFileError,
    FileUnreadableError,
    SchemaError,
    SourceMissingError,
    StoreError,
    CodeError,
    CrsError,
    GeometryError,
    NoRouteError,
    ParameterError,
    PlanInputError,
    SeaSeriesError,
)
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
    values: dict[str, object]
    match error:
        case BoundaryFileError(path=path, faults=faults):
            key, values = "boundary", {"path": path, "faults": "\n- " + "\n- ".join(faults)}
        case FileUnreadableError(path=path, reason=reason, expected=expected):
            key, values = "file_unreadable", {"path": path, "reason": reason, "expected": expected}
        case SourceMissingError(path=path):
            key, values = "source_missing", {"path": path}
        case SchemaError(table=table, faults=faults):
            key, values = "schema", {"table": table, "faults": "; ".join(faults)}
        case StoreError(url=url, reason=reason):
            key, values = "store", {"url": url, "reason": reason}
        case CrsError(found=found, expected=expected):
            key, values = "crs", {"found": found, "expected": expected}
        case GeometryError(faults=faults):
            key, values = "geometry", {"faults": "; ".join(faults)}
        case CodeError(value=value, expected=expected):
            key, values = "code", {"value": value, "expected": expected}
        case ParameterError(name=name, value=value) if name in _OWN_WORDS:
            key, values = _OWN_WORDS[name], {"value": value}
        case ParameterError(name=name, value=value, expected=expected):
            key, values = "parameter", {"name": name, "value": value, "expected": expected}
        case PlanInputError(faults=faults) | SeaSeriesError(faults=faults):
            key, values = "plan_input", {"faults": "\n- " + "\n- ".join(map(str, faults))}
        case NoRouteError(origin=origin, target=target):
            key, values = "no_route", {"origin": origin, "target": target}
        case _:
            raise TypeError(f"no words for {type(error).__name__}") from error
    return text(f"error.{key}", lang, **values)
