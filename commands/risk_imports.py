"""``cli.py import``: the police register, indicators per TPS or desa, and people available."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Annotated, Any

import typer

from commands.shared import AsJson, DryRun, Faults, FileIn, explained, print_json, tell_faults
from services.texts import day, text

app = typer.Typer()

Election = Annotated[str, typer.Option(help="Election the rows are about.")]
Since = Annotated[
    datetime | None,
    typer.Option("--date", formats=["%Y-%m-%d"], help="Day of rows that do not say their own."),
]
Agency = Annotated[str | None, typer.Option(help="Office of rows that do not name one.")]
Source = Annotated[str | None, typer.Option(help="Source of rows that do not name one.")]


def _bring_in(
    use_case: Any,
    file: Path,
    election: str,
    said: tuple[datetime | None, str | None, str | None],
    *,
    dry_run: bool,
    faults: Path | None,
    as_json: bool,
) -> None:
    """Run an import and say what became of the file."""
    from services.exporting import export_frame
    from services.prepare import open_prepared
    from services.risk_inputs import Said

    since, agency, source = said
    with explained():
        result = use_case(
            open_prepared(),
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
        text("riskdata.imported", accepted=result.accepted, values=result.told,
             quarantined=result.quarantined, duplicates=result.duplicates)
    )  # fmt: skip
    if result.dated is not None:
        typer.echo(text("riskdata.dated", day=day(result.dated)))
    if result.unused_columns:
        typer.echo(text("riskdata.unused", list=", ".join(result.unused_columns)))
    tell_faults(result.faults)


@app.command("tps-class")
def import_tps_class(
    file: FileIn,
    election: Election = "pemilu2024",
    since: Since = None,
    agency: Agency = None,
    source: Source = None,
    dry_run: DryRun = False,
    faults: Faults = None,
    as_json: AsJson = False,
) -> None:
    """Bring in the police register: the class of each TPS, from CSV or XLSX."""
    from services.risk_inputs import import_tps_class_file

    _bring_in(
        import_tps_class_file, file, election, (since, agency, source),
        dry_run=dry_run, faults=faults, as_json=as_json,
    )  # fmt: skip


@app.command("indicators")
def import_indicators(
    file: FileIn,
    election: Election = "pemilu2024",
    since: Since = None,
    agency: Agency = None,
    source: Source = None,
    dry_run: DryRun = False,
    faults: Faults = None,
    as_json: AsJson = False,
) -> None:
    """Bring in indicators per TPS or desa from CSV or XLSX, a column each or one per row."""
    from services.risk_inputs import import_indicator_file

    _bring_in(
        import_indicator_file, file, election, (since, agency, source),
        dry_run=dry_run, faults=faults, as_json=as_json,
    )  # fmt: skip


@app.command("personnel")
def import_personnel(
    file: FileIn,
    election: Election = "pemilu2024",
    since: Since = None,
    agency: Agency = None,
    source: Source = None,
    dry_run: DryRun = False,
    faults: Faults = None,
    as_json: AsJson = False,
) -> None:
    """Bring in how many police and linmas there are per police area, from CSV or XLSX."""
    from services.risk_inputs import import_personnel_file

    _bring_in(
        import_personnel_file, file, election, (since, agency, source),
        dry_run=dry_run, faults=faults, as_json=as_json,
    )  # fmt: skip
