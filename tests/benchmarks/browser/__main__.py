"""What a reader waits for, against a bare app of one map: ``python -m tests.benchmarks.browser``.

``--tree`` measures the product of another folder, such as an older one; all figures are of one run.
"""

from __future__ import annotations

import argparse
import statistics
import tempfile
from collections.abc import Sequence
from pathlib import Path

from playwright.sync_api import Browser

from services.texts import text
from tests.benchmarks.browser.pages import reader
from tests.benchmarks.browser.play import play
from tests.benchmarks.browser.readers import asking, health, median_seconds, read_at_once
from tests.benchmarks.browser.server import Product, bare_product, product_of, running
from tests.browser import chromium_browser
from tests.conftest import ROOT, chromium

PAGES = ("ringkasan", "hotspot", "distribusi", "kerawanan")
BOXES = {"family": text("family.on_map"), "level": text("level.label")}
"""Names of the boxes of Hotspot that change what the map shows."""
BARE_BOX = {"bare": "Keluarga"}
DAY = "tanggal=2025-10-29"
SCAN = (
    "metode=scan&tingkat=desa&periode=week&ulangan=9999&keluarga=unjuk_rasa&benih={seed}&"
    "tanggal=2026-10-29"
)
"""A question that takes seconds; each seed is another one."""
CHANGES = f"hotspot?metode=counts&{DAY}"
PLAYED = "hotspot?metode=counts&tanggal=2023-11-01&tingkat="
LEVELS = ("kabupaten", "kecamatan", "desa")
_FIRST_LOADS = (PAGES[0], CHANGES, PAGES[3])


def spread(values: Sequence[float], unit: str = "s") -> str:
    """Return median and range in words."""
    middle = statistics.median(values)
    return f"{middle:.2f} {unit} ({min(values):.2f} to {max(values):.2f}, n {len(values)})"


def first_maps(
    browser: Browser, product: Product, pages: Sequence[str], rounds: int
) -> dict[str, dict[str, list[float]]]:
    """Return seconds to the first map and first words, of a fresh and of a warm server."""
    found: dict[str, dict[str, list[float]]] = {
        page: {"fresh": [], "words": [], "warm": []} for page in pages
    }
    for page in pages:
        for _ in range(rounds):
            with running(product) as server:
                for kind in ("fresh", "warm", "warm"):
                    with reader(browser) as one:
                        drawn, words = one.first_map(f"{server.address}/{page}")
                    found[page][kind].append(drawn)
                    if kind == "fresh":
                        found[page]["words"].append(words)
    return found


def changes(
    browser: Browser, product: Product, query: str, boxes: dict[str, str], most: int
) -> dict[str, list[tuple[float, float, float]]]:
    """Return seconds and kB of changes by box, each to a state never sent before."""
    found: dict[str, list[tuple[float, float, float]]] = {name: [] for name in boxes}
    with running(product) as server:
        for name, box in boxes.items():
            with reader(browser) as one:
                one.first_map(f"{server.address}/{query}")
                one.settle()
                for option in range(most + 1):
                    spent = one.new_colours(box, option)
                    if spent is not None:
                        found[name].append(spent)
                    one.page.keyboard.press("Escape")
    return found


def print_first_maps(browser: Browser, product: Product, bare: Product, rounds: int) -> float:
    """Print how long the first maps take; return the seconds of a warm first page."""
    base = first_maps(browser, bare, ("",), rounds)[""]
    print("bare app:", ", ".join(f"{k} {spread(v)}" for k, v in base.items()), flush=True)
    own = first_maps(browser, product, PAGES, rounds)
    for page, kinds in own.items():
        ratios = {k: statistics.median(v) / statistics.median(base[k]) for k, v in kinds.items()}
        words = (f"{k} {spread(v)} = {ratios[k]:.2f}x" for k, v in kinds.items())
        print(f"first map, {page}:", ", ".join(words), flush=True)
    return statistics.median(own[PAGES[0]]["warm"])


def print_changes(browser: Browser, product: Product, bare: Product) -> None:
    """Print how long a click on a filter takes to new colours."""
    once = changes(browser, bare, "", BARE_BOX, 5)["bare"]
    seconds, sent, wire = zip(*once, strict=True)
    middle = statistics.median(seconds)
    print(
        f"new colours, bare: {spread(seconds)}, {spread(sent, 'kB')} a change, "
        f"{spread(wire, 'kB')} on the wire",
        flush=True,
    )
    for name, spent in changes(browser, product, CHANGES, BOXES, 5).items():
        if not spent:
            raise RuntimeError(f"no choice of the box {BOXES[name]!r} gave new colours")
        seconds, sent, wire = zip(*spent, strict=True)
        print(
            f"new colours, {name}: {spread(seconds)} = {statistics.median(seconds) / middle:.2f}x, "
            f"{spread(sent, 'kB')} a change, {spread(wire, 'kB')} on the wire",
            flush=True,
        )


