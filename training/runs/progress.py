"""What a long job tells while it runs: one line a step, and how far a long step has come."""

import logging
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Protocol

from tqdm import tqdm

logger = logging.getLogger("training")

SECONDS_BETWEEN_LINES = 10.0


@dataclass
class Bar:
    """How much of a step is done: a bar in a terminal, a plain line every ten seconds elsewhere."""

    name: str
    total: int
    done: int = 0
    _shown: "tqdm[None] | None" = None
    _next_line: float = 0.0

    def advance(self, n: int) -> None:
        """Count ``n`` more as done."""
        self.done += n
        if self._shown is not None:
            self._shown.update(n)
        elif time.monotonic() >= self._next_line:
            self._next_line = time.monotonic() + SECONDS_BETWEEN_LINES
            logger.info("%s: %s of %s", self.name, f"{self.done:,}", f"{self.total:,}")


@contextmanager
def bar(name: str, total: int) -> Iterator[Bar]:
    """Show progress while the body runs; the body calls ``advance``."""
    first_line = time.monotonic() + SECONDS_BETWEEN_LINES
    if not sys.stderr.isatty():
        yield Bar(name, total, _next_line=first_line)
        return
    with tqdm(total=total, desc=name, leave=False, file=sys.stderr) as shown:
        yield Bar(name, total, _shown=shown)


@dataclass
class Step:
    """One step of a job; set ``rows`` when it is known how many were handled."""

    name: str
    rows: int | None = None
    seconds: float = 0.0
    peak_mb: float | None = None


class Memory(Protocol):
    """What knows the highest memory since it was last restarted, in megabytes."""

    def restart(self) -> None:
        """Forget the peak so far."""
        ...

    @property
    def peak_mb(self) -> float:
        """The peak since."""
        ...


@dataclass
class Steps:
    """The steps done so far, in order; with their peak memory if somebody watches it."""

    memory: Memory | None = None
    done: list[Step] = field(default_factory=list)

    @contextmanager
    def step(self, name: str) -> Iterator[Step]:
        """Time a step and log one line when it ends well."""
        step = Step(name)
        if self.memory:
            self.memory.restart()
        started = time.perf_counter()
        yield step
        step.seconds = time.perf_counter() - started
        if self.memory:
            step.peak_mb = round(self.memory.peak_mb, 1)
        self.done.append(step)
        rows = "" if step.rows is None else f"{step.rows:,} rows, "
        peak = "" if step.peak_mb is None else f", peak {step.peak_mb:,.0f} MB"
        logger.info("%s: %s%.1f s%s", name, rows, step.seconds, peak)
