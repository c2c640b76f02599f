"""What is set about sign-in, read once and checked as a whole."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from importlib.util import find_spec
from ipaddress import ip_network
from typing import Any
from urllib.parse import SplitResult, urlsplit

from services.access.addresses import Network, is_loopback, lies_in
from services.texts import DEFAULT_LANGUAGE, text

REQUIRED = ("redirect_uri", "cookie_secret", "client_id", "client_secret", "server_metadata_url")
"""Keys of ``[auth]`` without which nobody can sign in."""
CALLBACK = "/oauth2callback"
SECRET_LEAST = 32
"""Letters of a secret that nobody guesses."""
HOURS_USUAL, HOURS_MOST = 12, 720
"""How long a sign-in holds; the cookie itself ends after 720 hours."""
_KEYS = (
    "identity_claim", "role_claim", "office_claim", "areas_claim", "contact", "hours",
    "people_key", "trusted_proxy",
)  # fmt: skip
_LIBRARIES = {"authlib": "Authlib", "httpx": "httpx"}


@dataclass(frozen=True)
class Fault:
    """Something wrong in the settings.

    Attributes
    ----------
    key
        Key of the catalogue's section ``access_setting``.
    name
        The setting.
    value
        What it is now; never a secret.
    """

    key: str
    name: str
    value: str = ""

    def words(self, lang: str = DEFAULT_LANGUAGE) -> str:
        """Return it in words."""
        return text(f"access_setting.{self.key}", lang, name=self.name, value=self.value)


@dataclass(frozen=True)
class AccessSettings:
    """How people sign in, and through which proxies they come.

    Attributes
    ----------
    sign_in
        Whether people sign in; false: whoever sits at the computer is the only user.
    origin
        Scheme, host and port at which browsers reach the product, from ``redirect_uri``.
    trusted
        Networks of the declared proxies.
    identity_claim
        Claim of the provider that tells people apart, ``email`` unless set.
    role_claim, office_claim, areas_claim
        Claims that say the role, office and areas of those who have no account; empty: none do.
    contact
        Whom to ask for an account: an office.
    hours
        How long a sign-in holds.
    people_key
        Key of the hashes of people, where it is set; else it is made and kept in a file.
    faults
        Everything that is wrong; nobody is let in while there is any.
    """

    sign_in: bool = False
    origin: str = ""
    trusted: tuple[Network, ...] = ()
    identity_claim: str = "email"
    role_claim: str = ""
    office_claim: str = ""
    areas_claim: str = ""
    contact: str = ""
    hours: int = HOURS_USUAL
    people_key: str = field(default="", repr=False)
    faults: tuple[Fault, ...] = ()

    @property
    def host(self) -> str:
        """Host and port at which browsers reach the product."""
        return self.origin.partition("://")[2]

    def trusts(self, peer: str) -> bool:
        """Return whether an address is that of a declared proxy."""
        return lies_in(peer, self.trusted)


def read_settings(secrets: Mapping[str, Any]) -> AccessSettings:
    """Return what ``[auth]`` and ``[access]`` of the secrets say, with everything wrong in them.

    Parameters
    ----------
    secrets
        The sections by name, as TOML gives them; ``auth`` is there where people sign in.
    """
    auth, given = secrets.get("auth"), secrets.get("access") or {}
    faults: list[Fault] = []
    if not isinstance(given, Mapping):
        faults, given = [Fault("not_a_table", "[access]")], {}
    faults += [Fault("unknown", key) for key in given if key not in _KEYS]
    origin = "" if auth is None else _check_auth(auth, faults)
    trusted = _networks(given.get("trusted_proxy", ""), faults)
    if trusted and auth is None:
        faults.append(Fault("proxy_without_sign_in", "trusted_proxy"))
    words = {
        key: str(given[key]).strip()
        for key in ("identity_claim", "role_claim", "office_claim", "areas_claim", "contact")
        if given.get(key)
    }
    if "role_claim" in words and "office_claim" not in words:
        faults.append(Fault("office_claim", "office_claim"))
    key = str(given.get("people_key", ""))
    if key and len(key) < SECRET_LEAST:
        faults.append(Fault("short", "[access] people_key", str(len(key))))
    return AccessSettings(
        sign_in=auth is not None,
        origin=origin,
        trusted=trusted,
        hours=_hours(given.get("hours", HOURS_USUAL), faults),
        people_key=key,
        faults=tuple(faults),
        **words,
    )


def _check_auth(auth: object, faults: list[Fault]) -> str:
    """Return the origin that ``[auth]`` names, and note what is wrong with the section."""
    if not isinstance(auth, Mapping):
        faults.append(Fault("not_a_table", "[auth]"))
        return ""
    said = {key: str(auth.get(key) or "").strip() for key in REQUIRED}
    faults += [Fault("missing", key) for key in REQUIRED if not said[key]]
    faults += [Fault("library", name) for module, name in _LIBRARIES.items() if not _there(module)]
    secret = said["cookie_secret"]
    if secret and len(secret) < SECRET_LEAST:
        faults.append(Fault("short", "[auth] cookie_secret", str(len(secret))))
    if address := said["server_metadata_url"]:
        _check_url("server_metadata_url", address, faults)
    if not (address := said["redirect_uri"]):
        return ""
    parts = _check_url("redirect_uri", address, faults)
    if not parts.path.endswith(CALLBACK) or parts.query or parts.fragment:
        faults.append(Fault("callback", "redirect_uri", address))
    return f"{parts.scheme}://{parts.netloc}".lower()


def _check_url(name: str, address: str, faults: list[Fault]) -> SplitResult:
    """Return the parts of an address, which nobody on the way may read or change."""
    try:
        parts = urlsplit(address)
    except ValueError:
        parts = urlsplit("")
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        faults.append(Fault("no_address", name, address))
    elif parts.scheme == "http" and not is_loopback(parts.hostname):
        faults.append(Fault("not_encrypted", name, address))
    return parts


def _there(module: str) -> bool:
    return find_spec(module) is not None


def _networks(given: object, faults: list[Fault]) -> tuple[Network, ...]:
    """Return the networks of the declared proxies, given as a text with commas or as a list."""
    listed = given.split(",") if isinstance(given, str) else given
    if not isinstance(listed, list | tuple):
        faults.append(Fault("network", "trusted_proxy", str(given)))
        return ()
    found = []
    for one in (str(item).strip() for item in listed):
        try:
            network = ip_network(one) if one else None
        except ValueError:
            network = None
            faults.append(Fault("network", "trusted_proxy", one))
        if network is not None and network.prefixlen == 0:
            faults.append(Fault("network_all", "trusted_proxy", one))
        elif network is not None:
            found.append(network)
    return tuple(found)


def _hours(given: object, faults: list[Fault]) -> int:
    said = str(given)
    hours = int(said) if said.isascii() and said.isdigit() and len(said) < 4 else 0
    if not 0 < hours <= HOURS_MOST:
        faults.append(Fault("hours", "hours", said))
        return HOURS_USUAL
    return hours
