"""How a server's processes end: with one line, on a signal, or when their parent is gone."""

import os
import signal
import sys
from typing import NoReturn

from training.runs.project_run import RUN_ID

USAGE_ERROR = 2

STOPS = (signal.SIGTERM, signal.SIGINT)

DRAIN = signal.SIGUSR1
"""Leave without hanging up on anybody: answer what still comes on open connections."""


def refuse(message: str) -> NoReturn:
    """End with one line that says what was wrong."""
    say(f"error: {message}")
    leave(USAGE_ERROR)


def say(message: str) -> None:
    """One line for whoever watches the server."""
    print(message, file=sys.stderr, flush=True)


def reason(error: BaseException) -> str:
    """The first line of what an exception says."""
    return (str(error) or type(error).__name__).splitlines()[0]


def end_on_signals() -> None:
    """Exit with code 0 on SIGTERM and Ctrl-C."""
    for stop in STOPS:
        signal.signal(stop, lambda *_: leave(0))


def leave(code: int) -> NoReturn:
    """Exit; a signal that comes while the process is ending already changes nothing."""
    for stop in STOPS:
        signal.signal(stop, signal.SIG_IGN)
    sys.exit(code)


class Parent:
    """The process that started this one; what outlives it would hold the port for ever."""

    def __init__(self) -> None:
        self._pid = os.getppid()

    def is_gone(self) -> bool:
        """Whether another process has adopted this one."""
        return os.getppid() != self._pid


def project_parent() -> Parent | None:
    """The ``mlflow run`` that started this process, which dies of a SIGTERM and passes none on."""
    return Parent() if RUN_ID in os.environ else None
