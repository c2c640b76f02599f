"""``cli.py risk``: both indices of every TPS on a date, with their reasons."""

from __future__ import annotations

from datetime import date, datetime
from pathlib import Path
from typing import Annotated

import typer

from commands.shared import AsJson, explained, print_json
from services.texts import text

app = typer.Typer()


@app.command()
def risk(
    election: Annotated[str, typer.Option(help="Key of the election, such as pemilu2024.")],
    as_of: Annotated[
        datetime | None,
        typer.Option("--date", formats=["%Y-%m-%d"], help="As known on this day; else today."),
    ] = None,
    output: Annotated[
        Path | None, typer.Option("-o", "--output", help=".csv .xlsx .geojson .parquet")
    ] = None,
    params: Annotated[
        Path | None, typer.Option(help="TOML of parameters in place of the shipped ones.")
    ] = None,
    seed: Annotated[int | None, typer.Option(help="Seed of the draws of weights.")] = None,
    simulation: Annotated[
        bool, typer.Option("--simulasi", help="Fill what is unknown with simulated values.")
    ] = False,
    why: Annotated[
        str | None, typer.Option(help="Print the reasons of this TPS, or kabupaten by its code.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Say which TPS need attention on a date, why, and how sure that is."""
    from services.dataset import load_dataset
    from services.prepare import open_prepared
    from services.risk import changes_since_rakor, explain_tps, read_params, risk_view, seeded
    from services.risk_export import write_risk
    from services.risk_words import change_lines, reason_lines, summary_lines

    day = as_of.date() if as_of else date.today()
    with explained():
        chosen = seeded(read_params(params), seed)
        data = load_dataset(open_prepared())
        view = risk_view(data, election, day, chosen, simulation=simulation)
        lines = summary_lines(view)
        if simulation and not view.simulation:
            lines.insert(0, text("kerawanan.no_simulation"))
        if why is not None:
            lines += reason_lines(explain_tps(view, why))
            lines += change_lines(changes_since_rakor(view), view, why)
        rows = None if output is None else write_risk(view, output)
    if as_json:
        print_json(
            {
                "election": election, "date": day, "level": view.level, "rows": rows,
                "simulation": view.simulation, "lines": lines,
            }
        )  # fmt: skip
        return
    for line in lines:
        typer.echo(line)
    if output is not None:
        typer.echo(text("cli.exported", n=rows, layer=f"risk {election}", path=output))
