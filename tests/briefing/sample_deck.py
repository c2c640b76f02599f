"""A deck with every kind of block, on four invented squares; nothing is about the province."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any

from services.briefing import deck as d

CODES = ("99.01", "99.02", "99.03", "99.04")
NAMES = ("Utara", "Timur", "Selatan", "Barat")
NOTES = "Sapa hadirin.\nSebut tanggal data."


def square(west: float, south: float) -> dict[str, Any]:
    east, north = west + 0.9, south + 0.9
    ring = [[west, south], [east, south], [east, north], [west, north], [west, south]]
    return {"type": "Polygon", "coordinates": [ring]}


def collection() -> d.GeoJson:
    corners = ((105.0, -2.0), (106.0, -2.0), (106.0, -3.0), (105.0, -3.0))
    return {
        "type": "FeatureCollection",
        "features": [
            {
                "type": "Feature",
                "properties": {"code": code, "name": name},
                "geometry": square(*corner),
            }
            for code, name, corner in zip(CODES, NAMES, corners, strict=True)
        ],
    }


def a_map() -> d.Map:
    return d.Map(
        key="peta_konflik",
        title="Konflik, 1 Jan – 31 Jan 2024",
        level="kabupaten",
        areas={
            CODES[0]: d.Area("#e31a1c", "Kab. Utara: 4 perkara"),
            CODES[1]: d.Area("#ffeda0", "Kab. Timur: 1 perkara"),
            CODES[2]: d.Area("", "Kab. Selatan: tidak tercakup", hatched=True),
        },
        legend=(
            d.Legend("#e31a1c", "4"),
            d.Legend("#ffeda0", "1"),
            d.Legend("", "tidak tercakup", hatched=True),
            d.Legend("#17242d", "tempat dipantau", "circle"),
        ),
        bounds=(105.0, -3.0, 106.9, -1.1),
        source="Laporan terbuka, data per 31 Januari 2024",
        markers=(d.Marker(105.4, -1.6, "#17242d", "1. Kab. Utara", "1"),),
        lines=(d.Line(((105.4, -1.6), (106.4, -2.6)), "#0072b2", "Pelayaran", dashed=True),),
    )


def a_chart() -> d.Chart:
    return d.Chart(
        "column",
        "Perkara per bulan",
        ("Nov", "Des", "Jan"),
        (
            d.Series("konflik", (2.0, None, 4.0), "#d55e00"),
            d.Series("unjuk rasa", (1.0, 3.0, 0.0), "#0072b2"),
        ),
    )


def a_grid() -> d.Grid:
    rows = (("Desa A", "5 boks", "4 Feb"), ("Desa B", "12 boks", "5 Feb"))
    return d.Grid(
        ("Tujuan", "Muatan", "Berangkat"), rows, (2, 1, 1), 1, 9, numeric=(False, True, False)
    )


def sample_deck(lang: str = "id") -> d.Deck:
    """Return a deck of seven slides."""
    figures = d.Figures(
        (
            d.Figure("4", "perkara konflik", "2 lebih banyak", alarm=True),
            d.Figure("1", "unjuk rasa", "sama"),
            d.Figure("−", "belum ada data", "perkiraan"),
        )
    )
    lines = d.Bullets(
        ("Kab. Utara naik", "Kab. Selatan tidak tercakup", "Laut ≤ 1,25 m sampai 4 Feb")
    )
    slides = (
        d.Slide("sampul", "Rakor Tim Terpadu", None, (), NOTES, sources="Kesbangpol"),
        d.Slide("situasi", "Konflik naik di satu kabupaten", figures, (lines,), NOTES),
        d.Slide(
            "peta", "Kab. Utara paling banyak", a_map(), (lines,), NOTES, "terbatas", "Laporan"
        ),
        d.Slide("tren", "Naik sejak November", a_chart(), (lines,), marks=("perkiraan",)),
        d.Slide("pulau", "Sembilan pulau berangkat 4 Februari", a_grid(), marks=("SIMULASI",)),
        d.Slide("kata", "Tiga hal untuk diputuskan", lines),
        d.Slide("batas", "Yang tidak kami ketahui", lines, (), "", sources="42 laporan"),
    )
    return d.Deck(
        title="Rakor contoh",
        as_of=date(2024, 1, 31),
        held_on=date(2024, 1, 31),
        date_basis="asumsi",
        made_at=datetime(2024, 1, 31, 2, 0, tzinfo=UTC),
        office="Kesbangpol",
        digest="ab" * 32,
        lang=lang,
        slides=slides,
        land={"kabupaten": collection()},
        ground={"type": "FeatureCollection", "features": []},
    )


def with_title(title: str) -> d.Deck:
    """Return the deck with another title on its second slide."""
    found = sample_deck()
    first, second, *others = found.slides
    return replace(found, slides=(first, replace(second, title=title), *others))
