"""Which plans are kept, with what tells that one was written anew."""

from __future__ import annotations

from typing import NamedTuple

from data.plans import plans_dir


class KeptPlan(NamedTuple):
    """A kept plan without its content.

    Attributes
    ----------
    name
        As `data.plans.load_plan` takes it.
    stamp
        Time of writing in nanoseconds: another one means another content.
    """

    name: str
    stamp: int


def kept_plans() -> tuple[KeptPlan, ...]:
    """Return the kept plans, newest first."""
    found = [KeptPlan(path.stem, path.stat().st_mtime_ns) for path in plans_dir().glob("*.json")]
    return tuple(sorted(found, key=lambda plan: (-plan.stamp, plan.name)))
