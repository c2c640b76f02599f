"""Invented worlds for the risk of TPS: small ones by hand, random ones by seed."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import pandas as pd

from analytics.risk.components import (
    Field,
    baseline_part,
    delivery_part,
    desa_field,
    has_any,
    indicator_state,
    load_part,
    remoteness_parts,
    split_indicators,
    value_table,
)
from analytics.risk.index import Part
from analytics.risk.indicator_weights import IndicatorParams, indicator_weights
from analytics.risk.params import (
    DrawParams,
    IndexParams,
    LoadParams,
    LogisticsParams,
    Relevance,
    ReportParams,
    RiskParams,
)

CATEGORIES = ("bentrok_pendukung", "blokade", "lainnya")
STAGES = ("kampanye", "masa_tenang", "sosial_non_pemilu")


def params(**changes: Any) -> RiskParams:
    """Return parameters whose figures are easy on paper."""
    made = RiskParams(
        security=IndexParams("keamanan", (0.25, 0.5, 0.125, 0.125), 0.25, 0.5, 0.5, 0.5),
        logistics=IndexParams("logistik", (0.5, 0.25, 0.125, 0.0625, 0.0625), 0.25, 0.5, 0.5),
        conflict=LoadParams("konflik", 30, 300, 0.25),
        potential=LoadParams("potensi", 60, 300, 0.25),
        reports=ReportParams(30, 180, 2, (1.0, 0.5, 0.25, 0.25), 1),
        network=LogisticsParams(
            480, 4, 240, ("jaringan",), ("logistik",), (("berangkat", 0.5), ("diterima", 0.0)),
            720, 1.0,
        ),
        draws=DrawParams(50, 400, 7, 0.8),
        relevance=Relevance(CATEGORIES, STAGES, ((1.0, 0.5, 0.25), (0.5, 1.0, 0.75),
                                                 (0.25, 0.25, 0.25))),
        instruments=(("pemilu2031", "A"),),
        # So rare that every indicator of four weighs a quarter.
        indicators=IndicatorParams((), 1.0, 10, 2.0**-12, 100_000, 4.0),
    )  # fmt: skip
    return replace(made, **changes)


def reports_frame(rows: list[dict[str, Any]]) -> pd.DataFrame:
    """Return rows as a table of reports; what a row does not say is the plainest."""
    columns = {
        "report_id": "str", "kind": "str", "status": "str", "date_event": "datetime64[us]",
        "date_end": "datetime64[us]", "date_precision": "str", "date_reported": "datetime64[us]",
        "family": "str", "category": "str", "severity": "Int64", "unit_kejadian": "str",
        "unit_pokok": "str", "location_precision": "str", "peaceful": "boolean",
        "perkara_id": "str", "confidence": "str", "summary": "str", "source_id": "str",
        "verification": "str",
    }  # fmt: skip
    words = ("provinsi", "kabupaten", "kecamatan", "desa")
    full = [
        {
            "report_id": f"R{n}", "kind": "kejadian", "date_precision": "day", "family": "konflik",
            "category": "bentrok_pendukung", "severity": 5, "confidence": "tinggi",
            "perkara_id": f"P{n}", "location_precision": words[row["unit_kejadian"].count(".")],
            "status": "terbuka" if row.get("kind") == "potensi" else None,
            "verification": "belum",
        }
        | row
        for n, row in enumerate(rows)
    ]  # fmt: skip
    return pd.DataFrame(full, columns=list(columns)).astype(columns)


@dataclass(frozen=True, eq=False)
class World:
    """Everything both ways of reckoning start from."""

    reports: pd.DataFrame
    minutes: pd.DataFrame
    stages: pd.DataFrame
    coverage: pd.DataFrame
    tps: pd.DataFrame
    indicators: pd.DataFrame
    values: pd.DataFrame
    baseline: pd.DataFrame
    places: pd.DataFrame
    told: pd.DataFrame
    params: RiskParams = field(default_factory=params)
    counts: pd.DataFrame = field(default_factory=lambda: counts_frame([]))

    @property
    def weights(self) -> pd.DataFrame:
        """Return what the indicators of the security index weigh."""
        mine = split_indicators(self.indicators, self.params.network)["indikator"]
        table, _ = value_table(self.tps, mine, self.values)
        return indicator_weights(mine, self.counts, table, self.params.indicators)

    def floors(self) -> dict[str, np.ndarray]:
        """Return which TPS are never in the lowest tier, by index."""
        sea = self.places["sea_min"].reindex(self.tps["desa_code"]).fillna(0.0).to_numpy()
        named = self.params.indicators.floor
        return {
            "keamanan": has_any(self.tps, self.indicators, self.values, named),
            "logistik": sea >= self.params.network.floor_sea_min,
        }

    @property
    def field(self) -> Field:
        return desa_field(self.reports, self.minutes, self.stages, self.coverage, self.params)

    def parts(self, date: dt.date) -> tuple[dict[str, dict[str, Part]], np.ndarray]:
        """Return the components of both indices per TPS, and the known share of indicators."""
        desa = self.field
        at = pd.Index(desa.codes).get_indexer(pd.Index(self.tps["desa_code"]))
        split = split_indicators(self.indicators, self.params.network)
        own = {"indikator": self.weights["weight"].to_numpy()}
        states = {
            name: indicator_state(self.tps, rows, self.values, own.get(name))
            for name, rows in split.items()
        }
        loads = {
            name: load_part(desa, which, [date]).at(at)
            for name, which in (("konflik", desa.conflict), ("potensi", desa.potential))
        }
        flat = {n: Part(p.bad[0], p.known[0], p.low[0], p.high[0]) for n, p in loads.items()}
        kabupaten = [code.rsplit(".", 2)[0] for code in self.tps["desa_code"]]
        places = self.places.reindex(self.tps["desa_code"])
        told = self.told.reindex(self.tps["tps_id"])
        security = {
            "indikator": states["indikator"].part(), **flat,
            "baseline": baseline_part(kabupaten, self.baseline),
        }  # fmt: skip
        logistics = {
            **remoteness_parts(places, self.params.network),
            "kiriman": delivery_part(told, self.params.network),
            "komunikasi": states["komunikasi"].part(), "riwayat": states["riwayat"].part(),
        }  # fmt: skip
        whole = indicator_state(self.tps, self.indicators, self.values)
        return {"keamanan": security, "logistik": logistics}, whole.known


def counts_frame(rows: list[tuple[str, str, str | None, int, int | None]]) -> pd.DataFrame:
    """Return published counts: level, unit, indicator (None: all TPS), count, of how many."""
    columns = ["level", "unit_code", "indicator_id", "count", "tps_total"]
    frame = pd.DataFrame(rows, columns=columns)
    words = dict.fromkeys(columns[:3], "str")
    return frame.astype({**words, "count": "Int64", "tps_total": "Int64"})


def told_frame(rows: dict[str, dict[str, Any]]) -> pd.DataFrame:
    """Return what was told of deliveries by TPS."""
    columns = ["state", "late_min", "short", "damaged", "short_desa", "damaged_desa"]
    frame = pd.DataFrame.from_dict(rows, orient="index", columns=columns)
    return frame.astype({"state": "str", **dict.fromkeys(columns[1:], "Float64")})


def indicators_frame(variables: list[str]) -> pd.DataFrame:
    ids = [f"i{n}" for n in range(len(variables))]
    return pd.DataFrame({"indicator_id": ids, "variable": variables, "low": 0.0, "high": 1.0})


def values_frame(rows: list[tuple[str, str | None, str, float]]) -> pd.DataFrame:
    """Return values: indicator, TPS or None for the whole desa, desa, value."""
    frame = pd.DataFrame(rows, columns=["indicator_id", "tps_id", "desa_code", "value"])
    frame = frame.assign(simulated=False)
    return frame.astype({"indicator_id": "str", "tps_id": "str", "desa_code": "str",
                         "value": "float64"})  # fmt: skip


def coverage_frame(rows: list[tuple[str, str, str]]) -> pd.DataFrame:
    frame = pd.DataFrame(rows, columns=["unit_code", "date_start", "date_end"])
    return frame.assign(
        date_start=pd.to_datetime(frame["date_start"]), date_end=pd.to_datetime(frame["date_end"])
    )


def stages_frame(rows: list[tuple[str, str | None, str | None]]) -> pd.DataFrame:
    frame = pd.DataFrame(rows, columns=["stage", "date_start", "date_end"])
    return frame.assign(
        stage_id=[f"S{n}" for n in range(len(frame))],
        date_start=pd.to_datetime(frame["date_start"]).astype("datetime64[us]"),
        date_end=pd.to_datetime(frame["date_end"]).astype("datetime64[us]"),
    )


A1A, A1B, A2A, B1A = "99.01.01.2001", "99.01.01.2002", "99.01.02.2001", "99.02.01.2001"
CODES = (A1A, A1B, A2A, B1A, "99.02.01.2002", "99.02.02.2001")


def random_world(seed: int, n_reports: int = 14) -> World:
    """Return a world in which everything happens that may: coarse places, affairs, potensi,
    zero reports, unknown dates, islands out of reach, values of TPS and desa.
    """
    rng = np.random.default_rng(seed)
    n = len(CODES)
    apart = rng.uniform(5, 170, (n, n)).round(1)
    apart = np.minimum(apart, apart.T)
    np.fill_diagonal(apart, 0.0)
    far = rng.random((n, n)) < 0.2
    apart[far | far.T] = np.inf
    np.fill_diagonal(apart, 0.0)
    units = [*CODES, "99.01.01", "99.02.01", "99.01", "99.02", "99"]
    rows = []
    for _ in range(n_reports):
        event = dt.date(2031, 1, 1) + dt.timedelta(days=int(rng.integers(-200, 60)))
        late = dt.timedelta(days=int(rng.integers(0, 9)))
        kind = rng.choice(["kejadian", "kejadian", "kejadian", "potensi", "nihil"])
        row: dict[str, Any] = {
            "kind": kind,
            "date_event": event,
            "unit_kejadian": rng.choice(units),
            "date_reported": event + late if rng.random() < 0.5 else None,
            "category": rng.choice([*CATEGORIES, "tak_dikenal"]),
            "severity": rng.choice([None, 1, 2, 3, 4, 5]),
            "confidence": rng.choice([None, "tinggi", "sedang", "rendah"]),
            "family": rng.choice(["konflik", "konflik", "unjuk_rasa", "logistik"]),
            "peaceful": rng.choice([None, True, False]),
            "perkara_id": f"P{rng.integers(0, n_reports)}",
        }
        if kind == "nihil":
            row |= {"date_end": event + dt.timedelta(days=20), "family": None, "category": None}
            row["verification"] = "dikutip" if event.day % 4 == 0 else "belum"
        elif rng.random() < 0.2:
            row |= {"date_event": event.replace(day=1), "date_precision": "month",
                    "date_reported": None}  # fmt: skip
        if kind == "potensi":
            row["status"] = rng.choice(["terbuka", "terbuka", "diredam"])
        rows.append(row)
    tps = pd.DataFrame({"desa_code": np.repeat(CODES, 3)})
    tps["tps_id"] = [f"e/{code}/{k % 3 + 1:03d}" for k, code in enumerate(tps["desa_code"])]
    indicators = indicators_frame(["hak_pilih", "keamanan", "jaringan", "logistik", "lokasi"])
    values = {
        (f"i{rng.integers(0, 5)}", rng.choice([None, t]), d): float(rng.integers(0, 2))
        for t, d in zip(tps["tps_id"], tps["desa_code"], strict=True)
        for _ in range(rng.integers(0, 4))
    }
    told = {
        t: {"state": rng.choice([None, "berangkat", "diterima"]),
            "late_min": rng.choice([None, -5.0, 100.0]), "short": rng.choice([None, 0, 3]),
            "damaged": None, "short_desa": rng.choice([None, 0, 2]), "damaged_desa": None}
        for t in tps["tps_id"]
    }  # fmt: skip
    late = rng.uniform(20, 600, n)
    late[0] = np.nan
    weighed = IndicatorParams((("i0", 1.0), ("i1", 0.25)), 0.5, 8, 0.05, 20, 1.5, ("i1", "i4"))
    return World(
        reports=reports_frame(rows),
        minutes=pd.DataFrame(apart, index=list(CODES), columns=list(CODES)),
        stages=stages_frame([("kampanye", "2030-12-01", "2031-02-01"),
                             ("masa_tenang", "2031-02-01", "2031-02-05"),
                             ("rekapitulasi", "2031-02-20", None), ("kampanye", None, None)]),
        coverage=coverage_frame([("99.01", "2030-10-01", "2031-01-10"),
                                 ("99", "2031-01-05", "2031-01-25"),
                                 (B1A, "2030-01-01", "2032-01-01")]),
        tps=tps,
        indicators=indicators,
        values=values_frame([(i, t, d, v) for (i, t, d), v in values.items()]),
        baseline=pd.DataFrame({"unit_code": ["99.01", "99.02"], "score": [40.0, np.nan]}),
        places=pd.DataFrame(
            {"p95_min": late, "mode_changes": pd.array(rng.integers(0, 6, n), dtype="Int64"),
             "sea_min": rng.uniform(0, 300, n)}, index=list(CODES),
        ),
        told=told_frame(told),
        params=params(indicators=weighed),
        counts=counts_frame([
            ("nasional", "ID", None, 90_000, 90_000), ("nasional", "ID", "i1", 700, None),
            ("kabupaten", "99.01", "i1", 40, 50), ("kabupaten", "99.02", "i4", 3, None),
        ]),
    )  # fmt: skip
