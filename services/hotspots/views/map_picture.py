"""The maps of the Hotspot page as files: the same finding, colours and legend as on the screen."""

from __future__ import annotations

from collections.abc import Sequence

from geo.maps.land import Legend
from geo.maps.still import Layer
from services.dataset import Dataset
from services.hotspots.analysis import AnalysisView
from services.hotspots.analysis_view import meaning as meaning_of_analysis
from services.hotspots.counts import HotspotQuery, HotspotView
from services.hotspots.headline import counts_finding, family_words, placed_words, window_words
from services.hotspots.map import hotspot_layers, hotspot_legend, period_words
from services.hotspots.relative_risk import RelativeRiskView
from services.hotspots.relative_risk_view import (
    estimated_legend,
    finding,
    meaning,
    n_dots,
    risk_layers,
    risk_legend,
    sub,
)
from services.map_picture import MapPicture, legend_of, source_words
from services.maps import FAMILY, MIXED
from services.texts import label, text


def families_dots(view: HotspotView, query: HotspotQuery, lang: str) -> list[tuple[str, str]]:
    """Return colour and words of the dots on a map of counts."""
    families = query.selection.families or ()
    dots = [(FAMILY[family], label("family", family, lang)) for family in families]
    if view.points["family"].eq("campuran").any():
        dots.append((MIXED, label("family", "campuran", lang)))
    return dots


def counts_picture(
    data: Dataset,
    view: HotspotView,
    query: HotspotQuery,
    lang: str,
    layers: Sequence[Layer] | None = None,
    legend: Legend | None = None,
) -> MapPicture:
    """Return the map of counts or rates.

    Parameters
    ----------
    layers, legend
        As they lie on the screen; None: the units, the dots and their legend.
    """
    if layers is None:
        layers = hotspot_layers(view, data, query, lang)
    if legend is None:
        legend = hotspot_legend(view, query, lang, families_dots(view, query, lang))
    chosen = query.selection
    window = window_words(chosen.date_from, chosen.date_to or chosen.as_of, lang)
    return MapPicture(
        title=counts_finding(view, query, data, lang),
        sub=f"{window} · {family_words(view, query.family, lang)}",
        layers=layers,
        legend=legend,
        notes=(placed_words(view, query.level, lang), source_words(chosen.as_of, lang)),
    )


def risk_map_legend(data: Dataset, view: RelativeRiskView, lang: str) -> Legend:
    """Return the legend of a map of relative risk."""
    query = view.query
    dots = [(FAMILY[query.family], text("relative_risk.dots", lang))] if n_dots(view, data) else []
    title = text(
        "map.legend_risk",
        lang,
        family=label("family", query.family, lang),
        level=label("level", query.level, lang).lower(),
    )
    rows = [*risk_legend(view, lang), *estimated_legend(view, lang)]
    return legend_of(title, rows, dots, period_words(query.selection, view.n_affairs, lang), lang)


def risk_picture(
    data: Dataset, view: RelativeRiskView, lang: str, layers: Sequence[Layer] | None = None
) -> MapPicture:
    """Return the map of relative risk; ``layers`` as they lie on the screen, None: all of it."""
    return MapPicture(
        title=finding(view, data, lang),
        sub=sub(view, lang),
        layers=risk_layers(view, data, lang) if layers is None else layers,
        legend=risk_map_legend(data, view, lang),
        notes=(meaning(view, lang), source_words(view.query.selection.as_of, lang)),
    )


def analysis_picture(
    view: AnalysisView, lang: str, layers: Sequence[Layer], legend: Legend
) -> MapPicture:
    """Return the map of a statistic, with ``layers`` and ``legend`` as they lie on the screen."""
    query = view.query
    note = label("method_note", query.method, lang)
    notes = () if view.reason else (note,)
    return MapPicture(
        title=meaning_of_analysis(view, view.units["class"], lang),
        sub=legend.sub,
        layers=layers,
        legend=legend,
        notes=(*notes, source_words(query.selection.as_of, lang)),
    )
