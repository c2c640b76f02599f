"""Who runs the server may ask how it is; everybody else is told that there is no such page."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import Any

import pytest

from geo.errors import ParameterError
from pages.components.server.headers import HEADERS, Headers
from pages.components.server.operator import Operator
from services.server import counters

PATHS = ("/ready", "/metrics", "/_stcore/metrics", "/metrics/", "/ready/")


async def app(scope: Any, _receive: Any, send: Any) -> None:
    """Answer everything with the same words."""
    del scope
    headers = [(b"content-type", b"text/plain"), (b"X-Frame-Options", b"ALLOWALL")]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": b"of the app"})


def ask(
    path: str, peer: str = "127.0.0.1", host: str = "127.0.0.1:8501", **headers: str
) -> tuple[int, bytes]:
    given = [(k.replace("_", "-").encode(), v.encode()) for k, v in headers.items()]
    scope = {
        "type": "http", "method": "GET", "path": path, "query_string": b"", "client": (peer, 1),
        "headers": [(b"host", host.encode()), *given],
    }  # fmt: skip
    sent: list[Any] = []

    async def send(message: Any) -> None:
        sent.append(message)

    asyncio.run(Operator(app)(scope, None, send))  # type: ignore[arg-type]
    return sent[0]["status"], sent[1]["body"]


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize(
    "other",
    [
        {"peer": "10.1.2.3"},
        {"peer": "testclient"},
        {"host": "rebind.example:8501"},
        {"x_forwarded_for": "127.0.0.1"},
        {"X_Forwarded_Proto": "https"},
        {"forwarded": "for=127.0.0.1"},
        {"via": "1.1 proxy"},
        {"x-client-ip": "127.0.0.1"},
        {"cf-connecting-ip": "127.0.0.1"},
        {"x_real_ip": "127.0.0.1"},
    ],
    ids=str,
)
def test_nobody_else_is_answered(path: str, other: dict[str, str]) -> None:
    assert ask(path, **other) == (404, b"")


def test_this_computer_is_told_and_a_network_that_was_named(
    installation: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    del installation
    status, body = ask("/ready")
    told = json.loads(body)
    assert (status, told["ready"], told["fault"]) == (200, True, "")
    assert told["writes"] > 0
    assert ask("/_stcore/metrics") == (200, b"of the app")
    monkeypatch.setenv("SIAGA_METRICS_FROM", "10.1.0.0/16, fd00::/8")
    assert ask("/ready", peer="10.1.2.3", host="app:8501")[0] == 200
    assert ask("/ready", peer="fd00::7", host="app:8501")[0] == 200
    assert ask("/ready", peer="10.2.0.1", host="app:8501")[0] == 404
    assert ask("/ready", peer="10.1.2.3", host="app:8501", via="1.1 proxy")[0] == 404
    monkeypatch.setenv("SIAGA_METRICS_FROM", "everybody")
    with pytest.raises(ParameterError, match="everybody"):
        ask("/ready")


def test_without_a_store_it_is_not_ready(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SIAGA_VAR", str(tmp_path))
    monkeypatch.delenv("DATABASE_URL", raising=False)
    status, body = ask("/ready")
    assert (status, json.loads(body)["fault"]) == (503, "absent")
    assert b"\nsiaga_ready 0.0\n" in ask("/metrics")[1]


def test_what_is_counted_is_told_and_no_data(installation: Path) -> None:
    del installation
    before = _requests("download")
    for _ in range(3):
        assert ask("/media/0123.xlsx", peer="10.1.2.3", host="siaga.example") == (
            200, b"of the app",
        )  # fmt: skip
    counters.PAGE_SECONDS.labels("hotspot").observe(0.7)
    status, body = ask("/metrics")
    told = body.decode()
    assert status == 200
    assert _requests("download") == before + 3
    for line in (
        'siaga_requests_total{kind="download",status="2xx"}', "siaga_ready 1.0",
        'siaga_page_seconds_bucket{le="1.0",page="hotspot"}', "siaga_disk_free_bytes",
        'siaga_store_writes_total{table="reports"}', "process_resident_memory_bytes",
        "siaga_last_import_timestamp_seconds NaN", "siaga_last_backup_timestamp_seconds NaN",
        "siaga_pages_drawn 0.0",
    ):  # fmt: skip
        assert f"\n{line}" in told, line
    labels = {
        word for line in told.splitlines() for word in line.partition("{")[2].split('"')[1::2]
    }
    assert "0123.xlsx" not in labels
    assert not any(" " in word for word in labels - {"CPython"}), labels


def _requests(kind: str) -> float:
    value = counters.REGISTRY.get_sample_value(
        "siaga_requests_total", {"kind": kind, "status": "2xx"}
    )
    return value or 0.0


def test_every_answer_has_the_headers_and_the_map_alone_may_evaluate() -> None:
    def headers_of(path: str) -> list[tuple[bytes, bytes]]:
        sent: list[Any] = []

        async def send(message: Any) -> None:
            sent.append(message)

        scope = {"type": "http", "path": path, "headers": []}
        asyncio.run(Headers(app)(scope, None, send))  # type: ignore[arg-type]
        return list(sent[0]["headers"])

    page = headers_of("/hotspot")
    assert sorted(dict(page)) == sorted([b"content-type", *(name.encode() for name in HEADERS)]), (
        "each once, in place of the app's own"
    )
    assert dict(page)[b"x-frame-options"] == b"SAMEORIGIN"
    policy = dict(page)[b"content-security-policy"].decode()
    assert "unsafe-eval" not in policy
    assert "frame-ancestors 'self'" in policy
    assert "http" not in policy, "nothing comes from elsewhere"
    of_map = dict(headers_of("/component/streamlit_folium.st_folium/index.html"))
    assert b"'unsafe-eval'" in of_map[b"content-security-policy"]


def test_over_tls_each_cookie_is_kept_from_any_other_way() -> None:
    given = [b"a=1; HttpOnly; Path=/", b"secure=2", b"b=3; SECURE; SameSite=Lax"]

    async def page(scope: Any, receive: Any, send: Any) -> None:
        del scope, receive
        headers = [(b"Set-Cookie", value) for value in given]
        await send({"type": "http.response.start", "status": 200, "headers": headers})

    def cookies(encrypted: bool) -> list[bytes]:
        sent: list[Any] = []

        async def send(message: Any) -> None:
            sent.append(message)

        scope = {"type": "http", "path": "/", "headers": []}
        asyncio.run(Headers(page, encrypted)(scope, None, send))  # type: ignore[arg-type]
        return [value for name, value in sent[0]["headers"] if name == b"Set-Cookie"]

    assert cookies(encrypted=False) == given
    assert cookies(encrypted=True) == [
        b"a=1; HttpOnly; Path=/; Secure", b"secure=2; Secure", given[2],
    ]  # fmt: skip
