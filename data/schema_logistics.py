"""Tables of logistics: what is ordered, packed, on its way, received, and at sea."""

from __future__ import annotations
