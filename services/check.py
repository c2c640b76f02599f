"""Whether the store and the files of an installation are sound, in words."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

import pandas as pd

from data.custody.procurement import shipped_procurement
from data.errors import StoreError
from data.network.sea import pier_areas, sea_caution, vessel_limits
from data.network.tables import load_network_tables
from data.plan.kept import plan_files, read_plan, shipped_fleet
from data.plan.toml import default_values, read_raw, replay_facts, scenario_files
from data.province import named_views
from data.risk.params import read_risk_params
from data.static_files import stale_vendor_files
from data.store import tables as schema
from data.store.engine import Store
from data.store.references import check_references
from data.store.rules import check
from data.store.shipped import load_shipped, shipped_digest
from services.access.accounts import sign_in_faults
from services.explain import EXPLAINED, explain
from services.texts import DEFAULT_LANGUAGE, text

SUBJECTS = ("integrity", "structure", "rows", "shipped", "plans", "sign_in", "vendor")


@dataclass(frozen=True)
class Finding:
    """What was looked at, and everything that is wrong with it; nothing where it is sound."""

    subject: str
    faults: tuple[str, ...]


def check_installation(url: str | None = None, lang: str = DEFAULT_LANGUAGE) -> list[Finding]:
    """Look at everything that this installation needs, and change nothing.

    Parameters
    ----------
    url
        Address of the store; that of this installation unless given.
    lang
        Language of the faults; those of rows are as the rules word them.

    Returns
    -------
    list of Finding
        One per subject of `SUBJECTS`.

    Raises
    ------
    StoreError
        When there is no store that can be opened: none yet, an older or newer one, none that
        answers.
    """
    store = Store.open(url, change=False)
    try:
        looks = {
            "integrity": store.integrity_faults,
            "structure": lambda: [text("check.missing", lang, name=n) for n in store.missing()],
            "rows": lambda: _rows(store, lang),
            "shipped": lambda: _shipped(store, lang),
            "plans": lambda: _plans(lang),
            "sign_in": lambda: sign_in_faults(store, lang),
            "vendor": lambda: [
                text("check.vendor_stale", lang, path=path) for path in stale_vendor_files()
            ],
        }
        return [Finding(name, tuple(_faults(look, lang))) for name, look in looks.items()]
    finally:
        store.close()


def _faults(look: Callable[[], Iterable[str]], lang: str) -> Iterator[str]:
    """Yield the faults of a look, and what keeps it from going on as one more."""
    try:
        yield from look()
    except EXPLAINED as error:
        yield explain(error, lang)
    except (OSError, ValueError) as error:
        yield text("check.unreadable", lang, reason=str(error).strip())


def _unreadable(lang: str, read: Callable[..., object], *arguments: object) -> Iterator[str]:
    """Yield why something cannot be read; nothing where it can."""

    def look() -> Iterable[str]:
        read(*arguments)
        return ()

    yield from _faults(look, lang)


def _rows(store: Store, lang: str) -> Iterator[str]:
    """Yield the rows that the rules of their table would refuse."""
    frames: dict[str, pd.DataFrame] = {}
    for name in schema.metadata.tables:
        try:
            frames[name] = store.read(name)
        except StoreError as error:
            yield explain(error, lang)
        else:
            yield from (f"{name} {fault}" for fault in check(name, frames[name]))
    if {"units", "sources", "elections"} <= set(frames):
        yield from check_references(frames)


def _shipped(store: Store, lang: str) -> Iterator[str]:
    """Yield the files of the province that cannot be read, and whether the store lacks them."""
    for read in (
        shipped_fleet,
        shipped_procurement,
        default_values,
        pier_areas,
        sea_caution,
        vessel_limits,
        read_risk_params,
        named_views,
    ):
        yield from _unreadable(lang, read)
    yield from _unreadable(lang, replay_facts, "")
    tables = load_shipped()
    if shipped_digest() != store.meta("shipped_digest"):
        yield text("check.not_seeded", lang)
    yield from _unreadable(lang, load_network_tables, tables["units"])


def _plans(lang: str) -> Iterator[str]:
    """Yield the kept plans and scenarios that cannot be read, those in the trash too."""
    for path in plan_files():
        yield from _unreadable(lang, read_plan, path)
    for path in scenario_files().values():
        yield from _unreadable(lang, read_raw, path)
