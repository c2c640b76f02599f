"""``cli.py import hari-h`` and ``import disputes``: the voting day and what follows it."""

from __future__ import annotations

import typer

from commands.shared import AsJson, DryRun, Election, FileIn, explained, print_json, tell_faults
from services.texts import text

app = typer.Typer()


@app.command("hari-h")
def import_day(
    file: FileIn, election: Election, dry_run: DryRun = False, as_json: AsJson = False
) -> None:
    """Bring in what was heard of TPS on voting day from CSV or XLSX."""
    from services.polling.hari_h import import_status_file
    from services.prepare import open_prepared

    with explained():
        done = import_status_file(open_prepared(), file, election, dry_run)
    if as_json:
        print_json(done.as_dict())
        return
    typer.echo(
        text("cli.imported", accepted=done.accepted, quarantined=done.quarantined,
             duplicates=done.duplicates)
    )  # fmt: skip
    tell_faults(done.faults)


@app.command("disputes")
def import_disputes(file: FileIn, dry_run: DryRun = False, as_json: AsJson = False) -> None:
    """Bring in re-votes, recounts and disputes from CSV or XLSX."""
    from services.polling.disputes import import_dispute_file
    from services.prepare import open_prepared

    with explained():
        done = import_dispute_file(open_prepared(), file, dry_run)
    if as_json:
        print_json(done.as_dict())
        return
    typer.echo(
        text("cli.imported", accepted=done.accepted, quarantined=done.quarantined,
             duplicates=done.duplicates)
    )  # fmt: skip
    tell_faults(done.faults)
