"""The sources of reports: the first of each, and those that were added to it."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd


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
    with_page = tuple(one for one in every if not pd.isna(pages.get(one)))
    return with_page or every
