"""Rules on the tables in `data.store.tables_logistics`."""

from __future__ import annotations

from data.store.rule import Bounds, Rule, adds_up, in_order, level, no_person, of_level, tps_of_desa
from data.vocabulary import KEPT_KINDS, VESSEL_CLASSES

RECEIPT_STATES = ("berangkat", "di_dermaga", "tiba", "diterima", "dibuka", "kembali")
"""Left, at the pier, arrived, received, opened, returned: in the order of the chain."""
RECEIPT_KINDS = ("catatan", "koreksi", "pembatalan")
PROCUREMENT_STAGES = (
    "kontrak",
    "cetak",
    "tiba",
    "sortir_lipat",
    "rusak_kurang",
    "pengganti",
    "set_tps",
    "segel",
)
BALLOTS = (
    "surat_suara",
    "surat_suara_ppwp",
    "surat_suara_dpr",
    "surat_suara_dpd",
    "surat_suara_dprd_provinsi",
    "surat_suara_dprd_kabupaten",
    "surat_suara_gubernur",
    "surat_suara_bupati",
)
"""Ballots per contest; the first one is all contests together, as many sources publish them."""
PROCUREMENT_ITEMS = (
    *BALLOTS,
    "kotak",
    "bilik",
    "tinta",
    "formulir",
    "segel",
    "pengikat",
    "sampul",
    "lainnya",
)

OFFICES = ("from_office", "to_office", "authorised_by", "carrier", "receiver")
"""Columns of a hand-over that name offices or companies, never persons."""
RECEIPT_COUNTS = ("boxes", "short_count", "damaged_count")
PROCUREMENT_COUNTS = ("planned_count", "actual_count")
PROCUREMENT_SAID = ("planned_date", "actual_date", *PROCUREMENT_COUNTS)
VOTER_KINDS = ("dpt", "dptb")
"""Voters of the fixed list; voters who asked to vote here instead of at home."""
ADOPTION_KINDS = ("pengesahan", "pencabutan")
"""A plan is adopted; an adoption, or what took one back, is taken back."""
PLACE_STATES = ("tidak_diketahui", "buka", "terbatas", "tutup")

ALLOWED: dict[tuple[str, str], tuple[str, ...]] = {
    ("tps_voters", "kind"): VOTER_KINDS,
    ("place_status", "status"): PLACE_STATES,
    ("place_status", "largest_vessel"): VESSEL_CLASSES,
    ("plan_adoptions", "kind"): ADOPTION_KINDS,
    ("kept_files", "kind"): KEPT_KINDS,
    ("receipts", "state"): RECEIPT_STATES,
    ("receipts", "kind"): RECEIPT_KINDS,
    ("procurement", "stage"): PROCUREMENT_STAGES,
    ("procurement", "item"): PROCUREMENT_ITEMS,
}
BOUNDS: dict[tuple[str, str], Bounds] = {
    ("wave_series", "wave_m"): Bounds(0, 15, expected="metres, 0 to 15"),
    ("wave_series", "wind_kn"): Bounds(0, 100, expected="knots, 0 to 100"),
    **{
        ("tps_voters", c): Bounds(0, 3000, "voters_unreadable") for c in ("male", "female", "total")
    },
    ("place_status", "largest_boxes"): Bounds(1, 10_000, "boxes_out_of_range"),
    **{("receipts", c): Bounds(0, 1e6, "count_unreadable") for c in RECEIPT_COUNTS},
    **{("procurement", c): Bounds(0, 1e9, "count_unreadable") for c in PROCUREMENT_COUNTS},
}
"""Above its bound a wave or wind cannot be in metres or knots in these waters."""
REQUIRED = {
    ("tps_voters", "total"): "voters_missing",
    ("receipts", "desa_code"): "desa_missing",
    ("receipts", "at"): "moment_unreadable",
    ("procurement", "kabupaten_code"): "kabupaten_missing",
}
RULES: dict[str, list[Rule]] = {
    "receipts": [
        of_level("desa_code", ("desa",), "desa_missing"),
        tps_of_desa(),
        *(no_person(column) for column in OFFICES),
        Rule(
            "refers_to",
            "required",
            "the row that a correction or an undo is about",
            lambda f: f["refers_to"].notna() | f["kind"].eq("catatan"),
            ("kind",),
        ),
    ],
    "procurement": [
        of_level("kabupaten_code", ("kabupaten",), "kabupaten_missing"),
        Rule(
            "planned_date",
            "nothing_told",
            "a date or a count",
            lambda f: f[list(PROCUREMENT_SAID)].notna().any(axis=1),
            PROCUREMENT_SAID[1:],
        ),
    ],
    "tps_voters": [adds_up("voters_do_not_add_up")],
    "plan_adoptions": [
        of_level("kabupaten_code", ("kabupaten",), "kabupaten_missing"),
        no_person("office"),
        Rule(
            "refers_to",
            "required",
            "the row that is revoked",
            lambda f: f["refers_to"].notna().eq(f["kind"].eq("pencabutan")),
            ("kind",),
        ),
    ],
    "kept_files": [
        Rule(
            "kabupaten_code",
            "kabupaten_missing",
            "the code of a kabupaten, or empty",
            lambda f: f["kabupaten_code"].isna() | level(f["kabupaten_code"]).eq("kabupaten"),
        )
    ],
    "place_status": [in_order("date_from", "date_until")],
}
NOT_AHEAD: dict[str, list[tuple[str, ...]]] = {
    "receipts": [("at", "moment_to_come")],
    "place_status": [("as_of", "date_future")],
    "plan_adoptions": [("adopted_at", "moment_to_come")],
}
