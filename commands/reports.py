"""The places to watch on a day, with their reasons and the record of the list."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

import typer

from commands.shared import AsJson, explained, print_json
from data.clock import today

app = typer.Typer()


@app.command()
def watch(
    as_of: Annotated[
        datetime | None,
        typer.Option("--date", formats=["%Y-%m-%d"], help="As known on this day; else today."),
    ] = None,
    n: Annotated[int, typer.Option(help="How many places.", min=1)] = 5,
    as_json: AsJson = False,
) -> None:
    """Say which places to watch first, why, and how well such lists foretold."""
    from services.dataset import load_dataset
    from services.hotspots.watch_record import record_of, record_words
    from services.prepare import open_prepared
    from services.reports.watch import watch_rows

    day = as_of.date() if as_of else today()
    with explained():
        data = load_dataset(open_prepared())
        rows = watch_rows(data, day, "id", n)
        record = record_of(data)
    if as_json:
        shares = record.share.to_dict()
        judged = {"dates": record.n_dates, "first": record.first, "last": record.last, **shares}
        print_json({"date": day, "places": rows, "record": judged})
        return
    for row in rows:
        typer.echo(f"{row['rank']}. {row['place']} ({row['level']}): {row['reason']}")
    typer.echo(record_words(record, "id"))
