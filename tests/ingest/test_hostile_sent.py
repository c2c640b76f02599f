"""Hostile cells, files and names come in by upload and by command: rows as written, or words."""

from __future__ import annotations

import csv
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import date, timedelta
from io import StringIO
from pathlib import Path
from typing import NamedTuple

import pandas as pd
import pytest

from data.errors import FileUnreadableError
from data.ingest.files.opening import uploaded
from data.ingest.record import ImportResult
from data.store.engine import Store
from geo.errors import SiagaError
from services.check import check_store
from services.explain import explain
from services.ingest.imports import Asked, import_file, import_upload, look_at, undo_import
from services.ingest.wording import faults_table, import_lines
from tests.conftest import ROOT, copy_store
from tests.ingest import hostile_cells as cells
from tests.ingest import hostile_shapes as shapes
from tests.ingest.hostile_cells import Cell, Kept, Refused

MOST_SECONDS, MOST_BYTES, MOST_GIB = 5.0, 2_500, 0.8
USUAL = {"id laporan": "", "Tanggal": "", "Kabupaten": "Bangka", "jenis kejadian": "unjuk rasa"}
TAKEN = {
    "encodings": 8, "tables": 23, "books": 19, "objects": 9,
}  # fmt: skip
"""How many of the files of waves hold the rows that they hide; all others are refused in words."""
_done: list[str] = []
"""What Python did outside of the store while files were read: writes, calls, programs."""
_watched: list[Path] = []


def _watch(event: str, arguments: tuple[object, ...]) -> None:
    """Note what touches anything but the store and the folder for what is passing."""
    if not _watched:
        return
    if event in {"subprocess.Popen", "os.system", "os.exec", "socket.connect", "os.symlink"}:
        _done.append(f"{event} {arguments}")
    if event == "open" and isinstance(arguments[0], str | bytes):
        writes = int(arguments[2]) & (os.O_WRONLY | os.O_RDWR | os.O_CREAT)  # type: ignore[call-overload]
        path = Path(os.fsdecode(arguments[0])).absolute()
        if writes and not any(path.is_relative_to(one) for one in _watched):
            _done.append(f"{event} {path}")


class Box(NamedTuple):
    """A store that hostile files are sent to, and the folder that commands read them from."""

    store: Store
    folder: Path


@pytest.fixture(scope="module")
def box(shipped_store: Store, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Box]:
    folder = tmp_path_factory.mktemp("hostile")
    copy_store(shipped_store, folder / "siaga.db")
    (folder / "sent").mkdir()
    store = Store.open(f"sqlite:///{folder / 'siaga.db'}")
    yield Box(store, folder / "sent")
    store.close()


@pytest.fixture(scope="module", autouse=True)
def nothing_else_is_touched(box: Box) -> Iterator[None]:
    """Hold that nothing is written but the store, nobody is called, and nothing is left behind."""
    with pytest.MonkeyPatch.context() as patch:
        passing = box.folder.parent / "passing"
        passing.mkdir()
        patch.setattr(tempfile, "tempdir", str(passing))
        sys.addaudithook(_watch)  # which stays, and does nothing once nobody watches
        yield
        assert _done == []
        assert list(passing.iterdir()) == []


@contextmanager
def watched(box: Box) -> Iterator[None]:
    """Note what is done outside of the folder of the store, and hold that it is done in time."""
    start = time.process_time()
    _watched[:] = [box.folder.parent, Path("/dev/null")]
    yield
    _watched.clear()
    assert time.process_time() - start < MOST_SECONDS


def words_of(error: SiagaError) -> None:
    """Hold that an error says in both languages what is wrong, and nothing of the machine."""
    for lang in ("id", "en"):
        words = explain(error, lang)
        assert words.strip()
        assert tempfile.gettempdir() not in words
        assert "Traceback" not in words
        assert len(words.encode()) < MOST_BYTES


def came_of(error: SiagaError) -> str:
    return error.reason if isinstance(error, FileUnreadableError) else type(error).__name__


def send(box: Box, kind: str, name: str, content: bytes) -> ImportResult | str:
    """Send a file by both ways; return what became of it, or why it was refused.

    The command gets what the upload took once more, and finds that nothing is new.
    """
    before = box.store.revisions()
    with watched(box):
        try:
            done: ImportResult | str = import_upload(box.store, kind, name, content)
        except SiagaError as error:
            words_of(error)
            done = came_of(error)
    if isinstance(done, str) or done.unchanged:
        assert box.store.revisions() == before
    wanted = done if isinstance(done, str) else "unchanged"
    assert _commanded(box, kind, name, content, wanted) == wanted
    return done


def _commanded(box: Box, kind: str, name: str, content: bytes, wanted: str) -> str:
    """Return what the command makes of a file; of those that are taken, of every eighth."""
    if wanted == "unchanged" and len(content) % 8:
        return "unchanged"
    path = box.folder / f"berkas{Path(name).suffix}"
    path.write_bytes(content)
    before = box.store.revisions()
    try:
        again = import_file(box.store, kind, path)
    except SiagaError as error:
        words_of(error)
        return came_of(error)
    finally:
        assert box.store.revisions() == before
    assert again.unchanged
    return "unchanged"


