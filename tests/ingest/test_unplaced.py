"""Names of places that are not understood are asked once each, and taken as a person says."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import delete, or_
from typer.testing import CliRunner

from cli import app
from data.ingest.held.options import from_json
from data.ingest.place_lookup import same_name
from data.ingest.rows import UNSURE_COLUMNS, none_unsure
from data.store import tables as schema
from data.store.engine import Store
from data.texts import LANGUAGES
from geo.errors import ParameterError
from services.dataset import Datasets
from services.explain import explain
from services.ingest.held import held_imports, mend_rows
from services.ingest.imports import (
    Asked,
    ImportResult,
    import_upload,
    look_at,
    profiles_of,
    undo_import,
)
from services.ingest.unplaced import Unplaced, unplaced
from services.ingest.wording import note_words
from tests.conftest import copy_store

HEAD = "kabupaten,kecamatan,desa,tps,jumlah"
GADUNG = "19.03.01.2007"
ROWS = (
    "Bangka Selatan,Tobalix,Gadung,1,210",
    "Bangka Selatan,Tobalix,Gadungan Jaya,1,220",
    "Bangka Selatan,TOBALIX,Gadung,2,230",
    "Bangka Barat,Tobalix,Air Putih,1,240",
    "Bangka Selatan,Toboali,Rias,1,250",
)
TOBALIX = "Tobalix, Kab. Bangka Selatan"


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory, shipped_store: Store) -> Iterator[Store]:
    path = tmp_path_factory.mktemp("unplaced") / "siaga.db"
    copy_store(shipped_store, path)
    store = Store.open(f"sqlite:///{path}")
    units = schema.units.c
    near = or_(units.code.like("19.03.01%"), units.code.like("19.01.01%"))
    with store.begin("setup.prepare") as connection:  # few places: each import reads them all
        connection.execute(delete(schema.units).where(units.level == "desa", ~near))
        connection.execute(delete(schema.tps).where(schema.tps.c.desa_code.not_like("19.03.01.%")))
        connection.execute(delete(schema.unit_shapes))
    yield store
    store.close()


@pytest.fixture
def store(made: Store) -> Store:
    """The store of the module, with nothing that was imported."""
    with made.begin("setup.prepare") as connection:
        for name in ("imports", "quarantine", "history", "tps_voters", "import_profiles"):
            connection.execute(delete(schema.metadata.tables[name]))
        mine = schema.reports.c.import_id.isnot(None)
        connection.execute(delete(schema.reports).where(mine))
    return made


def bring(store: Store, *rows: str, head: str = HEAD, **said: object) -> ImportResult:
    """Import a file of voters, or of another kind."""
    kind = str(said.pop("kind", "voters"))
    content = "\n".join((head, *rows)).encode()
    asked = Asked(**{"election": "pemilu2024", **said})  # type: ignore[arg-type]
    return import_upload(store, kind, "pemilih.csv", content, asked)


def numbers(found: list[Unplaced]) -> dict[str, list[int]]:
    return {one.said: [row for _, row in one.rows] for one in found}


def voters(store: Store) -> dict[str, int]:
    rows = store.read("tps_voters")
    return dict(zip(rows["tps_id"].str.removeprefix("pemilu2024/"), rows["total"], strict=True))


def test_each_name_stands_once_with_the_unit_that_the_row_puts_it_in(store: Store) -> None:
    """Worked by hand: one name in two kabupaten is two, one in capitals is the same."""
    found = unplaced(bring(store, *ROWS, dry_run=True).unsure)
    assert numbers(found) == {TOBALIX: [2, 3, 4], "Tobalix, Kab. Bangka Barat": [5]}
    assert found[0].near == ("19.03.01",)
    assert (found[0].within, found[0].code) == (("19.03",), "")


def test_what_is_said_of_a_name_holds_for_its_rows_and_no_others(store: Store) -> None:
    done = bring(store, *ROWS, places={TOBALIX.upper(): "19.03.01"})
    assert voters(store) == {f"{GADUNG}/001": 210, f"{GADUNG}/002": 230, "19.03.01.2008/001": 250}
    assert done.faults["row_number"].tolist() == [3, 5]
    found = {one.said: one for one in unplaced(done.unsure)}
    assert found[TOBALIX].code == "19.03.01"
    # The desa below it is looked for inside the kecamatan that was chosen.
    inside = found["Gadungan Jaya, Kec. Toboali, Kab. Bangka Selatan"]
    assert (inside.code, inside.within) == ("", ("19.03.01",))
    assert all(code.startswith("19.03.01.") for code in inside.near)
    assert found["Tobalix, Kab. Bangka Barat"].code == ""


def test_it_is_kept_with_the_import_and_holds_when_its_rows_are_put_right(store: Store) -> None:
    rows = ("Bangka Selatan,Tobalix,Gadung,1,2l0", ROWS[2])
    done = bring(store, *rows, places={TOBALIX: "19.03.01"})
    log = store.read("imports").iloc[0]
    assert from_json(log["options"]).places == {TOBALIX: "19.03.01"}
    held = held_imports(Datasets(store).now())[0]
    key = held.keys[0]
    mended = mend_rows(store, held, {key: {"jumlah": "210"}})
    assert mended.good == (key,)
    assert voters(store) == {f"{GADUNG}/001": 210, f"{GADUNG}/002": 230}
    undo_import(store, mended.result.import_id)
    undo_import(store, done.import_id)
    assert voters(store) == {}


def test_refused_rows_of_before_are_settled_by_the_file_with_its_places_said(store: Store) -> None:
    before = bring(store, *ROWS[:1])
    assert before.quarantined == 1
    again = bring(store, *ROWS[:1], places={TOBALIX: "19.03.01"})
    assert again.import_id != before.import_id
    assert store.read("quarantine")["closed_as"].tolist() == ["later"]
    assert bring(store, *ROWS[:1], places={TOBALIX: "19.03.01"}).unchanged


def test_a_name_alone_in_one_cell_is_asked_with_its_section(store: Store) -> None:
    head, said = "tanggal,lokasi,judul,kategori", "Sungailiat kota"
    rows = (
        "KABUPATEN BANGKA,,,",
        f"2024-02-14,{said},Kotak suara rusak,logistik",
        f"2024-02-14,{said} TPS 3,Kotak suara rusak lagi,logistik",
    )
    asked = unplaced(bring(store, *rows, head=head, kind="reports", dry_run=True).unsure)
    name = f"{said}, Kab. Bangka"
    assert numbers(asked)[name] == [3]
    done = bring(store, *rows, head=head, kind="reports", places={name: "19.01.01.1001"})
    reports = store.read("reports", schema.reports.c.import_id == done.import_id)
    assert reports["unit_kejadian"].tolist() == ["19.01.01.1001"]


def test_rows_of_another_province_are_not_asked_about(store: Store) -> None:
    rows = (
        "2024-02-14,Jawa Barat,Pasar Zzz,Ribut,intimidasi",
        "2024-02-14,Kepulauan Bangka Belitung,Pasar Zzz,Ribut,intimidasi",
    )
    head = "tanggal,provinsi,lokasi,judul,kategori"
    asked = unplaced(bring(store, *rows, head=head, kind="reports", dry_run=True).unsure)
    assert numbers(asked) == {"Pasar Zzz": [3]}


def test_a_row_that_heads_a_part_is_no_cell_that_was_answered(store: Store) -> None:
    """Else the rows below would be of a place that nobody said of them."""
    rows = ("Desa Karang Rejo Indah,,,,", "Bangka Selatan,,Gadung,1,210")
    done = bring(store, *rows, places={"Desa Karang Rejo Indah": "19.01.01.1001"})
    assert done.accepted == 1
    assert [note.key for note in done.notes if note.key == "rows_section"] == []
    assert done.faults["row_number"].unique().tolist() == [2]


def notes(result: ImportResult) -> dict[str, list[dict[str, object]]]:
    found: dict[str, list[dict[str, object]]] = {}
    for one in result.notes:
        assert all(note_words(one, lang) for lang in LANGUAGES)
        found.setdefault(one.key, []).append(dict(one.gaps))
    return found


def test_a_unit_outside_what_the_row_says_is_told(store: Store) -> None:
    told = notes(
        bring(store, *ROWS, dry_run=True, places={"Tobalix, Kab. Bangka Barat": "19.03.01"})
    )
    assert [(one["said"], one["around"]) for one in told["place_outside"]] == [
        ("Tobalix, Kab. Bangka Barat", "Kab. Bangka Barat")
    ]
    inside = notes(bring(store, *ROWS, dry_run=True, places={TOBALIX: "19.03.01"}))
    assert "place_outside" not in inside
    assert inside["place_taken"] == [
        {"said": TOBALIX, "n": 3, "unit": "Kec. Toboali, Kab. Bangka Selatan (19.03.01)"}
    ]


def test_what_is_not_understood_is_told_with_the_text_to_say_it_by(store: Store) -> None:
    told = notes(bring(store, *ROWS, dry_run=True, places={"Kolong": "19.03"}))
    assert told["place_unknown"][0] == {
        "said": TOBALIX, "n": 3, "near": "Kec. Toboali, Kab. Bangka Selatan (19.03.01)",
    }  # fmt: skip
    assert told["place_unused"] == [{"said": "Kolong"}]
    many = [f"Bangka Selatan,Kolong {n},Gadung,1,210" for n in range(23)]
    told = notes(bring(store, *many, dry_run=True))
    assert (len(told["place_unknown"]), told["places_unknown"]) == (20, [{"n": 3}])


def test_a_code_that_no_unit_has_is_refused_in_words(store: Store) -> None:
    content = "\n".join((HEAD, *ROWS)).encode()
    said = Asked(election="pemilu2024", places={TOBALIX: "19.99"})
    seen = look_at(store, "voters", "pemilih.csv", content, said)
    assert isinstance(seen.question, ParameterError)
    assert "19.99" in explain(seen.question, "id")
    assert store.read("imports").empty


def test_a_profile_does_not_remember_places(store: Store) -> None:
    """The next file may mean another place by the same text, and nobody would look."""
    bring(store, *ROWS[:1], profile="KPU", places={TOBALIX: "19.03.01"})
    assert [one.name for one in profiles_of(store, "voters")] == ["KPU"]
    later = bring(store, "Bangka Selatan,Tobalix,Gadung,3,260", profile="KPU")
    assert later.quarantined == 1


def test_the_command_says_places(
    store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("services.prepare.open_prepared", lambda: store)
    file = tmp_path / "pemilih.csv"
    file.write_text("\n".join((HEAD, *ROWS[:1])), encoding="utf-8")
    first = ["import", "voters", str(file)]
    asked = CliRunner().invoke(app, [*first, "--dry-run"])
    assert f"“{TOBALIX}” (1 baris)" in asked.output
    done = CliRunner().invoke(app, [*first, "--place", f"{TOBALIX}=19.03.01"])
    assert done.exit_code == 0, done.output
    assert voters(store) == {f"{GADUNG}/001": 210}
    wrong = CliRunner().invoke(app, [*first, "--place", TOBALIX])
    assert wrong.exit_code == 2


NAMES = st.sampled_from(("Tobalix", "TOBALIX", "Pasar  Zzz", "Pasar Zzz"))
ASKED = st.lists(
    st.tuples(
        st.sampled_from(("", "L2")),
        st.integers(2, 9),
        NAMES,
        st.sampled_from(("19", "19.03")),
        st.lists(st.sampled_from(("19.03.01", "19.03.03", "19.05")), unique=True).map(tuple),
        st.just(""),
    ),
    max_size=30,
)


@given(ASKED)
@settings(deadline=None, max_examples=30)
def test_groups_part_the_rows_and_lose_none(asked: list[tuple[object, ...]]) -> None:
    frame = pd.DataFrame(asked, columns=list(UNSURE_COLUMNS)) if asked else none_unsure()
    found = unplaced(frame)
    told = Counter((same_name(one.said), row) for one in found for row in one.rows)
    assert set(told.values()) <= {1}
    assert set(told) == {(same_name(str(one[2])), (one[0], one[1])) for one in asked}
    assert len({same_name(one.said) for one in found}) == len(found)
    assert [len(one.rows) for one in found] == sorted((len(o.rows) for o in found), reverse=True)
    for one in found:
        mine = [row for row in asked if same_name(str(row[2])) == same_name(one.said)]
        assert set(one.near) == {code for row in mine for code in row[4]}  # type: ignore[attr-defined]
        assert set(one.within) == {row[3] for row in mine}
