"""Which requests are answered: headers, peers and settings against what must come of them."""

from __future__ import annotations

from ipaddress import IPv4Address, IPv6Address

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from data.texts import catalogue
from services.access.addresses import is_loopback
from services.access.guard import (
    Access,
    Headers,
    Request,
    check_address,
    check_request,
    needs_person,
    proxy_header,
)
from services.access.settings import AccessSettings, read_settings

OWN = (
    "localhost", "LocalHost", " localhost ", "localhost:1", "localhost:", "localhost:8501",
    "127.0.0.1", "127.0.0.1:8501", "127.0.0.2", "127.255.255.254:80", "::1", "[::1]", "[::1]:8501",
    "0:0:0:0:0:0:0:1", "::ffff:127.0.0.1",
)  # fmt: skip
OTHERS = (
    "", "0.0.0.0", "0.0.0.0:8501", "::", "[::]:8501", "192.168.1.10", "192.168.1.10:8501",
    "10.0.0.1", "128.0.0.1", "126.255.255.255", "fe80::1", "[fe80::1]:8501", "siaga.example",
    "siaga.example:8501", "localhost.example", "localhost.example:80", "127.0.0.1.example",
    "127.0.0.1.example:8501", "127.1", "0x7f000001", "2130706433", "[::1].example",
    "[::1]example:8501", "[::1", "::1]", "127.0.0.1:80:80", "localhost:80:80", "127.0.0.1,evil",
    "user@127.0.0.1", "127.0.0.1:evil.example", "::ffff:10.0.0.1",
)  # fmt: skip
PROXIES = (
    "X-Forwarded-Proto", "X-Client-IP", "CF-Connecting-IP", "Forwarded", "X-Forwarded-For",
    "x-forwarded-host", "X-Forwarded-Anything", "X-REAL-IP", "Via", "True-Client-IP",
    "Fastly-Client-IP", "X-Cluster-Client-IP", "Client-IP", "X-Original-Forwarded-For",
    "CF-Ray", "CF-IPCountry", "CDN-Loop", "X-Envoy-External-Address", "Fly-Client-IP",
    "Fly-Region", "X-Amzn-Trace-Id", "X-Amz-Cf-Id", "X-Azure-ClientIP", "X-Azure-Ref",
    "X-ARR-SSL", "X-Cloud-Trace-Context", "X-Vercel-Forwarded-For", "X-NF-Client-Connection-IP",
    "Ngrok-Trace-Id", "Tailscale-User-Login", "X-Original-Host", "X-Original-URL", "X-Rewrite-URL",
    "Proxy-Connection", "Proxy-Authorization", "X-Proxy-Id", "X-Host", "X-Scheme",
    "X-Remote-Addr", "X-Remote-IP", "Front-End-Https", "X-Appengine-User-IP", "Max-Forwards",
    "Surrogate-Capability", "X-Request-Start", "X-Forwarded",
)  # fmt: skip
BROWSER = (
    ("Host", "127.0.0.1:8501"), ("User-Agent", "Mozilla/5.0"), ("Accept", "*/*"),
    ("Accept-Encoding", "gzip, br"), ("Accept-Language", "id"), ("Connection", "keep-alive"),
    ("Referer", "http://127.0.0.1:8501/"), ("Cookie", "_streamlit_xsrf=2|1|1|1"),
    ("Sec-Fetch-Site", "same-origin"), ("Sec-Fetch-Mode", "cors"), ("Sec-Fetch-Dest", "empty"),
    ("Sec-Ch-Ua", '"Chromium"'), ("Sec-Ch-Ua-Platform", '"Linux"'), ("Dnt", "1"), ("Range", "0-"),
    ("Cache-Control", "no-cache"), ("Pragma", "no-cache"), ("Upgrade-Insecure-Requests", "1"),
    ("If-None-Match", "x"), ("X-Xsrftoken", "x"), ("Sec-WebSocket-Key", "x"), ("Sec-GPC", "1"),
    ("Sec-WebSocket-Extensions", "permessage-deflate"), ("Upgrade", "websocket"), ("Priority", "u"),
    ("X-Requested-With", "XMLHttpRequest"), ("Save-Data", "on"), ("TE", "trailers"),
)  # fmt: skip
"""What browsers send to the product; none of it may be taken for a proxy's."""

ALONE = AccessSettings()
SIGNED = AccessSettings(sign_in=True, origin="https://siaga.example")
BEHIND = read_settings({"auth": {}, "access": {"trusted_proxy": "10.0.0.0/24, ::1"}})
BEHIND = AccessSettings(sign_in=True, origin="https://siaga.example", trusted=BEHIND.trusted)
OPEN_PROXY = AccessSettings(trusted=BEHIND.trusted)
HERE: Headers = [("Host", "127.0.0.1:8501")]
THERE: Headers = [("Host", "siaga.example")]
PASSED_ON: Headers = [*THERE, ("X-Forwarded-For", "1.2.3.4"), ("Via", "1.1 siaga")]


