"""What a server starts: a frame at once, and while the browser fetches it, all that pages need."""

from __future__ import annotations

import platform
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from threading import Thread
from typing import Any

import streamlit as st
from starlette.middleware import Middleware

from data.listening import answer_without_delay, compress_unless, name_who_connects
from data.logs import tell
from pages.components import loaders
from pages.components.access.door import Door
from pages.components.access.person import settings
from pages.components.access.start import refuse_to_start
from pages.components.assets import Assets
from pages.components.server.headers import Headers
from pages.components.server.logs import begin_logs
from pages.components.server.operator import Operator
from pages.components.skeleton import Skeleton
from pages.components.worker import beside


@asynccontextmanager
async def _warmed(_app: st.App) -> AsyncIterator[dict[str, Any]]:
    """Listen at once, and read the tables beside; who comes first waits for that, not twice."""
    begin_logs()
    tell("started", python=platform.python_version(), streamlit=st.__version__)
    answer_without_delay()
    compress_unless(loaders.crowded)
    loaders.will_warm()
    Thread(target=loaders.warm, daemon=True).start()
    beside.begin()
    try:
        yield {}
    finally:
        loaders.warm_no_more()
        beside.end()
        tell("stopped")


refuse_to_start()
name_who_connects()
app = st.App(
    "app.py",
    lifespan=_warmed,
    middleware=[
        Middleware(Headers, encrypted=settings().origin.startswith("https://")),
        *(Middleware(part) for part in (Operator, Door, Assets, Skeleton)),
    ],
)
