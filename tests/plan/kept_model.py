"""What is kept, in the trash and undone, as plain lists say it: no file, no store."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

Files = dict[str, bytes]
"""Content by place below ``var/``."""


@dataclass
class Model:
    """What there is to be after changes.

    Attributes
    ----------
    history
        The files after each act; the first before any.
    trash
        Place a file had and content, the last thrown away last.
    """

    history: list[Files] = field(default_factory=lambda: [{}])
    trash: list[tuple[str, bytes]] = field(default_factory=list)

    @property
    def files(self) -> Files:
        """What is there now."""
        return self.history[-1]

    @property
    def thrown(self) -> list[tuple[str, bytes]]:
        """Name and content of what is in the trash, in an order of its own."""
        return sorted((place_name(at), content) for at, content in self.trash)

    def put(self, at: str, content: bytes, *, restored: bool = False) -> None:
        """Have an act put a content in a place; one that is there already is no act."""
        if self.files.get(at) == content:
            return
        if restored:
            self.trash.remove((at, content))
        self.throw([at])
        self.change({at: content})

    def change(self, wanted: dict[str, bytes | None]) -> None:
        """Have an act put contents in places, or take what is there away."""
        after = self.files | {at: content for at, content in wanted.items() if content is not None}
        gone = {at for at, content in wanted.items() if content is None}
        self.history.append({at: content for at, content in after.items() if at not in gone})

    def throw(self, places: Iterable[str]) -> None:
        """Keep what is in places in the trash."""
        self.trash += [(at, self.files[at]) for at in places if at in self.files]

    def take(self, at: str, content: bytes) -> None:
        """Take a content out of the trash: that of its own place, else the last thrown away."""
        found = [one for one in reversed(self.trash) if one[1] == content]
        found.sort(key=lambda one: one[0] != at)
        last = len(self.trash) - 1 - self.trash[::-1].index(found[0])
        del self.trash[last]

    def touched(self, back: int) -> dict[str, tuple[bytes | None, bytes | None]]:
        """Return what an act changed: by place what was there before and after it."""
        before, after = self.history[-2 - back], self.history[-1 - back]
        both = {at: (before.get(at), after.get(at)) for at in {*before, *after}}
        return {at: pair for at, pair in both.items() if pair[0] != pair[1]}

    def undo(self, back: int) -> str:
        """Undo an act, or say why not: ``unknown``, ``changed`` or ``missing``; else empty."""
        touched = self.touched(back)
        if not touched:
            return "unknown"
        if any(self.files.get(at) != after for at, (_, after) in touched.items()):
            return "changed"
        wanted = {at: before for at, (before, _) in touched.items() if before is not None}
        now = [content for at in touched if (content := self.files.get(at)) is not None]
        if not set(wanted.values()) <= {content for _, content in self.trash} | set(now):
            return "missing"
        moved = [at for at in touched if self.files.get(at) in wanted.values()]
        self.throw(at for at in touched if at not in moved)
        for at, content in wanted.items():
            if content not in now:
                self.take(at, content)
        self.change({at: before for at, (before, _) in touched.items()})
        return ""

    def last_thrown(self, folder: str) -> Iterator[tuple[str, bytes]]:
        """Yield what is in the trash of a folder, the last thrown away first."""
        yield from (one for one in reversed(self.trash) if one[0].startswith(folder))


def place_name(at: str) -> str:
    """Return the name of the file of a place."""
    return at.partition("/")[2].rpartition(".")[0]
