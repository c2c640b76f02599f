"""The frame that stands in the first answer of the server, as an ASGI server would ask for it."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from data.province import province
from pages.components.skeleton import Skeleton, skeleton
from services.texts import text

Headers = tuple[tuple[bytes, bytes], ...]
PAGE = b'<html lang="en"><body><div id="root"></div></body></html>'


def ask(
    path: str,
    query: bytes = b"",
    kind: bytes = b"text/html",
    more: tuple[tuple[bytes, bytes], ...] = (),
) -> tuple[dict[bytes, bytes], bytes]:
    """Return headers and body of the answer of a server of one page, sent in two parts."""

    async def server(_scope: Any, _receive: Any, send: Any) -> None:
        headers = [(b"content-type", kind), (b"content-length", b"%d" % len(PAGE)), *more]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": PAGE[:20], "more_body": True})
        await send({"type": "http.response.body", "body": PAGE[20:]})

    sent: list[Any] = []

    async def send(message: Any) -> None:
        sent.append(message)

    async def receive() -> Any:
        return {"type": "http.request"}

    scope = {"type": "http", "path": path, "query_string": query}
    asyncio.run(Skeleton(server)(scope, receive, send))
    return dict(sent[0]["headers"]), b"".join(part["body"] for part in sent[1:])


@pytest.mark.parametrize(("query", "lang"), [(b"", "id"), (b"lang=en", "en"), (b"lang=xx", "id")])
def test_a_page_says_the_product_and_that_it_loads(query: bytes, lang: str) -> None:
    headers, body = ask("/hotspot", query, more=((b"etag", b"of the file"),))
    words = body.decode()
    assert province().product_name in words
    assert text("shell.loading", lang) in words
    assert f'<html lang="{lang}">' in words
    assert words.endswith("</body></html>")
    assert int(headers[b"content-length"]) == len(body)
    assert b"etag" not in headers


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
