"""Accounts on the command line: added, changed, listed, removed, and what is refused in words."""

from __future__ import annotations

import json
import stat
from pathlib import Path
from threading import Barrier, Thread

import pytest
from click.testing import Result
from typer.testing import CliRunner

from cli import app
from data.access import secrets
from data.access.key import key_is_open, people_key
from data.store.engine import Store
from services.access import accounts
from services.access.accounts import Changes, add_user, list_users, sign_in_faults
from services.access.errors import LastAdminError
from services.access.person import person_hash

ANI = "Ani@KPU.example"
ADMIN = ("--office", "KPU", "--role", "admin")


@pytest.fixture(autouse=True)
def var(installation: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("STREAMLIT_SECRETS_FILES", str(installation / "secrets.toml"))
    return installation


@pytest.fixture
def store(own_store: Store) -> Store:
    return own_store


def run(*arguments: str, code: int = 0) -> Result:
    done = CliRunner().invoke(app, ["user", *arguments])
    assert done.exit_code == code, done.output
    return done


def add(account: str, identity: str, *more: str, code: int = 0) -> Result:
    return run("add", account, "--identity", identity, *(more or ADMIN), code=code)


def told() -> list[dict[str, object]]:
    found: list[dict[str, object]] = json.loads(run("list", "--json").stdout)["users"]
    return found


def test_an_account_is_added_changed_and_removed_and_keeps_nobodys_name(
    store: Store, var: Path
) -> None:
    assert "Belum ada akun" in run("list").stdout
    said = add("kpu.babel.1", ANI).stdout
    assert said == "Akun kpu.babel.1 ditambahkan: Admin, KPU, seluruh Babel.\n"
    add("bawaslu.bangka.1", "budi@x.example", "--office", "Bawaslu Bangka", "--role", "operator",
        "--area", "19.03", "--area", "19.01")  # fmt: skip
    one, other = told()
    assert one | {"added_at": ""} == {
        "account": "bawaslu.bangka.1", "office": "Bawaslu Bangka", "role": "operator",
        "areas": ["19.01", "19.03"], "active": True, "added_at": "", "added_by": "perintah",
    }  # fmt: skip
    assert (other["account"], other["areas"]) == ("kpu.babel.1", [])
    kept = store.read("users").set_index("account")["person_hash"]
    assert kept["kpu.babel.1"] == person_hash("ani@kpu.example", people_key(""))
    for file in var.rglob("*"):
        assert file.is_dir() or b"ani@kpu" not in file.read_bytes().lower(), file
    before = store.revisions()["users"]
    said = run("change", "bawaslu.bangka.1", "--inactive", "--everywhere").stdout
    assert said == (
        "Akun bawaslu.bangka.1 kini: tidak aktif, Operator, Bawaslu Bangka, seluruh Babel.\n"
    )
    assert store.revisions()["users"] == before + 1
    run("change", "bawaslu.bangka.1", "--active", "--role", "verifikator")
    assert (told()[0]["role"], told()[0]["active"]) == ("verifikator", True)
    run("change", "bawaslu.bangka.1", "--identity", "cici@x.example", "--office", "Bawaslu")
    assert told()[0]["office"] == "Bawaslu"
    assert "dihapus" in run("remove", "bawaslu.bangka.1").stdout
    assert [row["account"] for row in told()] == ["kpu.babel.1"]


@pytest.mark.parametrize(
    "account",
    ["", "kpu", "kpu.babel", "Kpu.babel.1", "ani@kpu.example", "kpu babel.1", "1.kpu.1", "kpu..1",
     "kpu.babel.1 ", "kpu.babel.1000", "ani.suryani"],
)  # fmt: skip
def test_an_account_is_named_by_office_area_and_number(account: str) -> None:
    assert "kpu.kota.1" in add(account, ANI, code=2).stderr
    assert told() == []


@pytest.mark.parametrize(
    ("changed", "parts"),
    [
        (("--role", "gubernur"), ("gubernur", "pembaca", "admin")),
        (("--area", "19.99", "--area", "19.01"), ("19.99", "19.01")),
        (("--area", "19.01.04"), ("19.01.04",)),
        (("--office", "Bapak Andi"), ("Bapak Andi",)),
        (("--office", " "), ("office",)),
        (("--identity", "ani suryani"), ("ani suryani", "instansi.go.id")),
        (("--identity", ""), ("identity",)),
    ],
)
def test_what_cannot_be_is_refused_with_what_could(
    changed: tuple[str, ...], parts: tuple[str, ...]
) -> None:
    add("kpu.babel.1", ANI)
    before = told()
    said = run("change", "kpu.babel.1", *changed, code=2).stderr
    assert all(part in said for part in parts), said
    add("kpu.babel.2", "budi@x.example", *ADMIN, *changed, code=2)
    assert told() == before


def test_an_account_or_a_person_stands_once() -> None:
    add("kpu.babel.1", ANI)
    assert "sudah ada" in add("kpu.babel.1", "budi@x.example", code=2).stderr
    assert "kpu.babel.1" in add("kpu.babel.2", " ani@kpu.EXAMPLE", code=2).stderr
    add("kpu.babel.2", "budi@x.example")
    said = run("change", "kpu.babel.2", "--identity", ANI, code=2).stderr
    assert "kpu.babel.1" in said
    for command in ("change", "remove"):
        assert "Tidak ada akun kpu.babel.9" in run(command, "kpu.babel.9", code=2).stderr


def test_the_last_admin_stays() -> None:
    add("kpu.babel.9", "x@x.example", "--office", "KPU", "--role", "pembaca")
    run("remove", "kpu.babel.9")  # while there is none, nobody is the last
    add("kpu.babel.1", ANI)
    add("kpu.babel.2", "budi@x.example", "--office", "KPU", "--role", "operator")
    for command in (
        ("remove", "kpu.babel.1"),
        ("change", "kpu.babel.1", "--inactive"),
        ("change", "kpu.babel.1", "--role", "pembaca"),
    ):
        assert "admin aktif terakhir" in run(*command, code=2).stderr
    run("change", "kpu.babel.2", "--role", "admin")
    run("change", "kpu.babel.2", "--inactive")
    run("remove", "kpu.babel.1", code=2)
    run("change", "kpu.babel.2", "--active")
    run("remove", "kpu.babel.1")


def test_two_who_remove_the_two_admins_at_once_leave_one(store: Store) -> None:
    for n in (1, 2):
        add_user(store, f"kpu.babel.{n}", Changes(f"{n}@x.example", "KPU", "admin"))
    together, refused = Barrier(2), list[str]()

    def remove(account: str) -> None:
        together.wait()
        try:
            accounts.remove_user(store, account)
        except LastAdminError as error:
            refused.append(error.account)

    threads = [Thread(target=remove, args=(f"kpu.babel.{n}",)) for n in (1, 2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [row["account"] for row in list_users(store)] == refused
    assert len(refused) == 1


def test_the_key_is_made_once_for_its_owner_only(var: Path) -> None:
    together, keys = Barrier(8), list[bytes]()

    def ask() -> None:
        together.wait()
        keys.append(people_key(""))

    threads = [Thread(target=ask) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(set(keys)) == 1
    assert len(keys[0]) == 64
    path = var / "people.key"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert not key_is_open()
    assert people_key("k" * 32) == b"k" * 32


def test_check_says_what_of_sign_in_is_missing(var: Path, store: Store) -> None:
    def faults() -> list[str]:
        return sign_in_faults(store, "id")

    assert faults() == []
    assert secrets.secret_files() == [var / "secrets.toml"]
    (var / "secrets.toml").write_text('[auth]\nclient_id = "siaga"\n')
    found = faults()
    for key in ("redirect_uri", "cookie_secret", "client_secret", "server_metadata_url"):
        assert f"[auth] {key} belum diisi" in found
    assert any("belum ada akun admin" in fault for fault in found)
    add("kpu.babel.1", ANI)
    assert not any("belum ada akun admin" in fault for fault in faults())
    (var / "people.key").chmod(0o640)
    assert any("chmod 600" in fault and "people.key" in fault for fault in faults())
    (var / "secrets.toml").write_text("[auth")
    said = json.loads(CliRunner().invoke(app, ["check", "--json"]).stdout)["findings"]
    told = next(one["faults"] for one in said if one["subject"] == "sign_in")
    assert len(told) == 1
    assert "secrets.toml" in told[0]
