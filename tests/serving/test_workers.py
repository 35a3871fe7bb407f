"""Signals that reach the workers' parent at the worst moments, each in a process of its own."""

import multiprocessing
import os
import signal
import time
from collections.abc import Callable

import psutil

from training.serving import workers
from training.serving.workers import Workers


def work() -> None:
    time.sleep(60)


def tell_myself() -> None:
    os.kill(os.getpid(), signal.SIGTERM)


def exit_code_of(parent: Callable[[], None]) -> int | None:
    """What the workers' parent ends with; 1 after a failed assertion."""
    process = multiprocessing.get_context("spawn").Process(target=parent)
    process.start()
    process.join()
    return process.exitcode


def told_just_before_each_fork() -> None:
    mask = signal.pthread_sigmask

    def masked(how: int, signals: tuple[int, ...]) -> None:
        if how == signal.SIG_BLOCK:
            tell_myself()
        mask(how, signals)

    workers.signal.pthread_sigmask = masked
    several = Workers(work, 2)
    several.start()
    assert psutil.Process().children() == []
    several.wait(None)


def told_just_after_a_worker_was_waited_for() -> None:
    wait, ended = os.waitpid, []

    def waited(pid: int, options: int) -> tuple[int, int]:
        found = wait(pid, options)
        if found[0] and not ended:
            ended.append(found[0])
            tell_myself()
        return found

    several = Workers(work, 3)
    several.start()
    workers.os.waitpid = waited
    psutil.Process().children()[1].kill()
    several.wait(None)
    assert len(ended) == 1
    assert psutil.Process().children() == []


def test_a_signal_just_before_a_fork_is_not_followed_by_a_worker():
    assert exit_code_of(told_just_before_each_fork) == 0


def test_a_signal_just_after_a_worker_was_waited_for_is_passed_on_to_the_others():
    assert exit_code_of(told_just_after_a_worker_was_waited_for) == 0
