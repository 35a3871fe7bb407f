"""What a long job tells while it runs: one line a step, with rows and seconds."""

import logging
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

logger = logging.getLogger("training")


@dataclass
class Step:
    """One step of a job; set ``rows`` when it is known how many were handled."""

    name: str
    rows: int | None = None
    seconds: float = 0.0


@dataclass
class Steps:
    """The steps done so far, in order."""

    done: list[Step] = field(default_factory=list)

    @contextmanager
    def step(self, name: str) -> Iterator[Step]:
        """Time a step and log one line when it ends well."""
        step = Step(name)
        started = time.perf_counter()
        yield step
        step.seconds = time.perf_counter() - started
        self.done.append(step)
        rows = "" if step.rows is None else f"{step.rows:,} rows, "
        logger.info("%s: %s%.1f s", name, rows, step.seconds)
