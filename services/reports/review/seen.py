"""What a report said when somebody looked at it."""

from __future__ import annotations

import pandas as pd

from data.store.tables import reports

_SHOWN = 16
_COLUMNS = sorted(c.name for c in reports.columns if c.name != "import_id")


def fingerprints(rows: pd.DataFrame) -> dict[str, str]:
    """Return a short text by report id that differs as soon as a report says something else.

    ``rows`` have the columns of ``reports``; what is worked out beside them does not count.
    """
    plain = rows[_COLUMNS].astype("str").reset_index(drop=True)
    sums = pd.util.hash_pandas_object(plain, index=False)
    return {
        str(key): f"{value:0{_SHOWN}x}" for key, value in zip(rows["report_id"], sums, strict=True)
    }
