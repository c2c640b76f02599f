"""Parts of an answer leave the server as soon as they are there."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Iterator

import pytest

import serve
from data.listening import answer_without_delay

BESIDE = {"loaders": ("will_warm", "warm", "warm_no_more"), "beside": ("begin", "end")}
"""What a server starts and ends, which would go on after a test."""


@pytest.fixture
def listening() -> Iterator[socket.socket]:
    """A socket that listens on loopback, bound as Streamlit binds its own."""
    with socket.socket(family=socket.AF_INET) as one:
        one.bind(("127.0.0.1", 0))
        one.listen(1)
        yield one


def delays(listening: socket.socket) -> bool:
    """Return whether what a new connection sends may be held back."""
    with socket.create_connection(listening.getsockname()):
        connection, _ = listening.accept()
        with connection:
            return not connection.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)


def test_connections_send_without_delay_once_it_was_asked(listening: socket.socket) -> None:
    assert delays(listening)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM), socket.socket() as closed:
        closed.close()  # neither is one to ask
        assert answer_without_delay() >= 1
    assert not delays(listening)


def test_the_server_asks_for_it_before_it_answers(
    listening: socket.socket, monkeypatch: pytest.MonkeyPatch
) -> None:
    for module, names in BESIDE.items():
        for name in names:
            monkeypatch.setattr(getattr(serve, module), name, lambda: None)

    async def started() -> bool:
        async with serve._warmed(serve.app):
            return delays(listening)

    assert not asyncio.run(started())
