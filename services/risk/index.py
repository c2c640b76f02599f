"""Risk of every TPS on a date: two indices with their reasons, as known on that day."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from functools import lru_cache
from pathlib import Path

import numpy as np
import pandas as pd

from analytics.reports.review.sources import addresses
from analytics.risk.components import (
    Field,
    IndicatorState,
    baseline_part,
    delivery_part,
    desa_field,
    has_any,
    indicator_state,
    kabupaten_field,
    kabupaten_logistics,
    load_part,
    remoteness_parts,
    split_indicators,
    value_table,
)
from analytics.risk.index import Part, index_columns, ranks_within
from analytics.risk.indicator_weights import indicator_weights
from analytics.risk.params import INDICES, NOT_ENOUGH, TIERS, RiskParams, params_of
from data.clock import end_of
from data.paths import shipped_dir
from data.risk.params import PARAMS_FILE, read_risk_params
from geo.errors import ParameterError
from services.dataset import Dataset
from services.memo import memo
from services.network.build import minutes_between
from services.network.islets import tps_places
from services.network.remoteness import remote_view
from services.risk.facts import RiskTables, risk_tables
from services.risk.islets import Islets, islet_names, islets_of, with_islets

NO_REGISTER = "risk.no_register"
"""Key of the words that say why an election is answered at kabupaten level."""
TOLD = ("state", "late_min", "short", "damaged", "short_desa", "damaged_desa")
Parts = dict[str, dict[str, Part]]


@dataclass(frozen=True, eq=False)
class RiskView:
    """The risk of TPS, or of kabupaten, on a date. Treat every frame as read-only.

    Attributes
    ----------
    data
        The tables it was made from.
    election, as_of
        What was asked.
    tps
        One row per TPS, index ``tps_id``: ``desa_code``, ``kecamatan_code``, ``kabupaten_code``,
        ``number``, ``lokasi_khusus``, ``kelas_resmi`` (the police register, empty where nothing
        is registered), the columns of `analytics.risk.index.index_columns` for ``keamanan`` and
        ``logistik``, ``cakupan`` (known share of the listed indicators), ``simulasi`` (whether a
        simulated value is in it) and, by index, ``peringkat_<name>``, ``peringkat_akhir_<name>``
        and ``peringkat_dari_<name>`` (`analytics.risk.index.ranks_within`, within the kabupaten,
        of TPS that have a tier, by tier and then by index), and ``pulau``: islets on which it may
        stand, empty without any. Empty where the election has no register of TPS.
    kabupaten
        The same for whole kabupaten, index ``kabupaten_code``, without what belongs to a TPS.
        Reports known no finer than their kabupaten count here.
    params
        The parameters.
    reports
        Reports that weigh on the date: the columns of `weighing_reports`, ``strength`` (at its
        own place, 0 to 1) and ``url``. Heaviest first.
    note
        Key of the words that say why there is no answer per TPS; None where there is one.
    tables
        What was known on the day.
    parts, kabupaten_parts
        Components by index and name, arrays in the order of ``tps`` and ``kabupaten``.
    desa_field, kabupaten_field
        Reports over desa and over kabupaten.
    simulation
        Whether simulated values are in it.
    weights
        What a yes to each indicator of the security index weighs: see
        `analytics.risk.indicator_weights.indicator_weights`.
    islets
        Islets that vote and whose TPS numbers nobody publishes; not among ``tps``.
    """

    data: Dataset = field(repr=False)
    election: str
    as_of: date
    tps: pd.DataFrame = field(repr=False)
    kabupaten: pd.DataFrame = field(repr=False)
    params: RiskParams = field(repr=False)
    reports: pd.DataFrame = field(repr=False)
    note: str | None
    tables: RiskTables = field(repr=False)
    parts: Parts = field(repr=False)
    kabupaten_parts: Parts = field(repr=False)
    desa_field: Field = field(repr=False)
    kabupaten_field: Field = field(repr=False)
    simulation: bool
    weights: pd.DataFrame = field(repr=False)
    islets: Islets = field(repr=False)

    @property
    def level(self) -> str:
        """``tps``, or ``kabupaten`` where the election has no register."""
        return "kabupaten" if self.note else "tps"


def default_params() -> RiskParams:
    """Return the parameters that ship with the province."""
    return _params_in(shipped_dir())


@lru_cache(maxsize=4)
def _params_in(folder: Path) -> RiskParams:
    return read_params(folder / PARAMS_FILE)


def read_params(path: Path | None) -> RiskParams:
    """Return the parameters of a TOML file; None: those that ship.

    Raises
    ------
    SourceMissingError, FileUnreadableError, ParameterError
        When it is missing, no TOML of that form, or a value is out of its range.
    """
    found = read_risk_params(path)
    return params_of(found.values, found.relevance)


def seeded(params: RiskParams, seed: int | None) -> RiskParams:
    """Return parameters with another seed of the draws; None keeps it."""
    return params if seed is None else replace(params, draws=replace(params.draws, seed=seed))


def parameter_table() -> pd.DataFrame:
    """Return the shipped parameters: ``key``, ``value``, ``unit``, ``basis``, ``note``, source."""
    return read_risk_params().rows


def risk_view(
    data: Dataset,
    election: str,
    as_of: date,
    params: RiskParams | None = None,
    *,
    simulation: bool = False,
    without: frozenset[str] = frozenset(),
) -> RiskView:
    """Return the risk on a date, as known on that day; cached.

    Parameters
    ----------
    as_of
        The day. A report is known from its reporting date, or, where that is unknown, the stated
        lag after its event.
    params
        Parameters; None: those that ship.
    simulation
        Whether simulated indicator values fill what is unknown. Never by default.
    without
        Affairs (``perkara_id``) to leave out: a back-test never lets one predict itself.

    Raises
    ------
    ParameterError
        For an unknown election.
    """
    known = list(data.elections["election"])
    if election not in known:
        raise ParameterError("election", election, "one of " + ", ".join(known))
    chosen = params or default_params()
    return _risk_view(data, election, as_of, chosen, simulation, without)


@memo(12)
def _risk_view(
    data: Dataset,
    election: str,
    as_of: date,
    params: RiskParams,
    simulation: bool,
    without: frozenset[str],
) -> RiskView:
    tables = risk_tables(data, election, as_of, simulation=simulation)
    kabupaten = kabupaten_of(data, election)
    desa, whole = fields_of(data, election, params, without)
    tps = _register(data, election)
    weights = weights_of(tps, tables, params)
    parts, state = _tps_parts(data, election, as_of, tps, tables, desa)
    whole_parts = _kabupaten_parts(data, as_of, kabupaten, tables, whole)
    floors = floors_of(data, tps, tables, params)
    found = _indices(parts, state.known, params, tps.index, floors)
    frame = _place_columns(tps, tables).join(found)
    islets = islets_of(data, election, params)
    frame = frame.join(_ranks(frame)).assign(pulau=islet_names(islets, tps_places(data, tps)))
    none = np.zeros(len(kabupaten))
    at = pd.Index(kabupaten, name="kabupaten_code", dtype="str")
    return RiskView(
        data=data,
        election=election,
        as_of=as_of,
        tps=frame.assign(cakupan=state.known, simulasi=state.simulated),
        kabupaten=_indices(whole_parts, none, params, at).assign(cakupan=none, simulasi=False),
        params=params,
        reports=_weighing(data, desa, as_of),
        note=None if tables.has_register else NO_REGISTER,
        tables=tables,
        parts=parts,
        kabupaten_parts=whole_parts,
        desa_field=desa,
        kabupaten_field=whole,
        simulation=tables.simulation,
        weights=weights,
        islets=islets,
    )


def kabupaten_of(data: Dataset, election: str) -> list[str]:
    """Return the kabupaten that vote in an election, by code."""
    row = data.elections.set_index("election").loc[election]
    areas = str(row["area_codes"]).split("|")
    codes = data.units.loc[data.units["level"].eq("kabupaten"), "code"]
    voting = [c for c in codes if any(c == a or c.startswith(f"{a}.") for a in areas)]
    return sorted(voting)


@memo(8)
def fields_of(
    data: Dataset, election: str, params: RiskParams, without: frozenset[str] = frozenset()
) -> tuple[Field, Field]:
    """Return the fields of reports over all desa and over the kabupaten that vote."""
    reports = data.countable
    reports = reports[~reports["perkara_id"].isin(list(without))]
    stages = data.stages[data.stages["election"].eq(election)]
    desa = sorted(data.units.loc[data.units["level"].eq("desa"), "code"])
    minutes = minutes_between(data).reindex(index=desa, columns=desa).fillna(np.inf)
    coverage = data.coverage_periods
    return (
        desa_field(reports, minutes, stages, coverage, params),
        kabupaten_field(reports, kabupaten_of(data, election), stages, coverage, params),
    )


def _register(data: Dataset, election: str) -> pd.DataFrame:
    rows = data.tps[data.tps["election"].eq(election)]
    return rows.set_index("tps_id", drop=False).rename_axis(None)


def _place_columns(tps: pd.DataFrame, tables: RiskTables) -> pd.DataFrame:
    parts = tps["desa_code"].str.split(".")
    kelas = tables.classes.drop_duplicates("tps_id", keep="last").set_index("tps_id")["kelas"]
    return pd.DataFrame(
        {
            "desa_code": tps["desa_code"],
            "kecamatan_code": parts.str[:3].str.join(".").astype("str"),
            "kabupaten_code": parts.str[:2].str.join(".").astype("str"),
            "number": tps["number"],
            "lokasi_khusus": tps["lokasi_khusus"],
            "kelas_resmi": tps["tps_id"].map(kelas).astype("str"),
        }
    ).rename_axis("tps_id")


def _indices(
    parts: Parts,
    indicators: np.ndarray,
    params: RiskParams,
    at: pd.Index,
    floors: Mapping[str, np.ndarray] | None = None,
) -> pd.DataFrame:
    never_low = floors or {}
    found = [
        index_columns(
            parts[name], params.index(name), indicators, params.draws, at, never_low.get(name)
        )
        for name in INDICES
    ]
    return pd.concat(found, axis=1)


def _ranks(frame: pd.DataFrame) -> pd.DataFrame:
    """Return the rank of each TPS within its kabupaten, by index."""
    columns: dict[str, pd.Series] = {}
    for name in INDICES:
        tiered = frame[f"tier_{name}"].ne(NOT_ENOUGH)
        # A floor may lift a tier above its index: the tier ranks first.
        order = frame[f"indeks_{name}"] + tier_level(frame[f"tier_{name}"])
        found = ranks_within(order, frame["kabupaten_code"], tiered)
        columns[f"peringkat_{name}"] = found["first"]
        columns[f"peringkat_akhir_{name}"] = found["last"]
        columns[f"peringkat_dari_{name}"] = found["of"]
    return pd.DataFrame(columns)


def tier_level(tier: pd.Series) -> pd.Series:
    """Return 2 for tinggi, 1 for sedang, 0 for rendah and where there is no tier.

    ``tier`` is a column ``tier_<name>``; its index is kept.
    """
    return tier.map({word: n for n, word in enumerate(TIERS)}).fillna(0).astype("int64")


def floors_of(
    data: Dataset, tps: pd.DataFrame, tables: RiskTables, params: RiskParams
) -> dict[str, np.ndarray]:
    """Return by index which TPS are never ``rendah``, whatever the index: arrays of TPS.

    Of security those that are known to have an indicator of ``lantai.indikator``; of logistics
    those whose desa office is reached by sea.

    Parameters
    ----------
    data
        The tables, for the ways.
    tps
        ``tps_id``, ``election``, ``desa_code``.
    tables
        What was known on the day.
    params
        Which indicators, and from how many minutes at sea.
    """
    recorded = has_any(tps, tables.indicators, tables.values, params.indicators.floor)
    sea = place_remoteness(data)["sea_min"].reindex(tps_places(data, tps)).fillna(0.0)
    by_sea = sea.to_numpy(dtype=np.float64) >= params.network.floor_sea_min
    return {"keamanan": recorded, "logistik": by_sea}


def weights_of(tps: pd.DataFrame, tables: RiskTables, params: RiskParams) -> pd.DataFrame:
    """Return what a yes to each indicator of the security index weighs on the day of ``tables``.

    ``tps`` is as for `analytics.risk.components.indicator_state`.
    """
    mine = split_indicators(tables.indicators, params.network)["indikator"]
    answers, _ = value_table(tps, mine, tables.values)
    return indicator_weights(mine, tables.indicator_counts, answers, params.indicators)


def _tps_parts(
    data: Dataset, election: str, as_of: date, tps: pd.DataFrame, tables: RiskTables, field_: Field
) -> tuple[Parts, IndicatorState]:
    states = indicator_states(tps, tables, field_.params)
    at = pd.Index(field_.codes).get_indexer(pd.Index(tps["desa_code"]))
    reports = {
        name: _on_date(load_part(field_, which, [as_of])).at(at)
        for name, which in (("konflik", field_.conflict), ("potensi", field_.potential))
    }
    kabupaten = tps["desa_code"].str.split(".").str[:2].str.join(".")
    places = place_remoteness(data).reindex(tps_places(data, tps))
    reported = deliveries(data, election, as_of).reindex(tps["tps_id"])
    logistics = field_.params.network
    security = {
        "indikator": states["indikator"].part(),
        **reports,
        "baseline": baseline_part(list(kabupaten), baseline_of(tables, field_.params)),
    }
    difficulty = {
        **remoteness_parts(places, logistics),
        "kiriman": delivery_part(reported, logistics),
        "komunikasi": states["komunikasi"].part(),
        "riwayat": states["riwayat"].part(),
    }
    difficulty = with_islets(
        difficulty, islets_of(data, election, field_.params), tps_places(data, tps)
    )
    return {"keamanan": security, "logistik": difficulty}, states["semua"]


def _kabupaten_parts(
    data: Dataset, as_of: date, kabupaten: Sequence[str], tables: RiskTables, field_: Field
) -> Parts:
    security = {
        "indikator": Part.unknown(len(kabupaten)),
        "konflik": _on_date(load_part(field_, field_.conflict, [as_of])),
        "potensi": _on_date(load_part(field_, field_.potential, [as_of])),
        "baseline": baseline_part(kabupaten, baseline_of(tables, field_.params)),
    }
    places = office_remoteness(data)
    difficulty = kabupaten_logistics(places, kabupaten, field_.params.network)
    return {"keamanan": security, "logistik": difficulty}


def _on_date(part: Part) -> Part:
    """Return the only date of a part of dates x places."""
    return Part(part.bad[0], part.known[0], part.low[0], part.high[0])


def indicator_states(
    tps: pd.DataFrame, tables: RiskTables, params: RiskParams
) -> dict[str, IndicatorState]:
    """Return what is known of the indicators by component, and of all under ``semua``.

    ``tps`` is as for `analytics.risk.components.indicator_state`.
    """
    parts = {**split_indicators(tables.indicators, params.network), "semua": tables.indicators}
    own = {"indikator": weights_of(tps, tables, params)["weight"].to_numpy(dtype=np.float64)}
    return {
        name: indicator_state(tps, rows, tables.values, own.get(name))
        for name, rows in parts.items()
    }


def baseline_of(tables: RiskTables, params: RiskParams) -> pd.DataFrame:
    """Return the rows of ``tables.baseline`` of the election's instrument, kabupaten as a whole."""
    rows = tables.baseline
    instrument = dict(params.instruments).get(tables.election, "")
    mine = rows["instrument"].eq(instrument) & rows["level"].eq("kabupaten")
    return rows[mine & rows["dimension"].eq("total")]


