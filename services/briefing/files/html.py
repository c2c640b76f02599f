"""A deck as one HTML file: shown from the keyboard in a browser, from a stick or in the app.

Nothing in it is fetched, and its policy lets nothing run or load but what the file was made with.
Without a script it is a page of slides, one below the other, that prints one slide a sheet.
"""

from __future__ import annotations

import base64
import hashlib
import json
from string import Template
from typing import Any
from xml.etree.ElementTree import Element, SubElement, tostring  # written only  # nosec B405

import numpy as np
import shapely

from data.briefing import player
from geo.maps import sheet
from services.briefing import layout
from services.briefing.deck import Bullets, Chart, Deck, Figures, GeoJson, Grid, Map
from services.briefing.files import ground, svg
from services.briefing.files.signs import Sign
from services.briefing.fit import Placed, check_fit, map_boxes, placed
from services.briefing.foot import caption, cover_lines, foot
from services.briefing.layout import Box
from services.briefing.measure import plain, plain_lines
from services.briefing.setting import Setting, figure_boxes
from services.texts import label, text

BUDGET_S = 600
"""A rakor is shown in ten minutes."""
PIN_PX = 44
"""Width and height of what is pressed for a marker."""
_STEPS = 10_000
"""Of one degree: 11 metres."""
_TOLERANCE = 0.0004
"""Degrees by which a coast may be off, 45 metres: less than a pixel until far inside a desa."""
_SCRIPT_WORDS = (
    "start",
    "pause",
    "no_notes",
    "go_to",
    "blocked",
    "no_full",
    "desk",
    "black",
    "white",
)
_KEYS = (
    "next", "prev", "first", "blank", "full", "over", "go", "map", "move", "desk", "time", "leave",
)  # fmt: skip


def html_file(deck: Deck) -> bytes:
    """Return the file, UTF-8; what does not fit or cannot be drawn is refused before.

    Raises
    ------
    DoesNotFitError
        When anything would be cut or overlap.
    CannotDrawError
        When a map would be blank or lack a part; it names the map.
    """
    check_fit(deck)
    pages = _Pages(deck)
    slides = [_slide(pages, at) for at in range(len(deck.slides))]
    style = f"{_measures(pages)}\n{player.style()}"
    script = player.script()
    lang = deck.lang
    filled = Template(player.page()).substitute(
        {
            name: label("present", name, lang)
            for name in ("start", "zero", "clock", "over", "full", "desk")
        },
        lang=lang,
        policy=_policy(script, style),
        title=_markup(plain(deck.title)),
        style=style,
        coast=ground.COAST,
        paper=layout.PAPER,
        slides="\n".join(_source(slide) for slide in slides),
        keys=_keys(lang),
        paths="".join(f'<path id="{n}" d="{d}"/>' for d, n in pages.paths.items()),
        data=_data(deck, pages.maps),
        script=script,
    )
    return filled.encode("utf-8")


def _policy(script: str, style: str) -> str:
    """Return a policy under which nothing runs, paints or loads but this script and this style."""
    sums = [
        base64.b64encode(hashlib.sha256(part.encode()).digest()).decode()
        for part in (script, style)
    ]
    return (
        f"default-src 'none'; script-src 'sha256-{sums[0]}'; style-src 'sha256-{sums[1]}'; "
        "img-src data:; font-src data:; base-uri 'none'; form-action 'none'"
    )


def _source(element: Element) -> str:
    return tostring(element, encoding="unicode", method="html")


def _markup(words: str) -> str:
    element = Element("i")
    element.text = words
    return _source(element)[3:-4]


def _keys(lang: str) -> str:
    """Return the list of keys: for each what it is called and what it does."""
    return "".join(
        f"<dt>{_markup(text(f'present_keys.{key}', lang))}</dt>"
        f"<dd>{_markup(text(f'present_does.{key}', lang))}</dd>"
        for key in _KEYS
    )


