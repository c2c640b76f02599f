"""What a report said when somebody looked at it."""

from __future__ import annotations

import pandas as pd

_SHOWN = 16
_BESIDE = frozenset({"import_id", "is_total", "verification_history", "status_history"})


def fingerprints(rows: pd.DataFrame) -> dict[str, str]:
    """Return a short text by report id that differs as soon as a report says something else.

    ``rows`` have the columns of ``reports``; what is worked out beside them does not count.
    """
    names = sorted(name for name in rows.columns if name not in _BESIDE)
    plain = rows[names].astype("str").reset_index(drop=True)
    sums = pd.util.hash_pandas_object(plain, index=False)
    return {
        str(key): f"{value:0{_SHOWN}x}" for key, value in zip(rows["report_id"], sums, strict=True)
    }
