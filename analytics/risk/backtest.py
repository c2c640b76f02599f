"""What a ranking of places, as known on an eve, would have found of what then happened.

Affairs, not reports, are found or missed, and an affair of which anything was known on the eve is
excluded from what is to be found: it never predicts itself. Places without a difference in rank are
in no order; what stands at the border of the top counts by the share of them that fits, which is
what drawing them at random gives on average.

Worked by hand
--------------
Ten desa; scores 0.9, 0.5, and eight times 0. Affairs then happen in the first desa and in one of
the eight. Top 20 % is two desa: one of two found, hit rate 1/2. A random pick of two of ten finds
2 x 2 / 10 = 0.4 on average; P(at least one) = 1 - C(8, 2) / C(10, 2) = 1 - 28/45 = 0.378. Top 50 %
is five desa: the two with scores and three of the eight in no order, among which the second lies
with probability 3/8: 1.375 found on average.
"""

from __future__ import annotations

import datetime as dt
import math
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt
import pandas as pd

from analytics.reports.places import place_codes, unit_at
from analytics.reports.selection import check_lag, in_window, known_on
from geo.errors import ParameterError

FAMILIES = ("konflik", "proses", "logistik")


@dataclass(frozen=True)
class BacktestParams:
    """What is to be found, and how far down a ranking one looks.

    Attributes
    ----------
    horizon_days
        1 to 365: an affair counts that happened on one of so many days after the eve.
    families
        Families of reports that are to be found.
    shares
        Parts of the places looked at, each above 0 and at most 1.
    lag_days
        0 to 365: assumed days from event to report where the day of reporting is unknown.
    place
        ``pokok`` or ``kejadian``; see `analytics.reports.places.place_codes`.
    confidence
        0.5 to 0.999: of the interval of random picks.
    """

    horizon_days: int = 30
    families: tuple[str, ...] = FAMILIES
    shares: tuple[float, ...] = (0.05, 0.10, 0.20)
    lag_days: int = 1
    place: str = "pokok"
    confidence: float = 0.95

    def __post_init__(self) -> None:
        if not 1 <= self.horizon_days <= 365:
            raise ParameterError("horizon_days", self.horizon_days, "1 to 365")
        if not self.families:
            raise ParameterError("families", self.families, "one family or more")
        if not self.shares or not all(0 < share <= 1 for share in self.shares):
            raise ParameterError("shares", self.shares, "above 0, at most 1")
        if not 0.5 <= self.confidence <= 0.999:
            raise ParameterError("confidence", self.confidence, "0.5 to 0.999")
        check_lag(self.lag_days)


@dataclass(frozen=True, eq=False)
class Outcome:
    """What happened after an eve, at one level.

    Attributes
    ----------
    affairs
        One row per affair and unit: ``perkara_id``, ``unit_code``, ``first`` (day), ``family``.
    known
        Affairs excluded because something of them was known on the eve.
    coarse
        Affairs that no report places as finely as the level.
    elsewhere
        Affairs placed outside the ranked units.
    """

    affairs: pd.DataFrame = field(repr=False)
    known: int
    coarse: int
    elsewhere: int

    @property
    def units(self) -> set[str]:
        """Units in which at least one affair happened."""
        return set(self.affairs["unit_code"])


def outcome(
    reports: pd.DataFrame,
    eve: dt.date,
    level: str,
    units: pd.Index,
    params: BacktestParams | None = None,
) -> Outcome:
    """Return the affairs that happened after an eve.

    Parameters
    ----------
    reports
        The table ``reports`` without totals.
    eve
        The last day of knowledge.
    level
        ``kabupaten``, ``kecamatan`` or ``desa``.
    units
        Codes that are ranked; what happened elsewhere is counted apart.
    params
        What is to be found, and in how many days.

    Notes
    -----
    A report of month precision counts only if its whole month lies in the days looked at.
    """
    chosen = params or BacktestParams()
    reported = known_on(reports, eve, chosen.lag_days)
    first = eve + dt.timedelta(days=1)
    inside = in_window(reports, first, eve + dt.timedelta(days=chosen.horizon_days))
    inside &= reports["kind"].eq("kejadian") & reports["family"].isin(chosen.families)
    rows = reports[inside]
    before = set(reports.loc[reported, "perkara_id"])
    seen = rows["perkara_id"].isin(before)
    rows = rows.assign(
        unit_code=unit_at(place_codes(rows, chosen.place), level), first=rows["date_event"]
    )
    fresh = rows[~seen]
    placed = fresh[fresh["unit_code"].notna()]
    here = placed[placed["unit_code"].isin(units)]
    order = here.sort_values(["first", "report_id"], kind="stable")
    affairs = order.drop_duplicates(["perkara_id", "unit_code"])
    found, all_placed = set(here["perkara_id"]), set(placed["perkara_id"])
    return Outcome(
        affairs=affairs[["perkara_id", "unit_code", "first", "family"]].reset_index(drop=True),
        known=int(rows.loc[seen, "perkara_id"].nunique()),
        coarse=len(set(fresh["perkara_id"]) - all_placed),
        elsewhere=len(all_placed - found),
    )