def _measures(pages: _Pages) -> str:
    """Return measures as rules: sizes, colours, and a class for each box and each setting."""
    values = {
        "wide": layout.WIDTH_PX, "high": layout.HEIGHT_PX, "smallest": layout.SMALLEST_PX,
        "title": layout.TITLE_PX, "body": layout.BODY_PX,
        "line": layout.LINE, "paper": layout.PAPER, "ink": layout.INK, "quiet": layout.QUIET,
        "rule": layout.RULE, "accent": layout.ACCENT, "head": layout.HEAD,
        "restricted": layout.ACCESS["terbatas"], "sea": ground.SEA, "gap": layout.GAP,
        "cell-x": layout.CELL_X, "caption-gap": layout.CAPTION_GAP, "swatch": layout.SWATCH,
        "foot-gap": layout.FOOT_GAP, "tag-x": layout.TAG_X, "pin": PIN_PX,
    }  # fmt: skip
    rules = [":root{" + "".join(f"--{name}:{value};" for name, value in values.items()) + "}"]
    for box, name in pages.boxes.items():
        sides = {"left": box.left, "top": box.top, "width": box.width, "height": box.height}
        rules.append(
            f".{name}{{" + "".join(f"{k}:calc({v}*var(--u));" for k, v in sides.items()) + "}"
        )
    for way, name in pages.ways.items():
        sizes = {"size": way.size, "between": way.gap, "value": way.value, "note": way.note}
        rules.append(f".{name}{{" + "".join(f"--{k}:{v};" for k, v in sizes.items()) + "}")
    return "\n".join(rules)


def _add(parent: Element, tag: str, kind: str = "", words: str = "") -> Element:
    made = SubElement(parent, tag, {"class": kind} if kind else {})
    made.text = plain(words) or None
    return made


class _Pages:
    """The slides of a deck while they are drawn, and what they share.

    Attributes
    ----------
    boxes
        Class of each box that parts stand in.
    ways
        Class of each way in which words are set.
    paths
        As `svg.Svg` takes them.
    maps
        By key, what the script reads.
    """

    def __init__(self, deck: Deck) -> None:
        self.deck, self.lang = deck, deck.lang
        self.boxes: dict[Box, str] = {}
        self.ways: dict[Setting, str] = {}
        self.paths: svg.Paths = {}
        self.maps: dict[str, dict[str, Any]] = {}

    def part(self, parent: Element, tag: str, box: Box, kind: str = "", words: str = "") -> Element:
        """Add an element that stands in a box of its parent."""
        name = self.boxes.setdefault(box, f"b{len(self.boxes)}")
        return _add(parent, tag, f"{kind} {name}".strip(), words)

    def way(self, one: Placed, kind: str) -> str:
        """Return the classes of words of a kind, set as their block is."""
        return f"{kind} {self.ways.setdefault(one.way, f's{len(self.ways)}')}"


def _slide(pages: _Pages, at: int) -> Element:
    slide = pages.deck.slides[at]
    section = Element("section", {"class": f"slide {slide.access}", "id": f"slide-{at + 1}"})
    pages.part(section, "h2", layout.TITLE, words=slide.title)
    for one in placed(slide, at == 0):
        _block(pages, section, slide.key, one)
    if at == 0:
        cover = pages.part(section, "div", layout.COVER, "cover")
        for line in cover_lines(pages.deck):
            _add(cover, "p", words=line)
    said = foot(pages.deck, at)
    box = pages.part(section, "footer", layout.FOOT, "foot")
    for tag in (said.access, *said.marks):
        _add(box, "b", words=tag)
    _add(box, "span", "words", said.words)
    _add(box, "span", words=said.page)
    notes = _add(section, "div", "notes")
    notes.set("hidden", "")
    notes.text = "\n".join(plain_lines(slide.notes))
    if isinstance(slide.main, Map):
        section.set("data-map", slide.main.key)
    return section


def _block(pages: _Pages, section: Element, key: str, one: Placed) -> None:
    block, box = one.block, one.box
    if isinstance(block, Bullets):
        lines = pages.part(section, "ul", box, pages.way(one, "lines"))
        for item in block.items:
            _add(lines, "li", words=item)
    elif isinstance(block, Figures):
        boxes = figure_boxes(block, box, one.way)
        for figure, (value, words, note) in zip(block.items, boxes, strict=True):
            kind = pages.way(one, "value alarm" if figure.alarm else "value")
            pages.part(section, "p", value, kind, figure.value)
            pages.part(section, "p", words, pages.way(one, "label"), figure.label)
            if figure.note:
                pages.part(section, "p", note, pages.way(one, "note"), figure.note)
    elif isinstance(block, Grid):
        _grid(pages.part(section, "div", box, pages.way(one, "rows")), block, pages.lang)
    elif isinstance(block, Chart):
        drawn = svg.chart(key, block, box, pages.lang)
        pages.part(section, "div", box, "chartbox").append(drawn)
    else:
        _map(pages, pages.part(section, "div", box, "map"), block, box)


