"""How far each desa and TPS is from its warehouse: usual and late time, changes of mode, sea."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np
import numpy.typing as npt
import pandas as pd

from geo.errors import ParameterError
from geo.network.graph import BOAT, Network

Floats = npt.NDArray[np.float64]
Dependence = Literal["comonotone", "independent"]
OFFICE, SITE = "pps", "tps_site"
NO_PIER, NO_LEG, NO_ROAD = "tanpa_dermaga", "tanpa_jalur_laut", "tanpa_jalan"
"""What is missing where a place cannot be reached: a pier on its land, a leg from it, a road."""


@dataclass(frozen=True)
class RemotenessParams:
    """How late is late.

    Attributes
    ----------
    quantile
        Of the delivery time, above 0 and below 1.
    dependence
        ``comonotone``: all edges of a way are slow together, one bad day; the quantile of the sum
        is the sum of the quantiles. ``independent``: edges on land are slow together, crossings
        on their own, drawn `draws` times.
    road_error
        0 to 2: standard deviation of the logarithm of true over estimated time of all ways on land,
        which are off together (`geo.network.fit.RoadFit.error_sd`). It is no day's variation.
    draws
        100 or more; for ``independent`` only.
    seed
        Seed of the draws.
    """

    quantile: float = 0.95
    dependence: Dependence = "comonotone"
    road_error: float = 0.0
    draws: int = 4000
    seed: int = 20240214

    def __post_init__(self) -> None:
        if not 0 < self.quantile < 1:
            raise ParameterError("quantile", self.quantile, "above 0 and below 1")
        if self.dependence not in get_args(Dependence):
            raise ParameterError("dependence", self.dependence, "comonotone or independent")
        if not 0 <= self.road_error <= 2:
            raise ParameterError("road_error", self.road_error, "0 to 2")
        if self.draws < 100:
            raise ParameterError("draws", self.draws, "at least 100")


def pert_quantile(
    low: Floats | float, usual: Floats | float, high: Floats | float, quantile: float | Floats
) -> Floats:
    """Return quantiles of PERT distributions.

    Parameters
    ----------
    low, usual, high
        Least, most likely and greatest value, of any shape, low <= usual <= high. Where low is high
        the value is certain.
    quantile
        0 to 1, of a shape that fits.

    Returns
    -------
    ndarray
        Quantiles in the unit of ``low``, of the joint shape.

    Notes
    -----
    PERT is the beta distribution on low to high with shapes 1 + 4 (usual - low) / (high - low) and
    1 + 4 (high - usual) / (high - low); its mean is (low + 4 usual + high) / 6 (Malcolm et al.,
    Operations Research 7, 1959).
    """
    from scipy.special import betaincinv

    low, usual, high = (np.asarray(v, dtype=np.float64) for v in (low, usual, high))
    width = high - low
    safe = np.where(width > 0, width, 1.0)
    left = np.where(width > 0, (usual - low) / safe, 0.5)
    share = betaincinv(1 + 4 * left, 1 + 4 * (1 - left), quantile)
    return np.asarray(low + width * share, dtype=np.float64)


def remoteness(
    network: Network, depots: Mapping[str, str], params: RemotenessParams | None = None
) -> pd.DataFrame:
    """Return how remote each desa office and TPS site is from the warehouse of its kabupaten.

    Parameters
    ----------
    network
        The network; nodes of kind ``pps`` and ``tps_site`` are measured.
    depots
        Node of the warehouse by kabupaten code.
    params
        The quantile and how edges hang together.

    Returns
    -------
    DataFrame
        Index ``node_id`` in the order of the network: ``unit_code``, ``depot_id``,
        ``distance_km``, ``low_min``, ``usual_min``, ``high_min`` (from day to day), ``slow_min``
        (the quantile over days), ``p95_min`` (the quantile over days and over how far the roads
        are off), ``mode_changes``, ``sea_min`` (usual), ``assumed_share`` (of the usual time, on
        edges that are assumptions), ``rank`` (1 the most remote: by ``p95_min``, then mode changes,
        then code). Places that cannot be reached, or whose kabupaten has no warehouse, have missing
        values; see `unreachable`.

    Raises
    ------
    ParameterError
        When a warehouse is no node of the network.
    """
    chosen = params or RemotenessParams()
    nodes = network.nodes
    wanted = nodes[nodes["kind"].isin([OFFICE, SITE])]
    kabupaten = wanted["unit_code"].str.split(".").str[:2].str.join(".")
    depot = kabupaten.map(dict(depots))
    steps = _steps(network.edges, chosen)
    frames = [
        _from_depot(network, str(origin), rows.index.to_numpy(), steps, chosen)
        for origin, rows in wanted.groupby(depot)
    ]
    index = pd.Index(wanted["node_id"], name="node_id")
    measured = pd.concat(frames) if frames else pd.DataFrame(columns=list(_MEASURES))
    out = measured.reindex(index)
    out.insert(0, "unit_code", wanted["unit_code"].to_numpy())
    out.insert(1, "depot_id", depot.to_numpy())
    order = out.assign(node=index).sort_values(
        ["p95_min", "mode_changes", "node"], ascending=[False, False, True]
    )
    reached = order[order["p95_min"].notna()].index
    rank = pd.Series(np.arange(1, len(reached) + 1), index=reached)
    changes = out["mode_changes"].astype("Int64")
    return out.assign(mode_changes=changes, rank=rank.reindex(index).astype("Int64"))


_MEASURES = (
    "distance_km",
    "low_min",
    "usual_min",
    "slow_min",
    "p95_min",
    "high_min",
    "mode_changes",
    "sea_min",
    "assumed_share",
)


def _steps(edges: pd.DataFrame, params: RemotenessParams) -> Floats:
    """Return what each edge adds to the measures, (edges, 8): all but the changes of mode."""
    low, usual, high = (edges[f"{w}_min"].to_numpy() for w in ("low", "usual", "high"))
    is_boat = edges["mode"].eq(BOAT).to_numpy()
    slow = np.maximum(pert_quantile(low, usual, high, params.quantile), usual)
    late = np.where(is_boat, slow, np.maximum(_off(low, usual, high, params), usual))
    assumed = np.where(edges["assumption"].to_numpy(), usual, 0.0)
    at_sea = np.where(is_boat, usual, 0.0)
    km = edges["length_km"].to_numpy()
    return np.column_stack([km, low, usual, slow, late, high, at_sea, assumed])


def _from_depot(
    network: Network,
    origin: str,
    targets: npt.NDArray[np.int64],
    steps: Floats,
    params: RemotenessParams,
) -> pd.DataFrame:
    """Measure along the tree of shortest ways: each node adds its edge to its predecessor's."""
    reached, before = network.tree(origin)
    order = np.argsort(reached, kind="stable")
    order = order[np.isfinite(reached[order])]
    parent = before[order]
    order, parent = order[parent >= 0], parent[parent >= 0]
    rows = np.array(
        [network.best_edge[int(p), int(n)] for p, n in zip(parent, order, strict=True)],
        dtype=np.int64,
    )
    edges, steps = network.edges.iloc[rows], steps[rows]
    total = np.zeros((len(reached), steps.shape[1]))
    means = (edges["mode"] + "/" + edges["vessel_class"].fillna("")).to_numpy()
    changes = np.zeros(len(reached), dtype=np.int64)
    last: dict[int, str] = {}
    for i, (node, up) in enumerate(zip(order.tolist(), parent.tolist(), strict=True)):
        total[node] = total[up] + steps[i]
        changes[node] = changes[up] + (up in last and last[up] != means[i])
        last[node] = means[i]
    if params.dependence == "independent":
        times = [edges[f"{w}_min"].to_numpy() for w in ("low", "usual", "high")]
        is_boat = edges["mode"].eq(BOAT).to_numpy()
        total[:, [3, 4]] = _drawn(len(reached), order, parent, times, is_boat, params)
    out = pd.DataFrame(total[targets], index=network.ids[targets].rename("node_id"))
    out.columns = pd.Index([name for name in _MEASURES if name != "mode_changes"])
    share = out["assumed_share"] / out["usual_min"].where(out["usual_min"] > 0)
    out = out.assign(mode_changes=changes[targets].astype(float), assumed_share=share.fillna(0.0))
    out.loc[~np.isfinite(reached[targets])] = np.nan
    return out[list(_MEASURES)]


