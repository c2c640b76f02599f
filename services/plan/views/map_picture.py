"""The maps of a plan, and of what must go where before it, as files."""

from __future__ import annotations

from datetime import date
from typing import Any

from data.province import province
from services.dataset import Dataset
from services.map_picture import MapPicture, legend_of, source_words
from services.network.piers import bounds_of
from services.network.remoteness import remote_legend, remote_view
from services.plan.views.map import ARRIVED, AWAITED, Scene, map_layers
from services.plan.views.needs import Needs, needs_layers, needs_legend, needs_words, refused_words
from services.plan.views.verdict import verdict_sentence
from services.plan.views.view import MODE_COLOUR
from services.texts import label, number, text

Classes = list[tuple[str | None, str, int | None]]


def scene_words(shown: Scene, document: dict[str, Any], lang: str) -> str:
    """Return what the map of a plan shows: all trips, or what moves and has arrived by its hour."""
    if shown.at is None:
        n, places = number(len(document["trips"]), lang), number(len(shown.places), lang)
        return text("plan.map", lang, trips=n, places=places)
    return text(
        "plan.map_hour",
        lang,
        hour=shown.at.strftime("%d/%m %H:%M"),
        moving=number(int(shown.vehicles["state"].eq("under_way").sum()), lang),
        arrived=number(shown.tps_arrived, lang),
        tps=number(len(document["inputs"]["tps"]), lang),
    )


def scene_legend(
    data: Dataset, kabupaten: str, shaded: bool, lang: str
) -> tuple[Classes, list[tuple[str, str]]]:
    """Return the classes of remoteness, none unless ``shaded``, and colour and words of the marks.

    A class is its colour, its words and how many desa are in it.
    """
    dots = [(MODE_COLOUR[mode], label("plan_mode", mode, lang)) for mode in MODE_COLOUR]
    dots += [(ARRIVED, text("plan.arrived", lang)), (AWAITED, text("plan.awaited", lang))]
    dots += [
        ("#b8860b", text("distribusi.depots", lang)),
        ("#17242d", text("distribusi.piers", lang)),
    ]
    classes = remote_legend(remote_view(data, kabupaten), lang) if shaded else []
    return [*classes], dots


def plan_picture(
    data: Dataset,
    document: dict[str, Any],
    shown: Scene,
    about: tuple[str, str],
    as_of: date,
    lang: str,
    shaded: bool = False,
) -> MapPicture:
    """Return the map of a plan, its verdict as title.

    Parameters
    ----------
    about
        Code of the kabupaten, and name of the plan.
    shaded
        Whether the remoteness of each desa lies under it.
    """
    kabupaten, name = about
    classes, dots = scene_legend(data, kabupaten, shaded, lang)
    title = text("map.legend_time_own", lang) if shaded else text("plan.map_legend", lang)
    return MapPicture(
        title=verdict_sentence(document, data, lang),
        sub=f"{name} · {scene_words(shown, document, lang)}",
        layers=map_layers(shown, data, kabupaten, lang, shaded),
        legend=legend_of(title, classes, dots, "", lang),
        notes=(
            text("plan.lines_note", lang),
            text("distribusi.master", lang),
            source_words(as_of, lang),
        ),
        bounds=bounds_of(data, kabupaten),
    )


def needs_picture(
    data: Dataset, found: Needs, kabupaten: str | None, as_of: date, lang: str
) -> MapPicture:
    """Return the map of what must go where; ``kabupaten`` None: in the whole province."""
    where = province().name if kabupaten is None else str(data.names[kabupaten])
    title, sub = needs_words(found, where, lang)
    return MapPicture(
        title=title,
        sub=sub,
        layers=needs_layers(found, data, lang),
        legend=legend_of(text("needs.map", lang), [], needs_legend(lang), "", lang),
        notes=(*refused_words(found, data, lang), source_words(as_of, lang)),
        bounds=None if kabupaten is None else bounds_of(data, kabupaten),
    )
