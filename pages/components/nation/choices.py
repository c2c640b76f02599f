"""What the reader chose of the nation: filters, the unit that is open, the frame of the map.

The address is the only truth. What the map reports when it was sent somewhere is kept beside it,
so that one step of the reader is one step of the browser's history.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from secrets import token_hex
from time import monotonic

import streamlit as st

from data.nation.views import Extent
from data.store.ledger.acts import actor_now
from data.store.ledger.rights import CLEARANCE
from geo.codes import LEVELS, Level, is_code
from geo.errors import ParameterError
from pages.components import address
from services.nation.views import KINDS, MEASURES, NationQuery, NationView
from services.texts import FAMILIES

OPEN, FRAME = "daerah", "bingkai"
"""Name the unit that is open and the frame of the map in the address."""
_DAYS = ("365", "30", "90", "3660")
_BY_ZOOM = "zoom"
_SENT, _SEEN, _GO = (f"nation_{name}" for name in ("sent", "seen", "go"))
_BOUNDS, _SENT_AT = "nation_bounds", "nation_sent_at"
_SETTLES_S = 5.0
"""So long after it was sent somewhere a map may only be saying that it came there."""
_NEAR = 0.02
"""Part of the frame by which its middle may be off where it was sent."""
_INSIDE = 0.06
"""Part of a frame left free on each side when the map is sent back to it."""
_FIRST_PX = (760, 380)
"""Taken for the size of the map until it says what it shows."""


@dataclass(frozen=True)
class Frame:
    """What the map shows: extent and zoom."""

    extent: Extent
    zoom: float

    def snapped(self) -> Frame:
        """Return it widened to the next lines of a grid, so that small moves ask the same."""
        step = 180.0 / 2 ** math.floor(self.zoom)
        west, south = (math.floor(side / step) * step for side in self.extent.sides[:2])
        east, north = (math.ceil(side / step) * step for side in self.extent.sides[2:])
        return Frame(
            Extent(max(-180.0, west), max(-90.0, south), min(180.0, east), min(90.0, north)),
            round(self.zoom * 2) / 2,
        )

    def said(self) -> str:
        """Return it as the address says it."""
        return ",".join(str(round(value, 4)) for value in (*self.extent.sides, self.zoom))


def frame_of(said: str | None) -> Frame | None:
    """Return the frame that the address says; None where it is none."""
    try:
        west, south, east, north, zoom = map(float, (said or "").split(","))
        return Frame(Extent(west, south, east, north), min(22.0, max(0.0, zoom)))
    except (ValueError, ParameterError):
        return None


def measure(place: st.delta_generator.DeltaGenerator) -> str:
    """Draw the box of what colours say."""
    return address.choice(
        place, "nasional.measure", MEASURES, "nasional_measure", "warna", key="nation_measure"
    )


def query(bar: list[st.delta_generator.DeltaGenerator]) -> NationQuery:
    """Draw four boxes and return what is asked, with the frame of the map."""
    readable = CLEARANCE[actor_now().role]
    kinds = KINDS if "terbatas" in readable else KINDS[:1]  # what may come is not for everybody
    family = address.choice(
        bar[0], "family.label", FAMILIES, "family", "keluarga", key="nation_family"
    )
    kind = address.choice(bar[1], "kind.label", kinds, "kind", "jenis", key="nation_kind")
    days = address.choice(
        bar[2], "nasional.days", _DAYS, "nasional_days", "hari", key="nation_days"
    )
    levels = (_BY_ZOOM, *LEVELS)
    level = address.choice(
        bar[3], "nasional.level", levels, "nasional_level", "satuan", key="nation_level"
    )
    frame = _frame()
    return NationQuery(
        scope=scope(),
        extent=None if frame is None else frame.extent,
        zoom=5.0 if frame is None else frame.zoom,
        family=family,
        kind=kind,
        days=int(days),
        level=None if level == _BY_ZOOM else _level(level),
    )


def _level(said: str) -> Level:
    return LEVELS[[str(level) for level in LEVELS].index(said)]


def scope() -> str:
    """Return the code of the unit that is open, "" for Indonesia."""
    said = address.value(OPEN, None, "")
    return said if is_code(said) else ""


def _frame() -> Frame | None:
    """Return what the map shows; the map is sent there where the address says something new."""
    said = st.query_params.get(FRAME)
    wanted = (scope(), said)
    if st.session_state.get(_SENT) != wanted:
        st.session_state[_SENT] = wanted
        st.session_state[_GO] = token_hex(4)
        st.session_state[_SENT_AT] = monotonic()
        st.session_state[_SEEN] = frame_of(said)
    seen: Frame | None = st.session_state[_SEEN]
    return None if seen is None else seen.snapped()


def go(view: NationView) -> tuple[str, tuple[float, float, float, float]]:
    """Return where the map was last sent."""
    frame = frame_of(st.query_params.get(FRAME))
    extent = frame.extent if frame else view.bounds
    st.session_state[_BOUNDS] = extent
    west, south, east, north = extent.sides
    if frame:  # exactly as large as the map it would be held not to fit, and be shown smaller
        wide, high = (east - west) * _INSIDE, (north - south) * _INSIDE
        west, south, east, north = west + wide, south + high, east - wide, north - high
    return st.session_state[_GO], (west, south, east, north)


def first_zoom(bounds: Extent) -> float:
    """Return about the zoom at which bounds fill the map, before it says so itself; 0 to 22."""
    wide, high = bounds.east - bounds.west, bounds.north - bounds.south
    fits = (
        math.log2(360 * px / 256 / size) for px, size in zip(_FIRST_PX, (wide, high), strict=True)
    )
    return min(22.0, max(0.0, math.floor(2 * min(fits)) / 2))


def moved(frame: Frame) -> None:
    """Keep what the map reports: in the address where the reader moved it."""
    before: Frame | None = st.session_state.get(_SEEN)
    if frame == before:
        return
    st.session_state[_SEEN] = frame
    same = before is not None and before.zoom == frame.zoom
    settles = same or monotonic() - st.session_state.get(_SENT_AT, 0.0) < _SETTLES_S
    if settles and _is_middle(frame.extent, st.session_state.get(_BOUNDS)):
        return  # it only says where it was sent, or that it has another size
    said = frame.said()
    st.session_state[_SENT] = (scope(), said)
    address.put(FRAME, said)


def _is_middle(extent: Extent, sent: Extent | None) -> bool:
    """Return whether a frame has its middle where the map was sent."""
    if sent is None:
        return False
    wide, high = extent.east - extent.west, _mercator(extent.north) - _mercator(extent.south)
    right = (extent.west + extent.east - sent.west - sent.east) / 2
    up = sum(map(_mercator, (extent.north, extent.south)))
    up -= sum(map(_mercator, (sent.north, sent.south)))
    return abs(right) <= _NEAR * wide and abs(up / 2) <= _NEAR * high


def _mercator(lat: float) -> float:
    """Return how far up the web map a latitude is, in radians of longitude."""
    return math.asinh(math.tan(math.radians(max(-85.0, min(85.0, lat)))))


def open_unit(code: str) -> None:
    """Open a unit, "" for Indonesia, and show all of it."""
    address.put_all({OPEN: code or None, FRAME: None})