def _off(low: Floats, usual: Floats, high: Floats, params: RemotenessParams) -> Floats:
    """Return the quantile of PERT times that are all off by one lognormal factor, by edge (N,).

    The chance of the product is worked out over 200 slices of the day's distribution for every
    shape once: few edges differ in it.
    """
    from scipy.special import ndtr

    if params.road_error == 0:
        return pert_quantile(low, usual, high, params.quantile)
    scale = np.where(usual > 0, usual, 1.0)
    shapes = np.round(np.column_stack([low / scale, high / scale]), 6)
    distinct, which = np.unique(shapes, axis=0, return_inverse=True)
    slices = (np.arange(200) + 0.5) / 200
    factors = []
    for least, most in distinct:
        days = np.log(np.maximum(pert_quantile(least, 1.0, most, slices), 1e-9))
        below, above = days.min() - 10 * params.road_error, days.max() + 10 * params.road_error
        for _ in range(60):
            middle = (below + above) / 2
            chance = ndtr((middle - days) / params.road_error).mean()
            below, above = (middle, above) if chance < params.quantile else (below, middle)
        factors.append(np.exp((below + above) / 2))
    return np.asarray(usual * np.array(factors)[which.reshape(-1)], dtype=np.float64)


def _drawn(
    n: int,
    order: npt.NDArray[np.int64],
    parent: npt.NDArray[np.int64],
    times: Sequence[Floats],
    is_boat: npt.NDArray[np.bool_],
    params: RemotenessParams,
) -> Floats:
    """Return quantiles of drawn times (N, 2), over days and with how far the roads are off.

    Land is slow as one, and off as one; every crossing is on its own.
    """
    rng = np.random.default_rng(params.seed)
    on_land = rng.random(params.draws)
    off = np.exp(params.road_error * rng.standard_normal(params.draws))
    drawn, late = np.zeros((2, n, params.draws))
    low, usual, high = times
    shapes: dict[tuple[float, float], Floats] = {}
    for i, (node, up) in enumerate(zip(order, parent, strict=True)):
        if is_boat[i]:
            minutes = pert_quantile(low[i], usual[i], high[i], rng.random(params.draws))
            late[node] = late[up] + minutes
        else:
            # PERT scales with its usual time, and most edges on land share one spread.
            scale = usual[i] or 1.0
            spread = (round(low[i] / scale, 9), round(high[i] / scale, 9))
            if spread not in shapes:
                shapes[spread] = pert_quantile(spread[0], usual[i] / scale, spread[1], on_land)
            minutes = scale * shapes[spread]
            late[node] = late[up] + minutes * off
        drawn[node] = drawn[up] + minutes
    found = np.quantile([drawn, late], params.quantile, axis=2)
    return np.asarray(found.T, dtype=np.float64)


