"""The indices of every TPS with their reasons, and SIMULASI indicators.

``cli.py simulate`` makes up indicators to try the pages, marked SIMULASI wherever they go.
"""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer

from commands.shared import AsJson, Election, explained, print_json
from data.clock import today
from services.texts import number, text

app = typer.Typer()


@app.command()
def risk(
    election: Annotated[str, typer.Option(help="Key of the election.")],
    as_of: Annotated[
        datetime | None,
        typer.Option("--date", formats=["%Y-%m-%d"], help="As known on this day; else today."),
    ] = None,
    output: Annotated[
        Path | None, typer.Option("-o", "--output", help=".csv .xlsx .geojson .parquet")
    ] = None,
    params: Annotated[
        Path | None, typer.Option(help="TOML of parameters instead of the shipped ones.")
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
    from services.risk.explain import (
        change_lines,
        changes_since_rakor,
        explain_tps,
        reason_lines,
        summary_lines,
    )
    from services.risk.files import write_risk
    from services.risk.index import read_params, risk_view, seeded

    day = as_of.date() if as_of else today()
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
                "election": election,
                "date": day,
                "level": view.level,
                "rows": rows,
                "simulation": view.simulation,
                "lines": lines,
            }
        )
        return
    for line in lines:
        typer.echo(line)
    if output is not None:
        typer.echo(text("cli.exported", n=rows, layer=f"risk {election}", path=output))


@app.command()
def picture(
    place: Annotated[
        str | None, typer.Option(help="Code of a kabupaten, kecamatan or desa; else all of it.")
    ] = None,
    as_of: Annotated[
        datetime | None,
        typer.Option("--date", formats=["%Y-%m-%d"], help="As known on this day; else today."),
    ] = None,
    election: Annotated[
        str | None, typer.Option(help="Whose voters are exposed; else of the nearest vote.")
    ] = None,
    window: Annotated[
        str, typer.Option(help="semua: all that is known; tahun: the last 365 watched days.")
    ] = "semua",
    as_json: AsJson = False,
) -> None:
    """Say what is published of a place as separate lines: risk, potensi, history, counts."""
    from services.dataset import load_dataset
    from services.prepare import open_prepared
    from services.risk.picture.lines import PictureQuery, place_of
    from services.risk.picture.lines import picture as picture_of
    from services.risk.picture.tables import as_dict, line_words
    from services.risk.ranking import election_at

    day = as_of.date() if as_of else today()
    with explained():
        data = load_dataset(open_prepared())
        query = PictureQuery(
            day, election or election_at(data, day), place_of(data, place), window=window
        )
        found = picture_of(data, query)
    if as_json:
        print_json(as_dict(found))
        return
    for line in line_words(found):
        typer.echo(line)


simulate_app = typer.Typer(help="SIMULASI: make or clear simulated data.", no_args_is_help=True)


@simulate_app.command("indicators")
def simulate_indicators(
    election: Election,
    seed: Annotated[int, typer.Option(help="Random seed.")] = 1,
    as_json: AsJson = False,
) -> None:
    """Deal published counts of indicators out over TPS at random. Says nothing about any TPS."""
    from services.prepare import open_prepared
    from services.risk.simulate import simulate_indicators as make

    with explained():
        done = make(open_prepared(), election, seed)
    if as_json:
        print_json(done.as_dict())
        return
    typer.echo(
        text(
            "riskdata.simulated",
            values=number(done.values),
            indicators=done.indicators,
            tps=number(done.tps),
            seed=str(done.seed),
        )
    )


@simulate_app.command("clear")
def clear(as_json: AsJson = False) -> None:
    """Take all simulated values away."""
    from data.risk.indicators import clear_simulated
    from services.prepare import open_prepared

    with explained():
        gone = clear_simulated(open_prepared())
    if as_json:
        print_json({"cleared": gone})
        return
    typer.echo(text("riskdata.cleared", values=number(gone)))
