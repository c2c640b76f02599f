"""No error shows the password of the store: not its words, nor its traceback, nor a command."""

from __future__ import annotations

import os
import traceback
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import create_engine, make_url, text
from typer.testing import CliRunner

from cli import app
from data.errors import StoreError
from data.store.engine import Store
from services.explain import explain
from tests.postgres import temporary_postgres

SECRET = "hunter2x"
UNUSABLE = {
    "port": f"postgresql://u:{SECRET}@127.0.0.1:1/x",
    "host": f"postgresql://u:{SECRET}@no-such-host.invalid:5432/x",
    "port_no_number": f"postgresql://u:{SECRET}@h:port/x",
    "slash_in_password": f"postgresql://u:a/{SECRET}@h/x",
    "at_in_password": f"postgresql://u:a@{SECRET}@h:1/x",
    "no_colon": f"postgresql//u:{SECRET}@h/x",
    "in_query": f"postgresql://127.0.0.1:1/x?password={SECRET}",
    "unknown_option": f"postgresql://u:{SECRET}@127.0.0.1:1/x?nonsense={SECRET}",
    "other_database": f"mysql://u:{SECRET}@h/x",
    "port_too_large": f"postgresql://u:{SECRET}@127.0.0.1:99999/x",
}


def told(error: BaseException) -> str:
    """Return all that an error says of itself and of what led to it."""
    chain = "".join(traceback.format_exception(error))
    return f"{error} {error!r} {vars(error)} {chain}"


def refusal(url: str) -> StoreError:
    with pytest.raises(StoreError) as caught:
        Store.open(url)
    return caught.value


@pytest.mark.parametrize("url", UNUSABLE.values(), ids=UNUSABLE)
def test_an_address_that_cannot_be_used_is_refused_without_its_password(url: str) -> None:
    error = refusal(url)
    for shown in (told(error), explain(error, "id"), explain(error, "en")):
        assert SECRET not in shown
    done = CliRunner().invoke(app, ["match", "Mendo"], env={"DATABASE_URL": url})
    assert done.exit_code == 2
    assert SECRET not in done.output
    assert "Traceback" not in done.output
    assert done.output.strip()


@pytest.fixture(scope="module")
def guarded() -> Iterator[str]:
    """Address of a server that asks one of its users for a password."""
    with temporary_postgres() as url:
        engine = create_engine(url)
        with engine.begin() as connection:
            connection.execute(text("CREATE ROLE siti LOGIN PASSWORD 'hunter2x'"))
            rules = Path(connection.execute(text("SHOW hba_file")).scalar_one())
            inode = rules.stat()
            rules.write_text(f"host all siti 127.0.0.1/32 scram-sha-256\n{rules.read_text()}")
            os.chown(rules, inode.st_uid, inode.st_gid)
            connection.execute(text("SELECT pg_reload_conf()"))
        engine.dispose()
        yield url


@pytest.mark.postgres
def test_a_wrong_password_is_refused_and_not_shown(guarded: str) -> None:
    url = make_url(guarded).set(username="siti", password=f"no{SECRET}")
    error = refusal(url.render_as_string(hide_password=False))
    assert error.kind == "unusable"
    assert "siti" in error.reason
    assert SECRET not in told(error) + explain(error)


@pytest.mark.postgres
def test_a_user_who_may_not_make_tables_is_told_so_without_the_password(guarded: str) -> None:
    url = make_url(guarded).set(username="siti", password=SECRET)
    error = refusal(url.render_as_string(hide_password=False))
    assert "permission denied" in error.reason
    assert SECRET not in told(error) + explain(error)
