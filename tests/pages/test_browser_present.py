"""A meeting held from the keyboard in Chromium: from a file without any network, and in the app."""

from __future__ import annotations

import re
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Frame, Page, Route, expect

from services.briefing.files.html import html_file
from tests.briefing.sample_deck import NOTES, collection, sample_deck
from tests.browser import READY_S, soon
from tests.conftest import ROOT, START_SECONDS, stop_app

pytestmark = pytest.mark.browser
SLIDES = 7
MAP = 3
WORST = """() => {
  const box = document.querySelector('.slide.now').getBoundingClientRect();
  const found = {small: [], out: [], cut: [], over: []};
  const seen = (e) => e.checkVisibility({visibilityProperty: true});
  const slide = document.querySelector('.slide.now');
  const walk = document.createTreeWalker(slide, NodeFilter.SHOW_TEXT);
  const marked = [];
  while (walk.nextNode()) {
    const node = walk.currentNode, at = node.parentElement;
    if (!node.data.trim() || !seen(at)) continue;
    const range = document.createRange();
    range.selectNodeContents(node);
    const b = range.getBoundingClientRect();
    const svg = at.ownerSVGElement;
    const grown = svg ? svg.getScreenCTM().a : 1;
    const size = parseFloat(getComputedStyle(at).fontSize) * grown;
    if (size < 24 * box.width / 1280 - 0.05) found.small.push([node.data, size]);
    const inside = b.left > box.left - 1 && b.right < box.right + 1;
    if (!inside || b.top < box.top - 1 || b.bottom > box.bottom + 1) found.out.push(node.data);
    marked.push([node.data, b, at]);
  }
  for (const e of document.querySelectorAll('.slide.now > :not(.notes)'))
    if (e.scrollWidth > e.clientWidth + 2 || e.scrollHeight > e.clientHeight + 2)
      found.cut.push([e.className, e.textContent.slice(0, 40), e.scrollHeight, e.clientHeight]);
  // The heights of two lines of type may touch; their middles may not.
  for (let i = 0; i < marked.length; i++) for (let j = i + 1; j < marked.length; j++) {
    const [a, p] = marked[i], [b, q] = marked[j];
    const wide = Math.min(p.right, q.right) - Math.max(p.left, q.left);
    const high = Math.min(p.bottom, q.bottom) - Math.max(p.top, q.top);
    if (wide > 1 && high > 0.3 * Math.min(p.height, q.height)) found.over.push([a, b]);
  }
  return found;
}"""
FINE: dict[str, list[Any]] = {"small": [], "out": [], "cut": [], "over": []}


@dataclass
class Show:
    """A window with a deck, and all that it asked for and complained about."""

    context: BrowserContext
    page: Page
    asked: list[str] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)

    @classmethod
    def start(cls, browser: Browser, width: int = 1280, height: int = 720, **more: Any) -> Show:
        context = browser.new_context(viewport={"width": width, "height": height}, **more)
        context.set_offline(True)
        show = cls(context, context.new_page())

        def only_files(route: Route) -> None:
            show.asked.append(route.request.url)
            if route.request.url.startswith("file:"):
                route.continue_()
            else:
                route.abort()

        context.route("**/*", only_files)
        show.watch(show.page)
        return show

    def watch(self, page: Page) -> Page:
        page.on("console", lambda m: self.errors.append(m.text))
        page.on("pageerror", lambda e: self.errors.append(str(e)))
        return page

    def press(self, *keys: str) -> None:
        for key in keys:
            self.page.keyboard.press(key)

    def at(self, number: int, page: Page | None = None) -> None:
        expect((page or self.page).locator(".slide.now")).to_have_id(f"slide-{number}")

    def second(self) -> Page:
        with self.context.expect_page() as opening:
            self.press("p")
        page = self.watch(opening.value)
        page.locator(".desk .elapsed").wait_for()
        return page


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> str:
    path: Path = tmp_path_factory.mktemp("deck") / "rakor contoh.html"
    path.write_bytes(html_file(sample_deck()))
    return path.as_uri()


@pytest.fixture
def show(browser: Browser, address: str) -> Iterator[Show]:
    started = Show.start(browser)
    started.page.goto(address)
    started.at(1)
    yield started
    assert started.errors == []
    started.context.close()


VIEW = """() => {
  const of = (what) => document.querySelector(what).getBoundingClientRect();
  const g = of('.slide.now .ground');
  const p = of(".slide.now .pin"), a = of('.slide.now .live path[stroke="#0072b2"]');
  const x = p.left + p.width / 2 - g.left, y = p.top + p.height / 2 - g.top;
  return [x / g.width, y / g.height, a.width / g.width];
}"""
"""Where the marker lies and how wide the line is, as shares of the live map.

What is waited for here is asked again and again: the page lets no other script be evaluated.
"""


