"""``cli.py import``: import a file into the store; one command per kind of file."""

from __future__ import annotations

import inspect
import sys
from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from commands.shared import (
    AsJson,
    DryRun,
    Election,
    Faults,
    FileIn,
    explained,
    print_json,
    report_faults,
)
from services.ingest.imports import Asked, ImportResult
from services.ingest.kinds import KINDS, entry_of
from services.ingest.wording import import_lines, note_words
from services.texts import label, text

if TYPE_CHECKING:
    from services.ingest.layers import BoundaryImport, RoadImport

app = typer.Typer(help="Import a file into the store.", no_args_is_help=True)
QUARANTINED, UNUSABLE = 1, 2
"""Exit codes beside 0: some rows were refused; nothing could be read."""

_FILE = Annotated[Path | None, typer.Argument(help="The file to import.", show_default=False)]
_TEMPLATE = Annotated[
    Path | None, typer.Option(help="Write an empty table with examples to this CSV or XLSX file.")
]
_TABLE = Annotated[str, typer.Argument(help="elections, stages, rakor, agenda, …")]
_OPTIONS: dict[str, tuple[Any, object]] = {
    "dry_run": (DryRun, False),
    "as_json": (AsJson, False),
    "faults": (Faults, None),
    "template": (_TEMPLATE, None),
    "columns": (
        Annotated[
            list[str] | None,
            typer.Option(
                "--column",
                help="HEADING=FIELD where a heading is not understood; HEADING=- leaves it out.",
            ),
        ],
        None,
    ),
    "constants": (
        Annotated[
            list[str] | None,
            typer.Option("--constant", help="FIELD=TEXT that holds for rows without it."),
        ],
        None,
    ),
    "places": (
        Annotated[
            list[str] | None,
            typer.Option(
                "--place",
                help="TEXT=CODE of a place not understood, the text as the import tells it.",
            ),
        ],
        None,
    ),
    "sheet": (
        Annotated[str | None, typer.Option(help="Only this sheet: its name, or its number.")],
        None,
    ),
    "header_row": (
        Annotated[int | None, typer.Option(min=1, help="Row of the headings, from 1.")],
        None,
    ),
    "profile": (
        Annotated[
            str | None,
            typer.Option(help="Keep what is said here under this name, and take it from there."),
        ],
        None,
    ),
    "election": (Election, inspect.Parameter.empty),
    "scheme": (
        Annotated[
            str | None, typer.Option(help="What a column of codes holds: kemendagri, bps or kpu.")
        ],
        None,
    ),
    "date": (
        Annotated[
            datetime | None,
            typer.Option(formats=["%Y-%m-%d"], help="Day of rows that do not say their own."),
        ],
        None,
    ),
    "agency": (
        Annotated[str | None, typer.Option(help="Office of rows that do not name one.")],
        None,
    ),
    "source": (
        Annotated[str | None, typer.Option(help="Source of rows that do not name one.")],
        None,
    ),
}
_COMMON = (
    "dry_run", "as_json", "faults", "template", "columns", "constants", "places", "sheet",
    "header_row", "profile",
)  # fmt: skip
_SAID = ("date", "agency", "source")


def _asked(
    columns: list[str] | None,
    constants: list[str] | None,
    places: list[str] | None,
    date: datetime | None = None,
    **said: Any,
) -> Asked:
    """Return what a command says of a file."""
    return Asked(
        columns=_pairs(columns, "--column", "HEADING=FIELD"),
        fixed=_pairs(constants, "--constant", "FIELD=TEXT"),
        places=_pairs(places, "--place", "TEXT=CODE"),
        date=date.date() if date else None,
        **said,
    )


def _pairs(given: list[str] | None, option: str, form: str) -> dict[str, str]:
    """Return pairs around an equals sign: a heading may hold one itself, a text as well."""
    broken = [pair for pair in given or [] if "=" not in pair]
    if broken:
        raise typer.BadParameter(f"{broken[0]!r}: {form}", param_hint=option)
    if not form.endswith("TEXT"):
        return dict(pair.rsplit("=", 1) for pair in given or [])
    return dict(pair.split("=", 1) for pair in given or [])


def _run(
    kind: str,
    file: Path | None,
    *,
    as_json: bool,
    faults: Path | None,
    template: Path | None,
    **said: Any,
) -> None:
    """Import a file of a kind, or write its template."""
    from services.exports import require_target
    from services.ingest.imports import import_file
    from services.ingest.templates import write_template
    from services.prepare import open_prepared

    def progress(rows: int) -> None:
        if not as_json and sys.stderr.isatty():
            typer.echo(f"\r{rows}", err=True, nl=False)

    with explained():
        store = open_prepared()
        if template is not None:
            write_template(store, entry_of(kind).kind, template)
            typer.echo(text("import.template_written", path=template))
        if file is None:
            if template is None:
                raise typer.BadParameter("FILE", param_hint="FILE")
            return
        if faults is not None:
            require_target(faults)  # after the import it would be too late to say so
        asked = _asked(progress=progress, **said)
        asks = bool(entry_of(kind).kind.texts) and sys.stdin.isatty()
        if asks and not asked.dry_run and not as_json:
            _ask_of_persons(import_file(store, kind, file, replace(asked, dry_run=True)))
        result = import_file(store, kind, file, asked)
    report(result, as_json=as_json, faults=faults)


