"""Follow an alias: start the version it moves to beside the one that answers, then let that leave.

Every version runs in processes of its own, with its own code, and all listen on one socket that the
supervisor holds. A version that does not load, fails its manifest, or gives no answer never
listens; the one before stays.

::

    alias      7 ......... 8 .................. 9 (damaged)
    answers    7 7 7 7 7 7 7 | 8 8 8 8 8 8 8 8 8 8 8 8 8 8
                       8 loads, is tried          9 loads, is refused
"""

import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import NoReturn

from training.serving.child import Child
from training.serving.process import DRAIN, USAGE_ERROR, Parent, leave, say

START_SECONDS = 600
"""How long a version may take until it answers; fetching a large one from far away is slow."""

RETRY_SECONDS = 300
"""When a version that was refused is tried again, unless the alias has moved."""


@dataclass(frozen=True)
class Answering:
    """The version that answers, and its process."""

    child: Child
    version: str

    def has_ended(self) -> bool:
        """Whether nobody answers any more."""
        return self.child.process.poll() is not None


@dataclass(frozen=True)
class Refused:
    """A version that is not tried again for a while."""

    version: str
    until: float


class Supervisor:
    """Keeps one version answering, the one an alias leads to.

    Parameters
    ----------
    answers : callable
        Starts a version: from a model URI to the child that says its version when it answers.
    watches : callable
        Starts what says where the alias leads.
    model_uri : str
        ``models:/NAME@ALIAS``.
    """

    def __init__(
        self,
        answers: Callable[[str], Child],
        watches: Callable[[], Child],
        model_uri: str,
    ) -> None:
        self._answers, self._watches = answers, watches
        self._model_uri = model_uri
        self._children: list[Child] = []
        self._refused = Refused("", 0)
        self._parent: Parent | None = None

    def follow(self, ready: Callable[[str], None], parent: Parent | None = None) -> None:
        """Answer until this process is told to stop, or the parent is gone.

        ``ready`` hears the first version.
        """
        self._parent = parent
        try:
            first = self._started(self._answers(self._model_uri))
            version = self._version_of(first, None)
            if version is None:
                sys.exit(first.process.poll() or USAGE_ERROR)
            ready(version)
            self._keep_up(Answering(first, version))
        finally:
            for child in self._children:
                child.begin_to_end()
            for child in self._children:
                child.end()

    def _keep_up(self, current: Answering) -> NoReturn:
        watcher = self._started(self._watches())
        while True:
            self._end_if_alone(current)
            said = watcher.lines(1)
            if said is None:
                time.sleep(1)
                watcher = self._started(self._watches())
            elif said and said[-1] != current.version and self._may_try(said[-1]):
                current = self._replaced(current, said[-1])
            self._drop_ended(watcher)

    def _end_if_alone(self, current: Answering | None) -> None:
        """End when nobody is left to answer for, or the version that answered has ended."""
        if self._parent and self._parent.is_gone():
            leave(0)
        if current and current.has_ended():
            say(f"version {current.version} ended with {current.child.process.returncode}")
            sys.exit(1)

    def _drop_ended(self, heard: Child) -> None:
        """Forget children that have ended, but not the one that is still listened to."""
        children, self._children = self._children, []
        for child in children:
            if child is heard or child.process.poll() is None:
                self._children.append(child)
            else:
                child.close()

    def _replaced(self, current: Answering, asked: str) -> Answering:
        """What answers from now on: the version asked for, or the current one if it is refused."""
        pinned = f"{self._model_uri.partition('@')[0]}/{asked}"
        candidate = self._started(self._answers(pinned))
        if self._version_of(candidate, current) is None:
            candidate.begin_to_end()
            self._refused = Refused(asked, time.monotonic() + RETRY_SECONDS)
            say(f"version {asked} is refused, version {current.version} keeps answering")
            return current
        say(f"version {asked} answers, version {current.version} leaves")
        current.child.process.send_signal(DRAIN)
        return Answering(candidate, asked)

    def _may_try(self, version: str) -> bool:
        return version != self._refused.version or time.monotonic() > self._refused.until

    def _version_of(self, child: Child, current: Answering | None) -> str | None:
        """The version it says when it answers; None if it ends instead, or takes too long.

        Meanwhile what answers, if anything does yet, and the parent are looked after.
        """
        deadline = time.monotonic() + START_SECONDS
        while time.monotonic() < deadline:
            self._end_if_alone(current)
            said = child.lines(1)
            if said is None or said:
                return said[0] if said else None
        return None

    def _started(self, child: Child) -> Child:
        self._children.append(child)
        return child