def view(page: Page) -> list[float]:
    found: list[float] = page.evaluate(VIEW)
    return found


def is_full(page: Page) -> bool:
    """Tell whether the slides fill the screen."""
    return bool(page.evaluate("() => Boolean(document.fullscreenElement)"))


def until_view(page: Page, wanted: list[float]) -> None:
    """Wait until a window shows the map so."""
    near = pytest.approx(wanted, abs=0.01)
    assert soon(page, lambda: view(page), lambda found: found == near, READY_S) == near


def until_larger(page: Page, than: list[float]) -> None:
    """Wait until the map is drawn at least a third larger."""
    least = 1.3 * than[2]
    assert soon(page, lambda: view(page)[2], lambda width: width > least, READY_S) > least


def test_the_file_opens_without_a_network_by_one_request(show: Show, address: str) -> None:
    show.press("End", "Home", *("ArrowRight",) * SLIDES)
    show.at(SLIDES)
    assert show.asked == [address]


@pytest.mark.parametrize(
    ("keys", "number"),
    [
        (["ArrowRight", "ArrowDown", "PageDown", "Space"], 5),
        (["End", "ArrowLeft", "ArrowUp", "PageUp"], 4),
        (["End", "Shift+Space", "Backspace", "Home"], 1),
        (["ArrowLeft"], 1),
        (["End", "ArrowRight", "Enter"], 7),
        (["g", "5", "Enter"], 5),
        (["0", "3", "Enter"], 3),
        (["9", "Enter", "Escape", "Enter"], 2),
        (["4", "Escape", "Enter"], 2),
        (["4", "PageDown", "Enter"], 3),
        (["o", "ArrowRight", "ArrowRight", "Enter"], 3),
        (["c", "r", "q", "x", "PageDown"], 2),
    ],
)
def test_keys_and_clickers_lead_through_the_slides(
    show: Show, keys: list[str], number: int
) -> None:
    show.press(*keys)
    show.at(number)
    assert "over" not in (show.page.locator("html").get_attribute("class") or "").split()


def test_a_number_that_is_no_slide_says_which_are(show: Show) -> None:
    show.press("g", "9", "Enter")
    expect(show.page.locator(".status")).to_have_text("1–7")
    show.at(1)


def test_the_hall_goes_black_and_white_and_comes_back(show: Show) -> None:
    veil = show.page.locator(".veil")
    for key, colour in (("b", "rgb(0, 0, 0)"), (".", "rgb(0, 0, 0)"), ("w", "rgb(255, 255, 255)")):
        show.press(key)
        expect(veil).to_be_visible()
        assert veil.evaluate("e => getComputedStyle(e).backgroundColor") == colour
        show.press(key)
        expect(veil).to_be_hidden()
    show.press("b", "Escape")
    expect(veil).to_be_hidden()
    show.press("b", "PageDown")
    expect(veil).to_be_hidden()
    show.at(2)


def test_escape_leaves_one_thing_at_a_time(show: Show) -> None:
    root, veil = show.page.locator("html"), show.page.locator(".veil")
    show.press("F5")
    assert soon(show.page, lambda: is_full(show.page), bool, READY_S)
    show.press("o", "b", "h", "7")
    show.press("Escape")
    expect(show.page.locator(".status")).to_be_hidden()
    show.press("Escape")
    expect(show.page.locator(".help")).to_be_hidden()
    expect(veil).to_be_visible()
    show.press("Escape")
    expect(veil).to_be_hidden()
    expect(root).to_have_class(re.compile(r"\bover\b"))
    show.press("Escape")
    expect(root).not_to_have_class(re.compile(r"\bover\b"))
    assert is_full(show.page)
    show.press("Escape")
    assert not soon(show.page, lambda: is_full(show.page), lambda full: not full, READY_S)


def test_the_address_keeps_the_slide(show: Show, address: str) -> None:
    show.press("5", "Enter")
    show.at(5)
    assert show.page.url == f"{address}#5"
    show.page.reload()
    show.at(5)
    show.page.goto(f"{address}#2")
    show.at(2)


