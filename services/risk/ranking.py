"""The page of TPS risk: one statement at a time, filtered, ranked, and put into a headline."""

from __future__ import annotations

from collections.abc import Collection, Hashable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

import numpy as np
import pandas as pd

from analytics.risk.params import INDICES
from data.store.rules_risk import KELAS
from geo.errors import ParameterError
from services.dataset import Dataset
from services.memo import memo
from services.risk.explain import Explanation, explain_tps
from services.risk.index import RiskView, tier_level
from services.risk.islets import islets_in
from services.texts import day, label, number, text

STATEMENTS = (*INDICES, "kelas")
"""Our two indices, and the police register: shown one at a time, never mixed."""
_FIRST = next(iter(INDICES))
COLOURS = ("tier", "value")
TIERS = ("tinggi", "sedang", "belum_cukup", "rendah")
"""In the order in which a stack of TPS takes the colour of one of them."""
NO_CLASS = "belum_terdaftar"
CLASSES = (*reversed(KELAS), NO_CLASS)
VALUE_BREAKS = (0.0, 0.03, 0.06, 0.12, 0.3)
"""Lower bounds of the five classes of an index; fixed, so that a colour means the same always."""


@dataclass(frozen=True)
class RiskQuery:
    """What the reader asks.

    Attributes
    ----------
    statement
        ``keamanan``, ``logistik`` or ``kelas``.
    area
        Code of a kabupaten, kecamatan or desa; None for all.
    tiers, classes
        Tiers of the chosen index, or police classes; empty for all.
    unstable
        Whether to keep only TPS whose tier is not stable.
    special
        Whether to keep only lokasi khusus.
    search
        Words of a desa, or a TPS number with them.
    """

    statement: str = "keamanan"
    area: str | None = None
    tiers: tuple[str, ...] = ()
    classes: tuple[str, ...] = ()
    unstable: bool = False
    special: bool = False
    search: str = ""

    def __post_init__(self) -> None:
        if self.statement not in STATEMENTS:
            raise ParameterError("statement", self.statement, "one of " + ", ".join(STATEMENTS))

    @property
    def index(self) -> str:
        """The index that ranks; that of security beside the register."""
        return self.statement if self.statement in INDICES else _FIRST


@dataclass(frozen=True, eq=False)
class Ranked:
    """What the page draws.

    Attributes
    ----------
    rows
        TPS (or kabupaten) that meet the query, the highest tier and index first: the columns of
        `RiskView.tps` and ``class`` (the police class, or `NO_CLASS`), ``rank`` over all.
    total
        How many there are without filters.
    """

    view: RiskView = field(repr=False)
    query: RiskQuery
    rows: pd.DataFrame = field(repr=False)
    total: int

    @property
    def data(self) -> Dataset:
        """The tables it was made from."""
        return self.view.data

    def key(self, colour: str = "tier") -> pd.Series:
        """Return the class of each row on the map: a tier, a police class, or 0 to 4."""
        if self.query.statement == "kelas":
            return self.rows["class"]
        if colour == "tier":
            return self.rows[f"tier_{self.query.statement}"]
        return value_class(self.rows[f"indeks_{self.query.statement}"])


def value_class(values: pd.Series) -> pd.Series:
    """Return the class of ``values``, any index, ``0`` to ``4``, or ``tidak_diketahui``."""
    at = np.searchsorted(np.array(VALUE_BREAKS), values.fillna(0.0).to_numpy(), side="right") - 1
    words = pd.Series(at.astype(str), index=values.index, dtype="str")
    return words.where(values.notna(), "tidak_diketahui")


@memo(24)
def ranked(view: RiskView, query: RiskQuery) -> Ranked:
    """Return the places that meet a query, ranked by its index."""
    table = view.tps if view.level == "tps" else _as_tps(view)
    table = table.assign(**{"class": table["kelas_resmi"].fillna(NO_CLASS)})
    if query.statement == "kelas":
        place = table["class"].map({kelas: n for n, kelas in enumerate(CLASSES)})
        order = table.loc[place.sort_values(kind="stable").index]
    else:
        level = tier_level(table[f"tier_{query.index}"])
        keys = ["level", f"indeks_{query.index}", f"{query.index}_high"]
        order = table.assign(level=level).sort_values(keys, ascending=False, kind="stable")
        order = order.drop(columns="level")
    order = order.assign(rank=np.arange(1, len(order) + 1))
    return Ranked(view, query, order[_mask(view.data, order, query)], len(order))


