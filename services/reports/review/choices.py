"""Reports that a reader may choose from: what a potensi became, and decided ones by a word."""

from __future__ import annotations

import pandas as pd

from analytics.reports.places import ancestor, depth_of, inside
from data.vocabulary import TAKEN_OUT
from services.dataset import Dataset

_MOST = 50
_KABUPATEN = depth_of("kabupaten")


def incidents(data: Dataset, potensi: pd.Series) -> pd.DataFrame:
    """Return what a potensi may have become, the latest first.

    Parameters
    ----------
    data
        The data set.
    potensi
        A row of ``reports``.

    Returns
    -------
    DataFrame
        Rows of ``reports``: what happened in its kabupaten from its day on, of its own affair
        first, also what is not verified yet.
    """
    rows = data.reviewed
    unit = str(potensi["unit_kejadian"])
    near = inside(rows["unit_kejadian"], ancestor(unit, _KABUPATEN) or unit)
    later = rows["kind"].eq("kejadian") & rows["date_event"].ge(potensi["date_event"])
    there = ~rows["verification"].isin(TAKEN_OUT)
    found = rows[later & near & there]
    found = found.assign(own=found["perkara_id"].eq(potensi["perkara_id"]))
    found = found.sort_values(["own", "date_event", "report_id"], ascending=[False, False, True])
    return found.drop(columns="own").head(_MOST)


def matching(data: Dataset, said: str) -> pd.DataFrame:
    """Return the decided reports whose number or summary holds a text, the latest first.

    Rows of `Dataset.reviewed`.
    """
    rows = data.reviewed
    rows = rows[rows["verification"].ne("belum")]
    wanted = said.strip().lower()
    told = rows["report_id"].str.lower().eq(wanted)
    told |= rows["summary"].fillna("").str.lower().str.contains(wanted, regex=False)
    return rows[told].sort_values(["date_event", "report_id"], ascending=[False, True]).head(_MOST)
