"""An orderly end on Ctrl-C and SIGTERM, wherever in the program they come."""

from __future__ import annotations

import logging
import signal
import sys
import threading
from typing import NoReturn

STOPPED = 130  # Ctrl-C
TERMINATED = 143  # SIGTERM

_asked: list[int] = []


def listen() -> None:
    """Stop in order on Ctrl-C, unless it is ignored (nohup, a job in the background), and on SIGTERM."""
    if signal.getsignal(signal.SIGINT) is signal.default_int_handler:
        signal.signal(signal.SIGINT, _stop)
    signal.signal(signal.SIGTERM, _stop)


def asked() -> int | None:
    """The exit code of the stop that was asked for; None where none was."""
    return _asked[0] if _asked else None


def check() -> None:
    """Stop where that was asked for and got lost: what is raised within the callback of a library is not passed on."""
    if _asked:
        sys.exit(_asked[0])


def _stop(number: int, _: object) -> NoReturn:
    """Threads and loggers of the worker library stay silent."""
    _asked.append(STOPPED if number == signal.SIGINT else TERMINATED)
    threading.excepthook = lambda _: None
    logging.disable()
    sys.exit(_asked[0])
