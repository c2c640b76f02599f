"""What all commands share: errors in words, JSON that every reader understands."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, datetime
from pathlib import Path
from typing import Annotated

import pandas as pd
import typer

from data.clock import now, today
from data.ingest.values.dates import YEAR_MAX, YEAR_MIN
from data.province import default_election
from geo.errors import ParameterError
from services.explain import EXPLAINED, explain
from services.texts import text

EXIT_INCOMPLETE = 1
"""Some parts of what was asked for failed; the others are there."""
EXIT_UNUSABLE = 2
SHOWN_FAULTS = 20

AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON object and nothing else.")]
FileIn = Annotated[Path, typer.Argument(help="The file to import.")]
KabupatenCode = Annotated[str | None, typer.Option("--kabupaten", help="Code of the kabupaten.")]
DryRun = Annotated[bool, typer.Option(help="Report what would happen and store nothing.")]
Faults = Annotated[
    Path | None, typer.Option(help="Write the refused rows to this CSV or XLSX file.")
]


@contextmanager
def explained() -> Iterator[None]:
    """Turn an error the product has words for into a message and exit code 2."""
    try:
        yield
    except EXPLAINED as error:
        typer.secho(explain(error), err=True, fg="red")
        raise typer.Exit(EXIT_UNUSABLE) from error
    except UnicodeEncodeError as error:  # what was typed holds bytes that are no text
        fault = ParameterError("text", ascii(error.object[:40]), "UTF-8")
        typer.secho(explain(fault), err=True, fg="red")
        raise typer.Exit(EXIT_UNUSABLE) from error


def words_of(error: Exception) -> str:
    """Return what is said of the failure of a part; a fault of the product as it is."""
    try:
        return explain(error)
    except TypeError:
        return repr(error)


def _default_election() -> str:
    with explained():
        return default_election()


Election = Annotated[
    str,
    typer.Option(
        default_factory=_default_election,
        help="Election of the rows that name none; by default that of the province.",
    ),
]


def day_asked(value: datetime | None) -> date:
    """Return the day that a command is asked for, today where none is.

    Raises
    ------
    ParameterError
        For a day that nothing is known of and that the calendar cannot reckon around.
    """
    if value is None:
        return today()
    if not YEAR_MIN <= value.year <= YEAR_MAX:
        raise ParameterError(
            "date", value.date().isoformat(), f"{YEAR_MIN}-01-01 … {YEAR_MAX}-12-31"
        )
    return value.date()


def moment_asked(at: str | None) -> datetime:
    """Return the moment that a command is asked for, now where none is."""
    from services.plan.what_if import moment

    return now() if at is None else moment(at).to_pydatetime()


def print_json(value: object) -> None:
    """Print one JSON object; what JSON cannot say is null."""
    typer.echo(json.dumps(_finite(value), ensure_ascii=False, default=str, allow_nan=False))


def _finite(value: object) -> object:
    """Return a value in which what JSON cannot say (infinite, not a number) is null."""
    if isinstance(value, dict):
        return {key: _finite(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_finite(item) for item in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value


def report_faults(faults: pd.DataFrame) -> None:
    """Print the first rows that were refused, and how many more there are."""
    for row in faults.head(SHOWN_FAULTS).itertuples():
        typer.echo(
            text(
                "cli.fault",
                row=row.row_number,
                column=row.column_name,
                value=row.value,
                reason=row.reason,
                expected=row.expected,
            )
        )
    if len(faults) > SHOWN_FAULTS:
        typer.echo(text("cli.more_faults", n=len(faults) - SHOWN_FAULTS))
