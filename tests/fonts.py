"""Which fonts a PDF uses, and whether it brings them along."""

from __future__ import annotations

from io import BytesIO
from typing import Any

from pypdf import PdfReader


def fonts(content: bytes) -> dict[str, bool]:
    """Return by name whether the program of each font stands in the document."""
    found: dict[str, bool] = {}
    for page in PdfReader(BytesIO(content)).pages:
        for entry in page["/Resources"].get("/Font", {}).values():  # type: ignore[attr-defined]
            font = entry.get_object()
            found[str(font["/BaseFont"]).lstrip("/")] = _embedded(font)
    return found


def _embedded(font: Any) -> bool:
    parts = [part.get_object() for part in font.get("/DescendantFonts", [font])]
    return all(
        {"/FontFile", "/FontFile2", "/FontFile3"} & set(part.get("/FontDescriptor", {}))
        for part in parts
    )
