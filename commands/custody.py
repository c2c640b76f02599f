"""Imports of receipts, procurement, voting day and disputes; plan settings; the ballot check."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from commands.shared import (
    SHOWN_FAULTS,
    AsJson,
    DryRun,
    Election,
    Faults,
    FileIn,
    KabupatenCode,
    explained,
    print_json,
    report_faults,
    report_import,
)
from services.texts import label, text

imports_app = typer.Typer()


@imports_app.command("receipts")
def import_receipt_file(
    file: FileIn,
    election: Election,
    dry_run: DryRun = False,
    faults: Faults = None,
    as_json: AsJson = False,
) -> None:
    """Add hand-overs of kits (from departure to return) from CSV or XLSX."""
    _import("receipts", file, election, dry_run, faults, as_json)


@imports_app.command("procurement")
def import_procurement_file(
    file: FileIn, election: Election, faults: Faults = None, as_json: AsJson = False
) -> None:
    """Import how far each item is from contract to seal, from CSV or XLSX; known rows change."""
    _import("procurement", file, election, False, faults, as_json)


@imports_app.command("hari-h")
def import_day(
    file: FileIn,
    election: Election,
    dry_run: DryRun = False,
    faults: Faults = None,
    as_json: AsJson = False,
) -> None:
    """Import the statuses of TPS reported on voting day from CSV or XLSX."""
    _import("hari_h", file, election, dry_run, faults, as_json)


@imports_app.command("disputes")
def import_disputes(
    file: FileIn, dry_run: DryRun = False, faults: Faults = None, as_json: AsJson = False
) -> None:
    """Import re-votes, recounts and disputes from CSV or XLSX."""
    _import("disputes", file, "", dry_run, faults, as_json)


def _import(
    kind: str, file: Path, election: str, dry_run: bool, faults: Path | None, as_json: bool
) -> None:
    from services.imports import export_frame, import_records
    from services.prepare import open_prepared

    with explained():
        result = import_records(open_prepared(), kind, file, election, dry_run=dry_run)
        if faults is not None:
            export_frame(result.faults, faults, "faults")
    report_import(result, as_json)


app = typer.Typer()


@app.command()
def settings(
    output: Annotated[Path, typer.Option("-o", "--output", help="Where to write the TOML file.")],
    kabupaten: KabupatenCode = None,
    election: Annotated[str | None, typer.Option(help="Election whose TPS are known.")] = None,
    scenario: Annotated[str | None, typer.Option(help="Of a scenario instead.")] = None,
) -> None:
    """Write all inputs of a plan to a TOML file, to edit and give to ``plan --settings``."""
    from services.plan.settings import asked_settings, scenarios, write_settings

    with explained():
        found = asked_settings(kabupaten, election, scenario=scenario)
        write_settings(output, found)
    typer.echo(text("cli.settings", path=output, list=", ".join(scenarios())))


@app.command()
def ballots(
    file: FileIn,
    election: Election,
    reserve: Annotated[float | None, typer.Option(help="Reserve in percent, 2 to 10.")] = None,
    as_json: AsJson = False,
) -> None:
    """Check packed ballots before they leave; exit code 1 when a bundle is not as it should be."""
    from services.custody.ballots import all_fine, ballot_check
    from services.dataset import load_dataset
    from services.plan.inputs import kit_rules
    from services.prepare import open_prepared

    with explained():
        rules = kit_rules(election, reserve)
        found = ballot_check(load_dataset(open_prepared()), file, election, rules)
    if as_json:
        rows = found.rows.astype("object")
        values = rows.where(rows.notna(), None).to_dict("records")
        print_json({"counts": found.counts, "rows": values, "refused": len(found.faults)})
    else:
        for verdict, count in found.counts.items():
            typer.echo(f"{label('ballot', verdict)}: {count}")
        for row in found.rows[found.rows["verdict"].ne("ok")].head(SHOWN_FAULTS).itertuples():
            typer.echo(
                f"  {row.tps_id} {label('contest', row.contest)}: {label('ballot', row.verdict)}"
            )
        report_faults(found.faults)
    if not all_fine(found):
        raise typer.Exit(1)
