"""Sentences, tables and popups: true to what is known, and harmless whatever a file held."""

from __future__ import annotations

import re
from datetime import date

import pandas as pd
import pytest

from analytics.reports.selection import Selection
from geo.maps.land import Dots, Painted
from services.dataset import Dataset
from services.hotspots.counts import HotspotQuery, hotspot, reports_at
from services.hotspots.map import hotspot_layers, tps_layer, watch_markers
from services.hotspots.tables import reports_table, units_table
from services.reports.overview import overview
from services.wording import _escaped_link, link, place_of, popup, report_item, tag, unit_tooltip

END = date(2025, 10, 29)
ATTACK = "<img src=x onerror=\"alert('1')\"> `${alert(1)}` </script> \\"
UNSAFE = re.compile(r"<img|</script|onerror=[\"']|`|\$\{")


def query(*families: str, level: str = "kabupaten", as_of: date = END) -> HotspotQuery:
    return HotspotQuery(
        Selection(as_of=as_of, date_to=as_of, families=families), level, family=families[0]
    )


def row_of(data: Dataset, report_id: str, **values: object) -> pd.Series:
    rows = data.reports[data.reports["report_id"].eq(report_id)].astype("object").assign(**values)
    found: pd.Series = rows.iloc[0]
    return found


@pytest.mark.parametrize("url", ["http://a.example/x", "https://a.example/?a=1&b=2", "HTTPS://A.B"])
def test_a_web_address_is_a_link_that_opens_beside_the_product(url: str) -> None:
    words = link(url, "sumber")
    assert words.startswith(f'<a href="{url.replace("&", "&amp;")}" target="_blank" rel="noopener')
    assert words.endswith(">sumber</a>")


@pytest.mark.parametrize(
    "url",
    [
        "javascript:alert(1)", " javascript:alert(1)", "JaVaScRiPt:alert(1)", "data:text/html,x",
        "file:///etc/passwd", "//a.example", "a.example/x", "ftp://a.example", "", None,
        float("nan"), pd.NA, "http:/a", "\nhttp://a.example",
    ],
)  # fmt: skip
def test_anything_else_is_plain_words(url: object) -> None:
    assert link(url, "sumber") == "sumber"
    assert "<a" not in _escaped_link(url, "sumber")


@pytest.mark.parametrize("url", ["http://[x", "https://[::1", "http://a.example:port/[", ATTACK])
def test_a_broken_address_breaks_no_page(url: str) -> None:
    for words in (link(url, "s"), _escaped_link(url, "sumber")):
        assert not UNSAFE.search(words)
        assert words.count("<") in (0, 2)


def test_an_address_cannot_leave_its_attribute() -> None:
    words = link('http://a.example/" onmouseover="alert(1)', "<b>")
    assert 'onmouseover="' not in words
    assert words.endswith(">&lt;b&gt;</a>")


def test_dates_in_a_report_are_no_finer_than_known(dataset: Dataset) -> None:
    words = report_item(row_of(dataset, "BBL-0078"), dataset, "id")
    assert "<b>November 2024</b>" in words
    assert "1 November 2024" not in words
    assert "<b>22 November 2024</b>" in report_item(row_of(dataset, "BBL-0086"), dataset, "id")
    year = row_of(dataset, "BBL-0078", date_precision="year")
    assert "<b>2024</b>" in report_item(year, dataset, "id")
    at_point = popup(_rows(dataset, "BBL-0014"), dataset, "id")
    assert "<b>Desember 2023</b>" in at_point
    assert "1 Desember" not in at_point


def _rows(data: Dataset, *ids: str) -> pd.DataFrame:
    rows = data.reports[data.reports["report_id"].isin(ids)]
    return rows.assign(unit=rows["unit_kejadian"])


def test_the_table_and_the_tooltip_say_only_the_month_of_a_month(dataset: Dataset) -> None:
    """On 2 January 2024 the latest conflict of Kabupaten Bangka is 0014 of December 2023."""
    asked = query("konflik", as_of=date(2024, 1, 2))
    view = hotspot(dataset, asked)
    table = units_table(view, asked, "id").set_index("Kode")
    assert table.loc["19.01", "Terakhir"] == "2023-12"
    assert table.loc["19.02", "Terakhir"] == "2023-12-04"
    assert pd.isna(table.loc["19.71", "Terakhir"])
    tip = unit_tooltip(_with(view.units.loc["19.01"]), [], "id")
    assert tip.endswith("terakhir Desember 2023")


