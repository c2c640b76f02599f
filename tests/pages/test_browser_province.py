"""The real app on a small invented province: it is drawn and names no other province."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests import invented_province as invented
from tests.browser import Visit
from tests.conftest import start_app, stop_app
from tests.house.test_no_province import traces

pytestmark = pytest.mark.browser
SHIPPED = traces()
PAGES = {"hotspot": "Metode", "distribusi": "Dari yang paling terpencil"}
"""With maps, whose frames the tests without a browser do not read as they do all other words."""


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    folder = tmp_path_factory.mktemp("rekaan")
    provinces: Path = tmp_path_factory.mktemp("provinsi")
    invented.write_province(provinces)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SIAGA_SHIPPED", str(provinces))
        patch.delenv("SIAGA_PROVINCE", raising=False)
        process, found = start_app(folder)
    yield found
    stop_app(process)


@pytest.mark.parametrize("path", list(PAGES))
def test_pages_with_maps_are_drawn_and_name_no_other_province(
    address: str, visit: Visit, path: str
) -> None:
    visit.open(f"{address}/{path}?tanggal=2024-02-13", PAGES[path])
    visit.settle()
    page = visit.page
    said = "\n".join(frame.locator("body").inner_text() for frame in page.frames)
    assert "Traceback" not in said
    assert page.get_by_test_id("stException").count() == 0
    assert [m[0] for m in SHIPPED.finditer(said)] == []
    assert page.locator(".sb-product").text_content() == f"Siaga {invented.SHORT}"
    visit.assert_clean()


def test_an_hour_is_that_of_the_province(address: str, visit: Visit) -> None:
    visit.open(f"{address}/kerawanan?tanggal=2024-02-14&tab=hari_h", "WITA")
    visit.settle()
    said = visit.page.locator("body").inner_text()
    assert "WITA" in said
    assert [m[0] for m in SHIPPED.finditer(said)] == []
    visit.assert_clean()
