"""``cli.py nation places`` and ``cli.py nation figures``: a nation brought into PostGIS."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Annotated

import typer

from commands.shared import AsJson, explained, print_json
from services.texts import text

app = typer.Typer()


@app.command()
def places(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="Folder of the nation.")],
    as_json: AsJson = False,
) -> None:
    """Publish units, shapes and TPS of a nation into PostGIS, in place of those there are."""
    from services.nation.publish import places_line, publish_nation
    from services.prepare import open_prepared

    with explained():
        done = publish_nation(open_prepared(), folder, _teller(as_json))
    if as_json:
        print_json(vars(done))
        return
    typer.echo(places_line(done))


@app.command()
def figures(
    out: Annotated[Path, typer.Argument(metavar="OUT", help="Folder that the batch wrote to.")],
    as_json: AsJson = False,
) -> None:
    """Publish what the batch worked out: risks, outlooks, plans, tiers of TPS."""
    from services.nation.publish import batch_lines, publish_batch
    from services.prepare import open_prepared

    with explained():
        done = publish_batch(open_prepared(), out, _teller(as_json))
    if as_json:
        print_json(vars(done))
        return
    for line in batch_lines(done):
        typer.echo(line)


def _teller(as_json: bool) -> Callable[[int, int, str], None]:
    def told(done: int, of: int, code: str) -> None:
        if not as_json:
            typer.echo(text("nasional.publishing", done=done, of=of, code=code))

    return told
