"""What if, without a browser: plan again from now what has not left."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from commands.shared import AsJson, explained, print_json
from services.texts import DEFAULT_LANGUAGE, label, text

app = typer.Typer()


@app.command()
def replan(
    file: Annotated[Path, typer.Argument(help="The plan in force, as JSON.")],
    now: Annotated[str, typer.Option(help="From when, WIB, such as 2024-02-11T09:00.")],
    output: Annotated[Path, typer.Option("-o", "--output", help="Where to write the new plan.")],
    boat_fails: Annotated[
        list[str] | None, typer.Option(help="Vehicle out of order; again for another one.")
    ] = None,
    repaired: Annotated[
        float | None, typer.Option(help="Hours after which they go again; none: no more.")
    ] = None,
    sea_closed: Annotated[
        str | None, typer.Option(help="Until when all waters are closed, WIB; or AREA=TIME.")
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
    as_json: AsJson = False,
) -> None:
    """Plan again what has not left by now, audit it, say what changes and who must be told."""
    from services.dataset import load_dataset
    from services.plan import check_schema, read_plan, save_plan, write_plan
    from services.plan_whatif import WhatIf, replan_document
    from services.plan_whatif import moment as moment_of
    from services.prepare import open_prepared

    with explained():
        before = read_plan(file)
        check_schema(before)
        moment = moment_of(now)
        asked = WhatIf(
            boat_fails or (), repaired, sea=sea_closed, roads=road_cut or (),
            warehouse=warehouse_late, extra=extra_tps or (),
        )  # fmt: skip
        events = asked.events(before, moment)
        data = load_dataset(open_prepared())
        after = replan_document(data, before, file.stem, moment, events)
        write_plan(output, after)
        if name:
            save_plan(name, after)
    _tell(data, before, after, output, as_json)
    if not after["verdict"]["passed"]:
        raise typer.Exit(1)


def _tell(
    data: Any, before: dict[str, Any], after: dict[str, Any], output: Path, as_json: bool
) -> None:
    from services.plan_changes import load_changes, tell, tell_table
    from services.plan_whatif import counts, moment

    now = moment(after["about"]["whatif"]["now"])
    loads = load_changes(before, after, now)
    told = tell(before, after, now)
    if as_json:
        rows = {"loads": loads.to_dict("records"), "tell": told.to_dict("records")}
        print_json({"verdict": after["verdict"], **counts(loads), **rows})
        return
    passed = after["verdict"]["passed"]
    verdict = text("plan.verdict_passed" if passed else "plan.verdict_failed")
    typer.echo(text("whatif.cli_done", path=output, verdict=verdict, **counts(loads)))
    table = tell_table(told, data, DEFAULT_LANGUAGE)
    columns = [table[label("change", key)] for key in ("office", "name", "what")]
    for office, who, what in zip(*columns, strict=True):
        typer.echo(text("whatif.cli_tell", office=office, name=who, what=what))
