"""The proxy that ships, in front of the real app: TLS, websockets, headers, and whom it lets by."""

from __future__ import annotations

import os
import shutil
import socket
import ssl
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from email.message import Message
from http.client import HTTPConnection, HTTPSConnection
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser

from data.store.engine import Store
from pages.components.server.headers import HEADERS
from services.access.accounts import Changes, add_user
from services.texts import text
from tests.browser import READY_MS, Visit
from tests.conftest import copy_store, free_port, start_app, stop_app
from tests.identity import COOKIE, identity_provider, settings_of

ROOT = Path(__file__).resolve().parents[2]
pytestmark = pytest.mark.proxy
OF_OPERATORS = (
    "/ready", "/metrics", "/metrics/", "/_stcore/metrics", "/x/../metrics", "//metrics", "/Metrics",
)  # fmt: skip
ANI = "ani@kpu.example"


@dataclass(frozen=True)
class Site:
    """The app and what stands in front of it."""

    direct: str
    host: str
    plain_port: int
    trust: ssl.SSLContext

    def ask(self, path: str, **headers: str) -> tuple[int, Message, str]:
        """Ask through the proxy."""
        return fetch(f"https://{self.host}{path}", self.trust, **headers)


def fetch(
    url: str, trust: ssl.SSLContext | None = None, **headers: str
) -> tuple[int, Message, str]:
    request = urllib.request.Request(
        url, headers={name.replace("_", "-"): value for name, value in headers.items()}
    )
    try:
        with urllib.request.urlopen(request, context=trust, timeout=10) as answer:
            return answer.status, answer.headers, answer.read().decode("utf-8", "replace")
    except urllib.error.HTTPError as error:
        return error.code, error.headers, error.read().decode("utf-8", "replace")


@contextmanager
def proxy(folder: Path, port: int, upstream: str) -> Iterator[tuple[int, ssl.SSLContext]]:
    """Run the Caddyfile that ships, on loopback; yield the port of HTTP and whom to trust."""
    plain = free_port()
    shutil.copy(ROOT / "deploy" / "Caddyfile", folder / "Caddyfile")
    settings = {
        "SIAGA_HOST": f"localhost:{port}", "SIAGA_UPSTREAM": upstream, "SIAGA_BIND": "127.0.0.1",
        "SIAGA_HTTP_PORT": str(plain), "XDG_DATA_HOME": str(folder), "XDG_CONFIG_HOME": str(folder),
    }  # fmt: skip
    command = ["caddy", "run", "--config", str(folder / "Caddyfile"), "--adapter", "caddyfile"]
    with (folder / "caddy.log").open("wb") as log:
        process = subprocess.Popen(
            command, env=os.environ | settings, stdout=log, stderr=subprocess.STDOUT
        )
    try:
        root = folder / "caddy" / "pki" / "authorities" / "local" / "root.crt"
        deadline = time.monotonic() + 20
        while not (root.exists() and _answers(port, root)):
            assert process.poll() is None, (folder / "caddy.log").read_text()
            assert time.monotonic() < deadline, (folder / "caddy.log").read_text()
            time.sleep(0.05)
        yield plain, ssl.create_default_context(cafile=str(root))
    finally:
        process.terminate()
        process.wait(timeout=10)


def _answers(port: int, root: Path) -> bool:
    try:
        with (
            socket.create_connection(("127.0.0.1", port), timeout=1) as bare,
            ssl.create_default_context(cafile=str(root)).wrap_socket(
                bare, server_hostname="localhost"
            ),
        ):
            return True
    except OSError:
        return False


