"""A process that says lines on a pipe."""

import os
import select
import signal
import subprocess
from collections.abc import Callable
from dataclasses import dataclass

STOP_SECONDS = 15
"""How long it may take to end after SIGTERM."""


@dataclass
class Child:
    """A running process, and the end of the pipe on which it says its lines."""

    process: subprocess.Popen
    pipe: int
    _begun: bytes = b""

    @classmethod
    def of(cls, command: Callable[[int], list[str]], *shared: int) -> "Child":
        """Run the command made for a descriptor to write to; it inherits the shared ones too."""
        pipe, writing = os.pipe()
        try:
            process = subprocess.Popen(command(writing), pass_fds=(*shared, writing))
        finally:
            os.close(writing)
        return cls(process, pipe)

    def lines(self, seconds: float) -> list[str] | None:
        """Whole lines that it said within a time; None when it has ended."""
        if not select.select([self.pipe], [], [], seconds)[0]:
            return []
        read = os.read(self.pipe, 4096)
        *whole, self._begun = (self._begun + read).split(b"\n")
        return [line.decode() for line in whole] if read else None

    def begin_to_end(self) -> None:
        """Ask it to stop."""
        self.process.send_signal(signal.SIGTERM)

    def close(self) -> None:
        """Listen to it no longer: the pipe is this process's to give back."""
        os.close(self.pipe)

    def end(self) -> None:
        """Wait until it has stopped, and stop it if it does not."""
        try:
            self.process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        self.close()
