"""Two addresses for whoever runs the server: whether it is ready, and what it counts.

``/ready`` and ``/metrics`` answer this computer alone, unless ``SIAGA_METRICS_FROM`` names networks
with commas between; what a proxy passed on is never answered. Others are told that there is no such
page.
"""

from __future__ import annotations

import asyncio
import json
import os
from contextlib import nullcontext
from dataclasses import asdict
from ipaddress import ip_network

import streamlit as st
from prometheus_client import CONTENT_TYPE_LATEST
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from geo.errors import ParameterError
from pages.components import loaders
from pages.components.skeleton import own_path
from services.access.addresses import Network, is_loopback, lies_in
from services.access.guard import proxy_header
from services.server import counters
from services.server.state import state_now

_READY, _METRICS, _OF_STREAMLIT = "/ready", "/metrics", "/_stcore/metrics"
_KINDS = {
    "/_stcore/upload_file": "upload",
    "/_stcore/": "server",
    "/media/": "download",
    "/static/": "file",
    "/component/": "file",
    "/app/static/": "file",
}


def networks_asked() -> tuple[Network, ...]:
    """Return the networks from which the server may be asked, besides this computer.

    Raises
    ------
    ParameterError
        When ``SIAGA_METRICS_FROM`` names what is no network.
    """
    given = os.environ.get("SIAGA_METRICS_FROM", "")
    try:
        return tuple(ip_network(one.strip()) for one in given.split(",") if one.strip())
    except ValueError as err:
        raise ParameterError("SIAGA_METRICS_FROM", given, "10.0.0.0/8, …") from err


class Operator:
    """Answers whoever runs the server, and counts what everybody else is answered.

    Parameters
    ----------
    app
        The server without it, as of ASGI.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app
        self._networks = networks_asked()
        counters.PAGES_DRAWN.set_function(loaders.at_work)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request."""
        base = st.get_option("server.baseUrlPath").strip("/")
        path = own_path(str(scope.get("path", "")), base)
        if scope["type"] == "http" and path in {_READY, _METRICS, _OF_STREAMLIT}:
            if not self._may_ask(scope):
                await _say(send, 404, "text/plain", b"")
            elif path == _OF_STREAMLIT:
                await self._app(scope, receive, send)
            else:
                await _say(send, *await asyncio.to_thread(_told, path))
            return
        if scope["type"] == "http":
            send = _counted(path, send)
        socket = scope["type"] == "websocket"
        with counters.SESSIONS.track_inprogress() if socket else nullcontext():
            await self._app(scope, receive, send)

    def _may_ask(self, scope: Scope) -> bool:
        named = [
            (name.decode("latin-1"), value.decode("latin-1")) for name, value in scope["headers"]
        ]
        if proxy_header(named) is not None:
            return False
        peer = str((scope.get("client") or ("",))[0])
        if is_loopback(peer):
            # A page whose name was made to lead here would ask by that name.
            return is_loopback(dict(scope["headers"]).get(b"host", b"").decode("latin-1"))
        return lies_in(peer, self._networks)


def _told(path: str) -> tuple[int, str, bytes]:
    state = state_now()
    if path == _METRICS:
        return 200, CONTENT_TYPE_LATEST, counters.exposition(state)
    told = {"ready": state.ready, **asdict(state), "writes": sum(state.writes.values())}
    body = json.dumps(told, default=lambda moment: moment.isoformat())
    return (200 if state.ready else 503), "application/json", body.encode()


async def _say(send: Send, status: int, kind: str, body: bytes) -> None:
    headers = [
        (b"content-type", kind.encode()),
        (b"content-length", b"%d" % len(body)),
        (b"cache-control", b"no-store"),
    ]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})


def _counted(path: str, send: Send) -> Send:
    kind = next((kind for part, kind in _KINDS.items() if part in path), "page")

    async def sent(message: Message) -> None:
        if message["type"] == "http.response.start":
            counters.REQUESTS.labels(kind, f"{message['status'] // 100}xx").inc()
        await send(message)

    return sent
