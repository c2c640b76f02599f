"""What a browser prints of a page: one sheet."""

from __future__ import annotations

import io

import pypdf
import pytest

from tests.browser import Visit

pytestmark = pytest.mark.browser


@pytest.mark.parametrize(
    ("path", "title"),
    [
        ("?tanggal=2024-02-13", "13 Februari 2024"),
        ("hotspot?metode=counts&tanggal=2025-10-29", "Konflik: terbanyak"),
    ],
)
def test_a_page_prints_on_one_sheet_with_finding_and_source(
    path: str, title: str, app_url: str, visit: Visit
) -> None:
    visit.open(f"{app_url}/{path}", title)
    paper = visit.page.pdf(prefer_css_page_size=True, print_background=True)
    sheets = pypdf.PdfReader(io.BytesIO(paper)).pages
    assert len(sheets) == 1
    width, height = sheets[0].mediabox.width, sheets[0].mediabox.height
    assert width > height, "the sheet lies"
    words = " ".join(sheets[0].extract_text().split())
    assert title in words
    assert "laporan sebagaimana diketahui" in words
    assert "Rentang waktu" not in words, "filters stay on the screen"
    visit.page.emulate_media(media="print")
    frame = visit.page.locator("iframe").first.bounding_box()
    side = visit.page.locator(".st-key-side").bounding_box()
    assert frame is not None
    assert side is not None
    assert frame["x"] + frame["width"] <= side["x"] + 1, "the map ends where the list begins"