def table(rows: Sequence[Mapping[str, str]]) -> bytes:
    """Return a CSV in which every cell stands in quotes."""
    text = StringIO()
    writer = csv.writer(text, quoting=csv.QUOTE_ALL)
    writer.writerows([list(rows[0]), *(list(row.values()) for row in rows)])
    return text.getvalue().encode()


def reports_of(field: str, heading: str, tried: Sequence[Cell]) -> bytes:
    """Return a file with a report per cell; none of them says what another one says."""
    finer = {"Kecamatan": "Belinyu", "Desa": "Gunung Muda"} if field in ("tps", "point") else {}
    rows = [
        USUAL
        | {
            "id laporan": f"{field}-{number}",
            "Tanggal": str(date(2022, 1, 1) + timedelta(number)),
            "uraian": f"SIMULASI {field} {number}",
        }
        | finer
        | {heading: text}
        for number, (_, text, _) in enumerate(tried)
    ]
    return table(rows)


def as_kept(field: str, text: str, becomes: Kept) -> object:
    """Return what stands in the store for a cell that is taken."""
    if becomes.value is not None:
        return becomes.value
    return f"TPS: {text}" if field == "tps" else text.strip()


def stored(row: pd.Series, column: str) -> object:
    """Return a value of a stored report as `Kept` writes it; an empty text where there is none."""
    if column == "lon":
        return (float(row["lon"]), float(row["lat"]))
    value = row[column]
    if pd.isna(value):
        return ""
    return str(value.date()) if isinstance(value, pd.Timestamp) else value


@pytest.mark.parametrize("field", cells.FIELDS)
def test_each_cell_is_stored_as_it_stands_or_its_row_is_refused(box: Box, field: str) -> None:
    heading, column, tried = cells.FIELDS[field]
    done = send(box, "reports", "sel.csv", reports_of(field, heading, tried))
    assert isinstance(done, ImportResult)
    reasons = done.faults.groupby("row_number")["reason"].agg(list).to_dict()
    rows = box.store.read("reports").set_index("report_id")
    for number, (why, text, becomes) in enumerate(tried):
        if isinstance(becomes, Refused):
            assert reasons.pop(number + 2, None) == [becomes.reason], why
        else:
            row = rows.loc[f"{field}-{number}"]
            assert stored(row, column) == as_kept(field, text, becomes), why
    assert reasons == {}
    for lang in ("id", "en"):
        assert "\n".join(import_lines(done, lang)).encode()
        assert faults_table(done.faults, lang).iloc[:, 3].str.len().gt(0).all()
    kept = box.store.read("quarantine")
    refused = kept[kept["import_id"].eq(done.import_id)]
    wanted = [text.strip() for _, text, becomes in tried if isinstance(becomes, Refused)]
    assert refused["value"].tolist() == wanted


def test_a_kind_with_other_texts_stores_one_blank_between_words(box: Box) -> None:
    tried = [one for one in cells.FREE if one[2] != Refused("too_long")]
    rows = [{"keputusan": f"k{n}", "risiko": t, "pj": "KPU"} for n, (_, t, _) in enumerate(tried)]
    done = send(box, "actions", "tindakan.csv", table(rows))
    assert isinstance(done, ImportResult)
    found = box.store.read("actions").set_index("decision")["risk"]
    for number, (why, text, becomes) in enumerate(tried):
        if (told := as_kept("risk", text, becomes)) != "":
            assert found[f"k{number}"] == " ".join(str(told).split()), why
    assert done.quarantined == sum(one[2] == cells.NOTHING for one in tried)


@pytest.mark.parametrize("group", TAKEN)
def test_each_file_holds_its_rows_or_is_refused_in_words(box: Box, group: str) -> None:
    """The rows are those that a sound file brought before: had any cell come otherwise, it would
    be a correction."""
    with_rows = import_upload(box.store, "waves", "utuh.csv", shapes.GOOD.encode())
    assert with_rows.accepted + with_rows.duplicates == len(shapes.ROWS)
    taken = 0
    for why, name, content in shapes.sent(group):
        done = send(box, "waves", name, content)
        if isinstance(done, ImportResult):
            counts = (done.accepted, done.corrected, done.quarantined, done.duplicates)
            assert counts == (0, 0, 0, len(shapes.ROWS)), why
            taken += 1
    assert taken == TAKEN[group]


def test_each_shape_is_a_point_or_its_row_is_refused(box: Box) -> None:
    said = [
        {"id laporan": f"bentuk-{n}", "Uraian": f"bentuk {n}"} for n in range(len(shapes.SHAPES))
    ]
    tried = [(shape, own) for (_, shape, _), own in zip(shapes.SHAPES, said, strict=True)]
    done = send(box, "reports", "titik.geojson", shapes.collection(tried))
    assert isinstance(done, ImportResult)
    refused = {number - 2 for number in done.faults["row_number"]}
    assert refused == {n for n, (_, _, taken) in enumerate(shapes.SHAPES) if not taken}
    for why, name, content in shapes.sent("features"):
        assert isinstance(send(box, "reports", name, content), str), why


