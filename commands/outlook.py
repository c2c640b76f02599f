"""The outlook of a day with its scores; lodging it before its window opens, scoring it after."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

import typer

from commands.shared import AsJson, explained, print_json
from data.clock import today
from services.texts import FAMILIES, text

app = typer.Typer(help="The outlook of a day with its scores.", invoke_without_command=True)
Day = Annotated[
    datetime | None,
    typer.Option("--date", formats=["%Y-%m-%d"], help="As known on this day; else today."),
]
Horizon = Annotated[str, typer.Option(help="rakor (to the next meeting) or tahapan (next stage).")]
Seed = Annotated[int, typer.Option(help="Random seed.")]


@app.callback()
def outlook(
    context: typer.Context,
    date: Day = None,
    kind: Annotated[str, typer.Option(help="kejadian or potensi.")] = "kejadian",
    horizon: Horizon = "rakor",
    seed: Seed = 1,
    as_json: AsJson = False,
) -> None:
    """Say what may come, by kabupaten and family, and how good such outlooks were."""
    if context.invoked_subcommand is not None:
        return
    from services.dataset import load_dataset
    from services.outlook.view import OutlookParams
    from services.outlook.view import outlook as make
    from services.outlook.words import headline, outlook_json, stale_words, sub, window_words
    from services.prepare import open_prepared

    day = date.date() if date else today()
    with explained():
        view = make(load_dataset(open_prepared()), day, kind, horizon, OutlookParams(seed=seed))
        found = outlook_json(view, today())
    if as_json:
        print_json(found)
        return
    lines = [window_words(view, "id"), sub(view, "id"), stale_words(view, "id")]
    lines += [headline(view, family, "id") for family in FAMILIES]
    for line in filter(None, lines):
        typer.echo(line)


@app.command()
def lodge(
    date: Day = None, horizon: Horizon = "rakor", seed: Seed = 1, as_json: AsJson = False
) -> None:
    """Lodge the outlook of today, both kinds, with its hash; refused when its window is open."""
    from services.dataset import load_dataset
    from services.outlook.lodge import lodge_outlook
    from services.outlook.view import OutlookParams
    from services.prepare import open_prepared

    day = date.date() if date else today()
    with explained():
        data = load_dataset(open_prepared())
        one = lodge_outlook(data, day, horizon, OutlookParams(seed=seed))
    if as_json:
        print_json(
            {
                "outlook_id": one.outlook_id,
                "digest": one.digest,
                "window_start": one.window_start,
                "window_end": one.window_end,
                "lodged_at": one.lodged_at,
            }
        )
        return
    typer.echo(text("prakiraan.lodged_done", id=one.outlook_id, digest=one.digest))


@app.command()
def score(date: Day = None, as_json: AsJson = False) -> None:
    """Score what was lodged by the reports known on a day; exit 1 where one was changed."""
    from services.dataset import load_dataset
    from services.outlook.lodge import CHANGED, lodged_outlooks
    from services.outlook.words import lodged_line
    from services.prepare import open_prepared

    day = date.date() if date else today()
    with explained():
        found = lodged_outlooks(load_dataset(open_prepared()), day)
    if as_json:
        outlooks = [
            {
                "outlook_id": one.lodged.outlook_id,
                "digest": one.lodged.digest,
                "window_start": one.lodged.window_start,
                "window_end": one.lodged.window_end,
                "state": one.state,
                "faults": list(one.lodged.faults),
                "scores": one.scores.astype("object").to_dict("records"),
            }
            for one in found
        ]
        print_json({"date": day, "outlooks": outlooks})
    else:
        for one in found:
            typer.echo(lodged_line(one, "id"))
        if not found:
            typer.echo(text("prakiraan.lodged_none"))
    if any(one.state == CHANGED for one in found):
        raise typer.Exit(1)
