"""The chain of custody: which hand-overs stand, where each TPS is, what is late, what is missing.

A hand-over reports one TPS or all TPS of a desa at once. What is not reported is not known: it is
neither in time nor lost. Counts and seals are compared only between rows about the same
thing (the TPS itself, or its whole desa).
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from geo.codes import is_one_of

STATES = ("berangkat", "di_dermaga", "tiba", "diterima", "dibuka", "kembali")
"""States in the order of the chain: left, at the pier, arrived, received, opened, returned."""
PIER, OPENED, RETURNED = "di_dermaga", "dibuka", "kembali"
ARRIVED = ("tiba", "diterima")
VOIDING = ("koreksi", "pembatalan")
"""Kinds of rows that take the row they refer to out of the count."""
UNDO = "pembatalan"

GAP_COLUMNS = ("tps_id", "gap", "state", "receipt_id", "at", "found", "expected")

_RANK = {state: rank for rank, state in enumerate(STATES)}
_EVENT_COLUMNS = (
    "receipt_id",
    "tps_id",
    "scope",
    "state",
    "at",
    "boxes",
    "seals",
    "from_office",
    "to_office",
    "carrier",
    "receiver",
    "short_count",
    "damaged_count",
)


def standing(rows: pd.DataFrame) -> pd.DataFrame:
    """Return the hand-overs that stand after all corrections and undos.

    Parameters
    ----------
    rows
        Columns ``receipt_id``, ``kind`` and ``refers_to``. A row of a kind in `VOIDING` takes the
        row it refers to out of the count as long as it stands itself: an undo that was undone has
        no effect. References must not run in a circle.

    Returns
    -------
    DataFrame
        The rows that stand and are no undo, with all their columns, in the order given. What refers
        to a row that is not there stands for itself.
    """
    voids = rows[rows["kind"].isin(VOIDING) & rows["refers_to"].notna()]
    if voids.empty:
        return rows[rows["kind"].ne(UNDO)]
    referrers: dict[str, list[str]] = {}
    for mine, target in zip(voids["receipt_id"], voids["refers_to"], strict=True):
        referrers.setdefault(target, []).append(mine)
    verdict: dict[str, bool] = {}
    for start in referrers:
        waiting = [start]
        while waiting:
            row = waiting[-1]
            open_ones = [r for r in referrers.get(row, ()) if r not in verdict]
            if open_ones and len(waiting) <= len(rows):
                waiting += open_ones
                continue
            verdict[row] = not any(verdict.get(r, True) for r in referrers.get(row, ()))
            waiting.pop()
    stands = rows["receipt_id"].map(lambda r: verdict.get(r, True)).astype(bool)
    return rows[stands & rows["kind"].ne(UNDO)]


def events_of(rows: pd.DataFrame, tps: pd.DataFrame) -> pd.DataFrame:
    """Return one row per TPS and hand-over; a row about a desa is one for each of its TPS.

    Parameters
    ----------
    rows
        Hand-overs that stand: the columns of the table ``receipts``.
    tps
        ``tps_id`` and ``desa_code``.

    Returns
    -------
    DataFrame
        Ordered by TPS, state and time; ``scope`` is ``tps`` or ``desa``, ``rank`` the place of the
        state in the chain. Rows about TPS that the register does not know are left out.
    """
    own = rows[is_one_of(rows["tps_id"], tps["tps_id"])].assign(scope="tps")
    wide = rows[rows["tps_id"].isna()].drop(columns="tps_id").assign(scope="desa")
    spread = wide.merge(tps[["tps_id", "desa_code"]], on="desa_code")
    found = pd.concat([part for part in (own, spread) if len(part)] or [own])
    found = found[[*_EVENT_COLUMNS]].assign(rank=found["state"].map(_RANK).astype("int64"))
    return found.sort_values(["tps_id", "rank", "at", "receipt_id"], ignore_index=True)


def custody_gaps(events: pd.DataFrame, by_boat: pd.Series) -> pd.DataFrame:
    """Return every gap in the chain of custody.

    Parameters
    ----------
    events
        As `events_of` returns them.
    by_boat
        Boolean by ``tps_id``: whether its way crosses the sea, so that a pier must be on record;
        a TPS that is missing here needs none.

    Returns
    -------
    DataFrame
        Columns `GAP_COLUMNS`, ordered by TPS and time: what the gap is (``tahap_hilang``,
        ``waktu_mundur``, ``segel_berubah``, ``jumlah_berbeda``, ``pemegang_kosong``,
        ``pemegang_berbeda``), at which
        hand-over, what was found and what was expected, as text.

    Notes
    -----
    Counts, seals and holders are compared from one hand-over to the next in time.
    """
    in_time = events.sort_values(["tps_id", "at", "rank", "receipt_id"], ignore_index=True)
    found = [_missing_states(events, by_boat), _backwards(events)]
    found += [check(in_time) for check in (_seals, _counts, _no_holder, _jumped)]
    filled = [part for part in found if len(part)]
    if not filled:
        return pd.DataFrame({name: pd.Series(dtype="object") for name in GAP_COLUMNS})
    gaps = pd.concat(filled, ignore_index=True)
    return gaps.sort_values(["tps_id", "at", "gap", "found"], kind="stable", ignore_index=True)


def _as_gaps(
    rows: pd.DataFrame, gap: str, found: pd.Series | str, expected: pd.Series | str
) -> pd.DataFrame:
    out = rows[["tps_id", "state", "receipt_id", "at"]].assign(gap=gap)
    for name, words in (("found", found), ("expected", expected)):
        out[name] = words.reindex(rows.index) if isinstance(words, pd.Series) else words
    return out[[*GAP_COLUMNS]]


def _missing_states(events: pd.DataFrame, by_boat: pd.Series) -> pd.DataFrame:
    """One row per state that must lie before the furthest one on record and does not."""
    if events.empty:
        return events
    last = events.groupby("tps_id", sort=False).tail(1).set_index("tps_id", drop=False)
    have = pd.crosstab(events["tps_id"], events["rank"]).reindex(last.index, fill_value=0)
    boat = by_boat.reindex(last.index).eq(True).fillna(False).astype(bool)
    parts = []
    for rank, state in enumerate(STATES[:-1]):
        due = last["rank"].gt(rank) & (boat if state == PIER else True)
        lacks = have[rank].eq(0) if rank in have.columns else pd.Series(True, index=last.index)
        parts.append(_as_gaps(last[due & lacks], "tahap_hilang", last["state"], state))
    return pd.concat(parts, ignore_index=True)


def _backwards(events: pd.DataFrame) -> pd.DataFrame:
    """States that were reached before an earlier state was, each by its first hand-over.

    A state may be reported again on a later leg: a boat leaves after the truck came to the pier.
    """
    first = events.drop_duplicates(["tps_id", "rank"])
    so_far = first.groupby("tps_id", sort=False)["at"].cummax()
    limit = so_far.groupby(first["tps_id"], sort=False).shift()
    wrong = limit.notna() & first["at"].lt(limit)
    rows = first[wrong]
    return _as_gaps(rows, "waktu_mundur", rows["at"].map(_moment), limit[wrong].map(_moment))


def _moment(stamp: pd.Timestamp) -> str:
    return stamp.isoformat(timespec="minutes")


def _seals(events: pd.DataFrame) -> pd.DataFrame:
    """Seal numbers that differ from the hand-over before, until the box is opened.

    What is sealed again for the return trip is compared on the way back only.
    """
    known = events[events["seals"].notna()]
    leg = np.where(known["state"].eq(RETURNED), "back", "out")
    before = known.groupby([known["tps_id"], known["scope"], leg], sort=False)["seals"].shift()
    differs = before.notna() & known["seals"].ne(before)
    rows = known[differs]
    return _as_gaps(rows, "segel_berubah", rows["seals"], before[differs])


def _counts(events: pd.DataFrame) -> pd.DataFrame:
    """Box counts that differ from the hand-over before."""
    known = events[events["boxes"].notna()]
    before = known.groupby(["tps_id", "scope"], sort=False)["boxes"].shift()
    differs = (before.notna() & known["boxes"].ne(before)).fillna(False).astype(bool)
    rows = known[differs]
    return _as_gaps(
        rows, "jumlah_berbeda", rows["boxes"].astype("str"), before[differs].astype("str")
    )


def _no_holder(events: pd.DataFrame) -> pd.DataFrame:
    """Hand-overs after which no holder is named."""
    parties = events[["receiver", "to_office", "carrier"]]
    return _as_gaps(events[parties.isna().all(axis=1)], "pemegang_kosong", "", "")


def _jumped(events: pd.DataFrame) -> pd.DataFrame:
    """Hand-overs by an office that none of the rows before names, neither as holder nor as giver.

    Rows about the TPS and about its desa are one chain here: the kit is the same.
    """
    names = ("from_office", "to_office", "carrier", "receiver")
    plain = {
        name: events[name].str.casefold().str.replace(r"\s+", " ", regex=True).str.strip()
        for name in names
    }
    group = events["tps_id"]
    before = {name: values.groupby(group, sort=False).shift() for name, values in plain.items()}
    giver = plain["from_office"]
    fits = pd.Series(False, index=events.index)
    reported = pd.Series(False, index=events.index)
    for values in before.values():
        fits |= giver.eq(values).fillna(False).astype(bool)
        reported |= values.notna()
    rows = events[giver.notna() & reported & ~fits]
    holder = pd.Series(pd.NA, index=events.index, dtype="str")
    for name in ("receiver", "to_office", "carrier", "from_office"):
        own = events[name].groupby(group, sort=False).shift()
        holder = holder.where(holder.notna(), own)
    return _as_gaps(rows, "pemegang_berbeda", rows["from_office"], holder[rows.index])


def whole_desa_counts(rows: pd.DataFrame, tps: pd.DataFrame) -> pd.DataFrame:
    """Return desa whose boxes do not add up between states, over both ways of telling.

    The boxes of a desa in a state are those of its last row about the whole desa, else the sum of
    the last rows about its TPS where each TPS has one; else they are not known.

    Parameters
    ----------
    rows
        Hand-overs that stand: the columns of the table ``receipts``.
    tps
        ``tps_id`` and ``desa_code``.

    Returns
    -------
    DataFrame
        ``desa_code``, ``state``, ``boxes``, ``expected`` (of the known state before).
    """
    known = rows[rows["boxes"].notna()].sort_values(["at", "receipt_id"])
    wide = known[known["tps_id"].isna()].groupby(["desa_code", "state"])["boxes"].last()
    single = known[known["tps_id"].notna()].drop_duplicates(["tps_id", "state"], keep="last")
    summed = single.groupby(["desa_code", "state"])["boxes"].agg(["sum", "size"])
    wanted = tps["desa_code"].value_counts().reindex(summed.index.get_level_values(0))
    whole = summed.loc[summed["size"].to_numpy() == wanted.to_numpy(), "sum"]
    table = pd.concat([wide, whole[~whole.index.isin(wide.index)]]).rename("boxes").reset_index()
    table = table.assign(rank=table["state"].map(_RANK)).sort_values(["desa_code", "rank"])
    table["expected"] = table.groupby("desa_code")["boxes"].shift()
    differs = table["expected"].notna() & table["boxes"].ne(table["expected"])
    out: pd.DataFrame = table[differs.fillna(False).astype(bool)]
    return out[["desa_code", "state", "boxes", "expected"]]


def positions(
    events: pd.DataFrame, planned: pd.DataFrame, as_of: pd.Timestamp | None = None
) -> pd.DataFrame:
    """Return how far each TPS has come and how late it is.

    Parameters
    ----------
    events
        As `events_of` returns them.
    planned
        Times of the saved plan with zone, by ``tps_id`` and state: columns ``tps_id``, ``state``,
        ``planned_at``. At most one row each.
    as_of
        The moment to look from, with zone. Hand-overs after it are not known yet, and what is under
        way though it was due by then is as late as the time gone by. None: all are known, and
        what has not arrived is as late as its last hand-over.

    Returns
    -------
    DataFrame
        By ``tps_id``, for each TPS with a hand-over or a plan: ``state`` and ``at`` of the
        furthest hand-over, ``late_min`` (negative: early; missing: no plan to hold it against, or
        no hand-over), ``silent_min`` (minutes since it was due where no hand-over is known: nobody
        knows whether it is late),
        ``short``, ``damaged`` (last figures reported for the TPS itself), ``short_desa`` and
        ``damaged_desa`` (of its whole desa).
    """
    known = events if as_of is None else events[events["at"].le(as_of)]
    last = known.groupby("tps_id", sort=False).tail(1).set_index("tps_id")
    out = last[["state", "at"]].reindex(last.index.union(pd.Index(planned["tps_id"].unique())))
    out.index.name = "tps_id"
    waited = _waited(known, planned, as_of)
    told = waited.index.isin(last.index)
    out["late_min"] = _lateness(known, planned, waited[told]).reindex(out.index)
    out["silent_min"] = waited[~told].reindex(out.index)
    in_time = known.sort_values(["at", "rank"], kind="stable")
    for scope, suffix in (("tps", ""), ("desa", "_desa")):
        own = in_time[in_time["scope"].eq(scope)]
        for column, name in (("short_count", "short"), ("damaged_count", "damaged")):
            reported = own[own[column].notna()].groupby("tps_id")[column].last()
            out[name + suffix] = reported.reindex(out.index).astype("Int64")
    return out


def _waited(known: pd.DataFrame, planned: pd.DataFrame, as_of: pd.Timestamp | None) -> pd.Series:
    """Minutes gone by since each TPS that has not arrived was due, by TPS."""
    due = planned[planned["state"].eq(ARRIVED[0])].set_index("tps_id")["planned_at"]
    there = known.loc[known["rank"].ge(_RANK[ARRIVED[0]]), "tps_id"].unique()
    if as_of is None:
        return pd.Series(dtype="float64")
    waited: pd.Series = (as_of - due[~due.index.isin(there)]).dt.total_seconds() / 60
    out: pd.Series = waited[waited > 0]
    return out


def _lateness(known: pd.DataFrame, planned: pd.DataFrame, waited: pd.Series) -> pd.Series:
    """Minutes behind the plan, by TPS: of the arrival, else of the wait, else of the last step."""
    first = known.drop_duplicates(["tps_id", "state"])
    pairs = first.merge(planned, on=["tps_id", "state"])
    pairs["late"] = (pairs["at"] - pairs["planned_at"]).dt.total_seconds() / 60
    arrived = pairs[pairs["state"].isin(ARRIVED)].drop_duplicates("tps_id")
    late = arrived.set_index("tps_id")["late"]
    under_way = pairs[~pairs["state"].isin(ARRIVED)].drop_duplicates("tps_id", keep="last")
    steps = under_way.set_index("tps_id")["late"]
    late = pd.concat([late, waited[~waited.index.isin(late.index)]])
    out: pd.Series = pd.concat([late, steps[~steps.index.isin(late.index)]])
    return out
