"""What the server tells whoever runs it: a line per event on stderr, without anybody's words.

Events are words and numbers of ours. Of what libraries log, the place in the code, the kind of an
error and where it arose are told, never the sentence, which may repeat what a report says.
"""

from __future__ import annotations

import json
import logging
import os
import re
import sys
import traceback
from datetime import UTC, datetime, timedelta
from typing import Any

from data.paths import ROOT
from geo.errors import ParameterError

LEVELS = ("debug", "info", "warning", "error")
_FORMS = ("json", "plain")
_WORD = re.compile(r"[A-Za-z0-9_.:/+-]{1,80}")
_FACTS = "siaga_facts"
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_log = logging.getLogger("siaga")
_log.addHandler(logging.NullHandler())  # commands tell their user in words instead


def tell(event: str, level: int = logging.INFO, **facts: str | float | bool | None) -> None:
    """Log an event.

    Parameters
    ----------
    event
        Its name, one word.
    level
        Of `logging`.
    **facts
        Amounts with their unit in the name, and words of the code, such as a kind of import. A
        text that is more than one word is left out: it might be somebody's.
    """
    _log.log(level, event, extra={_FACTS: facts})


def make_handler() -> logging.Handler:
    """Return what writes events to stderr, as ``SIAGA_LOG`` says: json (the default) or plain.

    Raises
    ------
    ParameterError
        When it says something else.
    """
    form = _set("SIAGA_LOG", _FORMS, "json")
    handler = logging.StreamHandler(sys.stderr)
    handler.addFilter(lambda one: hasattr(one, _FACTS) or one.levelno >= logging.WARNING)
    handler.setFormatter(_Lines(as_json=form == "json"))
    return handler


def begin(handler: logging.Handler) -> None:
    """Let events go to a handler, from the level on that ``SIAGA_LOG_LEVEL`` names (info).

    Raises
    ------
    ParameterError
        When it names none of `LEVELS`.
    """
    _log.setLevel(_set("SIAGA_LOG_LEVEL", LEVELS, "info").upper())
    _log.handlers = [handler]
    _log.propagate = False


def _set(name: str, choices: tuple[str, ...], usual: str) -> str:
    value = os.environ.get(name) or usual
    if value not in choices:
        raise ParameterError(name, value, " | ".join(choices))
    return value


class _Lines(logging.Formatter):
    """Writes a record as one line."""

    def __init__(self, *, as_json: bool) -> None:
        super().__init__()
        self._as_json = as_json

    def format(self, record: logging.LogRecord) -> str:
        """Return the line of a record."""
        at = (_EPOCH + timedelta(seconds=record.created)).isoformat(timespec="milliseconds")
        line = {"at": at, "level": record.levelname.lower(), **_told(record)}
        if record.exc_info and record.exc_info[0] is not None:
            kind, _, where = record.exc_info
            line["error"] = kind.__name__
            line["trace"] = [
                f"{_place(one.filename)}:{one.lineno} {one.name}"
                for one in traceback.extract_tb(where)
            ]
        if self._as_json:
            return json.dumps(line)
        facts = (f"{name}={value}" for name, value in line.items() if name not in _HEAD)
        return " ".join([*(str(line[name]) for name in _HEAD), *facts])


_HEAD = ("at", "level", "event")


def _told(record: logging.LogRecord) -> dict[str, Any]:
    facts = getattr(record, _FACTS, None)
    if facts is None:
        place = f"{_place(record.pathname)}:{record.lineno}"
        return {"event": "library", "logger": record.name, "place": place}
    kept = {
        name: value
        for name, value in facts.items()
        if not isinstance(value, str) or _WORD.fullmatch(value)
    }
    return {"event": record.msg, **kept}


def _place(path: str) -> str:
    """Return a file by its path in the product, or in the library that it is of."""
    own = str(ROOT) + os.sep
    return path.rpartition(f"site-packages{os.sep}")[2].removeprefix(own)
