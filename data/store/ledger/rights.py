"""Who may do what: the one table of rights, held where every write passes."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

import pandas as pd

from data.errors import RightError
from data.store.ledger.acts import ITSELF, ROLES, SYSTEM, Act, Actor, actor_now
from geo.codes import descends_from

_O, _V, _P, _A = ROLES[1:]
_IMPORT = "import."
RESOLVE = "quarantine.resolve"
"""Puts refused rows right; what it stores is what whoever does it may import."""
KEEP = "plan.keep"
"""Makes, changes, renames or deletes a kept plan or a scenario."""
_BY_ALL_ACTS = frozenset({"imports", "history", "quarantine", "sources", "import_profiles"})
"""Tables that any import or entry may touch beside its own."""
_BELONGS = {
    "action_changes": "actions", "affairs": "reports", "report_events": "reports",
    "report_sources": "reports",
}  # fmt: skip
"""Tables that belong to another and are written with it."""


@dataclass(frozen=True)
class Right:
    """What an act takes.

    Attributes
    ----------
    roles
        Who may do it; the product itself may do anything.
    tables
        What it may write; none named: any table.
    """

    roles: frozenset[str]
    tables: frozenset[str] = frozenset()


def _right(roles: Iterable[str], *tables: str) -> Right:
    named = frozenset(tables) | _BY_ALL_ACTS if tables else frozenset()
    return Right(frozenset(roles), named)


RIGHTS: Mapping[str, Right] = {
    "setup.make": _right(()),
    "setup.migrate": _right(()),
    "setup.prepare": _right(()),
    "scan.keep": _right((), "scan_runs"),
    "outlook.lodge": _right((_V, _P, _A), "outlooks"),
    "report.verify": _right((_V, _A), "reports", "report_events"),
    "report.reject": _right((_V, _A), "reports", "report_events"),
    "report.withdraw": _right((_O, _V, _A), "reports", "report_events"),
    "report.reopen": _right((_V, _A), "reports", "report_events"),
    "report.urgent": _right((_O, _V, _A), "report_events"),
    "report.claim": _right((_V, _A), "report_events"),
    "report.merge": _right((_V, _A), "reports", "report_events", "affairs"),
    "report.source": _right((_O, _V, _A), "report_sources", "reports"),
    "potensi.status": _right((_O, _V, _A), "reports", "report_events", "affairs"),
    "hari_h.write": _right((_O, _V, _A), "tps_status"),
    "receipt.write": _right((_O, _P, _A), "receipts"),
    "dispute.write": _right((_O, _V, _A), "disputes"),
    "procurement.write": _right((_P, _A), "procurement"),
    "risk.answer": _right((_O, _V, _A), "reports", "report_events", "coverage_periods",
                          "indicator_values", "indicator_versions", "affairs"),
    "risk.indicators": _right((_V, _A)),
    "network.place": _right((_P, _A), "place_moves"),
    "network.status": _right((_O, _P, _A), "place_status"),
    "network.roads": _right((_P, _A), "road_edges", "road_lines"),
    "network.boundaries": _right((_P, _A), "unit_shapes", "units", "tps"),
    "plan.adopt": _right((_P, _A), "plan_adoptions"),
    KEEP: _right((_P, _A), "kept_files"),
    "plan.found": _right((), "kept_files"),
    "warning.raise": _right((_V, _P, _A), "warnings", "warning_events"),
    "warning.event": _right((_V, _P, _A), "warnings", "warning_events"),
    "action.write": _right((_V, _P, _A), "actions", "action_changes"),
    "meeting.write": _right((_V, _P, _A), "meetings"),
    "meeting.deck": _right((_V, _P, _A), "decks"),
    "meeting.snapshot": _right((_V, _P, _A), "snapshots"),
    "nation.publish": _right((_A,)),
    "nation.undo": _right((_A,)),
    "import.undo": _right((_O, _V, _P, _A)),
    "import.profile": _right((_O, _V, _P, _A), "import_profiles"),
    RESOLVE: _right((_O, _V, _P, _A), "quarantine"),
    "user.write": _right((_A,), "users"),
    "record.undo": _right((_O, _V, _P, _A)),  # and only by whoever may do the act itself
    "record.erase": _right((_A,), "record_changes"),
}  # fmt: skip
"""By action; one that does not stand here is done by nobody."""
IMPORTS: Mapping[str, frozenset[str]] = {
    "reports": frozenset({_O, _V, _A}),
    "agenda": frozenset({_O, _V, _P, _A}),
    "coverage_periods": frozenset({_O, _V, _A}),
    "tps_status": frozenset({_O, _V, _A}),
    "disputes": frozenset({_O, _V, _A}),
    "receipts": frozenset({_O, _P, _A}),
    "place_status": frozenset({_O, _P, _A}),
    "actions": frozenset({_V, _P, _A}),
    "procurement": frozenset({_P, _A}),
    "personnel_available": frozenset({_V, _P, _A}),
    "voters": frozenset({_V, _P, _A}),
    "tps_voters": frozenset({_V, _P, _A}),
    "tps_class": frozenset({_V, _A}),
    "sea_legs": frozenset({_P, _A}),
    "wave_series": frozenset({_P, _A}),
}
"""Who may import files for a table; for one that does not stand here, an admin."""
_BROUGHT_BY = {"unit_shapes": "network.boundaries", "road_edges": "network.roads"}
"""Act that brings rows of a table, where it is not that of its import."""
CLEARANCE: Mapping[str, tuple[str, ...]] = {
    "pembaca": ("terbuka",),
    _O: ("terbuka", "terbatas"),
    _P: ("terbuka", "terbatas"),
    _V: ("terbuka", "terbatas", "rahasia"),
    _A: ("terbuka", "terbatas", "rahasia"),
    ITSELF: ("terbuka", "terbatas", "rahasia"),
}
"""What each role may read."""
TPS_COLUMN = "tps_id"
"""Column that names a TPS as ``election/desa/number``."""
AREA_COLUMNS = (
    "unit_kejadian", "unit_code", "desa_code", "place_code", "kabupaten_code", "area_code",
    TPS_COLUMN,
)  # fmt: skip
"""Columns that say where a row belongs; of a table the first that it has."""
OFFICE_COLUMN = "agency"
"""Column that says whose a row is."""


def done_by(action: str, actor: Actor) -> Actor:
    """Return who does something: what nobody may do by hand the product does, whoever asks."""
    right = RIGHTS.get(action)
    return SYSTEM if right is not None and not right.roles else actor


def roles_of(action: str) -> frozenset[str]:
    """Return which roles may do something."""
    if action.startswith(_IMPORT) and action not in RIGHTS:
        return IMPORTS.get(action.removeprefix(_IMPORT), frozenset({_A}))
    return RIGHTS[action].roles if action in RIGHTS else frozenset()


def may(actor: Actor, action: str) -> bool:
    """Tell whether an account's role lets it do something at all, wherever."""
    return actor.role == ITSELF or actor.role in roles_of(action)


