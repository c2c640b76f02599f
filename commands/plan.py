"""Routes, distribution plans and their audit."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from commands.shared import SHOWN_FAULTS, AsJson, explained, print_json
from services.texts import text

app = typer.Typer()


@app.command()
def route(
    start: Annotated[str, typer.Argument(metavar="FROM", help="A place, pier or warehouse.")],
    end: Annotated[str, typer.Argument(metavar="TO", help="Another one.")],
    as_json: AsJson = False,
) -> None:
    """Say how far and how long it is between two places, and by what."""
    from services.prepare import open_prepared
    from services.routes import route as find_route

    with explained():
        found = find_route(open_prepared(), start, end)
    if as_json:
        print_json(found)
        return
    key = "cli.route_estimate" if found["is_estimate"] else "cli.route"
    numbers = {
        name: round(found[name]) for name in ("distance_km", "low_min", "usual_min", "high_min")
    }
    typer.echo(text(key, changes=found["mode_changes"], **numbers))


@app.command()
def plan(
    output: Annotated[Path, typer.Option("-o", "--output", help="Where to write the JSON plan.")],
    kabupaten: Annotated[
        str | None, typer.Option(help="Code of the kabupaten, such as 19.03.")
    ] = None,
    election: Annotated[str | None, typer.Option(help="Election whose TPS are known.")] = None,
    settings: Annotated[
        Path | None, typer.Option(help="TOML file of settings; what it leaves out is the default.")
    ] = None,
    scenario: Annotated[
        str | None, typer.Option(help="A scenario that ships, or one of your own.")
    ] = None,
    name: Annotated[str | None, typer.Option(help="Keep the plan under this name too.")] = None,
    seed: Annotated[int | None, typer.Option(help="Random seed.")] = None,
    seconds: Annotated[float | None, typer.Option(help="Time for the search.")] = None,
    ends: Annotated[
        bool, typer.Option("--ends", help="With the last mile to each TPS and the way back.")
    ] = False,
) -> None:
    """Plan the distribution of a kabupaten, audit the plan and write it down."""
    from services.dataset import load_dataset
    from services.plan import make_plan, save_plan, write_plan
    from services.plan_return import ReturnAsked, with_return
    from services.plan_settings import asked_settings
    from services.prepare import open_prepared

    with explained():
        asked = asked_settings(
            kabupaten, election, file=settings, scenario=scenario, seed=seed, seconds=seconds
        )
        data = load_dataset(open_prepared())
        document = make_plan(data, asked)
        if ends:
            document = with_return(data, document, ReturnAsked())
        write_plan(output, document)
        if name:
            save_plan(name, document)
    _tell_verdict(output, document["verdict"]["passed"], document)


@app.command("audit")
def audit_plan(
    file: Annotated[Path, typer.Argument(help="A plan as JSON.")], as_json: AsJson = False
) -> None:
    """Check a plan again, whatever it says of itself; exit code 1 when it fails."""
    from services.plan import audit_document, read_plan

    with explained():
        document = read_plan(file)
        found = audit_document(document)
    if as_json:
        print_json(found.verdict())
    else:
        _tell_verdict(file, found.passed, document)
        for fault in found.faults[:SHOWN_FAULTS]:
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
