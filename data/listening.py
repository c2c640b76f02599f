"""The sockets on which this process answers."""

from __future__ import annotations

import gc
import socket


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


def _is_tcp(one: socket.socket) -> bool:
    return one.family in {socket.AF_INET, socket.AF_INET6} and one.type == socket.SOCK_STREAM
