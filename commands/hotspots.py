"""What ``cli.py hotspots`` does: relative risk, and the statistics."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

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


def statistic(
    output: Path,
    window: tuple[date | None, date],
    asked: dict[str, Any],
    gate: tuple[int, int],
    keep: bool,
    as_json: bool,
) -> None:
    """Say where press reports hold more than chance, write it, and keep the scan if asked to."""
    from analytics.hotspots.inference import GateParams
    from services.dataset import load_dataset
    from services.hotspots.analysis_view import hotspots_view, meaning, write_view
    from services.hotspots.scan_runs import keep_scan, signal_words
    from services.prepare import open_prepared

    first, last = window
    with explained():
        store = open_prepared()
        view = hotspots_view(store, date_from=first, date_to=last, gate=GateParams(*gate), **asked)
        run = keep_scan(load_dataset(store), view) if keep else None
        rows = write_view(view, output)
    told = {
        "method": view.query.method,
        "rows": rows,
        "affairs": view.n_affairs,
        "reason": view.reason,
        "meaning": meaning(view, view.units["class"], "id"),
        "clusters": view.clusters.astype("object").to_dict("records"),
        "facts": view.facts,
        "run": run,
    }
    if as_json:
        print_json(told)
        return
    typer.echo(told["meaning"])
    if run:
        signal = signal_words(load_dataset(store), run, "id")
        typer.echo(text("scan.run_kept", run=run, signal=signal))
    typer.echo(text("cli.exported", n=rows, layer=f"hotspots {view.query.method}", path=output))
