"""A package that is known to be vulnerable fails; a list that cannot be had is said loudly."""

from __future__ import annotations

import json
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import pytest

from tools.audit import audit

LOCK = f"click==8.5.1 \\\n    --hash=sha256:{'0' * 64}\nidna==3.20 --hash=sha256:{'1' * 64}\n"
FAULT = {
    "id": "PYSEC-0000-1",
    "summary": "invented",
    "affected": [
        {
            "package": {"name": "idna", "ecosystem": "PyPI"},
            "ranges": [{"type": "ECOSYSTEM", "events": [{"introduced": "0"}, {"fixed": "3.21"}]}],
        }
    ],
}


class Answers(BaseHTTPRequestHandler):
    """Knows one fault, of idna."""

    def do_POST(self) -> None:
        asked = json.loads(self.rfile.read(int(self.headers["content-length"])))
        body = json.dumps({"vulns": [FAULT]} if asked["package"]["name"] == "idna" else {}).encode()
        self.send_response(200)
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture(scope="module")
def listed() -> Iterator[list[str]]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Answers)
    Thread(target=server.serve_forever, daemon=True).start()
    yield ["-s", "osv", "--osv-url", f"http://127.0.0.1:{server.server_port}"]
    server.shutdown()
    server.server_close()


@pytest.fixture
def lock(tmp_path: Path) -> Path:
    path = tmp_path / "requirements.txt"
    path.write_text(LOCK)
    return path


def test_a_vulnerable_package_fails_by_name(lock: Path, listed: list[str]) -> None:
    assert audit(lock, listed) == (False, "idna 3.20: PYSEC-0000-1 (mended in 3.21)")


def test_a_clean_lock_passes(lock: Path, listed: list[str]) -> None:
    lock.write_text(LOCK.partition("\nidna")[0] + "\n")
    assert audit(lock, listed) == (True, "nothing is known against 1 packages")


def test_without_the_list_it_says_so_and_does_not_fail(lock: Path) -> None:
    clean, words = audit(lock, ["-s", "osv", "--osv-url", "http://127.0.0.1:9/"])
    assert clean
    assert "NOT AUDITED" in words
    assert "127.0.0.1" in words, "why not"


def test_a_lock_that_cannot_be_read_is_no_missing_network(lock: Path) -> None:
    lock.write_text("click\n")
    clean, words = audit(lock, ["-s", "osv", "--osv-url", "http://127.0.0.1:9/"])
    assert not clean, words
