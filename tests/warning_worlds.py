"""Worlds in which nothing is true: every affair on the dates of another one, places untouched."""

from __future__ import annotations

import numpy as np
import pandas as pd

from services.dataset import Dataset

_DATES = ["date_event", "date_end", "date_reported"]


def shuffled(data: Dataset, seed: int) -> Dataset:
    """Return the data set with the beginnings of its affairs dealt out among them anew.

    The days between the reports of an affair stay, and so do all that is told of them: what is lost
    is only which affair comes before which, and where it is then.
    """
    rng = np.random.default_rng(seed)
    reports = data.reports
    began = reports.groupby("perkara_id")["date_event"].min().sort_index()
    moved = pd.Series(rng.permutation(began.to_numpy()), index=began.index)
    shift = reports["perkara_id"].map(moved - began)
    dates = {name: pd.to_datetime(reports[name]) + shift for name in _DATES}
    dates = {name: days.astype(reports[name].dtype) for name, days in dates.items()}
    return data.with_tables(reports=reports.assign(**dates))