def _with(row: pd.Series, measure: str = "affairs") -> pd.Series:
    return pd.concat([row, pd.Series({"measure": measure})])


def test_a_report_says_kind_affair_severity_and_source(dataset: Dataset) -> None:
    words = report_item(row_of(dataset, "BBL-0103"), dataset, "id")
    assert "perkara: Penolakan tambang timah laut Batu Beriga" in words
    assert "tingkat 3 dari 5" in words
    assert "Kejadian" in words
    assert "dikutip dari sumber publik, belum diverifikasi" in words
    assert re.search(r'<a href="https?://', words)
    assert "dilaporkan 25 Mei 2025" in words
    unreported = report_item(row_of(dataset, "BBL-0119"), dataset, "id")
    assert "tanggal lapor tidak diketahui" in unreported
    potensi = report_item(row_of(dataset, "POT-0004"), dataset, "id")
    assert "Potensi (terbuka)" in potensi
    assert "tingkat" not in potensi.replace("tingkat desa", "")
    english = report_item(row_of(dataset, "POT-0004"), dataset, "en")
    assert "Potential (open)" in english


def test_a_total_says_that_it_is_not_counted(dataset: Dataset) -> None:
    words = report_item(row_of(dataset, "BBL-0111"), dataset, "id")
    assert "rekap dari laporan lain, tidak dihitung" in words
    assert "perkara:" not in words


def test_a_place_names_its_tps_and_what_it_is_about(dataset: Dataset) -> None:
    assert place_of(row_of(dataset, "BBL-0069"), dataset, "id").endswith(
        "(pokok perkara: Desa Batu Beriga, Kec. Lubuk Besar, Kab. Bangka Tengah)"
    )
    assert re.match(
        r"TPS \d{3}, (Desa|Kel\.) ", place_of(row_of(dataset, "BBL-0035"), dataset, "id")
    )
    assert "(" not in place_of(
        row_of(dataset, "BBL-0103", unit_pokok="19.04.06.2002"), dataset, "id"
    )


def test_a_report_without_a_source_says_so_and_text_sources_stay_text(dataset: Dataset) -> None:
    bare = row_of(dataset, "BBL-0103", source_id=None, source_text=None)
    assert "tanpa sumber" in report_item(bare, dataset, "id")
    told = row_of(dataset, "BBL-0103", source_id=None, source_text="Polsek & <Koba>")
    assert "Polsek &amp; &lt;Koba&gt;" in report_item(told, dataset, "id")


def attacked(data: Dataset) -> Dataset:
    """Return the data with an attack in every text of one report and in the names around it."""
    mine = data.reports["report_id"].eq("BBL-0103")
    reports = data.reports.copy()
    for column in ("summary", "source_text", "location_note", "agency", "category"):
        reports[column] = reports[column].astype("object").mask(mine, ATTACK)
    source = reports.loc[mine, "source_id"].iloc[0]
    sources = data.sources.astype({"publisher": "object", "url": "object"})
    hit = sources["source_id"].eq(source)
    sources["publisher"] = sources["publisher"].mask(hit, ATTACK)
    sources["url"] = sources["url"].mask(hit, f"https://a.example/{ATTACK}")
    affairs = data.affairs.assign(title=ATTACK)
    units = data.units.assign(name=ATTACK)
    return data.with_tables(reports=reports, sources=sources, affairs=affairs, units=units)


def test_attacks_in_a_file_are_text_in_list_popup_tooltip_and_tag(dataset: Dataset) -> None:
    data = attacked(dataset)
    asked = query("konflik", level="desa")
    view = hotspot(data, asked)
    rows = reports_at(view, "19.04.06.2002")
    listed = report_item(rows.iloc[0], data, "id")
    assert "&lt;img src=x" in listed
    assert "<img" not in listed
    assert "</script" not in listed
    assert 'onerror="' not in listed
    assert "<img" not in tag(ATTACK, "id")
    shown = [popup(rows, data, "id")]
    shown.append(unit_tooltip(_with(view.units.loc["19.04.06.2002"]), ["konflik"], "id"))
    units, dots = hotspot_layers(view, data, asked, "id")
    assert isinstance(units, Painted)
    assert isinstance(dots, Dots)
    shown += [*units.tips.values(), *dots.frame["tip"], *map(dots.opened, dots.frame["key"])]
    for feature in tps_layer(data, "pemilu2024", "id").data["features"]:
        shown.append(str(feature["properties"]["tip"]))
    assert len(shown) > 393
    for words in shown:
        assert not UNSAFE.search(words), words
    marks = watch_markers(overview(data, END).watch, data)
    assert marks
    for mark in marks:
        tooltip = next(iter(mark._children.values()))
        assert not UNSAFE.search(str(getattr(tooltip, "text", "")))