def _grid(parent: Element, grid: Grid, lang: str) -> None:
    table = _add(parent, "table")
    columns = _add(table, "colgroup")
    for share in grid.widths:
        _add(columns, "col").set("width", f"{share / sum(grid.widths):.3%}")
    numeric = grid.numeric or (False,) * len(grid.columns)
    for tag, cell, rows in (("thead", "th", (grid.columns,)), ("tbody", "td", grid.rows)):
        body = _add(table, tag)
        for row in rows:
            line = _add(body, "tr")
            for words, to_right in zip(row, numeric, strict=True):
                _add(line, cell, "number" if to_right else "", words)
    if below := caption(grid, lang):
        _add(parent, "p", "caption", below)


def _map(pages: _Pages, whole: Element, shown: Map, box: Box) -> None:
    """Draw a map as it is seen first; over its land, the script puts the one that moves."""
    ground.check_map(shown, pages.deck)
    drawn, plate, signs = svg.still(shown, box, pages.deck, pages.paths)
    whole.append(drawn)
    land = map_boxes(shown, box).land
    within = Box(land.left - box.left, land.top - box.top, land.width, land.height)
    inner = pages.part(whole, "div", within, "ground")
    live = _add(inner, "div", "live")
    live.set("tabindex", "-1")
    live.set("aria-label", plain(shown.title))
    _add(inner, "p", "said").set("aria-live", "polite")
    low, right = plate.box.top > land.height / 2, plate.box.left > land.width / 2
    pages.maps[shown.key] = {
        "level": shown.level,
        "inner": _inner(shown.level, pages.deck),
        "bounds": shown.bounds,
        "corner": ("bottom" if low else "top") + ("right" if right else "left"),
        "areas": {
            code: {"fill": area.fill, "words": plain(area.words), "hatched": area.hatched}
            for code, area in shown.areas.items()
        },
        "pins": [_pin(sign) for sign in signs],
        "lines": [
            {
                "points": way.points,
                "colour": way.colour,
                "words": plain(way.words),
                "dashed": way.dashed,
            }
            for way in shown.lines
        ],
    }


def _pin(sign: Sign) -> dict[str, Any]:
    lead, own = svg.pin(sign, PIN_PX / 2)
    return {
        "lon": sign.marker.lon,
        "lat": sign.marker.lat,
        "words": plain(sign.marker.words),
        "lead": "" if lead is None else _source(lead),
        "drawn": _source(own),
    }


def _data(deck: Deck, maps: dict[str, dict[str, Any]]) -> str:
    """Return what the script reads, as JSON that can end no element."""
    levels = {one[name] for one in maps.values() for name in ("level", "inner")} - {None}
    value = {
        "digest": deck.digest,
        "lang": deck.lang,
        "budget_s": BUDGET_S,
        "wide": layout.WIDTH_PX,
        "coast": ground.COAST,
        "neighbour": ground.NEIGHBOUR,
        "north": _north(deck.lang),
        "bare": ground.LAND,
        "ink": layout.INK,
        "words": {name: label("present", name, deck.lang) for name in _SCRIPT_WORDS},
        "land": {
            **{level: _units(deck.land[level]) for level in sorted(levels)},
            "ground": _units(deck.ground),
        },
        "maps": maps,
    }
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).replace("<", r"\u003c")


def _north(lang: str) -> str:
    """Return the arrow to the north with its letter, for the map that moves."""
    arrow = svg.Svg(0, 0, 44, 60)
    arrow.polygon([sheet.north_arrow(22, 2, 28)], layout.INK)
    size = layout.SMALLEST_PX
    arrow.line(text("picture.north", lang), 22, 31, size, bold=True, align="middle")
    return _source(arrow.element)


def _inner(level: str, deck: Deck) -> str | None:
    """Return the next narrower level of which the deck has the land."""
    order = ("kabupaten", "kecamatan", "desa")
    narrower = order[order.index(level) + 1 :] if level in order else ()
    return next((one for one in narrower if one in deck.land), None)


def _units(land: GeoJson) -> list[list[Any]]:
    """Return code, name and shape of units; a shape in whole steps, each from the point before."""
    features = land["features"]
    if not features:
        return []
    shapes = [shapely.geometry.shape(f["geometry"]) for f in features]
    fewer = shapely.coverage_simplify(shapes, _TOLERANCE)
    return [
        [
            str(f["properties"].get("code", "")),
            plain(str(f["properties"].get("name", ""))),
            [[_steps(ring) for ring in polygon] for polygon in sheet.rings(shape)],
        ]
        for f, shape in zip(features, fewer, strict=True)
    ]


def _steps(ring: sheet.Points) -> list[int]:
    whole = np.rint(ring * _STEPS).astype(int)
    return [int(n) for n in np.diff(whole, axis=0, prepend=0).ravel()]
