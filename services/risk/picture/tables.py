"""Gambaran keamanan as tables: published counts, instruments, who knows what, and all lines."""

from __future__ import annotations

import html
import re
from collections.abc import Iterable, Iterator
from typing import Any

import pandas as pd

from analytics.reports.overview import STALE_POTENSI_DAYS
from analytics.risk.picture import EXPECTED_AGENCIES, stood
from services.memo import memo
from services.risk.files import ACCESS
from services.risk.picture.lines import UNLOCKS, Picture
from services.risk.picture.words import finding, history_place, sub_line
from services.texts import DEFAULT_LANGUAGE, day, label, number, text
from services.wording import link, place_of

_LEADING = ("bawaslu", "polri")
_THRESHOLD = "ambang kategori"
LINE_COLUMNS = (
    "line", "code", "place", "key", "what", "state", "value", "low", "high", "of", "date", "days",
    "words", "source",
)  # fmt: skip
"""Of the table of all lines: what ``value`` and ``of`` are depends on the line."""
_TIMES = {"median": "value", "low": "low", "high": "high"}
_ISO_LENGTH = {"day": 10, "month": 7, "year": 4}
_MACHINE = ["key", "state"]
"""Columns for programs; a file for people has their words beside them."""


@memo(4)
def count_panels(found: Picture, lang: str) -> list[tuple[str, str]]:
    """Return title and HTML per group of counts that share authority, area and denominator.

    Bars are comparable inside one group only, and the title names what they are shares of. Counts
    without a denominator have no bar; those of one authority and election share a group.
    """
    rows = found.counts
    bare = rows["tps_total"].isna()
    rows = rows.assign(
        total=rows["tps_total"].astype("Int64").fillna(0),
        box=rows["unit_code"].mask(bare, ""),
        late=rows["authority"].map({name: n for n, name in enumerate(_LEADING)}).fillna(9),
    ).sort_values(["where", "late"], key=_ordered, kind="stable")
    panels = list[tuple[str, str]]()
    flagged: set[tuple[str, str]] = set()
    for key, group in rows.groupby(["election", "authority", "box", "total"], sort=False):
        election, authority, unit, total = (str(part) for part in key)
        words = {
            "election": election_words(election, lang),
            "authority": label("authority", authority, lang),
        }
        title = (
            text("gambaran.panel_no_total", lang, **words)
            if not unit
            else text("gambaran.panel", lang, total=number(int(total), lang),
                      place=found.data.place_names.get(unit, unit), **words)
        )  # fmt: skip
        body = "".join(_count_row(row, found, lang, not unit) for _, row in group.iterrows())
        flags = [] if (election, unit) in flagged else _flags(group, found, lang)
        flagged.add((election, unit))
        notes = dict.fromkeys([*flags, *group["note"].dropna()])
        said = "".join(f'<div class="sb-note">{html.escape(str(note))}</div>' for note in notes)
        panels.append((title, f'<table class="sb-lines">{body}</table>{said}'))
    return panels


def _ordered(column: pd.Series) -> pd.Series:
    return column.map({"own": 0, "inside": 1, "above": 2}) if column.name == "where" else column


def election_words(key: str, lang: str) -> str:
    """Return the name of an election; of one before those of the product, its kind and year."""
    known, parts = label("election", key, lang), re.fullmatch(r"([a-z]+)(\d{4})", key)
    if known != key or parts is None:
        return known
    kind, year = parts.groups()
    words = label("election_before", kind, lang, year=year)
    return f"{kind.capitalize()} {year}" if words == kind else words


