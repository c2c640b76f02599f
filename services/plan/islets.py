"""TPS of islets in a plan: which stand where, on what that rests, and what of it is assumed."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from itertools import product
from typing import Any, NamedTuple

import pandas as pd

from data.plan.settings import PlanSettings
from geo.errors import ParameterError
from geo.network.graph import BOAT
from services.dataset import Dataset
from services.memo import memo
from services.network.build import network_of
from services.network.islets import islet_sites, known_tps
from services.plan.ways import Reach
from services.texts import number, text

Document = Mapping[str, Any]
FACT, ASSUMED = "fakta", "asumsi"
_LANG = "id"


class Stand(NamedTuple):
    """Where a TPS stands, and on what that rests: `FACT`, the planner's setting, or `ASSUMED`."""

    tps_id: str
    place: str
    basis: str
    note: str
    source_url: str


def sites_in(data: Dataset, kabupaten: str, election: str) -> pd.DataFrame:
    """Return the islets of a kabupaten, as `services.network.islets.islet_sites` does."""
    sites = islet_sites(data, election)
    return sites[sites["unit_code"].str.startswith(f"{kabupaten}.")]


def islet_stands(data: Dataset, settings: PlanSettings) -> dict[str, Stand]:
    """Return where the TPS stand of which anything is known or assumed, by ``tps_id``.

    What the planner sets goes before a published number, and both before the rule: an islet that
    lacks some of its published TPS (one where no number of its own is published) takes them from
    the desa of its unit, the nearest by usual minutes first, the last numbers of it first.

    Raises
    ------
    ParameterError
        For a setting of a TPS that is none, or of a place that is neither an islet of the
        kabupaten nor the TPS's own desa; it names the islets.
    """
    election, inside = settings.election, f"{settings.kabupaten}."
    sites = sites_in(data, settings.kabupaten, election)
    site_of = sites.to_dict("index")
    stands = {
        tps: Stand(tps, place, FACT, site_of[place]["note"], site_of[place]["source_url"])
        for tps, place in known_tps(data, election).items()
        if place in site_of
    }
    register = data.tps[data.tps["election"].eq(election)]
    register = register[register["desa_code"].str.startswith(inside)]
    stands |= _set(settings, sites, set(register["tps_id"]))
    if settings.assume_islets:
        free = register[~register["tps_id"].isin(stands) & ~register["lokasi_khusus"].astype(bool)]
        for islet, lacking in _lacking(sites, stands).items():
            near = _nearest(free, site_of[islet]["unit_code"], _minutes(data, islet))
            for tps in near["tps_id"].head(lacking):
                stands[tps] = Stand(tps, islet, ASSUMED, *_why(site_of[islet]))
            free = free[~free["tps_id"].isin(stands)]
    return stands


def stop_codes(tps: pd.DataFrame, stands: Mapping[str, Stand]) -> pd.Series:
    """Return the stop of each of ``tps`` (``tps_id``, ``desa_code``): its islet, else its desa."""
    known = {one: stand.place for one, stand in stands.items()}
    places: pd.Series = tps["tps_id"].map(known).astype("str").fillna(tps["desa_code"])
    return places


def _set(settings: PlanSettings, sites: pd.DataFrame, register: set[str]) -> dict[str, Stand]:
    """Return what the settings say, checked against the register and the islets."""
    out = {}
    for row in settings.places:
        if row.tps_id not in register:
            expected = f"a TPS of {settings.election} in {settings.kabupaten}"
            raise ParameterError("places tps_id", row.tps_id, expected)
        desa = row.tps_id.split("/")[1]
        if row.place != desa and row.place not in sites.index:
            names = [f"{islet} ({name})" for islet, name in sites["name"].items()]
            expected = ", ".join([*names, f"{desa} (kantor desanya)"])
            raise ParameterError(f"places {row.tps_id}", row.place, expected)
        basis = ASSUMED if row.basis == "anggapan" else row.basis
        out[row.tps_id] = Stand(row.tps_id, row.place, basis, row.note, row.source_url)
    return out


def _lacking(sites: pd.DataFrame, stands: Mapping[str, Stand]) -> dict[str, int]:
    """Return how many TPS each islet lacks: one has at least one, as it is named by a source."""
    have = pd.Series([one.place for one in stands.values()], dtype="str").value_counts()
    wanted = sites["tps"].fillna(1).astype("int64")
    return {str(islet): max(int(n) - int(have.get(islet, 0)), 0) for islet, n in wanted.items()}


@memo(16)
def _minutes(data: Dataset, islet: str) -> pd.Series:
    minutes: pd.Series = network_of(data).network.minutes_from([islet]).T[islet]
    return minutes


def _nearest(free: pd.DataFrame, unit: str, minutes: pd.Series) -> pd.DataFrame:
    """Return the TPS of a unit, the desa nearest to the islet first, and of it the last number."""
    inside = free["desa_code"].eq(unit) | free["desa_code"].str.startswith(f"{unit}.")
    own = free[inside]
    away = own["desa_code"].map(minutes).round(6)
    return own.assign(away=away).sort_values(
        ["away", "desa_code", "number"], ascending=[True, True, False]
    )


