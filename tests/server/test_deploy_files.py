"""What `deploy/` names exists: files, ports, settings; and the service is shut in."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import tomllib
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).resolve().parents[2]
DEPLOY = ROOT / "deploy"
BEFORE_START = {"./secrets.toml"}
"""Made by hand from an example before the first start."""
SHUT_IN = {
    "User=siaga", "NoNewPrivileges=yes", "ProtectSystem=strict", "ProtectHome=yes", "UMask=0077",
    "StateDirectory=siaga", "StateDirectoryMode=0700", "PrivateTmp=yes", "CapabilityBoundingSet=",
}  # fmt: skip


@pytest.fixture(scope="module")
def compose() -> Any:
    return yaml.safe_load((DEPLOY / "compose.yaml").read_text(encoding="utf-8"))


def names(path: Path) -> set[str]:
    """Return the settings that a file of settings names, those that are off too."""
    return set(re.findall(r"^#?([A-Z_]+)=", path.read_text(encoding="utf-8"), re.MULTILINE))


def test_all_that_compose_names_exists(compose: Any) -> None:
    services, volumes = compose["services"], compose["volumes"]
    assert set(services) == {"proxy", "app", "db", "idp"}
    for service in services.values():
        assert set(service.get("depends_on", ())) <= set(services)
        assert set(service["networks"]) <= set(compose["networks"])
        for mount in service.get("volumes", ()):
            source = mount.split(":")[0]
            assert source in volumes or (DEPLOY / source).exists(), mount
        for secret in service.get("secrets", ()):
            assert secret["source"] in compose["secrets"]
    assert {one["file"] for one in compose["secrets"].values()} == BEFORE_START
    build = services["app"]["build"]
    assert (DEPLOY / build["context"] / build["dockerfile"]).samefile(DEPLOY / "Containerfile")


def test_all_that_compose_leaves_open_is_in_its_example(compose: Any) -> None:
    asked = set(re.findall(r"\$\{(\w+)\}", json.dumps(compose)))
    assert asked == names(DEPLOY / "compose.env.example")
    of_proxy = set(compose["services"]["proxy"]["environment"])
    read = set()
    for path in (DEPLOY / "Caddyfile", *DEPLOY.glob("siaga.d/*.caddy")):
        read |= set(re.findall(r"\{\$(\w+)", path.read_text(encoding="utf-8")))
    assert of_proxy <= read
    assert read - of_proxy == {"SIAGA_BIND", "SIAGA_HTTP_PORT"}, "the rest has a usual value"
    realm = (DEPLOY / "realm.json").read_text(encoding="utf-8")
    assert json.loads(realm)["realm"] == "siaga"
    assert set(re.findall(r"\$\{(\w+)\}", realm)) <= set(compose["services"]["idp"]["environment"])


def test_only_the_proxy_is_reached_from_outside_and_only_it_is_trusted(compose: Any) -> None:
    services = compose["services"]
    assert [name for name, one in services.items() if "ports" in one] == ["proxy"]
    assert compose["networks"]["inside"]["internal"] is True
    assert services["db"]["networks"] == ["inside"]
    trusted = services["app"]["environment"]["SIAGA_TRUSTED_PROXY"]
    assert trusted == services["proxy"]["networks"]["front"]["ipv4_address"]


def test_one_port_stands_everywhere(compose: Any) -> None:
    container = (DEPLOY / "Containerfile").read_text(encoding="utf-8")
    port = re.search(r"^EXPOSE (\d+)", container, re.MULTILINE)
    assert port is not None
    for name in ("Containerfile", "siaga.service", "Caddyfile", "compose.yaml"):
        said = set(re.findall(r"(?:port\"?,? \"?|:)(8\d{3})\b", (DEPLOY / name).read_text("utf-8")))
        assert said == {port[1]}, name


def test_the_container_takes_what_is_there_and_what_is_needed() -> None:
    container = (DEPLOY / "Containerfile").read_text(encoding="utf-8")
    copied = [line.split()[1:-1] for line in container.splitlines() if line.startswith("COPY")]
    sources = {name for names_ in copied for name in names_}
    assert all((ROOT / name).exists() for name in sources)
    layers = {"geo", "analytics", "data", "services", "pages", "commands"}
    assert sources == {
        "requirements.txt", "app.py", "cli.py", "serve.py", ".streamlit/config.toml", *layers
    }  # fmt: skip
    let_in = (ROOT / ".containerignore").read_text(encoding="utf-8").splitlines()
    assert {f"!{name}" for name in sources if "py" not in name} <= set(let_in)
    assert "USER siaga" in container


def test_settings_of_the_product_are_read_somewhere() -> None:
    code = "\n".join(
        path.read_text(encoding="utf-8")
        for layer in ("data", "services", "pages")
        for path in (ROOT / layer).rglob("*.py")
    )
    limits = {name for name in names(DEPLOY / "siaga.env.example") if name.startswith("SIAGA_MAX_")}
    assert limits == {"SIAGA_MAX_FILE_BYTES"}
    for name in names(DEPLOY / "siaga.env.example") - limits:
        assert name in code or name.startswith("STREAMLIT_"), name


def test_the_example_of_secrets_has_what_sign_in_needs() -> None:
    secrets = tomllib.loads((DEPLOY / "secrets.toml.example").read_text(encoding="utf-8"))
    assert set(secrets["auth"]) == {
        "redirect_uri", "cookie_secret", "client_id", "client_secret", "server_metadata_url"
    }  # fmt: skip
    assert secrets["auth"]["cookie_secret"] == secrets["auth"]["client_secret"] == ""
    assert secrets["auth"]["redirect_uri"].endswith("/oauth2callback")
    for made in ("deploy/.env", "deploy/secrets.toml", ".streamlit/secrets.toml"):
        assert made in (ROOT / ".gitignore").read_text(encoding="utf-8").splitlines()


@pytest.mark.skipif(not shutil.which("systemd-analyze"), reason="no systemd")
def test_the_service_is_well_formed_and_shut_in(tmp_path: Path) -> None:
    unit = (DEPLOY / "siaga.service").read_text(encoding="utf-8")
    assert set(unit.splitlines()) >= SHUT_IN
    here = unit.replace("/opt/siaga", str(ROOT)).replace("=siaga\nGroup=siaga", "=root\nGroup=root")
    path = tmp_path / "siaga.service"
    path.write_text(here, encoding="utf-8")
    told = subprocess.run(
        ["systemd-analyze", "verify", "--man=no", str(path)],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert (told.returncode, told.stderr) == (0, "")
    security = [
        "systemd-analyze", "security", "--offline=true", "--threshold=15", "--no-pager",
        str(DEPLOY / "siaga.service"),
    ]  # fmt: skip
    shut = subprocess.run(security, capture_output=True, text=True, check=False)
    assert shut.returncode == 0, shut.stdout[-300:]
