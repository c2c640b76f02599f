"""Parts of an answer leave the server as soon as they are there."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Iterator

import pytest
from websockets.extensions.permessage_deflate import PerMessageDeflate
from websockets.frames import Frame, Opcode

import serve
from data.listening import answer_without_delay, compress_unless

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


@pytest.fixture
def ends(monkeypatch: pytest.MonkeyPatch) -> tuple[PerMessageDeflate, PerMessageDeflate]:
    """The two ends of a connection that may be compressed; what is changed is changed back."""
    monkeypatch.setattr(PerMessageDeflate, "encode", PerMessageDeflate.encode)
    return PerMessageDeflate(False, False, 12, 12), PerMessageDeflate(False, False, 12, 12)


def test_long_messages_are_compressed_and_none_while_a_crowd_waits(
    ends: tuple[PerMessageDeflate, PerMessageDeflate],
) -> None:
    server, browser = ends
    crowd = {"waits": False}
    compress_unless(lambda: crowd["waits"])
    sent = []
    for crowd["waits"], words in ((False, b"a" * 20), (False, b"b" * 900), (True, b"c" * 900),
                         (False, b"b" * 900), (False, b"")):  # fmt: skip
        frame = server.encode(Frame(Opcode.BINARY, words))
        assert bytes(browser.decode(frame).data) == words
        sent.append((frame.rsv1, len(frame.data)))
    assert [packed for packed, _ in sent] == [False, True, False, True, False]
    assert sent[1][1] < 30
    assert sent[2][1] == 900


def test_a_message_in_parts_stays_compressed_whoever_comes_meanwhile(
    ends: tuple[PerMessageDeflate, PerMessageDeflate],
) -> None:
    server, browser = ends
    crowd = True
    compress_unless(lambda: crowd)
    parts = (Frame(Opcode.BINARY, b"d" * 900, fin=False), Frame(Opcode.CONT, b"e", fin=True))
    packed = [server.encode(part) for part in parts]
    assert packed[0].rsv1
    assert b"".join(bytes(browser.decode(one).data) for one in packed) == b"d" * 900 + b"e"


def test_asked_again_it_compresses_once(ends: tuple[PerMessageDeflate, PerMessageDeflate]) -> None:
    server, browser = ends
    for _ in range(3):
        compress_unless(lambda: False)
    frame = server.encode(Frame(Opcode.TEXT, b"f" * 500))
    assert bytes(browser.decode(frame).data) == b"f" * 500
