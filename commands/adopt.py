"""Plans adopted by an office, listed and revoked."""

from __future__ import annotations

from typing import Annotated

import typer

from commands.shared import AsJson, KabupatenCode, explained, moment_asked, print_json
from services.texts import label, text

app = typer.Typer()

When = Annotated[str | None, typer.Option(help="When, such as 2024-02-10T10:00; none: now.")]


@app.command()
def adopt(
    plan: Annotated[str, typer.Argument(metavar="PLAN", help="Name of a saved plan.")],
    office: Annotated[str, typer.Option(help="The office that adopts it; no person's name.")],
    at: When = None,
    despite: Annotated[
        bool, typer.Option("--with-shortcomings", help="Also when the audit fails; they are kept.")
    ] = False,
    note: Annotated[str | None, typer.Option(help="Anything else.")] = None,
    as_json: AsJson = False,
) -> None:
    """Adopt a plan: receipts, lateness and the index compare with it from now on."""
    from services.dataset import load_dataset
    from services.plan.hands.adopt import adopt as adopt_plan
    from services.prepare import open_prepared

    with explained():
        when = moment_asked(at)
        data = load_dataset(open_prepared())
        key = adopt_plan(data, plan, office, when, despite=despite, note=note)
    if as_json:
        print_json({"adoption_id": key, "plan": plan, "office": office, "at": when.isoformat()})
        return
    date = f"{when:%d/%m/%Y %H:%M}"
    typer.echo(text("adopt.done", plan=plan, office=office, date=date, id=key))


@app.command()
def adopted(kabupaten: KabupatenCode = None, as_json: AsJson = False) -> None:
    """List what was adopted, the last one first."""
    from services.dataset import load_dataset
    from services.plan.hands.adopted import adoptions
    from services.prepare import open_prepared

    with explained():
        rows = adoptions(load_dataset(open_prepared()), kabupaten)
    if as_json:
        values = rows.astype("object")
        print_json(values.where(values.notna(), None).astype("object").to_dict("records"))
        return
    if rows.empty:
        typer.echo(text("adopt.none"))
    for row in rows.itertuples():
        state = label("adopt_state", str(row.state))
        typer.echo(
            f"{row.adoption_id}  {row.plan_name}  {row.kabupaten_code}  {row.election}  "
            f"{row.office}  {row.adopted_at:%Y-%m-%dT%H:%MZ}  {state}"
        )


@app.command()
def revoke(
    adoption_id: Annotated[str, typer.Argument(help="Key of an adoption, or of a revocation.")],
    at: When = None,
) -> None:
    """Revoke an adoption; revoking a revocation brings it back."""
    from services.plan.hands.adopt import revoke as take_back
    from services.prepare import open_prepared

    with explained():
        when = moment_asked(at)
        key = take_back(open_prepared(), adoption_id, when)
    typer.echo(text("adopt.revoked_done", id=f"{adoption_id} ({key})"))