def _count_row(row: pd.Series, found: Picture, lang: str, names_unit: bool) -> str:
    share = row["share"]
    bar = (
        ""
        if pd.isna(share)
        else f'<div class="sb-bar"><b style="width:{100 * share:.1f}%"></b></div>'
    )
    if pd.isna(row["count"]):
        figure = text("gambaran.count_none", lang)
    elif pd.isna(share):
        figure = number(row["count"], lang)
    else:
        figure = text(
            "gambaran.count_of",
            lang,
            n=number(row["count"], lang),
            total=number(row["tps_total"], lang),
            share=number(100 * share, lang, 1),
        )
    when = (
        text("gambaran.no_date", lang) if pd.isna(row["date"]) else day(row["date"], lang, "short")
    )
    source = link(found.data.source_urls.get(row["source_id"]), text("report.source", lang))
    unit = found.data.place_names.get(row["unit_code"], row["unit_code"])
    head = f"<b>{html.escape(unit)}</b><br>" if names_unit else ""
    return (
        f'<tr><th scope="row">{head}{html.escape(str(row["label"]))}</th><td>{bar}</td>'
        f'<td class="num">{html.escape(figure)}<br><span class="sb-note">{html.escape(when)} · '
        f"{source}</span></td></tr>"
    )


def _when(date: object, lang: str) -> str:
    """Return a day, or that the source gives none."""
    if pd.isna(date):  # type: ignore[call-overload]
        return text("gambaran.no_date", lang)
    return day(date, lang, "short")  # type: ignore[arg-type]


def _flags(group: pd.DataFrame, found: Picture, lang: str) -> list[str]:
    """Return what sources contradict each other in about the rows of a group."""
    said: list[str] = []
    first = group.iloc[0]
    if pd.isna(first["tps_total"]):
        return said
    same = found.counts["election"].eq(first["election"])
    same &= found.counts["unit_code"].eq(first["unit_code"])
    if group["totals_differ"].any():
        totals = found.counts[same].dropna(subset="tps_total")
        each = [
            f"{number(total, lang)} ({label('authority', authority, lang)})"
            for total, authority in totals[["tps_total", "authority"]]
            .drop_duplicates()
            .itertuples(index=False)
        ]
        if pd.notna(first["registered"]):
            register = text("gambaran.register", lang)
            each.append(f"{number(first['registered'], lang)} ({register})")
        said.append(text("gambaran.totals_differ", lang, each=", ".join(each)))
    for subject in group.loc[group["counts_differ"], "subject"].unique():
        rows = found.counts[same & found.counts["subject"].eq(subject)]
        each = [
            f"{number(n, lang)} ({label('authority', authority, lang)})"
            for n, authority in zip(rows["count"], rows["authority"], strict=True)
        ]
        said.append(
            text("gambaran.counts_differ", lang, what=rows["label"].iloc[0], each=", ".join(each))
        )
    return said


def grid(head: Iterable[str], rows: Iterable[Iterable[str]]) -> str:
    """Return a table as HTML, which prints whole; cells are HTML already."""
    top = "".join(f'<th scope="col">{cell}</th>' for cell in head)
    body = "".join(
        "<tr>" + "".join(f"<{t}>{cell}</{t}>" for t, cell in _tagged(row)) + "</tr>" for row in rows
    )
    return f'<div class="sb-scroll"><table class="sb-table"><tr>{top}</tr>{body}</table></div>'


def _tagged(row: Iterable[str]) -> Iterator[tuple[str, str]]:
    for n, cell in enumerate(row):
        yield "td" if n else "th", cell


def baseline_table(found: Picture, lang: str) -> str:
    """Return categories and scores by instrument as HTML; each source is a row of its own."""
    rows = found.baseline[~found.baseline["dimension"].eq(_THRESHOLD)]
    rows = rows.sort_values(["instrument", "unit_code", "score_id"], kind="stable")
    head = [label("gambaran_column", name, lang) for name in
            ("instrument", "place", "category", "score", "date", "source")]  # fmt: skip
    return grid(
        head,
        (
            (
                html.escape(str(row["instrument"])),
                html.escape(found.data.place_names.get(row["unit_code"], row["unit_code"])),
                html.escape(label("ikp_category", row["category"], lang)) + _remark(row),
                number(row["score"], lang, 2),
                html.escape(_when(row["date"], lang)),
                link(found.data.source_urls.get(row["source_id"]), text("report.source", lang)),
            )
            for _, row in rows.iterrows()
        ),
    )


