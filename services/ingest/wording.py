"""What became of an import, in words."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import pandas as pd

from data.ingest.held.options import from_json
from data.ingest.record import ImportResult
from data.ingest.rows import Note
from data.ingest.words import reworded
from data.province import zone
from data.texts import catalogue
from services.texts import label, number, text

_SHOWN = 12


def import_lines(result: ImportResult, lang: str) -> list[str]:
    """Return what became of a file, a sentence each: counts, figures, mapping, notes."""
    lines = [result_sentence(result, lang)]
    figures = f"import_figures.{result.kind}"
    if figures in catalogue() and result.records:
        lines.append(text(figures, lang, **_plain(result.facts, lang)))
    if result.mapping:
        pairs = ", ".join(f"{heading} → {field}" for field, heading in result.mapping.items())
        lines.append(text("import.mapping", lang, list=pairs))
    if result.unused_columns:
        lines.append(text("import.unused", lang, list=", ".join(result.unused_columns)))
    lines += [note_words(note, lang) for note in result.notes]
    if not result.unchanged:
        lines.append(text("layer_result.import_id", lang, import_id=result.import_id))
    return lines


def imports_table(rows: pd.DataFrame, lang: str, still_open: Mapping[str, int]) -> pd.DataFrame:
    """Return ``rows`` of the table ``imports`` as a reader sees them.

    ``still_open`` is how many rows of each are refused and not yet settled, by its id.
    """
    mended = rows["file_name"] + " · " + text("held.mended", lang)
    columns = {
        "at": rows["at"].dt.tz_convert(zone()).dt.strftime("%d/%m %H.%M"),
        "accepted": rows["accepted"],
        "quarantined": rows["import_id"].map(still_open).fillna(0).astype("int64"),
        "file_name": rows["file_name"].where(rows["mends"].isna(), mended),
    }
    return pd.DataFrame({label("importcolumn", n, lang): held for n, held in columns.items()})


def places_said(options: object, names: Mapping[str, str], lang: str) -> str | None:
    """Return what a person said of names of places when a file was imported.

    Parameters
    ----------
    options
        Of a row of the table ``imports``; missing where it is not known how the file was read.
    names
        Full name of a unit by code.
    lang
        Language of the reader.
    """
    said = from_json(options).places if isinstance(options, str) else {}
    pairs = [f"“{name}” → {names.get(code, code)} ({code})" for name, code in said.items()]
    return text("bring_places.said", lang, list="; ".join(pairs)) if pairs else None


def import_words(file_name: str, at: datetime, rows: int, lang: str) -> str:
    """Return an import with refused rows in a few words."""
    moment = at.astimezone(zone()).strftime("%d/%m %H.%M")
    return text("held.of", lang, file=file_name, at=moment, n=number(rows, lang))


def result_sentence(result: ImportResult, lang: str) -> str:
    """Return the counts of an import in one sentence."""
    counts = {
        name: number(getattr(result, name), lang)
        for name in ("accepted", "corrected", "quarantined", "duplicates")
    }
    return text("import.done", lang, kind=label("import_kind", result.kind, lang), **counts)


def note_words(note: Note, lang: str) -> str:
    """Return a note of an import in words."""
    return text(f"import_note.{note.key}", lang, **_plain(note.gaps, lang))


def _plain(values: Mapping[str, Any], lang: str) -> dict[str, object]:
    return {name: _shown(value, lang) for name, value in values.items()}


def _shown(value: object, lang: str) -> str:
    if isinstance(value, list | tuple):
        more = f" (+{len(value) - _SHOWN})" if len(value) > _SHOWN else ""
        return (", ".join(map(str, value[:_SHOWN])) or "–") + more
    if isinstance(value, int | float) and not isinstance(value, bool):
        return number(value, lang, 0 if float(value).is_integer() else 1)
    return "–" if value is None else str(label("import_word", value, lang))


def faults_table(faults: pd.DataFrame, lang: str) -> pd.DataFrame:
    """Return ``faults``, refused cells (`ImportResult.faults`), as a reader sees them."""
    pairs = list(zip(faults["reason"], faults["expected"], strict=True))
    words = {pair: reworded(*pair, lang) for pair in set(pairs)}
    return pd.DataFrame(
        {
            text("import.fault_row", lang): faults["row_number"],
            text("import.fault_column", lang): faults["column_name"],
            text("import.fault_value", lang): faults["value"],
            text("import.fault_expected", lang): [words[pair] for pair in pairs],
        }
    )
