"""The map of the nation: an offline map whose shapes come by extent, as text that is GeoJSON."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from branca.element import MacroElement
from jinja2 import Template

from geo.maps.layers import OfflineMap
from geo.maps.script import FOLDER

Bounds = tuple[float, float, float, float]
"""West, south, east, north in degrees."""
_MIN_ZOOM = 3
NOWHERE: Bounds = (59.5, -40.5, 60.5, -39.5)
"""What the map shows until it is sent somewhere: sea, far from any unit."""


class NationMap(OfflineMap):
    """A map that goes out far enough for all of Indonesia; without land of its own.

    It shows `NOWHERE` until `NationLayers` says where to go.

    Parameters
    ----------
    static_url
        Address of the folder that holds Leaflet and jQuery, without a slash at the end.
    version
        Changes with the library files, so that no browser keeps older ones.
    """

    def __init__(self, static_url: str, version: str = "") -> None:
        west, south, east, north = NOWHERE
        super().__init__((south, west, north, east), static_url, version=version)
        script = ("siaga_nation", f"{static_url}/{FOLDER}/nation.js?v={version}")
        self.default_js = [*self.default_js, script]
        self.options.update(min_zoom=_MIN_ZOOM, zoom=5, zoom_snap=0.5, prefer_canvas=True)


@dataclass(frozen=True)
class NationLayers:
    """What lies on the map of the nation at a moment.

    Attributes
    ----------
    units, around, tps
        GeoJSON FeatureCollections as text: units drawn (with ``code``), neighbours to go on to
        (``code``, ``tip``), TPS or sums of cells (``key``, ``n``, ``hi``, ``voters``).
    fills
        Colour by code; None for an outline.
    tips
        Lines by code, plain text.
    labels
        Latitude, longitude and short text by code; where two would meet, the first is shown.
    dot
        Lines of the tooltip of a TPS (``one``) and of a cell (``many``), with gaps for the
        properties of ``tps``.
    lang
        id or en, for numbers that the browser writes.
    go
        Where the map goes, once for each name.
    """

    units: str
    around: str
    tps: str
    fills: Mapping[str, str | None]
    tips: Mapping[str, Sequence[str]]
    labels: Mapping[str, tuple[float, float, str]] = field(default_factory=dict)
    dot: Mapping[str, Sequence[str]] = field(default_factory=dict)
    lang: str = "id"
    go: tuple[str, Bounds] | None = None

    def message(self) -> str:
        """Return all of it as one JSON object; no text of it can end a script."""
        go = None if self.go is None else {"n": self.go[0], "bounds": list(self.go[1])}
        said = {
            "fills": self.fills, "tips": self.tips, "dot": self.dot, "lang": self.lang, "go": go,
            # A list: an object of JavaScript puts codes of provinces in an order of its own.
            "labels": [[code, *label] for code, label in self.labels.items()],
        }  # fmt: skip
        rest = json.dumps(said, ensure_ascii=False, separators=(",", ":"))[1:]
        whole = f'{{"units":{self.units},"around":{self.around},"tps":{self.tps},{rest}'
        return (
            whole.replace("<", "\\u003c").replace("\u2028", "\\u2028").replace("\u2029", "\\u2029")
        )


class NationPaint(MacroElement):
    """Draws `NationLayers`; goes into the feature group that the component swaps."""

    _template = Template(
        "{% macro script(this, kwargs) %}"
        "siagaNation.draw({{ this._parent.get_name() }}, {{ this.message }});"
        "{% endmacro %}"
    )

    def __init__(self, layers: NationLayers) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self._name = "NationPaint"
        self.message = layers.message()
