"""A backup of everything, and the way back from it."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Annotated

import typer

from commands.shared import AsJson, explained, print_json
from data.backup.last import LastBackup
from data.province import zone
from services.texts import number, text

app = typer.Typer()
FAULTS = 1
"""Exit code of a restore whose store has faults that came with the backup."""

_OUTPUT = Annotated[
    Path, typer.Option("-o", "--output", help="A new file, or a folder that is to hold it.")
]


@app.command()
def backup(output: _OUTPUT, as_json: AsJson = False) -> None:
    """Write tables, plans and scenarios as of one moment to one file, while others work."""
    from services.backup import back_up

    with explained():
        made = back_up(output, _progress(as_json))
    manifest = made.manifest
    if as_json:
        print_json(
            {
                "path": str(made.path),
                "bytes": made.size_bytes,
                "seconds": round(made.seconds, 1),
                "made_at": manifest.made_at.isoformat(),
                "revision": manifest.revision,
                "tables": len(manifest.tables),
                "rows": manifest.rows,
                "files": len(manifest.files),
                "content": manifest.content,
            }
        )
        return
    typer.echo(
        text(
            "backup.made",
            path=made.path,
            size=number(made.size_bytes / 2**20, digits=1),
            seconds=number(made.seconds, digits=1),
            tables=len(manifest.tables),
            rows=manifest.rows,
            files=len(manifest.files),
        )
    )


@app.command()
def restore(
    path: Annotated[Path, typer.Argument(metavar="PATH", help="A backup.")], as_json: AsJson = False
) -> None:
    """Make the store of a backup where there is none yet; nothing that stands is replaced."""
    from services.backup import restore as restore_from

    with explained():
        done = restore_from(path, _progress(as_json))
    manifest, faults = done.manifest, [fault for f in done.findings for fault in f.faults]
    if as_json:
        print_json(
            {
                "address": done.address,
                "seconds": round(done.seconds, 1),
                "made_at": manifest.made_at.isoformat(),
                "revision": {"backup": manifest.revision, "store": done.revision},
                "rows": manifest.rows,
                "files": len(manifest.files),
                "content": manifest.content,
                "faults": faults,
            }
        )
    else:
        typer.echo(
            text(
                "backup.restored",
                address=done.address,
                made_at=manifest.made_at.astimezone(zone()),
                seconds=number(done.seconds, digits=1),
                rows=manifest.rows,
                files=len(manifest.files),
            )
        )
        if manifest.revision != done.revision:
            typer.echo(text("backup.updated", before=manifest.revision, after=done.revision))
        for fault in faults:
            typer.echo(f"  - {fault}")
    if faults:
        raise typer.Exit(FAULTS)


def last_words(last: LastBackup | None) -> str:
    """Return a sentence on the last backup."""
    if last is None:
        return text("backup.never")
    at, size = last.made_at.astimezone(zone()), number(last.bytes / 2**20, digits=1)
    return text("backup.last", made_at=at, path=last.path, size=size)


def _progress(as_json: bool) -> Callable[[int, int], None]:
    """Return what shows how many tables are done to somebody who looks at it."""
    shown = sys.stderr.isatty() and not as_json

    def show(done: int, of: int) -> None:
        if shown:
            typer.echo(f"\r{done}/{of}{'' if done < of else chr(10)}", err=True, nl=False)

    return show
