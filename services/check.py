"""Whether the store and the files of an installation are sound, in words."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import partial

import pandas as pd

from data.backup.last import LastBackup, read_last
from data.custody.procurement import shipped_procurement
from data.errors import StoreError
from data.network.sea import pier_areas, sea_caution, vessel_limits
from data.network.tables import load_network_tables
from data.plan.keeping import differing
from data.plan.kept import read_plan, shipped_fleet
from data.plan.moves import settle_moves
from data.plan.shelves import PLANS
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
from services.ledger.audit import audit, fault_words
from services.texts import DEFAULT_LANGUAGE, text

SUBJECTS = ("integrity", "structure", "rows", "ledger", "shipped", "plans", "sign_in", "vendor")


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
        return [
            *check_store(store, lang),
            _finding("shipped", lambda: _shipped(store, lang), lang),
            _finding("plans", lambda: _plans(store, lang), lang),
            _finding("sign_in", lambda: sign_in_faults(store, lang), lang),
            _finding("vendor", lambda: _vendor(lang), lang),
        ]
    finally:
        store.close()


def last_backup() -> LastBackup | None:
    """Return the last backup of this installation, None where none is known."""
    return read_last()


def check_store(store: Store, lang: str = DEFAULT_LANGUAGE) -> list[Finding]:
    """Look at what a store holds, whichever installation it came from; see `STORE_LOOKS`."""
    return [_finding(name, partial(look, store, lang), lang) for name, look in STORE_LOOKS.items()]


def _finding(subject: str, look: Callable[[], Iterable[str]], lang: str) -> Finding:
    return Finding(subject, tuple(_faults(look, lang)))


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


def _integrity(store: Store, _lang: str) -> Iterable[str]:
    return store.integrity_faults()


def _structure(store: Store, lang: str) -> Iterable[str]:
    return (text("check.missing", lang, name=name) for name in store.missing())


def _vendor(lang: str) -> Iterable[str]:
    return (text("check.vendor_stale", lang, path=path) for path in stale_vendor_files())


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


def _plans(store: Store, lang: str) -> Iterator[str]:
    """Yield the kept plans and scenarios that cannot be read, or that other hands changed."""
    yield from _unreadable(lang, settle_moves, store.was_decided)
    for shelf, name in differing(store):
        elsewhere = store.is_postgres and not shelf.path(name).exists()
        key = "kept_elsewhere" if elsewhere else "kept_differs"
        yield text(f"check.{key}", lang, path=f"{shelf.below}/{name}{shelf.suffix}")
    for path in PLANS.files():
        yield from _unreadable(lang, read_plan, path)
    for path in scenario_files().values():
        yield from _unreadable(lang, read_raw, path)


def _ledger(store: Store, lang: str) -> Iterable[str]:
    return [fault_words(fault, lang) for fault in audit(store).faults]


STORE_LOOKS: dict[str, Callable[[Store, str], Iterable[str]]] = {
    "integrity": _integrity,
    "structure": _structure,
    "rows": _rows,
    "ledger": _ledger,
}
"""What is looked at in any store, by subject; a restored one is held to the same."""