def _as_tps(view: RiskView) -> pd.DataFrame:
    """Return whole kabupaten under the columns that a TPS has, where they have a meaning."""
    frame = view.kabupaten
    return frame.assign(
        kabupaten_code=frame.index,
        kecamatan_code=frame.index,
        desa_code=frame.index,
        number="",
        lokasi_khusus=False,
        kelas_resmi=pd.Series(pd.NA, index=frame.index),
    )


def _mask(data: Dataset, rows: pd.DataFrame, query: RiskQuery) -> pd.Series:
    keep = pd.Series(True, index=rows.index)
    if query.area:
        codes = rows["desa_code"]
        keep &= codes.eq(query.area) | codes.str.startswith(f"{query.area}.")
    if query.tiers and query.statement != "kelas":
        keep &= rows[f"tier_{query.statement}"].isin(query.tiers)
    if query.classes:
        keep &= rows["class"].isin(query.classes)
    if query.unstable:
        tier = rows[f"tier_{query.index}"]
        keep &= ~rows[f"stabil_{query.index}"] & tier.ne("belum_cukup")
    if query.special:
        keep &= rows["lokasi_khusus"].astype(bool)
    for word in query.search.lower().split():
        keep &= _found(data, rows, word)
    return keep


def _found(data: Dataset, rows: pd.DataFrame, word: str) -> pd.Series:
    """Return which rows a word of the search is about: a number is a TPS, else a place."""
    if word.isdigit():
        return rows["number"].eq(f"{int(word):03d}")
    if word == "tps":
        return pd.Series(True, index=rows.index)
    names = rows["desa_code"].map(data.place_names).str.lower()
    return names.str.contains(word, regex=False)


def all_unknown(view: RiskView, statement: str) -> bool:
    """Return whether no place at all has enough data for a tier of an index."""
    if statement not in INDICES:
        return False
    table = view.tps if view.level == "tps" else view.kabupaten
    return bool(table[f"tier_{statement}"].eq("belum_cukup").all())


def finding(found: Ranked, lang: str) -> str:
    """Return the headline: what is found, and where most of it is."""
    statement, data = found.query.statement, found.data
    rows = found.rows
    if rows.empty:
        return text("kerawanan.headline_none", lang)
    if statement == "kelas":
        return _class_finding(found, lang)
    name = label("risk_index", statement, lang)
    tier = rows[f"tier_{statement}"]
    place = _places(found, lang)
    if tier.eq("belum_cukup").all():
        return _no_tier(found, name, lang)
    high, rated = rows[tier.eq("tinggi")], int(tier.ne("belum_cukup").sum())
    if high.empty:
        words = text(
            "kerawanan.headline_no_high", lang, index=name, places=place, n=number(rated, lang)
        )
        return _with_islets(found, words, lang)
    most = high["kecamatan_code"].value_counts()
    words = text(
        "kerawanan.headline" if rated == len(rows) else "kerawanan.headline_part",
        lang,
        index=name,
        n=number(len(high), lang),
        total=number(rated, lang),
        places=place,
        kecamatan=data.names[most.index[0]],
        most=number(int(most.iloc[0]), lang),
    )
    return _with_islets(found, words, lang)


def _no_tier(found: Ranked, name: str, lang: str) -> str:
    """Return the headline where too little is known for any tier: what is known, what it takes."""
    rows, view = found.rows, found.view
    if rows[f"indeks_{found.query.statement}"].isna().all():
        return text("kerawanan.headline_unknown", lang, index=name)
    if view.level == "kabupaten" or found.query.statement != "keamanan":
        top = rows["kabupaten_code"][str(rows[f"indeks_{found.query.statement}"].idxmax())]
        return text("kerawanan.headline_not_enough", lang, index=name, place=view.data.names[top])
    return text(
        "tab_head.no_tier",
        lang,
        share=number(100 * rows["cakupan"].mean(), lang, 1),
        listed=number(len(view.tables.indicators), lang),
        least=number(100 * view.params.security.min_indicators, lang),
    )


