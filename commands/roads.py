"""The roads in use against published distances and times."""

from __future__ import annotations

import typer

from commands.shared import AsJson, explained, print_json

app = typer.Typer()


@app.command("fit-roads")
def fit_roads(as_json: AsJson = False) -> None:
    """Say how far the roads in use are from published facts, pair by pair, and what was fitted."""
    from services.network.fit import fit_lines, road_fit
    from services.prepare import open_prepared

    with explained():
        found = road_fit(open_prepared())
    if as_json:
        print_json(found)
        return
    for line in fit_lines(found, "id"):
        typer.echo(line)
