"""A plan is adopted by an office, the adoption revoked; both in words."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pandas as pd

from data.plan.adoptions import TABLE, add_adoption
from data.plan.kept import base_key, load_plan
from data.province import zone
from data.store.engine import Store
from geo.errors import ParameterError
from services.dataset import Dataset
from services.plan.hands.adopted import ADOPTED, REVOKED, Adoption, InForce, adoptions
from services.plan.make import audit_document
from services.plan.views.view import faults_words
from services.texts import day, label, text


def adopt(
    data: Dataset,
    name: str,
    office: str,
    at: datetime,
    *,
    despite: bool = False,
    note: str | None = None,
) -> str:
    """Adopt a saved plan, and return the key of the adoption.

    Parameters
    ----------
    office
        Which adopts it; never a person.
    at
        With zone, not to come.
    despite
        Adopt a plan that does not pass its audit; what is missing is written down.

    Raises
    ------
    SourceMissingError, ParameterError
        For what is no plan, or one that does not pass and is not adopted in spite of that.
    SchemaError
        For an office that is none, or a time to come.
    """
    document = load_plan(name)
    verdict = audit_document(document).verdict()
    about = document["about"]
    if about.get("replay"):
        raise ParameterError("plan", name, "a plan of its own, no replay of a published day")
    lacking = None
    if not verdict["passed"]:
        lacking = "; ".join(faults_words({**document, "verdict": verdict}, data, "id"))
        if not despite:
            raise ParameterError("adopt", lacking, "a plan that passes, or despite")
    return add_adoption(
        data.store,
        {
            "kind": ADOPTED,
            "plan_name": name,
            "plan_key": base_key(document),
            "kabupaten_code": about.get("kabupaten"),
            "election": about.get("election"),
            "office": office.strip() or None,
            "adopted_at": at,
            "lacking": lacking,
            "note": (note or "").strip() or None,
        },
    )


def revoke(store: Store, adoption_id: str, at: datetime) -> str:
    """Take an adoption back, or a revocation: then the adoption stands again.

    Raises
    ------
    ParameterError
        When there is no such row.
    SchemaError
        For a time to come.
    """
    rows = store.read(TABLE.name, TABLE.c.adoption_id == adoption_id)
    if rows.empty:
        raise ParameterError("adoption_id", adoption_id, "an adoption that is kept")
    keep = ("plan_name", "plan_key", "kabupaten_code", "election", "office")
    values: dict[str, Any] = {name: rows[name].iloc[0] for name in keep}
    values |= {"kind": REVOKED, "refers_to": adoption_id, "adopted_at": at}
    return add_adoption(store, values)


def offices(data: Dataset, kabupaten: str) -> list[str]:
    """Return the offices to choose from: the KPU of the kabupaten, then those named before.

    Named before are those that adopted plans or authorised hand-overs in it.
    """
    kind = data.units.set_index("code")["kind"][kabupaten]
    own = f"KPU {kind.title()} {data.names[kabupaten]}"
    told = data.read("receipts")
    here = told["desa_code"].str.startswith(f"{kabupaten}.")
    before = adoptions(data, kabupaten)["office"]
    return list(dict.fromkeys([own, *before, *told.loc[here, "authorised_by"].dropna()]))


def in_force_words(plan: InForce, lang: str) -> str:
    """Return a plan in force with what makes it so."""
    one = plan.adoption
    if one is None:
        return text("adopt.by_newest", lang, plan=plan.name)
    if plan.is_gone:
        return text("adopt.by_gone", lang, plan=plan.name, adopted=one.plan_name)
    return text(
        "adopt.by_adopted",
        lang,
        plan=plan.name,
        office=one.office,
        date=day(one.adopted_at.date(), lang),
    )


def badge(one: Adoption, lang: str) -> str:
    """Return by which office and when a plan was adopted."""
    key = "adopt.badge" if one.lacking is None else "adopt.badge_lacking"
    return text(key, lang, office=one.office, date=day(one.adopted_at.date(), lang))


def adoption_table(rows: pd.DataFrame, lang: str) -> pd.DataFrame:
    """Return ``rows`` of `adoptions` as readers see them."""
    at = rows["adopted_at"].dt.tz_convert(zone())
    columns = {
        "at": [f"{one:%d/%m/%Y %H:%M}" for one in at],
        "plan": rows["plan_name"].tolist(),
        "office": rows["office"].tolist(),
        "state": [label("adopt_state", key, lang) for key in rows["state"]],
        "lacking": rows["lacking"].fillna("").tolist(),
        "note": rows["note"].fillna("").tolist(),
        "adoption_id": rows["adoption_id"].tolist(),
    }
    return pd.DataFrame({label("adopt_column", key, lang): v for key, v in columns.items()})
