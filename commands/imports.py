"""``cli.py import``: import a file into the store."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Annotated

import typer

from commands.shared import (
    SHOWN_FAULTS,
    AsJson,
    DryRun,
    Election,
    Faults,
    FileIn,
    explained,
    print_json,
    report_faults,
    report_import,
)
from services.texts import DEFAULT_LANGUAGE, text

if TYPE_CHECKING:
    from services.imports import BoundaryImport

LayerName = Annotated[
    str | None, typer.Option("--layer", help="Name of the layer, where the file has several.")
]

app = typer.Typer(help="Import a file into the store.", no_args_is_help=True)


@app.command("reports")
@app.command("incidents")
def import_reports(
    file: FileIn,
    columns: Annotated[
        list[str] | None,
        typer.Option(
            "--column",
            help="HEADING=FIELD where a heading is not understood; HEADING=- leaves it out.",
        ),
    ] = None,
    scheme: Annotated[
        str | None, typer.Option(help="What a column of codes holds: kemendagri, bps or kpu.")
    ] = None,
    dry_run: DryRun = False,
    faults: Faults = None,
    as_json: AsJson = False,
) -> None:
    """Import reports from CSV, XLSX, GeoJSON or an ACLED export."""
    from services.imports import export_frame, import_report_file
    from services.prepare import open_prepared

    def progress(rows: int) -> None:
        if not as_json and sys.stderr.isatty():
            typer.echo(f"\r{rows}", err=True, nl=False)

    with explained():
        result = import_report_file(
            open_prepared(),
            file,
            mapping=_mapping(columns or []),
            scheme=scheme,
            dry_run=dry_run,
            progress=progress,
        )
        if faults is not None:
            export_frame(result.faults, faults, "faults")
    report_import(result, as_json)


def _mapping(pairs: list[str]) -> dict[str, str] | None:
    broken = [pair for pair in pairs if "=" not in pair]
    if broken:
        raise typer.BadParameter(f"{broken[0]!r}: HEADING=FIELD", param_hint="--column")
    return dict(pair.rsplit("=", 1) for pair in pairs) or None


@app.command("boundaries")
def import_boundaries(
    file: FileIn,
    level: Annotated[str, typer.Option(help="kabupaten, kecamatan or desa.")],
    code_column: Annotated[str | None, typer.Option(help="Column that holds the codes.")] = None,
    scheme: Annotated[str, typer.Option(help="kemendagri, bps or kpu.")] = "kemendagri",
    layer: LayerName = None,
    tolerance_ha: Annotated[
        float | None,
        typer.Option(
            help="Hectares a unit may change so that edges match; by default 3, or 3 % of it."
        ),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Replace the shipped boundaries by official ones, all of a level or none."""
    from services.imports import import_boundary_file
    from services.prepare import open_prepared

    with explained():
        done = import_boundary_file(
            open_prepared(),
            file,
            level,
            code_column,
            scheme,
            layer=layer,
            tolerance_ha=tolerance_ha,
        )
    if as_json:
        print_json(done.as_dict())
        return
    typer.echo(text("cli.boundaries", n=done.units, level=done.level))
    if done.dissolved_rows:
        typer.echo(text("cli.boundaries_dissolved", n=done.dissolved_rows))
    if done.changed_ha:
        typer.echo(text("cli.boundaries_changed", n=len(done.changed_ha), list=_largest(done)))
    if done.derived:
        typer.echo(text("cli.boundaries_derived", levels=", ".join(done.derived)))
    if done.stale:
        typer.echo(text("cli.boundaries_stale", levels=", ".join(done.stale)))
    typer.echo(text("cli.import_id", import_id=done.import_id))


def _largest(done: BoundaryImport) -> str:
    """Return the units that changed most, with their hectares."""
    most = sorted(done.changed_ha.items(), key=lambda pair: -pair[1])
    shown = ", ".join(f"{code} {ha:.2f} ha" for code, ha in most[:SHOWN_FAULTS])
    return shown + (", …" if len(most) > SHOWN_FAULTS else "")


