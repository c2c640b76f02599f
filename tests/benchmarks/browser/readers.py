"""Readers without a browser: they speak the websocket of Streamlit and wait for a whole page."""

from __future__ import annotations

import asyncio
import statistics
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from threading import Event, Thread

from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ClientState_pb2 import ClientState
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from websockets.asyncio.client import connect
from websockets.typing import Origin, Subprotocol

PATIENCE_S = 240.0
_ASKED_S = 0.1


@dataclass(frozen=True)
class Answer:
    """What one reader got.

    Attributes
    ----------
    seconds
        Until the page was whole.
    first_words
        Seconds until something was drawn.
    sent
        Bytes.
    """

    seconds: float
    first_words: float
    sent: int


async def read_page(address: str, page: str, query: str = "", leave: Event | None = None) -> Answer:
    """Open a page as a new session, and wait until its script has ended.

    Parameters
    ----------
    query
        What its address says after the question mark.
    leave
        The session stays until this is set; None for no longer than it takes.
    """
    began, first, sent = time.perf_counter(), 0.0, 0
    stream = address.replace("http", "ws", 1) + "/_stcore/stream"
    state = ClientState(page_name=page, query_string=query)
    asked = BackMsg(rerun_script=state).SerializeToString()
    async with connect(
        stream,
        subprotocols=[Subprotocol("streamlit")],
        origin=Origin(address),
        max_size=None,
        open_timeout=PATIENCE_S,
    ) as line:
        await line.send(asked)
        async for packed in line:
            assert isinstance(packed, bytes)
            message = ForwardMsg.FromString(packed)
            sent += len(packed)
            kind = message.WhichOneof("type")
            if kind == "delta" and not first:
                first = time.perf_counter() - began
            if kind == "script_finished":
                if message.script_finished == ForwardMsg.FINISHED_EARLY_FOR_RERUN:
                    continue
                answer = Answer(time.perf_counter() - began, first, sent)
                while leave is not None and not leave.is_set():
                    await asyncio.sleep(_ASKED_S)
                return answer
    raise RuntimeError(f"{page}: the server closed the line")


def read_at_once(address: str, page: str, readers: int) -> list[Answer]:
    """Return what each of several readers got who asked at the same moment."""

    async def all_of_them() -> list[Answer]:
        asked = (read_page(address, page) for _ in range(readers))
        return list(await asyncio.wait_for(asyncio.gather(*asked), PATIENCE_S))

    return asyncio.run(all_of_them())


@contextmanager
def asking(address: str, page: str, query: str) -> Iterator[None]:
    """Let another session open a page meanwhile and stay; wait at the end until it has it."""
    leave = Event()
    thread = Thread(target=lambda: asyncio.run(read_page(address, page, query, leave)))
    thread.start()
    try:
        yield
    finally:
        leave.set()
        thread.join()


def median_seconds(answers: list[Answer]) -> float:
    """Return the median time to a whole page."""
    return statistics.median(answer.seconds for answer in answers)


@contextmanager
def health(address: str) -> Iterator[list[float]]:
    """Ask again and again whether the server is well; yield how long each answer took."""
    stop, waited = Event(), list[float]()

    def ask() -> None:
        while not stop.wait(_ASKED_S):
            began = time.perf_counter()
            urllib.request.urlopen(f"{address}/_stcore/health", timeout=PATIENCE_S).close()
            waited.append(time.perf_counter() - began)

    thread = Thread(target=ask)
    thread.start()
    try:
        yield waited
    finally:
        stop.set()
        thread.join()
