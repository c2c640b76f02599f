"""Twelve slides of a snapshot: each figure is that of its page, nothing is cut, none calls safe."""

from __future__ import annotations

import copy
import re
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from data.briefing.examples import shipped_contents
from data.outlook.lodged import canonical, digest_of
from services.briefing.deck import Bullets, Chart, Deck, Figures, Grid, Map, Slide
from services.briefing.fit import check_fit, faults, words_of
from services.briefing.slides.build import ORDER, deck_of
from services.briefing.slides.fitted import fitted
from services.briefing.snapshot import Snapshot
from tests.pages.test_pages import open_page, shown

KEYS = (
    "sampul", "tindakan", "situasi", "perubahan", "tahapan", "hotspot", "keamanan", "distribusi",
    "personel", "peringatan", "keputusan", "batas",
)  # fmt: skip


def snapshots() -> list[Snapshot]:
    return [Snapshot(content, digest_of(canonical(content))) for content in shipped_contents()]


@pytest.fixture(scope="module", params=[0, 1], ids=["b12-2023", "b04-2024"])
def snapshot(request: pytest.FixtureRequest) -> Snapshot:
    found: Snapshot = snapshots()[request.param]
    return found


@pytest.fixture(scope="module", params=["id", "en"])
def deck(request: pytest.FixtureRequest, snapshot: Snapshot) -> Deck:
    return deck_of(snapshot, request.param)


def slide(deck: Deck, key: str) -> Slide:
    return next(one for one in deck.slides if one.key == key)


def block(deck: Deck, key: str, kind: type) -> Any:
    main = slide(deck, key).main
    assert isinstance(main, kind)
    return main


def test_the_order_is_the_same_at_each_rakor_and_actions_of_last_time_come_first(
    deck: Deck,
) -> None:
    assert tuple(one.key for one in deck.slides) == KEYS
    assert len(ORDER) == len(KEYS) == 12
    check_fit(deck)
    assert max(len(words_of(one)) for one in deck.slides) <= 60


def test_nothing_is_called_safe(deck: Deck) -> None:
    said = " ".join(
        word for one in deck.slides for word in (*words_of(one), *one.notes.split(), one.title)
    )
    said = said.replace("bukan tanda aman", "")
    assert not re.search(r"\b(aman|safe)\b", said, re.IGNORECASE)


@pytest.mark.usefixtures("shared_installation")
@pytest.mark.parametrize("which", [0, 1])
def test_figures_are_those_that_the_first_page_shows(which: int) -> None:
    """The page at the day of the snapshot, changes counted from the day that the slide names."""
    taken = snapshots()[which]
    deck = deck_of(taken, "id")
    day, since = taken.content["as_of"], taken.content["since"]["day"]
    test = open_page("ringkasan", tanggal=day, sejak=since)
    page = shown(test)
    figures = block(deck, "situasi", Figures).items
    assert [figure.label for figure in figures] == [
        "Konflik", "Unjuk rasa", "Pelanggaran", "Logistik",
    ]  # fmt: skip
    for figure in figures:
        form = rf"<b>(?:\d+→)?{re.escape(figure.value)}(?: [▲▼])?</b><span>{figure.label}</span>"
        assert re.search(form, page), figure.label
    folded = " ".join(box.label for box in test.expander)
    potensi = re.search(r"Potensi \((\d+)\)", folded)
    assert potensi is not None
    assert f"{potensi[1]} potensi terbuka" in slide(deck, "situasi").title
    watched = [row["place"].split(", ")[0] for row in taken.content["situation"]["watch"]]
    rows = [box.label for box in test.button if str(box.key).startswith("place_")]
    assert len(rows) == len(watched)
    for place, row in zip(watched, rows, strict=True):
        assert place.split(" ", 1)[-1] in row.replace("\\", "")


def test_the_map_shows_each_unit_as_the_hotspot_page_colours_it(
    deck: Deck, snapshot: Snapshot
) -> None:
    units = snapshot.content["hotspots"]["levels"]["kecamatan"]["tahun"]["konflik"]
    chart: Map = block(deck, "hotspot", Map)
    assert set(chart.areas) == set(units["affairs"])
    assert len(chart.areas) == 47
    for code, area in chart.areas.items():
        assert area.fill == (units["colour"][code] or "")
        assert area.words.endswith(("perkara", str(int(units["affairs"][code]))))
    named = sum(n > 0 for n in units["affairs"].values())
    numbers = [int(n) for n in re.findall(r"\d+", slide(deck, "hotspot").title)]
    recent = snapshot.content["hotspots"]["levels"]["kecamatan"]["rakor"]["konflik"]["n_affairs"]
    assert numbers == [units["n_affairs"], named, recent]


