"""A line per event, and nobody's words in it."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator
from pathlib import Path

import pytest
import streamlit.logger

from data import logs
from data.logs import begin, make_handler, tell
from geo.errors import ParameterError
from pages.components.server.logs import begin_logs
from services.ingest.imports import Asked, import_file
from services.prepare import open_prepared

SECRET = "Pak Fulan dari Desa Kurau melempar batu"


@pytest.fixture(autouse=True)
def restored() -> Iterator[None]:
    """Leave the loggers as they were."""
    names = ("siaga", "uvicorn", "uvicorn.error", "uvicorn.asgi", "uvicorn.access", "websockets")
    loggers = [logging.getLogger(name) for name in ("", *names, *streamlit.logger._loggers)]
    before = [(one, one.handlers, one.propagate, one.level) for one in loggers]
    format_before = streamlit.logger.setup_formatter
    yield
    streamlit.logger.setup_formatter = format_before
    for one, handlers, propagate, level in before:
        one.handlers, one.propagate = handlers, propagate
        one.setLevel(level)
        one.disabled = False


def lines(capsys: pytest.CaptureFixture[str]) -> list[dict[str, object]]:
    return [json.loads(line) for line in capsys.readouterr().err.splitlines()]


def test_an_event_is_one_line_of_json(capsys: pytest.CaptureFixture[str]) -> None:
    begin(make_handler())
    tell("import", kind="table:sources", rows=3, share=0.5, done=True, refused=None)
    tell("page", logging.DEBUG, page="data")
    (line,) = lines(capsys)
    assert str(line.pop("at")).endswith("+00:00")
    assert line == {
        "level": "info", "event": "import", "kind": "table:sources", "rows": 3, "share": 0.5,
        "done": True, "refused": None,
    }  # fmt: skip


def test_level_and_form_are_settings(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SIAGA_LOG", "plain")
    monkeypatch.setenv("SIAGA_LOG_LEVEL", "warning")
    begin(make_handler())
    tell("started")
    tell("permissions", logging.WARNING, closed=2)
    assert capsys.readouterr().err.split(maxsplit=1)[1] == "warning permissions closed=2\n"
    for name in ("SIAGA_LOG", "SIAGA_LOG_LEVEL"):
        monkeypatch.setenv(name, "loud")
        with pytest.raises(ParameterError, match="loud"):
            begin(make_handler())
        monkeypatch.delenv(name)


@pytest.mark.parametrize("form", ["json", "plain"])
def test_no_sentence_gets_into_the_log(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, form: str
) -> None:
    monkeypatch.setenv("SIAGA_LOG", form)
    begin_logs()
    tell("import", kind=SECRET)
    for name in ("streamlit.web.bootstrap", "uvicorn.error", "some.library"):
        logging.getLogger(name).warning("refused: %s", SECRET)
        logging.getLogger(name).warning(SECRET)
    late = streamlit.logger.get_logger("streamlit.made_later")
    try:
        raise ValueError(SECRET)
    except ValueError:
        late.exception(SECRET)
    told = capsys.readouterr().err
    assert told.count("\n") == 8
    assert not any(word in told for word in SECRET.split() if len(word) > 3)
    assert told.count("tests/server/test_logs.py:") == 8, "each says where it was written"
    assert "ValueError" in told
    logging.getLogger("some.library").info("nothing of note")
    logging.getLogger("uvicorn.access").warning("one request")
    assert capsys.readouterr().err == ""


def test_an_import_is_told_and_a_trial_is_not(
    installation: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    del installation
    begin(make_handler())
    path = tmp_path / "rapat rahasia.csv"
    path.write_text("agenda_id,date_start,kind,title,unit_code\na,2024-01-05,tahapan,Rapat,19.01\n")
    store = open_prepared()
    for trial in (True, False):
        import_file(store, "table agenda", path, Asked(dry_run=trial))
    store.close()
    told = [line for line in lines(capsys) if line["event"] == "import"]
    assert [(one["kind"], one["rows"], one["refused"]) for one in told] == [("table:agenda", 1, 0)]
    assert logs.LEVELS[1] == told[0]["level"]
