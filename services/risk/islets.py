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
from services.dataset import Dataset
from services.memo import memo
from services.network.islets import islet_sites, known_tps
from services.network.remoteness import remote_view
from services.texts import label, number, text


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
    another election does, stands with an unknown number. TPS whose number is published are not
    counted: they stand among the others, at the islet. An islet of which all are is no row.
    """
    found = remote_view(data)
    facts = islet_sites(data, election).join(_numbered(data, election))
    facts = facts[~facts["tps"].le(facts["numbered"]).fillna(False).astype(bool)]
    rest = facts.assign(tps=facts["tps"] - facts["numbered"])
    sites = found.rows.set_index("node_id").loc[lambda rows: rows.index.isin(rest.index)]
    at = found.networks.network.nodes.set_index("node_id")[["lon", "lat"]]
    if sites.empty or not data.tps["election"].eq(election).any():
        return Islets(pd.DataFrame(columns=[*_COLUMNS]).rename_axis("islet"), {})
    table = sites[[*_TIMES]].join(at).join(rest)[[*_COLUMNS[:-2]]].rename_axis("islet")
    table = table.astype({"mode_changes": "Int64"})
    parts = remoteness_parts(table, params.network)
    full = {name: parts.get(name, Part.unknown(len(table))) for name in LOGISTICS}
    by_sea = table["sea_min"].fillna(0.0).to_numpy() >= params.network.floor_sea_min
    nothing = np.zeros(len(table))
    index = index_columns(full, params.logistics, nothing, params.draws, table.index, by_sea)
    return Islets(table.join(index), parts)


def _numbered(data: Dataset, election: str) -> pd.Series:
    """Return how many TPS of each islet are known by number."""
    known = pd.Series(known_tps(data, election), dtype="str").value_counts()
    every = islet_sites(data, election).index
    return known.reindex(every, fill_value=0).astype("Int64").rename("numbered")


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


def islet_names(found: Islets, desa: pd.Series) -> pd.Series:
    """Return for each TPS the islets on which it may stand, joined by ``, ``; else empty.

    ``desa`` is where each TPS stands (`services.network.islets.tps_places`); its index is kept.
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
        Where each TPS stands (`services.network.islets.tps_places`), in that order.
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
