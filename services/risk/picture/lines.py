"""Gambaran keamanan: what published facts say of a place, as lines that are never added up."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, timedelta

import pandas as pd

from analytics.reports.overview import open_potensi
from analytics.reports.places import LEVELS, inside, place_codes, unit_at
from analytics.reports.selection import Selection, known_since
from analytics.risk.picture import (
    PictureParams,
    grave_events,
    lines_by_unit,
    place_history,
    published_counts,
    standing_out,
    stood,
    who_knows,
)
from geo.errors import ParameterError
from services.dataset import Dataset
from services.hotspots.areas import area_voters, watched_until
from services.hotspots.headline import HEADLINE_AFFAIRS, gravest
from services.hotspots.relative_risk import RelativeRiskView, RiskQuery, relative_risk_view
from services.memo import memo
from services.risk.facts import risk_tables

FAMILIES = ("konflik", "unjuk_rasa", "pelanggaran", "logistik", "petugas", "proses")
"""In the order in which their relative risks lead; each is a line of its own."""
PARAMS = PictureParams(affairs_min=HEADLINE_AFFAIRS)
WINDOWS = ("semua", "tahun")
_YEAR = timedelta(days=365)
_NATIONAL = "ID"
UNLOCKS = ("reports", "indicators", "tps-class", "voters", "personnel")
"""Kinds of import that would tell more of the TPS of a kabupaten, and what each brings."""
_PRESS = "pemberitaan"


@dataclass(frozen=True)
class PictureQuery:
    """What the reader asks.

    Attributes
    ----------
    as_of
        The day of knowledge.
    election
        Election whose TPS the files are about.
    place
        Code of a kabupaten, kecamatan or desa; None for the whole province.
    family
        The family that colours the map; one of `FAMILIES`.
    window
        ``semua``: all that is known; ``tahun``: the last 365 days that were watched.
    """

    as_of: date
    election: str
    place: str | None = None
    family: str = "konflik"
    window: str = "semua"

    def __post_init__(self) -> None:
        for name, allowed in (("family", FAMILIES), ("window", WINDOWS)):
            if getattr(self, name) not in allowed:
                raise ParameterError(name, getattr(self, name), "one of " + ", ".join(allowed))


@dataclass(frozen=True, eq=False)
class Picture:
    """The lines of a place. Treat every frame as read-only.

    Attributes
    ----------
    data, query
        The tables it was made from, and what was asked.
    level
        Level of the place.
    map_level
        Level of its parts, which the map shows; a desa stands among desa.
    view
        The relative risk of the family of the map; `risks` holds the units of it and others.
    risks
        Per family (of a place: that of the map alone) the units of ``map_level``, index ``code``:
        ``name``, ``affairs``, ``expected``, ``median``, ``low``, ``high``, ``p_above`` and
        ``word``.
    own
        The same of the place alone, index ``family``; empty for the province, with which its
        parts are compared. Of a desa only families with an affair, and that of the map.
    leads
        Family and code of what leads the headline; None when nothing can be told apart.
    potensi, history
        Open potensi and remembered events in the place; ``potensi_above``, ``history_above``:
        those known only to a larger unit that holds it.
    parts
        Of `lines_by_unit`, the units of ``map_level`` in the place.
    gravest
        The gravest event in the place; None when there is none.
    """

    data: Dataset = field(repr=False)
    query: PictureQuery
    level: str
    map_level: str
    view: RelativeRiskView = field(repr=False)
    risks: dict[str, pd.DataFrame] = field(repr=False)
    own: pd.DataFrame = field(repr=False)
    leads: tuple[str, str] | None
    potensi: pd.DataFrame = field(repr=False)
    potensi_above: pd.DataFrame = field(repr=False)
    history: pd.DataFrame = field(repr=False)
    history_above: pd.DataFrame = field(repr=False)
    parts: pd.DataFrame = field(repr=False)
    gravest: pd.Series | None = field(repr=False)

    @property
    def code(self) -> str:
        """Code of the place; that of the province where none was chosen."""
        return self.query.place or province_code(self.data)

    # What stands under the map is worked out when it is drawn, so that the map comes before it.
    @property
    def counts(self) -> pd.DataFrame:
        """Published counts with ``where``: ``own``, ``inside`` or ``above``."""
        return _counts_about(self.data, self.query.as_of, self.code)

    @property
    def baseline(self) -> pd.DataFrame:
        """Categories and scores by instrument, with ``where``."""
        return _baseline_about(self.data, self.query.as_of, self.code)

    @property
    def knows(self) -> pd.DataFrame:
        """What each agency knows, as of `analytics.risk.picture.who_knows`."""
        return _knows(self.data, self.query.as_of)

    @property
    def unlock(self) -> pd.DataFrame:
        """How many TPS (of ``tps``) each kind of import speaks of; others count rows.

        Index kabupaten, of the place, else all. ``tps`` is NA without a register.
        """
        place = self.query.place
        mine = [c for c in _codes(self.data, "kabupaten") if place is None or _holds(c, place)]
        return _unlock(self.data, self.query.election, self.query.as_of).loc[mine]


def province_code(data: Dataset) -> str:
    """Return the code of the province."""
    return str(data.units.loc[data.units["level"].eq("provinsi"), "code"].iloc[0])


def place_of(data: Dataset, asked: str | None) -> str | None:
    """Return the code of the unit that an address or command names; None for the province.

    Raises
    ------
    ParameterError
        For a code that no unit has.
    """
    if not asked or asked == province_code(data):
        return None
    if asked not in data.names.index:
        raise ParameterError("place", asked, ", ".join(_codes(data, "kabupaten")))
    return asked


@memo(12)
def picture(data: Dataset, query: PictureQuery) -> Picture:
    """Return the lines of a place as known on a day.

    Raises
    ------
    ParameterError
        For an election that is not known.
    """
    elections = list(data.elections["election"])
    if query.election not in elections:
        raise ParameterError("election", query.election, ", ".join(elections))
    place, as_of = query.place, query.as_of
    code = place or province_code(data)
    level = LEVELS[code.count(".")]
    map_level = LEVELS[min(code.count(".") + 1, len(LEVELS) - 1)]
    compared = FAMILIES if place is None else (query.family,)
    views = {name: risk_of(data, query, map_level, name) for name in compared}
    risks = {name: view.units for name, view in views.items()}
    own = pd.DataFrame() if place is None else _own_risks(data, query, place, level)
    potensi, history = _waiting(data, as_of), _history(data, as_of)
    at_potensi = stood(potensi)
    shown = [c for c in _codes(data, map_level) if level == "desa" or _in(c, code)]
    parts = lines_by_unit([c for c in shown if level != "desa" or c == code], potensi, history)
    return Picture(
        data=data,
        query=query,
        level=level,
        map_level=map_level,
        view=views[query.family],
        risks=risks,
        own=own,
        leads=standing_out(risks, PARAMS) if place is None else None,
        potensi=potensi[inside(at_potensi, code)],
        potensi_above=potensi[[_above(c, code) for c in at_potensi]],
        history=history[inside(history["code"], code)],
        history_above=history[[_above(c, code) for c in history["code"]]],
        parts=parts,
        gravest=gravest(grave_events(data.countable, as_of, code)),
    )


def risk_of(data: Dataset, query: PictureQuery, level: str, family: str) -> RelativeRiskView:
    """Return the relative risk of the units of a level in a family; potensi are not counted."""
    voters, start = exposure_election(data, query.as_of), None
    if query.window == "tahun":
        units = area_voters(data, level, voters).index
        start = watched_until(data, query.as_of, units).date() - _YEAR
    selection = Selection(query.as_of, date_from=start, families=(family,), kinds=("kejadian",))
    return relative_risk_view(data, RiskQuery(selection, level, election=voters))


def exposure_election(data: Dataset, as_of: date) -> str:
    """Return the election whose voters are exposed: of the whole province, the nearest to a day.

    An election of two kabupaten knows no voters elsewhere, so that nothing could be compared.
    """
    areas = data.elections.set_index("election")["area_codes"].str.split("|")
    whole = areas.index[areas.map(lambda codes: province_code(data) in codes)]
    voted = data.elections.set_index("election")["voting_date"]
    near = (voted[whole] if len(whole) else voted) - pd.Timestamp(as_of)
    return str(near.abs().idxmin())


def _own_risks(data: Dataset, query: PictureQuery, code: str, level: str) -> pd.DataFrame:
    """Return the relative risk of one unit by family, for a desa of families with an affair."""
    families: tuple[str, ...] = FAMILIES
    if level == "desa":  # a family without one says nothing of a desa, and takes long
        rows = data.standing[data.standing["kind"].eq("kejadian")]
        there = set(rows.loc[inside(place_codes(rows), code), "family"])
        families = tuple(f for f in FAMILIES if f in {*there, query.family})
    found = {f: risk_of(data, query, level, f).units.reindex([code]).iloc[0] for f in families}
    own = pd.DataFrame(found).T.rename_axis("family")
    return own.dropna(subset="median")


def _codes(data: Dataset, level: str) -> list[str]:
    return sorted(data.units.loc[data.units["level"].eq(level), "code"])


def _in(code: str, place: str) -> bool:
    return code == place or code.startswith(f"{place}.")


def _above(code: str, place: str) -> bool:
    """Tell whether a unit holds a place and is not the place itself."""
    return place.startswith(f"{code}.")


def _holds(code: str, place: str) -> bool:
    return code == place or _above(code, place)


@memo(8)
def _waiting(data: Dataset, as_of: date) -> pd.DataFrame:
    return open_potensi(data.countable, as_of)


@memo(8)
def _history(data: Dataset, as_of: date) -> pd.DataFrame:
    return place_history(data.countable, data.read("disputes"), as_of)


@memo(8)
def _counts(data: Dataset, as_of: date) -> pd.DataFrame:
    voted = data.elections.set_index("election")["voting_date"]
    ladder = [data.tps.assign(unit_code=unit_at(data.tps["desa_code"], level)) for level in LEVELS]
    registered = pd.concat(ladder).groupby(["election", "unit_code"]).size()
    tables = data.read("indicator_counts"), data.read("class_totals")
    return published_counts(*tables, voted, registered, as_of)


def _baseline(data: Dataset, as_of: date) -> pd.DataFrame:
    """Return the scores of instruments known on a day; undated ones from their election's vote."""
    rows = data.read("baseline_scores")
    vote = rows["election"].map(data.elections.set_index("election")["voting_date"])
    known = rows["date"].fillna(vote)
    return rows[known.isna() | known.le(pd.Timestamp(as_of))]


