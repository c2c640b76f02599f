"""``cli.py nation``: reports of the nation from a file, what was held of it, and the way back."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from commands.nation import publish
from commands.shared import SHOWN_FAULTS, AsJson, FileIn, explained, print_json
from services.texts import label, number, text

if TYPE_CHECKING:
    from data.nation.lines import Held
    from services.nation.imports import Imported, Progress

EXIT_HELD = 1
EXIT_INTERRUPTED = 130
app = typer.Typer(no_args_is_help=True, help="The nation in PostgreSQL with PostGIS.")
app.add_typer(publish.app)
_Number = Annotated[int, typer.Argument(metavar="ID", help="Number of the import.")]


@app.command("import")
def import_file(file: FileIn, as_json: AsJson = False) -> None:
    """Publish the reports of a CSV file, or go on where a run ended. Exit 1 if rows were held."""
    from services.nation.imports import import_reports, list_held
    from services.prepare import open_prepared

    def told(step: Progress) -> None:
        if not as_json:
            typer.echo(_progress(step))

    try:
        with explained():
            store = open_prepared()
            done = import_reports(store, file, told)
            held = list_held(store, done.made.id, SHOWN_FAULTS) if done.made.held else []
    except KeyboardInterrupt:
        typer.secho(text("nation.import_interrupted"), err=True, fg="yellow")
        raise typer.Exit(EXIT_INTERRUPTED) from None
    if as_json:
        print_json(done.as_dict())
    else:
        _tell(done, held)
    if done.made.held:
        raise typer.Exit(EXIT_HELD)


def _progress(step: Progress) -> str:
    return text(
        "nation.import_progress",
        percent=number(100 * step.bytes_done / max(1, step.bytes_total), digits=0),
        rows=step.rows,
        rate=number(round(step.rows_per_s)),
        seconds=round(step.seconds_left),
    )


def _tell(done: Imported, held: list[Held]) -> None:
    made = done.made
    if done.outcome == "unchanged":
        typer.echo(text("nation.import_unchanged", number=str(made.id)))
        return
    if done.resumed_rows:
        typer.echo(text("nation.import_resumed", number=str(made.id), rows=done.resumed_rows))
    for one in held:
        typer.echo(_held(one))
    if made.held > len(held):
        more = made.held - len(held)
        typer.echo(text("nation.import_more_held", n=more, number=str(made.id)))
    if done.outcome == "nothing":
        typer.echo(
            text(
                "nation.import_nothing",
                number=str(made.id),
                unchanged=made.unchanged,
                held=made.held,
            )
        )
        return
    typer.echo(
        text(
            "nation.import_published",
            number=str(made.id),
            rows=made.rows,
            corrected=made.corrected,
            unplaced=made.unplaced,
            unchanged=made.unchanged,
            held=made.held,
            seconds=round(done.staging_s + done.ready_s + done.publish_s),
        )
    )


def _held(one: Held) -> str:
    return text(
        "nation.import_held",
        line=str(one.line),
        column=one.column or text("nation.import_whole_row"),
        value=one.value,
        reason=label("nation_held", one.reason),
    )


@app.command()
def held(import_id: _Number, as_json: AsJson = False) -> None:
    """Say which rows of a file were not taken, and why."""
    from services.nation.imports import list_held
    from services.prepare import open_prepared

    with explained():
        found = list_held(open_prepared(), import_id)
    if as_json:
        print_json([one._asdict() for one in found])
        return
    for one in found:
        typer.echo(_held(one))


@app.command()
def undo(
    import_id: _Number,
    empty: Annotated[bool, typer.Option("--empty", help="Drop its rows as well.")] = False,
    as_json: AsJson = False,
) -> None:
    """Take an import back; with --empty also drop what it holds, finished or not."""
    from services.nation.imports import undo_import
    from services.prepare import open_prepared

    with explained():
        found = undo_import(open_prepared(), import_id, empty=empty)
    if as_json:
        print_json({"import": found.id, "rows": found.rows, "emptied": empty})
    elif empty:
        typer.echo(text("nation.import_emptied", number=str(found.id)))
    else:
        typer.echo(text("nation.import_undone", number=str(found.id), rows=found.rows))


@app.command()
def imports(as_json: AsJson = False) -> None:
    """List the imports of reports, the last first, with what became of each."""
    from services.nation.imports import list_imports
    from services.prepare import open_prepared

    with explained():
        found = list_imports(open_prepared())
    if as_json:
        print_json([vars(one) for one in found])
        return
    for one in found:
        typer.echo(
            text(
                "nation.import_row",
                number=str(one.id),
                state=label("nation_import", one.state),
                rows=one.rows,
                held=one.held,
                unplaced=one.unplaced,
                file=one.file_name,
            )
        )
    if not found:
        typer.echo(text("nation.import_none"))
