"""Worker processes: forked from one that has loaded the model, so that they share its memory."""

import asyncio
import os
import signal
import socket
import sys
import time
import traceback
from collections.abc import Callable
from contextlib import suppress

import uvicorn

from training.serving.process import DRAIN, Parent, say

SIGNALS = (signal.SIGTERM, signal.SIGINT, DRAIN)

DRAIN_SECONDS = 10
"""How long open connections may stay after DRAIN; idle ones are closed after five anyway."""

POLL_SECONDS = 0.2

PAUSE_SECONDS = 1
"""A worker that died is replaced after this, so that one that cannot live costs no processor."""


class Worker(uvicorn.Server):
    """Answers requests until a signal, or until the process that forked it is gone."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self._parent = Parent()
        self._draining = False

    def handle_exit(self, sig: int, frame: object) -> None:
        """Stop; the same signal may come twice, from a terminal and from the parent."""
        self._draining = sig == DRAIN
        self.should_exit = True

    async def on_tick(self, counter: int) -> bool:
        """Whether it is time to stop; asked ten times a second."""
        return await super().on_tick(counter) or self._parent.is_gone()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Stop listening and end; after DRAIN only when callers have closed their connections."""
        if self._draining:
            await self._drained()
        await super().shutdown(sockets)

    async def _drained(self) -> None:
        """Answer whatever still comes, and say with every answer that it is the last."""
        for server in self.servers:
            server.close()
        state = self.server_state
        state.default_headers = [*state.default_headers, (b"connection", b"close")]
        deadline = time.monotonic() + DRAIN_SECONDS
        while self._draining and state.connections and time.monotonic() < deadline:
            await asyncio.sleep(0.05)


class Workers:
    """The children of this process: as many as asked for, replaced when they die."""

    def __init__(self, work: Callable[[], None], count: int) -> None:
        self._work = work
        self._count = count
        self._pids: set[int] = set()
        self._told: int | None = None

    def start(self) -> None:
        """Fork all of them; from now on signals are passed on to them."""
        for sig in SIGNALS:
            signal.signal(sig, self._pass_on)
        for _ in range(self._count):
            self._fork()

    def wait(self, parent: Parent | None) -> None:
        """Return when all are gone because they were told to, or because the parent is gone."""
        while self._pids:
            if parent and parent.is_gone():
                self._pass_on(signal.SIGTERM, None)
                parent = None
            pid, status = os.waitpid(-1, os.WNOHANG)
            if pid == 0:
                time.sleep(POLL_SECONDS)
                continue
            self._pids.discard(pid)
            if self._told is None:
                self._replace(pid, os.waitstatus_to_exitcode(status))

    def _replace(self, pid: int, code: int) -> None:
        say(f"worker {pid} ended with {code} and is replaced")
        time.sleep(PAUSE_SECONDS)
        self._fork()

    def _pass_on(self, sig: int, frame: object) -> None:
        self._told = DRAIN if sig == DRAIN else signal.SIGTERM
        for pid in self._pids:
            # One that has just ended may be waited for already.
            with suppress(ProcessLookupError):
                os.kill(pid, self._told)

    def _fork(self) -> None:
        """Fork one more, unless all were told to leave."""
        # A signal between the look, the fork and the note of it would miss the child.
        signal.pthread_sigmask(signal.SIG_BLOCK, SIGNALS)
        if self._told is None:
            pid = os.fork()
            if pid == 0:
                self._become_worker()
            self._pids.add(pid)
        signal.pthread_sigmask(signal.SIG_UNBLOCK, SIGNALS)

    def _become_worker(self) -> None:
        """Work, and end this process whatever happens."""
        code = 1
        try:
            for sig in SIGNALS:
                signal.signal(sig, lambda *_: sys.exit(0))
            signal.pthread_sigmask(signal.SIG_UNBLOCK, SIGNALS)
            self._work()
            code = 0
        except SystemExit as ended:
            code = int(ended.code or 0)
        except BaseException:
            traceback.print_exc()
        finally:
            sys.stdout.flush()
            sys.stderr.flush()
            os._exit(code)