def test_a_swipe_turns_the_page(browser: Browser, address: str) -> None:
    show = Show.start(browser, 820, 1180, has_touch=True)
    show.page.goto(address)
    swipe = """([from, to]) => { for (const [kind, x] of [['touchstart', from], ['touchend', to]]) {
      const touch = new Touch({identifier: 1, target: document.body, clientX: x, clientY: 300});
      document.body.dispatchEvent(new TouchEvent(kind, {bubbles: true,
        touches: kind === 'touchstart' ? [touch] : [], changedTouches: [touch]})); } }"""
    show.page.evaluate(swipe, [600, 200])
    show.at(2)
    show.page.evaluate(swipe, [200, 230])
    show.at(2)
    show.page.evaluate(swipe, [200, 600])
    show.at(1)
    show.context.close()


def test_both_windows_share_slide_blank_time_and_map(show: Show) -> None:
    desk = show.second()
    expect(desk.locator(".spoken")).to_have_text(NOTES)
    desk.keyboard.press("PageDown")
    show.at(2)
    show.press("PageDown")
    show.at(3, desk)
    expect(desk.locator(".slide.then")).to_have_id("slide-4")
    expect(desk.locator(".slide.then")).to_be_visible()

    for window in (show.page, desk):
        window.keyboard.press("b")
        expect(show.page.locator(".veil")).to_be_visible()
        expect(desk.locator(".veil")).to_be_hidden()
        expect(desk.locator(".spoken")).to_be_visible()
        expect(desk.locator(".dark")).to_have_text("LAYAR HITAM")
        window.keyboard.press("b")
        expect(show.page.locator(".veil")).to_be_hidden()

    assert view(desk) == pytest.approx(view(show.page), abs=0.01)
    before = view(show.page)
    show.press("Shift+ArrowRight", "+", "+")
    moved = view(show.page)
    assert moved != pytest.approx(before, abs=0.05)
    until_view(desk, moved)
    desk.keyboard.press("-")
    smaller = view(desk)
    assert smaller != pytest.approx(moved, abs=0.01)
    until_view(show.page, smaller)
    desk.keyboard.press("r")
    until_view(show.page, before)

    show.press("t")
    expect(desk.locator(".elapsed")).to_have_text(re.compile(r"00:0[1-9] / 10:00"))
    desk.keyboard.press("t")
    stopped = desk.locator(".elapsed").inner_text()
    desk.wait_for_timeout(1100)  # a second passes, and the clock stays
    assert desk.locator(".elapsed").inner_text() == stopped
    desk.keyboard.press("z")
    expect(desk.locator(".elapsed")).to_have_text("00:00 / 10:00")


def test_the_second_window_finds_its_place_again_and_closes(show: Show) -> None:
    desk = show.second()
    show.press("4", "Enter")
    show.page.reload()
    show.at(4)
    show.press("PageDown")
    show.at(5, desk)
    desk.reload()
    desk.locator(".desk .elapsed").wait_for()
    show.at(5, desk)
    desk.keyboard.press("PageDown")
    show.at(6)
    with desk.expect_event("close"):
        desk.evaluate(
            "setTimeout(() => document.body.dispatchEvent("
            "new KeyboardEvent('keydown', {key: 'p', bubbles: true})))"
        )


def test_two_halls_of_one_file_do_not_move_each_other(show: Show, address: str) -> None:
    other = show.context.new_page()
    other.goto(address)
    show.press("End")
    other.wait_for_timeout(300)
    show.at(1, other)


def test_a_second_window_that_is_refused_is_said_in_words(browser: Browser, address: str) -> None:
    show = Show.start(browser)
    show.context.add_init_script("window.open = () => null")
    show.page.goto(address)
    show.press("p")
    expect(show.page.locator(".status")).to_contain_text("menolak jendela kedua")
    show.context.close()


def test_the_map_pans_zooms_says_and_keeps_its_view(show: Show) -> None:
    show.press(str(MAP), "Enter")
    ground = show.page.locator(".slide.now .ground")
    box = ground.bounding_box()
    assert box is not None
    first = view(show.page)
    mouse, said = show.page.mouse, ground.locator(".said")
    mouse.move(box["x"] + 250, box["y"] + 300)
    mouse.down()
    mouse.move(box["x"] + 310, box["y"] + 340, steps=5)
    mouse.up()
    panned = view(show.page)
    assert panned[0] == pytest.approx(first[0] + 60 / box["width"], abs=0.01)
    mouse.wheel(0, -240)
    until_larger(show.page, panned)
    kept = view(show.page)
    show.press("PageDown", "PageDown", "Home", str(MAP), "Enter")
    assert view(show.page) == pytest.approx(kept, abs=0.005)
    show.press("r")
    assert view(show.page) == pytest.approx(first, abs=0.005)

    expect(said).to_be_hidden()
    utara = ground.locator('.live path[fill="#e31a1c"]')
    utara.click(position={"x": 20, "y": 150})
    expect(said).to_have_text("Kab. Utara: 4 perkara")
    assert view(show.page) == pytest.approx(first, abs=0.005)
    utara.click(position={"x": 20, "y": 150})
    until_larger(show.page, first)
    show.press("r")
    expect(said).to_be_hidden()