@memo(4)
def place_remoteness(data: Dataset) -> pd.DataFrame:
    """Return how remote each desa office and islet is, index node of the network."""
    return remote_view(data).rows.set_index("node_id", drop=False)


def office_remoteness(data: Dataset) -> pd.DataFrame:
    """Return how remote each desa office is, index desa code."""
    rows = place_remoteness(data)
    return rows[rows["node_id"].eq(rows["unit_code"])]


def deliveries(data: Dataset, election: str, as_of: date) -> pd.DataFrame:
    """Return where the kits were at the end of a day, index ``tps_id``; no report, no rows."""
    if data.read("receipts").empty:
        return pd.DataFrame(columns=list(TOLD), index=pd.Index([], dtype="str"))
    from services.custody.receipts import delivery_state  # takes long, and no map waits for it

    return delivery_state(data, election, end_of(as_of).floor("s")).set_index("tps_id", drop=False)


def _weighing(data: Dataset, field_: Field, as_of: date) -> pd.DataFrame:
    frames = [
        which.rows.assign(strength=field_.strengths(which, [as_of])[0])
        for which in (field_.conflict, field_.potential)
    ]
    rows = pd.concat(frames)
    rows = rows[rows["strength"].gt(0)].sort_values("strength", ascending=False, kind="stable")
    url = addresses(rows, data.added_sources, data.source_urls)
    return rows.assign(url=url).reset_index(drop=True)
