"""Placed reports of a nation in the columns that the functions of the pages read."""

from __future__ import annotations

import pandas as pd

from analytics.reports.places import levels_of

FAMILIES = ("konflik", "unjuk_rasa", "pelanggaran", "logistik", "petugas", "proses")
"""What reports of a nation are about; never added up."""


def as_reports(placed: pd.DataFrame) -> pd.DataFrame:
    """Return placed reports as rows of the table of reports.

    Parameters
    ----------
    placed
        ``place_code`` ("" where it is not placed), ``perkara_id``, ``kind``, ``family``,
        ``date_event``, ``date_reported`` (may be missing); ``severity`` and ``report_id`` where
        they are known.

    Returns
    -------
    DataFrame
        The placed rows that have a day, index from 0, in an order that does not depend on that of
        ``placed``: by day, affair, place and id. Each happened where it is placed, on the day that
        it says, and counts as quoted. What the nation does not hold is missing: category, state of
        peace, confidence. A potensi is open. Without ``report_id`` rows are numbered in their
        order.
    """
    known = placed["place_code"].fillna("").ne("") & placed["date_event"].notna()
    rows = placed[known]
    by = [name for name in ("date_event", "perkara_id", "place_code", "report_id") if name in rows]
    rows = rows.sort_values([*by, "family", "kind"], kind="stable", ignore_index=True)
    missing = pd.Series([None] * len(rows), dtype="str")
    potensi = rows["kind"].eq("potensi")
    reported = pd.to_datetime(rows["date_reported"])
    return pd.DataFrame(
        {
            "report_id": rows["report_id"] if "report_id" in rows else rows.index.astype("str"),
            "perkara_id": rows["perkara_id"],
            "kind": rows["kind"].astype("str"),
            "status": missing.mask(potensi, "terbuka"),
            "family": rows["family"].astype("str"),
            "category": missing,
            "severity": rows["severity"] if "severity" in rows else pd.array([pd.NA] * len(rows)),
            "date_event": pd.to_datetime(rows["date_event"]),
            "date_end": pd.Series(pd.NaT, index=rows.index, dtype="datetime64[s]"),
            "date_precision": "day",
            "date_reported": reported,
            "unit_kejadian": rows["place_code"].astype("str"),
            "unit_pokok": missing,
            "location_precision": levels_of(rows["place_code"]),
            "peaceful": pd.array([pd.NA] * len(rows), dtype="boolean"),
            "confidence": missing,
            "verification": "dikutip",
        }
    )
