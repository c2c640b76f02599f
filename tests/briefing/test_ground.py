"""Maps in files that are refused, because they would be blank or lack a part."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from services.briefing import deck as d
from services.briefing.files.ground import CannotDrawError, check_map
from tests.briefing.sample_deck import CODES, a_map, sample_deck


@pytest.mark.parametrize(
    ("change", "found"),
    [
        ({"bounds": (106.0, -3.0, 105.0, -1.0)}, "106.0"),
        ({"bounds": (float("nan"), -3.0, 105.0, -1.0)}, "nan"),
        ({"level": "desa"}, "desa"),
        ({"areas": {"99.99": d.Area("#ffffff", "x")}}, "99.99"),
        ({"markers": (d.Marker(float("inf"), 0, "#000000", "x"),)}, "inf"),
        ({"lines": (d.Line(((105.0, -1.0), (105.0, -95.0)), "#000000", "x"),)}, "-95"),
        ({"areas": {CODES[0]: d.Area("red", "x")}}, "red"),
        ({"legend": (d.Legend("#12345", "x"),)}, "#12345"),
        ({"markers": (d.Marker(105.4, -1.6, "", "x"),)}, "''"),
        ({"bounds": (10.0, 40.0, 11.0, 41.0)}, "10.0"),
    ],
)
def test_a_map_that_would_be_blank_is_refused_by_its_name(
    change: dict[str, Any], found: str
) -> None:
    with pytest.raises(CannotDrawError, match="peta_konflik") as caught:
        check_map(replace(a_map(), **change), sample_deck())
    assert found in str(caught.value)


def test_a_map_that_can_be_drawn_passes() -> None:
    check_map(a_map(), sample_deck())
