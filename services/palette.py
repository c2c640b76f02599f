"""Colours: the same thing has the same colour on every page. Safe for colour-blind readers."""

from __future__ import annotations

FAMILY = {
    "konflik": "#d55e00",
    "unjuk_rasa": "#0072b2",
    "pelanggaran": "#e69f00",
    "logistik": "#009e73",
    "petugas": "#cc79a7",
    "proses": "#56b4e9",
    "lainnya": "#7f8c95",
}
"""Okabe and Ito's colours, one per family of reports."""

MIXED = "#17242d"
"""Several families at one point."""

TPS = "#4b5d69"

SEQUENCE = ("#ffeda0", "#fecc5c", "#fd8d3c", "#e31a1c", "#99000d")
"""ColorBrewer's YlOrRd, light for little."""

SILENCE = {"nihil": "#cfe3ee", "tidak_ada_laporan": "#f4f2ec", "tidak_tercakup": None}
"""Zero reported, watched without a report, not covered (dashed outline, no fill)."""
