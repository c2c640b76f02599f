"""Files of short rows (the voting day, disputes): headings, places, faults, one transaction."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from hashlib import blake2b
from pathlib import Path

import pandas as pd
from sqlalchemy import Connection, Table, delete, select

from data.errors import FileUnreadableError
from data.ingest.columns import plain_heading
from data.ingest.place_lookup import PARTS, PlaceLookup
from data.ingest.readers import open_table
from data.ingest.record import ImportResult, earlier_faults, fault_keys, file_digest, write_import
from data.ingest.rows import FAULT_COLUMNS
from data.ingest.words import expected
from data.store import engine as bulk
from data.store import tables as schema
from data.store.engine import Store, Undo
from data.store.rules import broken

Headings = Mapping[str, tuple[str, ...]]
PLACE_HEADINGS: Headings = {
    "tps_id": ("tps_id", "id_tps", "id tps"),
    "code": ("kode", "kode_wilayah", "kode_desa", "code", "desa_code", "unit_code"),
    "kabupaten": ("kabupaten", "kabupaten_kota", "kabupaten kota", "kab kota", "kab", "regency"),
    "kecamatan": ("kecamatan", "kec", "district"),
    "desa": ("desa", "kelurahan", "desa_kelurahan", "desa kelurahan", "village"),
    "tps": ("tps", "nomor_tps", "no_tps", "nomor tps", "no tps", "number"),
}


@dataclass
class DayRows:
    """Rows of a file by field, and what is wrong with them.

    Attributes
    ----------
    path
        The file.
    cells
        One ``str`` column per field that has a heading, indexed by row number; empty is ``""``.
    used
        Heading by field.
    unused
        Headings that stand for no field.
    raw
        The file as it is, for the quarantine.
    """

    path: Path
    cells: pd.DataFrame
    used: dict[str, str]
    unused: tuple[str, ...]
    raw: pd.DataFrame
    _faults: list[tuple[int, str, str, str, str]] = field(default_factory=list)

    def text(self, name: str) -> pd.Series:
        """Return the cells of a field by row; empty where the file has no such column."""
        if name in self.cells:
            return self.cells[name]
        return pd.Series("", index=self.cells.index, dtype="str")

    def fault(self, row: int, name: str, reason: str, hint: str = "") -> None:
        """Refuse a row because of a field."""
        value = self.cells.loc[row, name] if name in self.cells else ""
        column = self.used.get(name, name)
        self._faults.append((row, column, str(value), reason, expected(reason) + hint))

    def hold(self, table: str, frame: pd.DataFrame, fields: Mapping[str, tuple[str, ...]]) -> None:
        """Refuse rows that break a rule of their table; see `data.ingest.rows.Rows.hold`.

        ``frame`` has columns of the table, indexed by row number.
        """
        blamed = {(row, column) for row, column, *_ in self._faults}
        for rule, wrong in broken(table, frame):
            columns = (rule.column, *rule.uses)
            rests = [f for column in columns for f in fields.get(column, (column,))]
            for row in frame.index[wrong]:
                if not any((row, self.used.get(f, f)) in blamed for f in rests):
                    own = fields.get(rule.column, (rule.column,))
                    self.fault(row, next((f for f in own if f in self.used), own[0]), rule.reason)

    @property
    def faults(self) -> pd.DataFrame:
        """All faults by row number; columns `FAULT_COLUMNS`."""
        frame = pd.DataFrame(self._faults, columns=list(FAULT_COLUMNS))
        frame = frame.drop_duplicates(["row_number", "column_name", "reason"])
        return frame.sort_values("row_number", kind="stable", ignore_index=True)

    @property
    def good(self) -> pd.Index:
        """Row numbers without a fault."""
        return self.cells.index.difference([fault[0] for fault in self._faults])


def read_day_rows(path: Path, headings: Headings, needed: Sequence[tuple[str, ...]]) -> DayRows:
    """Open a CSV or XLSX file by its headings.

    Parameters
    ----------
    headings
        Spellings by field.
    needed
        Groups of fields of which one must be there.

    Raises
    ------
    SourceMissingError, FileUnreadableError
        When there is no such file, it is no table, or a needed column is missing.
    """
    names = {plain_heading(h): f for f, hs in headings.items() for h in (f, *hs)}
    table = open_table(path, partial(_looks_like_header, names))
    used: dict[str, str] = {}
    for heading in table.header:
        found = names.get(plain_heading(heading))
        if found and found not in used:
            used[found] = heading
    for group in needed:
        if not any(name in used for name in group):
            wanted = ", ".join(headings[group[0]])
            raise FileUnreadableError(path, "column_missing", f"{group[0]}: {wanted}")
    chunks = list(table.chunks)
    raw = pd.concat([chunk.frame for chunk in chunks])
    rows = DayRows(
        path=Path(path),
        cells=pd.DataFrame({name: raw[heading] for name, heading in used.items()}),
        used=used,
        unused=tuple(h for h in table.header if h not in used.values()),
        raw=raw,
    )
    for fault in (fault for chunk in chunks for fault in chunk.faults):
        rows._faults.append(
            (fault.row_number, fault.column_name, fault.value, fault.reason, expected(fault.reason))
        )
    return rows


def _looks_like_header(names: Mapping[str, str], cells: Sequence[str]) -> bool:
    return len({names[p] for c in cells if (p := plain_heading(c)) in names}) > 1


def read_units(rows: DayRows, units: pd.DataFrame) -> pd.Series:
    """Return the unit each row names by code or by names; faulty rows are missing.

    ``units`` is the table of that name.
    """
    lookup = PlaceLookup(units)
    blank = pd.Series("", index=rows.cells.index, dtype="str")
    by_code = lookup.each([rows.text("code"), blank], lookup.codes)
    by_name = lookup.each([rows.text(part) for part in PARTS], lookup.parts)
    out: dict[int, str | None] = {}
    for row in rows.cells.index:
        found = by_code.loc[row] if rows.text("code")[row] else by_name.loc[row]
        if isinstance(found["reason"], str) and found["reason"]:
            rows.fault(row, found["field"], found["reason"], found["hint"] or "")
        out[row] = found["code"] if isinstance(found["code"], str) and found["code"] else None
    return pd.Series(out, dtype="str").reindex(rows.cells.index)


def read_tps(rows: DayRows, units: pd.DataFrame, tps: pd.DataFrame) -> pd.Series:
    """Return the station each row names: by id, or by its desa and number.

    Parameters
    ----------
    rows
        The rows; those that name no station of the register get a fault.
    units
        The table ``units``.
    tps
        Rows of ``tps`` of one election.
    """
    known = set(tps["tps_id"])
    highest = tps[~tps["lokasi_khusus"].astype(bool)].groupby("desa_code")["number"].max()
    named = rows.text("tps_id")
    codes = read_units(rows, units) if named.eq("").any() else named
    election = tps["election"].iloc[0] if len(tps) else ""
    out: dict[int, str | None] = {}
    for row in rows.cells.index:
        out[row] = None
        if named[row]:
            if named[row] in known:
                out[row] = named[row]
            else:
                rows.fault(row, "tps_id", "tps_id_unknown")
            continue
        if not isinstance(codes[row], str) or codes[row].count(".") != 3:
            if row in rows.good:
                rows.fault(row, "code" if rows.text("code")[row] else "desa", "desa_missing")
            continue
        digits = rows.text("tps")[row].lower().removeprefix("tps").strip()
        number = f"{int(digits):03d}" if digits.isdigit() else ""
        found = f"{election}/{codes[row]}/{number}"
        if found in known:
            out[row] = found
        elif number:
            last = highest.get(codes[row])
            rows.fault(row, "tps", "tps_beyond", f" (001–{last})" if isinstance(last, str) else "")
        else:
            rows.fault(row, "tps", "tps_unreadable")
    return pd.Series(out, dtype="str").reindex(rows.cells.index)


def store_day_rows(
    store: Store,
    table: Table,
    frame: pd.DataFrame,
    rows: DayRows,
    dry_run: bool = False,
    *said: str,
    settle: Callable[[Connection, pd.DataFrame], pd.DataFrame] | None = None,
) -> ImportResult:
    """Write good rows and the quarantine in one transaction.

    Parameters
    ----------
    store, table
        Where to; the key of the table tells which rows are there already.
    frame
        Good rows under the columns of the table but ``import_id``, indexed by row number.
    rows
        The file they come from.
    dry_run
        Whether to tell what would happen and store nothing.
    *said
        What else the rows depend on, such as the election: part of the key of the import.
    settle
        Completes the new rows inside the transaction, by what the table holds then.
    """
    digest = file_digest(rows.path)
    content = "|".join([f"{table.name}{digest}", *said])
    import_id = f"imp-{blake2b(content.encode(), digest_size=8).hexdigest()}"
    key = next(iter(table.primary_key.columns))
    faults = rows.faults
    with store.begin() as connection:
        # Asked inside the transaction that writes: equal files may come in at the same time.
        known = set(connection.execute(select(key)).scalars())
        repeated = frame[key.name].isin(known) | frame[key.name].duplicated()
        fresh = frame[~repeated].assign(import_id=import_id)
        counts = (len(fresh), int(faults["row_number"].nunique()), int(repeated.sum()))
        before = earlier_faults(connection, import_id)
        unchanged = dry_run or (fresh.empty and before == fault_keys(faults))
        if unchanged:
            raise Undo
        store.insert_frame(connection, table, settle(connection, fresh) if settle else fresh)
        _write_faults(connection, rows, import_id)
        write_import(connection, import_id, table.name, rows.path, digest, counts)
    told = frame.loc[repeated, key.name].rename_axis("row_number").rename("of_report")
    return ImportResult(
        rows.path.name,
        import_id,
        *counts,
        faults,
        told.reset_index().assign(of_row=None),
        rows.used,
        rows.unused,
        unchanged=unchanged,
    )


def _write_faults(connection: Connection, rows: DayRows, import_id: str) -> None:
    """Put the refused rows of an import in place of those of an earlier one."""
    table, faults = schema.quarantine, rows.faults
    texts = {
        row: json.dumps(rows.raw.loc[row].to_dict(), ensure_ascii=False)
        for row in faults["row_number"].unique()
    }
    connection.execute(delete(table).where(table.c.import_id == import_id))
    kept = faults.assign(import_id=import_id, row_json=faults["row_number"].map(texts))
    bulk.insert_frame(connection, table, kept)


def text_or_none(values: pd.Series) -> pd.Series:
    """Return ``values``, any index, with empty texts missing."""
    return values.where(values.ne("")).astype("str")


def read_each(
    rows: DayRows, name: str, reader: Callable[[str], object | None], reason: str
) -> dict[int, object | None]:
    """Read the cells of a field; a text that reads as None is a fault, an empty cell is None."""
    out: dict[int, object | None] = {}
    for row, text in rows.text(name).items():
        number = int(str(row))
        out[number] = reader(text) if text else None
        if text and out[number] is None:
            rows.fault(number, name, reason)
    return out
