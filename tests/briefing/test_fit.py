"""What does not fit is refused by its slide and part; what fits is measured, not hoped for."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from matplotlib.font_manager import FontProperties
from matplotlib.textpath import TextPath
from reportlab.pdfbase.pdfmetrics import stringWidth

from services.briefing import deck as d
from services.briefing import fit, measure, setting
from services.briefing.fit import DoesNotFitError, check_fit
from services.briefing.foot import caption, cover_lines, foot
from services.briefing.layout import (
    COVER,
    FOOT,
    GAP,
    MAIN,
    MAIN_ALONE,
    MOST_WORDS,
    SMALLEST_PX,
    TITLE,
    Box,
    line_px,
)
from services.briefing.setting import Setting
from tests.briefing.sample_deck import a_chart, a_grid, a_map, sample_deck, with_title

TEXTS = st.text(max_size=80)
WORDS = "Perahu ke Pulau Gersik berangkat ≤ 1,25 m − 4 Februari 2024 – SIMULASI"


def with_slide(slide: d.Slide, at: int = 1) -> d.Deck:
    found = sample_deck()
    slides = list(found.slides)
    slides[at] = slide
    return replace(found, slides=tuple(slides))


def refused(deck: d.Deck) -> DoesNotFitError:
    with pytest.raises(DoesNotFitError) as caught:
        check_fit(deck)
    return caught.value


@pytest.mark.parametrize("lang", ["id", "en"])
def test_the_sample_fits(lang: str) -> None:
    check_fit(sample_deck(lang))


def test_a_title_of_500_letters_is_refused_by_slide_part_and_measure() -> None:
    error = refused(with_title("kata " * 100))
    lines = len(measure.wrapped("kata " * 100, 40, TITLE.width, True))
    assert (error.slide, error.part) == ("2 (situasi)", "judul")
    assert (error.measured, error.fits) == (f"{lines} baris", "2 baris")
    assert lines > 2


def test_a_word_that_no_line_holds_is_refused() -> None:
    error = refused(with_title("x" * 500))
    assert error.part == "judul"
    assert "px" in error.measured
    assert error.fits == f"lebar {text_number(TITLE.width)} px"


def text_number(n: int) -> str:
    return f"{n:,}".replace(",", ".")


def test_sixty_words_fit_and_one_more_does_not() -> None:
    lines = d.Bullets(tuple(["satu dua tiga empat"] * 14))
    full = d.Slide("x", "kata kata kata kata", None, ())
    assert len(fit.words_of(replace(full, main=lines))) == 60 == MOST_WORDS
    cells = (("satu dua", "1.234", "−"),) * 2
    grid = d.Grid(("a", "b", "c"), cells, (2, 1, 1))
    assert len(fit.words_of(replace(full, main=grid))) == 4 + 3 + 4, "numbers and signs are none"
    check_fit(with_slide(d.Slide("x", "kata", d.Bullets(("a " * 59,)))))
    error = refused(with_slide(d.Slide("x", "kata", d.Bullets(("a " * 60,)))))
    assert (error.measured, error.fits) == ("61 kata", "60 kata")


@pytest.mark.parametrize(
    ("part", "slide"),
    [
        ("tabel", d.Slide("x", "t", d.Grid(("a",), (("1",),) * 12, (1,)))),
        ("tabel", d.Slide("x", "t", d.Grid(("a", "b"), (("1",),), (1, 1)))),
        ("tabel", d.Slide("x", "t", d.Grid(("a", "b"), (("1", "y" * 60),), (1, 1)))),
        ("angka", d.Slide("x", "t", d.Figures((d.Figure("1", "a"),) * 5))),
        ("angka", d.Slide("x", "t", d.Figures(()))),
        ("angka", d.Slide("x", "t", d.Figures((d.Figure("1" * 20, "a"),) * 4))),
        ("butir", d.Slide("x", "t", d.Bullets(("1",) * 12))),
        ("sisi", d.Slide("x", "t", a_chart(), (d.Bullets(("1",) * 6), d.Bullets(("1",) * 6)))),
        ("sisi", d.Slide("x", "t", a_chart(), (d.Figures((d.Figure("1", "a", "b"),) * 4),))),
        ("kaki", d.Slide("x", "t", None, sources="sumber " * 20)),
        ("legenda", d.Slide("x", "t", replace(a_map(), legend=(d.Legend("#fff", "a"),) * 30))),
        ("legenda", d.Slide("x", "t", replace(a_map(), legend=(d.Legend("#fff", "a" * 30),)))),
        ("judul peta", d.Slide("x", "t", replace(a_map(), title="1 " * 300))),
        ("sumber peta", d.Slide("x", "t", replace(a_map(), source="1 " * 300))),
        ("label penanda",
         d.Slide("x", "t", replace(a_map(), markers=(d.Marker(105, -2, "#000", "a", "1234"),)))),
        ("bagan", d.Slide("x", "t", replace(a_chart(), title="1 " * 300))),
        ("label bagan", d.Slide("x", "t", replace(a_chart(), categories=("a" * 40, "b", "c")))),
        ("label bagan", d.Slide("x", "t", replace(a_chart(), kind="bar",
                                                 categories=tuple(map(str, range(20)))))),
        ("legenda", d.Slide("x", "t", replace(
            a_chart(), series=(d.Series("n" * 60, (1.0, 2.0, 3.0), "#000000"),) * 2))),
    ],
)  # fmt: skip
def test_each_part_is_refused_by_its_name(part: str, slide: d.Slide) -> None:
    error = refused(with_slide(slide))
    assert (error.slide, error.part) == ("2 (x)", part)


def test_what_the_first_slide_says_must_fit_and_its_blocks_end_above() -> None:
    deck = sample_deck()
    assert refused(replace(deck, office="Badan " * 20)).part == "keterangan slide pertama"
    shown = d.Slide("x", "t", a_map(), (d.Bullets(("1",)),))
    assert all(p.box.top + p.box.height <= COVER.top - GAP for p in fit.placed(shown, True))
    assert fit.placed(shown, False)[0].box == MAIN
    assert fit.placed(replace(shown, side=()), False)[0].box == MAIN_ALONE
    assert len(cover_lines(deck)) * line_px(28) <= COVER.height
    assert any("ab" * 32 in line for line in cover_lines(deck))
    assert any("09.00 WIB oleh Kesbangpol" in line for line in cover_lines(deck))


def test_the_foot_names_access_marks_day_sources_hash_and_page() -> None:
    deck = sample_deck()
    assert foot(deck, 2).access == "TERBATAS"
    assert foot(deck, 4).marks == ("SIMULASI",)
    assert foot(deck, 6).words == "data per 31 Jan 2024 · 42 laporan · abababab"
    assert foot(deck, 6).page == "7/7"
    assert fit.foot_width(foot(deck, 6)) < FOOT.width


def test_boxes_do_not_overlap_and_stay_inside() -> None:
    for at, slide in enumerate(sample_deck().slides):
        boxes = [p.box for p in fit.placed(slide, at == 0)]
        for n, one in enumerate(boxes):
            assert one.left >= 48
            assert one.left + one.width <= 1232
            assert one.top + one.height <= FOOT.top
            assert not any(overlap(one, other) for other in boxes[:n])


def overlap(a: Box, b: Box) -> bool:
    return (
        a.left < b.left + b.width
        and b.left < a.left + a.width
        and a.top < b.top + b.height
        and b.top < a.top + a.height
    )


def test_heights_by_hand() -> None:
    # Type of 24 takes 30 a line: a row is 42, a line of 28 is 35; of 26 it is 32.5, counted as 33.
    least, larger = Setting(24, 6), Setting(26, 10)
    assert setting.row_heights(a_grid(), MAIN.width, least) == [42, 42, 42]
    assert setting.row_heights(a_grid(), MAIN.width, larger) == [53, 53, 53]
    assert setting.block_height(a_grid(), MAIN.width, least) == 3 * 42 + 30 + 8
    assert setting.column_widths(a_grid(), 768) == [384, 192, 192]
    assert setting.block_height(d.Bullets(("a", "b")), 392, Setting(28, 10)) == 35 + 10 + 35
    noted = d.Figures((d.Figure("1", "a", "b"),) * 2)
    assert setting.block_height(noted, 392, Setting(28, 12, 56)) == 2 * 135 + 12
    assert setting.block_height(noted, 768, Setting(28, 12, 56, 2)) == 135


def test_labels_and_notes_of_a_row_are_level_by_hand() -> None:
    two = d.Figures((d.Figure("1", "a", "n"), d.Figure("2", "kata " * 8, "n")) * 2)
    boxes = setting.figure_boxes(two, Box(10, 100, 424, 400), Setting(32, 18, 88, 2))
    # 88 takes 110, a line of 32 takes 40: "kata " is 79 wide, two stand in a line of 200, so three.
    lines = len(measure.wrapped("kata " * 8, 32, 200))
    assert [value.left for value, _, _ in boxes] == [10, 234, 10, 234]
    assert {label.top for _, label, _ in boxes[:2]} == {100 + 110}
    assert {note.top for _, _, note in boxes[:2]} == {210 + 40 * lines}
    assert {value.top for value, _, _ in boxes[2:]} == {210 + 40 * lines + 35 + 18}


SHORT = d.Bullets(("Satu hal", "Dua hal"))


def type_of(slide: d.Slide, at: int = 0, first: bool = False) -> Setting:
    return fit.placed(slide, first)[at].way


@pytest.mark.parametrize(
    ("lines", "size", "gap"),
    [
        # One line of 44 takes 55: 5 lines and 4 gaps of 36 are 419; 6 and 5 are 510, of 24 are 450.
        (5, 44, 36),
        (6, 44, 24),
        # 7 lines of 44 take 529 with the least gap, of 36 they take 315 and six gaps of 30.
        (7, 36, 30),
        # 9: 36 takes 549 even with 18; 32 takes 360 and eight gaps, 552 of 24, 472 of 14.
        (9, 32, 14),
        # 11: 32 takes 580; 28 takes 385 and ten gaps, 565 of 18, 485 of 10.
        (11, 28, 10),
    ],
)
def test_lines_alone_are_set_in_the_largest_type_that_fits_by_hand(
    lines: int, size: int, gap: int
) -> None:
    slide = d.Slide("x", "t", d.Bullets(("a",) * lines))
    assert type_of(slide) == Setting(size, gap)
    check_fit(with_slide(slide))


def test_what_keeps_lines_from_being_larger_is_room_or_a_word() -> None:
    assert type_of(d.Slide("x", "t", a_map(), (SHORT,)), 1) == Setting(32, 28)
    assert type_of(d.Slide("x", "t", SHORT), first=True) == Setting(44, 36)
    word = "m" * 40  # 40 x 0.833 x 36 is 1200, of 32 it is 1066
    assert type_of(d.Slide("x", "t", d.Bullets((word,)))).size == 32
    side = d.Bullets(("m" * 13,))  # 13 x 0.833 x 32 is 347 beside 32, of 392
    assert type_of(d.Slide("x", "t", a_map(), (side,)), 1).size == 32
    side = d.Bullets(("m" * 14,))  # 373 does not stand in 360, of 28 it is 327
    assert type_of(d.Slide("x", "t", a_map(), (side,)), 1).size == 28


def test_numbers_and_tables_are_set_in_the_largest_type_that_fits_by_hand() -> None:
    one = d.Figure("12", "kotak")
    assert type_of(d.Slide("x", "t", d.Figures((one,) * 3))) == Setting(32, 48, 110, 3)
    assert type_of(d.Slide("x", "t", a_map(), (d.Figures((one,) * 3),)), 1).value == 72
    # In 768, four stand in 174 each: a word of 9 m, 240 wide, needs two rows of two.
    long = d.Figures((replace(one, label="m" * 9),) * 4)
    assert type_of(d.Slide("x", "t", long, (SHORT,))) == Setting(32, 48, 110, 2)
    # A value of 7 digits is 7 x 0.556 x 110 = 428 wide: of 378 it is 343 at 88.
    assert type_of(d.Slide("x", "t", d.Figures((d.Figure("1234567", "a"),) * 3))).value == 88
    assert type_of(d.Slide("x", "t", a_grid())) == Setting(36, 22)
    rows = replace(a_grid(), rows=(("a", "1", "b"),) * 9, total=0)
    # 10 rows in 508: 36 takes 45 + 24 = 690, 32 takes 600, 30 takes 38 + 16 = 540, 28 takes 510.
    assert type_of(d.Slide("x", "t", rows)) == Setting(26, 8)


def test_what_is_much_lower_than_its_box_goes_down_and_maps_do_not() -> None:
    (block,) = fit.placed(d.Slide("x", "t", SHORT), False)
    free = 508 - (55 + 36 + 55)
    assert (block.box.top, block.box.height) == (144 + free * 2 // 5, 508 - free * 2 // 5)
    assert {p.box.top for p in fit.placed(d.Slide("x", "t", a_map(), (SHORT,)), False)} == {144}
    both = fit.placed(d.Slide("x", "t", a_grid(), (SHORT,)), False)
    assert len({p.box.top for p in both}) == 1, "main and side begin level"
    assert fit.placed(d.Slide("x", "t", d.Bullets(("a",) * 6)), False)[0].box == MAIN_ALONE


WORDS_OF = st.text("aimw k", min_size=1, max_size=60)
NUMBERS = st.builds(d.Figure, st.text("0123456789.", min_size=1, max_size=9), WORDS_OF, WORDS_OF)
BLOCKS = st.one_of(
    st.lists(WORDS_OF, min_size=1, max_size=8).map(lambda rows: d.Bullets(tuple(rows))),
    st.lists(NUMBERS, min_size=1, max_size=4).map(lambda rows: d.Figures(tuple(rows))),
)
GRIDS = st.lists(st.tuples(WORDS_OF, WORDS_OF), min_size=1, max_size=12).map(
    lambda rows: d.Grid(("a", "b"), tuple(rows), (2, 1))
)


@given(st.one_of(BLOCKS, GRIDS), st.lists(BLOCKS, max_size=2), st.booleans())
def test_type_is_never_small_never_overflows_and_could_not_be_larger(
    main: d.Main, side: list[d.Side], first: bool
) -> None:
    """The larger ways are tried again by the faults that they would have."""
    slide = d.Slide("x", "t", main, tuple(side))
    deck = with_slide(slide, 0 if first else 1)
    found = [f for f in fit.faults(deck, 0 if first else 1) if f[0] != "load"]
    for one in fit.placed(slide, first):
        way, wide = one.way, one.box.width
        assert min(way.size, way.note, way.value or way.size) >= SMALLEST_PX
        if found:
            continue
        high = setting.block_height(one.block, wide, way)  # type: ignore[arg-type]
        assert one.box.top + high <= (COVER.top - GAP if first else FOOT.top)
    block = fit.placed(slide, first)[0]
    if found or side:
        return
    whole = MAIN_ALONE.height if not first else COVER.top - GAP - MAIN_ALONE.top
    ways = setting.settings(main, MAIN_ALONE.width)  # type: ignore[arg-type]
    room = replace(MAIN_ALONE, height=whole)
    fitting = [w for w in ways if not list(fit._words(main, room, w))]  # type: ignore[arg-type]
    assert block.way == fitting[0]


def test_a_part_of_a_table_says_which() -> None:
    assert caption(a_grid(), "id") == "1–2 dari 9"
    assert caption(replace(a_grid(), first=8), "en") == "8–9 of 9"
    assert caption(replace(a_grid(), total=0), "id") == ""


@pytest.mark.parametrize("bold", [False, True])
def test_words_are_as_wide_as_the_wider_of_both_fonts(bold: bool) -> None:
    """The outline of the words is measured by another way than the sum of advances."""
    own = measure.width(WORDS, 100, bold)
    path = measure.BOLD if bold else measure.FONT
    drawn = TextPath((0, 0), WORDS, size=100, prop=FontProperties(fname=path)).get_extents().width
    latin = WORDS.replace("≤", "").replace("−", "")
    arial = stringWidth(latin, "Helvetica-Bold" if bold else "Helvetica", 100)
    assert own >= max(drawn, arial)
    assert own <= max(drawn, arial) * 1.06


def test_lines_break_at_blanks_by_hand() -> None:
    # In Arial, "aaaa" of 100 is 4 x 55.6 = 222.4 wide, a blank 27.8.
    assert measure.width("aaaa", 100) == pytest.approx(222.4, abs=0.1)
    assert measure.wrapped("aaaa aaaa aaaa", 100, 480) == ["aaaa aaaa", "aaaa"]
    assert measure.wrapped("aaaa aaaa", 100, 470) == ["aaaa", "aaaa"]
    assert measure.wrapped("", 100, 470) == [""]
    assert measure.shortened("aaaa aaaa aaaa", 100, 480) == "aaaa…"
    assert measure.shortened("aaaa aaaa aaaa", 100, 480, lines=2) == "aaaa aaaa aaaa"
    assert measure.shortened("a" * 40, 100, 230) == "aa…"


@given(TEXTS, st.integers(120, 600), st.integers(1, 3), st.booleans())
def test_what_is_shortened_fits_and_keeps_its_beginning(
    words: str, room: int, lines: int, bold: bool
) -> None:
    short = measure.shortened(words, 28, room, lines, bold)
    broken = measure.wrapped(short, 28, room, bold)
    assert len(broken) <= lines
    assert all(measure.width(b, 28, bold) <= room for b in broken)
    assert measure.plain(words).startswith(short.rstrip(measure.MORE).rstrip())
    assert measure.shortened(short, 28, room, lines, bold) == short


@given(TEXTS, st.integers(60, 600))
def test_lines_hold_every_word_in_order(words: str, room: int) -> None:
    broken = measure.wrapped(words, 24, room)
    assert " ".join(broken) == measure.plain(words)
    assert all(measure.width(b, 24) <= room for b in broken if " " in b)


@given(TEXTS)
def test_plain_words_are_what_xml_holds(words: str) -> None:
    clean = measure.plain(words + "\x00\x0b\ud800\ufffe\u202e]]><b>")
    assert clean.endswith("]]><b>")
    assert measure.plain(clean) == clean
    assert all(c >= " " and not 0xD800 <= ord(c) <= 0xDFFF for c in clean)
    clean.encode("utf-8")


@given(st.lists(st.text(max_size=12), min_size=1, max_size=4), st.integers(1, 30))
def test_a_table_is_refused_or_fits(cells: list[str], rows: int) -> None:
    grid = d.Grid(tuple(cells), (tuple(cells),) * rows, (1.0,) * len(cells))
    try:
        check_fit(with_slide(d.Slide("x", "t", grid)))
    except DoesNotFitError:
        return
    way = type_of(d.Slide("x", "t", grid))
    assert sum(setting.row_heights(grid, MAIN_ALONE.width, way)) <= MAIN_ALONE.height
    assert sum(setting.column_widths(grid, MAIN_ALONE.width)) == MAIN_ALONE.width


def test_labels_of_a_line_are_thinned_and_those_of_columns_are_not() -> None:
    months = tuple(f"{n:02} 2024" for n in range(27))
    line = replace(
        a_chart(), kind="line", categories=months,
        series=(d.Series("a", (1.0,) * 27, "#000000"),),
    )  # fmt: skip
    step = fit.chart_label_step(line, MAIN)
    widest = measure.width(months[0], SMALLEST_PX)
    assert step == math.ceil((widest + GAP / 2) / ((MAIN.width - 96) / 27))
    assert fit.chart_label_step(replace(line, kind="column"), MAIN) == 1
    check_fit(with_slide(d.Slide("x", "t", line, (d.Bullets(("1",)),))))
    assert (
        refused(with_slide(d.Slide("x", "t", replace(line, kind="column")))).part == "label bagan"
    )


WIDE = (104.0, -3.0, 108.0, -1.0)


@pytest.mark.parametrize("bounds", [a_map().bounds, WIDE])
@pytest.mark.parametrize("rows", [1, 4, 9, 12])
def test_the_parts_of_a_map_stand_inside_it_and_apart(
    bounds: tuple[float, float, float, float], rows: int
) -> None:
    legend = tuple(d.Legend("#fff", "tidak ada laporan sama sekali" * (n % 2)) for n in range(rows))
    shown = replace(a_map(), bounds=bounds, legend=legend)
    check_fit(with_slide(d.Slide("x", "t", shown, (d.Bullets(("1",)),))))
    boxes = fit.map_boxes(shown, MAIN)
    parts = [boxes.title, boxes.land, boxes.source, *boxes.legend]
    for n, one in enumerate(parts):
        assert MAIN.left <= one.left
        assert one.left + one.width <= MAIN.left + MAIN.width
        assert MAIN.top <= one.top
        assert one.top + one.height <= MAIN.top + MAIN.height
        assert not any(overlap(one, other) for other in parts[:n])


def test_the_legend_stands_where_the_land_is_larger() -> None:
    """By hand: 768 wide, 432 high is left for land of two degrees by two, or of four by two."""
    beside = fit.map_boxes(a_map(), MAIN)
    assert (beside.land.width, beside.land.height) == (768 - 240 - 24, 508 - 2 * (30 + 8))
    assert {row.left for row in beside.legend} == {MAIN.left + 768 - 240}
    below = fit.map_boxes(replace(a_map(), bounds=WIDE), MAIN)
    assert (below.land.width, below.land.height) == (768, 432 - 2 * (30 + 12))
    assert [row.left for row in below.legend] == [48, 48 + 264, 48 + 528, 48]
    assert fit.map_boxes(replace(a_map(), legend=()), MAIN).land.width == MAIN.width
