"""Refused rows: which are open, what is wrong with each, and putting them right."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial

import pandas as pd

from data.clock import today, utc_now
from data.ingest.held.choices import Choice, choices_of
from data.ingest.held.mend import Edits, Mended, dismiss, keys_of, mend, take_up
from data.ingest.held.options import Kept, from_json, heading_of
from data.ingest.held.record import DISMISSED, RowKey
from data.ingest.held.texts import held_cells, held_rows, is_heading
from data.ingest.kind import Options
from data.ingest.place_lookup import PlaceLookup
from data.ingest.words import reworded, word_list
from data.logs import tell
from data.province import zone
from data.store.engine import Store
from data.store.ledger.acts import actor_now
from data.store.ledger.rights import may
from services.access.clearance import SECRET
from services.dataset import Dataset
from services.ingest.kinds import entry_of
from services.texts import number, text

__all__ = [
    "Choice",
    "Held",
    "HeldSheet",
    "Mended",
    "Question",
    "RowKey",
    "dismiss",
    "dismissed_of",
    "fault_words",
    "held_imports",
    "mend_rows",
    "mended_sentence",
    "open_counts",
    "questions_of",
    "rows_words",
    "sheets_of",
    "take_up",
]

_ACCESS = "access"
_FEW = 5


@dataclass(frozen=True)
class Held:
    """An import with open rows.

    Attributes
    ----------
    import_id
        Its key; rows that were put right and refused again count here as well.
    file_name, target, at
        As in ``imports``.
    kept
        How its file was read; None for an import of an older version, which cannot be mended.
    faults
        Its open rows of ``quarantine``, one per fault, that the reader may see; texts filled.
    """

    import_id: str
    file_name: str
    target: str
    at: datetime
    kept: Kept | None
    faults: pd.DataFrame

    @property
    def keys(self) -> list[RowKey]:
        """Its open rows, in the order of the file."""
        return sorted(set(keys_of(self.faults)), key=lambda key: (key.sheet, key.row_number))

    @property
    def rest(self) -> pd.DataFrame:
        """Rows of ``faults`` of headings; all of them where it is not known how it was read."""
        return self.faults[is_heading(self.faults) | (self.kept is None)]

    @property
    def is_mendable(self) -> bool:
        """Whether it is known how its file was read, and whoever asks may import such rows."""
        return self.kept is not None and may(actor_now(), f"import.{self.target}")


@dataclass(frozen=True)
class HeldSheet:
    """Open rows of one sheet.

    Attributes
    ----------
    name
        Of the sheet; ``""`` where the file has one.
    cells
        Texts, a column per heading, by row number.
    keys
        The row behind each row number.
    faults
        Its rows of ``quarantine``.
    """

    name: str
    cells: pd.DataFrame
    keys: Mapping[int, RowKey]
    faults: pd.DataFrame


@dataclass(frozen=True)
class Question:
    """A text that was refused, in one or several rows, and what may have been meant.

    Attributes
    ----------
    heading, value
        The column, and what it says.
    keys
        The rows.
    choices
        What may have been meant, the likeliest first.
    """

    heading: str
    value: str
    keys: tuple[RowKey, ...]
    choices: Sequence[Choice]


def _roots(imports: pd.DataFrame) -> pd.Series:
    """Return by import the one whose rows it puts right; itself where it is no such."""
    own = imports.set_index("import_id", drop=False)
    return own["mends"].where(own["mends"].isin(own.index), own["import_id"])


def _open_faults(data: Dataset) -> pd.DataFrame:
    """Return open faults that the reader may see: of ``quarantine``, and ``root``, their import."""
    faults = data.read("quarantine")
    faults = faults[faults["closed_as"].isna()]
    root = faults["import_id"].map(_roots(data.imports)).fillna(faults["import_id"])
    filled = {name: faults[name].fillna("") for name in ("sheet", "section", "value", "expected")}
    return faults.assign(root=root, **filled)


def open_counts(data: Dataset) -> dict[str, int]:
    """Return how many rows of each import are still refused, also those put right in vain."""
    faults = _open_faults(data)
    rows = faults.drop_duplicates(["import_id", "sheet", "row_number"])
    return {str(key): int(n) for key, n in rows["root"].value_counts().items()}


def held_imports(data: Dataset) -> list[Held]:
    """Return the imports with open rows, the newest first."""
    faults = _open_faults(data)
    imports = data.imports.set_index("import_id")
    found = []
    for root, own in faults.groupby("root"):
        if root not in imports.index:
            continue
        log = imports.loc[[root]].iloc[0].to_dict()
        kept = None if pd.isna(log["options"]) else from_json(str(log["options"]))
        seen = _seen(own, kept, data.clearance)
        if len(seen):
            names = str(root), str(log["file_name"]), str(log["target"])
            found.append(Held(*names, pd.Timestamp(log["at"]), kept, seen))
    return sorted(found, key=lambda one: one.at, reverse=True)


def _seen(faults: pd.DataFrame, kept: Kept | None, clearance: tuple[str, ...]) -> pd.DataFrame:
    """Return the faults of rows that a reader may see: one that may be secret is not shown."""
    if SECRET in clearance:
        return faults
    if kept is None:
        return faults.iloc[:0]
    parts = [faults[is_heading(faults)]]
    for name in kept.sheets:
        own = faults[faults["sheet"].eq(name) & ~is_heading(faults)]
        for _, of_import in own.groupby("import_id"):
            said = held_rows(of_import, kept, name).text(_ACCESS)
            read = {one: one == "" or word_list(_ACCESS).read(one) in clearance for one in said}
            seen = said.index[said.map(read)]
            parts.append(of_import[of_import["row_number"].isin(seen)])
    return pd.concat(parts)


def sheets_of(held: Held) -> list[HeldSheet]:
    """Return the open rows of an import by sheet; none where its options are not known."""
    found = []
    faults = held.faults[~is_heading(held.faults)]
    for name, (header, _) in held.kept.sheets.items() if held.kept else ():
        own = faults[faults["sheet"].eq(name)]
        if len(own):
            keys = {key.row_number: key for key in keys_of(own.drop_duplicates("row_number"))}
            found.append(HeldSheet(name, held_cells(own, header), keys, own))
    return found


def fault_words(faults: pd.DataFrame, sheet: str, lang: str) -> dict[int, str]:
    """Return what is wrong with each row in one line, by row number.

    ``faults`` are rows of ``quarantine`` or of `ImportResult.faults`.
    """
    columns = (faults[name] for name in ("row_number", "column_name", "reason", "expected"))
    found: dict[int, list[str]] = {}
    for row, column, reason, expected in zip(*columns, strict=True):
        words = reworded(str(reason), str(expected), lang)
        found.setdefault(int(row), []).append(f"{heading_of(sheet, column)}: {words}")
    return {row: "; ".join(dict.fromkeys(lines)) for row, lines in found.items()}


def questions_of(
    data: Dataset, held: Held, sheet: HeldSheet, answered: Edits | None = None
) -> list[Question]:
    """Return what can be answered by choosing, what concerns most rows first.

    Parameters
    ----------
    data, held
        Names of the province, and the import.
    sheet
        With its cells and faults of now.
    answered
        Cells that were changed since the faults were found.
    """
    if held.kept is None:
        return []
    kind, columns = entry_of(held.kept.kind).kind, held.kept.sheets[sheet.name][1]
    ask = partial(choices_of, kind, columns, PlaceLookup(data.units))
    rows: dict[tuple[str, str, str], dict[RowKey, None]] = {}
    names = ("row_number", "column_name", "reason")
    for row, column, reason in zip(*(sheet.faults[name] for name in names), strict=True):
        heading, key = heading_of(sheet.name, column), sheet.keys[int(row)]
        if heading in sheet.cells and heading not in (answered or {}).get(key, {}):
            said = str(sheet.cells.loc[row, heading]), str(reason)
            rows.setdefault((heading, *said), {})[key] = None
    found = []
    for (heading, value, reason), keys in rows.items():
        field = held.kept.field_of(sheet.name, heading)
        if choices := ask(field, value, reason):
            found.append(Question(heading, value, tuple(keys), choices))
    return sorted(found, key=lambda one: -len(one.keys))


def mend_rows(store: Store, held: Held, edits: Edits, *, dry_run: bool = False) -> Mended:
    """Read the open rows of an import again with what was changed; see `data.ingest.held.mend`."""
    assert held.kept is not None
    entry = entry_of(held.kept.kind)
    more = entry.more(store, held.kept.election) if entry.more else {}
    now = utc_now().astimezone(zone())
    options = Options(today=today(), now=now, dry_run=dry_run, actor=actor_now())
    done = mend(store, entry.kind, held.import_id, edits, options, more)
    if not dry_run:
        rows, refused = done.result.accepted, done.result.quarantined
        tell("import", kind=held.kept.kind.replace(" ", ":"), rows=rows, refused=refused)
    return done


def dismissed_of(data: Dataset, held: Held) -> Collection[RowKey]:
    """Return the rows of an import that were left aside."""
    faults = data.read("quarantine")
    roots = faults["import_id"].map(_roots(data.imports))
    mine = faults[faults["closed_as"].eq(DISMISSED) & roots.eq(held.import_id)]
    return sorted(set(keys_of(mine.assign(sheet=mine["sheet"].fillna("")))))


def mended_sentence(done: Mended, lang: str) -> str:
    """Return what became of refused rows, or would, in one sentence."""
    counts = {
        "good": len(done.good),
        "bad": done.faults["key"].nunique(),
        "settled": len(done.settled),
    }
    words = {name: number(n, lang) for name, n in counts.items()}
    key = "held.became_settled" if done.settled else "held.became"
    return text(key, lang, **words)


def rows_words(rows: Sequence[int], lang: str) -> str:
    """Return the numbers of some rows, the first few of many."""
    shown = ", ".join(str(row) for row in rows[:_FEW])
    more = f", … (+{number(len(rows) - _FEW, lang)})" if len(rows) > _FEW else ""
    return shown + more
