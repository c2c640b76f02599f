"""The closed word lists of the product: what a column of a table may hold."""

from __future__ import annotations

KINDS = ("potensi", "kejadian", "nihil")
"""What a report is: not yet happened, happened, or an area reporting zero for a period."""

POTENSI_STATUSES = ("terbuka", "diredam", "menjadi_kejadian", "tidak_terbukti")

FAMILIES = ("konflik", "unjuk_rasa", "pelanggaran", "logistik", "petugas", "proses", "lainnya")
"""Never added up into one total. ``lainnya`` holds what fits none of the six of the design."""

CATEGORY_FAMILY = {
    "bentrok_pendukung": "konflik",
    "kericuhan_tps": "konflik",
    "konflik_agraria_tambang": "konflik",
    "perusakan_apk": "konflik",
    "intimidasi": "konflik",
    "blokade": "konflik",
    "unjuk_rasa": "unjuk_rasa",
    "politik_uang": "pelanggaran",
    "netralitas_asn": "pelanggaran",
    "pelanggaran_administrasi": "pelanggaran",
    "hoaks_sara": "pelanggaran",
    "logistik_kurang": "logistik",
    "logistik_terlambat": "logistik",
    "logistik_rusak": "logistik",
    "petugas_sakit_meninggal": "petugas",
    "psu": "proses",
    "hitung_ulang": "proses",
    "sengketa": "proses",
    "lainnya": "lainnya",
}
"""Default family of each category. A row may state another family, never another category."""

COARSE_CATEGORIES = ("hoaks_sara",)
"""Categories that may be sectarian: they are kept at kabupaten level only, whatever is known."""

STAGES = (
    "penyusunan_regulasi",
    "pemutakhiran_pemilih",
    "penetapan_parpol",
    "penetapan_dapil",
    "pencalonan",
    "pelanggaran_sengketa",
    "logistik",
    "kampanye",
    "masa_tenang",
    "pemungutan_penghitungan",
    "psu",
    "rekapitulasi",
    "sengketa_hasil",
    "pelantikan",
    "pasca_pemilu",
    "sosial_non_pemilu",
    "tidak_dinyatakan",  # the source names no stage; it is never derived from the date
)
"""Stage keys in the order of an election, then social conflict outside elections and unstated."""

PARTY_STAGES = ("penetapan_parpol", "penetapan_dapil")
"""Stages of elections to a parliament alone: heads of regions have neither parties nor seats."""

WATCHED_STAGES = (
    "penetapan_parpol",
    "pencalonan",
    "pelanggaran_sengketa",
    "logistik",
    "kampanye",
    "pemungutan_penghitungan",
)
"""The stages for which the team's source document names the conflict to watch."""

LEVELS = ("provinsi", "kabupaten", "kecamatan", "desa")
PRECISIONS = ("tps", "desa", "kecamatan", "kabupaten", "provinsi")
"""How precisely the place of a report is known, finest first."""

DATE_PRECISIONS = ("day", "month", "year")
COUNTED_VERIFICATIONS = ("terverifikasi", "dikutip")
"""Verified by an agency; quoted from a public source. Figures are made of these alone."""

TAKEN_OUT = ("ditolak", "ditarik")
"""Rejected by who looked into it; taken back by who reported it."""

VERIFICATIONS = (*COUNTED_VERIFICATIONS, "belum", *TAKEN_OUT)
"""Further: waiting for review."""

REVIEW_EVENTS = ("verification", "status", "mendesak", "diperiksa")
"""What an event of a report is about: its verification, the status of a potensi, whether it is
urgent, and who is looking into it."""

CONFIDENCES = ("tinggi", "sedang", "rendah")
KEPT_KINDS = ("rencana", "skenario")
"""What planners keep as files: plans, and the settings of plans."""
ACCESSES = ("terbuka", "terbatas", "rahasia")
SEVERITY_MIN, SEVERITY_MAX = 1, 5

VESSEL_CLASSES = ("perahu", "tongkang", "feri", "kapal_cepat", "kapal_besar")
"""Classes that BMKG states wave and wind limits for, and the fast boat, which it does not."""

ANSWER_IMPORT = "jawaban"
"""What begins the ``import_id`` of rows that were answered one by one, and not by a file."""