@memo(12)
def _counts_about(data: Dataset, as_of: date, code: str) -> pd.DataFrame:
    return _about(_counts(data, as_of), code)


@memo(12)
def _baseline_about(data: Dataset, as_of: date, code: str) -> pd.DataFrame:
    return _about(_baseline(data, as_of), code)


def _about(rows: pd.DataFrame, code: str) -> pd.DataFrame:
    """Return the rows about a place, its parts and the units that hold it, with ``where``."""
    units = rows["unit_code"]
    parts = {
        "own": rows[units.eq(code)],
        "inside": rows[inside(units, code) & units.ne(code)],
        "above": rows[[_above(unit, code) for unit in units]],
    }
    return pd.concat([part.assign(where=name) for name, part in parts.items()], ignore_index=True)


@memo(8)
def _knows(data: Dataset, as_of: date) -> pd.DataFrame:
    """Return what each agency has given of each kabupaten, from all tables that name one."""
    reports = data.standing
    kinds = data.sources.set_index("source_id")["kind"].reindex(reports["source_id"]).array
    press = pd.Series(kinds, index=reports.index).eq("publik")
    agency = reports["agency"].where(reports["agency"].notna(), press.map({True: _PRESS}))
    what = reports["kind"].eq("nihil").map({True: "nihil", False: "laporan"})
    answers, classes = data.read("indicator_values"), data.read("tps_class")
    published, watched = _counts(data, as_of), data.coverage_periods
    watched = watched[watched["date_start"].le(pd.Timestamp(as_of))]
    # A period that goes on beyond the day is given up to the day.
    today = pd.Timestamp(as_of)
    seen = watched["date_end"].where(watched["date_end"].le(today), today)
    pieces = (
        (agency, reports["unit_kejadian"], what, known_since(reports, 0)),
        (answers["agency"], answers["desa_code"], "jawaban", answers["date"]),
        (classes["agency"], classes["tps_id"].str.split("/").str[1], "register", classes["date"]),
        (published["authority"], published["unit_code"], "angka", published["date"]),
        (watched["agency"], watched["unit_code"], "pantauan", seen),
    )  # fmt: skip
    frames = [
        pd.DataFrame({"agency": a, "unit_code": u, "what": w, "date": pd.to_datetime(d)})
        for a, u, w, d in pieces
    ]
    known = pd.concat(frames, ignore_index=True)
    named = known["agency"].notna() & known["unit_code"].ne(_NATIONAL)
    return who_knows(known[named], as_of)