def _with_islets(found: Ranked, words: str, lang: str) -> str:
    """Return a headline of logistics with the islets, which are not among the TPS counted."""
    if found.query.statement != "logistik" or found.query.tiers:
        return words
    rows = islets_in(found.view.islets, found.query.area)
    high = rows[rows["tier_logistik"].eq("tinggi")]
    if high.empty:
        return words
    return text(
        "tab_head.islets",
        lang,
        finding=words,
        high=number(len(high), lang),
        n=number(len(rows), lang),
        names=", ".join(high["name"]),
    )


def _places(found: Ranked, lang: str) -> str:
    return text(f"kerawanan.places_{found.view.level}", lang)


def _class_finding(found: Ranked, lang: str) -> str:
    counts = found.rows["class"].value_counts()
    registered = int(counts.drop(NO_CLASS, errors="ignore").sum())
    if not registered:
        election = label("election", found.view.election, lang)
        return text("kerawanan.headline_no_class", lang, election=election)
    worst = next(kelas for kelas in CLASSES if counts.get(kelas, 0))
    return text(
        "kerawanan.headline_class",
        lang,
        n=number(counts[worst], lang),
        kelas=label("kelas", worst, lang),
        registered=number(registered, lang),
        total=number(len(found.rows), lang),
    )


def sub_line(found: Ranked, lang: str, opened: str = "", key: str = "kerawanan.sub") -> str:
    """Return election, day and n in one line; ``opened`` says why this election, if it does.

    ``key`` is that of the text.
    """
    view = found.view
    return text(
        key,
        lang,
        election=opened or label("election", view.election, lang),
        day=day(view.as_of, lang),
        n=number(len(found.rows), lang),
        total=number(found.total, lang),
        places=_places(found, lang),
    )


def known_words(found: Ranked, lang: str) -> str:
    """Return how much of the indicators is known, and how many reports weigh."""
    view, known = found.view, found.rows["cakupan"]
    return text(
        "kerawanan.known",
        lang,
        coverage=number(100 * known.mean() if len(known) else None, lang),
        listed=number(len(view.tables.indicators), lang),
        reports=number(view.reports["report_id"].nunique(), lang),
    )


@memo(12)
def rank_table(found: Ranked, lang: str) -> pd.DataFrame:
    """Return the ranking with words for its columns, one row per place, in order.

    The police register and our indices are tables of their own: a table of the one has no column
    of the other.
    """
    rows, data, whole = found.rows, found.data, found.view.level == "kabupaten"
    kabupaten = rows["kabupaten_code"].map(data.names)
    columns: dict[str, object] = {"rank": rows["rank"]}
    if whole:
        columns["kabupaten"] = kabupaten
    else:
        columns |= {"tps": rows["number"], "desa": rows["desa_code"].map(data.names)}
    columns |= _class_columns(found, lang) if found.query.statement == "kelas" else {}
    columns |= _index_columns(found, lang) if found.query.statement != "kelas" else {}
    if not whole:
        columns |= {"kecamatan": rows["kecamatan_code"].map(data.names), "kabupaten": kabupaten}
    keys = sorted(columns, key=lambda key: key not in _FIRST_COLUMNS)
    return pd.DataFrame(
        {label("risk_column", key, lang): pd.Series(columns[key]).array for key in keys}
    )


_FIRST_COLUMNS = {
    "rank",
    "tps",
    "desa",
    "index_keamanan",
    "index_logistik",
    "tier",
    "class",
    "kecamatan",
}
"""What a narrow screen shows of the ranking without scrolling."""


def _class_columns(found: Ranked, lang: str) -> dict[str, object]:
    """Return the police class of each row, since when, and who says so."""
    known = found.view.tables.classes.drop_duplicates("tps_id", keep="last").set_index("tps_id")
    mine = known.reindex(found.rows.index)
    return {
        "class": [label("kelas", kelas, lang) for kelas in found.rows["class"]],
        "date": ["" if pd.isna(d) else day(d, lang, "short") for d in mine["date"]],
        "source": mine["source"].fillna(""),
    }