def _why(site: Mapping[Hashable, Any]) -> tuple[str, str]:
    """Return note and page of an assumed stand."""
    key = "counted" if pd.notna(site["tps"]) else "whole" if pd.notna(site["stated"]) else "named"
    words = text(f"plan_islet.why_{key}", _LANG, n=number(site["stated"], _LANG))
    return (f"{words}. {site['note']}" if site["note"] else words), str(site["source_url"])


def islet_rows(
    data: Dataset, settings: PlanSettings, stands: Mapping[str, Stand], planned: pd.Series
) -> list[dict[str, Any]]:
    """Return the islets of a plan as its document has them under ``about.islets``.

    Parameters
    ----------
    stands
        As `islet_stands` returns them.
    planned
        ``tps_id`` of the TPS in the plan.

    Returns
    -------
    list of dict
        ``place``, ``name``, ``tps_ids``, ``basis``, ``note``, ``source_url``; ``missing``: how
        many of its TPS are in no plan, since nothing says or is assumed which these are.
    """
    sites = sites_in(data, settings.kabupaten, settings.election)
    lacking, known = _lacking(sites, stands), set(planned)
    rows = []
    for islet, site in sites.to_dict("index").items():
        by_ground: dict[tuple[str, str, str], list[str]] = {}
        for one in sorted(stands.values()):
            if one.place == islet and one.tps_id in known:
                by_ground.setdefault(one[2:], []).append(one.tps_id)
        if lacking[str(islet)] and _asked(str(site["unit_code"]), settings.include):
            by_ground[ASSUMED, *_why(site)] = []
        rows += [
            {
                "place": islet,
                "name": site["name"],
                "tps_ids": ids,
                "basis": basis,
                "note": note,
                "source_url": url,
                "missing": 0 if ids else lacking[str(islet)],
            }
            for (basis, note, url), ids in by_ground.items()
        ]
    return rows


def _asked(unit: str, include: tuple[str, ...]) -> bool:
    """Return whether a part that is planned reaches into a unit."""
    pairs = [(f"{unit}.", f"{code}.") for code in include]
    return not include or any(a.startswith(b) or b.startswith(a) for a, b in pairs)


def served_places(served: Mapping[str, list[str]], tps: pd.DataFrame) -> dict[str, list[str]]:
    """Return the places that each warehouse serves: an islet from where its first TPS's desa is.

    Parameters
    ----------
    served
        Desa by warehouse.
    tps
        ``tps_id``, ``desa_code``, ``place_code``.
    """
    of = {desa: depot for depot, some in served.items() for desa in some}
    first = tps.sort_values("tps_id").drop_duplicates("place_code").sort_values("place_code")
    out: dict[str, list[str]] = {}
    for place, desa in zip(first["place_code"], first["desa_code"], strict=True):
        out.setdefault(of[desa], []).append(str(place))
    return out


def crossings_of(some: Reach, ways: pd.DataFrame) -> list[dict[str, Any]]:
    """Return the legs by boat of a plan that no source gives, as ``about.crossings``.

    Parameters
    ----------
    some
        What the vehicles of the plan go on.
    ways
        ``pier`` and ``landing`` of each stop, empty for those on land, and ``is_cut_off``.

    Returns
    -------
    list of dict
        ``from_code``, ``to_code``, ``length_km``, ``low_min``, ``usual_min``, ``high_min``,
        ``why`` (`geo.network.sea_legs`: ends, time, joined by ``|``), each leg once.
    """
    afloat = ways[ways["pier"].ne("") & ~ways["is_cut_off"]]
    found: dict[tuple[str, str], dict[str, Any]] = {}
    for cls, (pier, own) in product(some.boats, afloat.groupby("pier", sort=True)):
        network = some.sea(cls, str(pier), own["landing"].tolist())
        for landing in sorted(set(own["landing"])):
            edges = network.way(str(pier), landing).edges
            for row in edges[edges["mode"].eq(BOAT) & edges["assumption"]].to_dict("records"):
                key = (str(row["from_node"]), str(row["to_node"]))
                times = ("length_km", "low_min", "usual_min", "high_min")
                found[key] = {"from_code": key[0], "to_code": key[1], "why": row["why"]}
                found[key] |= {name: round(float(row[name]), 1) for name in times}
    return list(found.values())


def kecamatan_of(document: Document) -> dict[str, str]:
    """Return the kecamatan of each stop: of an islet that of its TPS."""
    found = {row["place_code"]: str(row["place_code"]) for row in document["inputs"]["stops"]}
    for row in document["inputs"]["tps"]:
        desa = str(row["tps_id"]).split("/")[1:2]
        if desa and "." in desa[0] and "." not in found.get(row["place_code"], "."):
            found[row["place_code"]] = desa[0]
    return {place: desa.rpartition(".")[0] for place, desa in found.items()}


def places_of(document: Document) -> dict[str, str]:
    """Return the islet of each TPS of a plan that stands on one, in words, by ``tps_id``."""
    return {
        tps: str(row["name"])
        for row in (document.get("about") or {}).get("islets", [])
        for tps in row["tps_ids"]
    }
