"""The maps of remoteness and of piers as files: the same colours and legend as on the screen."""

from __future__ import annotations

from datetime import date

import pandas as pd

from geo.maps.land import Legend
from services.dataset import Dataset
from services.map_picture import MapPicture, legend_of, source_words
from services.network.piers import UNKNOWN, bounds_of, place_layers, place_legend
from services.network.remoteness import RemoteView, remote_layers, remote_legend
from services.network.restricted import CLOSED
from services.texts import number, text

_FAR_MIN = 120


def remote_finding(view: RemoteView, lang: str) -> str:
    """Return the headline: how many places lie more than two hours away."""
    far = {
        name: number(int((view.rows[f"{name}_min"] > _FAR_MIN).sum()), lang)
        for name in ("slow", "p95")
    }
    total = number(len(view.rows), lang)
    return text("distribusi.headline", lang, n=far["slow"], p95=far["p95"], total=total)


def remote_sub(data: Dataset, view: RemoteView, lang: str) -> str:
    """Return what the travel times rest on, and how far off they are."""
    fit = view.networks.fit
    if fit.is_of_file:
        return text(
            "distribusi.own_roads",
            lang,
            name=data.road_file,
            time=number(100 * fit.mape_time, lang),
            n_time=fit.n_time,
            error=number(100 * fit.error_sd, lang),
        )
    return text(
        "distribusi.sub" if fit.is_of_file == view.networks.has_own_roads else "distribusi.sub_few",
        lang,
        name=data.road_file or "",
        error=number(100 * fit.error_sd, lang),
        distance=number(100 * fit.mape_distance, lang),
        n_distance=fit.n_distance,
        time=number(100 * fit.mape_time, lang),
        n_time=fit.n_time,
    )


def remote_map_legend(view: RemoteView, own: bool, lang: str) -> Legend:
    """Return the legend; ``own`` tells that each place is reached from its own warehouse."""
    dots = [
        ("#b8860b", text("distribusi.depots", lang)),
        ("#17242d", text("distribusi.piers", lang)),
        ("#0072b2", text("distribusi.legs", lang)),
    ]
    title = text("map.legend_time_own" if own else "map.legend_time_origin", lang)
    desa = text("level.desa", lang).lower()
    sub = text("map.legend_n", lang, n=number(len(view.minutes), lang), of=desa)
    return legend_of(title, remote_legend(view, lang), dots, sub, lang)


def remote_picture(
    data: Dataset, view: RemoteView, as_of: date, lang: str, own: bool = True
) -> MapPicture:
    """Return the map of travel times; ``own`` as for `remote_map_legend`."""
    return MapPicture(
        title=remote_finding(view, lang),
        sub=remote_sub(data, view, lang),
        layers=remote_layers(view, data, lang),
        legend=remote_map_legend(view, own, lang),
        notes=(text("distribusi.note", lang), source_words(as_of, lang)),
    )


def place_picture(
    data: Dataset,
    kabupaten: str,
    rows: pd.DataFrame,
    chosen: str,
    point: tuple[float, float] | None,
    as_of: date,
    lang: str,
) -> MapPicture:
    """Return the map of the piers, landings and warehouses of a kabupaten.

    Parameters
    ----------
    rows
        As of `services.network.piers.places`.
    chosen, point
        As for `services.network.piers.place_layers`.
    """
    placed = rows[rows["lon"].notna() & rows["lat"].notna()]
    return MapPicture(
        title=text(
            "places.finding",
            lang,
            name=data.place_names[kabupaten],
            n=number(len(rows), lang),
            shut=number(int(rows["status"].eq(CLOSED).sum()), lang),
            unknown=number(int(rows["status"].eq(UNKNOWN).sum()), lang),
        ),
        sub=text("places.placed", lang, n=number(len(placed), lang), of=number(len(rows), lang)),
        layers=place_layers(rows, chosen, point, lang),
        legend=place_legend(rows, chosen, point, lang),
        notes=(text("places.unknown_note", lang), source_words(as_of, lang)),
        bounds=bounds_of(data, kabupaten),
    )
