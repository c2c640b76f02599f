"""Islets of a plan in words: what its verdict, manifest and page say of them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import folium
import pandas as pd

from geo.maps.layers import escape, points
from services.dataset import Dataset
from services.network.build import network_of
from services.plan.islets import ASSUMED, Stand, places_of
from services.texts import label, number, text

Document = Mapping[str, Any]
_CHOSEN, _ISLET = "#cc79a7", "#0072b2"


def uncertain(about: Mapping[str, Any]) -> tuple[int, int]:
    """Return how many islet TPS are in a plan by assumption, and how many are in no plan.

    ``about`` is that of a document; one made before islets had a place of their own names those
    that it left out, of which each has one TPS at least.
    """
    rows = about.get("islets", [])
    assumed = sum(len(row["tps_ids"]) for row in rows if row["basis"] == ASSUMED)
    return assumed, sum(row["missing"] for row in rows) + len(about.get("islets_without_desa", []))


def caveats(about: Mapping[str, Any], lang: str) -> list[str]:
    """Return what islets take off a verdict, as clauses; ``about`` is as for `uncertain`."""
    assumed, missing = uncertain(about)
    found = {"except": missing, "assumed": assumed}
    return [text(f"plan_islet.{key}", lang, n=number(n, lang)) for key, n in found.items() if n]


def verdict_words(document: Document, lang: str) -> str:
    """Return the verdict on a plan in words, and what islets take off it."""
    if not (document.get("verdict") or {}).get("passed"):
        return text("plan.verdict_failed", lang)
    about = document.get("about") or {}
    missing = uncertain(about)[1]
    words = text("plan_islet.passed" if missing else "plan.verdict_passed", lang)
    first, *rest = caveats(about, lang) or [""]
    head = f"{words}{', ' if missing else '; '}{first}" if first else words
    return "; ".join([head, *rest])


def assumed_tps(document: Document) -> list[str]:
    """Return the TPS that a plan brings to an islet by assumption, sorted."""
    rows = (document.get("about") or {}).get("islets", [])
    return sorted(tps for row in rows if row["basis"] == ASSUMED for tps in row["tps_ids"])


def place_words(document: Document, lang: str) -> dict[str, str]:
    """Return for each TPS on an islet its name, and whether it is assumed to stand there."""
    assumed = set(assumed_tps(document))
    return {
        tps: text("plan_islet.assumed_at", lang, name=name) if tps in assumed else name
        for tps, name in places_of(document).items()
    }


def islet_notes(about: Mapping[str, Any], names: Mapping[str, str], lang: str) -> list[str]:
    """Return one sentence each on islets and legs of a plan, and what of them is assumed.

    ``about`` is that of a document, ``names`` has the places of the network by code.
    """
    words = []
    if left := about.get("islets_without_desa"):  # a plan from before islets had their place
        words.append(text("plan.islets", lang, list=", ".join(left)))
    for row in about.get("islets", []):
        key = "left" if row["missing"] else row["basis"]
        keys = [one.split("/")[1:] for one in row["tps_ids"]]
        tps = ", ".join(f"{names.get(desa, desa)} {tps}" for desa, tps in keys)
        values = {"name": row["name"], "tps": tps, "n": number(row["missing"], lang)}
        words.append(label("islet_note", key, lang, **values))
    legs = [
        text(
            "plan_islet.crossing",
            lang,
            start=names.get(row["from_code"], row["from_code"]),
            end=names.get(row["to_code"], row["to_code"]),
            usual=number(row["usual_min"], lang),
            low=number(row["low_min"], lang),
            high=number(row["high_min"], lang),
        )
        for row in about.get("crossings", [])
    ]
    if legs:
        words.append(text("plan_islet.crossings", lang, list="; ".join(legs)))
    return words


def stand_table(
    stands: Mapping[str, Stand], sites: pd.DataFrame, data: Dataset, lang: str
) -> pd.DataFrame:
    """Return ``stands`` (`islet_stands`) as a table for reading, the islets in order.

    ``sites`` are those of `services.plan.islets.sites_in`; a TPS at its desa office comes last.
    """
    office = text("plan_islet.office", lang)
    names = sites["name"].to_dict()
    rows = sorted(stands.values(), key=lambda one: (one.place not in names, one.place, one.tps_id))
    columns = {
        "place": [names.get(one.place, office) for one in rows],
        "tps": [_tps_name(one.tps_id, data) for one in rows],
        "basis": [label("basis", one.basis, lang) for one in rows],
        "note": [one.note for one in rows],
        "source": [one.source_url or None for one in rows],
    }
    return pd.DataFrame({label("islet_place", key, lang): v for key, v in columns.items()})


def _tps_name(tps_id: str, data: Dataset) -> str:
    _, desa, tps = tps_id.split("/")
    return f"{data.names[desa]} {tps}"


def islet_layer(data: Dataset, sites: pd.DataFrame, chosen: str | None) -> folium.GeoJson:
    """Return ``sites`` (`services.plan.islets.sites_in`) as points, one of them chosen."""
    at = network_of(data).network.nodes.set_index("node_id")[["lon", "lat"]]
    known = sites.join(at).reset_index(names="key")
    tips = [
        f"<b>{escape(row['name'])}</b><br>{escape(data.place_names[row['unit_code']])}"
        for row in known.to_dict("records")
    ]
    colour = known["key"].eq(chosen or "").map({True: _CHOSEN, False: _ISLET})
    return points(known, colour, pd.Series(tips, index=known.index), radius=9.0)
