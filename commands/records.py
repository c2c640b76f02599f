"""``cli.py import receipts`` and ``cli.py import procurement``: what is under way, as files."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from commands.shared import AsJson, DryRun, Faults, FileIn, explained, tell_import

if TYPE_CHECKING:
    from data.import_reports import ImportResult

app = typer.Typer()

Election = Annotated[str, typer.Option(help="Election of the rows that name none.")]


@app.command("receipts")
def import_receipt_file(
    file: FileIn,
    election: Election = "pemilu2024",
    dry_run: DryRun = False,
    faults: Faults = None,
    as_json: AsJson = False,
) -> None:
    """Add hand-overs of kits (from departure to return) from CSV or XLSX."""
    from services.prepare import open_prepared
    from services.receipts import import_receipts

    with explained():
        result = import_receipts(open_prepared(), file, election, dry_run=dry_run)
    _tell(result, faults, as_json)


@app.command("procurement")
def import_procurement_file(
    file: FileIn,
    election: Election = "pemilu2024",
    faults: Faults = None,
    as_json: AsJson = False,
) -> None:
    """Bring in how far each item is from contract to seal, from CSV or XLSX; known rows change."""
    from services.prepare import open_prepared
    from services.procurement import import_procurement

    with explained():
        result = import_procurement(open_prepared(), file, election)
    _tell(result, faults, as_json)


def _tell(result: ImportResult, faults: Path | None, as_json: bool) -> None:
    from services.exporting import export_frame

    if faults is not None:
        with explained():
            export_frame(result.faults, faults, "faults")
    tell_import(result, as_json)
