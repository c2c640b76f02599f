"""Plans that are kept: listed, written to files, compared, made again from their own inputs."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from commands.shared import AsJson, explained, print_json
from services.texts import text

app = typer.Typer()

PlanIn = Annotated[str, typer.Argument(metavar="PLAN", help="A JSON file, or the name of a plan.")]


def _plan(given: str) -> tuple[str, dict[str, Any]]:
    """Return name and document of a plan file, or of a kept plan."""
    from services.plan import load_plan, read_plan

    path = Path(given)
    if path.suffix == ".json" or path.exists():
        return path.stem, read_plan(path)
    return given, load_plan(given)


@app.command()
def plans(as_json: AsJson = False) -> None:
    """List the kept plans, newest first."""
    from services.plan import load_plan, saved_plans

    with explained():
        rows = [_row(name, load_plan(name)) for name in saved_plans()]
    if as_json:
        print_json(rows)
        return
    for row in rows:
        verdict = text("plan.verdict_passed" if row["passed"] else "plan.verdict_failed")
        typer.echo(f"{row['name']}  {row['kabupaten']}  {row['election']}  {verdict}")


def _row(name: str, document: dict[str, Any]) -> dict[str, Any]:
    about = document.get("about", {})
    return {
        "name": name,
        "kabupaten": about.get("kabupaten"),
        "election": about.get("election"),
        "passed": bool((document.get("verdict") or {}).get("passed")),
        "seed": document.get("figures", {}).get("seed"),
    }


@app.command("plan-export")
def plan_export(
    plan: PlanIn,
    output: Annotated[Path, typer.Option("-o", "--output", help=".geojson .gpx .kml .xlsx .pdf")],
    lang: Annotated[str, typer.Option(help="id or en; a manifest is in Indonesian always.")] = "id",
) -> None:
    """Write a plan as routes, shapes or manifest; each file is marked terbatas."""
    from services.dataset import load_dataset
    from services.plan_export import export_plan
    from services.prepare import open_prepared

    with explained():
        name, document = _plan(plan)
        export_plan(document, load_dataset(open_prepared()), name, output, lang)
    typer.echo(text("cli.plan_exported", name=name, path=output, access=text("plan.access")))


@app.command("plan-compare")
def plan_compare(first: PlanIn, second: PlanIn, as_json: AsJson = False) -> None:
    """Say what the second plan does otherwise than the first."""
    from services.plan_compare import change_words, compare_plans
    from services.texts import label, number

    with explained():
        found = compare_plans(_plan(first)[1], _plan(second)[1])
    if as_json:
        places = found.places.assign(
            delivered_a=found.places["delivered_a"].astype("str"),
            delivered_b=found.places["delivered_b"].astype("str"),
        )
        print_json(
            {"figures": found.figures.to_dict("records"), "places": places.to_dict("records")}
        )
        return
    for row in found.figures.itertuples():
        change = change_words(row.change, "id", row.digits)
        a, b = (number(value, "id", row.digits) for value in (row.a, row.b))
        typer.echo(f"{label('compare', row.key)}: {a} / {b} ({change})")
    for state in ("earlier", "later", "only_a", "only_b"):
        typer.echo(f"{label('compared', state)}: {found.count(state)}")


@app.command("plan-repeat")
def plan_repeat(plan: PlanIn, as_json: AsJson = False) -> None:
    """Make a plan again from the inputs and seed it holds; exit code 1 when it differs."""
    from services.plan_compare import change_words
    from services.plan_repeat import repeat_plan, repeated

    with explained():
        _, document = _plan(plan)
        again = repeat_plan(None, document)
        found = repeated(document, again)
    if as_json:
        print_json(
            {
                "verdict": found.verdict,
                "equal": found.equal,
                "ended_by_clock": found.by_clock,
                "places_that_differ": found.differ,
                "cost_change": found.cost_change,
                "passed": again["verdict"]["passed"],
            }
        )
    else:
        cost = change_words(found.cost_change / 1e6, "id", 2)
        typer.echo(text(f"compare.again_{found.verdict}", n=found.differ, cost=cost))
    if not found.equal:
        raise typer.Exit(1)
