"""Hotspots on areas of your own: no store, no page, only a GeoDataFrame.

    PYTHONPATH=. python docs/examples/hotspots.py areas.geojson [out.geojson]

The file needs polygons with ``code``, ``cases`` (whole numbers) and ``voters`` (above 0).
"""

from __future__ import annotations

import sys

import geopandas as gpd
import pandas as pd

from analytics.hotspots.relative_risk import expected_affairs, relative_risk
from analytics.hotspots.weights import contiguity_weights


def hotspots(areas: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Return areas with ``rate`` (per 10,000 voters) and the columns of `relative_risk`."""
    areas = areas.to_crs("EPSG:4326")
    inside = areas.representative_point()
    points = pd.DataFrame(
        {"lon": inside.x.to_numpy(), "lat": inside.y.to_numpy()}, index=areas["code"]
    )
    table = areas.set_index("code")
    found = relative_risk(
        table["cases"],
        expected_affairs(table["cases"].sum(), table["voters"]),
        pd.Series("all", table.index),
        neighbours=contiguity_weights(areas, points),
    )
    rate = 10_000 * table["cases"] / table["voters"]
    return table.assign(rate=rate).join(found.drop(columns="affairs")).reset_index()


if __name__ == "__main__":
    result = hotspots(gpd.read_file(sys.argv[1]))
    high = result[result["word"] == "lebih_tinggi"].sort_values("p_above", ascending=False)
    print(f"{len(high)} of {len(result)} areas have a raised risk")
    print(high[["code", "cases", "expected", "median", "low", "high"]].to_string(index=False))
    if len(sys.argv) > 2:
        result.to_file(sys.argv[2])
