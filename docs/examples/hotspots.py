"""Hotspots on areas of your own: no store, no page, only a GeoDataFrame.

    PYTHONPATH=. python docs/examples/hotspots.py areas.geojson [out.geojson]

The file needs polygons with ``code``, ``cases`` (whole numbers) and ``voters`` (above 0).
"""

from __future__ import annotations

import sys

import geopandas as gpd
import pandas as pd

from analytics.hotspots.lattice import LatticeParams, hotspots_lattice
from analytics.hotspots.rates import eb_rates
from analytics.hotspots.weights import contiguity_weights


def hotspots(areas: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Return areas with ``rate``, ``eb_local`` (per 10,000 voters), ``p_adjusted``, ``class``."""
    areas = areas.to_crs("EPSG:4326")
    inside = areas.representative_point()
    points = pd.DataFrame(
        {"lon": inside.x.to_numpy(), "lat": inside.y.to_numpy()}, index=areas["code"]
    )
    weights = contiguity_weights(areas, points)
    table = areas.set_index("code")
    rates = eb_rates(table["cases"], table["voters"], weights)
    found = hotspots_lattice(
        rates["eb_local"], weights, "gistar", LatticeParams(confidence=95), affairs=table["cases"]
    )
    return table.assign(
        rate=rates["rate"],
        eb_local=rates["eb_local"],
        p_adjusted=found["p_adjusted"],
        **{"class": found["hotspot_class"], "reason": found["reason"]},
    ).reset_index()


if __name__ == "__main__":
    result = hotspots(gpd.read_file(sys.argv[1]))
    if reason := result["reason"].iloc[0]:
        print(f"nothing inferred: {reason}")
    hot = result[result["class"] == "panas"].sort_values("p_adjusted")
    print(f"{len(hot)} of {len(result)} areas are hot at 95 percent")
    print(hot[["code", "cases", "rate", "eb_local", "p_adjusted"]].to_string(index=False))
    if len(sys.argv) > 2:
        result.to_file(sys.argv[2])