def test_each_name_is_one_that_a_disk_a_store_and_a_page_can_hold(box: Box) -> None:
    for why, name in shapes.NAMES:
        with uploaded(name, b"x") as path:
            assert path.read_bytes() == b"x"
            assert path.parent.parent == Path(tempfile.gettempdir()), why
        look = look_at(box.store, "waves", name, b"", Asked())
        assert isinstance(look.question, FileUnreadableError), why
        words_of(look.question)
        shown = explain(look.question)
        assert shown.isprintable() or "\u200b" in shown, why
    done = import_upload(
        box.store, "waves", "a\udcff\n\u2067.csv", shapes.GOOD.encode() + b"\n\n\n"
    )
    assert done.file_name == "a???.csv"
    new = shapes.GOOD.replace("1.25", "1.75").encode()
    done = import_upload(box.store, "waves", "b\udcff\n\u2067.csv", new)
    assert (
        box.store.read("imports").set_index("import_id")["file_name"][done.import_id] == "b???.csv"
    )
    undo_import(box.store, done.import_id)


def test_what_is_said_beside_a_file_is_held_to_the_same(box: Box) -> None:
    for bad in ("a\0b", "a\ud800b", "x" * 30_000, "${alert(1)}", "<script>"):
        said = Asked(source=bad, agency=bad, profile=bad, fixed={"location_note": bad})
        before = box.store.revisions()
        rows = reports_of("said", "uraian", [("", "SIMULASI kata", Kept())])
        try:
            done = import_upload(box.store, "reports", "kata.csv", rows, said)
        except SiagaError as error:
            words_of(error)
            assert box.store.revisions() == before
        else:
            assert done.quarantined == 0 or done.faults["reason"].ne("").all()
            undo_import(box.store, done.import_id)


def test_the_store_is_sound_with_all_of_it(box: Box) -> None:
    assert [one for one in check_store(box.store) if one.faults] == []


def test_what_a_hostile_file_would_do_is_noticed(box: Box, tmp_path: Path) -> None:
    """The control of `nothing_else_is_touched`."""
    with watched(box):
        (tmp_path / "keluar").write_text("x")
        subprocess.run(["true"], check=True)
        (box.folder / "sendiri").write_text("x")
    done, _done[:] = [*_done], []
    assert [one.partition(" ")[0] for one in done if "pytest" in one or "true" in one] == [
        "open",
        "subprocess.Popen",
    ]


def test_there_are_enough_of_them() -> None:
    texts = [(heading, *one[:2]) for heading, _, some in cells.FIELDS.values() for one in some]
    files = [one[2] for group in (*TAKEN, "features") for one in shapes.sent(group)]
    names = [name for _, name in shapes.NAMES]
    geometries = [repr(shape) for _, shape, _ in shapes.SHAPES]
    for some in (texts, files, names, geometries):
        assert len(set(some)) == len(some)
    assert len(texts) + len(files) + len(names) + len(geometries) >= 500


def test_the_command_itself_ends_in_rows_or_words_within_its_memory(
    shipped_store: Store, tmp_path: Path
) -> None:
    """Two processes: one is sent cells under a name that is no text, the other a bomb."""
    # A process starts with the peak of the one that starts it, which here may be large: a small
    # one stands between and tells.
    tells = (
        "import resource, subprocess, sys\n"
        "code = subprocess.call(sys.argv[2:])\n"
        "most = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss\n"
        "print(most, file=open(sys.argv[1], 'w', encoding='ascii'))\n"
        "sys.exit(code)\n"
    )
    heading, _, tried = cells.FIELDS["summary"]
    bomb = next(content for why, _, content in shapes.sent("books") if "laughs" in why)
    sent = {b"a\xff.csv": reports_of("summary", heading, tried), b"bom.xlsx": bomb}
    running = []
    for number, (name, content) in enumerate(sent.items()):
        folder = tmp_path / str(number)
        folder.mkdir()
        copy_store(shipped_store, folder / "siaga.db")
        path = os.fsencode(folder) + b"/" + name
        Path(os.fsdecode(path)).write_bytes(content)
        environment = os.environ | {"SIAGA_VAR": str(folder)}
        environment.pop("DATABASE_URL", None)
        asked = [sys.executable, "cli.py", "import", "reports", os.fsdecode(path)]
        command = [sys.executable, "-c", tells, os.fspath(folder / "most_kib"), *asked]
        with (folder / "said").open("wb") as out:
            running.append(
                subprocess.Popen(
                    command, cwd=ROOT, env=environment, stdout=out, stderr=subprocess.STDOUT
                )
            )
    for one in running:
        one.wait()
    assert [one.returncode for one in running] == [1, 2]
    said = [(tmp_path / str(n) / "said").read_bytes() for n in range(len(running))]
    assert all(said)
    assert not any(b"Traceback" in words for words in said)
    most_kib = [int((tmp_path / str(n) / "most_kib").read_text()) for n in range(len(running))]
    assert min(most_kib) > 50 * 2**10
    assert max(most_kib) < MOST_GIB * 2**20