def top_count(n: int, share: float) -> int:
    """Return how many of n places a share of them is, rounded up, so never none."""
    return min(n, math.ceil(share * n - 1e-9)) if n else 0


def hit_rates(
    scores: pd.Series, affected: set[str], params: BacktestParams | None = None
) -> pd.DataFrame:
    """Return what looking at the top of a ranking finds, beside a random pick of as many places.

    Parameters
    ----------
    scores
        Indexed by unit code, larger first; places without a score stand last, in no order.
    affected
        Units in which something happened, all of them among the scores.
    params
        Shares of places and confidence.

    Returns
    -------
    DataFrame
        One row per share: ``share``, ``places`` (n), ``looked`` (k), ``affected`` (m), ``hits``
        (on average over places in no order), ``hits_min``, ``hits_max``, ``hit_rate`` = hits / m,
        ``random_hits`` = k m / n, ``random_low``, ``random_high`` (hypergeometric quantiles),
        ``p_random`` (that a random pick finds as many or more). Rates are NaN when nothing
        happened.

    Raises
    ------
    ParameterError
        When something happened in a place that is not ranked.
    """
    chosen = params or BacktestParams()
    strange = sorted(affected - set(scores.index))
    if strange:
        raise ParameterError("affected", ", ".join(strange[:5]), "units that are ranked")
    value = np.asarray(scores.astype("float64").round(9).fillna(-np.inf), dtype=np.float64)
    hit = np.asarray(scores.index.isin(list(affected)), dtype=np.bool_)
    rows = [_at_share(value, hit, share, chosen) for share in chosen.shares]
    return pd.DataFrame(rows)


def _at_share(
    value: npt.NDArray[np.float64], hit: npt.NDArray[np.bool_], share: float, params: BacktestParams
) -> dict[str, float]:
    from scipy.stats import hypergeom

    n, m = len(value), int(hit.sum())
    k = top_count(n, share)
    border = np.sort(value)[::-1][k - 1] if k else np.inf
    above, tied = value > border, value == border
    sure, room = int(hit[above].sum()), k - int(above.sum())
    among, of = int(hit[tied].sum()), int(tied.sum())
    draws = np.arange(max(0, room - (of - among)), min(room, among) + 1)
    chance = hypergeom.pmf(draws, of, among, room) if of else np.ones(1)
    tail = (1 - params.confidence) / 2
    spread = hypergeom(n, m, k)
    expected = sure + (room * among / of if of else 0.0)
    return {
        "share": share,
        "places": n,
        "looked": k,
        "affected": m,
        "hits": expected,
        "hits_min": sure + int(draws[0]),
        "hits_max": sure + int(draws[-1]),
        "hit_rate": expected / m if m else np.nan,
        "random_hits": k * m / n if n else np.nan,
        "random_low": float(spread.ppf(tail)),
        "random_high": float(spread.ppf(1 - tail)),
        "p_random": float((chance * spread.sf(sure + draws - 1)).sum()) if m else np.nan,
    }


def ranking_of(frame: pd.DataFrame, column: str, units: pd.Series) -> pd.Series:
    """Return the mean of a column over the TPS of each unit, NaN where it is known of none.

    Parameters
    ----------
    frame
        One row per TPS; has ``column``.
    column
        An index.
    units
        Unit of each row.
    """
    return frame[column].astype("float64").groupby(units).mean().rename(column)
