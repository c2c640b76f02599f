"""Kits per TPS by the rules of an election, and the check of ballots before they leave."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from geo.errors import ParameterError

FIRST_SPECIAL_NUMBER = 901
"""KPU numbers TPS at special locations (prisons, hospitals) from here."""

OK, SHORT, OVER, WRONG_DAPIL, UNKNOWN = "ok", "short", "over", "wrong_dapil", "unknown"
BALLOT_VERDICTS = (WRONG_DAPIL, SHORT, OVER, UNKNOWN, OK)
"""What the check of a bundle may say, the gravest first."""


@dataclass(frozen=True)
class KitRules:
    """What one TPS gets.

    Attributes
    ----------
    contests
        Contests held, 1 to 10: as many boxes, and kinds of ballots.
    booths, ink
        Per TPS, 1 to 20 and 0 to 20.
    reserve_pct
        Reserve ballots per TPS in percent of its voters, 2 to 10, rounded up per TPS; counted in
        hundredths of a percent.
    assumed
        Names of the values that no source gives for this election.
    """

    contests: int
    booths: int = 4
    ink: int = 2
    reserve_pct: float = 2.0
    assumed: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        for name, low, high in (
            ("contests", 1, 10),
            ("booths", 1, 20),
            ("ink", 0, 20),
            ("reserve_pct", 2, 10),
        ):
            if not low <= getattr(self, name) <= high:
                raise ParameterError(name, getattr(self, name), f"{low} to {high}")


def reserve(voters: pd.Series, reserve_pct: float) -> pd.Series:
    """Return reserve ballots per TPS of one contest, rounded up per TPS.

    Parameters
    ----------
    voters
        Whole numbers from 0 on any index, missing where the list of the TPS is not loaded.
    reserve_pct
        Percent, see `KitRules`.

    Returns
    -------
    Series
        Int64 on the index of ``voters``; missing stays missing.
    """
    hundredths = round(reserve_pct * 100)
    counts = voters.astype("Int64")
    return ((counts * hundredths + 9999) // 10000).astype("Int64")


def kits(tps: pd.DataFrame, rules: KitRules) -> pd.DataFrame:
    """Return what each TPS gets.

    Parameters
    ----------
    tps
        ``voters`` (missing where not loaded: the ballots then stay missing, they are not zero).

    Returns
    -------
    DataFrame
        On the index of ``tps``: ``boxes``, ``booths``, ``ink``, ``reserve`` and
        ``ballots_per_contest`` of one contest, ``ballots`` of all contests; Int64.

    Raises
    ------
    ParameterError
        When a number of voters is negative.
    """
    voters = tps["voters"].astype("Int64")
    if voters.lt(0).any():
        wrong = voters[voters.lt(0).fillna(False)]
        raise ParameterError(f"voters of {wrong.index[0]}", int(wrong.iloc[0]), "0 or more")
    spare = reserve(voters, rules.reserve_pct)
    each = voters + spare
    out = pd.DataFrame(index=tps.index)
    for name, value in (("boxes", rules.contests), ("booths", rules.booths), ("ink", rules.ink)):
        out[name] = pd.Series(value, index=tps.index, dtype="Int64")
    return out.assign(reserve=spare, ballots_per_contest=each, ballots=each * rules.contests)


def check_ballots(bundles: pd.DataFrame, rules: KitRules) -> pd.DataFrame:
    """Check each bundle of ballots before it leaves the warehouse.

    Parameters
    ----------
    bundles
        One row per TPS and contest: ``tps_number``, ``voters``, ``additional`` (voters who asked to
        vote here; missing counts as 0), ``packed``, ``dapil_due`` and ``dapil_packed`` (both
        missing in contests without electoral districts).

    Returns
    -------
    DataFrame
        On the index of ``bundles``: ``due`` (voters, additional and reserve), ``difference``
        (packed less due), ``verdict`` of `BALLOT_VERDICTS` and ``is_special`` (lokasi khusus).
        A bundle of the neighbour's dapil is wrong whatever its number; one whose dapil, voters or
        packed number is not known is ``unknown`` and not fine.
    """
    voters = bundles["voters"].astype("Int64")
    due = voters + bundles["additional"].astype("Int64").fillna(0)
    due = due + reserve(voters, rules.reserve_pct)
    difference = bundles["packed"].astype("Int64") - due
    want, got = bundles["dapil_due"], bundles["dapil_packed"]
    differs = want.notna() & got.notna() & want.ne(got)
    unclear = difference.isna() | (want.notna() & got.isna()) | (want.isna() & got.notna())
    number = bundles["tps_number"].astype("Int64")
    verdict = np.select(
        [differs, unclear, difference.lt(0).fillna(False), difference.gt(0).fillna(False)],
        [WRONG_DAPIL, UNKNOWN, SHORT, OVER],
        default=OK,
    )
    return pd.DataFrame(
        {
            "due": due,
            "difference": difference,
            "verdict": pd.Series(verdict, index=bundles.index, dtype="str"),
            "is_special": number.ge(FIRST_SPECIAL_NUMBER).fillna(False).astype(bool),
        },
        index=bundles.index,
    )