def check(
    settings: AccessSettings = ALONE,
    peer: str | None = "127.0.0.1",
    headers: Headers = HERE,
    address: str | None = "127.0.0.1",
    **more: str,
) -> Access:
    return check_request(Request(peer, headers, **more), address, settings)


@pytest.mark.parametrize(
    ("settings", "address", "peer", "headers", "reason"),
    [
        (ALONE, "127.0.0.1", "127.0.0.1", HERE, ""),
        (ALONE, "127.0.0.1", "::1", HERE, ""),
        (ALONE, "127.0.0.1", "::ffff:127.0.0.1", HERE, ""),
        (ALONE, "localhost", "127.0.0.9", [("host", "localhost:1")], ""),
        (ALONE, "127.0.0.1", "127.0.0.1", [], "host_missing"),
        (ALONE, "127.0.0.1", "127.0.0.1", [("Host", " ")], "host_missing"),
        (ALONE, "127.0.0.1", "127.0.0.1", [*HERE, *HERE], "host_missing"),
        (ALONE, "127.0.0.1", None, HERE, "peer"),
        (ALONE, "127.0.0.1", "", HERE, "peer"),
        (ALONE, "127.0.0.1", "unix", HERE, "peer"),
        (ALONE, "127.0.0.1", "192.168.1.7", HERE, "peer"),
        (ALONE, "127.0.0.1", "172.17.0.1", HERE, "peer"),
        (ALONE, "127.0.0.1", "fe80::1%eth0", HERE, "peer"),
        (ALONE, "127.0.0.1", "127.0.0.1", THERE, "host"),
        (ALONE, "127.0.0.1", "127.0.0.1", [("Host", "rebind.example:8501")], "host"),
        (ALONE, None, "127.0.0.1", HERE, "address"),
        (ALONE, "192.168.1.7", "127.0.0.1", HERE, "address"),
        (OPEN_PROXY, "127.0.0.1", "10.0.0.9", PASSED_ON, "proxy_open"),
        (OPEN_PROXY, "127.0.0.1", "10.0.0.9", HERE, "proxy_open"),
        (SIGNED, None, "192.168.1.7", THERE, ""),
        (SIGNED, None, "192.168.1.7", [("Host", "siaga.example:443")], ""),
        (SIGNED, None, "192.168.1.7", [("Host", "siaga.example:8443")], "host_other"),
        (SIGNED, None, "192.168.1.7", HERE, "host_other"),
        (SIGNED, None, "192.168.1.7", [], "host_missing"),
        (SIGNED, None, None, THERE, "peer"),
        (SIGNED, None, "127.0.0.1", PASSED_ON, "proxy_unknown"),
        (SIGNED, None, "10.0.0.9", PASSED_ON, "proxy_unknown"),
        (BEHIND, None, "10.0.0.9", PASSED_ON, ""),
        (BEHIND, None, "::ffff:10.0.0.9", PASSED_ON, ""),
        (BEHIND, "127.0.0.1", "::1", PASSED_ON, ""),
        (BEHIND, None, "10.0.1.9", PASSED_ON, "proxy_unknown"),
        (BEHIND, None, "127.0.0.1", PASSED_ON, "proxy_unknown"),
        (BEHIND, None, "10.0.1.9", THERE, ""),
        (BEHIND, None, "10.0.0.9", [("Host", "127.0.0.1:8501")], "host_other"),
    ],
)
def test_peers_and_hosts(
    settings: AccessSettings, address: str | None, peer: str | None, headers: Headers, reason: str
) -> None:
    assert check(settings, peer, headers, address).reason == reason


@pytest.mark.parametrize("header", PROXIES)
def test_a_header_of_a_proxy_is_refused_also_when_it_names_this_machine(header: str) -> None:
    given = [*HERE, (header, "127.0.0.1")]
    assert check(headers=given) == Access(False, "proxy", header.lower())
    assert check(SIGNED, headers=[*THERE, (header, "")]).reason == "proxy_unknown"
    assert check(OPEN_PROXY, "10.0.0.9", given).reason == "proxy_open"
    assert check(BEHIND, "10.0.0.9", [*THERE, (header, "")]).allowed


def test_no_header_of_a_browser_is_taken_for_one_of_a_proxy() -> None:
    assert [name for name, value in BROWSER if proxy_header([(name, value)])] == []
    assert check(headers=BROWSER).allowed


