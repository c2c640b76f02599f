"""What is shown at a meeting: which slides, in which order, with which notes and own slides."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field, replace
from types import MappingProxyType
from typing import Any

from data.briefing import decks
from geo.errors import ParameterError
from services.briefing.deck import Access, Bullets, Deck, Slide
from services.briefing.meetings import require_title
from services.dataset import Dataset

OWN = "sendiri"
"""What the keys of own slides begin with, so that none is that of a template."""
MOST_LINES, MOST_NOTE = 8, 4000
"""Lines of an own slide, letters of a note."""
_GAP = "\n\n"
_NONE: Mapping[str, str] = MappingProxyType({})


@dataclass(frozen=True)
class OwnSlide:
    """A slide that the office wrote itself; all of it is plain text.

    Attributes
    ----------
    key
        Begins with `OWN`.
    lines
        At most `MOST_LINES`.
    """

    key: str
    title: str
    lines: tuple[str, ...] = ()
    notes: str = ""
    access: Access = "terbatas"

    def __post_init__(self) -> None:
        if not self.key.startswith(OWN):
            raise ParameterError("deck", self.key, f"{OWN}-…")
        require_title(self.title.strip())
        if len(self.lines) > MOST_LINES:
            raise ParameterError("slide_lines", len(self.lines), str(MOST_LINES))
        for line in filter(None, self.lines):
            require_title(line)
        _require_note(self.notes)
        if self.access not in ("terbuka", "terbatas"):
            raise ParameterError("deck", self.access, "terbuka, terbatas")


@dataclass(frozen=True)
class Choice:
    """What is changed of a deck.

    Attributes
    ----------
    order
        Keys of slides, first to last; those that are not named follow in their own order.
    left_out
        Keys of slides that are not shown.
    notes
        By key: what is added to the notes of a slide.
    own
        Slides of the office.
    """

    order: tuple[str, ...] = ()
    left_out: tuple[str, ...] = ()
    notes: Mapping[str, str] = field(default_factory=lambda: _NONE)
    own: tuple[OwnSlide, ...] = ()

    def __post_init__(self) -> None:
        keys = [one.key for one in self.own]
        for what in (keys, self.order, self.left_out):
            if len(set(what)) < len(what):
                raise ParameterError("deck", list(what), "each once")
        for note in self.notes.values():
            _require_note(note)

    def to_json(self) -> str:
        """Return it as it is stored."""
        return json.dumps(
            {
                "order": self.order,
                "left_out": self.left_out,
                "notes": dict(sorted(self.notes.items())),
                "own": [asdict(one) for one in self.own],
            },
            ensure_ascii=False,
        )


def _require_note(note: str) -> None:
    if len(note) > MOST_NOTE:
        raise ParameterError("slide_note", len(note), str(MOST_NOTE))


def choice_from(content: str) -> Choice:
    """Return what `Choice.to_json` wrote.

    Raises
    ------
    ParameterError
        For a text that is something else, or holds what a choice may not.
    """
    try:
        found: dict[str, Any] = json.loads(content)
        own = (OwnSlide(**{**one, "lines": _texts(one["lines"])}) for one in found["own"])
        notes = dict(zip(found["notes"], _texts(found["notes"].values()), strict=True))
        return Choice(_texts(found["order"]), _texts(found["left_out"]), notes, tuple(own))
    except ParameterError:
        raise
    except (ValueError, TypeError, KeyError, AttributeError) as err:
        raise ParameterError("deck", content[:80], "order, left_out, notes, own") from err


def _texts(values: Iterable[Any]) -> tuple[str, ...]:
    kept = tuple(values)
    if isinstance(values, str) or not all(isinstance(one, str) for one in kept):
        raise TypeError("not a list of texts")
    return kept


def apply_choice(deck: Deck, choice: Choice) -> Deck:
    """Return a deck as it was chosen; it always begins with its first slide, which says what it is.

    Slides that the choice does not know, such as those of a newer template, follow in their own
    order behind those that it names; keys that the deck does not have are passed over.
    """
    found = {slide.key: slide for slide in deck.slides}
    found |= {one.key: _slide(one) for one in choice.own}
    cover = deck.slides[0].key
    keys = dict.fromkeys([cover, *(key for key in choice.order if key in found), *found])
    shown = (key for key in keys if key == cover or key not in choice.left_out)
    slides = tuple(_noted(found[key], choice.notes.get(key, "")) for key in shown)
    return replace(deck, slides=slides)


def _slide(one: OwnSlide) -> Slide:
    lines = tuple(line for line in one.lines if line.strip())
    return Slide(one.key, one.title, Bullets(lines) if lines else None, (), one.notes, one.access)


def _noted(slide: Slide, note: str) -> Slide:
    said = slide.notes
    if not note or said == note or said.endswith(_GAP + note):
        return slide
    return replace(slide, notes=said + _GAP + note if said else note)


@dataclass(frozen=True)
class Chosen:
    """A choice as it is stored, with its version; 0 while none is."""

    choice: Choice
    version: int


def chosen(data: Dataset, meeting_id: str) -> Chosen:
    """Return what was chosen last for a meeting; nothing is changed while nobody chose."""
    rows = data.read("decks")
    rows = rows[rows["meeting_id"].eq(meeting_id)].sort_values("version")
    if rows.empty:
        return Chosen(Choice(), 0)
    last = rows.iloc[-1]
    return Chosen(choice_from(str(last["content"])), int(last["version"]))


def save_choice(data: Dataset, meeting_id: str, choice: Choice, office: str, replaces: int) -> int:
    """Store what is chosen for a meeting in place of the version that was seen.

    Raises
    ------
    SavedMeanwhileError
        When somebody else saved since; nothing is written then.
    SchemaError
        For an office that is none.
    """
    return decks.save_deck(data.store, meeting_id, choice.to_json(), office.strip(), replaces)