def test_months_of_the_chart_add_up_to_what_was_reported(deck: Deck, snapshot: Snapshot) -> None:
    chart: Chart = block(deck, "perubahan", Chart)
    assert len(chart.categories) == 12
    told = snapshot.content["situation"]["monthly"]["affairs"]
    assert [list(one.values) for one in chart.series] == [told["konflik"], told["unjuk_rasa"]]
    # An affair with reports in two months counts in both, so months never say less than the year.
    year = snapshot.content["hotspots"]["levels"]["kabupaten"]["tahun"]["konflik"]["n_affairs"]
    assert sum(told["konflik"]) >= year - 3


def test_people_and_sea_are_what_the_snapshot_holds(deck: Deck, snapshot: Snapshot) -> None:
    table: Grid = block(deck, "personel", Grid)
    plain = [[re.sub(r"[.,]", "", cell) for cell in row] for row in table.rows]
    units = snapshot.content["people"]["units"]
    assert [row[0] for row in table.rows] == [unit["name"] for unit in units]
    assert [int(row[2]) for row in plain] == [unit["police"] for unit in units]
    sea = snapshot.content["distribution"]["sea"]
    assert str(sea["tps"]) in slide(deck, "distribusi").title
    dots = [m for m in block(deck, "distribusi", Map).markers if m.label]
    assert sum(int(m.label) for m in dots) == sea["tps"]
    assert slide(deck, "personel").access == slide(deck, "distribusi").access == "terbatas"


def test_what_is_assumed_is_marked(deck: Deck, snapshot: Snapshot) -> None:
    example = snapshot.meeting["date_basis"] == "asumsi"
    assert bool(slide(deck, "sampul").marks) == example
    assert slide(deck, "distribusi").marks
    assert slide(deck, "personel").marks
    assert slide(deck, "situasi").marks  # the day from which changes count is inferred


def test_a_smaller_meeting_is_told_that_figures_are_of_the_whole_province(
    snapshot: Snapshot,
) -> None:
    content = copy.deepcopy(dict(snapshot.content))
    said = "seluruh provinsi"
    assert said not in " ".join(words_of(slide(deck_of(snapshot, "id"), "sampul")))
    content["meeting"] |= {"level": "kabupaten", "unit_code": "19.03"}
    smaller = deck_of(Snapshot(content, digest_of(canonical(content))), "id")
    assert said in " ".join(words_of(slide(smaller, "sampul")))
    check_fit(smaller)


LONG = "kata " * 100


