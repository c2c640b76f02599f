"""``cli.py brief --all``: one briefing per province from the results of a batch."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NoReturn

import typer

from commands.shared import EXIT_UNUSABLE, explained
from services.explain import explain
from services.texts import number, text

if TYPE_CHECKING:
    from services.nation.briefs import BriefsAsked, BriefsDone, BriefStep

EXIT_INCOMPLETE = 1


def refuse(words: str) -> NoReturn:
    """End the command with words on options that do not go together."""
    typer.secho(words, err=True, fg="red")
    raise typer.Exit(EXIT_UNUSABLE)


def write_all(asked: BriefsAsked) -> None:
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
        words = text("nation_brief.step_failed", name=name, code=code, reason=_words(step.error))
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


def _words(error: Exception) -> str:
    try:
        return explain(error)
    except TypeError:
        return repr(error)
