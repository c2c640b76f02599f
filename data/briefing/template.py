"""The template of a rakor, as the file beside this module states it."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from pathlib import Path

from pydantic import BaseModel, ConfigDict, ValidationError

from data.errors import FileUnreadableError, TemplateEmptyError

TEMPLATE = Path(__file__).with_name("template.toml")


class _File(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)
    office: str = ""
    title: str = ""
    agencies: tuple[str, ...] = ()
    agenda: tuple[str, ...] = ()


@dataclass(frozen=True)
class Template:
    """What a rakor is made from.

    Attributes
    ----------
    office
        Which prepares it.
    title
        With ``{period}`` where the reporting period goes.
    agencies
        Offices that take part.
    agenda
        Items in their order.
    """

    office: str
    title: str
    agencies: tuple[str, ...]
    agenda: tuple[str, ...]


def read_template(path: Path = TEMPLATE) -> Template:
    """Return the template of a rakor.

    Raises
    ------
    FileUnreadableError
        When the file is no TOML or says what a template does not have.
    TemplateEmptyError
        When office, title, agencies or agenda are missing or blank.
    """
    try:
        found = _File(**tomllib.loads(path.read_text(encoding="utf-8")))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, ValidationError, TypeError) as err:
        names = ", ".join(_File.model_fields)
        raise FileUnreadableError(path, "not_toml", f"TOML: {names}") from err
    parts = {
        "office": found.office.strip(),
        "title": found.title.strip(),
        "agencies": tuple(one.strip() for one in found.agencies if one.strip()),
        "agenda": tuple(one.strip() for one in found.agenda if one.strip()),
    }
    missing = [name for name, value in parts.items() if not value]
    if missing:
        raise TemplateEmptyError(path, missing)
    return Template(**parts)  # type: ignore[arg-type]
