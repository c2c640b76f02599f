"""What a real server answers and refuses at its door, spoken to byte by byte."""

from __future__ import annotations

import asyncio
import base64
import json
import os
import re
import socket
import subprocess
import sys
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ClientState_pb2 import ClientState
from streamlit.proto.WidgetStates_pb2 import WidgetState, WidgetStates

from data import static_files
from data.paths import static_land_dir, static_vendor_dir
from data.store.ledger.acts import Actor
from pages.components.access import door, person
from pages.components.access.door import Door
from pages.components.access.start import refuse_to_start
from services.access.person import Refusal
from services.access.settings import AccessSettings
from tests.conftest import ROOT, free_port

OF_A_PROXY = "X-Forwarded-Proto: https"
PATHS = (
    "/", "/hotspot", "/app/static/vendor/leaflet/leaflet.js", "/static/favicon.png",
    "/media/0a1b.pdf", "/component/streamlit_folium.st_folium/index.html",
    "/_stcore/host-config", "/auth/login", "/oauth2callback",
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

    monkeypatch.setattr(person, "settings", lambda: settings)
    asyncio.run(Door(server)(scope, no_message, send))
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


def test_a_provider_that_is_away_is_told_in_words(monkeypatch: pytest.MonkeyPatch) -> None:
    async def failing(_scope: Any, _receive: Any, send: Any) -> None:
        await send({"type": "http.response.start", "status": 400, "headers": []})
        await send({"type": "http.response.body", "body": b"Authentication error"})

    sent: list[dict[str, Any]] = []

    async def send(message: Any) -> None:
        sent.append(message)

    settings = AccessSettings(sign_in=True, origin="http://127.0.0.1:8501")
    monkeypatch.setattr(person, "settings", lambda: settings)
    for path, status in (("/auth/login", 502), ("/hotspot", 400)):
        sent.clear()
        scope = {**HTTP, "path": path, "client": ("127.0.0.1", 5), "headers": HEADERS}
        asyncio.run(Door(failing)(scope, no_message, send))
        assert [part["type"] for part in sent] == ["http.response.start", "http.response.body"]
        assert sent[0]["status"] == status
        assert ("Penyedia identitas" in sent[1]["body"].decode()) is (status == 502)


async def no_message() -> Any:
    return {"type": "http.request"}


def said(*pressed: str, fragment: str = "") -> bytes:
    """Return what a browser says when the page is to run, with these buttons pressed."""
    widgets = [WidgetState(id=name, trigger_value=True) for name in pressed]
    state = ClientState(
        page_name="data", query_string="lang=en", fragment_id=fragment,
        widget_states=WidgetStates(widgets=widgets),
    )  # fmt: skip
    return BackMsg(rerun_script=state).SerializeToString()


def test_nothing_is_heard_from_who_is_not_admitted_but_the_way_in_and_out(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A person who is admitted at first and no longer from the third message on."""
    told = [
        said("$$ID-0a-save", fragment="f"),
        BackMsg(stop_script=True).SerializeToString(),
        said("$$ID-0a-save", "$$ID-0b-sign_out", "$$ID-0c-sign_in", "$$ID-0d-not_sign_in",
             "sign_out", fragment="f"),
        BackMsg(stop_script=True).SerializeToString(),
        BackMsg(clear_cache=True).SerializeToString(),
        b"\xff\xff no message",
        BackMsg(app_heartbeat=True).SerializeToString(),
    ]  # fmt: skip
    left, heard = list(told), list[BackMsg]()

    class Now:
        def of(self, claims: dict[str, Any]) -> Actor | Refusal:
            assert claims["email"] == "ani@kpu.example"
            admitted = len(left) >= len(told) - 2
            return Actor("kpu.babel.1", "KPU", "admin") if admitted else Refusal("inactive")

    async def receive() -> Any:
        if not left:
            return {"type": "websocket.disconnect"}
        return {"type": "websocket.receive", "bytes": left.pop(0)}

    async def server(_scope: Any, hear: Any, _send: Any) -> None:
        while (message := await hear())["type"] == "websocket.receive":
            heard.append(BackMsg.FromString(message["bytes"]))

    settings = AccessSettings(sign_in=True, origin="http://127.0.0.1:8501")
    monkeypatch.setattr(person, "settings", lambda: settings)
    monkeypatch.setattr(person, "people", Now)
    monkeypatch.setattr(door, "claims_of", lambda request: {"email": "ani@kpu.example"})
    scope = {
        "type": "websocket", "path": STREAM, "query_string": b"", "client": ("127.0.0.1", 5),
        "headers": [*HEADERS, (b"origin", b"http://127.0.0.1:8501")],
    }  # fmt: skip
    asyncio.run(Door(server)(scope, receive, no_message))
    kinds = [one.WhichOneof("type") for one in heard]
    assert kinds == ["rerun_script", "stop_script", "rerun_script", "app_heartbeat"]
    assert heard[0] == BackMsg.FromString(told[0])
    state = heard[2].rerun_script
    assert (state.page_name, state.query_string, state.fragment_id) == ("data", "lang=en", "")
    pressed = [one.id for one in state.widget_states.widgets]
    assert pressed == ["$$ID-0b-sign_out", "$$ID-0c-sign_in"]


def test_what_is_public_holds_libraries_and_boundaries_and_no_data(app_url: str) -> None:
    assert app_url
    public = static_vendor_dir().parent
    files = [path for path in public.rglob("*") if path.is_file() and ".part-" not in str(path)]
    libraries = {own for _, own in static_files._pairs(static_vendor_dir())}
    assert libraries <= set(files)
    for path in set(files) - libraries:
        assert path.parent == static_land_dir()
        assert re.fullmatch(r"(kabupaten|kecamatan|desa)-[0-9a-f]{16}\.json", path.name)
        for feature in json.loads(path.read_text(encoding="utf-8"))["features"]:
            assert set(feature) == {"type", "properties", "geometry"}
            assert set(feature["properties"]) <= {"code", "name", "place", "at", "room"}
