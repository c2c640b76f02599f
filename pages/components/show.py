"""Pieces of a page: heading, legend, reports, downloads, and errors as words."""

from __future__ import annotations

import html
from collections.abc import Callable, Iterable, Sequence
from functools import partial
from typing import Any

import pandas as pd
import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from pages.components.shell import language, t
from services.dataset import Dataset
from services.hotspots.tables import decimals, readable, table_bytes
from services.texts import number
from services.wording import report_item

_MAX_REPORTS = 40
_MOST_WORDS, _MOST_COLUMNS = 26, 3
"""Of a table that is presented: what a hall reads at a glance."""
_MOST_STYLED = 300
"""Rows up to which numbers stay numbers under the words that are shown; more would take seconds."""


def heading(
    title: str, sub: str, chips: Iterable[tuple[str, bool]] = (), replay: str | None = None
) -> None:
    """Draw the finding of a page, with its period and n under it, and the stages as chips.

    Parameters
    ----------
    title, sub
        The finding, and period, n and method in one line.
    chips
        Words, and whether they are about something to come.
    replay
        Words of the banner that says that a past day is shown; None for today.
    """
    marks = "".join(
        f'<span class="sb-chip{" next" if coming else ""}">{html.escape(words)}</span>'
        for words, coming in chips
    )
    banner = f'<span class="sb-banner">{html.escape(replay)}</span>' if replay else ""
    words, below = (html.escape(line).replace(" %", "&nbsp;%") for line in (title, sub))
    st.html(
        f'<div class="sb-head">{banner}<h1 class="sb-date">{words}</h1>'
        f"<span>{marks}</span></div>" + (f'<div class="sb-sub">{below}</div>' if sub else "")
    )


def title(words: str) -> None:
    """Draw the title of a part of the page."""
    st.html(f'<h2 class="sb-title">{html.escape(words)}</h2>')


def hidden_title(words: str) -> None:
    """Give a part that speaks for itself a title for those who do not see it."""
    st.html(f'<h2 class="sb-unseen">{html.escape(words)}</h2>')


def notes(lines: Sequence[str]) -> DeltaGenerator:
    """Draw what the figures of a page rest on, folded into one note; return it, open to more.

    Parameters
    ----------
    lines
        Methods and caveats, a sentence or two each; empty ones and repeated ones are left out.
    """
    lines = [line for line in dict.fromkeys(lines) if line]
    if not lines:
        return st.container()
    folded = st.expander(t("notes.title", n=len(lines)), icon=":material/info:")
    with folded:
        for line in lines:
            note(line)
    return folded


def note(words: str) -> None:
    """Draw a quiet sentence that says what a figure means."""
    st.html(f'<div class="sb-note">{html.escape(words)}</div>')


def line(words: str) -> None:
    """Draw a sentence."""
    st.html(f'<div class="sb-line">{html.escape(words)}</div>')


def empty(words: str) -> None:
    """Draw an empty state: what is missing and how to import it."""
    st.html(f'<div class="sb-empty">{html.escape(words)}</div>')


def items(entries: Iterable[str]) -> None:
    """Draw a list of entries that are HTML already."""
    st.html('<ul class="sb-list">' + "".join(f"<li>{entry}</li>" for entry in entries) + "</ul>")


def legend(
    rows: Iterable[tuple[str | None, str, int | None]], dots: Iterable[tuple[str, str]] = ()
) -> None:
    """Draw a legend: classes with the number of units in each if any, then colours of the dots."""
    parts = []
    for colour, words, n_units in rows:
        style = f' style="background:{colour}"' if colour else ' class="dashed"'
        count = "" if n_units is None else f" ({number(n_units, language())})"
        parts.append(f"<span><i{style}></i>{html.escape(words)}{count}</span>")
    parts += [
        f'<span><i class="dot" style="background:{colour}"></i>{html.escape(words)}</span>'
        for colour, words in dots
    ]
    st.html(f'<div class="sb-legend">{"".join(parts)}</div>')


def reports(rows: pd.DataFrame, data: Dataset) -> None:
    """Draw reports one under the other, newest first, with their sources."""
    if rows.empty:
        empty(t("report.none"))
        return
    shown = rows.head(_MAX_REPORTS)
    st.html("".join(report_item(row, data, language()) for _, row in shown.iterrows()))
    if len(rows) > len(shown):
        note(t("hotspot.panel_limit", shown=len(shown), n=len(rows)))


