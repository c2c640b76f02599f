"""Files of the front end: kept in memory, compressed, and kept by the browser where it may.

Streamlit sends its own bundle as it lies on the disk, by some hundred requests that each go through
threads and layers, while the pages of all readers wait.
"""

from __future__ import annotations

import asyncio
import gzip
import re
from dataclasses import dataclass

from starlette.types import ASGIApp, Message, Receive, Scope, Send

_Headers = tuple[tuple[bytes, bytes], ...]

_FILES = re.compile(r"/(?:static/(?:js|css|media)|component/[^/]+|app/static/(?:vendor|geo))/")
"""What stays the same as long as the server runs, or changes its address with its content."""
_NAMED_BY_CONTENT = re.compile(r"[.-][\w-]{8,}\.(?:js|css|json)$")
_WORDS = (b"javascript", b"css", b"json", b"html", b"svg")
_OF_THE_BODY = (b"content-length", b"content-encoding", b"etag", b"last-modified", b"vary")
_LEAST_BYTES = 600
_LEVEL = 6
_MOST_FILES = 1000
_FOR_GOOD = b"public, immutable, max-age=31536000"


@dataclass(frozen=True)
class _Kept:
    """An answer: its headers without those of the body, and the body as it is and compressed."""

    headers: _Headers
    body: bytes
    small: bytes | None


class Assets:
    """Answers for files of the front end out of memory, from the second time on.

    Parameters
    ----------
    app
        The server without it, as of ASGI.

    Notes
    -----
    Only whole answers that say the same to everybody are kept: none with a cookie, and none to a
    request from another origin, to which the server may answer otherwise.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app
        self._kept: dict[tuple[str, bytes], _Kept] = {}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request for a file; let every other one through."""
        asked = dict(scope.get("headers", ()))
        path = str(scope.get("path", ""))
        if (
            scope["type"] != "http"
            or scope.get("method") != "GET"
            or not _FILES.search(path)
            or b"range" in asked
            or not _is_own(asked)
        ):
            await self._app(scope, receive, send)
            return
        # The component of the map gets its own address as a question, which no file depends on.
        query = b"" if "/component/" in path else scope.get("query_string", b"")
        kept = self._kept.get((path, query))
        if kept is None:
            kept = await self._fetched(scope, receive, send)
            if kept is None:
                return
            if len(self._kept) < _MOST_FILES:
                self._kept[path, query] = kept
        await _answer(kept, b"gzip" in asked.get(b"accept-encoding", b""), send)

    async def _fetched(self, scope: Scope, receive: Receive, send: Send) -> _Kept | None:
        """Return what the server answers; None where that was passed on as it is."""
        told = (b"accept-encoding", b"if-none-match", b"if-modified-since", b"origin")
        plain = {**scope, "headers": [one for one in scope["headers"] if one[0] not in told]}
        parts: list[Message] = []

        async def collect(message: Message) -> None:
            parts.append(message)

        await self._app(plain, receive, collect)
        headers = tuple(parts[0]["headers"])
        names = dict(headers)
        kind = names.get(b"content-type", b"")
        # A file that is not there is answered with the page of the frontend.
        page = kind.startswith(b"text/html") and not str(scope["path"]).endswith(".html")
        if parts[0]["status"] != 200 or page or {b"set-cookie", b"content-encoding"} & set(names):
            for part in parts:
                await send(part)
            return None
        body = b"".join(part.get("body", b"") for part in parts[1:])
        return await asyncio.to_thread(_kept, scope, headers, body)


def _is_own(asked: dict[bytes, bytes]) -> bool:
    """Tell whether a page of this server asks; browsers name the origin of modules in any case."""
    origin = asked.get(b"origin")
    return origin is None or origin.partition(b"://")[2] == asked.get(b"host")


def _kept(scope: Scope, headers: _Headers, body: bytes) -> _Kept:
    """Return an answer as it is kept; compressing lets other threads run."""
    named = dict(headers)
    kept = [pair for pair in headers if pair[0] not in _OF_THE_BODY]
    by_version = scope.get("query_string", b"").startswith(b"v=")
    if by_version or _NAMED_BY_CONTENT.search(str(scope["path"])):
        kept = [pair for pair in kept if pair[0] != b"cache-control"]
        kept.append((b"cache-control", _FOR_GOOD))
    small = None
    if len(body) >= _LEAST_BYTES and any(
        word in named.get(b"content-type", b"") for word in _WORDS
    ):
        small = gzip.compress(body, _LEVEL, mtime=0)
        kept.append((b"vary", b"Accept-Encoding"))
    return _Kept(tuple(kept), body, small)


async def _answer(kept: _Kept, packed: bool, send: Send) -> None:
    body, headers = kept.body, list(kept.headers)
    if packed and kept.small is not None:
        body = kept.small
        headers.append((b"content-encoding", b"gzip"))
    headers.append((b"content-length", b"%d" % len(body)))
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": body})
