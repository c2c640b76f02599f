"""Payloads in every stored text, walked over pages, popups, slides and files: nothing runs.

``SIAGA_WALK=full`` walks every page and part in both languages; else a page of each sort is walked.
"""

from __future__ import annotations

import io
import os
import re
import zipfile
from collections.abc import Iterator
from pathlib import Path

import openpyxl
import pypdf
import pytest
from playwright.sync_api import Browser, Page
from pptx import Presentation

from data.export import FORMULA_STARTS, export_frame
from data.store import tables as schema
from data.store.engine import Store
from services.actions.files import register_bytes
from services.briefing.choice import Choice
from services.briefing.make import FORMATS, HTML, PDF, PPTX, file_of
from services.briefing.snapshot import last_snapshot
from services.dataset import Dataset, load_dataset
from services.exports import layer_frame
from services.paper import Table, Text
from services.pdf import pdf
from tests.browser import soon
from tests.conftest import copy_store
from tests.payloads import (
    JSON,
    LEFT_OUT,
    Ear,
    fill,
    listening,
    meeting_shown,
    payloads,
    shown_columns,
)
from tests.walk import Stop, Walk, stops, walking

pytestmark = pytest.mark.browser

FULL = os.environ.get("SIAGA_WALK") == "full"
SAMPLE = {"data", "briefing isi"}
"""Stops that show the most texts, and take the least time to be worked out."""
CHOSEN = (
    (Stop("ringkasan"), {"wilayah": "19.02.04"}),
    (Stop("data", "bagian", "impor"), {}),
    (Stop("kerawanan", "tab", "peta"), {"tps": "pemilu2024/19.03.01.1001/001"}),
    (Stop("tindakan", "tab", "tindakan"), {"tindakan": "n1"}),
    (Stop("hotspot", "metode", "counts"), {"wilayah": "19.02.04"}),
)
"""Stops with an area, a TPS or an action that is chosen, which shows more of it."""
TRIED = [(one, {}) for one in stops() if FULL or str(one) in SAMPLE]
TRIED += CHOSEN if FULL else CHOSEN[:2]
MADE = """() => {
  const calls = /^\\s*(javascript|data:text)|\\/pwn/i;
  const links = ['src', 'srcset', 'srcdoc', 'href', 'xlink:href', 'action', 'data', 'style'];
  const is_shown = (one, value) => one.textContent === value || one.dataset.testid === 'stIFrame';
  const found = [];
  const look = root => {
    for (const one of root.querySelectorAll('*')) {
      if (one.shadowRoot) look(one.shadowRoot);
      if (one.tagName === 'STYLE' && /pwn/.test(one.textContent)) found.push(one.outerHTML);
      for (const {name, value} of one.attributes)
        if (name.startsWith('on') ? /pwn/.test(value)
            : links.includes(name) && calls.test(value) && !is_shown(one, value))
          found.push(`${name}: ${one.outerHTML}`);
    }
  };
  look(document);
  return found.map(one => one.slice(0, 300));
}"""
"""What a payload made of the page, even where it is kept from running.

An address that links to itself is none, and what stands in a frame is looked at in the frame.
"""
OPEN = """() => {
  let opened = 0;
  window.map?.eachLayer?.(layer => {
    for (const what of ['Popup', 'Tooltip'])
      if (layer[`get${what}`]?.()) { layer[`open${what}`](); opened += 1; }
  });
  for (const one of document.querySelectorAll('details')) one.open = true;
  return opened;
}"""


