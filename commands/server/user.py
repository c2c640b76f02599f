"""``cli.py user``: who may sign in, added, changed, listed and removed from the command line."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from commands.shared import AsJson, explained, print_json
from services.texts import DEFAULT_LANGUAGE, label, text

app = typer.Typer(help="Accounts of those who may sign in.", no_args_is_help=True)
Account = Annotated[
    str, typer.Argument(help="An office, its area and a number, such as kpu.kota.1; no name.")
]
_ROLES = "pembaca, operator, verifikator, perencana or admin."


@app.command()
def add(
    account: Account,
    identity: Annotated[
        str,
        typer.Option(
            help="What the identity provider calls whoever it belongs to, such as the e-mail "
            "address; only a keyed hash of it is kept."
        ),
    ],
    office: Annotated[str, typer.Option(help="The office it belongs to; never a person.")],
    role: Annotated[str, typer.Option(help=_ROLES)],
    area: Annotated[
        list[str] | None,
        typer.Option(help="Code of a kabupaten, once for each; without any, the whole province."),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Let somebody sign in."""
    from services.access.accounts import Changes, add_user

    with explained():
        store = _store()
        add_user(store, account, Changes(identity, office, role, area or ()))
    _tell(store, account, "added", as_json)


@app.command("list")
def list_accounts(as_json: AsJson = False) -> None:
    """List the accounts; to whom they belong is not known here."""
    from services.access.accounts import list_users

    with explained():
        store = _store()
        rows = list_users(store)
    if as_json:
        print_json({"users": rows})
        return
    if not rows:
        typer.echo(text("user.nobody"))
    for row in rows:
        typer.echo(text("user.line", **_words(store, row)))


@app.command()
def change(
    account: Account,
    identity: Annotated[str | None, typer.Option(help="Whoever it belongs to from now on.")] = None,
    office: Annotated[str | None, typer.Option(help="The office it belongs to.")] = None,
    role: Annotated[str | None, typer.Option(help=_ROLES)] = None,
    area: Annotated[
        list[str] | None, typer.Option(help="Codes of kabupaten in place of those it has.")
    ] = None,
    everywhere: Annotated[bool, typer.Option(help="The whole province.")] = False,
    active: Annotated[
        bool | None,
        typer.Option("--active/--inactive", help="An inactive one is refused at its next step."),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Change an account, or let it rest: everywhere it is signed in it is refused at once."""
    from services.access.accounts import Changes, change_user

    areas = () if everywhere else area
    with explained():
        store = _store()
        change_user(store, account, Changes(identity, office, role, areas, active))
    _tell(store, account, "changed", as_json)


@app.command()
def remove(account: Account, as_json: AsJson = False) -> None:
    """Remove an account; what it did stays under its name."""
    from services.access.accounts import remove_user

    with explained():
        remove_user(_store(), account)
    if as_json:
        print_json({"account": account, "removed": True})
        return
    typer.echo(text("user.removed", account=account))


def _store() -> Any:
    from services.prepare import open_prepared

    return open_prepared()


def _tell(store: Any, account: str, done: str, as_json: bool) -> None:
    """Say how an account is now."""
    from services.access.accounts import list_users

    row = next(row for row in list_users(store) if row["account"] == account)
    if as_json:
        print_json(row)
        return
    typer.echo(text(f"user.{done}", **_words(store, row)))


def _words(store: Any, row: dict[str, Any]) -> dict[str, str]:
    """Return what is told of an account, in words."""
    from services.access.accounts import kabupaten_of
    from services.access.person import areas_words

    return {
        "account": row["account"],
        "office": row["office"],
        "role": label("role", row["role"]),
        "areas": areas_words(row["areas"], kabupaten_of(store), DEFAULT_LANGUAGE),
        "state": text("user.active" if row["active"] else "user.inactive"),
    }
