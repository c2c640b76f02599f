"""Parameters of the two indices, read from a flat table and each checked against its range.

Every row of the table is used and known.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

from analytics.risk.indicator_weights import IndicatorParams
from analytics.risk.values import Values, in_range
from geo.errors import ParameterError

SECURITY = ("indikator", "konflik", "potensi", "baseline")
"""Components of the security index, in the order of the contributions."""
LOGISTICS = ("keterpencilan", "moda", "kiriman", "komunikasi", "riwayat")
"""Components of the index of logistic difficulty."""
INDICES = {"keamanan": SECURITY, "logistik": LOGISTICS}
TIERS = ("rendah", "sedang", "tinggi")
NOT_ENOUGH = "belum_cukup"
OTHER_CATEGORY = "lainnya"
"""Row of the relevance matrix for a report without a category or with one of no own row."""
NO_STAGE = "sosial_non_pemilu"
"""Column of the relevance matrix on days without any stage in force."""

_SUM_TOLERANCE = 1e-9


@dataclass(frozen=True)
class IndexParams:
    """Weights and borders of one index.

    Attributes
    ----------
    name
        ``keamanan`` or ``logistik``.
    weights
        One weight per component of `INDICES`, in that order, each 0 to 1, together 1.
    sedang, tinggi
        0 to 1: the index from which a TPS is in the tier; ``sedang`` below ``tinggi``.
    min_coverage
        0 to 1: known share of the weights below which there is no tier.
    min_indicators
        0 to 1: known share of the version's indicators below which there is no tier.
    """

    name: str
    weights: tuple[float, ...]
    sedang: float
    tinggi: float
    min_coverage: float
    min_indicators: float = 0.0

    def __post_init__(self) -> None:
        if self.name not in INDICES:
            raise ParameterError("name", self.name, "one of " + ", ".join(INDICES))
        components = INDICES[self.name]
        row = f"{self.name}.bobot"
        if len(self.weights) != len(components):
            raise ParameterError(row, self.weights, f"{len(components)} weights")
        for component, weight in zip(components, self.weights, strict=True):
            in_range(f"{row}.{component}", weight, 0, 1)
        total = math.fsum(self.weights)
        if abs(total - 1) > _SUM_TOLERANCE:
            raise ParameterError(row, round(total, 9), "weights that sum to 1")
        for border in ("sedang", "tinggi"):
            in_range(f"{self.name}.ambang.{border}", getattr(self, border), 0, 1)
        if self.sedang >= self.tinggi:
            raise ParameterError(f"{self.name}.ambang.sedang", self.sedang, "below tinggi")
        in_range(f"{self.name}.cakupan.bobot", self.min_coverage, 0, 1)
        in_range(f"{self.name}.cakupan.indikator", self.min_indicators, 0, 1)

    @property
    def components(self) -> tuple[str, ...]:
        """Names of the components in the order of the weights."""
        return INDICES[self.name]


@dataclass(frozen=True)
class LoadParams:
    """How reports of one kind add up over time.

    Attributes
    ----------
    name
        ``konflik`` or ``potensi``.
    half_life_days
        1 to 3650: a report counts half after so many days.
    lookback_days
        1 to 3650: older reports do not count.
    half_load
        0.01 to 100: load at which the component is one half. A report of severity 5, high
        confidence and full relevance, here and today, is a load of 1.
    """

    name: str
    half_life_days: float
    lookback_days: int
    half_load: float

    def __post_init__(self) -> None:
        in_range(f"{self.name}.half_life_days", self.half_life_days, 1, 3650)
        in_range(f"{self.name}.lookback_days", self.lookback_days, 1, 3650)
        in_range(f"{self.name}.half_load", self.half_load, 0.01, 100)


@dataclass(frozen=True)
class ReportParams:
    """What a report weighs and how far it reaches.

    Attributes
    ----------
    half_life_min
        1 to 1440 minutes of travel after which a report counts half.
    reach_min
        1 to 2880 minutes of travel beyond which it does not count.
    severity_unknown
        1 to 5: severity taken where a report has none.
    confidence
        0 to 1 by ``tinggi``, ``sedang``, ``rendah`` and, last, unknown.
    lag_days
        0 to 365: see `analytics.reports.selection.known_since`.
    families
        Families of reports that weigh. An assembly weighs only if it is reported as not peaceful.
    place
        ``pokok`` or ``kejadian``; see `analytics.reports.places.place_codes`.
    kabupaten_half_load
        0.01 to 1000: load at which a component of a whole kabupaten is one half.
    """

    half_life_min: float
    reach_min: float
    severity_unknown: int
    confidence: tuple[float, float, float, float]
    lag_days: int
    families: tuple[str, ...] = ("konflik", "unjuk_rasa")
    place: str = "pokok"
    kabupaten_half_load: float = 2.0

    def __post_init__(self) -> None:
        in_range("jarak.half_life_min", self.half_life_min, 1, 1440)
        in_range("jarak.reach_min", self.reach_min, 1, 2880)
        in_range("laporan.severity_unknown", self.severity_unknown, 1, 5)
        for word, value in zip(
            ("tinggi", "sedang", "rendah", "tidak_diketahui"), self.confidence, strict=True
        ):
            in_range(f"laporan.kepercayaan.{word}", value, 0, 1)
        in_range("laporan.lag_days", self.lag_days, 0, 365)
        in_range("kabupaten.half_load", self.kabupaten_half_load, 0.01, 1000)
        if self.place not in ("pokok", "kejadian"):
            raise ParameterError("laporan.tempat", self.place, "pokok or kejadian")


@dataclass(frozen=True)
class LogisticsParams:
    """Scales of the logistic components.

    Attributes
    ----------
    late_min
        10 to 10000 minutes: 95th percentile of the delivery time that counts as 1.
    changes
        1 to 20 changes of mode that count as 1.
    sea_min
        10 to 10000 minutes at sea that count as 1.
    network_variables, logistics_variables
        Variables of the indicator list that belong to ``komunikasi`` and ``riwayat``; all others
        belong to the security index, so that no indicator enters twice.
    states
        Difficulty, 0 to 1, by state of delivery.
    behind_min
        10 to 10000 minutes behind the plan that count as 1.
    short
        0 to 1: difficulty where something of the TPS is short or damaged.
    floor_sea_min
        1 to 10000 usual minutes at sea from which a place is never below ``sedang``.
    """

    late_min: float
    changes: float
    sea_min: float
    network_variables: tuple[str, ...]
    logistics_variables: tuple[str, ...]
    states: tuple[tuple[str, float], ...]
    behind_min: float
    short: float
    floor_sea_min: float = 1.0

    def __post_init__(self) -> None:
        in_range("keterpencilan.late_min", self.late_min, 10, 10_000)
        in_range("moda.changes", self.changes, 1, 20)
        in_range("moda.sea_min", self.sea_min, 10, 10_000)
        for state, value in self.states:
            in_range(f"kiriman.{state}", value, 0, 1)
        in_range("terlambat.late_min", self.behind_min, 10, 10_000)
        in_range("kekurangan.nilai", self.short, 0, 1)
        in_range("lantai.laut_min", self.floor_sea_min, 1, 10_000)


@dataclass(frozen=True)
class DrawParams:
    """How the weights are drawn.

    Attributes
    ----------
    concentration
        1 to 100,000: of the Dirichlet around the weights; the larger, the closer. A weight w
        varies with standard deviation sqrt(w (1 - w) / (concentration + 1)).
    draws
        100 to 100,000.
    seed
        0 or more.
    stable
        0.5 to 1: a TPS whose likeliest tier is less probable is marked unstable.
    """

    concentration: float
    draws: int
    seed: int
    stable: float

    def __post_init__(self) -> None:
        in_range("monte_carlo.concentration", self.concentration, 1, 100_000)
        in_range("monte_carlo.draws", self.draws, 100, 100_000)
        in_range("monte_carlo.seed", self.seed, 0, 2**63 - 1)
        in_range("monte_carlo.stable", self.stable, 0.5, 1)


@dataclass(frozen=True)
class Relevance:
    """How much a category of report says about the vote while a stage is in force.

    Attributes
    ----------
    categories, stages
        Names of the rows and columns.
    values
        0 to 1, one row per category.
    """

    categories: tuple[str, ...]
    stages: tuple[str, ...]
    values: tuple[tuple[float, ...], ...]

    def __post_init__(self) -> None:
        for name, word in ((OTHER_CATEGORY, self.categories), (NO_STAGE, self.stages)):
            if name not in word:
                raise ParameterError("relevansi", word, f"a row or column {name}")
        for category, row in zip(self.categories, self.values, strict=True):
            if len(row) != len(self.stages):
                raise ParameterError(f"relevansi.{category}", row, f"{len(self.stages)} values")
            for stage, value in zip(self.stages, row, strict=True):
                in_range(f"relevansi.{category}.{stage}", value, 0, 1)

    @classmethod
    def of(cls, table: Mapping[str, Mapping[str, float]]) -> Relevance:
        """Return the matrix of nested mappings; every row must name the same stages.

        Raises
        ------
        ParameterError
            When one does not.
        """
        categories = tuple(table)
        stages = tuple(next(iter(table.values()), {}))
        for category, row in table.items():
            if set(row) != set(stages):
                expected = "the stages " + ", ".join(stages)
                raise ParameterError(f"relevansi.{category}", sorted(row), expected)
        return cls(categories, stages, tuple(tuple(table[c][s] for s in stages) for c in table))


@dataclass(frozen=True)
class RiskParams:
    """All parameters of both indices; hashable, so that results are cached by it.

    Attributes
    ----------
    instruments
        Instrument of the regency baseline by election; an election without one has no baseline.
    """

    security: IndexParams
    logistics: IndexParams
    conflict: LoadParams
    potential: LoadParams
    reports: ReportParams
    network: LogisticsParams
    draws: DrawParams
    relevance: Relevance
    instruments: tuple[tuple[str, str], ...]
    indicators: IndicatorParams

    def index(self, name: str) -> IndexParams:
        """Return the parameters of ``keamanan`` or ``logistik``."""
        return self.security if name == "keamanan" else self.logistics


def params_of(
    values: Mapping[str, object], relevance: Mapping[str, Mapping[str, float]]
) -> RiskParams:
    """Return the parameters of a flat table of values.

    Parameters
    ----------
    values
        Value by dotted key, such as ``keamanan.bobot.konflik``.
    relevance
        Value by category and stage.

    Raises
    ------
    ParameterError
        For a key that is missing or unknown, and for a value out of range, naming its row.
    """
    given = Values(values)
    found = RiskParams(
        security=_index("keamanan", given),
        logistics=_index("logistik", given),
        conflict=_load("konflik", given),
        potential=_load("potensi", given),
        reports=_reports(given),
        network=LogisticsParams(
            late_min=given.number("keterpencilan.late_min"),
            changes=given.number("moda.changes"),
            sea_min=given.number("moda.sea_min"),
            network_variables=given.words("komunikasi.variabel"),
            logistics_variables=given.words("riwayat.variabel"),
            states=given.group("kiriman"),
            behind_min=given.number("terlambat.late_min"),
            short=given.number("kekurangan.nilai"),
            floor_sea_min=given.number("lantai.laut_min"),
        ),
        draws=DrawParams(
            concentration=given.number("monte_carlo.concentration"),
            draws=given.whole("monte_carlo.draws"),
            seed=given.whole("monte_carlo.seed"),
            stable=given.number("monte_carlo.stable"),
        ),
        relevance=Relevance.of(relevance),
        instruments=given.texts("instrumen"),
        indicators=_indicators(given),
    )
    given.require_all_used()
    return found


def _index(name: str, given: Values) -> IndexParams:
    indicators = f"{name}.cakupan.indikator"
    return IndexParams(
        name=name,
        weights=tuple(given.number(f"{name}.bobot.{part}") for part in INDICES[name]),
        sedang=given.number(f"{name}.ambang.sedang"),
        tinggi=given.number(f"{name}.ambang.tinggi"),
        min_coverage=given.number(f"{name}.cakupan.bobot"),
        min_indicators=given.number(indicators) if name == "keamanan" else 0.0,
    )


def _indicators(given: Values) -> IndicatorParams:
    gravity = dict(given.group("kegawatan"))
    return IndicatorParams(
        other=gravity.pop(OTHER_CATEGORY, given.number(f"kegawatan.{OTHER_CATEGORY}")),
        gravity=tuple(gravity.items()),
        full_bits=given.number("kelangkaan.bit"),
        prior_share=given.number("kelangkaan.bagian_awal"),
        prior_tps=given.number("kelangkaan.tps_awal"),
        full=given.number("indikator.penuh"),
        floor=given.words("lantai.indikator"),
    )


def _load(name: str, given: Values) -> LoadParams:
    return LoadParams(
        name=name,
        half_life_days=given.number(f"{name}.half_life_days"),
        lookback_days=given.whole(f"{name}.lookback_days"),
        half_load=given.number(f"{name}.half_load"),
    )


def _reports(given: Values) -> ReportParams:
    high, medium, low, unknown = (
        given.number(f"laporan.kepercayaan.{word}")
        for word in ("tinggi", "sedang", "rendah", "tidak_diketahui")
    )
    return ReportParams(
        half_life_min=given.number("jarak.half_life_min"),
        reach_min=given.number("jarak.reach_min"),
        severity_unknown=given.whole("laporan.severity_unknown"),
        confidence=(high, medium, low, unknown),
        lag_days=given.whole("laporan.lag_days"),
        families=given.words("laporan.keluarga"),
        place=str(given.get("laporan.tempat")),
        kabupaten_half_load=given.number("kabupaten.half_load"),
    )
