"""What counts as one case: an affair, or all of one page, day and kind of trouble."""

from __future__ import annotations

import pandas as pd

from geo.errors import ParameterError

UNITS = ("affair", "source_day")


def counted_as(reports: pd.DataFrame, unit: str) -> pd.Series:
    """Return the case that each report belongs to.

    Parameters
    ----------
    reports
        ``report_id``, ``perkara_id``, ``source_id``, ``date_event``, ``kind``, ``category``.
    unit
        ``affair``: the ``perkara_id``. ``source_day``: affairs whose first reports (by day, then
        id) come from one source and have the same day, kind and category are one case, which bears
        the ``perkara_id`` of the first of them. An affair without a source stays as it is.

    Returns
    -------
    Series
        Ids of cases on the index of the reports.

    Raises
    ------
    ParameterError
        For another unit.
    """
    if unit not in UNITS:
        raise ParameterError("counted", unit, "one of " + ", ".join(UNITS))
    if unit == "affair":
        return reports["perkara_id"]
    first = reports.sort_values(["date_event", "report_id"], kind="stable")
    first = first.drop_duplicates("perkara_id")
    page = ["source_id", "date_event", "kind", "category"]
    same = first["source_id"].notna()
    case = first.loc[same].groupby(page, dropna=False)["perkara_id"].transform("first")
    names = first.set_index("perkara_id").index.to_series()
    names.loc[first.loc[same, "perkara_id"].to_numpy()] = case.to_numpy()
    return reports["perkara_id"].map(names).rename("perkara_id")
