"""Which plan of a kabupaten is in force: the one an office adopted, else the newest.

What compares with a plan (receipts, lateness, the risk index, proof, what if) asks here.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd

from data.errors import FileUnreadableError, SourceMissingError
from data.plan.adoptions import TABLE
from data.plan.kept import base_key, load_plan
from data.province import zone
from services.dataset import Dataset
from services.memo import memo

ADOPTED, REVOKED = "pengesahan", "pencabutan"
"""Kinds of rows: a plan is adopted; an adoption, or a revocation, is revoked."""


@dataclass(frozen=True)
class Adoption:
    """A plan that an office adopted.

    Attributes
    ----------
    adoption_id, plan_name
        Its key, and the name the plan had then.
    plan_key
        Content of its trips (`data.plan.kept.base_key`).
    kabupaten, election
        What the plan is for.
    office
        Never a person.
    adopted_at
        When, in the zone of the province.
    lacking
        What was missing in a plan that did not pass its audit; None for one that did.
    note
        Anything else.
    """

    adoption_id: str
    plan_name: str
    plan_key: str
    kabupaten: str
    election: str
    office: str
    adopted_at: pd.Timestamp
    lacking: str | None = None
    note: str | None = None


@dataclass(frozen=True, eq=False)
class InForce:
    """The plan that holds for a kabupaten.

    Attributes
    ----------
    name
        Under which it is kept now.
    adoption
        None where no office adopted one.
    is_gone
        The adopted plan is not kept any more, or was changed: this is the newest instead.
    """

    name: str
    adoption: Adoption | None = None
    is_gone: bool = False


def adoptions(data: Dataset, kabupaten: str | None = None) -> pd.DataFrame:
    """Return all adoptions, the last one first.

    Returns
    -------
    DataFrame
        Rows of `plan_adoptions` that adopt a plan, with ``state``: ``in_force``, ``superseded`` by
        a later one of the same kabupaten and election, or ``revoked``; ``revocation`` is the key
        of the row that revoked it (missing where none did).
    """
    rows = data.read(TABLE.name).sort_values(["recorded_at", "adoption_id"])
    if kabupaten is not None:
        rows = rows[rows["kabupaten_code"].eq(kabupaten)]
    void: dict[str, str] = {}
    for row in rows[rows["kind"].eq(REVOKED)].iloc[::-1].itertuples():
        if row.adoption_id not in void:
            void[str(row.refers_to)] = str(row.adoption_id)
    own = rows[rows["kind"].eq(ADOPTED)].sort_values(
        ["adopted_at", "recorded_at"], ascending=False, kind="stable", ignore_index=True
    )
    own = own.assign(revocation=own["adoption_id"].map(void))
    stands = own["revocation"].isna()
    last = own[stands].drop_duplicates(["kabupaten_code", "election"]).index
    state = pd.Series("superseded", index=own.index, dtype="str").mask(~stands, "revoked")
    return own.assign(state=state.mask(own.index.isin(last), "in_force"))


def _adoption(row: Mapping[Any, Any]) -> Adoption:
    words = {key: None if pd.isna(row[key]) else str(row[key]) for key in ("lacking", "note")}
    return Adoption(
        row["adoption_id"],
        row["plan_name"],
        row["plan_key"],
        row["kabupaten_code"],
        row["election"],
        row["office"],
        row["adopted_at"].tz_convert(zone()),
        **words,
    )


def adoption_of(data: Dataset, document: Mapping[str, Any]) -> Adoption | None:
    """Return the adoption in force of just this plan; None for any other."""
    rows = adoptions(data, document.get("about", {}).get("kabupaten"))
    own = rows[rows["state"].eq("in_force") & rows["plan_key"].eq(base_key(document))]
    return _adoption(own.to_dict("records")[0]) if len(own) else None


@memo(8)
def plans_in_force(data: Dataset, election: str, audited: bool = True) -> dict[str, InForce]:
    """Return the plan in force by kabupaten, replays of a published day left out.

    Parameters
    ----------
    election
        Whose plans.
    audited
        Where none is adopted, the newest that passed its audit; False: the newest.
    """
    found: dict[str, InForce] = {}
    kept: dict[str, list[tuple[str, bool, str]]] = {}
    for plan in data.plans:
        try:
            about, passed, key = _known(plan.name)
        except (FileUnreadableError, SourceMissingError, KeyError, TypeError, AttributeError):
            continue  # no plan, or gone by now
        if about.get("election") == election and not about.get("replay"):
            kept.setdefault(str(about.get("kabupaten")), []).append((plan.name, passed, key))
    rows = adoptions(data)
    rows = rows[rows["state"].eq("in_force") & rows["election"].eq(election)]
    given = {row["kabupaten_code"]: _adoption(row) for row in rows.to_dict("records")}
    for code, plans in kept.items():
        one = given.get(code)
        same = [name for name, _, key in plans if one is not None and key == one.plan_key]
        if one is not None and same:
            name = one.plan_name if one.plan_name in same else same[0]
            found[code] = InForce(name, one)
            continue
        newest = next((name for name, passed, _ in plans if passed or not audited), None)
        if newest is not None:
            found[code] = InForce(newest, one, one is not None)
    return found


def first_of(data: Dataset, kabupaten: str, names: Sequence[str]) -> str:
    """Return the one of some saved plans of a kabupaten, newest first, to open first."""
    rows = adoptions(data, kabupaten)
    held = rows.loc[rows["state"].eq("in_force"), "plan_key"].tolist()
    found = (name for key in held for name in names if _known(name)[2] == key)
    return next(found, names[0])


def _known(name: str) -> tuple[dict[str, Any], bool, str]:
    """Return what a kept plan says of itself, whether it passed, and its key."""
    document = load_plan(name)
    _ = document["inputs"]["tps"]
    passed = bool((document.get("verdict") or {}).get("passed"))
    return document.get("about") or {}, passed, base_key(document)