def _remark(row: pd.Series) -> str:
    parts = [] if row["dimension"] == "total" else [str(row["dimension"])]
    parts += [] if pd.isna(row["note"]) else [str(row["note"])]
    return f'<br><span class="sb-note">{html.escape("; ".join(parts))}</span>' if parts else ""


def areas_of(found: Picture) -> list[str]:
    """Return the kabupaten that the grids show, then the province for what is known of it only."""
    province = found.code.partition(".")[0]
    return [*found.unlock.index, province]


@memo(4)
def knows_table(found: Picture, lang: str) -> str:
    """Return who has given what of each kabupaten, and how many days ago, as HTML."""
    areas, knows = areas_of(found), found.knows
    others = [a for a in knows["agency"].unique() if a not in EXPECTED_AGENCIES]
    head = [text("gambaran.agency", lang), *(html.escape(_area(found, a, lang)) for a in areas)]
    lines = []
    for agency in (*EXPECTED_AGENCIES, *others):
        mine = knows[knows["agency"].eq(agency)]
        cells = [_cell(mine[mine["area"].eq(area)], lang) for area in areas]
        lines.append((html.escape(label("authority", agency, lang)), *cells))
    return grid(head, lines)


def _area(found: Picture, code: str, lang: str) -> str:
    if "." in code:
        return str(found.data.names[code])
    return text("gambaran.whole_province", lang)


def _cell(rows: pd.DataFrame, lang: str) -> str:
    if rows.empty:
        return f'<span class="sb-alarm">{html.escape(text("gambaran.nothing_yet", lang))}</span>'
    parts = []
    for _, row in rows.iterrows():
        fresh = pd.notna(row["age_days"]) and row["age_days"] <= STALE_POTENSI_DAYS
        age = (
            text("gambaran.no_date", lang)
            if pd.isna(row["age_days"])
            else text("gambaran.days_ago", lang, days=number(row["age_days"], lang))
        )
        given = f"{label('gambaran_given', row['what'], lang)} {number(row['n'], lang)}"
        strong = f"<b>{html.escape(given)}</b>" if fresh else html.escape(given)
        parts.append(f'{strong}<br><span class="sb-note">{html.escape(age)}</span>')
    return "<br>".join(parts)


def unlock_table(found: Picture, lang: str) -> str:
    """Return per kind of import what it would bring and how much of it each kabupaten has."""
    rows = found.unlock
    head = [text("gambaran.file", lang), text("gambaran.brings", lang),
            *(html.escape(str(found.data.names[code])) for code in rows.index)]  # fmt: skip
    lines = []
    for kind in UNLOCKS:
        name = html.escape(label("import_kind", kind, lang))
        cells = [_there(row[kind], row["tps"], kind, lang) for _, row in rows.iterrows()]
        lines.append((name, html.escape(label("gambaran_unlock", kind, lang)), *cells))
    return grid(head, lines)


def _there(n: Any, tps: Any, kind: str, lang: str) -> str:
    if kind in ("reports", "personnel"):
        words = text("gambaran.rows", lang, n=number(n, lang))
    elif pd.isna(tps):
        words = text("gambaran.no_register", lang)
    else:
        words = text("gambaran.tps_of", lang, n=number(n, lang), total=number(tps, lang))
    return html.escape(words)


