"""Files of the front end come out of memory and compressed, and nothing else does."""

from __future__ import annotations

import asyncio
import gzip
from typing import Any

import pytest

from pages.components.assets import Assets

Headers = tuple[tuple[bytes, bytes], ...]
BODY = b"export const words = 'siaga siaga siaga';\n" * 100
SCRIPT = b"text/javascript; charset=utf-8"
HOST = (b"host", b"siaga.example:8501")
GZIP = (b"accept-encoding", b"gzip, deflate")


class Server:
    """A server of one file, which counts how often it is asked."""

    def __init__(self, kind: bytes = SCRIPT, status: int = 200, more: Headers = ()) -> None:
        self.asked: list[dict[bytes, bytes]] = []
        self.headers = [(b"content-type", kind), (b"content-length", b"%d" % len(BODY)), *more]
        self.status = status
        self.assets = Assets(self._answer)

    async def _answer(self, scope: Any, _receive: Any, send: Any) -> None:
        self.asked.append(dict(scope["headers"]))
        start = {"type": "http.response.start", "status": self.status, "headers": self.headers}
        await send(start)
        await send({"type": "http.response.body", "body": BODY[:9], "more_body": True})
        await send({"type": "http.response.body", "body": BODY[9:]})

    def ask(
        self, path: str, *headers: tuple[bytes, bytes], query: bytes = b"", method: str = "GET"
    ) -> tuple[dict[bytes, bytes], bytes]:
        sent: list[Any] = []

        async def send(message: Any) -> None:
            sent.append(message)

        scope = {
            "type": "http", "method": method, "path": path, "query_string": query,
            "headers": [HOST, *headers],
        }  # fmt: skip
        asyncio.run(self.assets(scope, None, send))  # type: ignore[arg-type]
        assert sent[0]["status"] == self.status
        return dict(sent[0]["headers"]), b"".join(part["body"] for part in sent[1:])


SCRIPT_PATH = "/static/js/index.DormvYxC.js"


def test_a_script_is_asked_for_once_and_sent_compressed() -> None:
    server = Server(more=((b"etag", b'"of the file"'), (b"cache-control", b"no-cache")))
    for _ in range(3):
        headers, body = server.ask(SCRIPT_PATH, GZIP)
        assert headers[b"content-encoding"] == b"gzip"
        assert headers[b"content-type"] == SCRIPT
        assert headers[b"vary"] == b"Accept-Encoding"
        assert int(headers[b"content-length"]) == len(body) < len(BODY) / 5
        assert gzip.decompress(body) == BODY
        assert b"etag" not in headers
    assert len(server.asked) == 1
    assert b"accept-encoding" not in server.asked[0]


def test_who_cannot_unpack_gets_the_file_as_it_is() -> None:
    server = Server()
    server.ask(SCRIPT_PATH, GZIP)
    headers, body = server.ask(SCRIPT_PATH)
    assert body == BODY
    assert b"content-encoding" not in headers
    assert headers[b"vary"] == b"Accept-Encoding"


def test_a_font_is_kept_and_not_compressed() -> None:
    server = Server(kind=b"font/woff2")
    for _ in range(2):
        headers, body = server.ask("/static/media/SourceSansVF.BsWL4Kly.woff2", GZIP)
        assert body == BODY
        assert b"content-encoding" not in headers
    assert len(server.asked) == 1


@pytest.mark.parametrize(
    ("path", "query", "for_good"),
    [
        (SCRIPT_PATH, b"", True),
        ("/siaga/static/js/index.DormvYxC.js", b"", True),
        ("/app/static/geo/desa-98b1ca0ca4748e13.json", b"", True),
        ("/app/static/vendor/leaflet/leaflet.js", b"v=dc1f55b4208a", True),
        ("/app/static/vendor/leaflet/leaflet.js", b"", False),
        ("/component/streamlit_folium.st_folium/index.html", b"streamlitUrl=x", False),
    ],
)
def test_a_browser_keeps_for_good_what_is_named_by_its_content(
    path: str, query: bytes, for_good: bool
) -> None:
    headers, _ = Server().ask(path, query=query)
    assert (b"immutable" in headers.get(b"cache-control", b"")) is for_good


def test_another_version_of_a_file_is_another_file() -> None:
    server = Server()
    path = "/app/static/vendor/siaga/land.js"
    for version in (b"v=1", b"v=2", b"v=1"):
        server.ask(path, query=version)
    assert len(server.asked) == 2


@pytest.mark.parametrize(
    ("path", "headers"),
    [
        ("/ringkasan", ()),
        ("/media/0123456789abcdef.csv", ()),
        ("/_stcore/upload_file/session/file", ()),
        ("/app/static/other/notes.json", ()),
        (SCRIPT_PATH, ((b"range", b"bytes=0-9"),)),
        (SCRIPT_PATH, ((b"origin", b"https://elsewhere.example"),)),
    ],
)
def test_what_is_no_file_of_the_front_end_is_asked_for_each_time(
    path: str, headers: Headers
) -> None:
    server = Server()
    for _ in range(2):
        _, body = server.ask(path, *headers)
        assert body == BODY
    assert len(server.asked) == 2


def test_modules_name_their_own_origin() -> None:
    server = Server()
    for _ in range(2):
        server.ask(SCRIPT_PATH, (b"origin", b"http://siaga.example:8501"))
    assert len(server.asked) == 1
    assert b"origin" not in server.asked[0]


@pytest.mark.parametrize(
    "server",
    [
        Server(status=404),
        Server(kind=b"text/html"),  # the page of the frontend, where there is no such file
        Server(more=((b"set-cookie", b"a=b"),)),
    ],
)
def test_what_may_be_otherwise_next_time_is_not_kept(server: Server) -> None:
    for _ in range(2):
        _, body = server.ask(SCRIPT_PATH, GZIP)
        assert body == BODY
    assert len(server.asked) == 2


def test_only_a_question_for_the_whole_file_is_answered_from_memory() -> None:
    server = Server()
    server.ask(SCRIPT_PATH)
    server.ask(SCRIPT_PATH, method="HEAD")
    assert len(server.asked) == 2
