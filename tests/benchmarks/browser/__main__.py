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

from tests.benchmarks.browser.pages import reader
from tests.benchmarks.browser.readers import asking, health, median_seconds, read_at_once
from tests.benchmarks.browser.server import Product, bare_product, product_of, running
from tests.browser import chromium_browser
from tests.conftest import ROOT, chromium

PAGES = ("ringkasan", "hotspot", "distribusi", "kerawanan")
FAMILY, LEVEL = 1, 2
"""Boxes of the bar on Hotspot with ``metode=counts``, after that of the method."""
DAY = "tanggal=2025-10-29"
SCAN = (
    "metode=scan&tingkat=desa&periode=week&ulangan=9999&keluarga=unjuk_rasa&benih={seed}&"
    "tanggal=2026-10-29"
)
"""A question that takes seconds; each seed is another one."""
CHANGES = f"hotspot?metode=counts&{DAY}"


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
            with running(product) as address:
                for kind in ("fresh", "warm", "warm"):
                    with reader(browser) as one:
                        drawn, words = one.first_map(f"{address}/{page}")
                    found[page][kind].append(drawn)
                    if kind == "fresh":
                        found[page]["words"].append(words)
    return found


def changes(
    browser: Browser, product: Product, query: str, boxes: dict[str, int], most: int
) -> dict[str, list[tuple[float, float]]]:
    """Return seconds and kB of changes by box, each to a state never sent before."""
    found: dict[str, list[tuple[float, float]]] = {name: [] for name in boxes}
    with running(product) as address:
        for name, box in boxes.items():
            with reader(browser) as one:
                one.first_map(f"{address}/{query}")
                one.settle()
                for option in range(1, most + 1):
                    if one.page.get_by_role("combobox").nth(box).is_disabled():
                        break
                    spent = one.new_colours(box, option)
                    if spent is not None:
                        found[name].append(spent)
                    one.page.keyboard.press("Escape")
    return found


def print_first_load(browser: Browser, product: Product) -> None:
    with running(product) as address:
        for page in (PAGES[0], f"hotspot?metode=counts&{DAY}", PAGES[3]):
            with reader(browser) as one:
                one.first_map(f"{address}/{page}")
                one.settle()
                print(
                    f"first load of {page}: {one.fetched / 1e6:.2f} MB in {one.requests} requests, "
                    f"websocket {one.by_socket / 1e6:.2f} MB; words {one.words()}, "
                    f"box of the land {one.land():.0%} of the map",
                    flush=True,
                )


def print_readers(product: Product, one_in_browser: float, readers: int) -> None:
    with running(product) as address:
        read_at_once(address, PAGES[0], 1)
        alone = [median_seconds(read_at_once(address, PAGES[0], 1)) for _ in range(5)]
        with health(address) as waited:
            many = read_at_once(address, PAGES[0], readers)
    p50 = median_seconds(many)
    print(
        f"{readers} readers at once, p50 {p50:.1f} s: {p50 / one_in_browser:.1f}x of one in a "
        f"browser, {p50 / statistics.median(alone):.1f}x of one without ({spread(alone)}); "
        f"/health at most {max(waited, default=0):.2f} s of {len(waited)} asked",
        flush=True,
    )


def print_beside_a_scan(product: Product, rounds: int) -> None:
    """Say how late another session's page is while one scans."""
    with running(product) as address:
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
    with (
        tempfile.TemporaryDirectory() as var,
        tempfile.TemporaryDirectory() as folder,
        chromium_browser(executable) as browser,
    ):
        product, bare = product_of(asked.tree, Path(var)), bare_product(Path(folder))
        base = first_maps(browser, bare, ("",), asked.rounds)[""]
        print("bare app:", ", ".join(f"{k} {spread(v)}" for k, v in base.items()), flush=True)
        own = first_maps(browser, product, PAGES, asked.rounds)
        for page, kinds in own.items():
            ratios = {
                k: statistics.median(v) / statistics.median(base[k]) for k, v in kinds.items()
            }
            words = (f"{k} {spread(v)} = {ratios[k]:.2f}x" for k, v in kinds.items())
            print(f"first map, {page}:", ", ".join(words), flush=True)
        once = changes(browser, bare, "", {"bare": 0}, 5)["bare"]
        middle = statistics.median(spent for spent, _ in once)
        print(f"new colours, bare: {spread([s for s, _ in once])}", flush=True)
        boxes = {"family": FAMILY, "level": LEVEL}
        for name, spent in changes(browser, product, CHANGES, boxes, 5).items():
            if spent:
                seconds, sent = zip(*spent, strict=True)
                print(
                    f"new colours, {name}: {spread(seconds)} = "
                    f"{statistics.median(seconds) / middle:.2f}x, {spread(sent, 'kB')} a change",
                    flush=True,
                )
        print_first_load(browser, product)
        print_readers(product, statistics.median(own[PAGES[0]]["warm"]), asked.readers)
        print_beside_a_scan(product, asked.rounds)


if __name__ == "__main__":
    main()
