"""The security picture that published facts allow: separate lines about a place, never one number.

What stands here is counted and sorted, not weighed: the history of a place, what authorities
published of it with the denominator they gave, who knows what of it and since when, and which of
the relative risks is told apart from what would be expected.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd

from analytics.polling.disputes import STEPS, as_known
from analytics.reports.dates import day, spans
from analytics.reports.places import inside, place_codes, unit_at
from analytics.reports.selection import is_calm, known_on
from geo.errors import ParameterError

VOTE_CATEGORIES = ("psu", "hitung_ulang", "sengketa")
"""Votes again, recounts and rulings: also what findings at a TPS may have led to."""
TROUBLE_CATEGORIES = ("intimidasi", "kericuhan_tps")
"""Trouble about a vote that belongs to the history of a place however grave it was."""
VIOLENT_FAMILIES = ("konflik", "unjuk_rasa")
HIGHER = "lebih_tinggi"
OTHER_AGENCY = "lainnya"
AGENCY_WORDS: Mapping[str, tuple[str, ...]] = {
    "bawaslu": ("bawaslu", "panwaslu", "panwascam", "panwaslih", "pengawas"),
    "kpu": ("kpu", "kip", "ppk", "pps", "kpps"),
    "polri": ("polri", "polda", "polres", "polresta", "polsek", "polisi", "kepolisian", "satgas"),
    "tni": ("tni", "kodim", "korem", "koramil", "lanal", "lanud"),
    "pemda": (
        "pemda", "pemprov", "pemkab", "pemkot", "pemerintah", "kesbangpol", "bpbd", "kominfo",
        "dinas", "satpol", "camat", "kecamatan", "linmas", "gubernur", "bupati", "wali", "desa",
    ),
    "mk": ("mk", "mahkamah"),
    "media": ("pemberitaan", "media", "pers"),
}  # fmt: skip
"""Which word of a name tells whose office it is: the first that is found in the name counts."""
EXPECTED_AGENCIES = ("bawaslu", "kpu", "polri", "pemda")
"""Who is asked whether anything came from them or not; TNI, courts and press show once they do."""
HISTORY_COLUMNS = [
    "entry_id", "code", "tps", "date", "precision", "category", "family", "severity", "summary",
    "result", "deadline", "perkara_id", "source_id", "other_source_id", "confidence",
]  # fmt: skip
COUNT_COLUMNS = [
    "row_id", "election", "authority", "level", "unit_code", "subject", "label", "count",
    "tps_total", "share", "registered", "date", "note", "source_id", "counts_differ",
    "totals_differ",
]  # fmt: skip


@dataclass(frozen=True)
class PictureParams:
    """What counts as grave, and when a relative risk leads.

    Attributes
    ----------
    severity_min
        1 to 5: from which severity a conflict belongs to the history of its place.
    affairs_min
        1 to 100: on fewer affairs no headline is made.
    gravest_days
        1 to 3650: how far back the gravest event is looked for first.
    """

    severity_min: int = 4
    affairs_min: int = 3
    gravest_days: int = 365

    def __post_init__(self) -> None:
        ranges = {"severity_min": (1, 5), "affairs_min": (1, 100), "gravest_days": (1, 3650)}
        for name, (low, high) in ranges.items():
            if not low <= getattr(self, name) <= high:
                raise ParameterError(name, getattr(self, name), f"{low} to {high}")


DEFAULTS = PictureParams()


def stood(reports: pd.DataFrame) -> pd.Series:
    """Return the code of the unit whose history a report belongs to, as fine as it is known.

    ``reports`` are rows of the table of that name; the codes stand on their index. That is the unit
    that the matter is about, where it is known; but where this holds the unit in which it happened,
    the latter: a riot about the tin of a whole province belongs to the town that saw it.
    """
    subject, happened = place_codes(reports, "pokok"), place_codes(reports, "kejadian")
    coarser = [
        isinstance(at, str) and at.startswith(f"{about}.")
        for about, at in zip(subject, happened, strict=True)
    ]
    return happened.where(pd.Series(coarser, index=reports.index, dtype="bool"), subject)


def place_history(
    reports: pd.DataFrame, disputes: pd.DataFrame, as_of: dt.date, params: PictureParams = DEFAULTS
) -> pd.DataFrame:
    """Return what happened at each place that its next vote should remember, newest first.

    Parameters
    ----------
    reports, disputes
        The tables of these names.
    as_of
        The day of knowledge.
    params
        From which severity a conflict counts.

    Returns
    -------
    DataFrame
        One row per report, or dispute that no report tells: ``entry_id``, ``code`` (of `stood`),
        ``tps`` (number, NA), ``date``, ``precision``, ``category``, ``family`` and ``severity`` (NA
        of a dispute alone), ``summary``, ``result`` and ``deadline`` (of the dispute, NA, NaT),
        ``perkara_id``, ``source_id``, ``other_source_id`` (of the dispute, where both tell it),
        ``confidence``. Reports are those of kejadian known on the day: votes again, recounts,
        rulings and disputes; intimidation and disorder at TPS; conflicts and unruly assemblies of
        ``severity_min`` or more; and findings at a TPS whose affair holds a vote again, a recount
        or a ruling.

    Notes
    -----
    A dispute and a report tell the same when kind, unit and a day of the dispute agree, and no two
    TPS numbers contradict each other.
    """
    rows = reports[known_on(reports, as_of) & reports["kind"].eq("kejadian")]
    kept = rows[_remembered(rows, params)]
    names = {"report_id": "entry_id", "tps_number": "tps", "date_event": "date",
             "date_precision": "precision"}  # fmt: skip
    told = kept.assign(code=stood(kept)).rename(columns=names)
    told = told.reindex(columns=HISTORY_COLUMNS)
    told = _typed(told).reset_index(drop=True)
    found = as_known(disputes, as_of)
    alone = []
    for dispute in found.to_dict("records"):
        same = _same(told, dispute)
        if same.any():
            at = same.idxmax()
            told.loc[at, ["result", "deadline", "other_source_id"]] = [
                dispute["result"], dispute["legal_deadline"], dispute["source_id"],
            ]  # fmt: skip
        else:
            alone.append(_entry(dispute))
    parts = [told, _typed(pd.DataFrame(alone, columns=HISTORY_COLUMNS))]
    joined = pd.concat([part for part in parts if len(part)] or parts[:1], ignore_index=True)
    return joined.sort_values(
        ["date", "entry_id"], ascending=[False, True], ignore_index=True, na_position="last"
    )


def _remembered(rows: pd.DataFrame, params: PictureParams) -> pd.Series:
    """Return which kejadian belong to the history of their place."""
    ruled = rows["category"].isin(VOTE_CATEGORIES)
    severity = rows["severity"].astype("Float64").fillna(0)
    violent = rows["family"].isin(VIOLENT_FAMILIES) & ~is_calm(rows)
    violent &= severity.ge(params.severity_min).astype(bool)
    at_tps = rows["location_precision"].eq("tps")
    led_there = at_tps & rows["perkara_id"].isin(rows.loc[ruled, "perkara_id"])
    trouble = rows["category"].isin(TROUBLE_CATEGORIES)
    kept: pd.Series = ruled | trouble | violent | led_there
    return kept


def _typed(frame: pd.DataFrame) -> pd.DataFrame:
    days = dict.fromkeys(("date", "deadline"), "datetime64[s]")
    words = {
        name: "str" for name in HISTORY_COLUMNS if name not in {"date", "deadline", "severity"}
    }
    return frame.astype({**days, **words, "severity": "Int64"})


def _same(told: pd.DataFrame, dispute: Mapping[Hashable, Any]) -> pd.Series:
    """Return which reports tell a dispute."""
    days = [dispute[step] for step in STEPS]
    same = told["category"].eq(dispute["kind"]) & told["code"].eq(dispute["unit_code"])
    same &= told["date"].isin([d for d in days if not pd.isna(d)])
    tps = _tps_number(dispute)
    return same if tps is None else same & (told["tps"].eq(tps) | told["tps"].isna())


def _tps_number(dispute: Mapping[Hashable, Any]) -> str | None:
    known = dispute["tps_id"]
    return known.rpartition("/")[2] if isinstance(known, str) else None


def _entry(dispute: Mapping[Hashable, Any]) -> dict[str, object]:
    """Return a dispute as an entry of its own, on the last of its days that is known."""
    days = [dispute[step] for step in reversed(STEPS)]
    known = [d for d in days if not pd.isna(d)]
    return {
        "entry_id": dispute["dispute_id"],
        "code": dispute["unit_code"],
        "tps": _tps_number(dispute),
        "date": known[0] if known else pd.NaT,
        "precision": "day",
        "category": dispute["kind"],
        "result": dispute["result"],
        "deadline": dispute["legal_deadline"],
        "source_id": dispute["source_id"],
    }


def published_counts(
    indicator_counts: pd.DataFrame,
    class_totals: pd.DataFrame,
    voted: pd.Series,
    registered: pd.Series,
    as_of: dt.date,
) -> pd.DataFrame:
    """Return what authorities published about the TPS of an area, each with its own denominator.

    Parameters
    ----------
    indicator_counts, class_totals
        The tables of these names.
    voted
        Day of the vote by election.
    registered
        TPS of the register of TPS by election and unit, where it is there.
    as_of
        The day of knowledge; a row without a date counts as known from the vote on, and always
        where the day of the vote is not known (an election before those of the product).

    Returns
    -------
    DataFrame
        One row per published count: ``row_id``, ``election``, ``authority``, ``level``,
        ``unit_code``, ``subject`` (id of the indicator or class, else the words of the source),
        ``label``, ``count``, ``tps_total`` (the denominator that the source gives; NA where it
        gives none: none is ever put in its place), ``share`` (of it, 0 to 1, NaN), ``registered``
        (TPS in the register, NA), ``date``, ``note``, ``source_id``. ``counts_differ``: sources
        give several counts for one subject of one unit and election. ``totals_differ``: they give
        the unit several numbers of TPS, or another one than the register.
    """
    first = indicator_counts.rename(columns={"count_id": "row_id", "indicator_id": "subject"})
    second = class_totals.rename(columns={"total_id": "row_id", "kelas": "subject"})
    rows = pd.concat([first, second], ignore_index=True)
    vote = pd.to_datetime(rows["election"].map(voted))
    known = pd.to_datetime(rows["date"]).fillna(vote)
    rows = rows[known.isna() | known.le(day(as_of))].copy()
    rows["subject"] = rows["subject"].astype("str").fillna(rows["label"].astype("str"))
    total = rows["tps_total"].astype("Float64")
    rows["share"] = (rows["count"].astype("Float64") / total.where(total.gt(0))).astype("float64")
    place = [rows["election"], rows["unit_code"]]
    rows["counts_differ"] = rows.groupby([*place, "subject"])["count"].transform("nunique").gt(1)
    at_place = pd.MultiIndex.from_arrays(place)
    rows["registered"] = registered.reindex(at_place).astype("Int64").array
    several = rows.groupby(place)["tps_total"].transform("nunique").gt(1)
    other = rows["tps_total"].ne(rows["registered"]).fillna(False).astype(bool)
    rows["totals_differ"] = several | other.groupby(place).transform("any")
    order = vote[rows.index]
    rows = rows.assign(vote=order, at=pd.to_datetime(rows["date"])).sort_values(
        ["vote", "election", "authority", "unit_code", "tps_total", "share", "count"],
        ascending=[False, True, True, True, True, False, False],
        kind="stable",
    )
    return rows[COUNT_COLUMNS].reset_index(drop=True)


def agency_group(name: object) -> str:
    """Return whose office a name is: a key of `AGENCY_WORDS`, else ``lainnya``."""
    words = "".join(c if c.isalnum() else " " for c in str(name).lower()).split()
    owners = {word: group for group, known in AGENCY_WORDS.items() for word in known}
    return next((owners[word] for word in words if word in owners), OTHER_AGENCY)


def who_knows(known: pd.DataFrame, as_of: dt.date) -> pd.DataFrame:
    """Return what each agency has given of each kabupaten, and how long ago.

    Parameters
    ----------
    known
        What was given: ``agency`` (a name), ``unit_code``, ``what``, ``date`` (NaT where
        unknown); one row per report, answer, class, published count or watched period.
    as_of
        The day; what is dated later is not there yet.

    Returns
    -------
    DataFrame
        One row per agency, area and kind of thing: ``agency`` (of `agency_group`), ``area``
        (kabupaten, or the province for what is not known to a kabupaten), ``what``, ``n``,
        ``last`` (NaT where no row has a date) and ``age_days`` (NA likewise).
    """
    rows = known.assign(
        agency=[agency_group(name) for name in known["agency"]],
        area=unit_at(known["unit_code"], "kabupaten").fillna(
            unit_at(known["unit_code"], "provinsi")
        ),
        date=pd.to_datetime(known["date"]).astype("datetime64[s]"),
    )
    rows = rows[rows["date"].isna() | rows["date"].le(day(as_of))]
    out = rows.groupby(["agency", "area", "what"], as_index=False).agg(
        n=("what", "size"), last=("date", "max")
    )
    age = (day(as_of) - out["last"]).dt.days.astype("Int64")
    return out.assign(age_days=age)


def standing_out(
    units: Mapping[str, pd.DataFrame], params: PictureParams = DEFAULTS
) -> tuple[str, str] | None:
    """Return family and unit whose relative risk leads; None when none can be told apart.

    Parameters
    ----------
    units
        By family, in the order in which they lead: index code, ``affairs``, ``low``, ``p_above``
        and ``word``.
    params
        On fewer affairs than ``affairs_min`` nothing leads.

    Returns
    -------
    tuple or None
        Of the first family with a unit that is higher, the one that is so most surely; where two
        are equally sure, the one whose interval begins higher.
    """
    for family, frame in units.items():
        rows = frame[frame["word"].eq(HIGHER) & frame["affairs"].ge(params.affairs_min)]
        if len(rows):
            first = rows.sort_values(["p_above", "low"], ascending=False, kind="stable")
            return family, str(first.index[0])
    return None


def grave_events(
    reports: pd.DataFrame, as_of: dt.date, area: str | None = None, params: PictureParams = DEFAULTS
) -> pd.DataFrame:
    """Return the events among which the gravest is looked for: of ``gravest_days``, else all.

    Parameters
    ----------
    reports
        The table ``reports``.
    as_of
        The day of knowledge.
    area
        Code of a unit; None for all.
    params
        How far back is looked first.

    Returns
    -------
    DataFrame
        Rows of kejadian known on the day, with ``unit`` (of `stood`). An assembly not
        reported as unruly is none.
    """
    happened = known_on(reports, as_of) & reports["kind"].eq("kejadian")
    rows = reports[happened & ~is_calm(reports)]
    rows = rows.assign(unit=stood(rows))
    if area is not None:
        rows = rows[inside(rows["unit"], area)]
    since = day(as_of) - pd.Timedelta(days=params.gravest_days)
    recent = rows[spans(rows)["last"].ge(since)]
    return recent if len(recent) else rows


def lines_by_unit(
    codes: Sequence[str], potensi: pd.DataFrame, history: pd.DataFrame
) -> pd.DataFrame:
    """Return the lines of several units side by side, each line a column of its own.

    Parameters
    ----------
    codes
        Units of one level.
    potensi
        Of `analytics.reports.overview.open_potensi`.
    history
        Of `place_history`.

    Returns
    -------
    DataFrame
        Index ``codes``. ``n_potensi``, ``n_stale`` and ``oldest_days`` (days since the least
        lately renewed was; NA without one), ``n_history``, ``history_severity`` (NA) and
        ``history_last`` (NaT). What is known only to a coarser unit is in none of them.
    """
    index = pd.Index(list(codes), name="code", dtype="str")
    waiting = potensi.assign(code=stood(potensi))
    rows = []
    for code in index:
        own = waiting[inside(waiting["code"], code)]
        past = history[inside(history["code"], code)]
        rows.append(
            {
                "n_potensi": len(own),
                "n_stale": int(own["stale"].sum()),
                "oldest_days": own["unrenewed_days"].max() if len(own) else pd.NA,
                "n_history": len(past),
                "history_severity": past["severity"].max() if len(past) else pd.NA,
                "history_last": past["date"].max() if len(past) else pd.NaT,
            }
        )
    kinds = dict.fromkeys(("n_potensi", "n_stale", "n_history"), "int64")
    kinds |= dict.fromkeys(("oldest_days", "history_severity"), "Int64")
    columns = ["n_potensi", "n_stale", "oldest_days", "n_history", "history_severity",
               "history_last"]  # fmt: skip
    return pd.DataFrame(rows, index=index, columns=columns).astype(
        {**kinds, "history_last": "datetime64[s]"}
    )
