"""Every template can be imported as it is, and its second sheet explains every column."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from data.errors import FileUnreadableError
from data.ingest.tables import TABLES
from data.province import default_election
from data.store.engine import Store
from data.texts import LANGUAGES
from services.ingest.imports import Asked, import_file
from services.ingest.kinds import KINDS, entry_of
from services.ingest.templates import columns_of, heading_of, write_template
from services.texts import text

NAMES = (*KINDS, *(f"table {name}" for name in TABLES))


@pytest.mark.parametrize("suffix", [".csv", ".xlsx"])
@pytest.mark.parametrize("name", NAMES)
def test_a_template_comes_in_without_a_fault(
    shipped_store: Store, tmp_path: Path, name: str, suffix: str
) -> None:
    before = shipped_store.revisions()
    path = tmp_path / f"contoh{suffix}"
    write_template(shipped_store, entry_of(name).kind, path)
    said = Asked(election=default_election(), dry_run=True)
    done = import_file(shipped_store, name, path, said)
    assert done.faults.to_dict("records") == []
    assert done.unused_columns == ()
    assert set(done.mapping) == {field.name for field in entry_of(name).kind.fields}
    if name in KINDS:
        assert done.accepted + done.corrected > 0
    assert shipped_store.revisions() == before


@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize("name", [*KINDS, "table agenda", "table tps"])
def test_the_notes_of_a_template_explain_each_of_its_columns(
    shipped_store: Store, tmp_path: Path, name: str, lang: str
) -> None:
    kind = entry_of(name).kind
    path = tmp_path / "contoh.xlsx"
    write_template(shipped_store, kind, path, lang)
    sheets = pd.read_excel(path, sheet_name=None, dtype="str")
    first, notes = sheets.values()
    assert list(sheets)[1] == text("import.template_sheet", lang)
    explained = notes[text("import.column", lang)].tolist()
    assert explained == [heading_of(kind, field) for field in kind.fields]
    assert first.columns.tolist() == explained
    assert notes[text("import.holds", lang)].tolist() == columns_of(kind, lang).iloc[:, 1].tolist()


def test_a_template_has_no_other_ending_and_needs_its_folder(
    shipped_store: Store, tmp_path: Path
) -> None:
    kind = KINDS["voters"].kind
    for name, reason in (("a.pdf", "unknown_suffix"), ("none/a.xlsx", "folder_missing"),
                         ("none/a.csv", "folder_missing")):  # fmt: skip
        with pytest.raises(FileUnreadableError) as caught:
            write_template(shipped_store, kind, tmp_path / name)
        assert caught.value.reason == reason


def test_a_template_with_a_broken_cell_is_seen(shipped_store: Store, tmp_path: Path) -> None:
    path = tmp_path / "contoh.csv"
    write_template(shipped_store, KINDS["voters"].kind, path)
    path.write_text(path.read_text(encoding="utf-8-sig").replace("215", "216"), encoding="utf-8")
    said = Asked(election=default_election(), dry_run=True)
    done = import_file(shipped_store, "voters", path, said)
    assert done.faults["reason"].tolist() == ["voters_do_not_add_up"]
    assert done.accepted == 0
