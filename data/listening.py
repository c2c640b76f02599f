"""The sockets on which this process answers."""

from __future__ import annotations

import gc
import socket
from collections.abc import Callable
from typing import Any

from uvicorn.middleware.proxy_headers import ProxyHeadersMiddleware
from websockets.extensions.permessage_deflate import PerMessageDeflate
from websockets.frames import Frame, Opcode

_LEAST_BYTES = 150
"""Of a message that is compressed: a shorter one is hardly shorter then."""
_compressed = PerMessageDeflate.encode


def answer_without_delay() -> int:
    """Let each part of an answer be sent as soon as it is there; return the number of sockets.

    The system else holds the body of an answer back until the browser has acknowledged its head,
    which browsers put off for 40 ms: at a hundred requests to a page that is what a page waits for.
    Connections take this over from the socket that listens. asyncio sees to it by itself, but only
    where the socket names its protocol, and the one that Streamlit binds names none.
    """
    found = [one for one in gc.get_objects() if issubclass(type(one), socket.socket)]
    over_tcp = [one for one in found if one.fileno() >= 0 and _is_tcp(one)]
    for one in over_tcp:
        one.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return len(over_tcp)


def compress_unless(crowded: Callable[[], bool]) -> None:
    """Let long messages over websockets be compressed, unless a crowd waits for its pages.

    Compressing takes the one thread that sends: while several others draw pages it falls behind
    them, and everybody's first words come late. Each message says whether it is compressed
    (RFC 7692, 6), so that one connection may have both.
    """

    def encode(self: PerMessageDeflate, frame: Frame) -> Frame:
        # A message in parts is of one kind: its first part has said which.
        is_whole = frame.fin and frame.opcode is not Opcode.CONT
        if is_whole and (len(frame.data) < _LEAST_BYTES or crowded()):
            return frame
        return _compressed(self, frame)

    PerMessageDeflate.encode = encode  # type: ignore[method-assign]


def name_who_connects() -> None:
    """Let each request name the address that is connected, whatever its headers say.

    The server else takes a header of whoever connects from this machine at its word, and a
    request that a proxy passed on would seem to have come by itself.
    """

    async def pass_on(self: ProxyHeadersMiddleware, scope: Any, receive: Any, send: Any) -> None:
        await self.app(scope, receive, send)

    ProxyHeadersMiddleware.__call__ = pass_on  # type: ignore[method-assign]


def _is_tcp(one: socket.socket) -> bool:
    return one.family in {socket.AF_INET, socket.AF_INET6} and one.type == socket.SOCK_STREAM
