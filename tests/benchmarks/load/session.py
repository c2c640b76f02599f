"""A session that walks the pages as a browser does, without one."""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from urllib.parse import urlencode

from streamlit.proto.Alert_pb2 import Alert
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ClientState_pb2 import ClientState
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed
from websockets.typing import Origin, Subprotocol

from tests.benchmarks.browser.readers import PATIENCE_S
from tests.walk import Stop

DAYS = ("2024-02-13", "2023-11-30", "2025-10-29")
_THINK_S = (5.0, 10.0)
_KEPT_RUNS = 2
"""Runs for which a browser keeps a message that need not be sent again."""


@dataclass
class Seen:
    """What sessions saw.

    Attributes
    ----------
    runs
        What was done, seconds to the end, seconds to the first words, bytes.
    faults
        What went wrong, in words.
    """

    runs: list[tuple[str, float, float, int]] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)


class Session:
    """One browser.

    Parameters
    ----------
    every
        What it looks at.
    number
        Makes its order of pages.
    """

    def __init__(self, address: str, every: Sequence[Stop], number: int, seen: Seen) -> None:
        self._address, self._every, self._seen = address, every, seen
        self._random = random.Random(number)
        self._cached: list[set[str]] = []
        self._boxes: dict[str, list[str]] = {}
        self._again: tuple[str, float] | None = None
        self._stop, self._day = every[0], DAYS[0]

    async def walk(self, ends: float, stay: asyncio.Event) -> None:
        """Look at pages until a moment, and stay until told to go."""
        try:
            await asyncio.sleep(self._random.uniform(0, _THINK_S[1]))  # nobody comes in step
            async with self._line() as line:
                self._stop = self._random.choice(self._every)
                await self._look(line, "first")
                while time.monotonic() < ends:
                    await self._think(line, self._random.uniform(*_THINK_S))
                    await self._do(line)
                await stay.wait()
        except (ConnectionClosed, OSError, TimeoutError) as error:
            self._seen.faults.append(f"{type(error).__name__}: {error} at {self._stop}")

    async def each(self) -> None:
        """Look at each page once, on days in turn."""
        async with self._line() as line:
            for n, stop in enumerate(self._every):
                self._stop, self._day = stop, DAYS[n % len(DAYS)]
                await self._look(line, "first")
                await self._think(line, 0.1)

    def _line(self) -> connect:
        return connect(
            self._address.replace("http", "ws", 1) + "/_stcore/stream",
            subprotocols=[Subprotocol("streamlit")],
            origin=Origin(self._address),
            max_size=None,
            open_timeout=PATIENCE_S,
            ping_interval=None,
        )

    async def _do(self, line: ClientConnection) -> None:
        what = self._random.choices(("page", "day", "box"), (4, 3, 3))[0]
        if what == "box" and self._boxes:
            name = self._random.choice(sorted(self._boxes))
            state = ClientState()
            chosen = state.widget_states.widgets.add(id=name)
            chosen.string_value = self._random.choice(self._boxes[name])
            await self._look(line, "box", state)
            return
        if what == "page":
            self._stop = self._random.choice(self._every)
        self._day = self._random.choice(DAYS)
        await self._look(line, "page" if what == "page" else "day")

    async def _look(
        self, line: ClientConnection, kind: str, state: ClientState | None = None
    ) -> None:
        """Ask for a page as it is to be, and wait until it is whole."""
        state = state or ClientState()
        part = {self._stop.name: self._stop.part} if self._stop.part else {}
        state.page_name = self._stop.page
        state.query_string = urlencode({"tanggal": self._day, **part})
        state.is_history_navigation = kind in {"page", "day"}
        state.cached_message_hashes.extend(set().union(*self._cached))
        self._boxes, self._again = {}, None
        self._cached = [*self._cached[1 - _KEPT_RUNS :], set()]
        began = time.perf_counter()
        await line.send(BackMsg(rerun_script=state).SerializeToString())
        first, size, wanted = 0.0, 0, True
        while wanted:
            packed = await asyncio.wait_for(line.recv(decode=False), PATIENCE_S)
            size += len(packed)
            said = ForwardMsg.FromString(packed)
            self._hear(said)
            what = said.WhichOneof("type")
            if what in {"delta", "ref_hash"} and not first:
                first = time.perf_counter() - began
            wanted = not (
                what == "script_finished"
                and said.script_finished
                in {ForwardMsg.FINISHED_SUCCESSFULLY, ForwardMsg.FINISHED_WITH_COMPILE_ERROR}
            )
        self._seen.runs.append((kind, time.perf_counter() - began, first, size))

    async def _think(self, line: ClientConnection, seconds: float) -> None:
        """Hear what comes by itself, and let parts refresh that want to."""
        ends = time.monotonic() + seconds
        asks = time.monotonic()
        while (left := ends - time.monotonic()) > 0:
            if self._again and time.monotonic() >= asks:
                fragment, every = self._again
                asks = time.monotonic() + max(every, 0.5)
                state = ClientState(fragment_id=fragment, is_auto_rerun=True)
                state.page_name = self._stop.page
                await line.send(BackMsg(rerun_script=state).SerializeToString())
            wait = min(left, max(asks - time.monotonic(), 0.05) if self._again else left)
            try:
                packed = await asyncio.wait_for(line.recv(decode=False), wait)
            except TimeoutError:
                continue
            self._hear(ForwardMsg.FromString(packed))

    def _hear(self, said: ForwardMsg) -> None:
        """Take note of what goes wrong, what can be chosen and what wants to be asked again."""
        what = said.WhichOneof("type")
        if what == "ref_hash":
            self._cached[-1].add(said.ref_hash)
        elif said.metadata.cacheable:
            self._cached[-1].add(said.hash)
        if what == "auto_rerun":
            self._again = (said.auto_rerun.fragment_id, said.auto_rerun.interval)
        elif what == "stop_auto_rerun":
            self._again = None
        elif what == "delta":
            self._drawn(said)
        elif what == "page_not_found" or (
            what == "script_finished"
            and said.script_finished == ForwardMsg.FINISHED_WITH_COMPILE_ERROR
        ):
            self._seen.faults.append(f"{what} at {self._stop}")

    def _drawn(self, said: ForwardMsg) -> None:
        element = said.delta.new_element
        kind = element.WhichOneof("type")
        if kind == "exception":
            words = f"{element.exception.type}: {element.exception.message}"
            self._seen.faults.append(f"{words} at {self._stop}")
        elif kind == "alert" and element.alert.format == Alert.ERROR:
            self._seen.faults.append(f"{element.alert.body} at {self._stop}")
        elif kind == "selectbox" and len(element.selectbox.options) > 1:
            self._boxes[element.selectbox.id] = list(element.selectbox.options)


async def one_of_each(address: str, every: Sequence[Stop], seen: Seen) -> None:
    """Look at every page and part once, as one session."""
    await Session(address, every, -1, seen).each()
