"""The province: its ``province.toml``, checked key by key, and the named views of its map."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from datetime import date, datetime, timedelta, timezone
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Annotated, Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import pandas as pd
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError, model_validator

from data.errors import FileUnreadableError, SchemaError, SourceMissingError
from data.paths import PROVINCE_FILE, shipped_dir
from data.store.rules_logistics import BALLOTS
from data.store.tables import elections

CONTESTS = tuple(name.removeprefix(f"{BALLOTS[0]}_") for name in BALLOTS[1:])
"""Keys of what may be voted on; each has its own ballots."""
_YEAR = 2024
"""Any year: no time zone of Indonesia has changed since 1988."""


def _known_zone(name: str) -> str:
    try:
        offsets = {_offset(name, month) for month in range(1, 13)}
    except (ZoneInfoNotFoundError, ValueError) as err:
        raise ValueError("expected a name of the IANA time zone database") from err
    if len(offsets) > 1:
        raise ValueError("expected a time zone without daylight saving time")
    return name


def _offset(name: str, month: int) -> timedelta:
    return datetime(_YEAR, month, 1, tzinfo=ZoneInfo(name)).utcoffset() or timedelta()


def _known_contests(names: tuple[str, ...]) -> tuple[str, ...]:
    if len(set(names)) < len(names) or not set(names) <= set(CONTESTS):
        raise ValueError("expected different ones of " + ", ".join(CONTESTS))
    return names


Plain = Annotated[str, Field(min_length=1, pattern=r'^[^{}<>"\\]+$')]
"""Words that go into texts of the interface: no braces, no tags, no quotes."""


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Words(_Part):
    """A text in both languages of the interface."""

    id: Plain
    en: Plain


class Kits(_Part):
    """What one TPS gets at an election; ``analytics.plan.kits.KitRules`` knows the ranges.

    Attributes
    ----------
    booths, ink
        Per TPS.
    reserve_pct
        Reserve ballots in percent of the voters of a TPS.
    assumed
        Names of the values that no source gives.
    """

    booths: int
    ink: int
    reserve_pct: float
    assumed: tuple[str, ...] = ()


class Election(_Part):
    """An election of the province: when, where, what is voted on, what each TPS gets."""

    name: Words
    voting_date: date
    areas: tuple[str, ...] = Field(min_length=1)
    contests: Annotated[tuple[str, ...], AfterValidator(_known_contests)] = Field(min_length=1)
    kits: Kits
    source_id: str | None = None
    replay: bool = False


class Replay(_Part):
    """A past day whose plan can be gone through again, and what readers learn before they do."""

    scenario: str
    day: date
    intro: Words


class Notes(_Part):
    """What a reader of the province has to know beside figures; each may be left out."""

    police_areas: Words | None = None
    linmas: Words | None = None
    last_mile: Words | None = None


class Province(_Part):
    """All that the code has to know of a province and no table says.

    Attributes
    ----------
    name, short_name
        In full, and as in the product's title.
    time_zone, time_zone_name
        Name in the IANA database, and as officials write it behind a time.
    default_election
        Chosen where a reader chose none.
    search_example
        A place and the number of a TPS, as a reader may search for them.
    security_pattern, security_pattern_name
        Pattern of the table ``security_patterns`` that is the default and lends others a class, and
        whose it is.
    replay
        The past day that the distribution page offers; None where there is none.
    default
        Whether this is the province when ``SIAGA_PROVINCE`` names none.
    """

    name: Plain
    short_name: Plain
    time_zone: Annotated[str, AfterValidator(_known_zone)]
    time_zone_name: Annotated[str, Field(pattern=r"^[A-Z]{2,5}$")]
    default_election: str
    search_example: Plain
    security_pattern: str
    security_pattern_name: Plain
    default: bool = False
    elections: dict[str, Election]
    replay: Replay | None = None
    notes: Notes = Notes()

    @model_validator(mode="after")
    def _names_its_election(self) -> Province:
        if self.default_election not in self.elections:
            expected = ", ".join(self.elections)
            raise ValueError(f"default_election {self.default_election!r}, expected {expected}")
        return self

    @cached_property
    def zone(self) -> timezone:
        """The time zone; its offset is the same all year."""
        return timezone(_offset(self.time_zone, 1))

    @property
    def product_name(self) -> str:
        """What the product is called in the province."""
        return f"Siaga {self.short_name}"

    @property
    def replayable(self) -> tuple[str, ...]:
        """Elections that a reader is offered to go through again."""
        return tuple(key for key, one in self.elections.items() if one.replay)


def province() -> Province:
    """Return the province that this installation is for.

    Raises
    ------
    SourceMissingError, FileUnreadableError, SchemaError
        When its file is missing, is no TOML, or a key of it is missing, unknown or wrong.
    """
    return _province_in(shipped_dir())


@lru_cache(maxsize=4)
def _province_in(folder: Path) -> Province:
    return read_province(folder / PROVINCE_FILE)


def read_province(path: Path) -> Province:
    """Read a ``province.toml``, with every fault at once: file, key, value, what was expected.

    Raises
    ------
    SourceMissingError, FileUnreadableError
        When there is no such file, or it is not TOML in UTF-8.
    SchemaError
        With all faults of its values.
    """
    if not path.exists():
        raise SourceMissingError(path)
    try:
        raw = tomllib.loads(path.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as err:
        raise FileUnreadableError(path, "not_toml", "TOML, UTF-8") from err
    try:
        return Province.model_validate(raw)
    except ValidationError as err:
        raise SchemaError(f"{path.parent.name}/{path.name}", [*map(_fault, err.errors())]) from err


def _fault(error: Any) -> str:
    key = ".".join(map(str, error["loc"])) or "file"
    if error["type"] == "value_error":
        found = f" (found {error['input']!r})" if error["loc"] else ""
        return f"{key}: {error['ctx']['error']}{found}"
    found = "nothing" if error["type"] == "missing" else repr(error["input"])
    return f"{key} {found}: {error['msg']}"


def default_election() -> str:
    """Return the key of the election that counts where a reader chose none."""
    return province().default_election


def zone() -> timezone:
    """Return the time zone of the province."""
    return province().zone


def elections_frame() -> pd.DataFrame:
    """Return the elections of the province as rows of the table ``elections``."""
    rows = [
        {
            "election": key,
            "name": one.name.id,
            "voting_date": pd.Timestamp(one.voting_date),
            "area_codes": "|".join(one.areas),
            "contests": len(one.contests),
            "source_id": one.source_id,
        }
        for key, one in province().elections.items()
    ]
    from data.store.frames import typed  # the store asks the clock, and the clock this module

    return typed(pd.DataFrame(rows), elections)


@dataclass(frozen=True)
class NamedView:
    """A part of the map that readers jump to.

    Attributes
    ----------
    names
        Name by language.
    bounds
        South, west, north, east in degrees.
    """

    names: dict[str, str]
    bounds: tuple[float, float, float, float]


def named_views() -> dict[str, NamedView]:
    """Return the views of the province by key, in the order of the file."""
    return _read(shipped_dir() / "views.toml")


@lru_cache(maxsize=4)
def _read(path: Path) -> dict[str, NamedView]:
    raw = tomllib.loads(path.read_text(encoding="utf-8"))
    return {
        key: NamedView({"id": row["id"], "en": row["en"]}, tuple(row["bounds"]))
        for key, row in raw.items()
    }