def require(act: Act) -> None:
    """Hold that whoever acts may do so.

    Raises
    ------
    RightError
        When the role is none that may.
    """
    if not may(act.actor, act.action):
        raise RightError(act.actor.account, act.actor.role, act.action, "role", "")


def require_now(action: str) -> None:
    """Hold that whoever acts now may do something, before the first of several steps is taken.

    Raises
    ------
    RightError
        When the role is none that may.
    """
    require(Act(action, actor_now()))


def require_bringing(table: str) -> None:
    """Hold that whoever acts now may bring files for a table, and so may take them back.

    Raises
    ------
    RightError
        When the role is none that may.
    """
    require_now(_BROUGHT_BY.get(table, _IMPORT + table))


def require_tables(act: Act, written: Iterable[str]) -> None:
    """Hold that an act writes no table beyond its own.

    Raises
    ------
    RightError
        With the first that it may not write.
    """
    own = _tables_of(act.action)
    if act.actor.role == ITSELF or not own:
        return
    beyond = set(written) - own
    if act.action == RESOLVE:
        importable = {n for n in beyond if may(act.actor, _IMPORT + _BELONGS.get(n, n))}
        beyond -= importable
    for name in sorted(beyond):
        raise RightError(act.actor.account, act.actor.role, act.action, "table", name)


def _tables_of(action: str) -> frozenset[str]:
    """Return which tables an act may write; none: any."""
    if action in RIGHTS:
        return RIGHTS[action].tables
    name = action.removeprefix(_IMPORT)
    return _BY_ALL_ACTS | {name} | {one for one, of in _BELONGS.items() if of == name}


def require_scope(act: Act, rows: pd.DataFrame) -> None:
    """Hold that rows lie where an account may write, and are of its own agency if it brings in.

    Parameters
    ----------
    act
        What is done.
    rows
        Rows of one table, before or after the act, with any of its columns.

    Raises
    ------
    RightError
        With the first place or agency that is not its own.
    """
    actor = act.actor
    for column, wrong in not_own(actor, rows):
        if wrong.any():
            reason = "agency" if column == OFFICE_COLUMN else "area"
            value = str(rows.loc[wrong, column].fillna("").iloc[0])
            raise RightError(actor.account, actor.role, act.action, reason, value)


def writes_about(actor: Actor, code: str) -> bool:
    """Tell whether an account may write about a unit."""
    return not actor.areas or any(descends_from(code, area) for area in actor.areas)


def _unit_of(column: str, key: str) -> str:
    return key.split("/")[1] if column == TPS_COLUMN else key


def not_own(actor: Actor, rows: pd.DataFrame) -> Iterator[tuple[str, pd.Series]]:
    """Yield which ``rows``, columns of any table, an account may not write, by what tells.

    An account with areas writes about these alone, an operator for its own agency alone.
    """
    place = next((name for name in AREA_COLUMNS if name in rows), None)
    if actor.areas and place is not None:
        named = map(str, rows[place].dropna().unique())
        far = {key for key in named if not writes_about(actor, _unit_of(place, key))}
        yield place, rows[place].isin(far)
    if actor.role == _O and OFFICE_COLUMN in rows:
        yield OFFICE_COLUMN, rows[OFFICE_COLUMN].fillna("").ne(actor.office)
