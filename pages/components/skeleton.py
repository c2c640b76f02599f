"""The page's frame in the first answer of the server, until the page itself has words."""

from __future__ import annotations

import gzip
import json
from html import escape
from urllib.parse import parse_qs

import streamlit as st
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from data.province import province
from data.static_files import skeleton_page
from data.texts import LANGUAGES
from pages.components import loaders
from pages.components.address import as_day
from services.texts import DEFAULT_LANGUAGE, text

_ELSEWHERE = ("/_stcore/", "/component/", "/app/static/", "/static/", "/media/")
_OF_THE_FILE = (b"content-length", b"etag", b"last-modified")
_PAGE = b'<html lang="en">'


class Skeleton:
    """Puts a frame with the product's name into the page that loads the frontend.

    Parameters
    ----------
    app
        The server without it, as of ASGI.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request; only a whole page of HTML is changed."""
        path = str(scope.get("path", ""))
        if scope["type"] != "http" or any(part in path for part in _ELSEWHERE):
            await self._app(scope, receive, send)
            return
        base = st.get_option("server.baseUrlPath").strip("/")
        asked = parse_qs(scope["query_string"].decode())
        lang = asked.get("lang", [DEFAULT_LANGUAGE])[0]
        own = own_path(path, base)
        held: list[Message] = []
        told = scope.get("headers", ())
        packed = any(name == b"accept-encoding" and b"gzip" in said for name, said in told)
        # Streamlit would compress the page, except at its root, and what is packed is not read.
        scope = {**scope, "headers": [pair for pair in told if pair[0] != b"accept-encoding"]}

        async def changed(message: Message) -> None:
            if message["type"] == "http.response.start" and _is_page(message):
                held.append(message)
            elif not held:
                await send(message)
            else:
                held.append(message)
                if not message.get("more_body", False):
                    loaders.expect(own.strip("/"), as_day(asked.get("tanggal", [None])[0]))
                    known = lang if lang in LANGUAGES else DEFAULT_LANGUAGE
                    for part in _with_frame(held, known, own, packed):
                        await send(part)

        await self._app(scope, receive, changed)


def _is_page(start: Message) -> bool:
    headers = dict(start["headers"])
    plain = b"content-encoding" not in headers
    is_html = headers.get(b"content-type", b"").startswith(b"text/html")
    return bool(start["status"] == 200 and plain and is_html)


def _with_frame(held: list[Message], lang: str, own: str, packed: bool) -> list[Message]:
    start, *parts = held
    body = b"".join(part.get("body", b"") for part in parts)
    if body:  # a question for the head alone has none
        body = body.replace(_PAGE, _PAGE.replace(b"en", lang.encode()), 1)
        body = body.replace(b"</body>", skeleton(lang, own).encode() + b"</body>", 1)
        kept = [pair for pair in start["headers"] if pair[0] not in _OF_THE_FILE]
        kept.append((b"vary", b"Accept-Encoding"))
        if packed:
            body = gzip.compress(body, mtime=0)
            kept.append((b"content-encoding", b"gzip"))
        start["headers"] = [*kept, (b"content-length", str(len(body)).encode())]
    return [start, {"type": "http.response.body", "body": body}]


def own_path(path: str, base: str) -> str:
    """Return the path of a page below ``server.baseUrlPath``, given without slashes."""
    return (path.removeprefix(f"/{base}") if base else path).rstrip("/")


def skeleton(lang: str, own: str = "") -> str:
    """Return the frame: the product's name, that it is loading, and where the page will stand.

    ``own`` is the path of the page, by which the front end is told where its server is: else it
    looks for it below the path of the page first, and is refused.
    """
    name, words = province().product_name, text("shell.loading", lang)
    return skeleton_page().substitute(
        name=escape(name), words=escape(words), seen=json.dumps(own).replace("<", "\\u003c")
    )
