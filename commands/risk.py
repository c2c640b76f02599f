"""The indices of every TPS with their reasons, SIMULASI indicators, and imports about TPS.

``cli.py simulate`` makes up indicators to try the pages, marked SIMULASI wherever they go.
"""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Annotated

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
from data.clock import today
from services.texts import day, number, text

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


simulate_app = typer.Typer(help="SIMULASI: make or clear simulated data.", no_args_is_help=True)


@simulate_app.command("indicators")
def simulate_indicators(
    election: Election,
    seed: Annotated[int, typer.Option(help="Random seed.")] = 1,
    as_json: AsJson = False,
) -> None:
    """Deal published counts of indicators out over TPS at random. Says nothing about any TPS."""
    from services.prepare import open_prepared
    from services.risk.imports import simulate_indicators as make

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
            seed=done.seed,
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


imports_app = typer.Typer()

Since = Annotated[
    datetime | None,
    typer.Option("--date", formats=["%Y-%m-%d"], help="Day of rows that do not say their own."),
]
Agency = Annotated[str | None, typer.Option(help="Office of rows that do not name one.")]
Source = Annotated[str | None, typer.Option(help="Source of rows that do not name one.")]


def _import(
    kind: str,
    file: Path,
    election: str,
    said: tuple[datetime | None, str | None, str | None],
    dry_run: bool,
    faults: Path | None,
    as_json: bool,
) -> None:
    """Run an import and report its result."""
    from services.imports import export_frame
    from services.prepare import open_prepared
    from services.risk.imports import Said, import_file

    since, agency, source = said
    with explained():
        result = import_file(
            open_prepared(),
            kind,
            file,
            election,
            said=Said(since.date() if since else None, agency, source),
            dry_run=dry_run,
        )
        if faults is not None:
            export_frame(result.faults, faults, "faults")
    if as_json:
        print_json(result.as_dict())
        return
    typer.echo(
        text(
            "riskdata.imported",
            accepted=result.accepted,
            values=result.told,
            quarantined=result.quarantined,
            duplicates=result.duplicates,
        )
    )
    if result.dated is not None:
        typer.echo(text("riskdata.dated", day=day(result.dated)))
    if result.unused_columns:
        typer.echo(text("riskdata.unused", list=", ".join(result.unused_columns)))
    report_faults(result.faults)


@imports_app.command("tps-class")
def import_tps_class(
    file: FileIn,
    election: Election,
    since: Since = None,
    agency: Agency = None,
    source: Source = None,
    dry_run: DryRun = False,
    faults: Faults = None,
    as_json: AsJson = False,
) -> None:
    """Import the police register: the class of each TPS, from CSV or XLSX."""
    _import("tps_class", file, election, (since, agency, source), dry_run, faults, as_json)


@imports_app.command("indicators")
def import_indicators(
    file: FileIn,
    election: Election,
    since: Since = None,
    agency: Agency = None,
    source: Source = None,
    dry_run: DryRun = False,
    faults: Faults = None,
    as_json: AsJson = False,
) -> None:
    """Import indicators per TPS or desa from CSV or XLSX, a column each or one per row."""
    _import("indicators", file, election, (since, agency, source), dry_run, faults, as_json)


@imports_app.command("personnel")
def import_personnel(
    file: FileIn,
    election: Election,
    since: Since = None,
    agency: Agency = None,
    source: Source = None,
    dry_run: DryRun = False,
    faults: Faults = None,
    as_json: AsJson = False,
) -> None:
    """Import how many police and linmas there are per police area, from CSV or XLSX."""
    _import("personnel", file, election, (since, agency, source), dry_run, faults, as_json)
