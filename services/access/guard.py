"""Which requests may be answered: by whom they were sent, and what stands between.

Without sign-in the product is for whoever sits at the computer: only what came straight from
there is answered, and made to its own name. A proxy counts as another computer, since it may be
reached from anywhere; one that says nothing of itself is known by its address.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from services.access.addresses import is_loopback
from services.access.settings import AccessSettings

Headers = Sequence[tuple[str, str]]

_BY_PROXIES = re.compile(
    r"forwarded|via|.*forwarded.*|x-real-.*|.*client-?ip|.*remote-(?:ip|addr)|.*cluster-client.*"
    r"|cf-.*|cdn-.*|x-envoy-.*|x-amz.*|x-azure-.*|x-arr-.*|x-appengine-.*|x-cloud-trace-.*"
    r"|x-google-.*|x-goog-.*|x-vercel-.*|x-nf-.*|x-ms-.*|x-waws-.*|x-akamai-.*|akamai-.*"
    r"|x-edge-.*|x-sucuri-.*|x-scheme|x-original-.*|x-rewrite-url|x-host|x-proxy.*|proxy-.*"
    r"|fly-.*|fastly-.*|x-varnish.*|x-squid.*|x-cache.*|x-zscaler-.*|x-bluecoat-.*|x-traefik-.*"
    r"|x-tailscale-.*|tailscale-.*|ngrok-.*|x-ngrok-.*|x-nginx-.*|x-request-start|x-ssl-.*"
    r"|front-end-https|x-url-scheme|x-coming-from|coming-from|forwarded-.*|max-forwards"
    r"|true-.*|surrogate-.*|x-http-.*"
)
"""Headers that browsers never send and proxies, tunnels and content networks add."""
_WRITING = ("POST", "PUT", "PATCH", "DELETE")
_ALWAYS = "/_stcore/health"
_FOR_THOSE_SIGNED_IN = re.compile(
    r"/media/|/_stcore/(?!health$|host-config$|stream$|bidi-components/)"
)
"""What was made for somebody: pictures, downloads, uploads, what the server says of itself."""


@dataclass(frozen=True)
class Request:
    """A request as it came.

    Attributes
    ----------
    peer
        Address that is connected, never what a header says; None: not known.
    headers
        Names and values; a name may come more than once.
    path
        Below ``server.baseUrlPath``.
    method
        Of HTTP; ``WEBSOCKET`` for a websocket.
    """

    peer: str | None
    headers: Headers
    path: str = "/"
    method: str = "GET"

    def all_of(self, name: str) -> list[str]:
        """Return every value of a header."""
        return [value for key, value in self.headers if key.lower() == name]


@dataclass(frozen=True)
class Access:
    """Whether a request may be answered, and if not, why.

    Attributes
    ----------
    allowed
        True when it may.
    reason
        Key of the catalogue's section ``access``; empty when allowed.
    detail
        The address or header that led to the refusal.
    """

    allowed: bool
    reason: str = ""
    detail: str = ""


ALLOWED = Access(True)


def proxy_header(headers: Headers) -> str | None:
    """Return the first header, in lower case, that tells of a proxy; None without one."""
    names = (name.strip().lower() for name, _ in headers)
    return next((name for name in names if _BY_PROXIES.fullmatch(name)), None)


def check_address(server_address: str | None, settings: AccessSettings) -> Access:
    """Decide whether a server may listen on an address; None means all of them."""
    if settings.sign_in or (server_address is not None and is_loopback(server_address)):
        return ALLOWED
    return Access(False, "address", server_address or "0.0.0.0")


def check_request(request: Request, server_address: str | None, settings: AccessSettings) -> Access:
    """Decide whether a request may be answered at all, whoever sent it.

    Parameters
    ----------
    request
        What came.
    server_address
        The address the server is bound to; None means all of them.
    settings
        Whether people sign in, at which address, and through which proxies.
    """
    if request.path == _ALWAYS and request.method in {"GET", "HEAD"}:
        return ALLOWED
    address = check_address(server_address, settings)
    if not address.allowed:
        return address
    if not request.peer:
        return Access(False, "peer", "?")
    return (
        _fault_of_way(request, settings)
        or _fault_of_host(request, settings)
        or _fault_of_origin(request, settings)
        or ALLOWED
    )


def needs_person(request: Request) -> bool:
    """Return whether a request asks for what only those who are signed in may have."""
    return _FOR_THOSE_SIGNED_IN.match(request.path) is not None


def _fault_of_way(request: Request, settings: AccessSettings) -> Access | None:
    """Return what is wrong with whoever is connected and what stands between."""
    peer = str(request.peer)
    if settings.trusts(peer):
        return None if settings.sign_in else Access(False, "proxy_open", peer)
    if (header := proxy_header(request.headers)) is not None:
        return Access(False, "proxy_unknown" if settings.sign_in else "proxy", header)
    if not settings.sign_in and not is_loopback(peer):
        return Access(False, "peer", peer)
    return None


def _fault_of_host(request: Request, settings: AccessSettings) -> Access | None:
    """Return what is wrong with the name the request was made to."""
    hosts = request.all_of("host")
    if len(hosts) != 1 or not hosts[0].strip():
        return Access(False, "host_missing", ", ".join(hosts))
    host = hosts[0].strip().lower()
    right = _same(host, settings.host) if settings.sign_in else is_loopback(host)
    return None if right else Access(False, "host_other" if settings.sign_in else "host", host)


def _fault_of_origin(request: Request, settings: AccessSettings) -> Access | None:
    """Return what is wrong with the page that the request came from.

    A page of another site, or of another server on this machine, may open websockets and send
    forms to this one: only its own pages may.
    """
    if request.method != "WEBSOCKET" and request.method not in _WRITING:
        return None
    origins = request.all_of("origin")
    if len(origins) != 1:
        return Access(False, "origin", ", ".join(origins) or "?")
    scheme, _, host = origins[0].strip().lower().partition("://")
    if settings.sign_in:
        own = f"{scheme}://{host}" == settings.origin
    else:
        own = scheme in {"http", "https"} and host == request.all_of("host")[0].strip().lower()
    return None if own else Access(False, "origin", origins[0])


def _same(host: str, expected: str) -> bool:
    """Return whether two hosts are one, where the port of the scheme may be left out."""
    return re.sub(r":(?:80|443)$", "", host) == re.sub(r":(?:80|443)$", "", expected)
