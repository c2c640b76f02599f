"""Reports that a reader may choose from: open potensi, what one became, decided ones by a word."""

from __future__ import annotations

import pandas as pd

from analytics.reports.overview import open_potensi
from data.clock import today
from services.dataset import Dataset

_MOST = 50
_KABUPATEN_PARTS = 2


def open_ones(data: Dataset, stale: pd.DataFrame) -> pd.DataFrame:
    """Return the open potensi, those without news first.

    ``stale`` are the rows of `open_potensi` that are stale.
    """
    rows = open_potensi(data.standing, today())
    first = rows["report_id"].isin(stale["report_id"])
    return pd.concat([rows[first], rows[~first]], ignore_index=True)


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
    kabupaten = ".".join(str(potensi["unit_kejadian"]).split(".")[:_KABUPATEN_PARTS])
    inside = rows["unit_kejadian"].str.startswith(kabupaten)
    later = rows["kind"].eq("kejadian") & rows["date_event"].ge(potensi["date_event"])
    there = ~rows["verification"].isin(["ditolak", "ditarik"])
    found = rows[later & inside & there]
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
