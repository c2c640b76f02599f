"""TPS grouped by what the models of personnel distinguish, and teams made of their answer."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy.optimize import linprog
from scipy.sparse import coo_array, csr_array

from analytics.people.teams import Pattern, Staffing

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
TIE = 1e-6
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
    return csr_array(coo_array((values, (rows, columns)), shape=shape))


def tie_of(sites: Sites) -> float:
    """Return what one covered TPS is worth beside its index, in units of that index."""
    return TIE * max(float(sites.groups["value"].max()), 1.0)


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
