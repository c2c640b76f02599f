"""What a real server answers and refuses at its door, spoken to byte by byte."""

from __future__ import annotations

import asyncio
import base64
import os
import re
import socket
import subprocess
import sys
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from pages.components.access import door, person
from pages.components.access.door import Door
from pages.components.access.start import refuse_to_start
from services.access.settings import AccessSettings
from tests.conftest import ROOT, free_port

OF_A_PROXY = "X-Forwarded-Proto: https"
PATHS = (
    "/", "/hotspot", "/app/static/vendor/leaflet/leaflet.js", "/static/favicon.png",
    "/media/0a1b.pdf", "/component/streamlit_folium.st_folium/index.html",
    "/_stcore/host-config", "/_stcore/metrics", "/auth/login", "/oauth2callback",
)  # fmt: skip
"""One of each kind that a server answers."""
STREAM = "/_stcore/stream"


def ask(address: str, path: str, *headers: str, method: str = "GET") -> tuple[int, str]:
    """Send a request of exactly these headers; return status and what is answered."""
    parts = urlsplit(address)
    lines = [f"{method} {path} HTTP/1.1", *headers, "Connection: close", "", ""]
    with socket.create_connection((str(parts.hostname), int(parts.port or 0)), timeout=10) as line:
        line.sendall("\r\n".join(lines).encode())
        said = b"".join(iter(lambda: line.recv(65536), b""))
    head, _, body = said.partition(b"\r\n\r\n")
    return int(head.split()[1]), body.decode(errors="replace")


def host(address: str) -> str:
    return f"Host: {urlsplit(address).netloc}"


def shake(address: str, *headers: str) -> int:
    """Ask for a websocket; return the status, without staying for what is said over it."""
    key = base64.b64encode(os.urandom(16)).decode()
    parts = urlsplit(address)
    asked = (
        f"GET {STREAM} HTTP/1.1", "Connection: Upgrade", "Upgrade: websocket",
        "Sec-WebSocket-Version: 13", f"Sec-WebSocket-Key: {key}", *headers, "", "",
    )  # fmt: skip
    with socket.create_connection((str(parts.hostname), int(parts.port or 0)), timeout=10) as line:
        line.sendall("\r\n".join(asked).encode())
        return int(line.recv(64).split()[1])


@pytest.mark.parametrize("path", PATHS)
def test_nothing_is_answered_through_a_proxy_or_to_another_name(app_url: str, path: str) -> None:
    status, _ = ask(app_url, path, host(app_url))
    assert status in {200, 302, 307, 404}, "straight from here it is answered"
    for wrong, part in (
        ((host(app_url), OF_A_PROXY), "x-forwarded-proto"),
        ((host(app_url), "X-Client-IP: 127.0.0.1"), "x-client-ip"),
        ((host(app_url), "CF-Connecting-IP: 127.0.0.1"), "cf-connecting-ip"),
        ((host(app_url), "X-Forwarded-For: 127.0.0.1"), "x-forwarded-for"),
        (("Host: rebind.example",), "rebind.example"),
    ):
        status, words = ask(app_url, path, *wrong)
        assert status == 403
        assert part in words
        assert len(words) < 300, "only the words"
    assert ask(app_url, path)[0] in {400, 403}, "a request that names no server"


def test_an_upload_is_refused_that_another_page_sends(app_url: str) -> None:
    path = "/_stcore/upload_file/a/b"
    for origin in ("http://127.0.0.1:1", "http://evil.example", "null"):
        status, words = ask(app_url, path, host(app_url), f"Origin: {origin}", method="PUT")
        assert status == 403
        assert origin in words
    own = ask(app_url, path, host(app_url), f"Origin: {app_url}", method="PUT")
    assert "XSRF" in own[1], "past the door it is Streamlit's turn"


def test_a_line_is_opened_to_the_products_own_pages_only(app_url: str) -> None:
    own = (host(app_url), f"Origin: {app_url}")
    assert shake(app_url, *own) == 101
    port = urlsplit(app_url).port
    for wrong in (
        (host(app_url),),
        (host(app_url), "Origin: http://127.0.0.1:1"),
        (host(app_url), f"Origin: http://localhost:{port}"),
        (host(app_url), "Origin: http://evil.example"),
        (f"Host: rebind.example:{port}", f"Origin: http://rebind.example:{port}"),
        (*own, OF_A_PROXY),
        (*own, "Via: 1.1 proxy"),
        (*own, "X-Forwarded-For: 10.0.0.9"),
    ):
        assert shake(app_url, *wrong) == 403, wrong


def test_the_health_of_the_server_may_be_asked_by_anything(app_url: str) -> None:
    for headers in ((), (host(app_url), OF_A_PROXY), ("Host: siaga.example",)):
        status, words = ask(app_url, "/_stcore/health", *headers)
        assert (status, words) == (200, "ok") or not headers