@memo(8)
def _unlock(data: Dataset, election: str, as_of: date) -> pd.DataFrame:
    """Return by kabupaten how much of each file is there."""
    tables = risk_tables(data, election, as_of)
    tps = data.tps[data.tps["election"].eq(election)].set_index("tps_id")["desa_code"]
    told = tables.values  # noqa: PD011
    answered = tps.index.isin(told["tps_id"].dropna())
    answered |= tps.isin(told.loc[told["tps_id"].isna(), "desa_code"]).to_numpy()
    listed = data.read("tps_voters")
    known = {
        "tps": tps,
        "indicators": tps[answered],
        "tps-class": tps[tps.index.isin(tables.classes["tps_id"])],
        "voters": tps[tps.index.isin(listed["tps_id"])],
    }
    reports = data.standing
    theirs = reports[reports["agency"].notna() & known_since(reports, 0).le(pd.Timestamp(as_of))]
    units = known | {"reports": theirs["unit_kejadian"], "personnel": tables.personnel["unit_code"]}
    codes = pd.Index(_codes(data, "kabupaten"), name="code")
    frame = pd.DataFrame(
        {
            name: unit_at(places.astype("str"), "kabupaten").value_counts().reindex(codes)
            for name, places in units.items()
        },
        index=codes,
    )
    frame = frame.fillna(0).astype("Int64")
    if tps.empty:
        frame["tps"] = pd.Series(pd.NA, index=codes, dtype="Int64")
    return frame
