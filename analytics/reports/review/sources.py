"""The sources of reports: the first of each, and those that were added to it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import numpy as np
import pandas as pd

BETWEEN = " | "
"""Between the addresses of one cell."""


def added_sources(further: pd.DataFrame, sources: pd.DataFrame) -> dict[str, tuple[str, ...]]:
    """Return the sources of each report that has more than the first, in order of address.

    The order of address is the same whatever came first.

    Parameters
    ----------
    further
        Rows of ``report_sources``: ``report_id``, ``source_id``, ``removed``.
    sources
        Rows of ``sources``: ``source_id``, ``url``.
    """
    rows = further[~further["removed"].astype(bool)]
    rows = rows.merge(sources[["source_id", "url"]], on="source_id", how="left")
    rows = rows.sort_values(["report_id", "url", "source_id"])
    return {
        str(report): tuple(map(str, own)) for report, own in rows.groupby("report_id")["source_id"]
    }


def addresses(
    reports: pd.DataFrame, added: Mapping[str, tuple[str, ...]], pages: pd.Series
) -> pd.Series:
    """Return the addresses of the sources of each report, as a file that is imported tells them.

    Parameters
    ----------
    reports
        ``report_id`` and ``source_id``.
    added, pages
        As for `sources_of`, ``added`` by report.

    Returns
    -------
    Series
        On the index of ``reports``; missing where no source has an address.
    """
    out = reports["source_id"].map(pages).astype("str")
    several = reports["report_id"].isin(list(added)).to_numpy(dtype=bool)
    for at in np.flatnonzero(several).tolist():  # by place: rows of two tables may share an index
        own = added[reports["report_id"].iloc[at]]
        out.iloc[at] = cell_of(sources_of(reports["source_id"].iloc[at], own, pages), pages)
    return out


def cell_of(sources: Iterable[str], pages: Mapping[str, object] | pd.Series) -> str | None:
    """Return the addresses of some sources as one cell; None where none has one.

    ``pages`` holds the address by source.
    """
    found = (pages.get(one) for one in sources)
    return BETWEEN.join(url for url in found if isinstance(url, str)) or None


def sources_of(
    first: object, added: tuple[str, ...], pages: Mapping[str, object] | pd.Series
) -> tuple[str, ...]:
    """Return the sources of one report, the first first.

    Parameters
    ----------
    first
        ``source_id`` of the report; missing where it has none.
    added
        Of this report, as `added_sources` gives them.
    pages
        Address by source; a source without one, such as an imported file, tells nothing beside
        one that has a page.
    """
    own = [] if pd.isna(first) else [str(first)]  # type: ignore[call-overload]
    every = (*own, *(one for one in added if one not in own))
    with_page = tuple(one for one in every if isinstance(pages.get(one), str))
    return with_page or every
