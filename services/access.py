"""Who may see the product: on loopback one user; anywhere else nobody without sign-in."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from ipaddress import ip_address

_PROXY_HEADERS = ("forwarded", "x-forwarded-for", "x-forwarded-host", "x-real-ip", "via")
_HOST_AND_PORT = re.compile(r"(?:\[(?P<v6>[0-9a-f:.]+)\]|(?P<name>[^:\[\]]+))(?::[0-9]*)?")


@dataclass(frozen=True)
class Access:
    """Whether a request may be answered, and if not, why.

    Attributes
    ----------
    allowed
        True when the page may be drawn.
    reason
        Key of the catalogue's section ``access``; empty when allowed.
    detail
        The address or header that led to the refusal.
    """

    allowed: bool
    reason: str = ""
    detail: str = ""


def is_loopback(host: str) -> bool:
    """Return whether a host name or address, with or without a port, is this machine's own."""
    text = host.strip().lower()
    # What follows a port or a bracket makes the whole another name, however it begins.
    parts = _HOST_AND_PORT.fullmatch(text)
    name = (parts["v6"] or parts["name"]) if parts else text
    if name == "localhost":
        return True
    try:
        return ip_address(name).is_loopback
    except ValueError:
        return False


def check_access(
    server_address: str | None,
    headers: Mapping[str, str],
    *,
    sign_in_configured: bool,
    signed_in: bool,
) -> Access:
    """Decide whether a request may be answered.

    Parameters
    ----------
    server_address
        The address the server is bound to; None means all of them.
    headers
        Headers of the request. A proxy in front counts as another address, because it may be
        reached from anywhere.
    sign_in_configured, signed_in
        Whether sign-in is set up, and whether this user has passed it.
    """
    if sign_in_configured:
        return Access(True) if signed_in else Access(False, "sign_in")
    if server_address is None or not is_loopback(server_address):
        return Access(False, "address", server_address or "0.0.0.0")
    lowered = {key.lower(): value for key, value in headers.items()}
    for header in _PROXY_HEADERS:
        if header in lowered:
            return Access(False, "proxy", header)
    host = lowered.get("host", "localhost")
    if not is_loopback(host):
        return Access(False, "host", host)
    return Access(True)