def test_the_map_is_told_from_the_keyboard_alone(show: Show) -> None:
    show.press(str(MAP), "Enter", "m", "Tab")
    said = show.page.locator(".slide.now .said")
    expect(said).to_have_text("Kab. Utara: 4 perkara")
    show.press("Tab")
    expect(said).to_have_text("Kab. Timur: 1 perkara")
    show.press("Shift+Tab")
    expect(said).to_have_text("Kab. Utara: 4 perkara")
    before = view(show.page)
    show.press("Enter")
    until_larger(show.page, before)
    show.at(MAP)
    show.press("ArrowRight")
    show.at(MAP + 1)


def test_a_unit_shows_the_units_inside_it_and_both_windows_name_them(
    browser: Browser, tmp_path: Path
) -> None:
    deck = sample_deck()
    inner = collection()
    for feature in inner["features"]:
        code, name = feature["properties"]["code"], feature["properties"]["name"]
        feature["properties"] = {"code": f"{code}.01", "name": f"Kec. {name}"}
    path = tmp_path / "dalam.html"
    path.write_bytes(html_file(replace(deck, land={**deck.land, "kecamatan": inner})))
    show = Show.start(browser)
    show.page.goto(path.as_uri())
    show.press(str(MAP), "Enter")
    desk = show.second()
    ground = show.page.locator(".slide.now .ground")
    ground.locator('.live path[fill="#e31a1c"]').click(position={"x": 20, "y": 150})
    expect(ground.locator(".said")).to_have_text("Kab. Utara: 4 perkara")
    inside = ground.locator('.live path[fill-opacity="0"]')
    expect(inside).to_have_count(1)
    inside.click(position={"x": 20, "y": 150})
    for window in (show.page, desk):
        said = window.locator(".slide.now .said")
        expect(said).to_have_text("Kec. Utara · Kab. Utara: 4 perkara")
    desk.keyboard.press("r")
    expect(ground.locator(".said")).to_be_hidden()
    expect(inside).to_have_count(0)
    assert show.errors == []
    show.context.close()


@pytest.mark.parametrize(
    ("width", "height"), [(1280, 720), (1920, 1080), (820, 1180), (1180, 820), (1024, 768)]
)
def test_all_type_is_legible_and_nothing_overflows_or_overlaps(
    browser: Browser, address: str, width: int, height: int
) -> None:
    show = Show.start(browser, width, height)
    show.page.goto(address)
    for number in range(1, SLIDES + 1):
        show.at(number)
        assert show.page.evaluate(WORST) == FINE, number
        show.press("PageDown")
    assert show.errors == []
    show.context.close()


def test_a_telephone_shows_the_parts_below_each_other(browser: Browser, address: str) -> None:
    show = Show.start(browser, 390, 844)
    show.page.goto(address)
    for number in range(1, SLIDES + 1):
        show.at(number)
        wide = show.page.evaluate("document.querySelector('.stage').scrollWidth")
        assert wide <= 390, number
        small = show.page.evaluate(
            """() => Math.min(...[...document.querySelectorAll('.slide.now :is(p, li, td)')]
              .filter((e) => e.checkVisibility())
              .map((e) => parseFloat(getComputedStyle(e).fontSize)))"""
        )
        assert small >= 16, number
        assert show.page.evaluate(WORST)["over"] == [], number
        show.press("PageDown")
    show.context.close()


def test_a_slide_is_there_100_ms_after_its_key(show: Show) -> None:
    took = show.page.evaluate(
        """async () => {
          const frame = () => new Promise((done) => requestAnimationFrame(done));
          const took = [];
          for (let n = 0; n < 20; n++) {
            const key = n % 12 < 6 ? 'PageDown' : 'PageUp';
            await frame();
            const start = performance.now();
            document.body.dispatchEvent(new KeyboardEvent('keydown', {key, bubbles: true}));
            await frame();
            await new Promise((done) => setTimeout(done));  // the frame has been handed over
            took.push(performance.now() - start);
          }
          return took.sort((a, b) => a - b);
        }"""
    )
    print(f"key to frame: median {took[10]:.0f} ms, worst {took[-1]:.0f} ms")
    assert took[10] <= 100


