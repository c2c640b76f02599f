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
