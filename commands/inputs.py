"""Settings of a plan to edit, and the check of packed ballots."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from commands.shared import SHOWN_FAULTS, AsJson, FileIn, explained, print_json, tell_faults
from services.texts import label, text

app = typer.Typer()


@app.command()
def settings(
    output: Annotated[Path, typer.Option("-o", "--output", help="Where to write the TOML file.")],
    kabupaten: Annotated[
        str | None, typer.Option(help="Code of the kabupaten, such as 19.03.")
    ] = None,
    election: Annotated[str | None, typer.Option(help="Election whose TPS are known.")] = None,
    scenario: Annotated[str | None, typer.Option(help="Of a scenario instead.")] = None,
) -> None:
    """Write all inputs of a plan to a TOML file, to edit and give to ``plan --settings``."""
    from services.plan_settings import asked_settings, scenarios, write_settings

    with explained():
        found = asked_settings(kabupaten, election, scenario=scenario)
        write_settings(output, found)
    typer.echo(text("cli.settings", path=output, list=", ".join(scenarios())))


@app.command()
def ballots(
    file: FileIn,
    election: Annotated[str, typer.Option(help="Of the rows that name none.")] = "pemilu2024",
    reserve: Annotated[float | None, typer.Option(help="Reserve in percent, 2 to 10.")] = None,
    as_json: AsJson = False,
) -> None:
    """Check packed ballots before they leave; exit code 1 when a bundle is not as it should be."""
    from services.ballots import all_fine, ballot_check
    from services.dataset import load_dataset
    from services.prepare import open_prepared
    from services.voters import kit_rules

    with explained():
        rules = kit_rules(election, reserve)
        found = ballot_check(load_dataset(open_prepared()), file, election, rules)
    if as_json:
        rows = found.rows.astype("object")
        rows = rows.where(rows.notna(), None).to_dict("records")
        print_json({"counts": found.counts, "rows": rows, "refused": len(found.faults)})
    else:
        for verdict, count in found.counts.items():
            typer.echo(f"{label('ballot', verdict)}: {count}")
        for row in found.rows[found.rows["verdict"].ne("ok")].head(SHOWN_FAULTS).itertuples():
            typer.echo(
                f"  {row.tps_id} {label('contest', row.contest)}: {label('ballot', row.verdict)}"
            )
        tell_faults(found.faults)
    if not all_fine(found):
        raise typer.Exit(1)
