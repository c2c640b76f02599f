"""Rates that do not leap where few voters live: empirical Bayes, global and local."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from analytics.weights import Floats, Weights
from geo.errors import ParameterError

PER = 10_000
MEASURES = ("rate", "eb_global", "eb_local")


def _checked(counts: Floats, voters: Floats) -> tuple[Floats, Floats]:
    """Return counts of shape (n, periods) and voters of shape (n, 1), both as float."""
    people = np.asarray(voters, dtype=np.float64).reshape(-1, 1)
    table = np.asarray(counts, dtype=np.float64)
    if table.ndim not in {1, 2} or len(table) != len(people):
        raise ParameterError("counts", table.shape, f"one row for each of {len(people)} units")
    if not (np.isfinite(table).all() and (table >= 0).all()):
        raise ParameterError("counts", float(table.min()), "finite, 0 or more")
    if not (np.isfinite(people).all() and (people > 0).all()):
        raise ParameterError("voters", float(people.min()), "finite, above 0")
    return table.reshape(len(people), -1), people


def _shrunk(rate: Floats, mean: Floats, spread: Floats, people: Floats) -> Floats:
    """Pull rates to a mean; ``spread`` is the variance of the true rates, cut at 0."""
    spread = np.maximum(spread, 0.0)
    whole = spread + mean / people
    share = np.divide(spread, whole, out=np.zeros_like(whole), where=whole > 0)
    return np.asarray(mean + share * (rate - mean), dtype=np.float64)


def eb_global(counts: Floats, voters: Floats) -> Floats:
    """Return rates pulled to the mean of all units, the more the fewer voters.

    Parameters
    ----------
    counts
        Shape (n,) or (n, periods), 0 or more.
    voters
        Shape (n,), above 0.

    Returns
    -------
    ndarray
        Cases per voter, the shape of ``counts``; the mean rate where the rates vary no more than
        chance would make them.

    Notes
    -----
    Marshall (1991), "Mapping disease and mortality rates using empirical Bayes estimators",
    Journal of the Royal Statistical Society C 40(2), 283-294: method of moments.
    """
    table, people = _checked(counts, voters)
    total = people.sum()
    rate, mean = table / people, table.sum(axis=0) / total
    spread = (people * (rate - mean) ** 2).sum(axis=0) / total - mean * len(people) / total
    found = _shrunk(rate, mean, spread, people)
    return found.reshape(np.shape(counts))


def eb_local(counts: Floats, voters: Floats, weights: Weights) -> Floats:
    """Return rates pulled to the mean of the unit and its neighbours.

    Parameters
    ----------
    counts, voters
        As for `eb_global`, in the order of the weights.
    weights
        Neighbours; the unit itself is added.

    Notes
    -----
    Marshall (1991), the local form of the estimator in `eb_global`.
    """
    table, people = _checked(counts, voters)
    if len(people) != weights.n:
        raise ParameterError("voters", len(people), f"one for each of {weights.n} units")
    return _eb_local(table, people, weights.star()).reshape(np.shape(counts))


def _eb_local(table: Floats, people: Floats, star: Any) -> Floats:
    total = star @ people
    near = star @ np.ones_like(people)
    rate, mean = table / people, (star @ table) / total
    spread = (star @ (rate**2 * people)) / total - mean**2 - mean * near / total
    return _shrunk(rate, mean, spread, people)


def eb_standardised(counts: Floats, voters: Floats) -> Floats:
    """Return rates in units of their own standard deviation, for Moran's I and local Moran.

    A raw rate varies more where fewer people live, which Moran's I takes for a pattern.

    Parameters
    ----------
    counts, voters
        As for `eb_global`.

    Returns
    -------
    ndarray
        Shape of ``counts``; zeros in a period without cases.

    Notes
    -----
    Assuncao and Reis (1999), "A new proposal to adjust Moran's I for population density",
    Statistics in Medicine 18(16), 2147-2162.
    """
    table, people = _checked(counts, voters)
    total = people.sum()
    rate, mean = table / people, table.sum(axis=0) / total
    spread = (people * (rate - mean) ** 2).sum(axis=0) / total - mean * len(people) / total
    variance = spread + mean / people
    variance = np.where(variance < 0, mean / people, variance)
    found = np.zeros_like(rate)
    np.divide(rate - mean, np.sqrt(variance), out=found, where=variance > 0)
    return found.reshape(np.shape(counts))


def eb_rates(
    counts: pd.Series | pd.DataFrame, voters: pd.Series, weights: Weights | None = None
) -> pd.DataFrame:
    """Return raw and empirical Bayes rates per 10,000 voters.

    Parameters
    ----------
    counts
        Affairs by unit code, or by unit code and period (columns).
    voters
        By unit code. Units without a number of voters get no rate and lend none to others.
    weights
        For the local rate; holds at least the units of ``counts``, no other.

    Returns
    -------
    DataFrame
        ``rate``, ``eb_global`` and, with weights, ``eb_local``; index that of ``counts``, or code
        and period as in ``counts.stack()``.

    Raises
    ------
    ParameterError
        When fewer than two units have voters, or a count is negative or missing.
    CodeError
        When the weights are of other units.
    """
    table = counts.to_frame() if isinstance(counts, pd.Series) else counts
    people = voters.reindex(table.index).to_numpy("float64")
    known = np.isfinite(people) & (people > 0)
    if known.sum() < 2:
        raise ParameterError("voters", int(known.sum()), "at least two units with voters")
    cases = table.to_numpy("float64")
    _checked(cases, np.ones(len(cases)))
    found = {"rate": cases[known] / people[known, None]}
    found["eb_global"] = eb_global(cases[known], people[known])
    if weights is not None:
        star = weights.reordered([str(code) for code in table.index]).star()[known][:, known]
        found["eb_local"] = _eb_local(cases[known], people[known, None], star)
    columns = {}
    for name, values in found.items():
        filled = np.full(cases.shape, np.nan)
        filled[known] = values * PER
        columns[name] = filled.ravel()
    return pd.DataFrame(columns, index=stacked_index(counts))


def stacked_index(counts: pd.Series | pd.DataFrame) -> pd.Index:
    """Return the index of results: that of a series, or code and period of a frame."""
    if isinstance(counts, pd.Series):
        return counts.index
    names = [counts.index.name or "code", counts.columns.name or "period"]
    return pd.MultiIndex.from_product([counts.index, counts.columns], names=names)
