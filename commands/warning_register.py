"""The register of warnings: who owns what is kept, what became of it; and the rules measured."""

from __future__ import annotations

from datetime import date as date_type
from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer

from commands.shared import AsJson, day_asked, explained, moment_asked, print_json
from services.texts import label, number, text

app = typer.Typer(help="The register of warnings, and how good its rules were.")
Id = Annotated[str, typer.Argument(metavar="WARNING", help="Key of the warning.")]
Office = Annotated[str, typer.Option(help="The office that says so; no person's name.")]
Reason = Annotated[str, typer.Option(help="Why.")]
When = Annotated[str | None, typer.Option("--at", help="Such as 2024-02-10T10:00; none: now.")]
Day = Annotated[
    datetime | None,
    typer.Option("--date", formats=["%Y-%m-%d"], help="As known on this day; else today."),
]


@app.command("list")
def list_(date: Day = None, as_json: AsJson = False) -> None:
    """List what fires on a day together with all that is kept, also what is closed."""
    from services.dataset import load_dataset
    from services.prepare import open_prepared
    from services.warning.register import register_on
    from services.warning.register_words import owner_words, register_json

    with explained():
        day = day_asked(date)
        data = load_dataset(open_prepared())
        rows = register_on(data, day)
    if as_json:
        print_json(register_json(rows))
        return
    if rows.empty:
        typer.echo(text("warning_register.none"))
    for _, row in rows.iterrows():
        typer.echo(
            f"{row['warning_id']}  {label('warning_state', row['state'])}  "
            f"{label('warning_level', row['level'])}  {data.place_names.get(row['place_code'])}  "
            f"{label('warning_rule', row['rule'])}  {owner_words(row, 'id')}"
        )


@app.command()
def take(
    warning_id: Id,
    owner: Annotated[str, typer.Option(help="The office that will see to it; no person's name.")],
    at: When = None,
) -> None:
    """Name the owner of a warning; one that only fires is kept with that."""
    from services.dataset import load_dataset
    from services.prepare import open_prepared
    from services.warning.register import take as take_over

    with explained():
        take_over(load_dataset(open_prepared()), warning_id, owner, moment_asked(at))
    typer.echo(text("warning_register.taken", id=warning_id, owner=owner))


@app.command()
def close(
    warning_id: Id,
    office: Office,
    reason: Reason,
    outcome: Annotated[
        str, typer.Option(help="terjadi, dicegah, tidak_terjadi, salah_alarm or tidak_diketahui.")
    ],
    at: When = None,
) -> None:
    """Close a warning with a reason and its outcome."""
    from services.dataset import load_dataset
    from services.prepare import open_prepared
    from services.warning.register import close as close_one

    with explained():
        data = load_dataset(open_prepared())
        close_one(data, warning_id, office, reason, outcome, moment_asked(at))
    typer.echo(text("warning_register.closed", id=warning_id))


@app.command()
def reopen(warning_id: Id, office: Office, reason: Reason, at: When = None) -> None:
    """Open a closed warning again, with a reason."""
    from services.dataset import load_dataset
    from services.prepare import open_prepared
    from services.warning.register import reopen as open_again

    with explained():
        open_again(load_dataset(open_prepared()), warning_id, office, reason, moment_asked(at))
    typer.echo(text("warning_register.reopened", id=warning_id))


@app.command()
def record(
    measure: Annotated[
        bool, typer.Option("--measure", help="Measure again (minutes) and write the file.")
    ] = False,
    date_from: Annotated[
        datetime, typer.Option("--from", formats=["%Y-%m-%d"], help="First day looked at.")
    ] = datetime(2023, 1, 1),
    date_to: Annotated[
        datetime | None,
        typer.Option("--to", formats=["%Y-%m-%d"], help="Last day; else the last watched one."),
    ] = None,
    output: Annotated[
        Path | None, typer.Option("-o", "--output", help="Else the file that ships.")
    ] = None,
) -> None:
    """Say how good the rules were; with --measure, replay them week by week first."""
    from services.warning.record import record_table, record_words

    if measure:
        _measure(date_from.date(), date_to.date() if date_to else None, output)
    with explained():
        typer.echo(record_words("id"))
        rows = record_table("id")
    for _, row in rows.iterrows():
        typer.echo("")
        for name, value in row.items():
            typer.echo(f"{name}: {value}")


def _measure(first: date_type, last: date_type | None, output: Path | None) -> None:
    from data.export import require_writable
    from data.warning.record import write_record
    from services.dataset import load_dataset
    from services.prepare import open_prepared
    from services.warning.measure import days_between, last_watched
    from services.warning.measure import measure as measure_rules

    with explained():
        if output is not None:
            require_writable(output)
        data = load_dataset(open_prepared())
        days = days_between(first, last or last_watched(data))
        rows = measure_rules(data, days)
        file = write_record(rows, output)
    typer.echo(text("warning_record.written", n=len(rows), days=number(len(days)), path=file))