def test_without_a_script_all_slides_stand_below_each_other(browser: Browser, address: str) -> None:
    show = Show.start(browser, java_script_enabled=False)
    show.page.goto(address)
    tops = [one.bounding_box() for one in show.page.locator(".slide").all()]
    assert len(tops) == SLIDES
    edges = [round(box["y"]) for box in tops if box is not None]
    assert edges == sorted(set(edges))
    expect(show.page.locator(".map > svg")).to_be_visible()
    expect(show.page.locator(".tools")).to_be_hidden()
    paper = show.page.pdf(prefer_css_page_size=True)
    assert len(re.findall(rb"/Type\s*/Page\b", paper)) == SLIDES
    show.context.close()


# ---- in the app --------------------------------------------------------------------------------

APP = """
import streamlit as st
from pages.components.briefing.present import present
from services.briefing.fit import check_fit
from tests.briefing.sample_deck import sample_deck

st.set_page_config(layout="wide")

@st.cache_resource
def deck():  # as the page does: what is offered was found to fit
    made = sample_deck()
    check_fit(made)
    return made

deck()
if st.button("Kosong"):
    with st.container(key="bare"):
        st.iframe("<p class='now'>x</p>", height=640)
if st.button("Paparkan"):
    st.session_state.shown = True
if st.session_state.get("shown"):
    present(deck())
st.text_input("kata")
"""


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    folder = tmp_path_factory.mktemp("app")
    (folder / "app.py").write_text(APP, encoding="utf-8")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [
        sys.executable, "-m", "streamlit", "run", str(folder / "app.py"),
        f"--server.port={port}", "--server.address=127.0.0.1", "--server.headless=true",
        "--browser.gatherUsageStats=false",
    ]  # fmt: skip
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(
            command, cwd=ROOT, stdout=log, stderr=log, env={"PYTHONPATH": str(ROOT), "PATH": ""}
        )
        url = f"http://127.0.0.1:{port}"
        for _ in range(START_SECONDS * 5):
            try:
                with urllib.request.urlopen(f"{url}/_stcore/health"):
                    break
            except OSError:
                time.sleep(0.2)
        yield url
        stop_app(process)


OPENED = """async ([button, key]) => {
  const start = performance.now();
  [...document.querySelectorAll('button')].find((b) => b.innerText === button).click();
  for (;;) {
    await new Promise((done) => requestAnimationFrame(done));
    const frame = document.querySelector(`.st-key-${key} iframe`);
    if (frame?.contentDocument?.querySelector('.now') || performance.now() - start > 20000)
      return performance.now() - start;
  }
}"""
"""Milliseconds from a button to the first slide, or to what else is in a frame."""


def in_app(page: Page) -> Frame:
    page.locator(".st-key-present iframe").wait_for()
    frame = next(f for f in page.frames if f.parent_frame)
    frame.wait_for_selector("html.playing .slide.now")
    return frame


def test_the_app_shows_the_deck_with_the_keyboard_at_once(browser: Browser, app: str) -> None:
    context = browser.new_context(viewport={"width": 1280, "height": 720})
    page, errors = context.new_page(), list[str]()
    page.on("pageerror", lambda e: errors.append(str(e)))
    page.goto(app)
    button = page.get_by_role("button", name="Paparkan")
    button.wait_for()
    bare = page.evaluate(OPENED, ["Kosong", "bare"])
    took = page.evaluate(OPENED, ["Paparkan", "present"])
    print(f"click to first slide: {took:.0f} ms, to an empty frame {bare:.0f} ms")
    assert took <= bare + 1000
    frame = in_app(page)
    for key in ("PageDown", "c", "r", "PageDown"):
        page.keyboard.press(key)
    expect(frame.locator(".slide.now")).to_have_id("slide-3")
    assert page.get_by_role("dialog").count() == 0

    box = page.locator(".st-key-present iframe").bounding_box()
    assert box is not None
    assert box["width"] > 1000
    with context.expect_page() as opening:
        page.keyboard.press("p")
    desk = opening.value
    desk.locator(".desk .elapsed").wait_for()
    desk.keyboard.press("PageDown")
    expect(frame.locator(".slide.now")).to_have_id("slide-4")
    desk.close()

    page.keyboard.press("f")
    expect(frame.locator(":fullscreen")).to_be_attached()
    assert page.evaluate("document.fullscreenElement.tagName") == "IFRAME"
    page.keyboard.press("f")
    expect(frame.locator(":fullscreen")).not_to_be_attached()

    page.mouse.click(3, 400)
    page.keyboard.press("Home")
    expect(frame.locator(".slide.now")).to_have_id("slide-1")
    words = page.get_by_label("kata")
    words.click()
    words.press_sequentially("g 2 b")
    expect(frame.locator(".slide.now")).to_have_id("slide-1")
    assert errors == []
    context.close()
