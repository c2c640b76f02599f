"""The frame that stands in the first answer of the server, as an ASGI server would ask for it."""

from __future__ import annotations

import asyncio
import gzip
from typing import Any

import pytest

from data.province import province
from pages.components.skeleton import Skeleton, own_path, skeleton
from services.texts import text

PATH = "/hotspot"
Headers = tuple[tuple[bytes, bytes], ...]
PAGE = b'<html lang="en"><head></head><body><div id="root"></div></body></html>'


def ask(
    path: str,
    query: bytes = b"",
    kind: bytes = b"text/html",
    more: Headers = (),
    asked: Headers = (),
) -> tuple[dict[bytes, bytes], bytes]:
    """Return headers and body of the answer of a server of one page, sent in two parts."""

    async def server(scope: Any, _receive: Any, send: Any) -> None:
        if path == PATH:
            assert b"accept-encoding" not in dict(scope["headers"])
        headers = [(b"content-type", kind), (b"content-length", b"%d" % len(PAGE)), *more]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": PAGE[:20], "more_body": True})
        await send({"type": "http.response.body", "body": PAGE[20:]})

    sent: list[Any] = []

    async def send(message: Any) -> None:
        sent.append(message)

    async def receive() -> Any:
        return {"type": "http.request"}

    scope = {"type": "http", "path": path, "query_string": query, "headers": list(asked)}
    asyncio.run(Skeleton(server)(scope, receive, send))
    return dict(sent[0]["headers"]), b"".join(part["body"] for part in sent[1:])


@pytest.mark.parametrize(("query", "lang"), [(b"", "id"), (b"lang=en", "en"), (b"lang=xx", "id")])
def test_a_page_says_the_product_and_that_it_loads(query: bytes, lang: str) -> None:
    headers, body = ask(PATH, query, more=((b"etag", b"of the file"),))
    words = body.decode()
    assert province().product_name in words
    assert text("shell.loading", lang) in words
    assert f'<html lang="{lang}">' in words
    assert words.endswith("</body></html>")
    assert int(headers[b"content-length"]) == len(body)
    assert b"etag" not in headers


def test_a_browser_gets_it_compressed_and_streamlit_is_not_asked_to() -> None:
    headers, body = ask(PATH, asked=((b"accept-encoding", b"gzip, br"),))
    assert headers[b"content-encoding"] == b"gzip"
    assert int(headers[b"content-length"]) == len(body)
    assert gzip.decompress(body) == ask(PATH)[1]


def test_the_front_end_is_told_where_its_server_is() -> None:
    assert b'const seen = "/hotspot"' in ask(PATH)[1]
    assert b'const seen = ""' in ask("/")[1]
    assert r'"/a\u003c/script>"' in skeleton("id", own_path("/siaga/a</script>", "siaga"))


@pytest.mark.parametrize(
    ("path", "kind", "more"),
    [
        ("/component/streamlit_folium.st_folium/index.html", b"text/html", ()),
        ("/app/static/deck.html", b"text/html", ()),
        ("/", b"application/json", ()),
        ("/", b"text/html", ((b"content-encoding", b"gzip"),)),
    ],
)
def test_what_is_no_page_of_the_frontend_stays_as_it_is(
    path: str, kind: bytes, more: Headers
) -> None:
    headers, body = ask(path, kind=kind, more=more)
    assert body == PAGE
    assert int(headers[b"content-length"]) == len(PAGE)


def test_the_frame_takes_words_as_words(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pages.components.skeleton.text", lambda *_: "<script>x</script>")
    assert "<script>x" not in skeleton("id")
