"""``cli.py batch``: all analyses of many provinces on Dask."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from commands.shared import EXIT_INCOMPLETE, AsJson, explained, print_json, words_of
from services.texts import label, number, text

app = typer.Typer()


@app.command()
def batch(
    source: Annotated[Path, typer.Argument(metavar="DIR", help="Folder of a nation.")],
    out: Annotated[Path, typer.Option("-o", "--output", help="Folder to write to.")],
    scheduler: Annotated[
        str | None, typer.Option(help="Address of a Dask scheduler; two processes here without it.")
    ] = None,
    stage: Annotated[
        list[str] | None, typer.Option(help="Only this stage and what it needs; may be repeated.")
    ] = None,
    provinces: Annotated[int | None, typer.Option(help="Only the first so many.")] = None,
    as_json: AsJson = False,
) -> None:
    """Analyse many provinces; what is done already is not done again. Exit 1 if a part failed."""
    from services.nation.batch import BatchAsked, Step, run_batch

    def told(step: Step) -> None:
        if step.error is not None:
            typer.secho(f"{step.stage} {step.code}: {words_of(step.error)}", err=True, fg="red")
        elif not as_json:
            typer.echo(
                text(
                    "nation.batch_step",
                    done=step.done,
                    of=step.of,
                    stage=label("nation_stage", step.stage),
                    code=step.code,
                )
            )

    with explained():
        asked = BatchAsked(source, out, scheduler, tuple(stage or ()), provinces)
        done = run_batch(asked, told)
    if as_json:
        print_json(done.as_dict())
    else:
        typer.echo(
            text(
                "nation.batch_failed" if done.failed else "nation.batch_done",
                jobs=number(done.jobs),
                failed=number(len(done.failed)),
                known=number(done.known),
                minutes=number(done.seconds / 60, digits=1),
                memory=number(round(done.peak_mib)),
                path=str(out),
            )
        )
    if done.failed:
        raise typer.Exit(EXIT_INCOMPLETE)
