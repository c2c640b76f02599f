"""Relative risk as a file, and as what a command says of it."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

from analytics.reports.selection import Selection
from data.export import export_frame
from services.dataset import Dataset
from services.hotspots.areas import areas
from services.hotspots.relative_risk import RelativeRiskView, RiskQuery, relative_risk_view
from services.hotspots.relative_risk_view import finding


def risk_between(
    data: Dataset,
    level: str,
    date_from: date | None,
    date_to: date,
    family: str,
    kind: str,
    by: str,
) -> RelativeRiskView:
    """Return relative risk over a window, with everything known at its end.

    Raises
    ------
    ParameterError
        For dates reversed, or an unknown level, family, kind or base.
    """
    chosen = Selection(
        as_of=date_to, date_from=date_from, date_to=date_to, families=(family,), kinds=(kind,)
    )
    return relative_risk_view(data, RiskQuery(chosen, level, by))


def write_risk(view: RelativeRiskView, data: Dataset, path: Path) -> int:
    """Write the units of a view with their polygons to a file; return the number of rows.

    Each row repeats method, window, family, kind, base and affairs.
    """
    query = view.query
    frame = areas(data, query.level).drawn(view.units)
    frame = frame.assign(
        method="risk",
        family=query.family,
        kind=query.kind,
        by=query.by,
        date_from=view.start,
        date_to=view.end,
        n_affairs=view.n_affairs,
    )
    export_frame(frame, path, "hotspots_risk")
    return len(frame)


def told_risk(view: RelativeRiskView, data: Dataset, lang: str) -> dict[str, Any]:
    """Return what a command says of a view: finding, window, n, base, and units told apart."""
    query = view.query
    apart = view.units[view.units["word"].ne("belum_dapat_dibedakan")]
    columns = ["name", "affairs", "expected", "median", "low", "high", "p_above", "word"]
    return {
        "method": "risk",
        "meaning": finding(view, data, lang),
        "family": query.family,
        "kind": query.kind,
        "by": query.by,
        "date_from": f"{view.start:%Y-%m-%d}",
        "date_to": f"{view.end:%Y-%m-%d}",
        "affairs": view.n_affairs,
        "unwatched": view.facts["unwatched"],
        "units": apart[columns].rename_axis("code").reset_index().to_dict("records"),
    }