def _index_columns(found: Ranked, lang: str) -> dict[str, object]:
    """Return value, range, tier and how sure it is of the index whose ranking it is."""
    rows, index = found.rows, found.query.index
    tiers = rows[f"tier_{index}"]
    columns: dict[str, object] = {
        f"index_{index}": rows[f"indeks_{index}"].round(3),
        "tier": [tier_words(tier, lang) for tier in tiers],
        "low": rows[f"{index}_low"].round(3),
        "high": rows[f"{index}_high"].round(3),
        "p_high": (100 * rows[f"p_{index}_tinggi"]).round(),
        "stable": [
            label("stable", "-" if tier == "belum_cukup" else str(bool(stable)).lower(), lang)
            for tier, stable in zip(tiers, rows[f"stabil_{index}"], strict=True)
        ],
        "coverage": (100 * rows["cakupan"]).round(),
    }
    if found.view.level == "tps":
        columns["rank_in"] = [rank_words(row, index, lang) for row in rows.to_dict("records")]
    if found.view.simulation:
        columns["simulation"] = [
            text("kerawanan.simulated", lang) if s else "" for s in rows["simulasi"]
        ]
    return columns


def rank_words(row: Mapping[Hashable, Any], index: str, lang: str, place: str = "") -> str:
    """Return the rank of a TPS within its kabupaten, in words; empty where it has no tier.

    Parameters
    ----------
    row
        The columns ``peringkat_…`` of `RiskView.tps`.
    index
        Which index.
    place
        Name of the kabupaten for a sentence; empty for the short form.
    """
    first, last, of = (row[f"peringkat_{part}{index}"] for part in ("", "akhir_", "dari_"))
    if pd.isna(first):
        return ""
    gaps = {"first": number(first, lang), "last": number(last, lang), "of": number(of, lang)}
    tied = first != last
    if not place:
        return text("risk_rank.short_tied" if tied else "risk_rank.short", lang, **gaps)
    return text("risk_rank.tied" if tied else "risk_rank.one", lang, place=place, **gaps)


TIER_MARK = {"tinggi": "▲", "sedang": "◆", "rendah": "●", "belum_cukup": "○"}
"""A shape beside each colour."""


def tier_words(tier: str, lang: str) -> str:
    """Return a tier with its shape."""
    return f"{TIER_MARK.get(tier, '')} {label('risk_tier', tier, lang)}".strip()


def place_title(view: RiskView, place_id: str, lang: str) -> str:
    """Return the name of a TPS with its place, or of a kabupaten."""
    if place_id in view.kabupaten.index:
        return str(view.data.place_name(place_id))
    row = view.tps.loc[place_id]
    return text(
        "dispute.tps", lang, tps=row["number"], place=view.data.place_name(str(row["desa_code"]))
    )


def published_totals(view: RiskView, lang: str) -> pd.DataFrame:
    """Return what the police published of its classes, at its level, with the source of each."""
    rows = view.tables.class_totals
    names = view.data.place_names
    return pd.DataFrame(
        {
            label("risk_column", "authority", lang): rows["authority"],
            label("risk_column", "unit", lang): [names.get(c, c) for c in rows["unit_code"]],
            label("risk_column", "class", lang): rows["label"],
            label("risk_column", "count", lang): rows["count"],
            label("risk_column", "tps_total", lang): rows["tps_total"],
            label("risk_column", "date", lang): [day(d, lang, "short") for d in rows["date"]],
            label("risk_column", "note", lang): rows["note"],
            label("risk_column", "source", lang): rows["url"],
        }
    )


def parse_place(view: RiskView, asked: str) -> str | None:
    """Return the id of the place that an address names; None when it is not in the view."""
    return asked if asked in view.tps.index or asked in view.kabupaten.index else None


def election_at(data: Dataset, as_of: date, having: Collection[str] = ()) -> str:
    """Return the election that a page opens on: the one whose voting day is nearest.

    Parameters
    ----------
    data
        Gives the elections.
    as_of
        The day of the cursor.
    having
        Elections that have what the page shows; where there is any, the nearest of these.
    """
    rows = data.elections.set_index("election")["voting_date"]
    own = rows[rows.index.isin(list(having))]
    rows = own if len(own) else rows
    return str((rows - pd.Timestamp(as_of)).abs().idxmin())


@memo(64)
def explained(view: RiskView, place_id: str) -> Explanation:
    """Return the reasons of a place; cached, since a page asks again at each turn."""
    return explain_tps(view, place_id)
