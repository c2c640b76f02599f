"""What a deck brings along to be shown without a server: script, style, page and letters."""

from __future__ import annotations

import base64
import re
from functools import cache
from importlib.resources import files
from io import BytesIO
from pathlib import Path

from data.errors import SourceMissingError

_OWN = Path(__file__).with_name("web")
_WEIGHTS = {400: "Regular", 700: "Bold"}
_LETTERS = (
    *range(0x20, 0x7F), *range(0xA0, 0x180), *range(0x2010, 0x2060), *range(0x2190, 0x2194),
    0x20AC, 0x2122, 0x2212, 0x2248, 0x2260, 0x2264, 0x2265, 0x25A0, 0x25B2, 0x25BC, 0x25C6, 0x2713,
)  # fmt: skip
"""Latin with its marks, dashes, quotes, arrows and signs; other letters are the reader's own."""
_LEAFLET = "xstatic.pkg.leaflet"
_FONT = "font_source_sans_pro"


def page() -> str:
    """Return the page with a gap for each part, as of `string.Template`."""
    return _read(_OWN / "page.html")


@cache
def script() -> str:
    """Return Leaflet and the player, fit to stand in a page."""
    leaflet = re.sub(r"//# sourceMappingURL=\S+", "", _read(_library("leaflet.js")))
    both = f"{leaflet}\n{_read(_OWN / 'player.js')}"
    # Either would end the element early, wherever in the script it stands.
    return both.replace("</script", r"<\/script").replace("<!--", r"<\!--")


@cache
def style() -> str:
    """Return letters and rules of the player and of Leaflet; nothing in them is fetched."""
    faces = "".join(
        f'@font-face{{font-family:"Siaga Sans";font-weight:{weight};'
        f"src:url(data:font/woff;base64,{_letters(name)})}}\n"
        for weight, name in _WEIGHTS.items()
    )
    leaflet = re.sub(r"[^{};]*url\((?!data:)[^)]*\)[^;}]*;?", "", _read(_library("leaflet.css")))
    return f"{faces}{leaflet}\n{_read(_OWN / 'player.css')}"


def _letters(name: str) -> str:
    """Return the letters of a weight that decks use, as base64 of WOFF.

    Source Sans Pro (Adobe) is under the SIL Open Font License 1.1, whose notice stays in the font;
    a part of it may not bear the reserved name, so it is called otherwise here.
    """
    from fontTools import subset

    options = subset.Options(flavor="woff", hinting=False, name_IDs=[0, 13, 14])
    # `services.briefing.measure` counts no kerning, and to keep it takes five times as long.
    options.drop_tables += ["GDEF", "GPOS", "GSUB"]
    path = _library(f"SourceSansPro-{name}.ttf", _FONT, "files")
    picked, out = subset.Subsetter(options), BytesIO()
    with subset.load_font(str(path), options) as font:
        picked.populate(unicodes=_LETTERS)
        picked.subset(font)
        subset.save_font(font, out, options)
    return base64.b64encode(out.getvalue()).decode("ascii")


def _library(name: str, package: str = _LEAFLET, folder: str = "data") -> Path:
    return Path(str(files(package))) / folder / name


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except FileNotFoundError as error:
        raise SourceMissingError(path) from error