@pytest.fixture(scope="module")
def site(shipped_store: Store, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    folder, port = tmp_path_factory.mktemp("site"), free_port()
    copy_store(shipped_store, folder / "siaga.db")
    secrets = folder / "secrets.toml"
    with identity_provider() as provider:
        secrets.write_text(settings_of(f"https://localhost:{port}", provider), encoding="utf-8")
        with pytest.MonkeyPatch.context() as patch:
            patch.setenv("SIAGA_VAR", str(folder))
            patch.setenv("STREAMLIT_SECRETS_FILES", str(secrets))
            patch.setenv("SIAGA_TRUSTED_PROXY", "127.0.0.1")
            store = Store.open(f"sqlite:///{folder / 'siaga.db'}")
            add_user(store, "kpu.babel.1", Changes(ANI, "KPU Babel", "admin"))
            store.close()
            process, direct = start_app(folder)
        try:
            with proxy(folder, port, direct.removeprefix("http://")) as (plain, trust):
                yield Site(direct, f"localhost:{port}", plain, trust)
        finally:
            stop_app(process)


def test_all_headers_come_through_with_tls_alone(site: Site) -> None:
    status, headers, _ = site.ask("/hotspot")
    assert status == 200
    for name, value in HEADERS.items():
        assert headers.get_all(name) == [value], name
    assert headers["strict-transport-security"] == "max-age=31536000"
    assert headers["server"] is None
    host, port = site.host.split(":")
    with (
        socket.create_connection((host, int(port))) as bare,
        pytest.raises(ssl.SSLCertVerificationError),
    ):
        ssl.create_default_context().wrap_socket(bare, server_hostname="localhost")
    with socket.create_connection(("127.0.0.1", site.plain_port)) as bare:
        bare.sendall(b"GET /hotspot HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
        answer = bare.makefile().read()
    assert answer.startswith("HTTP/1.1 308")
    assert "Location: https://localhost" in answer


def test_what_operators_ask_is_not_told_through_the_proxy(site: Site) -> None:
    for path in OF_OPERATORS:
        status, _, words = site.ask(path)
        assert "siaga_" not in words, path
        assert "process_" not in words, path
        assert status in {200, 404}, path
    assert site.ask("/metrics")[0] == 404
    assert fetch(f"{site.direct}/ready")[0] == 200
    assert "\nsiaga_ready 1.0" in fetch(f"{site.direct}/metrics")[2]


@pytest.mark.browser
def test_a_page_opens_over_a_secure_socket_and_breaks_no_rule(site: Site, browser: Browser) -> None:
    """Without sign-in it shows how to sign in; all pages run under the same rules elsewhere."""
    context = browser.new_context(ignore_https_errors=True)
    visit = Visit(context.new_page())
    sockets: list[str] = []
    visit.page.on("websocket", lambda socket: sockets.append(socket.url))
    visit.page.on("console", visit._on_console)
    visit.page.on("pageerror", lambda error: visit.errors.append(str(error)))
    visit.page.goto(f"https://{site.host}/")
    visit.page.get_by_role("button", name=text("access.button")).wait_for(timeout=READY_MS)
    assert sockets == [f"wss://{site.host}/_stcore/stream"]
    assert visit.errors == []
    context.close()


@pytest.mark.browser
def test_somebody_signs_in_through_the_proxy_works_and_leaves(site: Site, browser: Browser) -> None:
    """The way there and back is over TLS, and so is the cookie that says who it is."""
    context = browser.new_context(ignore_https_errors=True)
    context.route("https://cdn.jsdelivr.net/**", lambda route: route.abort())  # of the provider
    page = context.new_page()
    page.set_default_timeout(READY_MS)
    try:
        page.goto(f"https://{site.host}/data?bagian=impor&tanggal=2024-02-13")
        page.get_by_role("button", name=text("access.button")).click()
        page.get_by_placeholder("sub").fill(ANI)
        page.get_by_role("button", name="Authorize").click()
        account = page.locator(".st-key-who").get_by_role("button", name="kpu.babel.1")
        account.wait_for()
        assert page.url.startswith(f"https://{site.host}/")
        page.goto(f"https://{site.host}/data?bagian=impor&tanggal=2024-02-13")
        with page.expect_download() as got:
            page.get_by_role("button", name=text("bring.template")).click()
        assert got.value.path().stat().st_size > 0
        kept = next(one for one in context.cookies() if one.get("name") == COOKIE)
        assert (kept.get("secure"), kept.get("httpOnly"), kept.get("sameSite")) == (
            True, True, "Lax",
        )  # fmt: skip
        copied = f"{COOKIE}={str(kept.get('value')).strip(chr(34))}"
        assert site.ask("/media/none.png", Cookie=copied)[0] == 404, "past the door"
        account.click()
        page.get_by_role("button", name=text("access.leave")).click()
        page.get_by_role("button", name="End session").click()
        page.get_by_role("button", name=text("access.button")).wait_for()
        assert site.ask("/media/none.png", Cookie=copied)[0] == 401
    finally:
        context.close()


def _opens(url: str, origin: str, trust: ssl.SSLContext | None = None) -> bool:
    """Ask for a socket by hand, so that no step waits longer than it is given."""
    wanted = {
        "Connection": "Upgrade", "Upgrade": "websocket", "Origin": origin,
        "Sec-WebSocket-Version": "13", "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==",
    }  # fmt: skip
    at = urlsplit(url)
    assert at.hostname is not None
    line = (
        HTTPConnection(at.hostname, at.port, timeout=10)
        if trust is None
        else HTTPSConnection(at.hostname, at.port, timeout=10, context=trust)
    )
    with closing(line):
        line.request("GET", at.path, headers=wanted)
        status = line.getresponse().status
    assert status in {101, 403}, status
    return status == 101


@pytest.mark.parametrize("origin", ["https://evil.example", "https://localhost:1", "null"])
def test_a_socket_of_another_page_is_refused(site: Site, origin: str) -> None:
    through = f"wss://{site.host}/_stcore/stream"
    assert _opens(through, f"https://{site.host}", site.trust)
    assert not _opens(through, origin, site.trust)
    assert not _opens(f"{site.direct.replace('http', 'ws')}/_stcore/stream", origin)


class Echo(BaseHTTPRequestHandler):
    """Answers with the headers it was asked with."""

    def do_GET(self) -> None:
        body = str(self.headers).encode()
        self.send_response(200)
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


def test_what_a_browser_says_of_proxies_is_not_passed_on(tmp_path: Path) -> None:
    server, port = ThreadingHTTPServer(("127.0.0.1", 0), Echo), free_port()
    Thread(target=server.serve_forever, daemon=True).start()
    said = ("X_Forwarded_For", "X_Forwarded_Host", "X_Forwarded_Proto", "X_Forwarded_Prefix",
            "X_Forwarded_User", "Forwarded", "Via", "X_Real_IP", "X_Client_IP")  # fmt: skip
    with proxy(tmp_path, port, f"127.0.0.1:{server.server_port}") as (_, trust):
        _, _, passed = fetch(f"https://localhost:{port}/", trust, **dict.fromkeys(said, "6.6.6.6"))
    server.shutdown()
    server.server_close()
    assert "6.6.6.6" not in passed
    assert "X-Forwarded-For: 127.0.0.1" in passed, "the product can tell that a proxy asked"
    assert "X-Forwarded-Proto: https" in passed
    assert f"Host: localhost:{port}" in passed
