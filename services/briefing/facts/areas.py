"""Figures by unit: where it happens, what stands out, and what may come."""

from __future__ import annotations

import math
from datetime import date, timedelta
from functools import partial

from analytics.outlook.forecasts import METHODS, OWN
from analytics.outlook.scores import chance_of_any
from analytics.reports.selection import Selection
from services.briefing.facts.plain import Facts, both, plain
from services.briefing.facts.seen import seen
from services.dataset import Dataset
from services.hotspots.counts import COUNT_BREAKS, HotspotQuery, hotspot
from services.maps import SEQUENCE, SILENCE
from services.outlook.view import OutlookView, outlook
from services.outlook.words import chance_words, headline, sub
from services.reports.overview import HEADLINE_FAMILIES
from services.risk.picture.lines import Picture, PictureQuery, picture
from services.risk.picture.words import finding
from services.texts import FAMILIES

LEVELS = ("kabupaten", "kecamatan")
YEAR_DAYS = 365
FAMILY = HEADLINE_FAMILIES[0]
_COLOURS = dict(zip(map(str, range(len(SEQUENCE))), SEQUENCE, strict=True)) | SILENCE


def hotspots(data: Dataset, as_of: date, since: date) -> Facts:
    """Return affairs of conflict and assemblies by unit over the last year, and since a mark."""
    year = as_of - timedelta(days=YEAR_DAYS)
    windows = {"tahun": year, "rakor": since + timedelta(days=1)}
    return {
        "family": FAMILY,
        "windows": {key: [first.isoformat(), as_of.isoformat()] for key, first in windows.items()},
        "levels": {
            level: {
                key: {f: _units(data, as_of, first, level, f) for f in HEADLINE_FAMILIES[:2]}
                for key, first in windows.items()
            }
            for level in LEVELS
        },
    }


def _units(data: Dataset, as_of: date, first: date, level: str, family: str) -> Facts:
    """Return what the map of the Hotspot page holds of a family."""
    selection = Selection(as_of, date_from=first, date_to=as_of, families=(family,))
    view = hotspot(data, HotspotQuery(selection, level, "affairs", family), COUNT_BREAKS)
    units = view.units
    return {
        "affairs": plain(units["value"].to_dict()),
        "state": plain(units["state"].to_dict()),
        "colour": plain({code: _COLOURS.get(key) for code, key in units["class"].items()}),
        "placed": [int(view.placement.placed), int(view.placement.total)],
        "n_affairs": int(view.reports["perkara_id"].nunique()),
    }


def security(data: Dataset, as_of: date, election: str) -> Facts:
    """Return the security picture of the province: its finding and what is told apart."""
    found = picture(data, PictureQuery(as_of, election, family=FAMILY))
    return {
        "finding": both(lambda lang: finding(found, lang)),
        "family": FAMILY,
        "leads": plain(found.leads),
        "units": {family: _risks(found, family) for family in found.risks},
        "n_potensi": len(found.potensi),
    }


def _risks(found: Picture, family: str) -> Facts:
    columns = ["affairs", "expected", "median", "low", "high", "word"]
    frame = found.risks[family][columns]
    return {str(code): plain(row) for code, row in frame.to_dict("index").items()}


def ahead(data: Dataset, as_of: date) -> Facts:
    """Return the outlook up to the next rakor, with what is known of its worth.

    With it `seen`: by this a later snapshot tells how it did. ``own`` of a row is what the own
    last 12 months say of the chance.
    """
    view = outlook(data, as_of)
    figures = view.figures
    rows = []
    for row in figures.to_dict("records"):
        chance, step = float(row["probability"]), float(row["step"])
        rows.append(
            plain({str(k): row[k] for k in ("level", "code", "family", "probability", "expected")})
            | {"low": plain(row["low"]), "high": plain(row["high"]), "step": plain(step)}
            | {"own": plain(_own(view, str(row["code"]), str(row["family"]), step))}
            | {"chance": both(partial(chance_words, chance, step))}
        )
    window = view.window
    return {
        "finding": both(lambda lang: headline(view, FAMILY, lang)),
        "sub": both(lambda lang: sub(view, lang)),
        "window": None if window is None else plain([window.start, window.end]),
        "rows": rows,
        **seen(data, as_of),
    }


def _own(view: OutlookView, code: str, family: str, step: float) -> float | None:
    """Return the chance of at least one affair by the own last 12 months, rounded to a step."""
    if view.hist is None:
        return None
    at = METHODS.index(OWN), FAMILIES.index(family), view.codes.index(code)
    chance = float(chance_of_any(view.hist[at]))
    return min(1.0, math.floor(chance / step + 0.5) * step)
