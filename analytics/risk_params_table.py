"""The parameters of the risk indices from a flat table of values, every row used and known."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from analytics.risk_params import (
    INDICES,
    DrawParams,
    IndexParams,
    LoadParams,
    LogisticsParams,
    Relevance,
    ReportParams,
    RiskParams,
)
from geo.errors import ParameterError


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
    given = _Values(values)
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
        ),
        draws=DrawParams(
            concentration=given.number("monte_carlo.concentration"),
            draws=given.whole("monte_carlo.draws"),
            seed=given.whole("monte_carlo.seed"),
            stable=given.number("monte_carlo.stable"),
        ),
        relevance=Relevance.of(relevance),
        instruments=given.texts("instrumen"),
    )
    given.require_all_used()
    return found


class _Values:
    """A flat table that knows which of its rows were asked for."""

    def __init__(self, values: Mapping[str, object]) -> None:
        self._values = values
        self._used: set[str] = set()

    def get(self, key: str) -> object:
        if key not in self._values:
            raise ParameterError(key, None, "a value")
        self._used.add(key)
        return self._values[key]

    def number(self, key: str) -> float:
        value = self.get(key)
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise ParameterError(key, value, "a number")
        return float(value)

    def whole(self, key: str) -> int:
        value = self.get(key)
        if isinstance(value, bool) or not isinstance(value, int):
            raise ParameterError(key, value, "a whole number")
        return value

    def words(self, key: str) -> tuple[str, ...]:
        value = self.get(key)
        if isinstance(value, str) or not isinstance(value, Sequence):
            raise ParameterError(key, value, "a list of words")
        return tuple(str(word) for word in value)

    def group(self, prefix: str) -> tuple[tuple[str, float], ...]:
        keys = [key for key in self._values if key.startswith(f"{prefix}.")]
        return tuple((key.partition(".")[2], self.number(key)) for key in keys)

    def texts(self, prefix: str) -> tuple[tuple[str, str], ...]:
        keys = [key for key in self._values if key.startswith(f"{prefix}.")]
        return tuple((key.partition(".")[2], str(self.get(key))) for key in keys)

    def require_all_used(self) -> None:
        for key, value in self._values.items():
            if key not in self._used:
                raise ParameterError(key, value, "a known parameter")


def _index(name: str, given: _Values) -> IndexParams:
    indicators = f"{name}.cakupan.indikator"
    return IndexParams(
        name=name,
        weights=tuple(given.number(f"{name}.bobot.{part}") for part in INDICES[name]),
        sedang=given.number(f"{name}.ambang.sedang"),
        tinggi=given.number(f"{name}.ambang.tinggi"),
        min_coverage=given.number(f"{name}.cakupan.bobot"),
        min_indicators=given.number(indicators) if name == "keamanan" else 0.0,
    )


def _load(name: str, given: _Values) -> LoadParams:
    return LoadParams(
        name=name,
        half_life_days=given.number(f"{name}.half_life_days"),
        lookback_days=given.whole(f"{name}.lookback_days"),
        half_load=given.number(f"{name}.half_load"),
    )


def _reports(given: _Values) -> ReportParams:
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
