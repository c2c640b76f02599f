"""What is typed into a form goes the way of every file: a file of one row, looked at and stored."""

from __future__ import annotations

import csv
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from io import StringIO
from typing import Any

from data.clock import utc_now
from data.ingest.rows import Note
from data.ingest.words import reworded
from data.province import zone
from data.store.engine import Store
from data.store.ledger.acts import OPERATOR, actor_now
from data.store.ledger.rights import may, writes_about
from services.explain import explain
from services.ingest.imports import Asked, ImportResult, import_upload, look_at
from services.texts import label

PERSONS = "persons"
_SCHEME = "kemendagri"


@dataclass(frozen=True)
class Filled:
    """A form that was filled in.

    Attributes
    ----------
    kind
        Of import.
    cells
        Text by field of that kind; what is blank says nothing.
    """

    kind: str
    cells: Mapping[str, str]

    @property
    def content(self) -> bytes:
        """The file of one row. A cell is one line, so that no text passes for a row."""
        out = StringIO()
        writer = csv.writer(out, quoting=csv.QUOTE_ALL, lineterminator="\n")
        writer.writerow(self.cells)
        writer.writerow(one_line(text) for text in self.cells.values())
        return out.getvalue().encode()

    @property
    def asked(self) -> Asked:
        """What is said of the file: each heading is a field, and codes are those of Kemendagri."""
        names = {name: name for name in self.cells}
        return Asked(scheme=_SCHEME, columns=names, header_row=1)


@dataclass(frozen=True)
class Checked:
    """What would become of a form.

    Attributes
    ----------
    faults
        What stands against storing it, in words.
    note
        What is to be answered for before: its text may say who somebody is; None for nothing.
    repeats
        Key of the stored row that says just that; None for none.
    corrects
        Whether a stored row is put right by it.
    """

    faults: tuple[str, ...] = ()
    note: Note | None = None
    repeats: str | None = None
    corrects: bool = False

    @property
    def ready(self) -> bool:
        """Whether it can be stored."""
        return not self.faults and self.repeats is None


def one_line(text: str) -> str:
    """Return a text on one line, without what no eye sees."""
    return " ".join("".join(one if one.isprintable() else " " for one in text).split())


def check(store: Store, filled: Filled, lang: str) -> Checked:
    """Return what would become of a form; nothing is stored."""
    look = look_at(store, filled.kind, _name(), filled.content, filled.asked)
    result = look.result
    if result is None:
        return Checked((explain(look.question, lang),)) if look.question else Checked()
    repeated = result.duplicate_rows["of_report"].dropna()
    note = next((one for one in result.notes if one.key == PERSONS), None)
    return Checked(
        fault_words(result, lang),
        note,
        str(repeated.iloc[0]) if len(repeated) else None,
        bool(result.corrected),
    )


def fault_words(result: ImportResult, lang: str) -> tuple[str, ...]:
    """Return what stands against a form that went its way, a line each, in its own terms."""
    told = result.faults.drop_duplicates(["column_name", "reason"])
    return tuple(
        f"{label('entry_field', column, lang)}: {reworded(reason, expected, lang)}"
        for column, reason, expected in zip(
            told["column_name"], told["reason"], told["expected"], strict=True
        )
    )


def send(
    store: Store, filled: Filled, require: Callable[[Any], None] | None = None
) -> ImportResult:
    """Store a form, if what it is about is as ``require`` holds, called with the transaction.

    Raises
    ------
    SiagaError
        As `services.ingest.imports.import_file`.
    """
    asked = replace(filled.asked, require=require)
    return import_upload(store, filled.kind, _name(), filled.content, asked)


def _name() -> str:
    """Return the name by which lists of imports know what was typed in."""
    return f"formulir {utc_now().astimezone(zone()):%Y-%m-%d %H.%M}.csv"


def own_office() -> str | None:
    """Return the only agency that whoever acts may write for; None where it may be any."""
    actor = actor_now()
    return actor.office if actor.role == OPERATOR else None


def in_own_areas(code: str) -> bool:
    """Tell whether whoever acts may write about a unit."""
    return writes_about(actor_now(), code)


def may_write(table: str) -> bool:
    """Tell whether whoever acts may bring in rows of a table at all."""
    return may(actor_now(), f"import.{table}")
