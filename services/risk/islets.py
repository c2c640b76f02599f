"""Islets of mainland desa: rated at their own landing, since nobody publishes their TPS numbers."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd

from analytics.risk.components import remoteness_parts
from analytics.risk.index import Part, index_columns
from analytics.risk.params import LOGISTICS, RiskParams
from data.network.tables import load_network_tables
from services.dataset import Dataset
from services.memo import memo
from services.network.remoteness import remote_view
from services.texts import label, number, text

_SITE, _LANDING = "S-", "L-"
_KINDS = ("keterpencilan", "moda")


@dataclass(frozen=True, eq=False)
class Islets:
    """Islets that vote and whose TPS numbers are not known.

    Attributes
    ----------
    rows
        Index ``islet`` (node of the network): ``name``, ``unit_code`` (the finest unit that is
        known to hold it), ``tps`` (published number of its TPS; missing where none is, or where
        it is that of the whole desa), ``stated`` (as published), ``lon``, ``lat``, ``low_min``,
        ``usual_min``, ``p95_min``, ``high_min``, ``sea_min``, ``mode_changes`` and the logistic
        columns of `analytics.risk.index.index_columns`. The most remote first.
    parts
        Remoteness and changes of mode by name, in the order of ``rows``.
    """

    rows: pd.DataFrame = field(repr=False)
    parts: dict[str, Part] = field(repr=False)


@memo(6)
def islets_of(data: Dataset, election: str, params: RiskParams) -> Islets:
    """Return the islets that vote in an election with a register of TPS; else none.

    The published count is that of the election; an islet that it does not name, but a count of
    another election does, stands with an unknown number.
    """
    found = remote_view(data)
    sites = found.rows[found.rows["node_id"].str.startswith(_SITE)]
    landings = _LANDING + sites["node_id"].str.removeprefix(_SITE)
    counts = load_network_tables(data.units)["island_tps"]
    nodes = found.networks.network.nodes.set_index("node_id")
    register = data.tps.loc[data.tps["election"].eq(election), "desa_code"].value_counts()
    rows = []
    for (_, site), landing in zip(sites.iterrows(), landings, strict=True):
        named = counts[counts["nodes"].eq(landing)]
        unit = _finest(str(site["unit_code"]), named["unit_code"])
        stated = named.loc[named["election"].eq(election), "tps_count"].dropna()
        number_of = int(stated.iloc[-1]) if len(stated) else None
        whole = number_of is not None and number_of >= register.get(unit, np.inf)
        rows.append(
            {
                "islet": site["node_id"],
                "name": _name(named["place_text"], str(site["name"])),
                "unit_code": unit,
                "tps": None if whole else number_of,
                "stated": number_of,
                "lon": nodes["lon"][site["node_id"]],
                "lat": nodes["lat"][site["node_id"]],
                **{name: site[name] for name in _TIMES},
            }
        )
    if not rows or register.empty:
        return Islets(pd.DataFrame(columns=[*_COLUMNS]).rename_axis("islet"), {})
    table = pd.DataFrame(rows).set_index("islet")
    table = table.astype({"tps": "Int64", "stated": "Int64", "mode_changes": "Int64"})
    parts = remoteness_parts(table, params.network)
    full = {name: parts.get(name, Part.unknown(len(table))) for name in LOGISTICS}
    by_sea = table["sea_min"].fillna(0.0).to_numpy() >= params.network.floor_sea_min
    nothing = np.zeros(len(table))
    index = index_columns(full, params.logistics, nothing, params.draws, table.index, by_sea)
    return Islets(table.join(index), parts)


_TIMES = ("low_min", "usual_min", "p95_min", "high_min", "sea_min", "mode_changes")
_COLUMNS = (
    "name",
    "unit_code",
    "tps",
    "stated",
    "lon",
    "lat",
    *_TIMES,
    "indeks_logistik",
    "tier_logistik",
)


def _name(named: pd.Series, landing: str) -> str:
    """Return the name that the counts give an islet, without what they add; else its landing's."""
    return str(named.iloc[0]).partition(" (")[0] if len(named) else landing