def _ask_of_persons(looked: ImportResult) -> None:
    """Ask whoever sits at the terminal before texts are stored that may say who somebody is."""
    named = [note for note in looked.notes if note.key == "persons"]
    for note in named:
        typer.echo(note_words(note, "id"))
    if named and not typer.confirm(text("persons.ask")):
        typer.echo(text("persons.stopped"))
        raise typer.Exit(UNUSABLE)


def report(result: ImportResult, *, as_json: bool, faults: Path | None) -> None:
    """Print the result of an import and leave with its exit code."""
    from services.exports import export_frame

    with explained():
        if faults is not None:
            export_frame(result.faults, faults, "faults")
    if as_json:
        print_json(result.as_dict())
    else:
        for line in import_lines(result, "id"):
            typer.echo(line)
        report_faults(result.faults)
    if result.quarantined:
        raise typer.Exit(QUARANTINED)


def _signature(first: list[inspect.Parameter], names: Iterable[str]) -> inspect.Signature:
    keyword = inspect.Parameter.KEYWORD_ONLY
    options = [
        inspect.Parameter(name, keyword, default=_OPTIONS[name][1], annotation=_OPTIONS[name][0])
        for name in names
    ]
    file = inspect.Parameter(
        "file", inspect.Parameter.POSITIONAL_OR_KEYWORD, default=None, annotation=_FILE
    )
    return inspect.Signature([*first, file, *options])


def _command(name: str, options: Iterable[str] = ()) -> Callable[..., None]:
    """Return the command of a kind, with the options that make sense for it."""
    wanted = [one for option in options for one in (_SAID if option == "said" else (option,))]
    positional = inspect.Parameter.POSITIONAL_OR_KEYWORD
    first = [inspect.Parameter("name", positional, annotation=_TABLE)] if name == "table" else []

    def run(file: Path | None = None, **given: Any) -> None:
        kind = f"{name} {given.pop('name', '')}".strip()
        _run(kind, file, **given)

    signature = _signature(first, (*_COMMON, *wanted))
    run.__signature__ = signature  # type: ignore[attr-defined]
    run.__annotations__ = {one.name: one.annotation for one in signature.parameters.values()}
    run.__doc__ = label("import_kind", name, "en")
    return run


for _name, _entry in KINDS.items():
    app.command(_name)(_command(_name, _entry.kind.options))
app.command("table")(_command("table"))
app.command("incidents", hidden=True)(_command("reports", KINDS["reports"].kind.options))


_LAYER = Annotated[
    str | None, typer.Option("--layer", help="Name of the layer, where the file has several.")
]


@app.command("boundaries")
def import_boundaries(
    file: FileIn,
    level: Annotated[str, typer.Option(help="kabupaten, kecamatan or desa.")],
    code_column: Annotated[str | None, typer.Option(help="Column that holds the codes.")] = None,
    scheme: Annotated[str, typer.Option(help="kemendagri, bps or kpu.")] = "kemendagri",
    layer: _LAYER = None,
    tolerance_ha: Annotated[
        float | None,
        typer.Option(
            help="Hectares a unit may change so that edges match; by default 3, or 3 % of it."
        ),
    ] = None,
    dry_run: DryRun = False,
    as_json: AsJson = False,
) -> None:
    """Replace the shipped boundaries by official ones, all of a level or none."""
    from services.ingest.layers import import_boundary_file
    from services.prepare import open_prepared

    with explained():
        store = open_prepared()
        done = import_boundary_file(
            store,
            file,
            level,
            code_column,
            scheme,
            layer=layer,
            tolerance_ha=tolerance_ha,
            dry_run=dry_run,
        )
    _tell_layer(done, as_json=as_json)


@app.command("roads")
def import_road_file(
    file: FileIn,
    layer: _LAYER = None,
    merge: Annotated[
        bool, typer.Option("--merge", help="Add to the roads imported before.")
    ] = False,
    replace: Annotated[
        bool, typer.Option("--replace", help="Replace even by roads that reach few desa.")
    ] = False,
    ferries: Annotated[
        Path | None, typer.Option(help="Write its ferries as boat legs to this CSV or XLSX file.")
    ] = None,
    dry_run: DryRun = False,
    as_json: AsJson = False,
) -> None:
    """Replace the estimated roads by real ones: .osm.pbf or a layer of lines."""
    from services.exports import require_target
    from services.ingest.layers import import_roads
    from services.network.ferries import write_ferries
    from services.prepare import open_prepared

    with explained():
        if ferries is not None:
            require_target(ferries)  # after the import it would be too late to say so
        store = open_prepared()
        done = import_roads(store, file, layer=layer, merge=merge, replace=replace, dry_run=dry_run)
        told = None if ferries is None else write_ferries(store, done.ferries, ferries, "id")
    _tell_layer(done, as_json=as_json)
    if told is not None and not as_json:
        typer.echo(told)


def _tell_layer(done: BoundaryImport | RoadImport, *, as_json: bool) -> None:
    from services.ingest.layers import layer_lines

    if as_json:
        print_json(done.as_dict())
        return
    for line in layer_lines(done, "id"):
        typer.echo(line)
