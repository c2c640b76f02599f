"""The integer model of teams, from TPS in groups to posts: fewest police, or least index left.

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
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
import pandas as pd

from analytics.people.teams import Pattern, PersonnelParams, Staffing, check_tps
from geo.errors import ParameterError

if TYPE_CHECKING:
    from scipy.optimize import LinearConstraint
    from scipy.sparse import csr_array

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
TIE = 1e-5
"""What covering a TPS is worth beside its index, as a share of the largest: of equal staffings the
one that covers more, and TPS without any index are not left for nothing."""


@dataclass(frozen=True, eq=False)
class Sites:
    """The TPS of a problem, grouped by what the model distinguishes.

    Attributes
    ----------
    places
        One row per desa and class: ``desa_code``, ``kabupaten_code``, ``island``, ``kelas``,
        ``n`` (TPS), ``size`` and ``police`` of its pattern. A place is demand and possible post.
    groups
        One row per place and value: ``place`` (row of ``places``), ``value``, ``n``; largest
        value of a place first.
    near
        Shape (m, 2): place and post that may cover it; (i, i) included.
    order
        ``tps_id`` of each place, largest value first.
    """

    places: pd.DataFrame = field(repr=False)
    groups: pd.DataFrame = field(repr=False)
    near: Ints = field(repr=False)
    order: list[list[str]] = field(repr=False)

    @classmethod
    def of(
        cls,
        tps: pd.DataFrame,
        patterns: Mapping[str, Pattern],
        minutes: pd.DataFrame,
        max_minutes: float,
    ) -> Sites:
        """Group TPS that have a class.

        ``tps`` and ``minutes`` are as for `analytics.people.model.needed`.
        """
        rows = tps[tps["kelas"].notna()].rename_axis("tps_id").reset_index()
        rows = rows.sort_values(["value", "tps_id"], ascending=[False, True], kind="stable")
        keys = ["kabupaten_code", "island", "kelas", "desa_code"]
        held = rows.groupby(keys, sort=True)["tps_id"].agg(list)
        places = held.index.to_frame(index=False).assign(n=[len(ids) for ids in held])
        places["size"] = [patterns[str(kelas)].tps for kelas in places["kelas"]]
        places["police"] = [patterns[str(kelas)].police for kelas in places["kelas"]]
        number = pd.Series(range(len(places)), index=held.index)
        place = number.reindex(pd.MultiIndex.from_frame(rows[keys])).to_numpy()
        groups = rows.assign(place=place).groupby(["place", "value"]).size().rename("n")
        frame = groups.reset_index().sort_values(["place", "value"], ascending=[True, False])
        near = _near(places, minutes, max_minutes)
        return cls(places, frame.reset_index(drop=True), near, [list(ids) for ids in held])


def _near(places: pd.DataFrame, minutes: pd.DataFrame, max_minutes: float) -> Ints:
    """Return pairs of place and post of one kabupaten, island and class within reach."""
    found = [np.empty((0, 2), dtype=np.int64)]
    for _, block in places.groupby(["kabupaten_code", "island", "kelas"]):
        codes = list(block["desa_code"])
        reach = minutes.loc[codes, codes].to_numpy(dtype=np.float64) <= max_minutes
        reach |= np.eye(len(codes), dtype=bool)
        # A way back may take longer than the way out; what counts is the way from the post.
        post, place = np.nonzero(reach)
        at = block.index.to_numpy(dtype=np.int64)
        found.append(np.column_stack([at[place], at[post]]))
    return np.concatenate(found)


def sparse(rows: Ints, columns: Ints, values: Floats, shape: tuple[int, int]) -> csr_array:
    """Return a sparse matrix of (N,) triples: ``rows``, ``columns`` (positions), ``values``."""
    from scipy.sparse import coo_array, csr_array

    return csr_array(coo_array((values, (rows, columns)), shape=shape))


def tie_of(sites: Sites) -> float:
    """Return what one covered TPS is worth beside its index, in units of that index."""
    return TIE * _largest(sites)


def _largest(sites: Sites) -> float:
    """Return the largest index of a TPS; 1 where none has any."""
    return float(sites.groups["value"].max()) or 1.0


def staffing(
    sites: Sites,
    tps: pd.DataFrame,
    teams: Ints,
    minutes: pd.DataFrame,
    proof: tuple[float, float, str],
) -> Staffing:
    """Say which TPS each of the given teams covers: most value first, then least travel.

    Parameters
    ----------
    sites
        The grouped TPS.
    tps
        The TPS they were made of, as for `Sites.of`.
    teams
        Number of teams by place.
    minutes
        Travel times between desa, index and columns desa codes.
    proof
        Bound, gap and method, see `Staffing`.
    """
    flows = _flows(sites, teams, minutes)
    after = dict.fromkeys(range(len(sites.places)), 0)
    held: dict[int, list[tuple[str, float]]] = {}
    for place, post, far, count in flows.itertuples(index=False, name=None):
        first = after[place]
        after[place] += count
        taken = sites.order[place][first : first + count]
        held.setdefault(post, []).extend((tps_id, far) for tps_id in taken)
    value = tps["value"]
    rows, team_of = [], pd.Series(pd.NA, index=tps.index, dtype="string", name="team")
    for post in sorted(held):
        site = dict(sites.places.loc[post])
        for number, ids in enumerate(_chunks(held[post], int(site["size"])), start=1):
            team = f"{site['desa_code']}/{site['kelas']}/{number:02d}"
            names = [tps_id for tps_id, _ in ids]
            team_of[names] = team
            rows.append(
                (
                    team,
                    site["desa_code"],
                    site["kabupaten_code"],
                    site["island"],
                    site["kelas"],
                    int(site["police"]),
                    len(names),
                    float(value[names].sum()),
                    max(far for _, far in ids),
                )
            )
    frame = pd.DataFrame(rows, columns=["team", *_TEAM]).set_index("team")
    bare = tps["kelas"].notna() & team_of.isna()
    return Staffing(frame, team_of, float(value[bare].sum()), *proof)


_TEAM = ("post", "kabupaten_code", "island", "kelas", "police", "tps", "value", "minutes")


def _chunks(held: list[tuple[str, float]], size: int) -> list[list[tuple[str, float]]]:
    """Return TPS in as few teams as their number allows, alike in size, neighbours together."""
    rows = sorted(held, key=lambda row: (row[1], row[0]))
    count = -(-len(rows) // size)
    return [list(part) for part in np.array_split(np.array(rows, dtype=object), count)]


def _flows(sites: Sites, teams: Ints, minutes: pd.DataFrame) -> pd.DataFrame:
    """Return how many TPS of each place each post covers, for given teams.

    Columns ``place``, ``post``, ``minutes``, ``tps``. The corner of a transport problem, found by
    the simplex method, and therefore whole.
    """
    from scipy.optimize import linprog

    near = sites.near[teams[sites.near[:, 1]] > 0]
    codes = pd.Index(sites.places["desa_code"])
    post = minutes.index.get_indexer(codes[near[:, 1]])
    place = minutes.columns.get_indexer(codes[near[:, 0]])
    far = np.where(near[:, 0] == near[:, 1], 0.0, minutes.to_numpy(dtype=np.float64)[post, place])
    out = pd.DataFrame({"place": near[:, 0], "post": near[:, 1], "minutes": far})
    if out.empty:
        return out.assign(tps=pd.Series(dtype="int64"))
    n, m, g = len(sites.places), len(near), len(sites.groups)
    tie = tie_of(sites)
    travel = 0.01 * tie * far / max(float(far.max()), 1.0)
    cost = np.concatenate([travel, -(sites.groups["value"].to_numpy(dtype=np.float64) + tie)])
    limits = sparse(
        np.concatenate([sites.groups["place"].to_numpy(), near[:, 0], near[:, 1] + n]),
        np.concatenate([np.arange(g) + m, np.arange(m), np.arange(m)]),
        np.concatenate([np.ones(g), -np.ones(m), np.ones(m)]),
        (2 * n, m + g),
    )
    room = np.concatenate([np.zeros(n), teams * sites.places["size"].to_numpy()])
    upper = np.concatenate([np.full(m, np.inf), sites.groups["n"].to_numpy(dtype=np.float64)])
    bounds = np.column_stack([np.zeros(m + g), upper])
    # The travel term is far below the solver's tolerance unless the costs are scaled up.
    found = linprog(cost / tie, A_ub=limits, b_ub=room, bounds=bounds, method="highs-ds")
    out["tps"] = np.rint(found.x[:m]).astype(np.int64)
    return out.loc[out["tps"].gt(0)]


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
        ``bound`` and ``gap`` are of the uncovered index, proven to within 1e-5 of the
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
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    n = len(sites.places)
    links = coo_array((np.ones(len(sites.near)), sites.near.T), shape=(n, n))
    _, mark = connected_components(links, directed=False)
    return [np.flatnonzero(mark == part) for part in range(mark.max() + 1)] if n else []


def _fewest(sites: Sites, part: Ints, seconds: float) -> tuple[Ints | None, int]:
    """Return the fewest teams by place of one part, and how few are proven impossible to beat."""
    from scipy.optimize import Bounds, LinearConstraint, milp

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
    from scipy.optimize import Bounds, milp

    groups = sites.groups
    n, m, g, k = len(sites.places), len(sites.near), len(groups), len(people)
    value = groups["value"].to_numpy(dtype=np.float64)
    cost, upper = np.zeros(n + m + g + k), np.full(n + m + g + k, np.inf)
    covered = slice(n + m, n + m + g)
    cost[covered] = -(value + tie_of(sites))
    upper[covered] = groups["n"].to_numpy(dtype=np.float64)
    whole = np.concatenate([np.ones(n), np.zeros(m + g + k)])
    unit = _largest(sites)  # the solver's tolerances are absolute: indices may all be small
    found = milp(
        cost / unit,
        integrality=whole,
        bounds=Bounds(0.0, upper),
        constraints=_limits(sites, people, reserve),
        options={"time_limit": params.time_limit_s, "mip_rel_gap": min(params.gap, 1e-6)},
    )
    total = float((value * groups["n"]).sum())
    best = np.inf if found.mip_dual_bound is None else -float(found.mip_dual_bound) * unit
    slack = tie_of(sites) * float(groups["n"].sum())
    bound = max(0.0, total - best + slack) if np.isfinite(best) else 0.0
    return (None if found.x is None else np.rint(found.x[:n]).astype(np.int64)), bound


def _limits(sites: Sites, people: Mapping[str, int], reserve: int) -> list[LinearConstraint]:
    """Return what a staffing must keep: covered from somewhere, by teams there are, by people."""
    from scipy.optimize import LinearConstraint

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
