"""Documents on paper: marks on each page, long tables, harmless text, the same bytes again."""

from __future__ import annotations

import datetime as dt
from io import BytesIO

import pandas as pd
import pytest
from pypdf import PdfReader
from reportlab.pdfgen.canvas import Canvas

from services.paper import Block, Break, Signatures, Table, Text
from services.pdf import pdf
from tests.fonts import fonts

EVE = dt.date(2024, 2, 13)


def pages(content: bytes) -> list[str]:
    return [page.extract_text() for page in PdfReader(BytesIO(content)).pages]


def test_each_page_carries_title_mark_date_and_its_number() -> None:
    found = pages(pdf("Manifes", [Text("satu"), Break(), Text("dua")], access="TERBATAS",
                      footer="Sumber: uji", printed=EVE))  # fmt: skip
    assert len(found) == 2
    for number, words in enumerate(found, start=1):
        assert "Manifes" in words
        assert "TERBATAS" in words
        assert "Sumber: uji" in words
        assert f"13 Februari 2024 · halaman {number} dari 2" in words
    assert "satu" in found[0]
    assert "dua" in found[1]
    assert "TERBATAS" not in pages(pdf("Terbuka", [Text("satu")]))[0]


@pytest.mark.parametrize("wide", [False, True])
def test_paper_is_a4(wide: bool) -> None:
    box = PdfReader(BytesIO(pdf("x", [], wide=wide))).pages[0].mediabox
    sides = sorted(round(float(side) / 72 * 25.4) for side in (box.width, box.height))
    assert sides == [210, 297]
    assert (box.width > box.height) is wide


def test_a_long_table_loses_no_row_and_repeats_its_heading() -> None:
    frame = pd.DataFrame({"Nomor": range(300), "Desa": [f"desa-{n:03}" for n in range(300)]})
    found = pages(pdf("Daftar", [Table(frame)]))
    assert len(found) > 3
    assert all("Nomor" in words for words in found)
    joined = "".join(found)
    assert all(f"desa-{n:03}" in joined for n in range(300))
    once = pages(pdf("Daftar", [Table(frame, repeat_header=False)]))
    assert sum("Nomor" in words for words in once) == 1


def test_a_cell_taller_than_a_page_is_split_and_a_missing_value_is_blank() -> None:
    long = " ".join(f"kata{n}" for n in range(3000))
    frame = pd.DataFrame({"A": [long, None], "B": pd.array([1, pd.NA], dtype="Int64")})
    found = pages(pdf("Daftar", [Table(frame, widths_mm=(150, 20))]))
    assert "kata0 " in found[0]
    assert "kata2999" in "".join(found)
    assert "NA" not in "".join(found)
    assert "None" not in "".join(found)


def test_markup_in_a_text_is_shown_and_not_run() -> None:
    words = '<b>tebal</b> & <img src="x"/> "kutip"'
    frame = pd.DataFrame({"<i>kepala</i>": [words]})
    found = " ".join(pages(pdf(words, [Text(words), Table(frame)], footer=words))[0].split())
    assert found.count("<b>tebal</b> &") == 4
    assert "<i>kepala</i>" in found


def test_signs_stay_and_what_the_font_lacks_is_marked() -> None:
    words = "Sadai–Pongok — “baik” 5 → 7 ≥ 3 ≤ 4 −2 · … ✓ ☐ □ é · 漢\x00\u202eakhir"
    found = " ".join(pages(pdf("x", [Text(words)]))[0].split())
    assert "Sadai–Pongok — “baik” 5 → 7 ≥ 3 ≤ 4 −2 · … ✓ ☐ ☐ é · ? akhir" in found


def test_every_font_is_embedded() -> None:
    frame = pd.DataFrame({"A": ["satu ✓"]})
    blocks: list[Block] = [
        Text("kepala", "heading"),
        Text("kecil", "small"),
        Table(frame),
        Signatures(["Saksi"]),
    ]
    for one in (False, True):
        found = fonts(pdf("x", blocks, access="TERBATAS", footer="kaki", on_one_page=one))
        assert found
        assert all(found.values()), found
    assert fonts(not_embedded()) == {"Helvetica": False}


def not_embedded() -> bytes:
    buffer = BytesIO()
    canvas = Canvas(buffer)
    canvas.drawString(9, 9, "x")
    canvas.save()
    return buffer.getvalue()


def test_signature_lines_name_roles_and_no_person() -> None:
    roles = ["Yang menyerahkan", "Pembawa", "Yang menerima", "Saksi", "Pengawal"]
    found = pages(pdf("Serah terima", [Signatures(roles)]))[0]
    assert all(role in found for role in roles)
    assert found.count("(____") == 5


def test_the_same_arguments_give_the_same_bytes() -> None:
    blocks: list[Block] = [Text("satu", "heading"), Table(pd.DataFrame({"A": [1.5, 2]}))]
    assert pdf("x", blocks, printed=EVE) == pdf("x", blocks, printed=EVE)
    assert pdf("x", blocks, printed=EVE).startswith(b"%PDF-")
    assert len(pages(pdf("kosong", []))) == 1
    assert len(pages(pdf("tanpa baris", [Table(pd.DataFrame({"A": []}))]))) == 1
