"""Siaga Babel without a browser: prepare, match places, bring files in, take layers out."""

from __future__ import annotations

import json
import math
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, datetime
from pathlib import Path
from typing import Annotated, Any

import typer

from services.explain import EXPLAINED, explain
from services.texts import label, text

EXIT_UNUSABLE = 2
_SHOWN_FAULTS = 20

app = typer.Typer(
    help="Siaga Babel",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_show_locals=False,
    pretty_exceptions_enable=False,
)
importing = typer.Typer(help="Bring a file into the store.", no_args_is_help=True)
app.add_typer(importing, name="import")

AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON object and nothing else.")]
FileIn = Annotated[Path, typer.Argument(help="The file to bring in.")]


@contextmanager
def _explained() -> Iterator[None]:
    """Turn an error the product has words for into a message and exit code 2."""
    try:
        yield
    except EXPLAINED as error:
        typer.secho(explain(error), err=True, fg="red")
        raise typer.Exit(EXIT_UNUSABLE) from error


def _print_json(value: object) -> None:
    typer.echo(json.dumps(_finite(value), ensure_ascii=False, default=str, allow_nan=False))


def _finite(value: object) -> object:
    """Return a value in which what JSON cannot say (infinite, not a number) is null."""
    if isinstance(value, dict):
        return {key: _finite(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_finite(item) for item in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value


@app.command()
def prepare(as_json: AsJson = False) -> None:
    """Copy library files, create the store, load the shipped data; do nothing when all is there."""
    from services.prepare import open_store
    from services.prepare import prepare as prepare_store

    with _explained():
        done = prepare_store(open_store())
    if as_json:
        _print_json({"seeded": done.seeded, "static_files": done.static_files, "rows": done.rows})
        return
    key = "cli.prepared" if done.seeded or done.static_files else "cli.already_prepared"
    typer.echo(text(key, reports=done.rows["reports"], tps=done.rows["tps"], address=done.address))


@app.command()
def match(
    place: Annotated[str, typer.Argument(metavar="TEXT", help="A place as officials type it.")],
    within: Annotated[str | None, typer.Option(help="Code the place must lie in.")] = None,
    as_json: AsJson = False,
) -> None:
    """Say which unit a text means; name candidates instead of guessing."""
    from services.places import match_text
    from services.prepare import open_units

    with _explained():
        found = match_text(place, open_units(), within=within)
    if as_json:
        _print_json(found)
        return
    if found["code"]:
        typer.echo(f"{found['code']}  {found['level']}  {found['score']:.0f}")
        return
    typer.echo(text("cli.no_match", reason=label("reason", found["reason"])))
    for candidate in found["candidates"]:
        typer.echo(f"  {candidate['code']}  {candidate['path']}  {candidate['score']:.0f}")


@importing.command("reports")
@importing.command("incidents")
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
    dry_run: Annotated[
        bool, typer.Option(help="Tell what would happen and store nothing.")
    ] = False,
    faults: Annotated[
        Path | None, typer.Option(help="Write the refused rows to this CSV or XLSX file.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Bring in reports from CSV, XLSX, GeoJSON or an ACLED export."""
    from services.exporting import export_frame
    from services.imports import import_report_file
    from services.prepare import open_prepared

    def progress(rows: int) -> None:
        if not as_json and sys.stderr.isatty():
            typer.echo(f"\r{rows}", err=True, nl=False)

    with _explained():
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
    if as_json:
        _print_json(result.as_dict())
        return
    typer.echo(
        text(
            "cli.imported",
            accepted=result.accepted,
            quarantined=result.quarantined,
            duplicates=result.duplicates,
        )
    )
    if result.unused_columns:
        typer.echo(text("cli.unused_columns", list=", ".join(result.unused_columns)))
    for row in result.faults.head(_SHOWN_FAULTS).itertuples():
        typer.echo(
            text("cli.fault", row=row.row_number, column=row.column_name, value=row.value,
                 reason=row.reason, expected=row.expected)
        )  # fmt: skip
    if len(result.faults) > _SHOWN_FAULTS:
        typer.echo(text("cli.more_faults", n=len(result.faults) - _SHOWN_FAULTS))


def _mapping(pairs: list[str]) -> dict[str, str] | None:
    broken = [pair for pair in pairs if "=" not in pair]
    if broken:
        raise typer.BadParameter(f"{broken[0]!r}: HEADING=FIELD", param_hint="--column")
    return dict(pair.rsplit("=", 1) for pair in pairs) or None


@importing.command("boundaries")
def import_boundaries(
    file: FileIn,
    level: Annotated[str, typer.Option(help="kabupaten, kecamatan or desa.")],
    code_column: Annotated[str | None, typer.Option(help="Column that holds the codes.")] = None,
    scheme: Annotated[str, typer.Option(help="kemendagri or bps.")] = "kemendagri",
    as_json: AsJson = False,
) -> None:
    """Put official boundaries in place of the shipped ones, all of a level or none."""
    from services.imports import import_boundary_file
    from services.prepare import open_prepared

    with _explained():
        done = import_boundary_file(open_prepared(), file, level, code_column, scheme)
    if as_json:
        _print_json(done.as_dict())
        return
    typer.echo(text("cli.boundaries", n=done.units, level=done.level))
    if done.derived:
        typer.echo(text("cli.boundaries_derived", levels=", ".join(done.derived)))
    if done.stale:
        typer.echo(text("cli.boundaries_stale", levels=", ".join(done.stale)))


@importing.command("roads")
def import_road_file(file: FileIn, as_json: AsJson = False) -> None:
    """Put real roads in place of the estimated ones: .osm.pbf or a layer of lines."""
    from services.imports import import_roads
    from services.prepare import open_prepared

    with _explained():
        done = import_roads(open_prepared(), file)
    if as_json:
        _print_json(done.as_dict())
        return
    typer.echo(
        text("cli.roads", edges=done.edges, km=round(done.km), parts=done.parts,
             share=round(100 * done.largest_part_share), snap=round(done.median_snap_km, 2),
             widest=round(done.widest_snap_km, 1), far=len(done.far_desa))
    )  # fmt: skip


@importing.command("sealegs")
def import_sealegs(file: FileIn, as_json: AsJson = False) -> None:
    """Add boat legs with their times from CSV or XLSX, all of them or none."""
    from services.imports import import_sea_leg_file
    from services.prepare import open_prepared

    with _explained():
        done = import_sea_leg_file(open_prepared(), file)
    if as_json:
        _print_json(done.as_dict())
        return
    typer.echo(text("cli.sealegs", legs=done.legs, superseded=len(done.superseded)))


@importing.command("table")
def import_own_table(
    name: Annotated[str, typer.Argument(help="elections, stages, rakor, agenda, …")],
    file: FileIn,
    as_json: AsJson = False,
) -> None:
    """Add rows to one of the product's own tables from CSV or XLSX, all of them or none."""
    from services.imports import import_table
    from services.prepare import open_prepared

    with _explained():
        rows = import_table(open_prepared(), name, file)
    if as_json:
        _print_json({"table": name, "accepted": rows})
        return
    typer.echo(text("cli.table", n=rows, table=name))


@app.command()
def route(
    start: Annotated[str, typer.Argument(metavar="FROM", help="A place, pier or warehouse.")],
    end: Annotated[str, typer.Argument(metavar="TO", help="Another one.")],
    as_json: AsJson = False,
) -> None:
    """Say how far and how long it is between two places, and by what."""
    from services.prepare import open_prepared
    from services.routes import route as find_route

    with _explained():
        found = find_route(open_prepared(), start, end)
    if as_json:
        _print_json(found)
        return
    key = "cli.route_estimate" if found["is_estimate"] else "cli.route"
    numbers = {
        name: round(found[name]) for name in ("distance_km", "low_min", "usual_min", "high_min")
    }
    typer.echo(text(key, changes=found["mode_changes"], **numbers))


@app.command()
def plan(
    kabupaten: Annotated[str, typer.Option(help="Code of the kabupaten, such as 19.03.")],
    output: Annotated[Path, typer.Option("-o", "--output", help="Where to write the JSON plan.")],
    election: Annotated[str, typer.Option(help="Election whose TPS are known.")] = "pemilu2024",
    scenario: Annotated[str | None, typer.Option(help="Keep the plan under this name too.")] = None,
    seed: Annotated[int, typer.Option(help="Random seed.")] = 1,
    seconds: Annotated[float, typer.Option(help="Time for the search.")] = 8.0,
) -> None:
    """Plan the distribution of a kabupaten, audit the plan and write it down."""
    from services.dataset import load_dataset
    from services.plan import PlanAsked, make_plan, save_plan, write_plan
    from services.prepare import open_prepared

    with _explained():
        asked = PlanAsked(kabupaten, election, seed=seed, seconds=seconds)
        document = make_plan(load_dataset(open_prepared()), asked)
        write_plan(output, document)
        if scenario:
            save_plan(scenario, document)
    _tell_verdict(output, document["verdict"]["passed"], document)


@app.command("audit")
def audit_plan(
    file: Annotated[Path, typer.Argument(help="A plan as JSON.")], as_json: AsJson = False
) -> None:
    """Check a plan again, whatever it says of itself; exit code 1 when it fails."""
    from services.plan import audit_document, read_plan

    with _explained():
        document = read_plan(file)
        found = audit_document(document)
    if as_json:
        _print_json(found.verdict())
    else:
        _tell_verdict(file, found.passed, document)
        for fault in found.faults[:_SHOWN_FAULTS]:
            typer.echo(
                f"  {fault.key}: {fault.trip_id or ''} {fault.place_code or ''} {fault.values}"
            )
    if not found.passed:
        raise typer.Exit(1)


def _tell_verdict(path: Path, passed: bool, document: dict[str, Any]) -> None:
    tps = sum(row["tps_count"] for row in document["deliveries"])
    verdict = text("plan.verdict_passed" if passed else "plan.verdict_failed")
    slack = document["figures"]["slack_min"]
    typer.echo(
        text("plan.done", path=path, verdict=verdict, trips=len(document["trips"]), tps=tps,
             slack="–" if slack is None else round(slack))
    )  # fmt: skip


@app.command()
def export(
    layer: Annotated[str, typer.Argument(help="kabupaten, kecamatan, desa, tps or reports.")],
    output: Annotated[Path, typer.Option("-o", "--output", help=".geojson .parquet .xlsx .csv")],
) -> None:
    """Write a layer to a file."""
    from services.exporting import export_layer
    from services.prepare import open_prepared

    with _explained():
        rows = export_layer(open_prepared(), layer, output)
    typer.echo(text("cli.exported", n=rows, layer=layer, path=output))


@app.command()
def hotspots(
    output: Annotated[Path, typer.Option("-o", "--output", help=".geojson .parquet .xlsx .csv")],
    method: Annotated[
        str, typer.Option(help="gistar, moran, eb, scan, scan_space, emerging or density.")
    ] = "gistar",
    unit: Annotated[str, typer.Option(help="kabupaten, kecamatan, desa or hexagon.")] = "kecamatan",
    date_from: Annotated[
        datetime | None, typer.Option("--from", formats=["%Y-%m-%d"], help="First day.")
    ] = None,
    date_to: Annotated[
        datetime | None, typer.Option("--to", formats=["%Y-%m-%d"], help="Last day.")
    ] = None,
    family: Annotated[str, typer.Option(help="Family of reports.")] = "konflik",
    seed: Annotated[int, typer.Option(help="Random seed.")] = 1,
    weights: Annotated[str, typer.Option(help="contiguity, knn or travel_time.")] = "contiguity",
    circles: Annotated[str, typer.Option(help="Of a scan: km or minutes.")] = "km",
    min_affairs: Annotated[int, typer.Option(help="Affairs needed to infer anything.")] = 30,
    min_units: Annotated[int, typer.Option(help="Areas with an affair needed for it.")] = 10,
    as_json: AsJson = False,
) -> None:
    """Say where there is more than chance, and write it to a file."""
    from services.analysis import GateParams
    from services.analysis_map import meaning
    from services.hotspots_export import hotspots_view, write_view
    from services.prepare import open_prepared

    first = date_from.date() if date_from else None
    last = date_to.date() if date_to else date.today()
    with _explained():
        gate = GateParams(min_affairs=min_affairs, min_units=min_units)
        view = hotspots_view(
            open_prepared(),
            method,
            unit,
            first,
            last,
            family,
            seed=seed,
            weights=weights,
            circles=circles,
            gate=gate,
        )
        rows = write_view(view, output)
    words = meaning(view, view.units["class"], "id")
    if as_json:
        clusters = view.clusters.astype("object").to_dict("records")
        _print_json(
            {
                "method": method, "rows": rows, "affairs": view.n_affairs, "reason": view.reason,
                "meaning": words, "clusters": clusters, "facts": view.facts,
            }
        )  # fmt: skip
        return
    typer.echo(words)
    typer.echo(text("cli.exported", n=rows, layer=f"hotspots {method}", path=output))


if __name__ == "__main__":
    app()