def unreachable(network: Network, depots: Mapping[str, str]) -> pd.DataFrame:
    """Return the desa and TPS sites that no way joins to the warehouse of their kabupaten.

    Returns
    -------
    DataFrame
        ``node_id``, ``unit_code``, ``depot_id`` (missing: the kabupaten has none), ``missing``
        (`NO_PIER`, `NO_LEG` or `NO_ROAD`) and ``piers``: what stands on the same part of the
        network, joined by ``|``. Empty when everything is reached.
    """
    nodes = network.nodes
    part = network.parts.to_numpy()
    wanted = nodes[nodes["kind"].isin([OFFICE, SITE])]
    kabupaten = wanted["unit_code"].str.split(".").str[:2].str.join(".")
    depot = kabupaten.map(dict(depots)).to_numpy(dtype=object)
    part_of = {one: part[network.position(one)] for one in {*depot} if isinstance(one, str)}
    piers = nodes[nodes["kind"].isin(["pier", "landing"])]
    rows = []
    for at, node, unit, origin in zip(
        wanted.index, wanted["node_id"], wanted["unit_code"], depot, strict=True
    ):
        if part_of.get(origin) == part[at]:
            continue
        here = piers.loc[part[piers.index] == part[at], "node_id"]
        alone = (part == part[at]).sum() == 1
        missing = NO_LEG if len(here) else NO_ROAD if alone else NO_PIER
        rows.append((node, unit, origin, missing, "|".join(here)))
    columns = ["node_id", "unit_code", "depot_id", "missing", "piers"]
    return pd.DataFrame(rows, columns=columns)


def isochrones(
    network: Network, origin: str, minutes: Sequence[float] = (30.0, 60.0, 120.0, 240.0)
) -> pd.DataFrame:
    """Return which desa lie within which usual time of a warehouse, pier or desa.

    Parameters
    ----------
    origin
        A node.
    minutes
        Upper ends of the bands, above 0 and rising.

    Returns
    -------
    DataFrame
        Index desa ``code``: ``usual_min`` (infinite where there is no way) and ``band``, the
        least of ``minutes`` that is not below it; missing beyond the last.

    Raises
    ------
    ParameterError
        For bands that do not rise, or an unknown node.
    """
    bands = np.array(minutes, dtype=np.float64)
    if not len(bands) or (np.diff(bands, prepend=0.0) <= 0).any():
        raise ParameterError("minutes", tuple(minutes), "rising values above 0")
    offices = network.nodes.loc[network.nodes["kind"].eq(OFFICE), "node_id"]
    usual = network.minutes_from([origin]).iloc[0].loc[offices].to_numpy(dtype=np.float64)
    place = np.searchsorted(bands, usual, side="left")
    band = np.where(place < len(bands), bands[np.minimum(place, len(bands) - 1)], np.nan)
    return pd.DataFrame(
        {"usual_min": usual, "band": band}, index=pd.Index(offices, dtype="str", name="code")
    )


def travel_time_matrix(network: Network) -> pd.DataFrame:
    """Return the usual minutes between all desa offices, fit for `travel_time_weights`.

    Returns
    -------
    DataFrame
        Symmetric, index and columns desa codes, zero diagonal; infinite where there is no way.
    """
    offices = network.nodes.loc[network.nodes["kind"].eq(OFFICE), "node_id"].to_list()
    matrix = network.minutes_from(offices)[offices]
    values = matrix.to_numpy()
    both = np.minimum(values, values.T)
    codes = pd.Index(offices, dtype="str", name="code")
    return pd.DataFrame(both, index=codes, columns=codes)
