"""What is set about sign-in: everything that is wrong is said at once, and no secret is told."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from data.access.secrets import read_secrets, with_environment
from data.errors import FileUnreadableError
from data.texts import LANGUAGES
from services.access import settings as module
from services.access.settings import REQUIRED, read_settings

AUTH = {
    "redirect_uri": "https://siaga.example/oauth2callback",
    "cookie_secret": "SIMULASI" * 4,
    "client_id": "siaga",
    "client_secret": "rahasia",
    "server_metadata_url": "https://masuk.example/.well-known/openid-configuration",
}


def faults(auth: object = AUTH, **access: Any) -> set[tuple[str, str]]:
    secrets = {"auth": auth, "access": access} if auth is not None else {"access": access}
    return {(fault.key, fault.name) for fault in read_settings(secrets).faults}


def test_nothing_set_means_that_nobody_signs_in() -> None:
    found = read_settings({})
    assert not found.sign_in
    assert found.faults == ()


def test_what_is_set_rightly_is_read() -> None:
    found = read_settings(
        {
            "auth": AUTH,
            "access": {
                "identity_claim": "sub", "role_claim": "peran", "office_claim": "kantor",
                "areas_claim": "wilayah", "contact": "Kesbangpol", "hours": "8",
                "people_key": "k" * 32, "trusted_proxy": "10.0.0.5, fd00::/8",
            },
        }
    )  # fmt: skip
    assert found.faults == ()
    assert (found.sign_in, found.origin, found.host) == (
        True,
        "https://siaga.example",
        "siaga.example",
    )
    assert (found.identity_claim, found.role_claim, found.hours) == ("sub", "peran", 8)
    assert [found.trusts(one) for one in ("10.0.0.5", "10.0.0.6", "fd00::1%2", "x")] == [
        True, False, True, False,
    ]  # fmt: skip
    assert "k" * 32 not in repr(found)


@pytest.mark.parametrize("key", REQUIRED)
def test_each_key_that_is_missing_is_named(key: str) -> None:
    for auth in ({k: v for k, v in AUTH.items() if k != key}, AUTH | {key: " "}):
        assert faults(auth) == {("missing", key)}


def test_an_empty_section_names_all_at_once() -> None:
    assert faults({}) == {("missing", key) for key in REQUIRED}


@pytest.mark.parametrize(
    ("auth", "access", "fault"),
    [
        ("ya", {}, ("not_a_table", "[auth]")),
        (AUTH | {"cookie_secret": "pendek"}, {}, ("short", "[auth] cookie_secret")),
        (AUTH | {"redirect_uri": "https://siaga.example/"}, {}, ("callback", "redirect_uri")),
        (
            AUTH | {"redirect_uri": "http://siaga.example/oauth2callback"},
            {},
            ("not_encrypted", "redirect_uri"),
        ),
        (AUTH | {"server_metadata_url": "http://[x"}, {}, ("no_address", "server_metadata_url")),
        (AUTH | {"redirect_uri": "/oauth2callback"}, {}, ("no_address", "redirect_uri")),
        (
            AUTH | {"server_metadata_url": "http://masuk.example/x"},
            {},
            ("not_encrypted", "server_metadata_url"),
        ),
        (AUTH, {"peran": "x"}, ("unknown", "peran")),
        (AUTH, {"role_claim": "peran"}, ("office_claim", "office_claim")),
        (AUTH, {"hours": 0}, ("hours", "hours")),
        (AUTH, {"hours": "lama"}, ("hours", "hours")),
        (AUTH, {"hours": 1.5}, ("hours", "hours")),
        (AUTH, {"hours": True}, ("hours", "hours")),
        (AUTH, {"hours": 721}, ("hours", "hours")),
        (AUTH, {"people_key": "pendek"}, ("short", "[access] people_key")),
        (AUTH, {"trusted_proxy": "nginx"}, ("network", "trusted_proxy")),
        (AUTH, {"trusted_proxy": 7}, ("network", "trusted_proxy")),
        (AUTH, {"trusted_proxy": "0.0.0.0/0"}, ("network_all", "trusted_proxy")),
        (None, {"trusted_proxy": "10.0.0.5"}, ("proxy_without_sign_in", "trusted_proxy")),
    ],
)
def test_what_is_wrong_is_named(
    auth: object, access: dict[str, Any], fault: tuple[str, str]
) -> None:
    assert faults(auth, **access) == {fault}


def test_faults_have_words_without_secrets() -> None:
    auth = AUTH | {"cookie_secret": "terlihat", "redirect_uri": "x"}
    for fault in read_settings({"auth": auth, "access": {"people_key": "terlihat"}}).faults:
        for lang in LANGUAGES:
            assert fault.name in fault.words(lang)
            assert "terlihat" not in fault.words(lang)


def test_a_library_that_is_missing_is_said_instead_of_a_traceback(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(module, "find_spec", lambda name: None if name == "authlib" else name)
    assert faults() == {("library", "Authlib")}
    assert faults(None) == set()


def test_on_this_computer_itself_no_encryption_is_needed() -> None:
    here = {
        "redirect_uri": "http://127.0.0.1:8501/oauth2callback",
        "server_metadata_url": "http://localhost:9400/.well-known/openid-configuration",
    }
    assert faults(AUTH | here) == set()


def test_files_are_read_in_order_and_the_environment_counts_most(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, last = tmp_path / "a.toml", tmp_path / "b.toml"
    first.write_text('[auth]\nclient_id = "a"\n[access]\ncontact = "A"\nhours = 3\n')
    last.write_text('[auth]\nclient_id = "b"\n')
    monkeypatch.setenv("SIAGA_ACCESS_CONTACT", "Kesbangpol")
    monkeypatch.setenv("SIAGA_TRUSTED_PROXY", "10.0.0.5")
    found = with_environment(read_secrets([first, tmp_path / "absent.toml", last]))
    assert found == {
        "auth": {"client_id": "b"},
        "access": {"contact": "Kesbangpol", "hours": 3, "trusted_proxy": "10.0.0.5"},
    }
    last.write_text("[auth\ncookie_secret = terlihat")
    with pytest.raises(FileUnreadableError) as refused:
        read_secrets([last])
    assert "terlihat" not in str(refused.value)
