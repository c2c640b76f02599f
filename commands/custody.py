"""Plan settings, and the check of packed ballots."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from commands.shared import (
    SHOWN_FAULTS,
    AsJson,
    Election,
    FileIn,
    KabupatenCode,
    explained,
    print_json,
    report_faults,
)
from services.texts import label, number, text

app = typer.Typer()


@app.command()
def settings(
    output: Annotated[Path, typer.Option("-o", "--output", help="Where to write the TOML file.")],
    kabupaten: KabupatenCode = None,
    election: Annotated[str | None, typer.Option(help="Election whose TPS are known.")] = None,
    scenario: Annotated[str | None, typer.Option(help="Of a scenario instead.")] = None,
) -> None:
    """Write all inputs of a plan to a TOML file, to edit and give to ``plan --settings``."""
    from services.plan.settings import asked_settings, scenarios, write_settings

    with explained():
        found = asked_settings(kabupaten, election, scenario=scenario)
        write_settings(output, found)
    typer.echo(text("cli.settings", path=output, list=", ".join(scenarios())))


@app.command()
def ballots(
    file: FileIn,
    election: Election,
    reserve: Annotated[float | None, typer.Option(help="Reserve in percent, 2 to 10.")] = None,
    as_json: AsJson = False,
) -> None:
    """Check packed ballots before they leave; exit code 1 when a bundle is not as it should be."""
    from services.custody.ballots import all_fine, ballot_check
    from services.dataset import load_dataset
    from services.plan.inputs import kit_rules
    from services.prepare import open_prepared

    with explained():
        rules = kit_rules(election, reserve)
        found = ballot_check(load_dataset(open_prepared()), file, election, rules)
    if as_json:
        rows = found.rows.astype("object")
        values = rows.where(rows.notna(), None).to_dict("records")
        print_json({"counts": found.counts, "rows": values, "refused": len(found.faults)})
    else:
        for verdict, count in found.counts.items():
            typer.echo(f"{label('ballot', verdict)}: {number(count)}")
        for row in found.rows[found.rows["verdict"].ne("ok")].head(SHOWN_FAULTS).itertuples():
            typer.echo(
                f"  {row.tps_id} {label('contest', row.contest)}: {label('ballot', row.verdict)}"
            )
        report_faults(found.faults)
    if not all_fine(found):
        raise typer.Exit(1)
