"""Who may see the product: this machine alone, unless people sign in."""

from __future__ import annotations

from ipaddress import IPv4Address, IPv6Address

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from data.texts import catalogue
from services.access import Access, check_access, is_loopback

OWN = (
    "localhost", "LocalHost", " localhost ", "localhost:1", "localhost:", "localhost:8501",
    "127.0.0.1", "127.0.0.1:8501", "127.0.0.2", "127.255.255.254:80", "::1", "[::1]", "[::1]:8501",
    "0:0:0:0:0:0:0:1",
)  # fmt: skip
OTHERS = (
    "", "0.0.0.0", "0.0.0.0:8501", "::", "[::]:8501", "192.168.1.10", "192.168.1.10:8501",
    "10.0.0.1", "128.0.0.1", "126.255.255.255", "fe80::1", "[fe80::1]:8501", "siaga.example",
    "siaga.example:8501", "localhost.example", "localhost.example:80", "127.0.0.1.example",
    "127.0.0.1.example:8501", "127.1", "0x7f000001", "2130706433", "[::1].example",
    "[::1]example:8501", "[::1", "::1]", "127.0.0.1:80:80", "localhost:80:80", "127.0.0.1,evil",
    "user@127.0.0.1", "127.0.0.1:evil.example",
)  # fmt: skip


def check(
    address: str | None = "127.0.0.1",
    sign_in_configured: bool = False,
    signed_in: bool = False,
    **headers: str,
) -> Access:
    named = {key.replace("_", "-"): value for key, value in headers.items()}
    return check_access(address, named, sign_in_configured=sign_in_configured, signed_in=signed_in)


@pytest.mark.parametrize("host", OWN)
def test_every_form_of_this_machines_own_address_is_loopback(host: str) -> None:
    assert is_loopback(host)
    assert check(host, Host=host) == Access(True)


@pytest.mark.parametrize("host", OTHERS)
def test_anything_else_is_not_loopback(host: str) -> None:
    assert not is_loopback(host)
    assert check(host or None).reason == "address"
    assert check("127.0.0.1", Host=host).reason == "host"


def test_a_server_bound_to_all_addresses_is_refused_with_its_address() -> None:
    assert check(None) == Access(False, "address", "0.0.0.0")
    assert check("192.168.1.10") == Access(False, "address", "192.168.1.10")


@pytest.mark.parametrize(
    "header",
    ["Forwarded", "X-Forwarded-For", "x-forwarded-host", "X-REAL-IP", "Via", "x-forwarded-for"],
)
def test_a_proxy_is_refused_also_when_it_names_this_machine(header: str) -> None:
    found = check_access(
        "127.0.0.1",
        {"Host": "127.0.0.1:8501", header: "127.0.0.1"},
        sign_in_configured=False,
        signed_in=False,
    )
    assert found == Access(False, "proxy", header.lower())


def test_a_request_made_to_another_name_is_refused_with_the_name() -> None:
    """Such as a page elsewhere whose name was made to lead to this machine."""
    assert check(host="rebind.example:8501") == Access(False, "host", "rebind.example:8501")
    assert check(HOST="rebind.example") == Access(False, "host", "rebind.example")


def test_with_sign_in_only_those_who_signed_in_pass_from_anywhere() -> None:
    for address, headers in (
        ("127.0.0.1", {"Host": "localhost"}),
        (None, {"Host": "siaga.example", "X-Forwarded-For": "10.1.2.3"}),
    ):
        out = check_access(address, headers, sign_in_configured=True, signed_in=False)
        assert out == Access(False, "sign_in")
        assert check_access(address, headers, sign_in_configured=True, signed_in=True).allowed


def test_a_claim_to_be_signed_in_counts_for_nothing_where_sign_in_is_not_set_up() -> None:
    assert check(None, signed_in=True).reason == "address"
    assert check("127.0.0.1", signed_in=True, host="siaga.example").reason == "host"


def test_each_refusal_has_words() -> None:
    for reason in ("address", "proxy", "host", "sign_in"):
        assert f"access.{reason}" in catalogue()


addresses = st.ip_addresses().filter(lambda ip: not ip.is_loopback)
ports = st.one_of(st.none(), st.integers(1, 65535))


@given(addresses, ports)
@example(IPv4Address("0.0.0.0"), 8501)
@example(IPv6Address("::"), 8501)
@example(IPv4Address("128.0.0.1"), None)
def test_no_other_address_passes_without_sign_in(
    address: IPv4Address | IPv6Address, port: int | None
) -> None:
    plain = f"[{address}]" if address.version == 6 and port else str(address)
    host = f"{plain}:{port}" if port else plain
    assert not is_loopback(host)
    assert not check(host).allowed
    assert not check("127.0.0.1", Host=host).allowed


names = st.from_regex(r"[a-z0-9]([a-z0-9.-]{0,20}[a-z0-9])?", fullmatch=True)


@given(names.filter(lambda name: name != "localhost" and not name.startswith("127.")), ports)
def test_no_host_name_but_localhost_passes_without_sign_in(name: str, port: int | None) -> None:
    host = f"{name}:{port}" if port else name
    assert not check(host).allowed
    assert not check("127.0.0.1", Host=host).allowed


@given(st.integers(0, 2**24 - 1))
def test_the_whole_loopback_block_is_this_machine(low: int) -> None:
    assert is_loopback(f"{IPv4Address(127 * 2**24 + low)}:8501")
