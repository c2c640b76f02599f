"""The door of the server: every request passes it before anything else answers.

Streamlit's own front stands behind it, so that pages, files, pictures, downloads, uploads and
websockets are all held to the same rules.
"""

from __future__ import annotations

import asyncio
import json
import re
import secrets
from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qs

import streamlit as st
from google.protobuf.message import DecodeError
from starlette.requests import cookie_parser
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from streamlit.auth_util import get_cookie_with_chunks
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.web.server.server_util import get_cookie_secret
from streamlit.web.server.starlette.starlette_app_utils import decode_signed_value
from streamlit.web.server.starlette.starlette_server_config import USER_COOKIE_NAME

from data.errors import StoreError
from data.store.ledger.acts import Actor
from data.texts import LANGUAGES
from pages.components.access import person
from services.access.guard import Access, Request, check_request, needs_person
from services.texts import DEFAULT_LANGUAGE, text

_PASSED = "x-siaga-door"
_TOKEN = secrets.token_hex()
"""Known to this process only, so that nothing else can say that a request came through."""
_POLICY = 1008
WAYS = ("sign_in", "sign_out")
"""Keys of the buttons that are heard while nobody is admitted."""
_PRESSED = tuple(f"-{key}" for key in WAYS)
"""How the names of these buttons end in what a browser says."""
_TO_PROVIDER = "/auth/login"


class Door:
    """Refuses, in words, what may not come in.

    Parameters
    ----------
    app
        The server without it, as of ASGI.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer or refuse a request."""
        if scope["type"] not in {"http", "websocket"}:
            await self._app(scope, receive, send)
            return
        settings = person.settings()
        request = _request(scope)
        access = check_request(request, st.get_option("server.address"), settings)
        if access.allowed and settings.sign_in and needs_person(request):
            claims = claims_of(request)
            access = access if await _admits(claims) else Access(False, "sign_in")
        if not access.allowed:
            await _refuse(scope, send, access)
            return
        scope = {**scope, "headers": _marked(scope)}
        if request.path == _TO_PROVIDER:
            send = _worded(scope, send)
        if scope["type"] == "websocket" and settings.sign_in:
            await self._with_person(scope, receive, send, claims_of(request))
            return
        await self._app(scope, receive, send)

    async def _with_person(
        self, scope: Scope, receive: Receive, send: Send, claims: Mapping[str, Any] | None
    ) -> None:
        """Connect somebody, and let the whole page run for whoever is not, or no longer, admitted.

        Pages ask who somebody is, but a click runs its function before the page, and a part that
        refreshes runs without it. So nothing else is heard from who is not admitted.
        """

        async def heard() -> Message:
            while True:
                message = await receive()
                if message["type"] != "websocket.receive" or await _admits(claims):
                    return message
                if (packed := _way_in_only(message.get("bytes") or b"")) is not None:
                    return {"type": "websocket.receive", "bytes": packed}

        await self._app(scope, heard, send)


def passed() -> bool:
    """Return whether the session of the current run came through the door."""
    return bool(st.context.headers.get(_PASSED) == _TOKEN)


def claims_of(request: Request) -> dict[str, Any] | None:
    """Return what the provider said of whoever a cookie is of; None without a valid one."""
    cookies = {
        k: v for header in request.all_of("cookie") for k, v in cookie_parser(header).items()
    }
    secret = get_cookie_secret()

    def signed(name: str) -> bytes | None:
        if name not in cookies:
            return None
        return decode_signed_value(secret, name, cookies[name].encode("latin-1"))

    try:
        said = json.loads(get_cookie_with_chunks(signed, USER_COOKIE_NAME) or b"null")
    except (UnicodeError, ValueError):
        return None
    if not isinstance(said, dict) or said.get("origin") != person.settings().origin:
        return None
    return said if said.get("is_logged_in") is True else None


async def _admits(claims: Mapping[str, Any] | None) -> bool:
    """Return whether somebody may see the product; nobody while that cannot be found out."""
    if claims is None:
        return False
    try:
        found = await asyncio.to_thread(person.people().of, claims)
    except StoreError:
        return False
    return isinstance(found, Actor)


def _request(scope: Scope) -> Request:
    base = st.get_option("server.baseUrlPath").strip("/")
    path = str(scope.get("path", ""))
    client = scope.get("client")
    return Request(
        peer=str(client[0]) if client else None,
        headers=[(k.decode("latin-1"), v.decode("latin-1")) for k, v in scope["headers"]],
        path=path.removeprefix(f"/{base}") if base else path,
        method=str(scope.get("method", "WEBSOCKET")),
    )


def _marked(scope: Scope) -> list[tuple[bytes, bytes]]:
    """Return the headers with the mark of the door, by which pages know that all was looked at."""
    kept = [pair for pair in scope["headers"] if pair[0].lower() != _PASSED.encode()]
    return [*kept, (_PASSED.encode(), _TOKEN.encode())]


def _way_in_only(packed: bytes) -> bytes | None:
    """Return what is let through of what a browser says while nobody is admitted.

    That is to run the page, and a press on a way in or out; nothing of what stood there before.
    """
    try:
        asked = BackMsg.FromString(packed)
    except DecodeError:
        return None
    if asked.WhichOneof("type") == "app_heartbeat":
        return packed
    if asked.WhichOneof("type") != "rerun_script":
        return None
    state = asked.rerun_script
    state.ClearField("fragment_id")
    kept = [one for one in state.widget_states.widgets if one.id.endswith(_PRESSED)]
    del state.widget_states.widgets[:]
    state.widget_states.widgets.extend(kept)
    let_through: bytes = BackMsg(rerun_script=state).SerializeToString()
    return let_through


def _lang(scope: Scope) -> str:
    asked = parse_qs(scope.get("query_string", b"").decode("latin-1")).get("lang", [""])[0]
    return asked if asked in LANGUAGES else DEFAULT_LANGUAGE


async def _refuse(scope: Scope, send: Send, access: Access) -> None:
    """Refuse a request in words; a websocket is refused without, browsers show none."""
    if scope["type"] == "websocket":
        await send({"type": "websocket.close", "code": _POLICY})
        return
    detail = re.sub(r"[^ -~]", "?", access.detail)[:100]
    lang = _lang(scope)
    ask = person.settings().contact or text("access.admin", lang)
    words = text(f"access.{access.reason}", lang, detail=detail, ask=ask)
    await _say(send, 401 if access.reason == "sign_in" else 403, words)


async def _say(send: Send, status: int, words: str) -> None:
    body = words.encode()
    headers = [
        (b"content-type", b"text/plain; charset=utf-8"),
        (b"content-length", b"%d" % len(body)),
        (b"cache-control", b"no-store"),
        (b"x-content-type-options", b"nosniff"),
    ]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})


def _worded(scope: Scope, send: Send) -> Send:
    """Return what sends an answer, and words instead of a failure to reach the provider."""
    failed = False

    async def sent(message: Message) -> None:
        nonlocal failed
        if message["type"] == "http.response.start" and message["status"] >= 400:
            failed = True
            await _say(send, 502, text("access.provider", _lang(scope)))
        elif not failed:
            await send(message)

    return sent
