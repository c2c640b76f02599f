"""Tables of risk per TPS: registers, indicators, the day itself, people."""

from __future__ import annotations
