"""``cli.py brief``: the rakor of a day, or one briefing per province from what a batch found."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, NoReturn

import typer

from commands.briefing import Lang, Office, brief_of
from commands.shared import EXIT_INCOMPLETE, EXIT_UNUSABLE, explained, words_of
from data.texts import LANGUAGES
from services.texts import number, text

if TYPE_CHECKING:
    from services.nation.briefs import BriefsAsked, BriefsDone, BriefStep

app = typer.Typer()


@app.command()
def brief(
    output: Annotated[
        Path, typer.Option("-o", "--output", help="The file to write; with --all, the folder.")
    ],
    date: Annotated[
        datetime | None, typer.Option(formats=["%Y-%m-%d"], help="Day of the rakor.")
    ] = None,
    kind: Annotated[
        str, typer.Option("--format", help="pptx, pdf, html; notes or report only without --all.")
    ] = "pptx",
    lang: Lang = LANGUAGES[0],
    office: Office = "",
    nation: Annotated[
        Path | None, typer.Option("--all", metavar="DIR", help="One for each province in here.")
    ] = None,
    batch: Annotated[
        Path | None, typer.Option(help="With --all: what `batch` over that folder wrote.")
    ] = None,
    provinces: Annotated[
        int | None, typer.Option(help="With --all: only the first so many.")
    ] = None,
    scheduler: Annotated[
        str | None, typer.Option(help="With --all: address of a Dask scheduler.")
    ] = None,
) -> None:
    """Write the rakor of a day, its last snapshot or what one would hold; or one per province."""
    if nation is not None:
        if date is not None:
            _refuse(text("nation_brief.option_apart", option="--date", other="--all"))
        if batch is None:
            _refuse(text("nation_brief.option_needs", option="--all", other="--batch"))
        from services.nation.briefs import BriefsAsked

        who = office.strip()
        with explained():
            asked = BriefsAsked(nation, batch, output, kind, lang, who, provinces, scheduler)
        _write_all(asked)
        return
    of_nation = {"--batch": batch, "--provinces": provinces, "--scheduler": scheduler}
    for option, value in of_nation.items():
        if value is not None:
            _refuse(text("nation_brief.option_needs", option=option, other="--all"))
    if date is None:
        _refuse(text("nation_brief.option_date"))
    brief_of(date, output, kind, lang, office)


def _refuse(words: str) -> NoReturn:
    """End the command with words on options that do not go together."""
    typer.secho(words, err=True, fg="red")
    raise typer.Exit(EXIT_UNUSABLE)


def _write_all(asked: BriefsAsked) -> None:
    """Write the briefings, telling of each; exit 1 where one failed, the others are there."""
    from services.nation.briefs import make_briefs

    with explained():
        done = make_briefs(asked, _told)
    typer.echo(_summary(asked, done))
    if done.failed:
        raise typer.Exit(EXIT_INCOMPLETE)


def _told(step: BriefStep) -> None:
    name, code = step.province.name, step.province.code
    if step.error is not None:
        words = text("nation_brief.step_failed", name=name, code=code, reason=words_of(step.error))
        typer.secho(words, err=True, fg="red")
        return
    key = "nation_brief.step_known" if step.known else "nation_brief.step"
    typer.echo(text(key, done=step.done, of=step.of, name=name, code=code))


def _summary(asked: BriefsAsked, done: BriefsDone) -> str:
    values: dict[str, Any] = {
        "simulasi": "SIMULASI: " if done.simulasi else "",
        "n": len(done.paths),
        "known": number(done.known),
        "path": str(asked.out),
        "seconds": number(round(done.seconds)),
        "memory": number(round(done.peak_mib)),
    }
    if done.failed:
        return text("nation_brief.done_failed", failed=len(done.failed), **values)
    return text("nation_brief.done", **values)
