"""What is chosen of a deck: order, what is left out, notes and own slides."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from data.errors import SavedMeanwhileError, SchemaError
from data.store.engine import Store
from geo.errors import ParameterError
from services.briefing.choice import (
    Choice,
    OwnSlide,
    apply_choice,
    choice_from,
    chosen,
    save_choice,
)
from services.briefing.deck import Bullets, Deck, Slide
from services.dataset import load_dataset
from services.explain import explain
from tests.briefing import sample_deck

OWN = OwnSlide("sendiri-1", "Titipan Polda", ("Satu", "Dua"), "Bacakan.")
COVER = "sampul"
KEYS = ("situasi", "perubahan", "peta", "keputusan")


def deck(*keys: str) -> Deck:
    slides = tuple(Slide(key, f"Judul {key}", notes="Lama.") for key in (COVER, *(keys or KEYS)))
    return replace(sample_deck.sample_deck(), slides=slides)


def keys(found: Deck) -> tuple[str, ...]:
    """Return the keys of the slides behind the cover."""
    first, *others = (slide.key for slide in found.slides)
    assert first == COVER
    return tuple(others)


def test_no_choice_changes_nothing() -> None:
    assert apply_choice(deck(), Choice()).slides == deck().slides


def test_slides_are_put_in_order_left_out_noted_and_added() -> None:
    choice = Choice(
        ("peta", "sendiri-1", "situasi"), ("perubahan",), {"peta": "Tunjuk pulau."}, (OWN,)
    )
    found = apply_choice(deck(), choice)
    assert keys(found) == ("peta", "sendiri-1", "situasi", "keputusan")
    assert found.slides[1].notes == "Lama.\n\nTunjuk pulau."
    own = found.slides[2]
    assert (own.title, own.main, own.notes) == (OWN.title, Bullets(OWN.lines), "Bacakan.")
    assert own.access == "terbatas"


def test_slides_of_a_newer_template_follow_and_lost_ones_are_passed_over() -> None:
    choice = Choice(("keputusan", "dulu", "situasi"), ("hilang",), {"dulu": "x"})
    found = apply_choice(deck("situasi", "baru", "keputusan", "lagi"), choice)
    assert keys(found) == ("keputusan", "situasi", "baru", "lagi")


def test_an_own_slide_that_no_order_names_stands_last() -> None:
    assert keys(apply_choice(deck(), Choice(own=(OWN,)))) == (*KEYS, OWN.key)


def test_the_cover_is_never_left_out_and_always_first() -> None:
    choice = Choice(("peta", COVER), (COVER, *KEYS), {COVER: "Salam."})
    found = apply_choice(deck(), choice)
    assert keys(found) == ()
    assert found.slides[0].notes == "Lama.\n\nSalam."


def test_markup_stays_plain_text() -> None:
    words = "<b>tebal</b> & **bintang** `kode` </script>"
    choice = Choice(notes={"peta": words}, own=(replace(OWN, title=words, lines=(words,)),))
    again = choice_from(choice.to_json())
    assert again == choice
    found = apply_choice(deck(), again)
    assert found.slides[3].notes.endswith(words)
    assert found.slides[-1].title == words


@pytest.mark.parametrize(
    ("make", "value"),
    [
        (lambda: replace(OWN, title="x" * 500), "500"),
        (lambda: replace(OWN, lines=("x" * 301,)), "301"),
        (lambda: replace(OWN, lines=tuple("123456789")), "9"),
        (lambda: replace(OWN, notes="x" * 4001), "4001"),
        (lambda: replace(OWN, title=" "), "0"),
        (lambda: replace(OWN, key="situasi"), "situasi"),
        (lambda: OwnSlide("sendiri-1", "x", access="rahasia"), "rahasia"),  # type: ignore[arg-type]
        (lambda: Choice(order=("a", "a")), "a"),
        (lambda: Choice(left_out=("a", "a")), "a"),
        (lambda: Choice(own=(OWN, OWN)), "sendiri-1"),
        (lambda: Choice(notes={"a": "x" * 4001}), "4001"),
    ],
)
def test_what_no_slide_holds_is_refused_with_its_value(make: object, value: str) -> None:
    with pytest.raises(ParameterError) as caught:
        make()  # type: ignore[operator]
    assert value in explain(caught.value)
    assert value in explain(caught.value, "en")


@pytest.mark.parametrize(
    "content",
    [
        "",
        "[]",
        "{}",
        '"order"',
        '{"order": "abc", "left_out": [], "notes": {}, "own": []}',
        '{"order": [1], "left_out": [], "notes": {}, "own": []}',
        '{"order": [], "left_out": [], "notes": {"a": 1}, "own": []}',
        '{"order": [], "left_out": [], "notes": [], "own": [{"key": "sendiri-1"}]}',
        '{"order": [], "left_out": [], "notes": {}, "own": [7]}',
    ],
)
def test_a_text_that_is_no_choice_is_refused(content: str) -> None:
    with pytest.raises(ParameterError):
        choice_from(content)


def test_each_version_is_kept_and_the_second_to_save_is_told(own_store: Store) -> None:
    data = load_dataset(own_store)
    assert chosen(data, "r").version == 0
    first = Choice(left_out=("peta",))
    assert save_choice(data, "r", first, "Kesbangpol", 0) == 1
    with pytest.raises(SavedMeanwhileError) as caught:
        save_choice(data, "r", Choice(), "Polda", 0)
    assert "Kesbangpol" in explain(caught.value)
    now = data.fresh()
    assert (chosen(now, "r").choice, chosen(now, "r").version) == (first, 1)
    assert save_choice(now, "r", Choice(order=("peta",)), "Polda", 1) == 2
    kept = data.fresh().read("decks")
    kept = kept[kept["meeting_id"].eq("r")]
    assert kept["version"].tolist() == [1, 2]
    assert json.loads(kept["content"].iloc[0])["left_out"] == ["peta"]
    with pytest.raises(SchemaError):
        save_choice(data.fresh(), "r", Choice(), "", 2)
    assert chosen(data.fresh(), "r").version == 2


NAMES = st.sampled_from([COVER, *KEYS, "dulu", "sendiri-1", "sendiri-2"])
TEXTS = st.text(max_size=12)
OWNS = st.builds(
    OwnSlide,
    key=st.sampled_from(["sendiri-1", "sendiri-2"]),
    title=TEXTS.filter(str.strip),
    lines=st.lists(TEXTS, max_size=3).map(tuple),
    notes=TEXTS,
)
CHOICES = st.builds(
    Choice,
    order=st.lists(NAMES, unique=True).map(tuple),
    left_out=st.lists(NAMES, unique=True).map(tuple),
    notes=st.dictionaries(NAMES, TEXTS),
    own=st.lists(OWNS, unique_by=lambda one: one.key).map(tuple),
)


@given(choice=CHOICES)
def test_applying_twice_is_applying_once_and_what_is_stored_comes_back(choice: Choice) -> None:
    once = apply_choice(deck(), choice)
    assert apply_choice(once, choice).slides == once.slides
    assert choice_from(choice.to_json()) == choice


@given(choice=CHOICES)
def test_the_order_is_that_of_the_choice_and_then_of_the_template(choice: Choice) -> None:
    found = keys(apply_choice(deck(), choice))
    own = {one.key for one in choice.own}
    shown = ({*KEYS} | own) - {*choice.left_out}
    assert set(found) == shown
    assert len(found) == len(shown)
    named = [key for key in choice.order if key in shown]  # the cover is not in it
    assert list(found[: len(named)]) == named
    rest = [key for key in found[len(named) :] if key in KEYS]
    assert rest == [key for key in KEYS if key in rest]
