"""A real provider of identities on loopback, and the settings of a house where people sign in."""

from __future__ import annotations

import json
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from tests.conftest import START_SECONDS, free_port

COOKIE = "_streamlit_user"
SECRET = "SIMULASI-rahasia-untuk-cookie-uji"
SETTINGS = """
[auth]
redirect_uri = "{address}/oauth2callback"
cookie_secret = "{secret}"
client_id = "siaga"
client_secret = "SIMULASI"
server_metadata_url = "{provider}/.well-known/openid-configuration"

[access]
contact = "Kesbangpol Provinsi"
role_claim = "peran"
office_claim = "kantor"
"""


def settings_of(address: str, provider: str) -> str:
    """Return the secrets of a house under an address."""
    return SETTINGS.format(address=address, secret=SECRET, provider=provider)


@contextmanager
def identity_provider(*known: Mapping[str, str]) -> Iterator[str]:
    """Run a provider that takes anybody at their word, and ``known`` people's claims; yield it."""
    port = free_port()
    command = [sys.executable, "-m", "oidc_provider_mock", "--port", str(port)]
    for claims in known:
        command += ["--user-claims", json.dumps(claims)]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
        address = f"http://127.0.0.1:{port}"
        deadline = time.monotonic() + START_SECONDS
        while time.monotonic() < deadline:
            try:
                urllib.request.urlopen(f"{address}/jwks", timeout=1).close()
                break
            except OSError:
                time.sleep(0.1)
        try:
            yield address
        finally:
            process.terminate()
