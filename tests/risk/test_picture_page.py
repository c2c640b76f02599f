"""The security picture as sentences, tables and a page, on reports of its own."""

from __future__ import annotations

import datetime as dt
import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from streamlit.testing.v1 import AppTest
from typer.testing import CliRunner

from analytics.risk.picture import place_history
from cli import app
from data.store.engine import Store
from geo.errors import ParameterError
from services.dataset import Dataset
from services.risk.picture.lines import Picture, PictureQuery, exposure_election, picture, place_of
from services.risk.picture.tables import (
    LINE_COLUMNS,
    as_dict,
    baseline_table,
    count_panels,
    knows_table,
    line_table,
    line_words,
    readable_table,
    unlock_table,
)
from services.risk.picture.words import finding, history_items, potensi_items, risk_rows, sub_line
from services.texts import number, text
from tests.pages.test_pages import shown

JEBUS, SINAR_MANIK, BARAT = "19.05.03", "19.05.03.2020", "19.05"
TODAY = dt.date(2025, 10, 29)
_BASE = {
    "kind": "kejadian", "date_precision": "day", "stage": "sosial_non_pemilu", "severity": 2,
    "location_precision": "desa", "verification": "dikutip", "access": "terbuka",
    "family": "konflik", "category": "konflik_agraria_tambang",
}  # fmt: skip


def reports_of(dataset: Dataset, *rows: dict[str, Any]) -> pd.DataFrame:
    """Return rows as the table ``reports``: an affair each, reported on their day."""
    full = [
        _BASE | {"report_id": f"U{n:02d}", "perkara_id": f"U{n:02d}", "summary": f"uji {n}",
                 "date_reported": row["date_event"]} | row
        for n, row in enumerate(rows)
    ]  # fmt: skip
    table = dataset.read("reports")
    frame = pd.DataFrame(full, columns=table.columns)
    return frame.astype(table.dtypes.to_dict())


def world(dataset: Dataset, *rows: dict[str, Any]) -> Dataset:
    """Return the shipped tables with reports and disputes of the test's own."""
    none = dataset.read("disputes").iloc[:0]
    affairs = dataset.affairs.iloc[:0]
    return dataset.with_tables(reports=reports_of(dataset, *rows), disputes=none, affairs=affairs)


def many(n: int, desa: str = SINAR_MANIK, **more: Any) -> list[dict[str, Any]]:
    return [
        {"date_event": f"2025-0{1 + k % 9}-0{1 + k // 9}", "unit_kejadian": desa, **more}
        for k in range(n)
    ]


POTENSI = {"kind": "potensi", "status": "terbuka", "date_event": "2025-06-11",
           "unit_kejadian": SINAR_MANIK}  # fmt: skip
RIOT = {"date_event": "2025-09-12", "unit_kejadian": SINAR_MANIK, "severity": 5}


@pytest.fixture(scope="module")
def loud(dataset: Dataset) -> Dataset:
    """Twelve conflicts in one desa of Bangka Barat, one elsewhere, and an open potensi."""
    elsewhere = {"date_event": "2025-03-03", "unit_kejadian": "19.02.01.2015"}
    return world(dataset, *many(12), RIOT, elsewhere, POTENSI)


@pytest.fixture(scope="module")
def quiet(dataset: Dataset) -> Dataset:
    """One riot, potensi in its desa told with hostile words, and one known to the kabupaten."""
    evil = {"summary": "<img src=x onerror=alert(1)>", "agency": "<b>x</b>"}
    coarse = POTENSI | {"unit_kejadian": BARAT, "location_precision": "kabupaten"}
    fine = [POTENSI | evil | {"date_event": f"2025-0{n}-01"} for n in range(1, 8)]
    return world(dataset, RIOT | evil, coarse, *fine)


@pytest.fixture(scope="module")
def province(loud: Dataset) -> Picture:
    return picture(loud, PictureQuery(TODAY, "pilkada2024"))


def test_the_headline_is_what_stands_out_with_its_interval_potensi_and_gravest(
    province: Picture,
) -> None:
    assert province.leads == ("konflik", BARAT)
    row = province.risks["konflik"].loc[BARAT]
    assert (row["affairs"], row["word"]) == (13, "lebih_tinggi")
    low, high = (number(row[end], "id", 1) for end in ("low", "high"))
    assert finding(province, "id") == (
        f"Bangka Barat: konflik {number(row['median'], 'id', 1)} kali yang diperkirakan "
        f"({low}–{high}) dalam pemberitaan; 1 potensi terbuka, paling lama 140 hari tanpa kabar; "
        "terberat tingkat 5, 12 September 2025"
    )
    assert "in press reports" in finding(province, "en")
    assert "n = 14 perkara konflik" in sub_line(province, "id")


