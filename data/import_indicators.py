"""Bring in what an agency says of TPS or desa, indicator by indicator, in wide or long files."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import numpy as np
import pandas as pd

from data import schema
from data.columns import plain_heading
from data.errors import FileUnreadableError
from data.indicator_list import IndicatorList, read_answer
from data.place_lookup import PlaceLookup
from data.reasons import expected
from data.risk_rows import (
    PLACE_HEADINGS,
    SAID_HEADINGS,
    OpenFile,
    Said,
    TpsRegister,
    open_rows,
    read_said,
    read_targets,
    remap,
)
from data.risk_store import RiskImport, store_rows
from data.store import Store

HEADINGS: dict[str, tuple[str, ...]] = {
    **PLACE_HEADINGS,
    **SAID_HEADINGS,
    "indicator": ("indikator", "indicator", "indicator_id", "id indikator", "nama indikator"),
    "value": ("nilai", "value", "jawaban", "isi", "ada/tidak"),
}
_NEEDED = (("tps_id",), ("desa",), ("code",))
_NO_INDICATOR = frozenset(
    plain_heading(word)
    for word in (
        "no",
        "nomor",
        "no urut",
        "keterangan",
        "catatan",
        "provinsi",
        "lon",
        "lat",
        "note",
    )
)
_PREFIX = "indicator "


def import_indicators(
    store: Store,
    path: Path | str,
    election: str,
    indicators: pd.DataFrame,
    *,
    said: Said | None = None,
    today: date,
    dry_run: bool = False,
) -> RiskImport:
    """Import a file of indicator values in one transaction.

    Parameters
    ----------
    store
        A store with the registry of one province.
    path
        CSV or XLSX with ``tps_id``, or a desa (name or code) and mostly a TPS number. Wide: one
        column per indicator, headed by its id, number or name; an empty cell is not known. Long:
        columns ``indikator`` and ``nilai``. Cells hold ya, tidak, ada, tidak ada, 1, 0 or, where
        an indicator is a number, a number in its range. Without a column of TPS numbers, or with
        "semua" in it, a row is about all TPS of its desa.
    election
        Whose TPS these are.
    indicators
        Rows of ``risk_indicators``: the cycle's list.
    said
        Date, agency and source of rows that name none.
    today
        No row may lie after it.
    dry_run
        Whether to tell what would happen and store nothing.

    Returns
    -------
    RiskImport
        Bad rows and columns of unknown indicators are refused, all others stored. Another value
        of the same place, indicator, day and agency stands in place of the earlier one.

    Raises
    ------
    SourceMissingError, FileUnreadableError
        When the file cannot be used at all, or no list of the election is known.
    """
    said = said or Said()
    if indicators.empty:
        raise FileUnreadableError(path, "no_indicator_list", expected("no_indicator_list"))
    opened = open_rows(
        store, path, HEADINGS, _NEEDED, "no_indicator_columns", said, today, "indicators", election
    )
    rows, known = opened.rows, IndicatorList(indicators)
    is_long = rows.has("indicator") and rows.has("value")
    columns = {} if is_long else _indicator_columns(opened, known)
    register = TpsRegister.of(store, election)
    places = read_targets(rows, PlaceLookup(store.units()), register, whole_desa=True)
    told = read_said(opened, said, today)
    values = _long(opened, known) if is_long else _wide(opened, known, columns)
    frame = values.join(places, on="row").join(told, on="row").set_index("row")
    of_desa = election + "/" + frame["desa_code"]
    frame = frame.assign(
        election=election,
        place_id=frame["tps_id"].fillna(of_desa),
        import_id=opened.import_id,
    )
    return store_rows(
        store, opened, schema.risk.indicator_values, frame, "value",
        blame="value" if is_long else next(iter(columns), "value"), dry_run=dry_run,
    )  # fmt: skip


def _indicator_columns(opened: OpenFile, known: IndicatorList) -> dict[str, str]:
    """Return field by indicator for the columns that hold one, and note those of no list."""
    used: dict[str, str] = {}
    rows = opened.rows
    for heading in rows.mapping.unused:
        found = known.find(heading)
        if found and _PREFIX + found in used:
            rivals = f"{used[_PREFIX + found]}, {heading}"
            reason = "ambiguous_columns"
            raise FileUnreadableError(opened.path, reason, f"{expected(reason)} ({rivals})")
        if found:
            used[_PREFIX + found] = heading
        elif _holds_answers(rows.frame[heading]) and plain_heading(heading) not in _NO_INDICATOR:
            opened.unknown_columns.append(heading)
    if not used and not opened.unknown_columns:
        reason = "no_indicator_columns"
        raise FileUnreadableError(opened.path, reason, expected(reason))
    remap(opened, used)
    return {field: field.removeprefix(_PREFIX) for field in used}


def _holds_answers(cells: pd.Series) -> bool:
    """Return whether a column holds nothing but yes and no, and some of either."""
    texts = [text for text in cells.unique() if text]
    return bool(texts) and all(read_answer(text) in (0.0, 1.0) for text in texts)


def _wide(opened: OpenFile, known: IndicatorList, columns: dict[str, str]) -> pd.DataFrame:
    rows, parts = opened.rows, []
    for field, indicator in columns.items():
        values = rows.read(field, read_answer, "indicator_value_unreadable", "float64")
        which = pd.Series(indicator, index=values.index, dtype="str")
        _check_range(opened, field, known, values, which)
        parts.append(pd.DataFrame({"indicator_id": which, "value": values}))
    empty = pd.DataFrame({"indicator_id": pd.Series(dtype="str"), "value": pd.Series(dtype="f8")})
    joined = pd.concat(parts) if parts else empty
    joined = joined[joined["value"].notna()]
    return joined.rename_axis("row").reset_index()


def _long(opened: OpenFile, known: IndicatorList) -> pd.DataFrame:
    rows = opened.rows
    which = rows.read("indicator", known.find, "indicator_unknown")
    rows.fault("indicator", ~rows.filled("indicator"), "indicator_missing")
    values = rows.read("value", read_answer, "indicator_value_unreadable", "float64")
    rows.fault("value", ~rows.filled("value"), "indicator_value_missing")
    _check_range(opened, "value", known, values, which)
    frame = pd.DataFrame({"indicator_id": which, "value": values})
    return frame[which.notna() & values.notna()].rename_axis("row").reset_index()


def _check_range(
    opened: OpenFile, field: str, known: IndicatorList, values: pd.Series, which: pd.Series
) -> None:
    wrong, words = known.outside(values, which)
    if np.any(wrong):
        opened.rows.fault(
            field, wrong.to_numpy(dtype=bool), "indicator_value_outside", words[wrong].tolist()
        )
