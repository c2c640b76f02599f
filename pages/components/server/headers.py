"""What every answer tells the browser to refuse on behalf of its reader.

Set here and not by a proxy, so that it holds on one computer too, and in every test of a page.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from starlette.types import ASGIApp, Message, Receive, Scope, Send

_OWN, _INLINE, _NONE = "'self'", "'unsafe-inline'", "'none'"
_POLICY: dict[str, tuple[str, ...]] = {
    "default-src": (_OWN,),
    # Pages and the player of slides write scripts into the document; components of Streamlit are
    # modules that it hands to the browser as blobs.
    "script-src": (_OWN, _INLINE, "blob:"),
    "script-src-attr": (_NONE,),
    "style-src": (_OWN, _INLINE),
    "img-src": (_OWN, "data:", "blob:"),
    "font-src": (_OWN, "data:"),
    "media-src": (_OWN, "data:", "blob:"),
    "connect-src": (_OWN,),
    "worker-src": (_OWN, "blob:"),
    "frame-src": (_OWN,),
    "object-src": (_NONE,),
    "base-uri": (_OWN,),
    "form-action": (_OWN,),
    "frame-ancestors": (_OWN,),
}
"""Where each kind of content may come from: this server, and what a page makes by itself."""
_OF_THE_MAP = {**_POLICY, "script-src": (_OWN, _INLINE, "'unsafe-eval'")}
"""streamlit-folium builds each map by evaluating it, in a document of its own and there alone."""


def _written(policy: Mapping[str, Sequence[str]]) -> str:
    return "; ".join(" ".join((kind, *sources)) for kind, sources in policy.items())


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


def _over_tls_alone(pair: tuple[bytes, bytes]) -> tuple[bytes, bytes]:
    """Return a header; one that sets a cookie with the mark that it needs TLS."""
    name, value = pair
    marks = [part.strip().lower() for part in value.split(b";")]
    if name.lower() != b"set-cookie" or b"secure" in marks[1:]:
        return pair
    return name, value + b"; Secure"


class Headers:
    """Puts `HEADERS` on every answer, in place of any of these that it has.

    Parameters
    ----------
    app
        The server without it, as of ASGI.
    encrypted
        Whether browsers come over TLS. Cookies are kept from any other way then, which Streamlit
        leaves out, so that who is signed in cannot be read on a network.
    """

    def __init__(self, app: ASGIApp, encrypted: bool = False) -> None:
        self._app = app
        self._encrypted = encrypted

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request."""
        told = HEADERS
        if "/component/streamlit_folium." in str(scope.get("path", "")):
            told = {**HEADERS, "content-security-policy": _MAP_POLICY}
        ours = [(name.encode(), value.encode()) for name, value in told.items()]

        async def sent(message: Message) -> None:
            if message["type"] == "http.response.start":
                kept = [pair for pair in message["headers"] if pair[0].lower() not in _OURS]
                if self._encrypted:
                    kept = [_over_tls_alone(pair) for pair in kept]
                message = {**message, "headers": [*kept, *ours]}
            await send(message)

        await self._app(scope, receive, sent if scope["type"] == "http" else send)
