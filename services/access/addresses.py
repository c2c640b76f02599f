"""Addresses of machines: which are this one's own, and which lie in a network."""

from __future__ import annotations

import re
from functools import lru_cache
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address

Network = IPv4Network | IPv6Network
_HOST_AND_PORT = re.compile(r"(?:\[(?P<v6>[0-9a-f:.]+)\]|(?P<name>[^:\[\]]+))(?::[0-9]*)?")


def is_loopback(host: str) -> bool:
    """Return whether a host name or address, with or without a port, is this machine's own."""
    text = host.strip().lower()
    # What follows a port or a bracket makes the whole another name, however it begins.
    parts = _HOST_AND_PORT.fullmatch(text)
    name = (parts["v6"] or parts["name"]) if parts else text
    address = _address(name)
    return name == "localhost" if address is None else address.is_loopback


@lru_cache(maxsize=1024)
def lies_in(address: str, networks: tuple[Network, ...]) -> bool:
    """Return whether an address lies in one of some networks; what is no address does not."""
    found = _address(address.partition("%")[0])
    return found is not None and any(found in network for network in networks)


def _address(text: str) -> IPv4Address | IPv6Address | None:
    try:
        found = ip_address(text)
    except ValueError:
        return None
    # A socket for both kinds of addresses names 127.0.0.1 as ::ffff:127.0.0.1.
    mapped = getattr(found, "ipv4_mapped", None)
    return mapped if isinstance(mapped, IPv4Address) else found
