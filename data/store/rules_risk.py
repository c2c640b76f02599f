"""Rules on the tables in `data.store.tables_risk`."""

from __future__ import annotations

from data.store.rule import Bounds, Rule, in_order, no_person, of_level, tps_of_desa

KELAS = ("kurang_rawan", "rawan", "sangat_rawan", "khusus")
"""Classes of the police register, calmest first. KPU's lokasi khusus is another thing."""
INDICATOR_KINDS = ("yes_no", "number")
STATUSES = ("buka", "terlambat", "masalah", "selesai", "belum_menjawab")
"""Of a TPS on voting day."""
DISPUTE_KINDS = ("psu", "hitung_ulang", "sengketa")
PERSONNEL_KINDS = ("polisi", "linmas", "gabungan")
"""The last counts several services together and is never taken for police."""
AUTHORITIES = ("bawaslu", "polri", "kpu", "mk", "bpbd")
AREA_LEVELS = ("nasional", "provinsi", "kabupaten", "kecamatan", "desa")
SCORE_CATEGORIES = ("rendah", "sedang", "tinggi")

ALLOWED: dict[tuple[str, str], tuple[str, ...]] = {
    ("indicator_versions", "authority"): AUTHORITIES,
    ("risk_indicators", "kind"): INDICATOR_KINDS,
    ("indicator_counts", "authority"): AUTHORITIES,
    ("indicator_counts", "level"): AREA_LEVELS,
    ("class_totals", "authority"): AUTHORITIES,
    ("class_totals", "level"): AREA_LEVELS,
    ("class_totals", "kelas"): KELAS,
    ("security_patterns", "kelas"): (*KELAS, "semua"),
    ("baseline_scores", "level"): AREA_LEVELS,
    ("baseline_scores", "category"): SCORE_CATEGORIES,
    ("personnel_available", "kind"): PERSONNEL_KINDS,
    ("tps_class", "kelas"): KELAS,
    ("tps_status", "status"): STATUSES,
    ("disputes", "kind"): DISPUTE_KINDS,
}
BOUNDS: dict[tuple[str, str], Bounds] = {
    ("indicator_versions", "stated_count"): Bounds(1, 200),
    ("risk_indicators", "number"): Bounds(1, 200),
    ("simulated_values", "value"): Bounds(0, 1),
    ("simulated_values", "seed"): Bounds(),
    **{("baseline_scores", c): Bounds(0, 100) for c in ("score", "score_low", "score_high")},
    **{
        (t, c): Bounds()
        for t in ("indicator_counts", "class_totals")
        for c in ("count", "tps_total")
    },
    ("personnel_available", "available"): Bounds(reason="personnel_unreadable"),
    **{
        ("security_patterns", c): Bounds()
        for c in ("police", "tps", "tps_high", "linmas", "linmas_per_tps")
    },
}
PATTERNS: dict[tuple[str, str], tuple[str, str]] = {
    ("risk_indicators", "indicator_id"): (r"[a-z][a-z0-9_]*", "lower-case letters, digits and _")
}
REQUIRED = {
    ("personnel_available", "unit_code"): "personnel_unit_unknown",
    ("personnel_available", "kind"): "personnel_kind_unknown",
    ("personnel_available", "available"): "personnel_unreadable",
    ("tps_class", "tps_id"): "tps_missing",
    ("tps_class", "kelas"): "kelas_missing",
    ("indicator_values", "desa_code"): "desa_missing",
    ("indicator_values", "indicator_id"): "indicator_missing",
    ("indicator_values", "value"): "indicator_value_missing",
    ("tps_status", "status"): "day_value_missing",
    ("tps_status", "at"): "day_value_missing",
    ("disputes", "election"): "day_value_missing",
    ("disputes", "kind"): "day_value_missing",
    ("disputes", "unit_code"): "place_unknown",
}
RULES: dict[str, list[Rule]] = {
    "risk_indicators": [in_order("low", "high", "not_below", "not below")],
    "security_patterns": [in_order("tps", "tps_high", "not_below", "not below")],
    "baseline_scores": [in_order("score_low", "score_high", "not_below", "not below")],
    "personnel_available": [
        of_level("unit_code", ("kabupaten", "provinsi"), "personnel_unit_unknown"),
        no_person("agency"),
    ],
    "indicator_values": [
        of_level("desa_code", ("desa",), "desa_missing"),
        tps_of_desa(),
        no_person("agency"),
    ],
    "tps_class": [no_person("agency")],
    "disputes": [
        in_order("recommended_date", "decided_date", "dispute_order"),
        in_order("recommended_date", "held_date", "dispute_order"),
        in_order("decided_date", "held_date", "dispute_order"),
        Rule(
            "legal_basis",
            "dispute_basis_missing",
            "the law or ruling that sets legal_deadline",
            lambda f: f["legal_basis"].notna() | f["legal_deadline"].isna(),
            ("legal_deadline",),
        ),
    ],
}
NOT_AHEAD: dict[str, list[tuple[str, ...]]] = {
    table: [("date", "date_future")]
    for table in ("tps_class", "indicator_values", "personnel_available")
}
