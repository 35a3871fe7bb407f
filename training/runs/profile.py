"""Where time and memory go: the peak of every step, as a table and a plot."""

import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import psutil
from matplotlib.figure import Figure

from training.runs.progress import Step

SECONDS_BETWEEN_SAMPLES = 0.01
BYTES_PER_MB = 1e6


class PeakMemory:
    """Samples this process's resident memory in a thread, since a step's peak is gone after it.

    Files that are mapped into memory count as far as they are resident.
    """

    def __init__(self) -> None:
        self._process = psutil.Process()
        self._ended = threading.Event()
        self._lock = threading.Lock()  # a sample begun before a restart must not outlive it
        self._peak = 0

    @contextmanager
    def watched(self) -> Iterator["PeakMemory"]:
        """Sample until the body ends."""
        thread = threading.Thread(target=self._sample, daemon=True)
        thread.start()
        try:
            yield self
        finally:
            self._ended.set()
            thread.join()

    def restart(self) -> None:
        """Forget the peak so far."""
        with self._lock:
            self._peak = self._resident()

    @property
    def peak_mb(self) -> float:
        """The highest since the last `restart`, in megabytes."""
        return self._sampled() / BYTES_PER_MB

    def _sample(self) -> None:
        while not self._ended.wait(SECONDS_BETWEEN_SAMPLES):
            self._sampled()

    def _sampled(self) -> int:
        with self._lock:
            self._peak = max(self._peak, self._resident())
            return self._peak

    def _resident(self) -> int:
        return int(self._process.memory_info().rss)


def figure(steps: Sequence[Step]) -> Figure:
    """Seconds and peak memory, a bar a step, the first step on top."""
    drawn = Figure(figsize=(11, 1 + 0.4 * len(steps)), layout="constrained")
    seconds, memory = drawn.subplots(1, 2, sharey=True)
    places = range(len(steps))
    for panel, values, label in (
        (seconds, [step.seconds for step in steps], "seconds"),
        (memory, [step.peak_mb or 0 for step in steps], "peak memory, MB"),
    ):
        panel.bar_label(panel.barh(places, values), fmt="{:.4g}", padding=3)
        panel.set_xlabel(label)
        panel.margins(x=0.15)
    seconds.set_yticks(places, [step.name for step in steps])
    seconds.invert_yaxis()
    return drawn
