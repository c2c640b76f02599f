"""Warnings of what is ahead: rulings and deadlines, and assemblies that need preparation."""

from __future__ import annotations

import datetime as dt

import pandas as pd

from analytics.polling.disputes import as_known
from analytics.reports.agenda import planned
from analytics.reports.dates import day
from analytics.reports.places import ancestor, inside
from analytics.warning.known import open_ones, turned_violent
from analytics.warning.rules import Rule
from analytics.warning.signals import Signal, of_reports, oldest

DUE = ("putusan", "tenggat", "psu", "hitung_ulang")
REPEATED = ("psu", "hitung_ulang")
ASSEMBLY = "aksi"
_COLUMNS = ["kind", "id", "what", "title", "unit_code", "days_to", "known", "owner", "sourced"]
_OVERDUE_POINTS = 2


def ruling_signals(
    rows: pd.DataFrame, agenda: pd.DataFrame, disputes: pd.DataFrame, as_of: dt.date, rule: Rule
) -> list[Signal]:
    """Return a signal for each unit in which a ruling, deadline or repeated vote is due.

    Parameters
    ----------
    rows
        What the day believed (`analytics.warning.known.believed_on`).
    agenda, disputes
        The tables ``agenda`` and ``disputes``.
    as_of
        The day of knowledge.
    rule
        The rule ``putusan``. Strength: 1, ``repeated_point`` for a vote repeated or a recount, 1
        within ``soon_days``, 1 where the kabupaten was not peaceful in ``tied_days``, 2 where a
        legal deadline passed at most ``overdue_days`` ago. What is known to the province only is
        tied to no place.

    Returns
    -------
    list
        Signals. Facts: ``title``, ``kind``, ``due`` (day) and ``days_to`` of what comes first
        (negative: overdue), ``n_items``, ``n_tied``. The subject is what was known first.
    """
    items = pd.concat([_due(agenda, disputes, as_of, rule), _disputed(disputes, as_of, rule)])
    violent = turned_violent(rows, as_of, rule.days("tied_days"))
    found = []
    for unit, own in items.groupby("unit_code"):
        tied = _in_kabupaten(violent, str(unit))
        first = own.sort_values(["days_to", "id"]).iloc[0]
        soonest = int(first["days_to"])
        strength = 1.0
        strength += rule.limit("repeated_point") * bool(own["what"].isin(REPEATED).any())
        strength += soonest <= rule.limit("soon_days")
        strength += len(tied) > 0
        strength += _OVERDUE_POINTS * (soonest < 0)
        facts = {**_first(first, as_of), "kind": str(first["what"])}
        found.append(_signal(own, tied, strength, facts, as_of, rule))
    return found


def assembly_signals(
    rows: pd.DataFrame, agenda: pd.DataFrame, as_of: dt.date, rule: Rule
) -> list[Signal]:
    """Return a signal for each unit with an assembly to which something unpeaceful is tied.

    An assembly itself weighs nothing: without such a tie its strength is 0.

    Parameters
    ----------
    rows
        What the day believed (`analytics.warning.known.believed_on`).
    agenda
        The table ``agenda``.
    as_of
        The day of knowledge.
    rule
        The rule ``aksi``. Strength: affairs that were not peaceful in the kabupaten in
        ``place_days`` (for one known to the province only: disorderly assemblies anywhere in it),
        and those of its own affair in ``affair_days``, which count twice.

    Returns
    -------
    list
        Signals, also those of strength 0. Facts: ``title``, ``due``, ``days_to``, ``n_items``,
        ``n_tied``, ``n_own``.
    """
    coming = planned(agenda, as_of, rule.days("ahead_days"))
    items = pd.concat([_items(coming[coming["kind"].eq(ASSEMBLY)]), _announced(rows, as_of, rule)])
    near = turned_violent(rows, as_of, rule.days("place_days"))
    long_ago = turned_violent(rows, as_of, rule.days("affair_days"))
    found = []
    for unit, own in items.groupby("unit_code"):
        affairs = own.loc[own["kind"].eq("affair"), "id"]
        same = long_ago[long_ago["perkara_id"].isin(affairs)]
        tied = _in_kabupaten(near, str(unit)) if "." in str(unit) else _assemblies(near)
        whole = pd.concat([tied, same]).drop_duplicates("report_id")
        n_own = int(same["perkara_id"].nunique())
        first = own.sort_values(["days_to", "id"]).iloc[0]
        facts = {**_first(first, as_of), "n_own": n_own}
        strength = float(whole["perkara_id"].nunique() + n_own)
        found.append(_signal(own, whole, strength, facts, as_of, rule))
    return found


def _first(item: pd.Series, as_of: dt.date) -> dict[str, object]:
    """Return the facts of what comes first."""
    title, left = item["title"], int(item["days_to"])
    return {
        "title": None if pd.isna(title) else str(title),
        "days_to": left,
        "due": (as_of + dt.timedelta(days=left)).isoformat(),
    }


