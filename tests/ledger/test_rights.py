"""Every role x every act x whose area: the table of rights against one written by hand."""

from __future__ import annotations

from itertools import product

import pandas as pd
import pytest

from data.errors import RightError
from data.store import tables as schema
from data.store.ledger.acts import LOCAL, ROLES, SYSTEM, Act, Actor
from data.store.ledger.rights import (
    AREA_COLUMNS,
    CLEARANCE,
    IMPORTS,
    RIGHTS,
    done_by,
    may,
    require,
    require_scope,
    roles_of,
)
from data.vocabulary import ACCESSES

MATRIX = """
                     operator verifikator perencana admin
setup.make           -        -           -         -
setup.migrate        -        -           -         -
setup.prepare        -        -           -         -
plan.found              -        -           -         -
scan.keep            -        -           -         -
outlook.lodge        -        x           x         x
report.verify        -        x           -         x
report.reject        -        x           -         x
report.withdraw      x        x           -         x
report.reopen        -        x           -         x
report.urgent        x        x           -         x
report.claim         -        x           -         x
report.merge         -        x           -         x
report.source        x        x           -         x
potensi.status       x        x           -         x
hari_h.write         x        x           -         x
receipt.write        x        -           x         x
dispute.write        x        x           -         x
procurement.write    -        -           x         x
risk.answer          x        x           -         x
risk.indicators      -        x           -         x
network.place        -        -           x         x
network.status       x        -           x         x
network.roads        -        -           x         x
network.boundaries   -        -           x         x
plan.adopt           -        -           x         x
plan.keep            -        -           x         x
warning.raise        -        x           x         x
warning.event        -        x           x         x
action.write         -        x           x         x
meeting.write        -        x           x         x
meeting.deck         -        x           x         x
meeting.snapshot     -        x           x         x
nation.publish       -        -           -         x
nation.undo          -        -           -         x
import.undo          x        x           x         x
import.profile       x        x           x         x
quarantine.resolve   x        x           x         x
user.write           -        -           -         x
record.undo          x        x           x         x
record.erase         -        -           -         x
import.reports       x        x           -         x
import.agenda        x        x           x         x
import.coverage_periods x     x           -         x
import.tps_status    x        x           -         x
import.disputes      x        x           -         x
import.receipts      x        -           x         x
import.place_status  x        -           x         x
import.actions       -        x           x         x
import.procurement   -        -           x         x
import.personnel_available -  x           x         x
import.voters        -        x           x         x
import.tps_voters    -        x           x         x
import.tps_class     -        x           -         x
import.sea_legs      -        -           x         x
import.wave_series   -        -           x         x
import.elections     -        -           -         x
import.units         -        -           -         x
"""
HEAD, *LINES = (line.split() for line in MATRIX.strip().splitlines())


@pytest.mark.parametrize("line", LINES, ids=lambda line: line[0])
def test_each_role_may_do_what_the_table_says_and_a_reader_nothing(line: list[str]) -> None:
    action, *marks = line
    wanted = dict(zip(HEAD, (mark == "x" for mark in marks), strict=True)) | {"pembaca": False}
    for role in ROLES:
        actor = Actor("a", "b", role)
        assert may(actor, action) is wanted[role], role
        if wanted[role]:
            require(Act(action, actor))
        else:
            with pytest.raises(RightError, match="role"):
                require(Act(action, actor))
    assert may(SYSTEM, action)
    assert may(LOCAL, action) is wanted["admin"]
    nobody = not any(wanted.values())
    assert (done_by(action, LOCAL) == SYSTEM) is nobody  # what nobody does the product does


def test_the_table_written_by_hand_names_every_act() -> None:
    told = {line[0] for line in LINES}
    assert told >= set(RIGHTS)
    assert told >= {f"import.{table}" for table in IMPORTS}
    assert set(IMPORTS) <= set(schema.metadata.tables)
    named = {table for right in RIGHTS.values() for table in right.tables}
    assert named <= set(schema.metadata.tables) | PLANNED


PLANNED = {"report_events", "report_sources"}


def test_an_act_that_does_not_stand_in_the_table_is_done_by_nobody() -> None:
    assert roles_of("report.anything") == frozenset()
    with pytest.raises(RightError):
        require(Act("report.anything", Actor("a", "b", "admin")))


AREAS: list[tuple[tuple[str, ...], str | None, bool]] = [
    ((), "99.01.04", True),
    (("99.01",), "99.01", True),
    (("99.01",), "99.01.04.2004", True),
    (("99.01", "99.02"), "99.02.01", True),
    (("99.01",), "99.02.01", False),
    (("99.01",), "99.010", False),  # not in it though it begins so
    (("99.01",), "99", False),  # the whole province is more than its area
    (("99.01",), None, True),
]
PLACES = (
    "unit_kejadian", "unit_code", "desa_code", "place_code", "kabupaten_code", "area_code",
    "tps_id",
)  # fmt: skip


@pytest.mark.parametrize(("areas", "code", "allowed"), AREAS)
def test_each_role_writes_in_its_areas_alone(
    areas: tuple[str, ...], code: str | None, allowed: bool
) -> None:
    if code == "99.010":
        code = "99.10"
    for role, column in product(ROLES, PLACES):
        act = Act("x", Actor("a", "Bawaslu", role, areas))
        named = f"pemilu-2024/{code}/012" if code and column == "tps_id" else code
        rows = pd.DataFrame({column: pd.Series([named], dtype="str")})
        if allowed:
            require_scope(act, rows)
        else:
            with pytest.raises(RightError, match="area"):
                require_scope(act, rows)


def test_an_operator_writes_for_its_own_agency_and_others_for_any() -> None:
    rows = pd.DataFrame({"agency": ["Bawaslu", "KPU"], "unit_code": ["99.01", "99.01"]})
    for role in ROLES:
        act = Act("x", Actor("a", "Bawaslu", role))
        require_scope(act, rows.iloc[:1])
        if role == "operator":
            with pytest.raises(RightError, match="agency KPU"):
                require_scope(act, rows)
            with pytest.raises(RightError, match="agency"):
                require_scope(act, rows.assign(agency=[None, None]))
        else:
            require_scope(act, rows)


def test_who_may_read_more_reads_what_others_read_too() -> None:
    assert [CLEARANCE[role] for role in ("pembaca", "operator", "verifikator")] == [
        ACCESSES[:1], ACCESSES[:2], ACCESSES,
    ]  # fmt: skip
    assert CLEARANCE["perencana"] == ACCESSES[:2]
    assert CLEARANCE["admin"] == CLEARANCE["sistem"] == ACCESSES


OF_NO_PLACE = {
    "affairs", "decks", "elections", "import_profiles", "outlooks", "scan_runs", "snapshots",
    "sources", "stages", "users",  # of the whole province
    "action_changes", "report_events", "report_sources", "warning_events",  # of a row that is held
    "audit_log", "history", "imports", "meta", "quarantine", "record_changes",  # of writing
    "place_moves", "place_status", "road_edges", "road_lines", "sea_legs", "unit_shapes", "units",
    "wave_series",  # of the ground and the sea, by planners and from files
    "security_patterns",  # of an example that is shipped
}  # fmt: skip


def test_every_table_is_held_to_areas_or_has_no_place() -> None:
    loose = {t.name for t in schema.metadata.sorted_tables if not {*AREA_COLUMNS} & set(t.c.keys())}
    assert loose == OF_NO_PLACE
