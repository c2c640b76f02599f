"""What a report says, as keys: two reports with the same key tell of the same case."""

from __future__ import annotations

import re
from typing import NamedTuple

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

_NOT_WORDS = r"(?: *[^\pL\pN ] *)+|  +"
"""Leaves single blanks alone: most of a text is words and blanks, and each match costs."""
_URL_FRONT = re.compile(r"^(?:https?://)?(?:www\.)?", re.IGNORECASE)
_LANES = ("keys of reports1", "keys of reports2")
"""Two hashes of 64 bits: no two of a billion reports meet by chance."""
KEY_COLUMNS = ("main_1", "main_2", "page_1", "page_2")
_SPREAD = np.uint64(0x9E3779B97F4A7C15)

Flags = np.ndarray
"""(N,) flags, one per row."""
Numbers = np.ndarray
"""(N, 2) hashes, or one of the two."""


class Keys(NamedTuple):
    """Keys of N reports, 16 bytes each.

    Attributes
    ----------
    main
        (N,) kind, date, place, category and what the report says: its summary, or without one its
        page, or without that the text of its source.
    page
        (M,) the same with its page in place of the summary, of the M reports that have one.
    has_page
        (N,) whether a report has a page.
    is_silent
        (N,) whether the report has a page and no summary, so that both keys are equal.
    """

    main: list[bytes]
    page: list[bytes]
    has_page: Flags
    is_silent: Flags


def report_keys(frame: pd.DataFrame) -> Keys:
    """Return the keys of reports; letter case, punctuation and blanks do not count.

    Parameters
    ----------
    frame
        What `key_columns` gives, or what it takes.
    """
    columns = frame if KEY_COLUMNS[0] in frame else key_columns(frame)
    lanes = columns[list(KEY_COLUMNS)].to_numpy(dtype=np.uint64)
    has_page = columns["has_page"].to_numpy(dtype=bool)
    silent = columns["is_silent"].to_numpy(dtype=bool)
    return Keys(_bytes(lanes[:, :2]), _bytes(lanes[has_page, 2:]), has_page, silent)


def key_columns(frame: pd.DataFrame) -> pd.DataFrame:
    """Return the keys of reports as numbers.

    Parameters
    ----------
    frame
        Columns ``kind``, ``date_event``, ``date_end``, ``date_precision``, ``unit_kejadian``,
        ``tps_number``, ``category``, ``agency``, ``summary``, ``source_url``, ``source_text``.

    Returns
    -------
    DataFrame
        On the same index: `KEY_COLUMNS`, halves of the two keys of each report, and ``has_page``
        and ``is_silent`` as in `Keys`.
    """
    is_nihil = frame["kind"] == "nihil"
    # Of a nihil the period and who reports it belong to what is said.
    base = ["kind", "date_event", "date_precision", "unit_kejadian", "tps_number", "category"]
    parts = [frame[name] for name in base]
    parts += [frame["date_end"].where(is_nihil)]
    parts += [plain(frame["agency"].where(is_nihil))]
    summary, url = plain(frame["summary"]), frame["source_url"].fillna("")
    has_page, has_summary = (url != "").to_numpy(), (summary != "").to_numpy()
    pages = page_of(url[has_page])
    is_silent = has_page & ~has_summary
    said = summary
    if not has_summary.all():
        text = frame["source_text"].where(~has_summary & ~has_page)
        said = summary.where(has_summary, plain(text))
    shared = np.zeros((len(frame), len(_LANES)), dtype=np.uint64)
    for part in parts:
        shared = _mixed(shared, _hashed(part))
    of_page = _mixed(shared[has_page], _hashed(pages)) + np.uint64(1)
    main = _mixed(shared, _hashed(said)) + np.where(has_summary, 2, 3).astype(np.uint64)[:, None]
    main[is_silent] = of_page[~has_summary[has_page]]
    page = np.zeros_like(main)
    page[has_page] = of_page
    lanes = dict(zip(KEY_COLUMNS, [*main.T, *page.T], strict=True))
    flags = {"has_page": has_page, "is_silent": is_silent}
    return pd.DataFrame({**lanes, **flags}, index=frame.index)


def _hashed(values: pd.Series) -> Numbers:
    codes, distinct = pd.factorize(values)
    texts = np.asarray(distinct.astype("str"), dtype=object)
    lanes = [pd.util.hash_array(texts, hash_key=key, categorize=False) for key in _LANES]
    missing = np.zeros((1, len(_LANES)), dtype=np.uint64)
    numbers: Numbers = np.concatenate([np.stack(lanes, axis=1), missing])[codes]
    return numbers


def _mixed(one: Numbers, other: Numbers) -> Numbers:
    # Each step can be undone, so reports that differ in one part never meet here.
    mixed: Numbers = (one ^ (one >> np.uint64(29))) * _SPREAD + other
    return mixed


def _bytes(lanes: Numbers) -> list[bytes]:
    # As V16, not S16: the latter loses zeros at the end.
    keys: list[bytes] = np.ascontiguousarray(lanes).view("V16").ravel().tolist()
    return keys


def page_of(urls: pd.Series) -> pd.Series:
    """Return addresses without what tells no two pages apart: how they begin, a slash at the end.

    ``urls`` are texts; the result is on the same index.
    """
    return urls.str.replace(_URL_FRONT.pattern, "", regex=True).str.rstrip("/")


def first_lane(keys: list[bytes]) -> Numbers:
    """Return the first half of N keys as numbers: where these differ the keys do."""
    return np.frombuffer(b"".join(keys), dtype=np.uint64)[:: len(_LANES)]


def plain(values: pd.Series) -> pd.Series:
    """Return texts in lower case with one blank for whatever is no letter or digit.

    ``values`` are texts, a missing one is read as a blank; the result is on the same index.
    """
    texts = pa.array(values.fillna(""), pa.large_string())
    if pc.max(pc.binary_length(texts)).as_py() == 0:
        return values.fillna("")
    is_ascii = pc.all(pc.string_is_ascii(texts)).as_py()
    lower = pc.ascii_lower(texts) if is_ascii else pc.utf8_lower(texts)
    words = pc.replace_substring_regex(lower, pattern=_NOT_WORDS, replacement=" ")
    return pd.Series(pc.utf8_trim_whitespace(words), dtype="str").set_axis(values.index)
