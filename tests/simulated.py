"""SIMULASI: a data set with a planted hot spot, where the cited reports are too few to infer."""

from __future__ import annotations

import numpy as np
import pandas as pd

from services.dataset import Dataset

PLANTED = "19.03.03"
"""Kecamatan Airgegas: from 2024-07-01 on most simulated affairs lie in it and next to it."""

NEAR = ("19.03.03", "19.03.05", "19.03.01", "19.03.07")
FIRST, LAST = pd.Timestamp("2023-01-01"), pd.Timestamp("2024-12-31")


def simulated(
    data: Dataset, n_background: int = 90, n_planted: int = 120, seed: int = 7
) -> Dataset:
    """Return the data set with SIMULASI reports in place of the cited ones."""
    rng = np.random.default_rng(seed)
    kecamatan = data.units.loc[data.units["level"].eq("kecamatan"), "code"].to_numpy()
    codes = np.concatenate(
        [rng.choice(kecamatan, n_background), rng.choice(NEAR, n_planted, p=[0.4, 0.2, 0.2, 0.2])]
    )
    days = np.concatenate([rng.integers(0, 731, n_background), rng.integers(547, 731, n_planted)])
    n = n_background + n_planted
    stored = data.read("reports")
    template = stored[stored["kind"].eq("kejadian")].iloc[[0] * n]
    ids = [f"SIMULASI-{i:04d}" for i in range(n)]
    reports = template.reset_index(drop=True).assign(
        report_id=ids,
        perkara_id=ids,
        date_event=FIRST + pd.to_timedelta(days, unit="D"),
        date_reported=pd.NaT,
        date_precision="day",
        family="konflik",
        unit_kejadian=codes,
        unit_pokok=None,
        location_precision="kecamatan",
        tps_number=None,
        summary="SIMULASI",
    )
    return data.with_tables(reports=reports.astype(stored.dtypes.to_dict()))
