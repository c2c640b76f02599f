"""What is known about the risk of TPS on a day: registers, indicators, published counts, people."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date

import pandas as pd

from analytics.reports.dates import day
from data.risk.lists import list_chosen, list_in_use, list_versions
from services.dataset import Dataset
from services.memo import memo

_SHIPPED = (
    "indicator_versions",
    "risk_indicators",
    "indicator_counts",
    "class_totals",
    "security_patterns",
    "baseline_scores",
)
_OF_ELECTION = ("indicator_values", "simulated_values")
VALUE_COLUMNS = ("indicator_id", "tps_id", "desa_code", "value", "as_of", "agency", "simulated")


@dataclass(frozen=True, eq=False)
class RiskTables:
    """What was known on a day. Treat every frame as read-only.

    Every frame with a ``source_id`` has the address of its page as ``url``. Rows whose day of
    publication is unknown count as known.

    Attributes
    ----------
    election, as_of
        What was asked.
    simulation
        Whether simulated values are among `values`.
    has_register
        Whether the TPS of this election are known one by one.
    indicators
        The cycle's list: ``election``, ``area_code``, ``version``, ``indicator_id``, ``number``,
        ``name``, ``variable``, ``kind`` (yes_no or number), ``low``, ``high``, ``note``, source.
        Of lists for the country and for this province that of the province counts. Empty where
        no list is known.
    stated_count
        How many indicators the list says it has; 0 without a list.
    versions
        Lists of all elections, with ``named_count``.
    values
        ``indicator_id``, ``tps_id`` (missing: the whole desa), ``desa_code``, ``value``
        (yes 1, no 0), ``as_of`` (since when), ``agency``, ``simulated``: the latest per place and
        indicator, the larger of two of one day. No row means not known. A TPS's own value beats
        its desa's, and a simulated row stands only where neither is known;
        `analytics.risk.coverage.value_matrix` joins them.
    classes
        The police register: ``tps_id``, ``kelas``, ``date``, ``agency``, ``source``.
    class_totals, indicator_counts
        Published numbers of TPS at their level, this election's.
    patterns
        Police and linmas per TPS: ``pattern_id``, ``kelas``, ``police``, ``tps``, ``linmas``,
        ``place`` and what the data dictionary says.
    baseline
        ``instrument``, ``unit_code``, ``score`` (missing where only the category is known),
        ``category``; instruments of this election only.
    personnel
        The latest per ``unit_code`` and ``kind``: ``available``, ``date``, ``source``.
    """

    election: str
    as_of: date
    simulation: bool
    has_register: bool
    indicators: pd.DataFrame = field(repr=False)
    stated_count: int
    versions: pd.DataFrame = field(repr=False)
    values: pd.DataFrame = field(repr=False)
    classes: pd.DataFrame = field(repr=False)
    class_totals: pd.DataFrame = field(repr=False)
    indicator_counts: pd.DataFrame = field(repr=False)
    patterns: pd.DataFrame = field(repr=False)
    baseline: pd.DataFrame = field(repr=False)
    personnel: pd.DataFrame = field(repr=False)


@memo(24)
def risk_tables(
    data: Dataset, election: str, as_of: date, *, simulation: bool = False
) -> RiskTables:
    """Return what was known about an election's TPS on a day.

    Parameters
    ----------
    data
        The tables of the store.
    election
        Key of an election.
    as_of
        The day; later rows are not known yet.
    simulation
        Whether to fill what is unknown with simulated values, if any were made. Never by default.
    """
    raw = _raw(data, election)
    limit = day(as_of)
    versions = list_versions(raw)
    chosen = list_chosen(versions, election)

    def known(name: str) -> pd.DataFrame:
        frame = raw[name]
        reported = frame["date"].isna() | frame["date"].le(limit)
        return frame[frame["election"].eq(election) & reported].reset_index(drop=True)

    simulated = raw["simulated_values"] if simulation else raw["simulated_values"].head(0)
    return RiskTables(
        election=election,
        as_of=as_of,
        simulation=simulation and len(simulated) > 0,
        has_register=bool(data.tps["election"].eq(election).any()),
        indicators=list_in_use(versions, raw["risk_indicators"], election),
        stated_count=int(chosen["stated_count"].sum()),
        versions=versions,
        values=_values(raw["indicator_values"], simulated, limit),
        classes=_classes(raw["tps_class"], limit),
        class_totals=known("class_totals"),
        indicator_counts=known("indicator_counts"),
        patterns=raw["security_patterns"],
        baseline=known("baseline_scores"),
        personnel=_personnel(known("personnel_available")),
    )


@memo(6)
def _raw(data: Dataset, election: str) -> dict[str, pd.DataFrame]:
    frames = {
        name: data.read(name).assign(
            url=lambda f: f["source_id"].map(data.source_urls).astype("str")
        )
        for name in (*_SHIPPED, "personnel_available")
    }
    for name in _OF_ELECTION:
        rows = data.read(name)
        frames[name] = rows[rows["election"].eq(election)].reset_index(drop=True)
    classes = data.read("tps_class")
    mine = classes["tps_id"].str.startswith(f"{election}/")
    return {**frames, "tps_class": classes[mine].reset_index(drop=True)}


def _values(real: pd.DataFrame, simulated: pd.DataFrame, limit: pd.Timestamp) -> pd.DataFrame:
    known = real[real["date"].le(limit)]
    known = known.sort_values(["date", "value", "agency"], kind="stable")
    known = known.drop_duplicates(["place_id", "indicator_id"], keep="last")
    drawn = simulated[simulated["date"].le(limit)]
    if len(drawn):
        covered = pd.MultiIndex.from_frame(known[["indicator_id", "tps_id"]])
        whole = known[known["tps_id"].isna()]
        by_desa = pd.MultiIndex.from_frame(whole[["indicator_id", "desa_code"]])
        reported = pd.MultiIndex.from_frame(drawn[["indicator_id", "tps_id"]]).isin(covered)
        reported |= pd.MultiIndex.from_frame(drawn[["indicator_id", "desa_code"]]).isin(by_desa)
        drawn = drawn[~reported]
    parts = [
        known.assign(simulated=False),
        drawn.assign(agency=pd.Series(pd.NA, index=drawn.index, dtype="str"), simulated=True),
    ]
    joined = pd.concat([p.rename(columns={"date": "as_of"})[list(VALUE_COLUMNS)] for p in parts])
    return joined.astype({"simulated": "bool"}).reset_index(drop=True)


def _classes(rows: pd.DataFrame, limit: pd.Timestamp) -> pd.DataFrame:
    known = rows[rows["date"].le(limit)].sort_values("date", kind="stable")
    latest = known.drop_duplicates("tps_id", keep="last").rename(columns={"source_text": "source"})
    return latest[["tps_id", "kelas", "date", "agency", "source"]].reset_index(drop=True)


def _personnel(known: pd.DataFrame) -> pd.DataFrame:
    """Return the latest strength per area and kind; what users imported beats what ships."""
    source = known["url"].where(known["url"].notna(), known["source_text"])
    rows = known.assign(source=source, brought=known["import_id"].notna())
    rows = rows.sort_values(["brought", "date"], na_position="first", kind="stable")
    latest = rows.drop_duplicates(["unit_code", "kind"], keep="last")
    return latest.drop(columns="brought").reset_index(drop=True)
