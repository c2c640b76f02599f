"""What every answer tells the browser to refuse on behalf of its reader.

Set here and not by a proxy, so that it holds on one computer too, and in every test of a page.
"""

from __future__ import annotations

from collections.abc import Mapping

from starlette.types import ASGIApp, Message, Receive, Scope, Send

_OWN = "'self'"
_POLICY = {
    "default-src": _OWN,
    # Pages and the player of slides write scripts into the document; components of Streamlit are
    # modules that it hands to the browser as blobs.
    "script-src": f"{_OWN} 'unsafe-inline' blob:",
    "script-src-attr": "'none'",
    "style-src": f"{_OWN} 'unsafe-inline'",
    "img-src": f"{_OWN} data: blob:",
    "font-src": f"{_OWN} data:",
    "media-src": f"{_OWN} data: blob:",
    "connect-src": _OWN,
    "worker-src": f"{_OWN} blob:",
    "frame-src": _OWN,
    "object-src": "'none'",
    "base-uri": _OWN,
    "form-action": _OWN,
    "frame-ancestors": _OWN,
}
"""Where each kind of content may come from: this server, and what a page makes by itself."""
_OF_THE_MAP = {**_POLICY, "script-src": f"{_OWN} 'unsafe-inline' 'unsafe-eval'"}
"""streamlit-folium builds each map by evaluating it, in a document of its own and there alone."""


def _written(policy: Mapping[str, str]) -> str:
    return "; ".join(f"{kind} {sources}" for kind, sources in policy.items())


HEADERS = {
    "content-security-policy": _written(_POLICY),
    "referrer-policy": "same-origin",
    "x-content-type-options": "nosniff",
    "x-frame-options": "SAMEORIGIN",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "permissions-policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
}
_MAP_POLICY = _written(_OF_THE_MAP)
_OURS = {name.encode() for name in HEADERS}


class Headers:
    """Puts `HEADERS` on every answer, in place of any of these that it has.

    Parameters
    ----------
    app
        The server without it, as of ASGI.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request."""
        told = HEADERS
        if "/component/streamlit_folium." in str(scope.get("path", "")):
            told = {**HEADERS, "content-security-policy": _MAP_POLICY}
        ours = [(name.encode(), value.encode()) for name, value in told.items()]

        async def sent(message: Message) -> None:
            if message["type"] == "http.response.start":
                kept = [pair for pair in message["headers"] if pair[0].lower() not in _OURS]
                message = {**message, "headers": [*kept, *ours]}
            await send(message)

        await self._app(scope, receive, sent if scope["type"] == "http" else send)
