"""Closed word lists, ranges and patterns of the tables in `data.store.tables_logistics`."""

from __future__ import annotations

from data.vocabulary import VESSEL_CLASSES

RECEIPT_STATES = ("berangkat", "di_dermaga", "tiba", "diterima", "dibuka", "kembali")
"""Left, at the pier, arrived, received, opened, returned: in the order of the chain."""
RECEIPT_KINDS = ("catatan", "koreksi", "pembatalan")
PROCUREMENT_STAGES = (
    "kontrak", "cetak", "tiba", "sortir_lipat", "rusak_kurang", "pengganti", "set_tps", "segel",
)  # fmt: skip
BALLOTS = (
    "surat_suara", "surat_suara_ppwp", "surat_suara_dpr", "surat_suara_dpd",
    "surat_suara_dprd_provinsi", "surat_suara_dprd_kabupaten", "surat_suara_gubernur",
    "surat_suara_bupati",
)  # fmt: skip
"""Ballots per contest; the first one is all contests together, as many sources publish them."""
PROCUREMENT_ITEMS = (
    *BALLOTS, "kotak", "bilik", "tinta", "formulir", "segel", "pengikat", "sampul", "lainnya",
)  # fmt: skip

VOTER_KINDS = ("dpt", "dptb")
"""Voters of the fixed list; voters who asked to vote here instead of at home."""
PLACE_STATES = ("tidak_diketahui", "buka", "terbatas", "tutup")

ALLOWED: dict[tuple[str, str], tuple[str, ...]] = {
    ("tps_voters", "kind"): VOTER_KINDS,
    ("place_status", "status"): PLACE_STATES,
    ("place_status", "largest_vessel"): VESSEL_CLASSES,
    ("receipts", "state"): RECEIPT_STATES,
    ("receipts", "kind"): RECEIPT_KINDS,
    ("procurement", "stage"): PROCUREMENT_STAGES,
    ("procurement", "item"): PROCUREMENT_ITEMS,
}
RANGES: dict[tuple[str, str], tuple[float, float]] = {
    ("wave_series", "wave_m"): (0.0, 15.0),
    ("wave_series", "wind_kn"): (0.0, 100.0),
}
COUNTS: set[tuple[str, str]] = {
    *(("tps_voters", column) for column in ("male", "female", "total")),
    *(("receipts", column) for column in ("boxes", "short_count", "damaged_count")),
    *(("procurement", column) for column in ("planned_count", "actual_count")),
}
PATTERNS: dict[tuple[str, str], tuple[str, str]] = {}