ORIGINS = [
    (ALONE, "http://127.0.0.1:8501", True), (ALONE, "HTTP://127.0.0.1:8501", True),
    (ALONE, "https://127.0.0.1:8501", True), (ALONE, "http://127.0.0.1:9999", False),
    (ALONE, "http://localhost:8501", False), (ALONE, "http://127.0.0.1", False),
    (ALONE, "http://[", False), (ALONE, "null", False), (ALONE, "", False),
    (ALONE, "http://evil.example", False),
    (ALONE, "http://127.0.0.1:8501.evil.example", False), (ALONE, "file://", False),
    (ALONE, "ftp://127.0.0.1:8501", False), (SIGNED, "https://siaga.example", True),
    (SIGNED, "http://siaga.example", False), (SIGNED, "https://siaga.example:8443", False),
    (SIGNED, "https://127.0.0.1:8501", False), (SIGNED, "https://x.siaga.example", False),
]  # fmt: skip


@pytest.mark.parametrize(("settings", "origin", "right"), ORIGINS)
@pytest.mark.parametrize("method", ["WEBSOCKET", "PUT", "POST", "DELETE", "PATCH"])
def test_only_a_page_of_the_product_may_open_a_line_or_send_something(
    settings: AccessSettings, origin: str, right: bool, method: str
) -> None:
    given = [*(THERE if settings.sign_in else HERE), ("Origin", origin)]
    found = check(settings, headers=given, method=method)
    assert found == (Access(True) if right else Access(False, "origin", origin))
    assert check(settings, headers=given, method="GET").allowed


def test_a_line_without_an_origin_or_with_two_is_refused() -> None:
    twice = [("Origin", "http://127.0.0.1:8501")] * 2
    for headers in (HERE, [*HERE, *twice]):
        assert check(headers=headers, method="WEBSOCKET").reason == "origin"


def test_only_the_question_whether_the_server_is_well_is_answered_to_everybody() -> None:
    for settings in (ALONE, SIGNED, OPEN_PROXY):
        for method in ("GET", "HEAD"):
            assert check(settings, None, [], None, path="/_stcore/health", method=method).allowed
        for path in ("/_stcore/health/", "/x/_stcore/health", "/_stcore/healthy", "/"):
            assert not check(settings, None, [], None, path=path).allowed
    assert not check(ALONE, "10.1.1.1", path="/_stcore/health", method="POST").allowed


@pytest.mark.parametrize(
    ("path", "needed"),
    [
        ("/media/0a1b.pdf", True), ("/_stcore/upload_file/a/b", True), ("/_stcore/metrics", True),
        ("/_stcore/agent/mcp", True), ("/_stcore/script-health-check", True),
        ("/_stcore/health", False), ("/_stcore/host-config", False), ("/_stcore/stream", False),
        ("/_stcore/bidi-components/x/y.js", False), ("/", False), ("/hotspot", False),
        ("/static/js/index.js", False), ("/app/static/vendor/leaflet/leaflet.js", False),
        ("/auth/login", False), ("/oauth2callback", False), ("/_stcore/healthx", True),
    ],
)  # fmt: skip
def test_what_was_made_for_somebody_needs_a_person(path: str, needed: bool) -> None:
    assert needs_person(Request("127.0.0.1", HERE, path)) is needed


@pytest.mark.parametrize("host", OWN)
def test_every_form_of_this_machines_own_address_is_loopback(host: str) -> None:
    assert is_loopback(host)
    assert check_address(host, ALONE) == Access(True)


@pytest.mark.parametrize("host", OTHERS)
def test_anything_else_is_not_loopback(host: str) -> None:
    assert not is_loopback(host)
    assert check_address(host or None, ALONE) == Access(False, "address", host or "0.0.0.0")
    assert check_address(host or None, SIGNED).allowed
    assert not check(headers=[("Host", host)]).allowed


def test_each_refusal_has_words() -> None:
    reasons = (
        "address", "peer", "proxy", "proxy_unknown", "proxy_open", "host", "host_missing",
        "host_other", "origin",
    )  # fmt: skip
    assert {f"access.{reason}" for reason in reasons} <= set(catalogue())


addresses = st.ip_addresses().filter(lambda ip: not is_loopback(str(ip)))
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
    assert not check(address=host).allowed
    assert not check(headers=[("Host", host)]).allowed
    assert check(peer=str(address)).reason == "peer"


names = st.from_regex(r"[a-z0-9]([a-z0-9.-]{0,20}[a-z0-9])?", fullmatch=True)


@given(names.filter(lambda name: name != "localhost" and not name.startswith("127.")), ports)
def test_no_host_name_but_localhost_passes_without_sign_in(name: str, port: int | None) -> None:
    host = f"{name}:{port}" if port else name
    assert not check(address=host).allowed
    assert not check(headers=[("Host", host)]).allowed


@given(st.integers(0, 2**24 - 1))
def test_the_whole_loopback_block_is_this_machine(low: int) -> None:
    assert is_loopback(f"{IPv4Address(127 * 2**24 + low)}:8501")
