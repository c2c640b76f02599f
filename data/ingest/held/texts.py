"""Refused rows as rows of a file again."""

from __future__ import annotations

import json

import pandas as pd

from data.ingest.held.options import Kept
from data.ingest.rows import Rows

_A_ROW = "{"


def is_heading(faults: pd.DataFrame) -> pd.Series:
    """Return which of ``faults``, rows of ``quarantine``, are of headings, by its index."""
    return ~faults["row_json"].str.startswith(_A_ROW)


def held_cells(faults: pd.DataFrame, header: tuple[str, ...]) -> pd.DataFrame:
    """Return the cells of refused rows of one sheet.

    Parameters
    ----------
    faults
        Rows of ``quarantine``, none of them of headings.
    header
        Headings of the sheet.

    Returns
    -------
    DataFrame
        Texts, a column per heading, indexed and ordered by row number.
    """
    once = faults.drop_duplicates("row_number").sort_values("row_number")
    records = [json.loads(text) for text in once["row_json"]]
    index = pd.Index(once["row_number"].astype("int64"), name="row_number")
    frame = pd.DataFrame(records, index=index, columns=list(header))
    return frame.fillna("").astype("str")


def held_sections(faults: pd.DataFrame) -> pd.Series | None:
    """Return the text of the row that heads the part of each refused row, by row number.

    ``faults`` are rows of ``quarantine``, ``section`` filled; None where no row has one.
    """
    once = faults.drop_duplicates("row_number").sort_values("row_number")
    sections = once.set_index(once["row_number"].astype("int64"))["section"]
    return sections if sections.ne("").any() else None


def held_rows(faults: pd.DataFrame, kept: Kept, sheet: str) -> Rows:
    """Return refused rows of a sheet, ``faults`` of ``quarantine``, as they were read."""
    header, columns = kept.sheets[sheet]
    cells = held_cells(faults, header)
    return Rows(cells, columns, kept.constants, sheet, held_sections(faults))
