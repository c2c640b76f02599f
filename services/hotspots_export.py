"""Statistics as a file: what ``cli.py hotspots`` writes."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import geopandas as gpd

from analytics.selection import Selection
from data.export import export_frame
from data.store import Store
from services.analysis import analyse
from services.analysis_query import AnalysisQuery, AnalysisView
from services.dataset import load_dataset


def hotspots_view(
    store: Store,
    method: str,
    level: str,
    date_from: date | None,
    date_to: date,
    family: str = "konflik",
    **parameters: object,
) -> AnalysisView:
    """Return a statistic over a window, with everything known at its end.

    Parameters
    ----------
    store
        The store.
    method, level, family, **parameters
        As for `services.analysis.AnalysisQuery`.
    date_from, date_to
        First and last day; without a first day, everything known.

    Raises
    ------
    ParameterError
        For dates reversed, no report in the window, or a parameter out of range.
    """
    chosen = Selection(as_of=date_to, date_from=date_from, date_to=date_to, families=(family,))
    query = AnalysisQuery(chosen, method, level, **parameters)  # type: ignore[arg-type]
    return analyse(load_dataset(store), query)


def write_view(view: AnalysisView, path: Path) -> int:
    """Write the areas of a view (the cells of a density) to a file; return the number of rows.

    Each row repeats method, window, affairs, seed and, where nothing was inferred, the reason.
    """
    if view.cells is not None:
        frame = view.cells[["density_per_km2", "bandwidth_km", "geometry"]]
    else:
        shapes = view.areas.shapes.set_index("code").geometry
        points = view.areas.geoseries
        drawn = shapes.reindex(view.units.index)
        geometry = drawn.where(drawn.notna(), points)
        frame = gpd.GeoDataFrame(
            view.units.rename_axis("code").reset_index(), geometry=geometry.array, crs=shapes.crs
        )
    query = view.query
    frame = frame.assign(
        method=query.method,
        family=query.family,
        date_from=view.start,
        date_to=view.end,
        n_affairs=view.n_affairs,
        seed=query.seed,
        reason=view.reason,
    )
    export_frame(frame, path, f"hotspots_{query.method}")
    return len(frame)