def _finest(unit: str, named: pd.Series) -> str:
    """Return the unit of a landing, or a finer one inside it that the counts name."""
    inside = [code for code in named.astype(str) if code.startswith(f"{unit}.")]
    return max(inside, key=len, default=unit)


def islet_names(found: Islets, desa: pd.Series) -> pd.Series:
    """Return for each TPS the islets on which it may stand, joined by ``, ``; else empty.

    ``desa`` is the code of the desa of each TPS; its index is kept.
    """
    words = pd.Series("", index=desa.index, dtype="str")
    for row in found.rows.to_dict("records"):
        here = _inside(desa, str(row["unit_code"]))
        words = words.mask(here, words.where(words.eq(""), words + ", ") + str(row["name"]))
    return words


def _inside(desa: pd.Series, unit: str) -> pd.Series:
    return desa.eq(unit) | desa.str.startswith(f"{unit}.")


def with_islets(parts: dict[str, Part], found: Islets, desa: pd.Series) -> dict[str, Part]:
    """Return logistic components whose high end holds that a TPS may stand on an islet.

    Parameters
    ----------
    parts
        Components of the logistic index by name, arrays of TPS.
    found
        The islets.
    desa
        Code of the desa of each TPS, in that order.
    """
    raised = dict(parts)
    for name in found.parts:
        old, most = parts[name], parts[name].high
        for n, unit in enumerate(found.rows["unit_code"]):
            here = _inside(desa, str(unit)).to_numpy(dtype=bool)
            most = np.where(here, np.maximum(most, found.parts[name].bad[n]), most)
        raised[name] = Part(old.bad, old.known, old.low, most)
    return raised


def islets_in(found: Islets, area: str | None) -> pd.DataFrame:
    """Return the rows of the islets that lie in the unit of a code, as of `Islets`; None: all."""
    rows = found.rows
    return rows if area is None else rows[_inside(rows["unit_code"].astype(str), area)]


def islet_table(found: Islets, data: Dataset, area: str | None, lang: str) -> pd.DataFrame:
    """Return the islets of an area with words for the columns, the most remote first."""
    rows = islets_in(found, area)
    columns = {
        "islet": rows["name"],
        "tier": [label("risk_tier", tier, lang) for tier in rows["tier_logistik"]],
        "tps": [tps_words(row, lang) for row in rows.to_dict("records")],
        "p95": rows["p95_min"].round(),
        "span": [
            text(
                "islet.span",
                lang,
                low=number(row["low_min"], lang),
                usual=number(row["usual_min"], lang),
                high=number(row["high_min"], lang),
            )
            for row in rows.to_dict("records")
        ],
        "sea": rows["sea_min"].round(),
        "place": rows["unit_code"].map(data.place_names),
        "index": rows["indeks_logistik"].round(3),
    }
    return pd.DataFrame(
        {label("islet_column", key, lang): pd.Series(v).array for key, v in columns.items()}
    )


def tps_words(row: Mapping[Hashable, Any], lang: str) -> str:
    """Return how many TPS an islet has, or why that is not known.

    ``row`` is one of `Islets.rows`; of it `tps` and `stated` are read.
    """
    if pd.notna(row["tps"]):
        return number(row["tps"], lang)
    if pd.notna(row["stated"]):
        return text("islet.whole_desa", lang, n=number(row["stated"], lang))
    return text("islet.no_count", lang)


def islet_line(found: Islets, lang: str) -> str | None:
    """Return in a sentence which islets are high and how many TPS they have; None without any."""
    rows = found.rows
    if rows.empty:
        return None
    high = rows[rows["tier_logistik"].eq("tinggi")]
    return text(
        "islet.line",
        lang,
        n=number(len(rows), lang),
        high=number(len(high), lang),
        names=", ".join(high["name"]) or "–",
        tps=number(int(rows["tps"].sum()), lang),
    )
