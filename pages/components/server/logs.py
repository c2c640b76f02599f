"""Events of the server, of Streamlit and of uvicorn as lines of one form."""

from __future__ import annotations

import logging

import streamlit.logger

from data.logs import begin, make_handler

_SERVERS = ("uvicorn", "uvicorn.error", "uvicorn.asgi", "websockets")


def begin_logs() -> None:
    """Let all that runs in this process log by `data.logs`, once it listens.

    Streamlit gives every logger of its own a handler, uvicorn does when it is set up; both else
    write sentences, in which a report may stand.

    Raises
    ------
    ParameterError
        When a setting of the log names no form or level.
    """
    handler = make_handler()
    begin(handler)

    def give(logger: logging.Logger) -> None:
        logger.handlers = [handler]

    streamlit.logger.setup_formatter = give
    streamlit.logger.update_formatter()
    for name in _SERVERS:
        give(logging.getLogger(name))
        logging.getLogger(name).propagate = False
    requests = logging.getLogger("uvicorn.access")  # a line for each would say nothing of it
    requests.handlers, requests.disabled = [], True
    logging.getLogger().handlers = [handler]
