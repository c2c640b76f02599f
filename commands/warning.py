"""The warnings of a day: place, level, rule, evidence and who is asked to act."""

from __future__ import annotations

from datetime import date as date_type
from datetime import datetime
from typing import Annotated, Any

import typer

from commands.shared import EXIT_UNUSABLE, AsJson, day_asked, explained, print_json
from services.texts import day, label, number, text

app = typer.Typer()
Least = Annotated[
    str | None,
    typer.Option(help="Exit 1 when a warning is of this level or graver: waspada, siaga, awas."),
]


@app.command()
def warn(
    date: Annotated[
        datetime | None,
        typer.Option("--date", formats=["%Y-%m-%d"], help="As known on this day; else today."),
    ] = None,
    keep: Annotated[
        str | None,
        typer.Option(metavar="OFFICE", help="Keep them in the register, in the name of an office."),
    ] = None,
    fail_at: Least = None,
    as_json: AsJson = False,
) -> None:
    """Say what is warned of on a day, by which rule, on what evidence, and who is asked to act."""
    from analytics.warning.rules import LEVELS
    from geo.errors import ParameterError
    from services.dataset import load_dataset
    from services.prepare import open_prepared
    from services.warning.record import false_a_year, with_probability
    from services.warning.register import keep_warnings
    from services.warning.today import first_day, warnings_on
    from services.warning.words import warning_json

    with explained():
        as_of = day_asked(date)
        if fail_at is not None and fail_at not in LEVELS:
            raise ParameterError("fail-at", fail_at, "one of " + ", ".join(LEVELS))
        data = load_dataset(open_prepared())
        first = first_day(data)
        if first is None or as_of < first:
            no_data = text("warning.no_data") if first is None else ""
            words = no_data or text("warning.before_data", day=day(as_of), first=day(first))
            typer.secho(words, err=True, fg="red")
            raise typer.Exit(EXIT_UNUSABLE)
        rows = with_probability(warnings_on(data, as_of), as_of)
        found = [
            warning_json(row, data, "id")
            | {"false_signals_a_year": false_a_year(row["rule"], as_of)}
            for _, row in rows.iterrows()
        ]
        new = keep_warnings(data, as_of, keep) if keep is not None else []
    if as_json:
        print_json(found)
    else:
        _print(found, text("warning.cli_head", n=len(found), day=day(as_of)), as_of)
        if keep is not None:
            typer.echo(text("warning.cli_kept", n=len(new), office=keep))
    reached = LEVELS[LEVELS.index(fail_at) :] if fail_at else ()
    if any(one["level"] in reached for one in found):
        raise typer.Exit(1)


def _print(found: list[dict[str, Any]], head: str, as_of: date_type) -> None:
    typer.echo(head if found else text("warning.cli_none", day=day(as_of)))
    for one in found:
        level = label("warning_level", one["level"]).upper()
        chance = one["probability"]
        said = text("warning.cli_unmeasured")
        if isinstance(chance, float):
            said = text("warning.cli_percent", n=number(100 * chance))
        typer.echo(text("warning.cli_line", level=level, id=one["id"], title=one["title"]))
        more = {key: one[key] for key in ("reason", "owner", "action", "confidence")}
        typer.echo(text("warning.cli_more", probability=said, **more))
