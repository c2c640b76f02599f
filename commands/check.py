"""``cli.py check``: whether the store and the files are sound."""

from __future__ import annotations

import typer

from commands.shared import AsJson, explained, print_json
from services.texts import text

EXIT_FAULTS = 1

app = typer.Typer()


@app.command("check")
def check(as_json: AsJson = False) -> None:
    """Say whether store and files are sound: exit 0 if so, 1 with faults, 2 without a store."""
    from services.check import check_installation

    with explained():
        found = check_installation()
    faults = sum(len(finding.faults) for finding in found)
    if as_json:
        print_json(
            {
                "sound": not faults,
                "findings": [
                    {"subject": f.subject, "sound": not f.faults, "faults": f.faults} for f in found
                ],
            }
        )
    else:
        for finding in found:
            state = text("check.faults", n=len(finding.faults)) if finding.faults else None
            typer.echo(f"{text(f'check.{finding.subject}')}: {state or text('check.sound')}")
            for fault in finding.faults:
                typer.echo(f"  - {fault}")
        typer.echo(text("check.all_sound") if not faults else text("check.advice", n=faults))
    if faults:
        raise typer.Exit(EXIT_FAULTS)
