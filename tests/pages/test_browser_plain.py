"""Texts of files on a page in Chromium: shown as they are, and read aloud without backslashes."""

from __future__ import annotations

import json
import random
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from pages.components.shell import plain
from tests.conftest import start_app, stop_app

pytestmark = pytest.mark.browser

SCRIPT = """
import json, pathlib
import streamlit as st
from pages.components.shell import plain

texts = json.loads(pathlib.Path({texts!r}).read_text())
for at, text in enumerate(texts):
    with st.container(key=f"text{{at}}"):
        st.markdown(plain(text))
st.radio(plain({label!r}), ["a"])
"""
LABEL = "Jumlah orang: diubah Polda (1) pukul 10.00, dari “2.000 - 3.000!” menjadi “people_count”"
MARKS = [
    "1. satu", "2) dua", "- butir", "+ butir", "# kepala", "a\n===", "a\n---", "> kutip", "  - x",
    "_miring_", "__tebal__", "**t**", "~~x~~", "~x~", "$a$ dan $b$", "$$x$$", "`kode`", "``` x",
    "<b>x</b>", "<!-- x -->", "[a](b.c)", "![a](b)", "[^1]", "- [ ] x", "&amp; &lt; &#35;", "&copy",
    ":red[x]", ":red-badge[x]", ":material/build:", ":smile:", ":streamlit:", "a :v: b", ":+1:",
    ":100:", "10:30:45", "a | b\n- | -", "| a |\n|---|", "|a|\n:-:", "::dir[x]", ":::n\nx\n:::",
    "www.[", "https://x.example/a_b*c*", "a\\", "C:\\x\\_y_", "5. 6. 7)", "snake_x _y", "a\n= b",
    "a -> b", "a <- b", "a <-> b", "a -- b", "a >= b", "a <= b", "a ~= b", "->", "-- x", "a --",
    "a\r# b", "a\r\n- b", "a\n\n    b", "    a", "a\n\n\tb", "a\n\n  \t  b",
]  # fmt: skip
PIECES = [*"\\`*_{}[]()#+-.!|<>~$:&=^ 1ab\"'/@\n", "red", ":red[", "![", "](", "```", "1. ", "$$"]
DRAWN, MOST_PIECES, SEED = 150, 14, 3
"""Texts put together at random, beside those by hand."""
LINK = "A"
"""Streamlit makes links of addresses, whatever stands before them."""


def texts() -> list[str]:
    chance = random.Random(SEED)
    return MARKS + [
        "x" + "".join(chance.choices(PIECES, k=chance.randint(1, MOST_PIECES)))
        for _ in range(DRAWN)
    ]


def test_any_text_is_shown_as_it_is(browser: Browser, tmp_path: Path) -> None:
    (tmp_path / "texts.json").write_text(json.dumps(texts()))
    script = tmp_path / "texts.py"
    script.write_text(SCRIPT.format(texts=str(tmp_path / "texts.json"), label=LABEL))
    process, address = start_app(tmp_path, script=str(script))
    page = browser.new_page()
    try:
        page.goto(address)
        expect(page.get_by_role("radiogroup", name=LABEL)).to_be_visible()
        for at, text in enumerate(texts()):
            shown = page.locator(f".st-key-text{at} [data-testid=stMarkdownContainer]")
            expect(shown).to_be_attached()
            words = str(shown.text_content()).replace("\u2060", "")
            assert words.split() == text.split(), (text, plain(text))
            drawn = shown.evaluate("at => [...at.querySelectorAll('*')].map(one => one.tagName)")
            assert set(drawn) <= {"P", "BR", "DIV", LINK}, (text, drawn)
    finally:
        page.close()
        stop_app(process)


def test_a_sentence_with_nothing_of_markdown_is_sent_as_it_is() -> None:
    assert plain(LABEL) == LABEL
    assert plain("a - b = c > d # 2024. x") == "a - b = c > d # 2024. x"
    assert plain("- a") == r"\- a"
    assert plain("2024. x") == r"2024\. x"