def test_a_headline_whose_interval_holds_one_gives_its_chance(province: Picture) -> None:
    unsure = province.risks["konflik"].copy()
    unsure.loc[BARAT, ["low", "p_above"]] = [0.9, 0.82]
    found = replace(province, risks={**province.risks, "konflik": unsure})
    assert ", peluang 82 % di atas 1,25 kali; 1 potensi terbuka" in finding(found, "id")
    assert "peluang" not in finding(province, "id")


def test_where_nothing_stands_out_the_headline_says_so_and_names_the_gravest(
    quiet: Dataset, dataset: Dataset
) -> None:
    found = picture(quiet, PictureQuery(TODAY, "pilkada2024"))
    assert found.leads is None
    assert finding(found, "id") == (
        "Tidak ada kabupaten/kota yang dapat dibedakan dalam pemberitaan; terberat setahun "
        "terakhir: konflik agraria dan tambang di Sinar Manik, 12 September 2025 (tingkat 5); "
        "8 potensi terbuka, paling lama 301 hari tanpa kabar"
    )
    # Potensi are no conflicts that happened.
    assert found.risks["konflik"].loc[BARAT, "affairs"] == 1
    empty = picture(world(dataset), PictureQuery(TODAY, "pilkada2024"))
    assert "belum ada kejadian yang diketahui" in finding(empty, "id")
    assert "tidak ada yang dibandingkan" in risk_rows(empty, "id")
    assert empty.history.empty
    assert not finding(empty, "en").count("0,")


@pytest.mark.parametrize("place", [None, BARAT, JEBUS, SINAR_MANIK])
def test_every_line_of_a_place_is_a_row_of_its_file_and_of_its_json(
    loud: Dataset, place: str | None
) -> None:
    found = picture(loud, PictureQuery(TODAY, "pilkada2024", place))
    table = line_table(found, "id")
    assert list(table.columns) == list(LINE_COLUMNS)
    sizes = table["line"].value_counts()
    assert sizes["potensi"] == len(found.potensi) == 1
    assert sizes["history"] == len(found.history) == 1
    assert sizes["counts"] == len(found.counts)
    stale = table[table["line"].eq("potensi")].iloc[0]
    assert (stale["days"], stale["state"], stale["date"]) == (140, "stale", "2025-06-11")
    told = as_dict(found)
    assert len(told["lines"]) == len(table)
    assert told["finding"] == finding(found, "id")
    assert len(line_words(found)) == len(table) + 2
    own = table[table["line"].eq("risk") & table["code"].eq(found.code)]
    assert len(own) == (0 if place is None else len(found.own))
    assert (
        table.loc[table["line"].eq("risk"), "low"]
        .le(table.loc[table["line"].eq("risk"), "high"])
        .all()
    )


def test_a_place_shows_its_parts_and_says_what_is_known_more_coarsely(quiet: Dataset) -> None:
    found = picture(quiet, PictureQuery(TODAY, "pilkada2024", JEBUS))
    assert (found.level, found.map_level) == ("kecamatan", "desa")
    assert found.parts.index.str.startswith(f"{JEBUS}.").all()
    assert found.parts.loc[SINAR_MANIK, "n_history"] == 1
    assert len(found.potensi) == 7
    assert len(found.potensi_above) == 1
    assert finding(found, "id").startswith("Kec. Jebus, Kab. Bangka Barat: Konflik agraria")
    desa = picture(quiet, PictureQuery(TODAY, "pilkada2024", SINAR_MANIK))
    assert list(desa.parts.index) == [SINAR_MANIK]
    assert "1 / &lt; 0,1" in risk_rows(desa, "id")  # little is expected of a desa, not nothing
    lead = risk_rows(picture(quiet, PictureQuery(TODAY, "pilkada2024", BARAT)), "id")
    assert lead.count("sb-ci") == 1  # of five families there is no affair anywhere
    assert lead.count("0 / 0,0") == 5
    assert list(desa.own.index) == ["konflik"]  # of a desa, families without an affair say nothing


def test_the_voters_exposed_are_of_the_whole_province(dataset: Dataset) -> None:
    """The re-run of 2025 was held in two kabupaten: the others have no voters in it."""
    assert exposure_election(dataset, TODAY) == "pilkada2024"
    assert exposure_election(dataset, dt.date(2024, 2, 13)) == "pemilu2024"
    found = picture(dataset, PictureQuery(TODAY, "pilkada_ulang2025"))
    assert len(found.risks["konflik"]) == 7


