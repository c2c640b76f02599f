"""The maps of Kerawanan as files: the same finding, colours and legend as on the screen."""

from __future__ import annotations

from collections.abc import Sequence

from geo.maps.land import Legend
from geo.maps.still import Layer
from services.dataset import Dataset
from services.hotspots.map import period_words
from services.hotspots.relative_risk_view import meaning, n_dots
from services.map_picture import MapPicture, legend_of, source_words
from services.maps import FAMILY
from services.risk.coverage import Coverage, border_words, coverage_layer
from services.risk.coverage import finding as coverage_finding
from services.risk.coverage import legend as coverage_classes
from services.risk.files import ACCESS
from services.risk.index import RiskView
from services.risk.map import risk_layers, risk_legend
from services.risk.picture.lines import Picture
from services.risk.picture.words import finding as picture_finding
from services.risk.picture.words import legend as picture_classes
from services.risk.picture.words import risk_layers as picture_layers
from services.risk.picture.words import sub_line as picture_sub
from services.risk.ranking import Ranked, finding, known_words, sub_line
from services.texts import day, label, number, text


def tps_legend(found: Ranked, colour: str, lang: str) -> Legend:
    """Return the legend of the map of TPS, or of kabupaten where there is no register."""
    level = "TPS" if found.view.level == "tps" else text("level.kabupaten", lang).lower()
    sub = text("map.legend_n", lang, n=number(len(found.rows), lang), of=level)
    title = label("statement", found.query.statement, lang)
    return legend_of(title, risk_legend(found, colour, lang), [], sub, lang)


def tps_picture(
    found: Ranked, colour: str, lang: str, layers: Sequence[Layer] | None = None, opened: str = ""
) -> MapPicture:
    """Return the map of TPS.

    Parameters
    ----------
    colour
        As for `services.risk.map.risk_layers`.
    layers
        As they lie on the screen; None: all of it.
    opened
        Why this election is shown, where the reader chose none.
    """
    view = found.view
    told = [text(view.note, lang)] if view.note else []
    if view.level == "tps":
        told.append(text("kerawanan.stacked", lang, n=number(len(found.rows), lang)))
    told += [label("statement_note", found.query.statement, lang), known_words(found, lang)]
    return MapPicture(
        title=finding(found, lang),
        sub=" · ".join([*_simulated(view, lang), ACCESS, sub_line(found, lang, opened)]),
        layers=risk_layers(found, colour, lang) if layers is None else layers,
        legend=tps_legend(found, colour, lang),
        notes=(*told, source_words(view.as_of, lang)),
    )


def _simulated(view: RiskView, lang: str) -> list[str]:
    return [text("risk.simulation", lang)] if view.simulation else []


def overview_legend(data: Dataset, found: Picture, lang: str) -> Legend:
    """Return the legend of the map of Gambaran."""
    family = found.query.family
    dots = [(FAMILY[family], text("relative_risk.dots", lang))] if n_dots(found.view, data) else []
    title = text(
        "map.legend_risk",
        lang,
        family=label("family", family, lang),
        level=label("level", found.map_level, lang).lower(),
    )
    sub = period_words(found.view.query.selection, found.view.n_affairs, lang)
    return legend_of(title, picture_classes(found, lang), dots, sub, lang)


def overview_picture(data: Dataset, found: Picture, lang: str) -> MapPicture:
    """Return the map of Gambaran, for all of the province or for a place in it."""
    return MapPicture(
        title=picture_finding(found, lang),
        sub=f"{ACCESS} · {picture_sub(found, lang)}",
        layers=picture_layers(found, lang),
        legend=overview_legend(data, found, lang),
        notes=(meaning(found.view, lang), source_words(found.query.as_of, lang)),
    )


def coverage_legend(found: Coverage, lang: str) -> Legend:
    """Return the legend of the map of what is known of the indicators."""
    title = text("map.legend_coverage", lang, level=label("level", found.level, lang).lower())
    return legend_of(title, coverage_classes(found, lang), [], "", lang)


def coverage_picture(
    data: Dataset, found: Coverage, lang: str, opened: str | None = None
) -> MapPicture:
    """Return the map of what is known of the indicators; ``opened`` is the code of an area."""
    view = found.view
    told = [label("election", view.election, lang), day(view.as_of, lang)]
    return MapPicture(
        title=coverage_finding(found, lang),
        sub=" · ".join([*_simulated(view, lang), *told]),
        layers=[coverage_layer(found, data, lang, opened)],
        legend=coverage_legend(found, lang),
        notes=(border_words(found, lang), source_words(view.as_of, lang)),
    )
