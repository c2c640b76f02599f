"""The map of a page as a picture, without a browser."""

from __future__ import annotations

from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from commands.shared import day_asked, explained
from data.texts import LANGUAGES
from services.texts import number, text

if TYPE_CHECKING:
    from services.dataset import Dataset
    from services.map_picture import MapPicture

app = typer.Typer()

PAGES = ("hotspot", "distribusi")
METHODS = ("counts", "risk")


@app.command("map")
def map_(
    out: Annotated[Path, typer.Option("-o", "--out", help="The .png file to write.")],
    page: Annotated[str, typer.Option(help=" or ".join(PAGES) + ".")] = PAGES[0],
    as_of: Annotated[
        datetime | None,
        typer.Option("--tanggal", formats=["%Y-%m-%d"], help="As known on this day; else today."),
    ] = None,
    method: Annotated[str, typer.Option("--metode", help=" or ".join(METHODS))] = METHODS[0],
    family: Annotated[str, typer.Option("--keluarga", help="Family of reports.")] = "konflik",
    level: Annotated[
        str, typer.Option("--tingkat", help="kabupaten, kecamatan or desa.")
    ] = "kecamatan",
    window: Annotated[
        str, typer.Option("--rentang", help="rakor, bulan_3, tahun or semua.")
    ] = "semua",
    measure: Annotated[
        str, typer.Option("--ukuran", help="Of counts: affairs, reports or rate.")
    ] = "affairs",
    lang: Annotated[str, typer.Option(help=", ".join(LANGUAGES))] = LANGUAGES[0],
) -> None:
    """Write the map of a page as PNG: finding, legend, scale, north arrow, source and date."""
    from data.export import require_writable, write_file
    from services.dataset import load_dataset
    from services.map_picture import draw_picture
    from services.prepare import open_prepared

    with explained():
        _one_of("page", page, PAGES)
        _one_of("metode", method, METHODS)
        _one_of("lang", lang, LANGUAGES)
        _one_of("out", out.suffix.lower(), (".png",))
        require_writable(out)
        day = day_asked(as_of)
        data = load_dataset(open_prepared())
        if page == "distribusi":
            picture = _remote(data, day, lang)
        else:
            picture = _hotspot(data, day, method, family, level, window, measure, lang)
        content = draw_picture(data, picture, lang)
        write_file(out, content)
    typer.echo(text("brief.written", path=out, kb=number(len(content) / 1024)))


def _one_of(name: str, value: str, allowed: tuple[str, ...]) -> None:
    from geo.errors import ParameterError

    if value not in allowed:
        raise ParameterError(name, value, ", ".join(allowed))


def _hotspot(
    data: Dataset,
    day: date,
    method: str,
    family: str,
    level: str,
    window: str,
    measure: str,
    lang: str,
) -> MapPicture:
    """Return the map that the page opens with these filters in its address."""
    from analytics.reports.rakor import previous_rakor
    from analytics.reports.selection import Selection
    from services.hotspots.counts import HotspotQuery, hotspot
    from services.hotspots.relative_risk import RiskQuery, relative_risk_view
    from services.hotspots.views.map_picture import counts_picture, risk_picture
    from services.reports.overview import WINDOWS, window_start
    from services.texts import FAMILIES, OPENING_FAMILIES

    _one_of("keluarga", family, FAMILIES)
    _one_of("rentang", window, WINDOWS)
    start = window_start(window, day, previous_rakor(data.rakor, day))
    if method == "risk":
        chosen = Selection(day, start, day, families=(family,), kinds=("kejadian",))
        return risk_picture(data, relative_risk_view(data, RiskQuery(chosen, level)), lang)
    families = tuple(dict.fromkeys((*OPENING_FAMILIES, family)))
    query = HotspotQuery(Selection(day, start, day, families=families), level, measure, family)
    return counts_picture(data, hotspot(data, query), query, lang)


def _remote(data: Dataset, day: date, lang: str) -> MapPicture:
    from services.network.map_picture import remote_picture
    from services.network.remoteness import remote_view

    return remote_picture(data, remote_view(data, None, None), day, lang)