def grown(content: dict[str, Any], n: int, words: str) -> dict[str, Any]:
    """Return a content with many of everything and long words."""
    made = copy.deepcopy(content)
    made["meeting"]["title"] = words[:300] or "Rakor"
    action = {
        "action_id": "tdk-1", "meeting_id": None, "warning_id": None, "place_code": None,
        "place": None, "stage": None, "risk": words, "decision": words or "x", "reason": None,
        "owner": words or "KPU", "opened_on": "2024-01-01", "due": "2024-01-02",
        "status": "berjalan", "overdue": True, "closed_on": None, "result": None,
    }  # fmt: skip
    made["register"]["actions"] = [{**action, "action_id": f"tdk-{i}"} for i in range(n)]
    for row in made["register"]["warnings"]:
        row["title"] = row["action"] = {"id": words, "en": words}
    made["register"]["warnings"] *= max(1, n // 4)
    made["situation"]["agenda"] = [
        {"date_start": "2024-02-01", "days_to": i, "title": words, "origin": "agenda",
         "kind": "aksi"} for i in range(n)
    ]  # fmt: skip
    return made


@settings(max_examples=6, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(n=st.integers(0, 60), words=st.one_of(st.just(LONG), st.text(max_size=200)))
def test_whatever_the_store_holds_fits(n: int, words: str) -> None:
    content = grown(snapshots()[1].content, n, words)  # type: ignore[arg-type]
    made = deck_of(Snapshot(content, "0" * 64), "id")
    check_fit(made)
    table = slide(made, "tindakan").main
    if n:
        assert isinstance(table, Grid)
        assert table.total == n
        assert 1 <= len(table.rows) <= 4


def test_a_period_that_nobody_watched_is_never_a_zero() -> None:
    content = copy.deepcopy(dict(snapshots()[1].content))
    for row in content["situation"]["figures"].values():
        row |= {"n_affairs": 0, "covered": False, "before_covered": False}
    made = deck_of(Snapshot(content, "0" * 64), "id")
    assert {f.value for f in block(made, "situasi", Figures).items} == {"–"}
    assert {f.note for f in block(made, "situasi", Figures).items} == {"tidak terpantau penuh"}
    away = [{"code": "19.01", "name": "Bangka", "watched_until": None}]
    made = deck_of(Snapshot({**content, "unwatched": away}, "0" * 64), "id")
    assert "1 kabupaten tidak terpantau" in slide(made, "batas").title


def test_days_run_from_the_day_of_the_snapshot(deck: Deck, snapshot: Snapshot) -> None:
    for row in snapshot.content["situation"]["agenda"]:
        start = date.fromisoformat(row["date_start"])
        if row["days_to"]:
            assert snapshot.as_of + timedelta(days=row["days_to"]) == start
    assert deck.as_of == snapshot.as_of
    assert pd.Timestamp(deck.made_at) > pd.Timestamp(deck.as_of, tz="UTC")
    assert replace(deck, lang="id").access == "terbatas"


def test_warnings_that_say_the_same_share_a_row_and_the_title_counts_all() -> None:
    made = deck_of(snapshots()[1], "id")
    rows = block(made, "peringatan", Grid).rows
    assert slide(made, "peringatan").title.startswith("8 peringatan, 4 siaga")
    assert [row[0] for row in rows] == ["Siaga", "Waspada", "Waspada"], "60 words hold no fourth"
    assert rows[0][1] == (
        "Logistik terlambat, kurang, atau rusak, H-14: "
        "Bangka Tengah, Bangka Barat, Bangka Selatan, Belitung (4)"
    )
    assert rows[1][1] == "Kec. Belinyu, Kab. Bangka: Konflik agraria dan tambang masih terbuka"
    assert rows[2][1].endswith("Bangka, Kota Pangkalpinang (2)")
    assert block(made, "peringatan", Grid).total == 4


def test_warnings_of_another_owner_or_chance_keep_their_own_row() -> None:
    content = copy.deepcopy(dict(snapshots()[1].content))
    second, third = content["register"]["warnings"][1:3]
    second["owner"], third["probability"] = "Polda", 0.25
    made = deck_of(Snapshot(content, "0" * 64), "id")
    told = block(made, "peringatan", Grid)
    assert told.total == 6
    assert told.rows[0][1].endswith("Bangka Tengah, Belitung (2)")


MARKS = ("PENGANDAIAN", "SIMULASI", "perkiraan", "CONTOH", "asumsi: awal kurun")


def test_a_foot_gives_up_its_sources_before_its_marks(deck: Deck) -> None:
    """The slide of people says both that it supposes and that it is simulated."""
    content = copy.deepcopy(dict(snapshots()[1].content))
    content["people"]["simulated"] = True
    for lang, whatif in (("id", "PENGANDAIAN"), ("en", "WHAT IF")):
        made = deck_of(Snapshot(content, "0" * 64), lang)
        assert slide(made, "personel").marks == (whatif, "SIMULASI")
    full = replace(slide(deck, "personel"), marks=MARKS[:2], sources="pola polri, register TPS")
    made = fitted(replace(deck, slides=(deck.slides[0], full)))
    assert made.slides[1].marks == MARKS[:2]
    assert full.sources.startswith(made.slides[1].sources)
    assert made.slides[1].sources != full.sources
    check_fit(made)


@settings(max_examples=6, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    marks=st.one_of(st.just(MARKS), st.lists(st.sampled_from(MARKS), max_size=5).map(tuple)),
    words=st.one_of(st.just(LONG), st.just("x" * 400), st.text(max_size=120)),
)
def test_every_mark_at_once_and_any_words_fit(
    deck: Deck, marks: tuple[str, ...], words: str
) -> None:
    """On every slide, with words put in for all of its own; a shortened mark is still begun."""
    worded = [
        replace(one, title=words, marks=marks, sources=words, main=reworded(one.main, words))
        for one in deck.slides
    ]
    made = fitted(replace(deck, slides=tuple(worded), office=words))
    parts = [part for at in range(len(made.slides)) for part, *_ in faults(made, at)]
    assert set(parts) <= {"load"}, "many short words are the only thing that is left to refuse"
    for one in made.slides:
        assert len(one.marks) == len(marks)
        assert all(
            mark.startswith(kept.rstrip("…")) for mark, kept in zip(marks, one.marks, strict=True)
        )


def reworded(main: Any, words: str) -> Any:
    if isinstance(main, Bullets):
        return Bullets((words,) * 5)
    if isinstance(main, Grid):
        cells = tuple(
            tuple(cell if number else words for cell, number in zip(row, main.numeric, strict=True))
            for row in main.rows
        )
        return replace(main, rows=cells) if main.numeric else main
    if isinstance(main, Figures):
        return Figures(tuple(replace(one, note=words) for one in main.items[:2]))
    if isinstance(main, Chart):
        return replace(main, title=words)
    rows = tuple(replace(row, words=words) for row in main.legend[:2])
    return replace(main, title=words, source=words, legend=rows)


def test_the_sea_map_and_its_foot_name_the_same_sources(deck: Deck) -> None:
    found = slide(deck, "distribusi")
    assert found.sources in block(deck, "distribusi", Map).source


def test_each_publisher_is_named_once_and_the_cover_shows_the_agenda(
    deck: Deck, snapshot: Snapshot
) -> None:
    named = slide(deck, "batas").notes.splitlines()
    assert len(named) == len(set(named))
    pages = snapshot.content["sources"]["pages"].values()
    assert set(named) == {page["publisher"] for page in pages} - {None}
    cover = block(deck, "sampul", Bullets)
    assert cover.items[1:] == tuple(snapshot.meeting["agenda"].splitlines())
