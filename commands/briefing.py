"""A rakor as a file, and the report of a reporting period."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer

from commands.shared import day_asked, explained
from data.texts import LANGUAGES
from services.texts import number, text

app = typer.Typer()

Output = Annotated[Path, typer.Option("-o", "--output", help="The file to write.")]
Lang = Annotated[str, typer.Option(help="Language of the file: " + ", ".join(LANGUAGES))]
Office = Annotated[str, typer.Option(help="The office that makes it; none: that of the template.")]


def brief_of(date: datetime, output: Path, kind: str, lang: str, office: str) -> None:
    """Write the rakor of a day: its last snapshot, or what one taken now would hold."""
    from services.briefing.make import FORMATS, file_of, snapshot_on
    from services.dataset import load_dataset
    from services.prepare import open_prepared

    with explained():
        _require(kind, FORMATS, "format")
        _require(lang, LANGUAGES, "lang")
        who = _ready(output, office)
        snapshot, choice = snapshot_on(load_dataset(open_prepared()), day_asked(date), who)
        _write(output, file_of(kind, snapshot, choice, lang))


@app.command()
def report(
    period: Annotated[str, typer.Argument(help="B04, B08 or B12.")],
    year: Annotated[int, typer.Option(help="Year of the period.")],
    output: Output,
    lang: Lang = LANGUAGES[0],
    office: Office = "",
) -> None:
    """Write the report of a reporting period, as known at its end."""
    from services.briefing.choice import Choice
    from services.briefing.make import REPORT, file_of, period_named, snapshot_of_period
    from services.dataset import load_dataset
    from services.prepare import open_prepared

    with explained():
        _require(lang, LANGUAGES, "lang")
        period_named(period, year)
        who = _ready(output, office)
        snapshot = snapshot_of_period(load_dataset(open_prepared()), period, year, who)
        _write(output, file_of(REPORT, snapshot, Choice(), lang))


def _require(value: str, allowed: tuple[str, ...], name: str) -> None:
    from geo.errors import ParameterError

    if value not in allowed:
        raise ParameterError(name, value, ", ".join(allowed))


def _ready(output: Path, office: str) -> str:
    """Refuse a file that cannot be written before anything is made; return the office."""
    from data.briefing.template import read_template
    from data.export import require_writable

    require_writable(output)
    return office.strip() or read_template().office


def _write(output: Path, content: bytes) -> None:
    from data.export import write_file

    write_file(output, content)
    typer.echo(text("brief.written", path=output, kb=number(len(content) / 1024)))