@pytest.mark.parametrize(
    ("option", "value", "part"),
    [
        ("server.address", "0.0.0.0", "menolak dijalankan pada alamat 0.0.0.0"),
        ("server.address", None, "menolak dijalankan pada alamat 0.0.0.0"),
        ("server.address", "192.0.2.1", "192.0.2.1"),
        ("secrets.files", ["short.toml"], "[auth] cookie_secret belum diisi"),
        ("secrets.files", ["broken.toml"], "broken.toml"),
        ("server.address", "127.0.0.1", ""),
    ],
)
def test_a_server_that_anybody_could_reach_or_nobody_could_sign_in_to_does_not_start(
    option: str, value: Any, part: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "short.toml").write_text('[auth]\nclient_id = "siaga"\n')
    (tmp_path / "broken.toml").write_text("[auth")
    monkeypatch.chdir(tmp_path)
    options = {"server.address": "127.0.0.1", "secrets.files": [], option: value}
    monkeypatch.setattr("streamlit.get_option", options.__getitem__)
    monkeypatch.setattr(person, "settings", person.settings.__wrapped__)
    if not part:
        refuse_to_start()
        return
    with pytest.raises(SystemExit, match=re.escape(part)):
        refuse_to_start()


def test_the_whole_server_ends_with_the_words_instead_of_listening(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "streamlit", "run", "serve.py", "--server.address", "0.0.0.0"]
    done = subprocess.run(
        [*command, "--server.port", str(free_port())], cwd=ROOT, capture_output=True, text=True,
        env=os.environ | {"SIAGA_VAR": str(tmp_path)}, check=False, timeout=60,
    )  # fmt: skip
    assert done.returncode == 1
    assert "menolak dijalankan pada alamat 0.0.0.0" in done.stderr
    assert "Traceback" not in done.stderr


def through(
    scope: dict[str, Any], settings: AccessSettings, monkeypatch: pytest.MonkeyPatch
) -> tuple[dict[str, Any] | None, list[dict[str, Any]]]:
    """Return what scope reaches the server behind the door, if any, and what is sent back."""
    behind: list[dict[str, Any]] = []
    sent: list[dict[str, Any]] = []

    async def server(inner: Any, _receive: Any, _send: Any) -> None:
        behind.append(inner)

    async def send(message: Any) -> None:
        sent.append(message)

    async def receive() -> Any:
        return {"type": "http.request"}

    monkeypatch.setattr(person, "settings", lambda: settings)
    asyncio.run(Door(server)(scope, receive, send))
    return (behind[0] if behind else None), sent


HTTP = {"type": "http", "method": "GET", "path": "/", "query_string": b""}
HEADERS = [(b"host", b"127.0.0.1:8501")]


@pytest.mark.parametrize(
    ("client", "let_in"),
    [(("127.0.0.1", 5), True), (("::1", 5), True), (("10.0.0.9", 5), False), (None, False)],
)
def test_the_address_that_is_connected_decides(
    client: tuple[str, int] | None, let_in: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    for kind in (HTTP, {**HTTP, "type": "websocket"}):
        headers = [*HEADERS, (b"origin", b"http://127.0.0.1:8501")]
        scope = {**kind, "client": client, "headers": headers}
        scope.pop("method") if kind["type"] == "websocket" else None
        behind, sent = through(scope, AccessSettings(), monkeypatch)
        assert (behind is not None) is let_in
        assert bool(sent) is not let_in


def test_the_mark_of_the_door_cannot_be_brought_along(monkeypatch: pytest.MonkeyPatch) -> None:
    brought = [*HEADERS, (b"X-Siaga-Door", b"x"), (b"x-siaga-door", b"y")]
    scope = {**HTTP, "client": ("127.0.0.1", 5), "headers": brought}
    behind, _ = through(scope, AccessSettings(), monkeypatch)
    assert behind is not None
    marks = [value for name, value in behind["headers"] if name.lower() == b"x-siaga-door"]
    assert marks == [door._TOKEN.encode()]
    assert len(marks[0]) == 64


def test_words_are_in_the_language_of_the_address_and_show_no_letter_that_does_something(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    scope = {
        **HTTP, "client": ("127.0.0.1", 5), "query_string": b"lang=en",
        "headers": [(b"host", "evil\x1b[31m\u2028.example".encode("utf-8"))],
    }  # fmt: skip
    _, (head, body) = through(scope, AccessSettings(), monkeypatch)
    assert head["status"] == 403
    words = body["body"].decode()
    assert words.startswith("The request was made to evil?[31m")
    assert all(letter.isprintable() for letter in words)
