"""Ask whether a locked package is known to be vulnerable.

``python -m tools.audit`` fails where one is. Where the list of vulnerabilities cannot be had, or
knows nothing of a package, it says so loudly and does not fail: no network is no fault of the code.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

LOCK = Path(__file__).resolve().parents[1] / "requirements-dev.txt"
_ANSWER_S = 4
_WHOLE_S = 20
_UNREACHED = (
    "ConnectionError", "Could not connect", "Timeout", "ServiceError", "ProxyError", "SSLError",
)  # fmt: skip
"""Words of ``pip-audit`` where it had no answer; any other trouble is one of the lock."""
_LOUD = "=" * 78


def audit(lock: Path = LOCK, options: Sequence[str] = ()) -> tuple[bool, str]:
    """Return whether nothing is known against a lock, and what is to be said.

    Parameters
    ----------
    lock
        Requirements with hashes.
    options
        More of ``pip-audit``, such as which list is asked.
    """
    command = [sys.executable, "-m", "pip_audit", "--requirement", str(lock), "--disable-pip"]
    command += ["--format", "json", "--progress-spinner", "off", "--timeout", str(_ANSWER_S)]
    try:
        asked = subprocess.run(  # our own words, no shell  # nosec B603
            [*command, *options], capture_output=True, text=True, timeout=_WHOLE_S, check=False
        )
    except subprocess.TimeoutExpired:
        return True, _loud(f"no answer within {_WHOLE_S} s")
    try:
        packages = json.loads(asked.stdout)["dependencies"]
    except json.JSONDecodeError:
        why = (asked.stderr.strip() or "no answer").splitlines()[-1]
        return any(word in asked.stderr for word in _UNREACHED), _loud(why)
    found = [
        f"{one['name']} {one['version']}: {fault['id']}"
        f" (mended in {', '.join(fault['fix_versions']) or 'no version yet'})"
        for one in packages
        for fault in one.get("vulns", ())
    ]
    if found:
        return False, "\n".join(found)
    unknown = [one["name"] for one in packages if "skip_reason" in one]
    if unknown:
        of = f"{len(unknown)} of {len(packages)} packages"
        return True, _loud(f"the list knows nothing of {of}: {', '.join(unknown[:5])} …")
    return True, f"nothing is known against {len(packages)} packages"


def _loud(reason: str) -> str:
    return f"{_LOUD}\nNOT AUDITED for known vulnerabilities: {reason}\n{_LOUD}"


def main() -> None:
    """Say what was found; fail where a package is vulnerable."""
    clean, words = audit()
    print(words)
    raise SystemExit(not clean)


if __name__ == "__main__":
    main()
