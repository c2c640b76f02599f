"""The integer model of teams: fewest police for all TPS, or least index left by those there are.

Whole teams y stand at posts p (desa x class); TPS of desa d are covered from p in number x(d, p)
when d and p share kabupaten and island and lie at most ``max_minutes`` apart. TPS of a desa and
class are taken in order of their value, so that u(s), how many of each group s of equal value are
covered, may be a fraction in the model: for given whole y the rest is a transport problem, whose
corners are whole (Hoffman and Kruskal 1956).

    least   sum value(s) (n(s) - u(s))
    so that sum of u(s) in d <= sum over p of x(d, p);  sum over d of x(d, p) <= size(p) y(p)
            sum of police(p) y(p) in kabupaten k <= people(k) + b(k);  sum of b <= reserve

Solved by HiGHS through `scipy.optimize.milp`. Without an answer in time, every desa gets teams of
its own (`needed`) or nobody is placed (`allocate`).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import numpy as np
import pandas as pd
from scipy.optimize import Bounds, LinearConstraint, milp
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from analytics.people.sites import Ints, Sites, sparse, staffing, tie_of
from analytics.people.teams import Pattern, PersonnelParams, Staffing, check_tps
from geo.errors import ParameterError


def needed(
    tps: pd.DataFrame,
    patterns: Mapping[str, Pattern],
    minutes: pd.DataFrame,
    params: PersonnelParams | None = None,
) -> Staffing:
    """Return the fewest teams that cover every TPS with a class.

    Parameters
    ----------
    tps
        Index ``tps_id``: ``desa_code``, ``kabupaten_code``, ``island``, ``kelas`` (NA: left out),
        ``value`` (its security index, 0 or more).
    patterns
        Pattern by class.
    minutes
        Usual minutes between desa, from row (post) to column, by code.
    params
        How far, and how long to search.

    Returns
    -------
    Staffing
        ``bound`` and ``gap`` are of police.

    Raises
    ------
    ParameterError
        For missing columns, a class without pattern, a negative or missing value.
    """
    chosen = params or PersonnelParams()
    check_tps(tps, patterns, minutes)
    sites = Sites.of(tps, patterns, minutes, chosen.max_minutes)
    teams = -(-sites.places["n"] // sites.places["size"]).to_numpy(dtype=np.int64)
    bound = np.zeros(len(sites.places))
    late = False
    parts = _parts(sites)
    for part in parts:
        size, police = sites.places.loc[part[0], ["size", "police"]]
        least = int(np.ceil(sites.places.loc[part, "n"].sum() / size))
        have = int(teams[part].sum())
        if have > least:
            found, proven = _fewest(sites, part, chosen.time_limit_s / len(parts) + 0.2)
            late |= proven < min(have, int(found.sum()) if found is not None else have)
            least = max(least, proven)
            if found is not None and found.sum() < have:
                teams[part] = found
        bound[part[0]] = least * police
    used = float((teams * sites.places["police"].to_numpy()).sum())
    gap = 0.0 if used == 0 else max(0.0, (used - bound.sum()) / used)
    method = "time_limit" if late else "optimal"
    return staffing(sites, tps, teams, minutes, (float(bound.sum()), gap, method))


def allocate(
    tps: pd.DataFrame,
    patterns: Mapping[str, Pattern],
    minutes: pd.DataFrame,
    people: Mapping[str, int],
    reserve: int = 0,
    params: PersonnelParams | None = None,
) -> Staffing:
    """Return the teams of the police there are that leave least security index uncovered.

    Parameters
    ----------
    tps, patterns, minutes, params
        As in `needed`.
    people
        Police by kabupaten code. TPS of a kabupaten that is not named are left out: unknown is
        not zero.
    reserve
        Police that may be sent to any of these kabupaten.

    Returns
    -------
    Staffing
        ``bound`` and ``gap`` are of the uncovered index, proven to within a millionth of the
        largest index per TPS; see `Staffing` for ``method``.

    Raises
    ------
    ParameterError
        As in `needed`, and for a negative number of people.
    """
    chosen = params or PersonnelParams()
    check_tps(tps, patterns, minutes)
    for name, count in (*people.items(), ("reserve", reserve)):
        if count < 0:
            raise ParameterError("people", f"{name}: {count}", "0 or more")
    inside = tps[tps["kabupaten_code"].isin(list(people))]
    sites = Sites.of(inside, patterns, minutes, chosen.max_minutes)
    if sites.places.empty:
        return staffing(sites, inside, np.zeros(0, dtype=np.int64), minutes, (0.0, 0.0, "optimal"))
    teams, bound = _least(sites, people, reserve, chosen)
    if teams is None:
        teams = np.zeros(len(sites.places), dtype=np.int64)
    best = staffing(sites, inside, teams, minutes, (np.nan, np.nan, ""))
    bound = min(bound, best.uncovered)
    gap = 0.0 if best.uncovered <= 1e-9 else (best.uncovered - bound) / best.uncovered
    gap = float(np.clip(gap, 0.0, 1.0))
    method = "optimal" if gap <= chosen.gap + 1e-9 else "time_limit"
    return replace(best, bound=bound, gap=gap, method=method)


def _parts(sites: Sites) -> list[Ints]:
    """Return the places that hang together by reach, each part by itself."""
    n = len(sites.places)
    links = coo_array((np.ones(len(sites.near)), sites.near.T), shape=(n, n))
    _, mark = connected_components(links, directed=False)
    return [np.flatnonzero(mark == part) for part in range(mark.max() + 1)] if n else []


def _fewest(sites: Sites, part: Ints, seconds: float) -> tuple[Ints | None, int]:
    """Return the fewest teams by place of one part, and how few are proven impossible to beat."""
    here = sites.near[np.isin(sites.near[:, 0], part)]
    at = {place: i for i, place in enumerate(part.tolist())}
    d = np.array([at[i] for i in here[:, 0].tolist()])
    p = np.array([at[i] for i in here[:, 1].tolist()])
    n, m = len(part), len(here)
    demand = sites.places.loc[part, "n"].to_numpy(dtype=np.float64)
    size = float(sites.places.loc[part[0], "size"])
    flow = np.arange(m) + n
    served = sparse(d, flow, np.ones(m), (n, n + m))
    held = sparse(
        np.concatenate([p, np.arange(n)]),
        np.concatenate([flow, np.arange(n)]),
        np.concatenate([np.ones(m), np.full(n, -size)]),
        (n, n + m),
    )
    cost = np.concatenate([np.ones(n), np.zeros(m)])
    found = milp(
        cost,
        integrality=np.concatenate([np.ones(n), np.zeros(m)]),
        bounds=Bounds(0.0, np.inf),
        constraints=[LinearConstraint(served, demand, demand), LinearConstraint(held, -np.inf, 0)],
        options={"time_limit": seconds},
    )
    proven = 0 if found.mip_dual_bound is None else int(np.ceil(found.mip_dual_bound - 1e-6))
    return (None if found.x is None else np.rint(found.x[:n]).astype(np.int64)), proven


def _least(
    sites: Sites, people: Mapping[str, int], reserve: int, params: PersonnelParams
) -> tuple[Ints | None, float]:
    """Return teams by place that leave least uncovered, and the proven bound of what is left.

    Unknowns in order: teams by place, flows by pair, covered by group, reserve by kabupaten.
    """
    groups = sites.groups
    n, m, g, k = len(sites.places), len(sites.near), len(groups), len(people)
    value = groups["value"].to_numpy(dtype=np.float64)
    cost, upper = np.zeros(n + m + g + k), np.full(n + m + g + k, np.inf)
    covered = slice(n + m, n + m + g)
    cost[covered] = -(value + tie_of(sites))
    upper[covered] = groups["n"].to_numpy(dtype=np.float64)
    whole = np.concatenate([np.ones(n), np.zeros(m + g + k)])
    found = milp(
        cost,
        integrality=whole,
        bounds=Bounds(0.0, upper),
        constraints=_limits(sites, people, reserve),
        options={"time_limit": params.time_limit_s, "mip_rel_gap": min(params.gap, 1e-4)},
    )
    total = float((value * groups["n"]).sum())
    best = np.inf if found.mip_dual_bound is None else -float(found.mip_dual_bound)
    slack = tie_of(sites) * float(groups["n"].sum())
    bound = max(0.0, total - best + slack) if np.isfinite(best) else 0.0
    return (None if found.x is None else np.rint(found.x[:n]).astype(np.int64)), bound


def _limits(sites: Sites, people: Mapping[str, int], reserve: int) -> list[LinearConstraint]:
    """Return what a staffing must keep: covered from somewhere, by teams there are, by people."""
    places, groups = sites.places, sites.groups
    n, m, g, k = len(places), len(sites.near), len(groups), len(people)
    width = n + m + g + k
    team, flow = np.arange(n), np.arange(m) + n
    group, sent = np.arange(g) + n + m, np.arange(k) + n + m + g
    covered = sparse(
        np.concatenate([groups["place"].to_numpy(), sites.near[:, 0]]),
        np.concatenate([group, flow]),
        np.concatenate([np.ones(g), -np.ones(m)]),
        (n, width),
    )
    held = sparse(
        np.concatenate([sites.near[:, 1], np.arange(n)]),
        np.concatenate([flow, team]),
        np.concatenate([np.ones(m), -places["size"].to_numpy(dtype=np.float64)]),
        (n, width),
    )
    home = pd.Index(list(people)).get_indexer(pd.Index(places["kabupaten_code"]))
    staff = sparse(
        np.concatenate([home, np.arange(k)]),
        np.concatenate([team, sent]),
        np.concatenate([places["police"].to_numpy(dtype=np.float64), -np.ones(k)]),
        (k, width),
    )
    lent = sparse(np.zeros(k, dtype=np.int64), sent, np.ones(k), (1, width))
    return [
        LinearConstraint(covered, -np.inf, 0),
        LinearConstraint(held, -np.inf, 0),
        LinearConstraint(staff, -np.inf, np.array(list(people.values()), dtype=np.float64)),
        LinearConstraint(lent, -np.inf, reserve),
    ]
