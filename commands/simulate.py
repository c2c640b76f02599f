"""``cli.py simulate``: made-up indicators to try the pages, marked SIMULASI wherever they go."""

from __future__ import annotations

from typing import Annotated

import typer

from commands.shared import AsJson, explained, print_json
from services.texts import number, text

app = typer.Typer(help="SIMULASI: make or clear simulated data.", no_args_is_help=True)


@app.command("indicators")
def simulate_indicators(
    election: Annotated[str, typer.Option(help="Election whose TPS are known.")] = "pemilu2024",
    seed: Annotated[int, typer.Option(help="Random seed.")] = 1,
    as_json: AsJson = False,
) -> None:
    """Deal published counts of indicators out over TPS at random. Says nothing about any TPS."""
    from services.prepare import open_prepared
    from services.simulate import simulate_indicators as make

    with explained():
        done = make(open_prepared(), election, seed)
    if as_json:
        print_json(done.as_dict())
        return
    typer.echo(
        text("riskdata.simulated", values=number(done.values), indicators=done.indicators,
             tps=number(done.tps), seed=done.seed)
    )  # fmt: skip


@app.command("clear")
def clear(as_json: AsJson = False) -> None:
    """Take all simulated values away."""
    from services.prepare import open_prepared
    from services.simulate import clear_simulation

    with explained():
        gone = clear_simulation(open_prepared())
    if as_json:
        print_json({"cleared": gone})
        return
    typer.echo(text("riskdata.cleared", values=number(gone)))
