"""``cli.py audit-log``: who wrote what, and whether the log of it is whole."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

import typer

from commands.shared import AsJson, explained, print_json
from services.texts import text

app = typer.Typer(help="The log of all that was written.", no_args_is_help=True)
BROKEN = 1
"""Exit code when the log does not hold."""


@app.command()
def verify(
    expect: Annotated[
        str | None, typer.Option(help="An end of the log that was written down: NUMBER:DIGEST.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Hold that no act was changed, removed or reordered; say the end of the log."""
    from data.store.engine import Store
    from services.ledger.audit import audit, fault_words

    with explained():
        found = audit(Store.open(change=False), expect)
    if as_json:
        faults = [vars(fault) for fault in found.faults]
        print_json({"whole": not faults, "acts": found.head.seq, "head": str(found.head),
                    "faults": faults})  # fmt: skip
    elif found.faults:
        typer.echo(text("audit.broken", n=len(found.faults)))
        for fault in found.faults:
            typer.echo(f"  - {fault_words(fault)}")
    else:
        typer.echo(text("audit.whole", n=found.head.seq, head=found.head))
    if found.faults:
        raise typer.Exit(BROKEN)


@app.command()
def show(
    account: Annotated[str | None, typer.Option(help="Only acts of this account.")] = None,
    action: Annotated[
        str | None, typer.Option(help="Only acts that begin so, such as report or import.reports.")
    ] = None,
    since: Annotated[
        datetime | None, typer.Option(formats=["%Y-%m-%d"], help="From this day on.")
    ] = None,
    newest: Annotated[int, typer.Option(min=1, help="How many, the last ones.")] = 50,
    as_json: AsJson = False,
) -> None:
    """Show acts, the last one last."""
    from data.store.engine import Store
    from services.ledger.audit import acts_of, line_of

    day = since.date() if since else None
    with explained():
        store = Store.open(change=False)
        rows = acts_of(store, account=account, action=action, since=day, newest=newest)
    acts = rows.to_dict("records")
    if as_json:
        print_json({"acts": acts})
        return
    for act in acts:
        typer.echo(line_of(act))
    if not acts:
        typer.echo(text("audit.none"))


@app.command()
def undo(
    seq: Annotated[int, typer.Argument(metavar="NUMBER", help="Number of the act.")],
    reason: Annotated[str, typer.Option(help="Why.")],
) -> None:
    """Undo an act by a further one: its rows say again what they said before."""
    from data.store.engine import Store
    from services.ledger.audit import undo_act

    with explained():
        n = undo_act(Store.open(change=False), seq, reason)
    typer.echo(text("audit.undone", seq=seq, n=n))


@app.command("erase")
def erase_texts(
    changes: Annotated[list[str], typer.Argument(metavar="CHANGE...", help="Keys of changes.")],
    reason: Annotated[str, typer.Option(help="Why; without repeating what is erased.")],
) -> None:
    """Erase what changes said, for good; that there were changes stays."""
    from data.store.engine import Store
    from services.ledger.audit import erase, erase_words

    with explained():
        n = erase(Store.open(change=False), changes, reason)
    typer.echo(erase_words(n))