def table(frame: pd.DataFrame, **options: Any) -> Any:
    """Draw a table with the separators of the reader's language; sorting stays by value.

    Parameters
    ----------
    frame
        What to show; a download takes the frame itself, with its numbers.
    **options
        Of ``st.dataframe``; with ``column_order`` no other column is sent.
    """
    frame = frame[list(options.get("column_order") or frame.columns)].reset_index(drop=True)
    lang, digits = language(), _worded(frame)
    options = {"hide_index": True, "placeholder": "–", **options}
    if not digits:
        return st.dataframe(frame, **options)
    if len(frame) <= _MOST_STYLED:
        words: dict[Any, str | Callable[[object], str] | None] = {
            name: partial(readable, digits=n, lang=lang) for name, n in digits.items()
        }
        return st.dataframe(frame.style.format(words), **options)
    shown = frame.copy()
    config = dict(options.pop("column_config", None) or {})
    for name, n in digits.items():
        words_of = pd.Series([readable(v, n, lang) for v in frame[name]], index=frame.index)
        shown[name] = words_of.str.rjust(int(words_of.str.len().max()))  # sorts as its numbers do
        told = {key: said for key, said in config.get(name, {}).items() if said is not None}
        config[name] = {"alignment": "right", **told}
    return st.dataframe(shown, column_config=config, **options)


def _worded(frame: pd.DataFrame) -> dict[str, int]:
    """Return how many decimals the columns need whose numbers are written otherwise than they are.

    Whole numbers below a thousand need no words beside them, which would be sent as well.
    """

    def plain(column: pd.Series) -> bool:
        return pd.api.types.is_integer_dtype(column) and bool(column.abs().lt(1000).all())

    return {name: n for name, n in decimals(frame).items() if not plain(frame[name])}


def exhibit(
    frame: pd.DataFrame, name: str, large: Sequence[str] | None = None, **options: Any
) -> Any:
    """Draw the table that a page is about, which stands beside the finding when it is presented.

    Presented are its first rows in large type, as many as are read at a glance.

    Parameters
    ----------
    frame, **options
        See `table`.
    name
        Of the exhibit, one of its own on the page.
    large
        Columns that are presented; None: the first ones that are seen.
    """
    with st.container(key=f"exhibit_{name}"):
        drawn = table(frame, **options)
        _large(frame, large or options.get("column_order"))
    return drawn


def presented(frame: pd.DataFrame, name: str) -> None:
    """Give a page an exhibit that is seen only when it is presented; see `exhibit`."""
    with st.container(key=f"exhibit_only_{name}"):
        _large(frame, None)


def _large(frame: pd.DataFrame, columns: Sequence[str] | None) -> None:
    """Draw the first rows of a table, whole ones only, up to `_MOST_WORDS`."""
    lang, names = language(), list(columns or frame.columns)[:_MOST_COLUMNS]
    digits = decimals(frame)
    lines: list[str] = []
    left = _MOST_WORDS - sum(len(name.split()) for name in names)
    for row in frame[names].itertuples(index=False, name=None):
        cells = [
            readable(v, digits[name], lang) if name in digits else "–" if pd.isna(v) else str(v)
            for name, v in zip(names, row, strict=True)
        ]
        left -= sum(len(cell.split()) for cell in cells)
        if lines and left < 0:
            break
        lines.append("".join(f"<td>{html.escape(cell)}</td>" for cell in cells))
    heads = "".join(f'<th scope="col">{html.escape(name)}</th>' for name in names)
    rows = "".join(f"<tr>{line}</tr>" for line in lines)
    st.html(f'<table class="sb-table sb-presented"><tr>{heads}</tr>{rows}</table>')


def narrow(
    frame: pd.DataFrame, widths: Sequence[int], at: Sequence[int] | None = None
) -> dict[str, Any]:
    """Return options of ``st.dataframe`` that show some columns, each so many pixels wide.

    A table that is wider than its place hides its last columns behind a scroll bar; what is left
    out here stands in the download. ``at`` are places of columns; None: the first ones.
    """
    names = list(frame.columns[list(range(len(widths)) if at is None else at)])
    config = {
        name: st.column_config.Column(width=px) for name, px in zip(names, widths, strict=True)
    }
    return {"column_order": names, "column_config": config}


def downloads(frame: pd.DataFrame, name: str) -> None:
    """Offer a table as CSV and XLSX."""
    for column, suffix in zip(st.columns(2), (".csv", ".xlsx"), strict=True):
        column.download_button(
            t(f"hotspot.download_{suffix[1:]}"),
            partial(table_bytes, frame, suffix, name),
            f"{name}{suffix}",
            key=f"{name}_{suffix[1:]}",
            on_click="ignore",
            width="stretch",
        )