@app.command("roads")
def import_road_file(
    file: FileIn,
    layer: LayerName = None,
    merge: Annotated[
        bool, typer.Option("--merge", help="Add to the roads imported before.")
    ] = False,
    replace: Annotated[
        bool, typer.Option("--replace", help="Replace even by roads that reach few desa.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Replace the estimated roads by real ones: .osm.pbf or a layer of lines."""
    from services.imports import import_roads
    from services.prepare import open_prepared

    with explained():
        done = import_roads(open_prepared(), file, layer=layer, merge=merge, replace=replace)
    if as_json:
        print_json(done.as_dict())
        return
    typer.echo(
        text(
            "cli.roads",
            edges=done.edges,
            km=round(done.km),
            parts=done.parts,
            share=round(100 * done.largest_part_share),
            snap=round(done.median_snap_km, 2),
            widest=round(done.widest_snap_km, 1),
            far=len(done.far_desa),
        )
    )
    if done.left_out:
        classes = ", ".join(f"{kind} {n}" for kind, n in done.left_out.items())
        typer.echo(text("cli.roads_left_out", list=classes))
    for key in ("oneway", "ferry", "merged", "repeated"):
        if count := getattr(done, key):
            typer.echo(text(f"cli.roads_{key}", n=count))
    typer.echo(text("cli.import_id", import_id=done.import_id))


@app.command("sealegs")
def import_sealegs(file: FileIn, as_json: AsJson = False) -> None:
    """Add boat legs with their times from CSV or XLSX, all of them or none."""
    from services.imports import import_sea_leg_file
    from services.prepare import open_prepared

    with explained():
        done = import_sea_leg_file(open_prepared(), file)
    if as_json:
        print_json(done.as_dict())
        return
    typer.echo(text("cli.sealegs", legs=done.legs, superseded=len(done.superseded)))


@app.command("waves")
def import_waves(file: FileIn, as_json: AsJson = False) -> None:
    """Import waves and wind by sea area from CSV or XLSX: the whole series or nothing."""
    from services.network.sea import import_wave_file, moment_words
    from services.prepare import open_prepared

    with explained():
        done = import_wave_file(open_prepared(), file)
    if as_json:
        print_json(done.as_dict())
        return
    areas = ", ".join(done.areas)
    first, last = (moment_words(when, DEFAULT_LANGUAGE) for when in (done.first, done.last))
    typer.echo(text("cli.waves", rows=done.rows, areas=areas, first=first, last=last))


@app.command("voters")
def import_voters(
    file: FileIn,
    election: Election,
    dry_run: Annotated[
        bool, typer.Option(help="Report what would happen and store nothing.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Import the voters of each TPS, from which ballots are counted."""
    from services.plan.inputs import import_voter_file
    from services.prepare import open_prepared

    with explained():
        result = import_voter_file(open_prepared(), file, election, dry_run=dry_run)
    if as_json:
        print_json(result.as_dict())
        return
    counts = {name: getattr(result, name) for name in ("accepted", "quarantined", "duplicates")}
    typer.echo(text("cli.voters", **counts))
    if result.unused_columns:
        typer.echo(text("cli.unused_columns", list=", ".join(result.unused_columns)))
    report_faults(result.faults)


@app.command("place-status")
def import_place_status(file: FileIn, as_json: AsJson = False) -> None:
    """Import the state of piers and warehouses; a place without a report is unknown."""
    from services.network.piers import import_status_file
    from services.prepare import open_prepared

    with explained():
        result = import_status_file(open_prepared(), file)
    if as_json:
        print_json(result.as_dict())
        return
    typer.echo(text("cli.place_status", accepted=result.accepted, quarantined=result.quarantined))
    report_faults(result.faults)


@app.command("table")
def import_own_table(
    name: Annotated[str, typer.Argument(help="elections, stages, rakor, agenda, …")],
    file: FileIn,
    as_json: AsJson = False,
) -> None:
    """Add rows to one of the product's own tables from CSV or XLSX, all of them or none."""
    from services.imports import import_table
    from services.prepare import open_prepared

    with explained():
        rows = import_table(open_prepared(), name, file)
    if as_json:
        print_json({"table": name, "accepted": rows})
        return
    typer.echo(text("cli.table", n=rows, table=name))
