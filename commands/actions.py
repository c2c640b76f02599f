"""``cli.py action``: the register of actions, listed, added to and closed from the command line."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer

from commands.shared import AsJson, day_asked, explained, print_json
from services.texts import text

app = typer.Typer(help="The register of actions.", no_args_is_help=True)
_DAY = ["%Y-%m-%d"]
Office = Annotated[str, typer.Option(help="Which office says so; never a person.")]
Day = Annotated[
    datetime | None, typer.Option("--date", formats=_DAY, help="As known on this day; else today.")
]
_COLUMNS = (
    "action_id", "meeting_id", "warning_id", "place_code", "place", "stage", "risk", "decision",
    "reason", "owner", "status", "result", "rule", "change_id",
)  # fmt: skip
_DAYS = ("opened_on", "due", "closed_on")


@app.command("list")
def list_actions(
    date: Day = None,
    only_open: Annotated[bool, typer.Option("--open", help="Only those that go on.")] = False,
    output: Annotated[
        Path | None, typer.Option("-o", "--output", help="Write the register to this XLSX file.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """List the actions known on a day, those that are overdue first."""
    from data.export import require_writable, write_file
    from services.actions.files import register_bytes
    from services.actions.register import actions_on
    from services.actions.words import finding, state_words
    from services.dataset import load_dataset
    from services.prepare import open_prepared

    with explained():
        day = day_asked(date)
        if output is not None:
            require_writable(output)
        data = load_dataset(open_prepared())
        rows = actions_on(data, day)
        if output is not None:
            write_file(output, register_bytes(data, day, "id"))
    rows = rows[rows["going"]] if only_open else rows
    if as_json:
        plain = rows[list(_COLUMNS)].astype("object").where(rows[list(_COLUMNS)].notna(), None)
        for name in _DAYS:
            plain[name] = rows[name].dt.strftime("%Y-%m-%d").astype("object")
        plain["overdue"] = rows["overdue"].astype("object")
        plain["days_left"] = rows["days_left"].astype("object")
        plain = plain.where(plain.notna(), None)
        print_json({"date": day, "actions": plain.to_dict("records")})
        return
    typer.echo(finding(rows, "id"))
    for _, row in rows.iterrows():
        typer.echo(f"{row['action_id']}  {state_words(row, 'id')}  {row['owner']}")
        typer.echo(f"  {row['decision']} ({row['risk']})")


@app.command()
def add(
    risk: Annotated[str, typer.Option(help="What may happen.")],
    decision: Annotated[str, typer.Option(help="What is to be done.")],
    owner: Annotated[str, typer.Option(help="The office that does it; never a person.")],
    office: Office,
    due: Annotated[
        datetime | None, typer.Option(formats=_DAY, help="Until when it is to be done.")
    ] = None,
    place: Annotated[str | None, typer.Option(help="Code of the place.")] = None,
    stage: Annotated[str | None, typer.Option(help="Key of the stage, such as logistik.")] = None,
    reason: Annotated[str | None, typer.Option(help="Why.")] = None,
    warning: Annotated[str | None, typer.Option(help="Id of the warning it answers.")] = None,
    meeting: Annotated[str | None, typer.Option(help="Id of the rakor that decided it.")] = None,
    date: Annotated[
        datetime | None,
        typer.Option("--date", formats=_DAY, help="Day it was decided; else today."),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Add an action to the register."""
    from services.actions.register import save_action
    from services.dataset import load_dataset
    from services.prepare import open_prepared

    values = {
        "risk": risk,
        "decision": decision,
        "owner": owner,
        "due": due.date() if due else None,
        "place_code": place,
        "stage": stage,
        "reason": reason,
        "warning_id": warning,
        "meeting_id": meeting,
    }
    with explained():
        data = load_dataset(open_prepared())
        key = save_action(data, values, office, "perintah", on=day_asked(date))
    if as_json:
        print_json({"action_id": key})
        return
    typer.echo(text("tindakan.saved_id", id=key))


@app.command()
def close(
    action_id: Annotated[str, typer.Argument(help="Id of the action.")],
    office: Office,
    status: Annotated[str, typer.Option(help="selesai (done) or batal (given up).")] = "selesai",
    result: Annotated[str | None, typer.Option(help="What came of it.")] = None,
    date: Annotated[
        datetime | None, typer.Option("--date", formats=_DAY, help="Day it ended; else today.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """End an action, with what came of it."""
    from services.actions.register import close_action
    from services.dataset import load_dataset
    from services.prepare import open_prepared

    with explained():
        day = day_asked(date)
        data = load_dataset(open_prepared())
        close_action(data, action_id, office, status, result, day, "perintah")
    if as_json:
        print_json({"action_id": action_id, "status": status, "closed_on": day})
        return
    typer.echo(text("tindakan.saved_id", id=action_id))
