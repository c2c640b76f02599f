"""A report has several sources: a page that it does not have yet is added, and none is lost."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import create_engine, select
from streamlit.testing.v1 import AppTest

from analytics.reports.review.sources import added_sources, addresses, sources_of
from data.errors import RightError
from data.ingest.columns import ColumnMapping
from data.ingest.history import undo_import
from data.ingest.rows import Rows
from data.reports.fields import read_fields
from data.reports.further import FURTHER, FurtherSources
from data.reports.sources import SourceRows
from data.store import tables as schema
from data.store.engine import Store
from data.store.ledger.acts import Actor, acting
from data.store.ledger.undo import undo_act
from geo.errors import ParameterError
from services.access.clearance import shown_of_reports
from services.dataset import Dataset, load_dataset
from services.exports import export_layer
from services.reports.overview import overview
from services.reports.review import one_row
from services.reports.review.one_row import Filled
from services.reports.review.sources import add_source, remove_source
from services.wording import popup, report_item, source_links
from tests.imports import TODAY, bring
from tests.reports.test_corrections import counts, send

HEAD = "id,Tanggal,Kab/Kota,Jenis,Uraian,Sumber,Tautan"
ROW = "A,14/02/2024,Bangka,Demo,Massa di kantor"
P1, P2, P3 = (f"https://{name}.invalid/berita" for name in ("satu", "dua", "tiga"))


def pages(store: Store, report_id: str = "A") -> list[str]:
    """Return the addresses of a report, the first first."""
    reports, sources = store.read("reports"), store.read("sources")
    urls = sources.set_index("source_id")["url"]
    told = addresses(reports, added_sources(store.read("report_sources"), sources), urls)
    return str(told[reports["report_id"].eq(report_id)].item()).split(" | ")


def tell(store: Store, tmp_path: Path, *cells: str) -> tuple[int, int, int, int]:
    """Bring a file of rows about A, which differ in source and page alone."""
    return counts(send(store, tmp_path, *(f"{ROW},{cell}" for cell in cells), head=HEAD))


def read(cell: str, publisher: str = "") -> tuple[str, str, str, str]:
    """Return first address, its publisher, further addresses and the text of a cell."""
    frame = pd.DataFrame({"u": [cell], "p": [publisher]}, index=[2], dtype="str")
    columns = ColumnMapping({"source_url": "u", "source_publisher": "p"}, (), {})
    rows = Rows(frame, columns)
    names = ["source_url", "source_publisher", "more_urls", "source_text"]
    found = read_fields(rows)[names].fillna("")
    if rows.faulted("source_url").any():
        return ("refused", "", "", "")
    return tuple(found.iloc[0])


@pytest.mark.parametrize("between", ["; ", ";", " | ", "\n", "\r\n", " ; ", "  ", ";\n", " "])
def test_a_cell_holds_several_addresses(between: str) -> None:
    cell = between.join([P1, "www.dua.invalid/x", P3])
    assert read(cell) == (P1, "", f"www.dua.invalid/x\n{P3}", "")


@pytest.mark.parametrize(
    ("cell", "expected"),
    [
        (P1, (P1, "Koran; Radio", "", "")),  # one address: all as it was
        (f"{P1};jsessionid=7|b", (f"{P1};jsessionid=7|b", "Koran; Radio", "", "")),
        (f"{P1}?u={P2}", (f"{P1}?u={P2}", "Koran; Radio", "", "")),
        (f"{P1}; {P2};", (P1, "Koran", P2, "")),
        (f"{P1} | {P2} | {P3}", (P1, "Koran; Radio", f"{P2}\n{P3}", "")),
        ("Polsek; Radio", ("", "Koran; Radio", "", "Polsek; Radio")),
        (f"{P1} (dibaca 2 Mei)", ("", "Koran; Radio", "", f"{P1} (dibaca 2 Mei)")),
        (f"dibaca di {P1}", ("", "Koran; Radio", "", f"dibaca di {P1}")),
        (f"{P1}; halaman 3", ("refused", "", "", "")),
        (f"Polsek | {P1}", ("refused", "", "", "")),
    ],
)
def test_what_a_cell_of_addresses_says(cell: str, expected: tuple[str, ...]) -> None:
    assert read(cell, "Koran; Radio") == expected


def test_another_page_of_a_known_report_is_added_and_the_first_stays(
    store: Store, tmp_path: Path
) -> None:
    assert tell(store, tmp_path, f"Koran,{P1}") == (1, 0, 0, 0)
    before = store.read("reports")
    assert tell(store, tmp_path, f"Radio,{P2}") == (0, 1, 0, 0)
    assert pages(store) == [P1, P2]
    pd.testing.assert_frame_equal(store.read("reports"), before)  # it counts as it did
    assert store.read("sources").set_index("url")["publisher"][P2] == "Radio"
    again = (f"Koran,{P1}", f"Koran,http://www.{P2[8:]}/", f",{P2};{P1}")
    for cell in again:
        assert (tell(store, tmp_path, cell), pages(store)) == ((0, 0, 1, 0), [P1, P2]), cell
    assert tell(store, tmp_path, f"TV,{P3} ; {P2}") == (0, 1, 0, 0)
    assert pages(store) == [P1, P2, P3]


def test_a_row_without_an_id_adds_its_page_to_the_report_of_the_same_content(
    store: Store, tmp_path: Path
) -> None:
    silent = ",14/02/2024,Bangka,Demo,,Radio,"
    assert tell(store, tmp_path, f"Koran,{P1}") == (1, 0, 0, 0)
    other = ROW.removeprefix("A")
    rows = [f"{other},Radio,{P2}", f"{other},Radio,{P2}", f"{silent}{P2}", f"{silent}{P3} | {P2}"]
    assert counts(send(store, tmp_path, *rows, head=HEAD)) == (0, 2, 2, 0)
    assert (store.count("reports"), pages(store)) == (1, [P1, P2, P3])
    assert counts(send(store, tmp_path, f"{silent}{P3}", head=HEAD)) == (0, 0, 1, 0)
    assert store.count("reports") == 1


def test_a_correction_keeps_every_page_and_the_text_of_the_first(
    store: Store, tmp_path: Path
) -> None:
    tell(store, tmp_path, f"Koran,{P1}")
    moved = ROW.replace("kantor", "pasar")
    result = send(store, tmp_path, f"{moved},Radio,{P2}", head=HEAD)
    assert counts(result) == (0, 1, 0, 0)
    report = store.read("reports").iloc[0]
    assert (report["summary"], report["source_text"]) == ("Massa di pasar", "Koran")
    assert pages(store) == [P1, P2]
    undo_import(store, result.import_id)
    assert store.read("reports")["summary"].tolist() == ["Massa di kantor"]
    assert pages(store) == [P1]


def test_undoing_takes_back_what_a_file_added_and_what_was_added_to_it(
    store: Store, tmp_path: Path
) -> None:
    first = send(store, tmp_path, f"{ROW},Koran,{P1} | {P3}", head=HEAD)
    second = send(store, tmp_path, f"{ROW},Radio,{P2}", head=HEAD)
    undo_import(store, second.import_id)
    assert pages(store) == [P1, P3]
    tell(store, tmp_path, f"Radio,{P2}")
    undo_import(store, first.import_id)
    assert store.count("reports") == store.count("report_sources") == 0
    undo_act(store, int(store.read("audit_log")["seq"].max()))
    assert pages(store) == [P1, P2, P3]


def test_a_page_that_a_person_took_away_stays_away(store: Store, tmp_path: Path) -> None:
    tell(store, tmp_path, f"Koran,{P1}", f"Radio,{P2}")
    with store.begin("report.source", subject="A") as connection:
        connection.execute(FURTHER.update().values(removed=True))
    assert pages(store) == [P1]
    assert tell(store, tmp_path, f"Radio,{P2}") == (0, 0, 1, 0)
    assert pages(store) == [P1]


def test_an_operator_adds_nothing_to_the_report_of_another_agency(
    store: Store, tmp_path: Path
) -> None:
    head = HEAD + ",Instansi"
    send(store, tmp_path, f"{ROW},Koran,{P1},Polres", head=head)
    with acting(Actor("op", "Bawaslu", "operator")):
        rows = ROW.removeprefix("A")
        send(store, tmp_path, f"{rows},Radio,{P2},Bawaslu", head=head)
        assert pages(store) == [P1]
    with acting(Actor("op", "Polres", "operator")):
        send(store, tmp_path, f"{rows},Radio,{P2},Polres", head=head)
        assert pages(store) == [P1, P2]
        assert store.read("reports")["verification"].tolist() == ["belum"]


def test_the_pages_are_the_same_whatever_comes_first(store: Store, tmp_path: Path) -> None:
    """Each row is a chunk of its own; the last file holds them all at once."""
    cells = [f"Koran,{P1}", f"Radio,{P2} ; {P1}", f",{P3} | {P2}"]
    for chunk_rows, order in ((1, cells), (99, [*cells[::-1], *cells])):
        rows = [f"{ROW},{cell}" for cell in order]
        result = send(store, tmp_path, *rows, head=HEAD, chunk_rows=chunk_rows)
        assert (result.accepted, result.quarantined) == (1, 0)
        assert (set(pages(store)), store.count("reports")) == ({P1, P2, P3}, 1)
        assert pages(store)[0] == order[0].partition(",")[2].split(" ")[0]
        undo_import(store, result.import_id)
        assert store.count("report_sources") == 0


def test_an_export_brings_the_same_pages_into_an_empty_store(
    store: Store, filled: Path, tmp_path: Path
) -> None:
    rows = f"{ROW},Koran,{P3} ; {P2} ; {P1}", f"B,15/02/2024,Bangka,Demo,lain,Polsek,{P2}"
    send(store, tmp_path, *rows, head=HEAD)
    other = tmp_path / "other.db"
    other.write_bytes(filled.read_bytes())
    fresh = Store.open(f"sqlite:///{other}")
    path, again = tmp_path / "keluar.csv", tmp_path / "lagi.csv"
    assert export_layer(store, "reports", path) == 2
    assert counts(bring(store, path)) == (0, 0, 2, 0)
    bring(fresh, path)
    assert [pages(fresh, one) for one in "AB"] == [[P3, P2, P1], [P2]]
    export_layer(fresh, "reports", again)
    told = [pd.read_csv(one)["source_url"].tolist() for one in (path, again)]
    assert told[0] == told[1] == [f"{P3} | {P2} | {P1}", P2]
    fresh.close()


def test_further_sources_are_seen_with_their_report() -> None:
    reports = pd.DataFrame(
        {"report_id": ["open", "secret"], "access": ["terbuka", "rahasia"], "source_id": ["a", "b"]}
    )
    further = pd.DataFrame(
        {"report_id": ["open", "secret", "secret", "gone"], "source_id": ["c", "c", "d", "e"]}
    )
    sources = pd.DataFrame({"source_id": list("abcdef")})
    of = ("terbuka",)
    seen = shown_of_reports("sources", sources, reports, further, of)
    assert seen["source_id"].tolist() == ["a", "c", "f"]
    own = shown_of_reports("report_sources", further, reports, further, of)
    assert own.to_numpy().tolist() == [["open", "c"]]


def test_rows_that_share_an_index_keep_their_own_addresses() -> None:
    """As rows of two tables do that are put one under the other."""
    pages_by_id = pd.Series({"p": "https://satu.id/1", "q": "https://dua.id/2"})
    rows = pd.DataFrame({"report_id": ["A", "B"], "source_id": ["p", "q"]}, index=[7, 7])
    found = addresses(rows, {"A": ("q",)}, pages_by_id)
    assert found.tolist() == ["https://satu.id/1 | https://dua.id/2", "https://dua.id/2"]


def test_a_file_tells_nothing_beside_a_page() -> None:
    pages_by_id = pd.Series({"berkas-1": None, "p": P1, "q": P2})
    assert sources_of("berkas-1", ("q", "p"), pages_by_id) == ("q", "p")
    assert sources_of("berkas-1", (), pages_by_id) == ("berkas-1",)
    assert sources_of("p", ("p", "q"), pages_by_id) == ("p", "q")
    assert sources_of(None, (), pages_by_id) == ()
    further = pd.DataFrame(
        {"report_id": ["A"] * 3, "source_id": ["q", "p", "z"], "removed": [False, False, True]}
    )
    named = pd.DataFrame({"source_id": ["p", "q", "z"], "url": [P1, P2, P3]})
    assert added_sources(further, named) == {"A": ("q", "p")}  # dua before satu


TOLD = st.lists(st.tuples(st.sampled_from("RS"), st.sampled_from(["p", "q/", "www.p"])), max_size=5)


@settings(max_examples=12, deadline=None)
@given(files=st.lists(TOLD, max_size=3), order=st.randoms(use_true_random=False))
def test_nothing_is_lost_and_nothing_comes_twice(
    files: list[list[tuple[str, str]]], order: Any
) -> None:
    wanted = {(one, page_alone(url)) for file in files for one, url in file}
    other = order.sample(files, len(files))
    for turn in (files, other):
        engine = create_engine("sqlite://")
        schema.metadata.create_all(engine, [schema.reports, schema.sources, FURTHER])
        with engine.begin() as connection:
            for n, file in enumerate([*turn, *turn]):
                sources = SourceRows(connection, f"i{n}", "a.csv", TODAY)
                added = FurtherSources(connection, f"i{n}", sources).add(frame_of(file), NO_REPORT)
                assert n < len(files) or added.empty
            query = select(FURTHER.c.report_id, schema.sources.c.url).join_from(
                FURTHER, schema.sources, FURTHER.c.source_id == schema.sources.c.source_id
            )
            found = [(one, page_alone(url)) for one, url in connection.execute(query)]
        engine.dispose()
        assert sorted(found) == sorted(wanted)


NO_REPORT = pd.DataFrame(
    columns=["report_id", "source_url", "unit_kejadian", "agency"], dtype="str"
)


def frame_of(file: Sequence[tuple[str, str]]) -> pd.DataFrame:
    frame = pd.DataFrame(list(file), columns=["report_id", "url"], dtype="str")
    return frame.assign(url="https://" + frame["url"], publisher=pd.Series(None, dtype="str"))


def page_alone(url: str) -> str:
    return url.removeprefix("https://").removeprefix("www.").removesuffix("/")


def test_a_person_adds_a_source_and_takes_one_away(store: Store, tmp_path: Path) -> None:
    tell(store, tmp_path, f"Koran,{P3}")
    before = store.read("reports")
    assert add_source(store, "A", f" {P1} ", "Radio", "kabar kedua")
    assert add_source(store, "A", P2)
    assert not add_source(store, "A", f"http://www.{P3[8:]}/")
    assert not add_source(store, "A", f"http://{P1[8:]}")
    assert pages(store) == [P3, P2, P1]
    pd.testing.assert_frame_equal(store.read("reports"), before)
    log = store.read("audit_log").tail(2)
    assert log["action"].tolist() == ["report.source"] * 2
    keys = store.read("sources").set_index("url")["source_id"]
    assert store.read("sources").set_index("url")["publisher"][P1] == "Radio"
    remove_source(store, "A", keys[P3])  # the first: the next by address takes its place
    assert pages(store) == [P2, P1]
    assert tell(store, tmp_path, f"Koran,{P3}") == (0, 0, 1, 0)
    remove_source(store, "A", keys[P1])
    assert pages(store) == [P2]
    with pytest.raises(ParameterError, match="several sources"):
        remove_source(store, "A", keys[P2])
    with pytest.raises(ParameterError, match="several sources"):
        remove_source(store, "A", "unknown")
    undo_act(store, int(store.read("audit_log")["seq"].max()))
    assert pages(store) == [P2, P1]
    assert add_source(store, "A", P3)
    assert pages(store) == [P2, P1, P3]


def test_what_is_no_address_or_not_ones_own_is_not_added(store: Store, tmp_path: Path) -> None:
    tell(store, tmp_path, f"Koran,{P1}")
    for wrong in ("", "Babelpos", f"{P2} {P3}", "javascript:alert(1)"):
        with pytest.raises(ParameterError):
            add_source(store, "A", wrong)
    with pytest.raises(ParameterError):
        add_source(store, "unknown", P2)
    with acting(Actor("op", "Polres", "operator")), pytest.raises(RightError):
        add_source(store, "A", P2)
    with acting(Actor("baca", "KPU", "pembaca")), pytest.raises(RightError):
        add_source(store, "A", P2)
    assert pages(store) == [P1]


def test_all_sources_of_a_report_are_shown(dataset: Dataset) -> None:
    reports = dataset.read("reports").copy()
    row = reports.loc[reports["report_id"].eq("BBL-0103")].iloc[0]
    ids = [f"s{n}" for n in range(4)]
    urls = [f"https://www.koran{n}.invalid/<b>" for n in range(4)]
    further = pd.DataFrame(
        {"report_id": "BBL-0103", "source_id": ids, "removed": [False, False, False, False]}
    )
    new = pd.DataFrame({"source_id": ids, "url": urls, "publisher": ["Satu & Dua", None, "T", "E"]})
    sources = pd.concat([dataset.sources, new], ignore_index=True)
    data = dataset.with_tables(report_sources=further, sources=sources)
    told = source_links("BBL-0103", row["source_id"], data, "id")
    assert told.count("<a ") == 5
    assert told.index(str(dataset.source_urls[row["source_id"]])) < told.index("koran0")
    assert "Satu &amp; Dua</a>, <a" in told
    assert ">koran1.invalid</a>" in told
    assert "<b>" not in told
    few = source_links("BBL-0103", row["source_id"], data, "id", 3)
    assert (few.count("<a "), few[-3:]) == (3, " +2")
    own = data.reviewed.loc[data.reviewed["report_id"].eq("BBL-0103")].assign(
        unit="19.01", is_total=False
    )
    assert "koran3" in report_item(own.iloc[0], data, "id")
    assert " +2</p>" in popup(own, data, "id")
    assert source_links("BBL-0104", None, data, "id") == ""
    pd.testing.assert_frame_equal(
        overview(data, date(2024, 2, 20)).figures, overview(dataset, date(2024, 2, 20)).figures
    )


def test_the_card_adds_and_removes_and_takes_back(store: Store, tmp_path: Path) -> None:
    def script(data) -> None:  # runs alone, without the names of this module
        from pages.components.reports.review import said, sources

        now = data.fresh()
        said.draw_with_undo(now, "k", "k_undo")
        sources.draw(now, now.reviewed.iloc[0], "k", lambda: None, False)

    tell(store, tmp_path, f"Koran,{P1}")
    key = store.read("sources").set_index("url")["source_id"][P1]
    app = AppTest.from_function(script, kwargs={"data": load_dataset(store)}, default_timeout=60)
    app.run()
    assert not [one for one in app.button if "k_remove" in str(one.key)]  # its only source
    app.text_input(key="k_url").set_value("Babelpos")
    app.button(key="k_add").click().run()
    assert "alamat halaman" in app.warning[0].value
    app.text_input(key="k_url").set_value(P2)
    app.text_input(key="k_publisher").set_value("Babel_pos*")
    app.button(key="k_add").click().run()
    assert (pages(store), app.text_input(key="k_url").value) == ([P1, P2], "")
    app.button(key=f"k_remove_{key}").click().run()
    assert pages(store) == [P2]
    app.button(key="k_undo").click().run()
    assert pages(store) == [P1, P2]
    assert not app.exception


def test_the_form_takes_several_addresses_and_adds_by_the_same_rule(store: Store) -> None:
    cells = {
        "report_id": "A", "kind": "kejadian", "date_event": "2024-02-14", "code": "19.01",
        "category": "unjuk_rasa", "summary": "Massa di kantor", "source_url": f"{P1}\n{P2}",
    }  # fmt: skip
    form = Filled("reports", cells)
    assert one_row.send(store, form).accepted == 1
    assert pages(store) == [P1, P2]
    more = Filled("reports", {**cells, "source_url": load_dataset(store).addresses_of(
        "A", store.read("reports")["source_id"][0]) or ""})  # fmt: skip
    assert more.cells["source_url"] == f"{P1} | {P2}"
    assert one_row.check(store, more, "id").repeats == "A"
    told = one_row.check(store, replace(more, cells={**cells, "source_url": P3}), "id")
    assert (told.ready, told.corrects, told.faults) == (True, True, ())
    wrong = one_row.check(store, replace(more, cells={**cells, "source_url": f"{P3}; x"}), "id")
    assert "https://" in wrong.faults[0]