def print_first_load(browser: Browser, product: Product, bare: Product) -> None:
    """Print what a browser that was never here is sent."""
    for named, pages in ((bare, ("",)), (product, _FIRST_LOADS)):
        with running(named) as server:
            for page in pages:
                with reader(browser) as one:
                    one.first_map(f"{server.address}/{page}")
                    one.settle()
                    seen = f"; words {one.words()}, box of the land {one.land():.0%} of the map"
                    print(
                        f"first load of {page or 'the bare app'}: {one.fetched / 1e6:.2f} MB in "
                        f"{one.requests} requests, websocket {one.by_socket / 1e6:.2f} MB"
                        + (seen if page else ""),
                        flush=True,
                    )


def print_play(browser: Browser, product: Product) -> None:
    """Print how the cursor plays on each level."""
    with running(product) as server:
        for level in LEVELS:
            with reader(browser) as one:
                seen = play(one, f"{server.address}/{PLAYED}{level}")
            print(
                f"play, {level}: {seen.dates_per_s:.1f} dates and {seen.colours_per_s:.1f} new "
                f"colours a second, {seen.backwards} dates backwards, {seen.messages} messages",
                flush=True,
            )


def print_readers(product: Product, one_in_browser: float, readers: int) -> None:
    """Print what many readers at once wait for, and what one costs."""
    with running(product) as server:
        address = server.address
        read_at_once(address, PAGES[0], 1)
        before = server.cpu_s()
        alone = [median_seconds(read_at_once(address, PAGES[0], 1)) for _ in range(10)]
        cpu = (server.cpu_s() - before) / len(alone)
        with health(address) as waited:
            many = read_at_once(address, PAGES[0], readers)
    p50 = median_seconds(many)
    print(
        f"{readers} readers at once, p50 {p50:.1f} s: {p50 / one_in_browser:.1f}x of one in a "
        f"browser, {p50 / statistics.median(alone):.1f}x of one without ({spread(alone)}); "
        f"processor {cpu:.3f} s a page; "
        f"/health at most {max(waited, default=0):.2f} s of {len(waited)} asked",
        flush=True,
    )


def print_beside_a_scan(product: Product, rounds: int) -> None:
    """Say how late another session's page is while one scans."""
    with running(product) as server:
        address = server.address
        read_at_once(address, PAGES[0], 1)
        alone = [median_seconds(read_at_once(address, PAGES[0], 1)) for _ in range(3 * rounds)]
        with asking(address, "hotspot", SCAN.format(seed=0)):  # what the first question costs once
            pass
        beside = list[float]()
        with health(address) as waited:
            for seed in range(1, rounds + 1):
                with asking(address, "hotspot", SCAN.format(seed=seed)):
                    for _ in range(3):
                        beside.append(median_seconds(read_at_once(address, PAGES[0], 1)))
    ratio = statistics.median(beside) / statistics.median(alone)
    print(
        f"page of another while one scans (9,999 replicates, desa, weeks): {spread(beside)} = "
        f"{ratio:.2f}x of alone ({spread(alone)}); /health at most {max(waited):.2f} s",
        flush=True,
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--tree", type=Path, default=ROOT)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--readers", type=int, default=50)
    parser.add_argument("--only-scan", action="store_true", help="pages while one scans, no more")
    asked = parser.parse_args()
    if asked.only_scan:
        with tempfile.TemporaryDirectory() as var:
            print_beside_a_scan(product_of(asked.tree, Path(var)), asked.rounds)
        return
    executable = chromium()
    if executable is None:
        raise SystemExit("no Chromium (set CHROMIUM or apt-get install chromium)")
    with tempfile.TemporaryDirectory() as var, tempfile.TemporaryDirectory() as folder:
        product, bare = product_of(asked.tree, Path(var)), bare_product(Path(folder))
        with chromium_browser(executable) as browser:
            warm = print_first_maps(browser, product, bare, asked.rounds)
            print_changes(browser, product, bare)
            print_first_load(browser, product, bare)
            print_play(browser, product)
        # Readers have an event loop of their own, which no browser may hold.
        print_readers(product, warm, asked.readers)
        print_beside_a_scan(product, asked.rounds)


if __name__ == "__main__":
    main()
