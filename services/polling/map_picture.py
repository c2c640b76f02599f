"""The map of the voting day as a file: the same finding, colours and legend as on the screen."""

from __future__ import annotations

from datetime import date

from geo.maps.land import Legend
from services.dataset import Dataset
from services.map_picture import MapPicture, legend_of, source_words
from services.polling.hari_h import DayBoard
from services.polling.hari_h_view import (
    STATUS_COLOUR,
    TROUBLE,
    day_finding,
    day_layers,
    day_legend,
    day_sub,
    status_words,
)
from services.texts import text


def day_map_legend(found: DayBoard, lang: str) -> Legend:
    """Return the legend: the share that has reported, and the marks of trouble there is."""
    dots = [(STATUS_COLOUR[s], status_words(s, lang)) for s in TROUBLE if found.count(s)]
    return legend_of(text("map.legend_answered", lang), day_legend(found, lang), dots, "", lang)


def day_picture(found: DayBoard, data: Dataset, today: date, lang: str) -> MapPicture:
    """Return the map of the voting day; ``today`` tells whether the vote is today."""
    return MapPicture(
        title=day_finding(found, lang),
        sub=day_sub(found, data, today, lang),
        layers=day_layers(found, data, lang),
        legend=day_map_legend(found, lang),
        notes=(text("hari.map_note", lang), source_words(found.at.date(), lang)),
    )