def test_a_year_ends_where_watching_ended(loud: Dataset) -> None:
    watched = pd.DataFrame({"unit_code": ["19"], "date_start": pd.Timestamp("2024-01-01"),
                            "date_end": pd.Timestamp("2025-08-31"), "agency": "x",
                            "source_id": pd.NA})  # fmt: skip
    data = loud.with_tables(coverage_periods=watched, reports=loud.read("reports"))
    found = picture(data, PictureQuery(dt.date(2026, 11, 29), "pilkada2024", window="tahun"))
    assert (found.view.start, found.view.end) == (
        pd.Timestamp("2024-08-31"), pd.Timestamp("2025-08-31"),
    )  # fmt: skip
    # Eleven of the twelve and the one elsewhere; nobody watched for those of September.
    assert found.view.n_affairs == 12
    assert "31 Agu 2024 – 31 Agu 2025" in sub_line(found, "id")


def test_bars_stand_beside_their_denominator_and_never_without_one(quiet: Dataset) -> None:
    found = picture(quiet, PictureQuery(TODAY, "pilkada2024", "19.01"))
    panels = dict(count_panels(found, "id"))
    own = panels["Bawaslu, Kab. Bangka, Pilkada 2024: dari 455 TPS"]
    assert "120 dari 455 (26,4 %)" in own
    assert 'style="width:26.4%"' in own
    assert "Sumber berbeda tentang jumlah TPS: 455 (Bawaslu), 415 (Polri)." in own
    bare = panels["Polri, Pilkada 2024: penyebut tidak disebut sumber"]
    assert "sb-bar" not in bare
    assert "sangat rawan" in bare
    assert any(title.endswith("dari 2.197 TPS") for title in panels)


def test_a_file_says_who_may_read_it(province: Picture) -> None:
    table = readable_table(province, "id")
    assert table["Akses"].eq("TERBATAS").all()
    assert "Dari (penyebut atau yang diperkirakan)" in table.columns


def test_the_shipped_history_knows_the_places_that_voted_again(dataset: Dataset) -> None:
    again = {"19.02.02.2005": {"006"}, "19.02.01.2015": {"001"},
             SINAR_MANIK: {"001", "002", "003", "004"}}  # fmt: skip
    history = place_history(dataset.countable, dataset.read("disputes"), TODAY)
    for place, tps in again.items():
        own = history[history["code"].eq(place)]
        assert tps <= set(own["tps"].dropna())
        assert "psu" in set(own["category"])


def test_who_is_expected_to_know_is_listed_even_with_nothing(province: Picture) -> None:
    grid = knows_table(province, "id")
    for agency in ("Bawaslu", "KPU", "Polri", "Pemerintah daerah"):
        assert f"<th>{agency}</th>" in grid
    assert "belum ada" in grid
    files = unlock_table(picture(province.data, PictureQuery(TODAY, "pemilu2024")), "id")
    assert "Kelas TPS menurut kepolisian" in files
    assert "0 dari 911 TPS" in files


def test_instruments_are_listed_apart_and_their_cut_offs_are_no_category(province: Picture) -> None:
    table = baseline_table(province, "id")
    assert "IKP Pilkada 2024" in table
    assert "ambang kategori" not in table
    assert table.count("IKP2024") >= 3  # three sources, three rows


def test_a_text_from_a_file_cannot_become_html(quiet: Dataset) -> None:
    found = picture(quiet, PictureQuery(TODAY, "pilkada2024"))
    shown = "".join([*potensi_items(found.potensi, found, "id"),
                     *history_items(found.history, found, "id")])  # fmt: skip
    assert "<img" not in shown
    assert "<b>x" not in shown
    assert "&lt;img" in shown


@pytest.mark.parametrize(
    ("wrong", "message"), [({"family": "lainnya"}, "family"), ({"window": "bulan"}, "window")]
)
def test_a_question_that_cannot_be_answered_is_refused(wrong: dict[str, str], message: str) -> None:
    with pytest.raises(ParameterError, match=message):
        PictureQuery(TODAY, "pilkada2024", **wrong)  # type: ignore[arg-type]


def test_places_and_elections_that_are_not_there_are_refused(dataset: Dataset) -> None:
    assert place_of(dataset, "19") is None
    assert place_of(dataset, "") is None
    assert place_of(dataset, JEBUS) == JEBUS
    with pytest.raises(ParameterError, match="place"):
        place_of(dataset, "19.05.99")
    with pytest.raises(ParameterError, match="election"):
        picture(dataset, PictureQuery(TODAY, "pemilu1955"))


