"""Where there is more than expected or than chance, and which places to watch first."""

from __future__ import annotations

from datetime import date, datetime
from pathlib import Path
from typing import Annotated, Any

import typer

from commands.shared import AsJson, explained, print_json
from data.clock import today
from services.texts import text

app = typer.Typer()


@app.command()
def hotspots(
    output: Annotated[Path, typer.Option("-o", "--output", help=".geojson .parquet .xlsx .csv")],
    method: Annotated[
        str,
        typer.Option(
            help="risk, scan, scan_prospective, scan_poisson, scan_space, gistar, moran or density."
        ),
    ] = "risk",
    unit: Annotated[str, typer.Option(help="kabupaten, kecamatan, desa or hexagon.")] = "kecamatan",
    date_from: Annotated[
        datetime | None, typer.Option("--from", formats=["%Y-%m-%d"], help="First day.")
    ] = None,
    date_to: Annotated[
        datetime | None, typer.Option("--to", formats=["%Y-%m-%d"], help="Last day.")
    ] = None,
    family: Annotated[str, typer.Option(help="Family of reports.")] = "konflik",
    kind: Annotated[str, typer.Option(help="kejadian or potensi; never both.")] = "kejadian",
    by: Annotated[str, typer.Option(help="Of risk: voters or voters_press.")] = "voters",
    counted: Annotated[str, typer.Option(help="affair or source_day: what is one.")] = "affair",
    seed: Annotated[int, typer.Option(help="Random seed.")] = 1,
    weights: Annotated[str, typer.Option(help="contiguity, knn or travel_time.")] = "contiguity",
    circles: Annotated[str, typer.Option(help="Of a scan: km or minutes.")] = "km",
    min_affairs: Annotated[int, typer.Option(help="Affairs that gistar and moran need.")] = 30,
    min_units: Annotated[int, typer.Option(help="Areas with an affair that they need.")] = 10,
    keep: Annotated[
        bool | None,
        typer.Option(help="Keep the best cluster, silent or not; scan_prospective does."),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Say where press reports hold more than expected or than chance, and write it to a file."""
    first = date_from.date() if date_from else None
    last = date_to.date() if date_to else today()
    keep = method == "scan_prospective" if keep is None else keep
    with explained():
        if method == "risk" and not keep:
            told = _relative_risk(output, unit, (first, last), family, kind, by)
        else:
            given = {"counted": counted, "seed": seed, "weights": weights, "circles": circles}
            gate = (min_affairs, min_units)
            told = _test(output, method, unit, (first, last), family, kind, given, gate, keep)
    lines = told.pop("lines")
    if as_json:
        print_json(told)
        return
    for line in lines:
        typer.echo(line)


def _relative_risk(
    output: Path, level: str, window: tuple[date | None, date], family: str, kind: str, by: str
) -> dict[str, Any]:
    from services.dataset import load_dataset
    from services.hotspots.relative_risk_file import risk_between, told_risk, write_risk
    from services.prepare import open_prepared

    data = load_dataset(open_prepared())
    view = risk_between(data, level, *window, family, kind, by)
    rows = write_risk(view, data, output)
    told = told_risk(view, data, "id")
    written = text("cli.exported", n=rows, layer="hotspots risk", path=output)
    return told | {"rows": rows, "lines": [told["meaning"], written]}


def _test(
    output: Path,
    method: str,
    level: str,
    window: tuple[date | None, date],
    family: str,
    kind: str,
    given: dict[str, Any],
    gate: tuple[int, int],
    keep: bool,
) -> dict[str, Any]:
    from analytics.hotspots.inference import GateParams
    from services.dataset import load_dataset
    from services.hotspots.analysis_view import hotspots_view, meaning, write_view
    from services.hotspots.scan_runs import keep_scan, signal_words
    from services.prepare import open_prepared

    store = open_prepared()
    asked = given | {"gate": GateParams(*gate)}
    view = hotspots_view(store, method, level, *window, family, kind, **asked)
    run = keep_scan(load_dataset(store), view) if keep else None
    rows = write_view(view, output)
    words = meaning(view, view.units["class"], "id")
    lines = [words]
    if run:
        signal = signal_words(load_dataset(store), run, "id")
        lines.append(text("scan.run_kept", run=run, signal=signal))
    lines.append(text("cli.exported", n=rows, layer=f"hotspots {method}", path=output))
    return {
        "method": method,
        "rows": rows,
        "affairs": view.n_affairs,
        "reason": view.reason,
        "meaning": words,
        "clusters": view.clusters.astype("object").to_dict("records"),
        "facts": view.facts,
        "run": run,
        "lines": lines,
    }


@app.command()
def watch(
    as_of: Annotated[
        datetime | None,
        typer.Option("--date", formats=["%Y-%m-%d"], help="As known on this day; else today."),
    ] = None,
    n: Annotated[int, typer.Option(help="How many places.", min=1)] = 5,
    as_json: AsJson = False,
) -> None:
    """Say which places to watch first, why, and how well such lists foretold."""
    from services.dataset import load_dataset
    from services.hotspots.watch_record import record_of, record_words
    from services.prepare import open_prepared
    from services.reports.watch import watch_rows

    day = as_of.date() if as_of else today()
    with explained():
        data = load_dataset(open_prepared())
        rows = watch_rows(data, day, "id", n)
        record = record_of(data, day)
    if as_json:
        shares = record.share.to_dict()
        judged = {"dates": record.n_dates, "first": record.first, "last": record.last, **shares}
        print_json({"date": day, "places": rows, "record": judged})
        return
    if not rows:
        typer.echo(text("ringkasan.watch_none"))
    for row in rows:
        typer.echo(f"{row['rank']}. {row['place']} ({row['level']}): {row['reason']}")
    typer.echo(record_words(record, "id"))
