"""Workbooks of several sheets, ready to print on A4 and safe to double-click."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from io import BytesIO

import pandas as pd
from openpyxl import Workbook
from openpyxl.styles import Alignment, Border, Font, PatternFill, Side
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.worksheet import Worksheet

from data.export import neutral_text

_FORBIDDEN = re.compile(r"[\[\]:*?/\\]")
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f]")
_NAME, _NARROW, _WIDE = 31, 7, 44
_LINE = Side(style="thin", color="9DB4C2")


@dataclass(frozen=True, eq=False)
class Sheet:
    """One sheet.

    Attributes
    ----------
    name
        Cut and changed where a workbook does not allow it.
    frame
        The table; missing values are empty cells.
    head
        Lines above the table.
    mark
        Access mark at the head of each printed page; empty for none.
    """

    name: str
    frame: pd.DataFrame = field(repr=False)
    head: Sequence[str] = ()
    mark: str = ""


def workbook(sheets: Sequence[Sheet]) -> bytes:
    """Return a workbook; at least one sheet is needed.

    Texts that a spreadsheet would run as a formula get an apostrophe, as in `data.export`.
    """
    book = Workbook()
    book.remove(book.active)
    taken: set[str] = set()
    for sheet in sheets:
        _fill(book.create_sheet(_free_name(sheet.name, taken)), sheet)
    buffer = BytesIO()
    book.save(buffer)
    return buffer.getvalue()


def _free_name(name: str, taken: set[str]) -> str:
    """Return a name that a sheet may have and no other sheet has."""
    plain = _FORBIDDEN.sub("-", name).strip("' ") or "-"
    found, n = plain[:_NAME], 1
    while found.lower() in taken:
        n += 1
        found = f"{plain[: _NAME - 3]} {n}"
    taken.add(found.lower())
    return found


def _fill(page: Worksheet, sheet: Sheet) -> None:
    for words in sheet.head:
        page.append([_cell(words)])
        page.cell(page.max_row, 1).font = Font(bold=page.max_row == 1, size=12)
    first = len(sheet.head) + 1
    columns = [_cell(str(name)) for name in sheet.frame.columns]
    for at, words in enumerate(columns, start=1):
        page.cell(first, at, words)
    rows = sheet.frame.astype("object").to_numpy()
    for n, row in enumerate(rows, start=first + 1):
        for at, value in enumerate(row, start=1):
            page.cell(n, at, None if pd.isna(value) else _cell(value))
    border = Border(left=_LINE, right=_LINE, top=_LINE, bottom=_LINE)
    for line in page.iter_rows(first, first + len(rows), 1, max(1, len(columns))):
        for cell in line:
            cell.border = border
            cell.alignment = Alignment(vertical="top", wrap_text=True)
    for at in range(1, len(columns) + 1):
        page.cell(first, at).font = Font(bold=True)
        page.cell(first, at).fill = PatternFill("solid", fgColor="EAF0F4")
        texts = [
            str(columns[at - 1]),
            *(str(row[at - 1]) for row in rows if not pd.isna(row[at - 1])),
        ]
        longest = max(map(len, texts))
        page.column_dimensions[get_column_letter(at)].width = min(max(longest + 2, _NARROW), _WIDE)
    page.freeze_panes = page.cell(first + 1, 1)
    page.print_title_rows = f"{first}:{first}"
    page.page_setup.orientation = "landscape"
    page.page_setup.paperSize = page.PAPERSIZE_A4
    page.page_setup.fitToHeight = 0
    page.sheet_properties.pageSetUpPr.fitToPage = True
    page.oddHeader.right.text = sheet.mark or None
    page.oddFooter.right.text = "&P / &N"


def _cell(value: object) -> object:
    if isinstance(value, str):
        return neutral_text(_CONTROL.sub(" ", value))
    return value.item() if hasattr(value, "item") else value