@memo(4)
def parts_table(found: Picture, lang: str) -> pd.DataFrame:
    """Return the parts of the place side by side, a column per line, for a screen."""
    rows = found.parts
    risks = found.risks[found.query.family].reindex(rows.index)
    family = label("family", found.query.family, lang)
    columns: dict[str, Any] = {
        label("level", found.map_level, lang): found.data.names.reindex(rows.index).array,
        text("gambaran.column_affairs", lang, family=family): risks["affairs"].array,
        text("gambaran.column_expected", lang): risks["expected"].astype("float64").round(1).array,
        text("gambaran.column_times", lang): [
            "–" if pd.isna(row["median"]) else text(
                "gambaran.times", lang,
                **{k: number(row[k], lang, 1) for k in ("median", "low", "high")},
            )
            for _, row in risks.iterrows()
        ],
        text("gambaran.column_word", lang): [
            label("risk_word", word, lang) for word in risks["word"]
        ],
        text("gambaran.column_potensi", lang): rows["n_potensi"].array,
        text("gambaran.column_stale", lang): rows["n_stale"].array,
        text("gambaran.column_oldest", lang): rows["oldest_days"].array,
        text("gambaran.column_history", lang): rows["n_history"].array,
        text("gambaran.column_severity", lang): rows["history_severity"].array,
        text("gambaran.column_last", lang): [day(d, lang, "short") for d in rows["history_last"]],
    }  # fmt: skip
    return pd.DataFrame(columns)


def line_table(found: Picture, lang: str) -> pd.DataFrame:
    """Return every line of a picture as a row, columns `LINE_COLUMNS`; lines are never added up.

    ``line`` says which: ``risk`` (``value`` times what is expected, ``of`` the expected number),
    ``potensi`` (``days`` without news), ``history`` (``value`` severity), ``counts`` (``of`` the
    denominator, missing where the source gives none), ``baseline`` (``value`` score) and
    ``knows`` (``value`` rows, ``days`` since the last). ``key`` names what it is about (family,
    category, subject, instrument or agency), ``state`` the word of a risk or that a potensi is
    ``stale``; ``date`` is ISO 8601, no finer than it is known.
    """
    rows = [*_risk_lines(found, lang), *_told_lines(found, lang), *_count_lines(found, lang)]
    table = pd.DataFrame(rows, columns=list(LINE_COLUMNS))
    for name in ("value", "low", "high", "of"):
        table[name] = table[name].astype("Float64").astype("float64")
    return table


def _risk_lines(found: Picture, lang: str) -> Iterator[dict[str, Any]]:
    units = [(str(family), row.rename(found.code)) for family, row in found.own.iterrows()]
    for family, frame in found.risks.items():
        shown = frame[frame.index.isin(found.parts.index.difference([found.code]))]
        units += [(family, row) for _, row in shown.iterrows()]
    for family, row in units:
        yield {
            "line": "risk",
            "code": str(row.name),
            "place": found.data.place_names[str(row.name)],
            "key": family,
            "what": label("family", family, lang),
            "state": row["word"],
            "value": row["median"],
            "low": row["low"],
            "high": row["high"],
            "of": row["expected"],
            "words": label("risk_word", row["word"], lang),
        }


def _told_lines(found: Picture, lang: str) -> Iterator[dict[str, Any]]:
    data = found.data
    for _, row in found.potensi.assign(unit=stood(found.potensi)).iterrows():
        yield {
            "line": "potensi",
            "code": row["unit"],
            "place": place_of(row, data, lang),
            "key": row["family"],
            "what": label("family", row["family"], lang),
            "state": "stale" if row["stale"] else None,
            "date": _iso(row["renewed"]),
            "days": int(row["unrenewed_days"]),
            "words": _joined(row["summary"], row["agency"],
                             text("gambaran.stale", lang) if row["stale"] else None),
            "source": data.addresses_of(row["report_id"], row["source_id"]),
        }  # fmt: skip
    for _, row in found.history.iterrows():
        yield {
            "line": "history",
            "code": row["code"],
            "place": history_place(row, found, lang),
            "key": row["category"],
            "what": label("category", row["category"], lang),
            "value": row["severity"],
            "date": _iso(row["date"], row["precision"]),
            "words": _joined(row["summary"], row["result"]),
            "source": data.addresses_of(row["entry_id"], row["source_id"]),
        }


def _iso(date: object, precision: str = "day") -> str | None:
    """Return a day as ISO 8601, cut to the month or year where no more is known."""
    if pd.isna(date):  # type: ignore[call-overload]
        return None
    return pd.Timestamp(date).date().isoformat()[: _ISO_LENGTH[precision]]  # type: ignore[arg-type]


