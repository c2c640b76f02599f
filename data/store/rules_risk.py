"""Closed word lists, ranges and patterns of the tables in `data.store.tables_risk`."""

from __future__ import annotations

KELAS = ("kurang_rawan", "rawan", "sangat_rawan", "khusus")
"""Classes of the police register, calmest first. KPU's lokasi khusus is another thing."""
INDICATOR_KINDS = ("yes_no", "number")
STATUSES = ("buka", "terlambat", "masalah", "selesai", "belum_menjawab")
"""Of a TPS on voting day."""
DISPUTE_KINDS = ("psu", "hitung_ulang", "sengketa")
PERSONNEL_KINDS = ("polisi", "linmas", "gabungan")
"""The last counts several services together and is never taken for police."""
AUTHORITIES = ("bawaslu", "polri", "kpu", "mk")
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
RANGES: dict[tuple[str, str], tuple[float, float]] = {
    ("indicator_versions", "stated_count"): (1, 200),
    ("risk_indicators", "number"): (1, 200),
    ("simulated_values", "value"): (0, 1),
    **{("baseline_scores", c): (0, 100) for c in ("score", "score_low", "score_high")},
}
COUNTS: set[tuple[str, str]] = {
    ("indicator_counts", "count"), ("indicator_counts", "tps_total"),
    ("class_totals", "count"), ("class_totals", "tps_total"),
    ("personnel_available", "available"), ("simulated_values", "seed"),
    *(("security_patterns", c) for c in ("police", "tps", "tps_high", "linmas", "linmas_per_tps")),
}  # fmt: skip
PATTERNS: dict[tuple[str, str], tuple[str, str]] = {
    ("risk_indicators", "indicator_id"): (r"^[a-z][a-z0-9_]*$", "lower-case letters, digits and _")
}
