"""Relative risk from the command line: what ``cli.py hotspots --method risk`` does."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import typer

from commands.shared import explained, print_json
from services.texts import text


def relative_risk(
    output: Path,
    level: str,
    window: tuple[date | None, date],
    family: str,
    kind: str,
    by: str,
    as_json: bool,
) -> None:
    """Say where there is more than expected, and write all units to a file."""
    from services.dataset import load_dataset
    from services.hotspots.relative_risk_file import risk_between, told_risk, write_risk
    from services.prepare import open_prepared

    with explained():
        data = load_dataset(open_prepared())
        view = risk_between(data, level, *window, family, kind, by)
        rows = write_risk(view, data, output)
    told = told_risk(view, data, "id")
    if as_json:
        print_json(told | {"rows": rows})
        return
    typer.echo(told["meaning"])
    typer.echo(text("cli.exported", n=rows, layer="hotspots risk", path=output))
