"""Every page and tab of the product, each with the words that show that it is drawn."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import urlencode

DAY = "2024-02-13"


@dataclass(frozen=True)
class Stop:
    """A page as an address names it; ``shown`` is the key of a text that stands on it."""

    page: str
    shown: str
    query: tuple[tuple[str, str], ...] = ()

    def __str__(self) -> str:
        return "-".join((self.page, *(value for _, value in self.query)))

    def address(self, lang: str) -> str:
        """Return path and query of the page in a language."""
        said = {"tanggal": DAY, "lang": lang, **dict(self.query)}
        return f"/{self.page}?{urlencode(said)}"


def _each(page: str, name: str, shown: dict[str, str]) -> tuple[Stop, ...]:
    return tuple(Stop(page, key, ((name, value),)) for value, key in shown.items())


HOTSPOT = {
    "risk": "analysis.tab_areas",
    "counts": "hotspot.tab_reports",
    "gistar": "analysis.tab_method",
    "moran": "analysis.tab_method",
    "density": "analysis.tab_method",
    "scan": "analysis.tab_method",
    "scan_prospective": "scan.tab_runs",
    "scan_poisson": "analysis.tab_method",
    "scan_space": "analysis.tab_method",
    "compare": "hotspot.download_csv",
}
KERAWANAN = {
    "gambaran": "gambaran.knows_note",
    "peta": "kerawanan.search",
    "perubahan": "kerawanan.heat_note",
    "personel": "personel.available_note",
    "panggilan": "panggilan.note",
    "hari_h": "hari.write",
    "perkara": "dispute.title",
    "cakupan": "coverage.note",
    "uji_balik": "kerawanan_tab.uji_balik",
    "metode": "relevance.title",
}
DISTRIBUSI = {
    "remote": "distribusi.table",
    "plan": "batch.go",
    "procurement": "procurement.form",
    "progress": "progress.day",
    "proof": "proof.title",
}
TINDAKAN = {"peringatan": "tindakan.title", "tindakan": "tindakan.title", "rekam": "tindakan.title"}
BRIEFING = {
    "siapkan": "rakor.save",
    "isi": "rakor.step",
    "snapshot": "rakor.step",
    "sajikan": "rakor.step",
    "berkas": "rakor.step",
    "putuskan": "rakor.step",
    "hasil": "rakor.step",
    "banding": "rakor.step",
}
STOPS = (
    Stop("ringkasan", "ringkasan.watch_title"),
    *_each("hotspot", "metode", HOTSPOT),
    Stop("linimasa", "linimasa.watch_title"),
    *_each("tindakan", "tab", TINDAKAN),
    Stop("prakiraan", "prakiraan.reliability_note"),
    *_each("distribusi", "tampilan", DISTRIBUSI),
    *_each("kerawanan", "tab", KERAWANAN),
    *_each("briefing", "langkah", BRIEFING),
    Stop("data", "data.last"),
)