def _joined(*words: object) -> str:
    return "; ".join(str(w) for w in words if w is not None and not pd.isna(w))  # type: ignore[call-overload]


def _count_lines(found: Picture, lang: str) -> Iterator[dict[str, Any]]:
    names, urls = found.data.place_names, found.data.source_urls
    for _, row in found.counts.iterrows():
        yield {
            "line": "counts",
            "code": row["unit_code"],
            "place": names.get(row["unit_code"], row["unit_code"]),
            "key": row["subject"],
            "what": row["label"],
            "value": row["count"],
            "of": row["tps_total"],
            "date": _iso(row["date"]),
            "words": _joined(election_words(row["election"], lang),
                             label("authority", row["authority"], lang), row["note"]),
            "source": urls.get(row["source_id"]),
        }  # fmt: skip
    for _, row in found.baseline.iterrows():
        yield {
            "line": "baseline",
            "code": row["unit_code"],
            "place": names.get(row["unit_code"], row["unit_code"]),
            "key": row["instrument"],
            "what": row["instrument"],
            "value": row["score"],
            "low": row["score_low"],
            "high": row["score_high"],
            "date": _iso(row["date"]),
            "words": _joined(row["dimension"], row["category"], row["note"]),
            "source": urls.get(row["source_id"]),
        }
    areas = areas_of(found)
    for _, row in found.knows[found.knows["area"].isin(areas)].iterrows():
        yield {
            "line": "knows",
            "code": row["area"],
            "place": _area(found, row["area"], lang),
            "key": row["agency"],
            "what": label("authority", row["agency"], lang),
            "value": row["n"],
            "date": _iso(row["last"]),
            "days": None if pd.isna(row["age_days"]) else int(row["age_days"]),
            "words": label("gambaran_given", row["what"], lang),
        }


def line_words(found: Picture, lang: str = DEFAULT_LANGUAGE) -> list[str]:
    """Return the finding and every line of a picture as plain words, one each."""
    said = [finding(found, lang), sub_line(found, lang)]
    for row in line_table(found, lang).to_dict("records"):
        if row["line"] == "risk":
            times = {k: number(row[n], lang, 1) for k, n in _TIMES.items()}
            figure = text("gambaran.times", lang, **times)
        elif pd.notna(row["value"]) and pd.notna(row["of"]):
            figure = f"{number(row['value'], lang)}/{number(row['of'], lang)}"
        else:
            digits = 0 if row["line"] != "baseline" else 2
            figure = "" if pd.isna(row["value"]) else number(row["value"], lang, digits)
        parts = (row["place"], row["what"], figure, row["date"], row["words"], row["source"])
        shown = " · ".join(str(part) for part in parts if part and not pd.isna(part))
        said.append(f"{label('gambaran_line', row['line'], lang)}: {shown}")
    return said


def as_dict(found: Picture, lang: str = DEFAULT_LANGUAGE) -> dict[str, Any]:
    """Return a picture for JSON: place, day, the finding and every line, days as ISO 8601."""
    table = line_table(found, lang)
    lines = [
        {key: value for key, value in row.items() if not pd.isna(value)}
        for row in table.to_dict("records")
    ]
    return {
        "place": found.code,
        "name": found.data.place_names[found.code],
        "date": found.query.as_of,
        "finding": finding(found, lang),
        "lines": lines,
        "unlock": {
            code: {str(k): None if pd.isna(v) else int(v) for k, v in row.items()}
            for code, row in found.unlock.iterrows()
        },
    }


@memo(4)
def readable_table(found: Picture, lang: str) -> pd.DataFrame:
    """Return the table of all lines with words for its columns and the access mark, for a file."""
    table = line_table(found, lang).drop(columns=_MACHINE).assign(access=ACCESS)
    table["line"] = [label("gambaran_line", name, lang) for name in table["line"]]
    names = {c: label("gambaran_column", c, lang) for c in table.columns}
    return table.rename(columns=names | {"access": label("risk_column", "access", lang)})
