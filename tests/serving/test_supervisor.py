"""The supervisor among small processes that only say lines: what it keeps, and when it ends."""

import os
import sys
from argparse import Namespace
from collections.abc import Callable
from pathlib import Path

import pytest

from training.serving import serve, supervisor
from training.serving.child import Child
from training.serving.supervisor import Supervisor

URI = "models:/shop@champion"
ROUNDS = 10


def saying(line: str, then: str = "time.sleep(60)") -> Child:
    """A process that says a line, and does something else afterwards."""
    script = "import os, sys, time; os.write(int(sys.argv[1]), sys.argv[2].encode()); "
    return Child.of(lambda tell: [sys.executable, "-c", script + then, str(tell), line])


def open_descriptors() -> int:
    return len(list(Path("/proc/self/fd").iterdir()))


def test_a_child_that_was_ended_leaves_no_descriptor():
    before = open_descriptors()
    for _ in range(3):
        child = saying("")
        child.begin_to_end()
        child.end()
    assert open_descriptors() == before


def test_children_that_end_by_themselves_leave_no_descriptor(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(supervisor.time, "sleep", lambda seconds: None)
    children: list[Child] = []
    counted: list[int] = []

    def watches() -> Child:
        counted.append(open_descriptors())
        if len(counted) == ROUNDS:
            children[0].begin_to_end()
        return saying("", then="sys.exit()")

    def answers(model_uri: str) -> Child:
        children.append(saying("1\n"))
        return children[-1]

    before = open_descriptors()
    with pytest.raises(SystemExit):
        Supervisor(answers, watches, URI).follow(lambda version: None)
    # The pipe of what answers, and those of watchers that have just ended.
    assert max(counted) < before + ROUNDS / 2
    assert open_descriptors() == before


class Told:
    """A parent that is gone as soon as the test says so."""

    gone = False

    def is_gone(self) -> bool:
        return self.gone


def followed_while_version_2_loads(
    happens: Callable[[Child], None], parent: Told | None = None
) -> SystemExit:
    """How it ends, when something happens to version 1 or around while version 2 loads."""
    children: list[Child] = []

    def answers(model_uri: str) -> Child:
        children.append(saying("" if children else "1\n"))
        if len(children) == 2:
            happens(children[0])
        return children[-1]

    with pytest.raises(SystemExit) as ended:
        Supervisor(answers, lambda: saying("2\n"), URI).follow(lambda version: None, parent)
    assert children[1].process.poll() is not None
    return ended.value


def test_the_end_of_what_answers_is_noticed_while_another_version_loads(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(supervisor, "START_SECONDS", 8)
    assert followed_while_version_2_loads(lambda first: first.process.kill()).code == 1
    assert capsys.readouterr().err == "version 1 ended with -9\n"


def test_the_end_of_the_parent_is_noticed_while_another_version_loads(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(supervisor, "START_SECONDS", 8)
    monkeypatch.setattr(supervisor, "leave", sys.exit)
    parent = Told()
    ended = followed_while_version_2_loads(lambda _: setattr(parent, "gone", True), parent)
    assert ended.code == 0
    assert capsys.readouterr().err == ""


def test_a_version_that_is_loaded_when_the_supervisor_is_gone_ends_without_a_trace():
    read, write = os.pipe()
    os.close(read)
    with os.fdopen(write, "wb") as nobody_reads, pytest.raises(SystemExit) as ended:
        serve._tell(Namespace(tell=nobody_reads.fileno()), "2")
    assert ended.value.code == 0
