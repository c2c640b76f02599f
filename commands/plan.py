"""Routes, plans and their audit; kept plans listed, exported, compared, repeated; what if."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from commands.shared import SHOWN_FAULTS, AsJson, KabupatenCode, explained, print_json
from services.texts import DEFAULT_LANGUAGE, label, number, text

app = typer.Typer()

AllowPartial = Annotated[
    bool, typer.Option("--allow-partial", help="End with 0 though something is left or late.")
]


@app.command()
def route(
    start: Annotated[str, typer.Argument(metavar="FROM", help="A place, pier or warehouse.")],
    end: Annotated[str, typer.Argument(metavar="TO", help="Another one.")],
    as_json: AsJson = False,
) -> None:
    """Say how far and how long it is between two places, and by what."""
    from services.network.routes import route as find_route
    from services.prepare import open_prepared

    with explained():
        found = find_route(open_prepared(), start, end)
    if as_json:
        print_json(found)
        return
    key = "cli.route_estimate" if found["is_estimate"] else "cli.route"
    numbers = {
        name: round(found[name]) for name in ("distance_km", "low_min", "usual_min", "high_min")
    }
    error = round(100 * found["roads"]["error_sd"])
    typer.echo(text(key, changes=found["mode_changes"], error=error, **numbers))
    for row in found["restricted"]:
        typer.echo(f"  {row['words']}")


@app.command()
def plan(
    output: Annotated[Path, typer.Option("-o", "--output", help="Where to write the JSON plan.")],
    kabupaten: KabupatenCode = None,
    election: Annotated[str | None, typer.Option(help="Election whose TPS are known.")] = None,
    settings: Annotated[
        Path | None, typer.Option(help="TOML file of settings; what it leaves out is the default.")
    ] = None,
    scenario: Annotated[
        str | None, typer.Option(help="A scenario that ships, or one of your own.")
    ] = None,
    name: Annotated[str | None, typer.Option(help="Keep the plan under this name too.")] = None,
    seed: Annotated[int | None, typer.Option(help="Random seed.")] = None,
    seconds: Annotated[float | None, typer.Option(help="Effort of search.")] = None,
    ends: Annotated[
        bool, typer.Option("--ends", help="With the last mile to each TPS and the way back.")
    ] = False,
    allow_partial: AllowPartial = False,
) -> None:
    """Plan the distribution of a kabupaten, audit it, write it down; exit code 1 when it fails."""
    from services.dataset import load_dataset
    from services.plan.ends import ReturnAsked, with_return
    from services.plan.make import make_plan, save_plan, write_plan
    from services.plan.settings import asked_settings
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
    _end(data, document, allow_partial)


@app.command("plan-all")
def plan_all(
    output: Annotated[Path, typer.Option("-o", "--output", help="Folder for a JSON plan each.")],
    seed: Annotated[int | None, typer.Option(help="Random seed.")] = None,
    seconds: Annotated[float | None, typer.Option(help="Effort of search of each.")] = None,
    keep: Annotated[bool, typer.Option("--keep", help="Keep the plans for the page too.")] = False,
) -> None:
    """Plan every kabupaten on two processes and audit each; exit code 1 when one fails."""
    from services.dataset import load_dataset
    from services.plan.batch import begin, tasks_of
    from services.plan.make import write_plan
    from services.prepare import open_prepared

    with explained():
        data = load_dataset(open_prepared())
        tasks = tasks_of(data, seed, seconds)
        output.mkdir(parents=True, exist_ok=True)
        batch = begin(tasks if keep else [task._replace(name=None) for task in tasks])
        batch.wait()
        passed = []
        for key in sorted(task.key for task in tasks):
            job = batch.jobs.get(key)
            if job is None or job.document is None:
                words = batch.wrong.get(key) or (job.words if job else {})
                why = words.get(DEFAULT_LANGUAGE) or text("job.unknown")
                if job and job.status == "timed_out":
                    why = label("batch_state", job.status, DEFAULT_LANGUAGE)
                typer.echo(text("batch.cli_failed", name=data.names[key], why=why), err=True)
                passed.append(False)
                continue
            path = output / f"{key}.json"
            write_plan(path, job.document)
            passed.append(bool(job.document["verdict"]["passed"]))
            typer.echo(f"{data.names[key]}: ", nl=False)
            _tell_verdict(path, passed[-1], job.document)
    total = number(batch.seconds, DEFAULT_LANGUAGE, 1)
    typer.echo(text("batch.cli_done", n=sum(passed), total=len(passed), seconds=total))
    if not all(passed):
        raise typer.Exit(1)


@app.command("audit")
def audit_plan(
    file: Annotated[Path, typer.Argument(help="A plan as JSON.")], as_json: AsJson = False
) -> None:
    """Check a plan again, whatever it says of itself; exit code 1 when it fails."""
    from services.plan.make import audit_document, read_plan

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
    from services.plan.views.islets import verdict_words

    tps = sum(row["tps_count"] for row in document["deliveries"])
    verdict = verdict_words({**document, "verdict": {"passed": passed}}, DEFAULT_LANGUAGE)
    slack = document["figures"]["slack_min"]
    typer.echo(
        text(
            "plan.done",
            path=path,
            verdict=verdict,
            trips=len(document["trips"]),
            tps=tps,
            slack="–" if slack is None else round(slack),
        )
    )


def _tell_failure(data: Any, document: dict[str, Any]) -> None:
    """Say what is wrong with a plan, what it leaves out or late, why, and what would help."""
    from services.plan.failure import (
        lacking_lines,
        no_remedy_words,
        remedy_words,
        served_words,
        short_only,
        try_remedies,
    )
    from services.plan.views.view import faults_words

    lines = lacking_lines(document, data, DEFAULT_LANGUAGE)
    for fault in [] if short_only(document) else faults_words(document, data, DEFAULT_LANGUAGE):
        typer.echo(f"  - {fault}")
    if not lines:
        return
    typer.echo(served_words(document, DEFAULT_LANGUAGE))
    for line in lines:
        typer.echo(f"  - {line}")
    with explained():
        tried = try_remedies(data, document)
    works = [line for good, line in remedy_words(tried, data, DEFAULT_LANGUAGE) if good]
    for line in works or [no_remedy_words(document, DEFAULT_LANGUAGE)]:
        typer.echo(f"  {line}")


def _end(data: Any, document: dict[str, Any], allow_partial: bool, quiet: bool = False) -> None:
    """Say why a plan fails and end with 1; with 0 where it may leave something and only does."""
    from services.plan.failure import short_only

    if document["verdict"]["passed"]:
        return
    if not quiet:
        _tell_failure(data, document)
    if not (allow_partial and short_only(document)):
        raise typer.Exit(1)


PlanIn = Annotated[str, typer.Argument(metavar="PLAN", help="A JSON file, or the name of a plan.")]


def _plan(given: str) -> tuple[str, dict[str, Any]]:
    """Return name and document of a plan file, or of a saved plan."""
    from services.plan.make import load_plan, read_plan

    path = Path(given)
    if path.suffix == ".json" or path.exists():
        return path.stem, read_plan(path)
    return given, load_plan(given)


@app.command()
def plans(as_json: AsJson = False) -> None:
    """List the saved plans, newest first."""
    from services.plan.make import load_plan, saved_plans

    with explained():
        rows = [_row(name, load_plan(name)) for name in saved_plans()]
    if as_json:
        print_json(rows)
        return
    for row in rows:
        typer.echo(f"{row['name']}  {row['kabupaten']}  {row['election']}  {row['verdict']}")


def _row(name: str, document: dict[str, Any]) -> dict[str, Any]:
    from services.plan.views.islets import verdict_words

    about = document.get("about", {})
    return {
        "name": name,
        "kabupaten": about.get("kabupaten"),
        "election": about.get("election"),
        "passed": bool((document.get("verdict") or {}).get("passed")),
        "verdict": verdict_words(document, DEFAULT_LANGUAGE),
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
    from services.plan.files import export_plan
    from services.prepare import open_prepared

    with explained():
        name, document = _plan(plan)
        export_plan(document, load_dataset(open_prepared()), name, output, lang)
    typer.echo(text("cli.plan_exported", name=name, path=output, access=text("plan.access")))


@app.command("plan-compare")
def plan_compare(first: PlanIn, second: PlanIn, as_json: AsJson = False) -> None:
    """Say what the second plan does otherwise than the first."""
    from services.plan.views.compare import change_words, compare_plans
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
    columns = (found.figures[name] for name in ("key", "a", "b", "change", "digits"))
    for key, a, b, change, digits in zip(*columns, strict=True):
        both = " / ".join(number(value, "id", digits) for value in (a, b))
        typer.echo(f"{label('compare', key)}: {both} ({change_words(change, 'id', digits)})")
    for state in ("earlier", "later", "only_a", "only_b"):
        typer.echo(f"{label('compared', state)}: {found.count(state)}")


@app.command("plan-repeat")
def plan_repeat(plan: PlanIn, as_json: AsJson = False) -> None:
    """Make a plan again from the inputs and seed it holds; exit code 1 when it differs."""
    from services.plan.views.compare import change_words, repeat_plan, repeated

    with explained():
        _, document = _plan(plan)
        again = repeat_plan(None, document)
        found = repeated(document, again)
    if as_json:
        print_json(
            {
                "verdict": found.verdict,
                "equal": found.equal,
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


@app.command()
def replan(
    file: Annotated[Path, typer.Argument(help="The plan in force, as JSON.")],
    now: Annotated[str, typer.Option(help="From when, such as 2024-02-11T09:00.")],
    output: Annotated[Path, typer.Option("-o", "--output", help="Where to write the new plan.")],
    boat_fails: Annotated[
        list[str] | None, typer.Option(help="Vehicle out of order; again for another one.")
    ] = None,
    repaired: Annotated[
        float | None, typer.Option(help="Hours after which they go again; none: no more.")
    ] = None,
    sea_closed: Annotated[
        str | None, typer.Option(help="Until when all waters are closed; or AREA=TIME.")
    ] = None,
    road_cut: Annotated[
        list[str] | None, typer.Option(help="Code of a place no truck reaches.")
    ] = None,
    warehouse_late: Annotated[
        str | None, typer.Option(help="Hours the warehouses are late; or CODE=HOURS.")
    ] = None,
    extra_tps: Annotated[
        list[str] | None, typer.Option(help="DESA=NUMBER of TPS more than planned.")
    ] = None,
    name: Annotated[str | None, typer.Option(help="Keep the new plan under this name.")] = None,
    allow_partial: AllowPartial = False,
    as_json: AsJson = False,
) -> None:
    """Plan again what has not left by now, audit it, say what changes and who must be informed.

    Exit code 1 when the new plan fails.
    """
    from services.dataset import load_dataset
    from services.plan.make import check_schema, read_plan, save_plan, write_plan
    from services.plan.what_if import WhatIf, replan_document
    from services.plan.what_if import moment as moment_of
    from services.prepare import open_prepared

    with explained():
        before = read_plan(file)
        check_schema(before)
        moment = moment_of(now)
        asked = WhatIf(
            boat_fails or (),
            repaired,
            sea=sea_closed,
            roads=road_cut or (),
            warehouse=warehouse_late,
            extra=extra_tps or (),
        )
        events = asked.events(before, moment)
        data = load_dataset(open_prepared())
        after = replan_document(data, before, file.stem, moment, events)
        write_plan(output, after)
        if name:
            save_plan(name, after)
    _tell(data, before, after, output, as_json)
    _end(data, after, allow_partial, quiet=as_json)


def _tell(
    data: Any, before: dict[str, Any], after: dict[str, Any], output: Path, as_json: bool
) -> None:
    from services.plan.changes import load_changes, notice_table, notices
    from services.plan.failure import lacking_lines, served_words
    from services.plan.views.islets import verdict_words
    from services.plan.what_if import counts, moment

    now = moment(after["about"]["whatif"]["now"])
    loads = load_changes(before, after, now)
    reported = notices(before, after, now)
    if as_json:
        rows = {"loads": loads.to_dict("records"), "tell": reported.to_dict("records")}
        words = {
            "served": served_words(after, DEFAULT_LANGUAGE),
            "lacking": lacking_lines(after, data, DEFAULT_LANGUAGE),
        }
        print_json({"verdict": after["verdict"], **words, **counts(loads), **rows})
        return
    verdict = verdict_words(after, DEFAULT_LANGUAGE)
    found = counts(loads)
    typer.echo(text("whatif.cli_done", DEFAULT_LANGUAGE, path=output, verdict=verdict, **found))
    table = notice_table(reported, data, DEFAULT_LANGUAGE)
    columns = [table[label("change", key)] for key in ("office", "name", "what")]
    for office, who, what in zip(*columns, strict=True):
        typer.echo(text("whatif.cli_tell", office=office, name=who, what=what))
