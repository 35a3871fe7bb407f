"""Signals that reach the workers' parent at the worst moments."""

import os
import signal
import time
from collections.abc import Iterator

import psutil
import pytest

from training.serving import workers
from training.serving.workers import SIGNALS, Workers


@pytest.fixture(autouse=True)
def handlers() -> Iterator[None]:
    """The handlers of this process are put back, and it has no children left."""
    before = {sig: signal.getsignal(sig) for sig in SIGNALS}
    yield
    for sig, handler in before.items():
        signal.signal(sig, handler)
    assert psutil.Process().children() == []


def work() -> None:
    time.sleep(60)


def tell_myself() -> None:
    os.kill(os.getpid(), signal.SIGTERM)


def test_a_signal_just_before_a_fork_is_not_followed_by_a_worker(monkeypatch: pytest.MonkeyPatch):
    mask = signal.pthread_sigmask

    def masked(how: int, signals: tuple[int, ...]) -> None:
        if how == signal.SIG_BLOCK:
            tell_myself()
        mask(how, signals)

    monkeypatch.setattr(workers.signal, "pthread_sigmask", masked)
    several = Workers(work, 2)
    several.start()
    assert psutil.Process().children() == []
    several.wait(None)


def test_a_signal_just_after_a_worker_was_waited_for_is_passed_on_to_the_others(
    monkeypatch: pytest.MonkeyPatch,
):
    wait, ended = os.waitpid, []

    def waited(pid: int, options: int) -> tuple[int, int]:
        found = wait(pid, options)
        if found[0] and not ended:
            ended.append(found[0])
            tell_myself()
        return found

    several = Workers(work, 3)
    several.start()
    monkeypatch.setattr(workers.os, "waitpid", waited)
    psutil.Process().children()[1].kill()
    several.wait(None)
    assert len(ended) == 1