def page_of(data: Dataset, when: dt.date = TODAY, lang: str = "id", **query: str) -> AppTest:
    """Return the picture alone: AppTest forgets what is set on a page that is not the first."""

    def script(data, day) -> None:  # runs alone, without the names of this module
        import streamlit as st

        from pages.components.risk import picture as risk_picture

        risk_picture.draw(data, "pilkada2024", day, st.container())

    test = AppTest.from_function(script, kwargs={"data": data, "day": when}, default_timeout=60)
    test.query_params.update({"lang": lang, "tanggal": when.isoformat(), **query})
    test.run()
    assert not test.exception
    assert not test.error
    return test


@pytest.mark.parametrize("lang", ["id", "en"])
@pytest.mark.parametrize("when", [dt.date(2024, 2, 13), TODAY, dt.date(2026, 11, 29)])
def test_the_picture_opens_on_each_day_in_both_languages(
    dataset: Dataset, when: dt.date, lang: str
) -> None:
    page = shown(page_of(dataset, when, lang))
    assert "sb-date" in page
    for title in ("baseline_title", "knows_title", "unlock_title", "counts_title"):
        assert text(f"gambaran.{title}", lang) in page


def test_a_place_is_chosen_by_list_kept_in_the_address_and_left_again(loud: Dataset) -> None:
    test = page_of(loud)
    test.selectbox(key="kg_kabupaten").set_value(BARAT).run()
    assert "".join(test.query_params["wilayah"]) == BARAT
    assert "Kab. Bangka Barat: " in shown(test)
    test.selectbox(key="kg_kecamatan").set_value(JEBUS).run()
    assert "".join(test.query_params["wilayah"]) == JEBUS
    assert "Sinar Manik" in test.selectbox(key="kg_desa").options
    test.selectbox(key="kg_kecamatan").set_value(None).run()
    assert "".join(test.query_params["wilayah"]) == BARAT
    test.selectbox(key="kg_kabupaten").set_value(None).run()
    assert "wilayah" not in test.query_params
    assert not test.exception


def test_an_address_names_a_place_or_is_told_that_it_does_not(loud: Dataset) -> None:
    test = page_of(loud, wilayah=JEBUS)
    assert test.selectbox(key="kg_kecamatan").value == JEBUS
    assert "Kec. Jebus, Kab. Bangka Barat: " in shown(test)
    wrong = shown(page_of(loud, wilayah="19.05.<b>"))
    assert "19.05.&lt;b&gt; bukan kode wilayah" in wrong


def test_the_grid_leads_to_the_calls_of_its_kabupaten(loud: Dataset) -> None:
    test = page_of(loud, wilayah=JEBUS)
    test.button(key="kg_calls").click().run()
    asked = {name: "".join(test.query_params[name]) for name in ("tab", "bagian", "kabupaten")}
    assert asked == {"tab": "bukti", "bagian": "panggilan", "kabupaten": BARAT}


def test_the_command_prints_the_same_lines(
    shipped_dataset: Dataset, shipped_store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SIAGA_VAR", str(Path(str(shipped_store.engine.url.database)).parent))
    monkeypatch.delenv("DATABASE_URL", raising=False)
    asked = ["picture", "--place", BARAT, "--date", "2025-10-29", "--election", "pilkada2024"]
    done = CliRunner().invoke(app, [*asked, "--json"])
    assert done.exit_code == 0, done.output
    told = json.loads(done.stdout)
    found = picture(shipped_dataset, PictureQuery(TODAY, "pilkada2024", BARAT))
    assert told["finding"] == finding(found, "id")
    assert len(told["lines"]) == len(line_table(found, "id"))
    assert told["unlock"][BARAT]["indicators"] == 0
    plain = CliRunner().invoke(app, asked)
    assert plain.stdout.splitlines() == line_words(found)
    wrong = CliRunner().invoke(app, ["picture", "--place", "19.05.99"])
    assert wrong.exit_code == 2
    assert "19.05.99" in wrong.stderr


def test_no_affair_is_said_up_to_the_day_on_which_watching_ended(dataset: Dataset) -> None:
    after = {"date_event": "2026-01-06", "unit_kejadian": SINAR_MANIK, "severity": 4,
             "peaceful": False}  # fmt: skip
    data = world(dataset, *many(3, "19.02.02.2005"), after)
    line = finding(
        picture(data, PictureQuery(dt.date(2026, 6, 1), "pemilu2024", SINAR_MANIK)), "id"
    )
    assert "6 Januari 2026" in line
    assert "tidak ada perkara konflik dalam pemberitaan sampai 29 Oktober 2025" in line
    early = picture(data, PictureQuery(dt.date(2019, 6, 1), "pemilu2024", SINAR_MANIK))
    assert "konflik: rentang ini tidak dipantau" in finding(early, "id")
    assert "tidak ada perkara" not in finding(early, "id")
