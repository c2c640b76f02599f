"""Everything about a report but its place: cells of a file as columns of the table."""

from __future__ import annotations

import re
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from data.ingest.rows import Mask, Rows
from data.ingest.values.dates import period
from data.ingest.values.numbers import parse_count, parse_integer
from data.ingest.values.texts import normal_text
from data.ingest.words import acled_words, word_list
from data.reports.places import joined
from data.vocabulary import CATEGORY_FAMILY

UNSTATED_STAGE = "tidak_dinyatakan"
_PAGE = r"(?i)^(?:https?://|www\.)\S+$"
_MAY_BE_SEVERAL = r"[;\s]"
_APART = r"\s*[\r\n]+\s*|\s*;\s+|\s+\|\s+|\s*;\s*(?=https?://|www\.)"
_MARK = re.compile(_APART, re.IGNORECASE)
_BETWEEN = re.compile(_APART + r"|\s+(?=https?://|www\.)", re.IGNORECASE)
"""Between two addresses of a cell; a semicolon or a bar may also be part of one."""
_ACLED_DAY = "1"  # time_precision: 1 the day, 2 the week, 3 the month


class Sort(NamedTuple):
    """What a word for the sort of an event stands for."""

    category: str
    family: str


def read_fields(rows: Rows) -> pd.DataFrame:
    """Read what happened, when, how badly, and who says so; note what cannot be read.

    Returns
    -------
    DataFrame
        On the index of the rows, columns of the table ``reports``, further ``source_url`` and
        ``source_publisher`` in place of ``source_id``, ``given_id`` in place of ``report_id``, and
        ``more_urls`` and ``more_publishers``: those of further pages, a line each.
    """
    kind = rows.read_word("kind", "kind", "kind_unknown").fillna("kejadian")
    columns = {"kind": kind, **_dates(rows, kind), **_sort(rows, kind), **_source(rows)}
    is_potensi = kind == "potensi"
    status = rows.text("status").where(is_potensi, "")
    known = {t: word_list("status").read(t) for t in status.unique() if t}
    unknown = [text for text, key in known.items() if key is None]
    rows.fault("status", status.isin(unknown).to_numpy(), "status_unknown")
    columns["status"] = status.map(known).astype("str").fillna("terbuka").where(is_potensi)
    columns["stage"] = rows.read_word("stage", "stage", "stage_unknown").fillna(UNSTATED_STAGE)
    columns["severity"] = rows.read("severity", _severity, "severity_unreadable", "Int64")
    columns["people_count"] = rows.read("people_count", parse_count, "people_unreadable", "Int64")
    verification = rows.read_word("verification", "verification", "verification_unknown")
    default = "dikutip" if rows.mapping.preset == "acled" else "belum"
    columns["verification"] = verification.fillna(default)
    columns["confidence"] = rows.read_word("confidence", "confidence", "confidence_unknown")
    usual = pd.Series(np.where(is_potensi, "terbatas", "terbuka"), index=kind.index, dtype="str")
    columns["access"] = rows.read_word("access", "access", "access_unknown").fillna(usual)
    for column, field in (("given_id", "report_id"), ("perkara_id", "perkara_id"), ("agency",) * 2):
        text = rows.text(field)
        columns[column] = text.where(text != "")
    columns["summary"] = _summary(rows)
    return pd.DataFrame(columns)


def _dates(rows: Rows, kind: pd.Series) -> dict[str, pd.Series]:
    event, end = rows.read_dates("date_event"), rows.read_dates("date_end")
    stated = rows.read_word("date_precision", "date_precision", "precision_unknown")
    coarse = rows.read("acled_time_precision", _acled_time, "precision_unknown")
    precision = coarse.fillna(stated)
    # A cell that holds no more than a month is no day, whatever is stated beside it.
    precision = precision.fillna(event["precision"]).where(event["precision"] == "day")
    precision = precision.fillna(event["precision"]).fillna("day")
    first, last = period(event["value"], precision)
    whole = (kind == "nihil") & (precision != "day") & ~rows.filled("date_end")
    written = event["end"].where(event["end"].isna(), period(event["end"], precision)[1])
    reported = rows.read_dates("date_reported")
    for field, read in (("date_end", end), ("date_reported", reported)):
        rows.fault(field, read["end"].notna().to_numpy(), "date_unreadable")
    return {
        "date_event": first,
        "date_end": period(end["value"], end["precision"])[1].fillna(written).mask(whole, last),
        "date_precision": precision,
        "date_reported": reported["value"],
    }


def _acled_time(text: str) -> str | None:
    return {_ACLED_DAY: "day", "2": "month", "3": "month"}.get(text)


def _severity(text: str) -> int | None:
    number = parse_integer(text)
    if number is not None:
        return number
    word = word_list("severity").read(text)
    return None if word is None else int(word)