def test_every_unit_tooltip_names_each_family_apart(dataset: Dataset) -> None:
    asked = query("konflik", "unjuk_rasa")
    view = hotspot(dataset, asked)
    painted = hotspot_layers(view, dataset, asked, "id")[0]
    assert isinstance(painted, Painted)
    tips = painted.tips
    assert tips["19.02"] == (
        "<b>Belitung</b><br>Konflik: 4 perkara, 7 laporan<br>Unjuk rasa: 1 perkara, 2 laporan"
        "<br>terakhir 5 November 2024"
    )
    assert "Conflict: 4 affairs, 7 reports" in unit_tooltip(
        _with(view.units.loc["19.02"]), ["konflik"], "en"
    )


def test_a_unit_without_a_report_tells_its_kind_of_silence(dataset: Dataset) -> None:
    view = hotspot(dataset, query("konflik", level="kecamatan"))
    tip = unit_tooltip(_with(view.units.loc["19.06.01"]), ["konflik"], "id")
    assert tip.endswith("<i>tidak ada laporan</i>")
    assert "terakhir" not in tip


def test_the_popup_of_a_point_opens_its_reports_one_by_one(dataset: Dataset) -> None:
    asked = query("konflik", "unjuk_rasa", level="desa")
    view = hotspot(dataset, asked)
    dots = hotspot_layers(view, dataset, asked, "id")[-1]
    assert isinstance(dots, Dots)
    words = dots.opened("19.04.06.2002")
    # 0013, 0066, 0068, 0069, 0100 and 0103
    assert words.count("<details>") == words.count("</details>") == 6
    assert "6 laporan di sini; titik wakil desa, bukan lokasi tepat" in words
    tips = dots.frame.set_index("key")["tip"]
    assert "6 laporan" in tips["19.04.06.2002"]
    exact = popup(_rows(dataset, "BBL-0103"), dataset, "id", approximate=False)
    assert "titik menurut laporan" in exact
    assert "wakil desa" not in exact


def test_the_table_of_reports_holds_all_rows_with_words_and_addresses(dataset: Dataset) -> None:
    view = hotspot(dataset, query("konflik"))
    table = reports_table(view.reports, dataset, "id")
    assert len(table) == 25
    assert table["report_id"].is_unique
    row = table.set_index("report_id").loc["BBL-0078"]
    assert row["Ketelitian tanggal"] == "bulan"
    assert row["Kategori"] == "Intimidasi"
    assert row["Wilayah"] == "Kota Pangkalpinang"
    assert row["Kode"] == "19.71"
    quoted = dataset.reports["source_id"].notna()
    assert table["Sumber"].str.startswith("http").sum() == quoted[view.reports.index].sum()
    english = reports_table(view.reports, dataset, "en").set_index("report_id")
    assert english.loc["BBL-0078", "Precision of date"] == "month"
    assert reports_table(view.reports.head(0), dataset, "id").empty


def test_only_places_finer_than_a_kabupaten_are_marked_on_the_map(dataset: Dataset) -> None:
    for as_of in (END, date(2024, 2, 13)):
        watch = overview(dataset, as_of).watch
        marks = watch_markers(watch, dataset)
        assert len(marks) == int(watch["level"].ne("kabupaten").sum())
        units = dataset.units.set_index("code")
        fine = watch[watch["level"].ne("kabupaten")]
        for mark, (position, code) in zip(
            marks, zip(fine.index, fine["code"], strict=True), strict=True
        ):
            assert mark.location == [units.loc[code, "lat"], units.loc[code, "lon"]]
            assert f">{list(watch.index).index(position) + 1}<" in str(mark.icon.options)


def test_tps_are_stacked_at_their_desa_and_none_is_lost(dataset: Dataset) -> None:
    layer = tps_layer(dataset, "pemilu2024", "id")
    found = {f["properties"]["key"]: f["properties"]["tip"] for f in layer.data["features"]}
    assert len(found) == 393
    counted = {code: int(re.search(r": ([\d.]+) TPS", tip)[1]) for code, tip in found.items()}
    assert sum(counted.values()) == 4116
    assert counted == dataset.tps_counts.astype(int).to_dict()
    special = [tip for tip in found.values() if "lokasi khusus" in tip]
    assert special
    assert tps_layer(dataset, "pilkada2024", "id").data["features"] == []