def _due(agenda: pd.DataFrame, disputes: pd.DataFrame, as_of: dt.date, rule: Rule) -> pd.DataFrame:
    """Return what is due; a deadline of a vote that was held by then is due no more."""
    coming = planned(agenda, as_of, rule.days("ahead_days"))
    known = as_known(disputes, as_of)
    held = known.loc[known["state"].eq("terlaksana"), "unit_code"]
    moot = coming["kind"].eq("tenggat") & coming["unit_code"].isin(held)
    return _items(coming[coming["kind"].isin(DUE) & ~moot])


def _items(coming: pd.DataFrame) -> pd.DataFrame:
    """Return rows of the agenda in the form that all that is ahead has here."""
    known = coming["known_since"].where(coming["known_since"].notna(), coming["date_start"])
    table = pd.DataFrame(
        {
            "kind": "agenda",
            "id": coming["row_id"],
            "what": coming["kind"],
            "title": coming["title"],
            "unit_code": coming["unit_code"],
            "days_to": coming["days_to"].astype("int64"),
            "known": known,
            "owner": coming["owner"],
            "sourced": coming["known_since"].notna() & coming["source_id"].notna(),
        }
    )
    return table[_COLUMNS]


def _disputed(disputes: pd.DataFrame, as_of: dt.date, rule: Rule) -> pd.DataFrame:
    """Return the disputes whose legal deadline is near or was missed, as known on the day."""
    known = as_known(disputes, as_of)
    left = known["days_left"].astype("Float64")
    kept = left.between(-rule.limit("overdue_days"), rule.limit("ahead_days")).fillna(False)
    # On the day of the vote it is still what the warning is about.
    own = known[kept.astype(bool) | known["held_date"].eq(day(as_of))]
    steps = own[["recommended_date", "decided_date"]].min(axis=1)
    table = pd.DataFrame(
        {
            "kind": "dispute",
            "id": own["dispute_id"],
            "what": own["kind"],
            "title": own["legal_basis"],
            "unit_code": own["unit_code"],
            "days_to": own["days_left"].fillna(0).astype("int64"),
            "known": steps.where(steps.notna(), day(as_of)),
            "owner": pd.Series(pd.NA, index=own.index, dtype="str"),
            "sourced": own["source_id"].notna(),
        }
    )
    return table[_COLUMNS]


def _announced(rows: pd.DataFrame, as_of: dt.date, rule: Rule) -> pd.DataFrame:
    """Return the affairs of assemblies that were announced of late, or are still to come."""
    said = open_ones(rows)
    said = said[said["family"].eq("unjuk_rasa")]
    days = rule.days("ahead_days")
    to_come = (said["first"] - day(as_of)).dt.days
    told = (day(as_of) - said["known"]).dt.days
    said = said[to_come.between(0, days) | told.le(days)]
    table = pd.DataFrame(
        {
            "kind": "affair",
            "id": said["perkara_id"],
            "what": ASSEMBLY,
            "title": said["summary"],
            "unit_code": said["place"],
            "days_to": (said["first"] - day(as_of)).dt.days.clip(lower=0).astype("int64"),
            "known": said["known"],
            "owner": pd.Series(pd.NA, index=said.index, dtype="str"),
            "sourced": said["source_id"].notna(),
        }
    )
    return table[_COLUMNS].drop_duplicates(["id", "unit_code"])


def _office(owners: pd.Series, rule: Rule) -> str | None:
    """Return the branch of the rule's own office that the agenda names, if any.

    A court that rules is not who prepares for it.
    """
    own = owners[owners.str.startswith(rule.owner)]
    return str(own.iloc[0]) if len(own) else None


def _in_kabupaten(violent: pd.DataFrame, unit: str) -> pd.DataFrame:
    """Return what was not peaceful in the kabupaten of a unit; nothing for the province."""
    kabupaten = ancestor(unit, 1)
    return violent.iloc[:0] if kabupaten is None else violent[inside(violent["place"], kabupaten)]


def _assemblies(violent: pd.DataFrame) -> pd.DataFrame:
    return violent[violent["family"].eq("unjuk_rasa")]


def _signal(
    own: pd.DataFrame,
    tied: pd.DataFrame,
    strength: float,
    facts: dict[str, object],
    as_of: dt.date,
    rule: Rule,
) -> Signal:
    """Return the signal of a unit; ``own`` is what is ahead there, ``tied`` what was unpeaceful."""
    ordered = own.sort_values(["known", "id"])
    anchor, owners = ordered.iloc[0], ordered["owner"].dropna()
    since = min(ordered["known"].min().date(), as_of)
    if len(tied):
        since = min(since, oldest(tied, as_of))
    ids = tuple((str(kind), str(one)) for kind, one in zip(own["kind"], own["id"], strict=True))
    n_tied = int(tied["perkara_id"].nunique())
    return Signal(
        rule=rule,
        subject=str(anchor["id"]),
        place_code=str(anchor["unit_code"]),
        strength=strength,
        since=since,
        confidence="tinggi" if bool(own["sourced"].all()) else "sedang",
        evidence=tuple(dict.fromkeys((*sorted(ids), *of_reports(tied)))),
        facts={**facts, "n_items": len(own), "n_tied": n_tied},
        owner=_office(owners, rule),
    )