def _sort(rows: Rows, kind: pd.Series) -> dict[str, pd.Series]:
    """Return category, family and peacefulness."""
    peaceful = rows.read("peaceful", _flag, "flag_unknown", "boolean")
    if rows.has("acled_event_type"):
        return _acled_sort(rows)
    read = rows.read("category", _category, "category_unknown", "object")
    category = read.map(lambda s: s.category, na_action="ignore").astype("str")
    usual = read.map(lambda s: s.family, na_action="ignore").astype("str")
    family = rows.read_word("family", "family", "family_unknown").fillna(usual)
    return {"category": category, "family": family.where(kind != "nihil"), "peaceful": peaceful}


def _category(text: str) -> Sort | None:
    category = word_list("category").read(text)
    if category:
        return Sort(category, CATEGORY_FAMILY[category])
    family = word_list("family").read(text)
    return Sort("lainnya", family) if family else None


def _flag(text: str) -> bool | None:
    word = word_list("flag").read(text)
    return None if word is None else word == "true"


def _acled_sort(rows: Rows) -> dict[str, pd.Series]:
    def meaning(column: str, text: str) -> dict[str, Any] | None:
        return acled_words(column).get(normal_text(text))

    event = rows.read(
        "acled_event_type", lambda t: meaning("event_type", t), "acled_unknown", "object"
    )
    # A sub-event type that is not listed falls back on its event type, which always is.
    sub = rows.read(
        "acled_sub_event_type",
        lambda t: meaning("sub_event_type", t) or {},
        "acled_unknown",
        "object",
    )
    found = sub.where(sub.map(bool, na_action="ignore").fillna(False).astype(bool), event)

    def part(name: str) -> pd.Series:
        return found.map(lambda m: m.get(name), na_action="ignore")

    return {
        "category": part("category").astype("str"),
        "family": part("family").astype("str"),
        "peaceful": part("peaceful").astype("boolean"),
    }


def _summary(rows: Rows) -> pd.Series:
    text = rows.text("summary")
    deaths = rows.read("acled_fatalities", parse_integer, "fatalities_unreadable", "Int64")
    # The table has no column for them, and a death must not be lost on the way.
    told = {n: f"[ACLED: fatalities {n}]" for n in deaths.dropna().unique() if n > 0}
    return joined([text, deaths.map(told, na_action="ignore").astype("str").fillna("")], " ")


def is_address(text: str) -> bool:
    """Tell whether a text is the address of a page and nothing else."""
    return re.match(_PAGE, text) is not None


def _is_page(texts: pd.Series) -> Mask:
    """Return which of ``texts`` (N,) are the address of a page and nothing else."""
    found = pc.match_substring_regex(pa.array(texts, pa.large_string()), _PAGE)
    return np.asarray(found, dtype=bool)


def _source(rows: Rows) -> dict[str, pd.Series]:
    """Return the pages and the text that a row gives as its source."""
    given, url = rows.text("source"), rows.text("source_url")
    publisher = rows.text("source_publisher")
    several = _several(rows, url, publisher)
    if len(several):
        url, publisher = url.copy(), publisher.copy()
        url.loc[several.index], publisher.loc[several.index] = several["url"], several["publisher"]
    more = several.reindex(url.index)
    url_is_page, text_is_page = _is_page(url), _is_page(given)
    page = url.where(url_is_page, given.where(text_is_page, ""))
    text = joined([given.where(~text_is_page | (page != given), ""), url.where(~url_is_page, "")])
    return {
        "source_url": page.where(page != ""),
        "source_text": text,
        "source_publisher": publisher.where(publisher != ""),
        "more_urls": more["more_urls"].astype("str"),
        "more_publishers": more["more_publishers"].astype("str"),
    }


def _several(rows: Rows, urls: pd.Series, publishers: pd.Series) -> pd.DataFrame:
    """Return what cells with several addresses hold, and note those that hold something else too.

    On the rows of such cells: ``url`` and ``publisher`` of the first, ``more_urls`` and
    ``more_publishers``. Publishers are told apart where there are as many as addresses.
    """
    found = pc.match_substring_regex(pa.array(urls, pa.large_string()), _MAY_BE_SEVERAL)
    columns = ["url", "publisher", "more_urls", "more_publishers"]
    told: dict[Any, tuple[str, ...]] = {}
    numbers = urls.index.tolist()
    torn = np.zeros(len(urls), dtype=bool)
    for at in np.flatnonzero(np.asarray(found, dtype=bool)):
        cell = urls.iloc[at].strip(" ;|\r\n")
        parts = _BETWEEN.split(cell)
        if not all(map(is_address, parts)):
            torn[at] = any(map(is_address, _MARK.split(cell)))
        elif len(parts) > 1:
            named = _BETWEEN.split(publishers.iloc[at])
            named = named if len(named) == len(parts) else [publishers.iloc[at]]
            named += [""] * (len(parts) - len(named))
            lines = "\n".join(parts[1:]), "\n".join(named[1:])
            told[numbers[at]] = (parts[0], named[0], *lines)
    rows.fault("source_url", torn, "source_not_address")
    return pd.DataFrame.from_dict(told, orient="index", columns=columns)