class Watch:
    """A page on which it is noted what payloads do."""

    def __init__(self, page: Page, ear: Ear) -> None:
        self.page, self.ear, self.ran = page, ear, list[str]()
        page.context.expose_binding("pwn", lambda source: self.ran.append(source["frame"].url))

    def looked(self) -> int:
        """Open what is folded and what stands on maps; return how much that was."""
        return sum(frame.evaluate(OPEN) for frame in self.page.frames)

    def found(self) -> list[str]:
        """Return all that payloads did since it was asked last."""
        made = [one for frame in self.page.frames for one in frame.evaluate(MADE)]
        told = [*self.ran, *self.ear.calls, *made]
        self.ran.clear()
        self.ear.calls.clear()
        return told

    def words(self) -> int:
        """Return how many payloads stand on the page as text."""
        shown = "() => (document.body?.textContent.match(/pwn/g) || []).length"
        return sum(frame.evaluate(shown) for frame in self.page.frames)


@pytest.fixture(scope="module")
def ear() -> Iterator[Ear]:
    with listening() as one:
        yield one


@pytest.fixture(scope="module")
def folder(shipped_store: Store, ear: Ear, tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("hostile")
    copy_store(shipped_store, made / "siaga.db")
    store = Store.open(f"sqlite:///{made / 'siaga.db'}")
    fill(store, ear.port)
    store.close()
    return made


@pytest.fixture(scope="module")
def store(folder: Path) -> Iterator[Store]:
    opened = Store.open(f"sqlite:///{folder / 'siaga.db'}")
    yield opened
    opened.close()


@pytest.fixture(scope="module")
def data(store: Store) -> Dataset:
    return load_dataset(store)


@pytest.fixture(scope="module")
def walk(browser: Browser, folder: Path) -> Iterator[Walk]:
    with walking(browser, folder, rakor=meeting_shown()) as one:
        yield one


@pytest.fixture(scope="module")
def watch(walk: Walk, ear: Ear) -> Watch:
    return Watch(walk.page, ear)


def test_every_text_of_every_table_that_is_shown_holds_payloads(store: Store) -> None:
    """A new column holds them by itself, or stands among those that are left out, with a reason."""
    for name, columns in shown_columns().items():
        frame = store.read(name)
        for column in columns:
            assert frame[column].str.contains("pwn|contoh.invalid|javascript", na=False).any(), (
                name,
                column,
            )
    columns = {f"{t.name}.{c.name}" for t in schema.metadata.sorted_tables for c in t.columns}
    there = {*columns, *(n for full in columns for n in full.split("."))}
    assert {*LEFT_OUT, *JSON} <= there
    assert all(LEFT_OUT.values())
    inside = store.read("snapshots")["content"].str.contains("pwn")
    assert inside.all()


def test_what_a_payload_would_do_is_noticed(watch: Watch, ear: Ear) -> None:
    """The control: put into a page as markup, they run, call out and leave their elements."""
    page = watch.page.context.new_page()
    control = Watch.__new__(Watch)
    control.page, control.ear, control.ran = page, ear, watch.ran
    try:
        for text in payloads(ear.port):
            if "<img" in text or "<iframe" in text or "onload" in text:
                page.set_content("<main></main>")
                before = len(watch.ran)
                page.evaluate("text => { document.querySelector('main').innerHTML = text; }", text)
                page.wait_for_function("() => document.querySelectorAll('main *').length > 0")
                page.evaluate("() => new Promise(requestAnimationFrame)")
                assert control.found() or len(watch.ran) > before, text
        page.set_content("<img src='data:,x' onerror='pwn()'>")
        while not watch.ran:
            page.evaluate("() => new Promise(requestAnimationFrame)")
    finally:
        page.close()
        control.ran.clear()
        ear.calls.clear()


@pytest.mark.parametrize(("stop", "chosen"), TRIED, ids=str)
def test_nothing_runs_on_a_page(
    walk: Walk, watch: Watch, stop: Stop, chosen: dict[str, str]
) -> None:
    for lang in ("id", "en") if FULL else ("id",):
        walk.go(stop, lang, **chosen)
        watch.looked()
        assert walk.page.locator("[data-testid=stException]").count() == 0
        assert watch.found() == []
        if str(stop) in SAMPLE:  # tables get their words a moment later
            assert soon(walk.page, watch.words, bool) > 0


@pytest.fixture(scope="module")
def files(data: Dataset) -> dict[str, bytes]:
    """Files of a rakor whose snapshot is full of payloads."""
    snapshot = last_snapshot(data, meeting_shown())
    assert snapshot is not None
    kinds = FORMATS if FULL else (PPTX, PDF, HTML)
    return {kind: file_of(kind, snapshot, Choice(), "id") for kind in kinds}


def test_nothing_runs_in_the_slides_of_a_browser(
    watch: Watch, files: dict[str, bytes], tmp_path: Path
) -> None:
    path = tmp_path / "salindia.html"
    path.write_bytes(files[HTML])
    page = watch.page.context.new_page()
    try:
        page.goto(path.as_uri())
        page.locator(".slide").first.wait_for(state="attached")
        assert page.evaluate(MADE) == []
        assert "pwn" in page.content()
    finally:
        page.close()
    assert watch.found() == []


def test_slides_and_papers_hold_no_action(files: dict[str, bytes]) -> None:
    for kind, content in files.items():
        if kind == PPTX:
            assert any("pwn" in words for words in _words_of(content))
            with zipfile.ZipFile(io.BytesIO(content)) as parts:
                text = "".join(
                    parts.read(name).decode() for name in parts.namelist() if "rels" in name
                )
                assert not re.search(r'Target="(?!http)[^"]*:|pwn|vbaProject|oleObject', text)
                slides = [n for n in parts.namelist() if n.startswith("ppt/slides/slide")]
                assert not any(b"ppaction" in parts.read(name) for name in slides)
        elif kind != HTML:
            assert_no_action(content)


def test_a_paper_holds_no_action(ear: Ear, data: Dataset) -> None:
    rows = data.reports.head(20)[["report_id", "summary"]]
    assert_no_action(pdf("Uji", [Text(text) for text in payloads(ear.port)] + [Table(rows)]))


def assert_no_action(content: bytes) -> None:
    """Hold that a PDF starts nothing, holds no file, and links to nothing but pages."""
    reader = pypdf.PdfReader(io.BytesIO(content))
    assert "pwn" in "".join(page.extract_text() for page in reader.pages)
    for name in ("/OpenAction", "/AA", "/AcroForm"):
        assert name not in reader.trailer["/Root"]
    assert not reader.attachments
    for page in reader.pages:
        assert "/AA" not in page
        for note in page.get("/Annots", []):
            action = note.get_object().get("/A", {})
            assert action.get("/S", "/URI") in ("/URI", "/GoTo")
            assert re.match(r"https?://(?!127)", action.get("/URI", "https://x"))


def _words_of(content: bytes) -> Iterator[str]:
    for slide in Presentation(io.BytesIO(content)).slides:
        for shape in slide.shapes:
            if shape.has_text_frame:
                yield shape.text_frame.text


@pytest.mark.parametrize("suffix", [".xlsx", ".csv"])
def test_no_cell_of_an_export_is_a_formula(store: Store, tmp_path: Path, suffix: str) -> None:
    path = export_frame(layer_frame(store, "reports"), tmp_path / f"laporan{suffix}", "laporan")
    if suffix == ".xlsx":
        assert_no_formula(path.read_bytes())
    else:
        text = path.read_text(encoding="utf-8-sig")
        assert "'=HYPERLINK" in text
        assert not re.search(r'(^|,)"?[=@]', text, re.M)


def test_no_cell_of_the_register_is_a_formula(data: Dataset) -> None:
    assert_no_formula(register_bytes(data, data.reports["date_event"].max().date(), "id"))


def assert_no_formula(content: bytes) -> None:
    book = openpyxl.load_workbook(io.BytesIO(content))
    cells = [cell for sheet in book for row in sheet.iter_rows() for cell in row]
    assert any("pwn" in str(cell.value) for cell in cells)
    for cell in cells:
        assert cell.data_type != "f"
        assert not cell.hyperlink
        assert not (isinstance(cell.value, str) and cell.value.startswith(FORMULA_STARTS))
