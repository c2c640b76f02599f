"""The product without a browser: prepare, match places, import files, export layers."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from commands import (
    actions,
    adopt,
    briefing,
    custody,
    hotspots,
    imports,
    map,
    outlook,
    plan,
    risk,
    roads,
    warning,
    warning_register,
)
from commands.nation import batch as nation_batch
from commands.nation import briefs as nation_briefs
from commands.nation import imports as nation_imports
from commands.nation import simulate as simulate_nation
from commands.server import audit_log, backup, user
from commands.shared import AsJson, explained, print_json
from data.province import province
from services.texts import label, text

app = typer.Typer(
    help="Siaga",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_show_locals=False,
    pretty_exceptions_enable=False,
)
app.add_typer(imports.app, name="import")
app.add_typer(audit_log.app, name="audit-log")
for part in (
    hotspots.app,
    plan.app,
    adopt.app,
    roads.app,
    custody.app,
    risk.app,
    warning.app,
    briefing.app,
    map.app,
    backup.app,
    nation_batch.app,
    nation_briefs.app,
):
    app.add_typer(part)
app.add_typer(simulate_nation.simulate_app, name="simulate")
app.add_typer(nation_imports.app, name="nation")
app.add_typer(outlook.app, name="outlook")
app.add_typer(actions.app, name="action")
app.add_typer(warning_register.app, name="warning")
app.add_typer(user.app, name="user")


@app.callback()
def _of_a_province() -> None:
    # Every command speaks of a province: one that is not there is said before anything is done.
    with explained():
        province()


@app.command()
def prepare(as_json: AsJson = False) -> None:
    """Copy library files, create the store, load the shipped data; do nothing when all is there."""
    from data.store.engine import Store
    from services.prepare import prepare as prepare_store

    with explained():
        done = prepare_store(Store.open())
    if as_json:
        print_json({"seeded": done.seeded, "static_files": done.static_files, "rows": done.rows})
        return
    key = "cli.prepared" if done.seeded or done.static_files else "cli.already_prepared"
    typer.echo(text(key, reports=done.rows["reports"], tps=done.rows["tps"], address=done.address))


@app.command("import-undo")
def import_undo(
    import_id: Annotated[str, typer.Argument(help="Key of the import, as its result says.")],
    as_json: AsJson = False,
) -> None:
    """Undo an import: its rows go, and what it replaced comes back."""
    from services.ingest.imports import undo_import
    from services.prepare import open_prepared

    with explained():
        done = undo_import(open_prepared(), import_id)
    if as_json:
        print_json({"import_id": import_id, **done})
        return
    gone, back = done["removed"], done["restored"]
    typer.echo(text("import.undone", import_id=import_id, removed=gone, restored=back))


@app.command()
def check(as_json: AsJson = False) -> None:
    """Say whether store and files are sound: exit 0 if so, 1 with faults, 2 without a store."""
    from services.check import check_installation, last_backup

    with explained():
        found = check_installation()
        last = last_backup()
    faults = sum(len(finding.faults) for finding in found)
    if as_json:
        print_json(
            {
                "sound": not faults,
                "findings": [
                    {"subject": f.subject, "sound": not f.faults, "faults": f.faults} for f in found
                ],
                "last_backup": last and last.model_dump(mode="json"),
            }
        )
    else:
        for finding in found:
            state = text("check.faults", n=len(finding.faults)) if finding.faults else None
            typer.echo(f"{text(f'check.{finding.subject}')}: {state or text('check.sound')}")
            for fault in finding.faults:
                typer.echo(f"  - {fault}")
        typer.echo(backup.last_words(last))
        typer.echo(text("check.all_sound") if not faults else text("check.advice", n=faults))
    if faults:
        raise typer.Exit(1)


@app.command()
def match(
    place: Annotated[str, typer.Argument(metavar="TEXT", help="A place as officials type it.")],
    within: Annotated[str | None, typer.Option(help="Code the place must lie in.")] = None,
    as_json: AsJson = False,
) -> None:
    """Say which unit a text means; name candidates instead of guessing."""
    from services.places import match_text
    from services.prepare import open_prepared

    with explained():
        found = match_text(place, open_prepared().units(), within=within)
    if as_json:
        print_json(found)
        return
    if found["code"]:
        typer.echo(f"{found['code']}  {found['level']}  {found['score']:.0f}")
        return
    typer.echo(text("cli.no_match", reason=label("reason", found["reason"])))
    for candidate in found["candidates"]:
        typer.echo(f"  {candidate['code']}  {candidate['path']}  {candidate['score']:.0f}")


@app.command()
def export(
    layer: Annotated[str, typer.Argument(help="kabupaten, kecamatan, desa, tps or reports.")],
    output: Annotated[Path, typer.Option("-o", "--output", help=".geojson .parquet .xlsx .csv")],
) -> None:
    """Write a layer to a file."""
    from services.exports import export_layer
    from services.prepare import open_prepared

    with explained():
        rows = export_layer(open_prepared(), layer, output)
    typer.echo(text("cli.exported", n=rows, layer=layer, path=output))


if __name__ == "__main__":
    app()
