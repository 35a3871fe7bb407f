"""The memory that a process took at its peak."""

from pathlib import Path

import psutil

KILOBYTES_PER_MB = 1024


def peak_rss_mb() -> int:
    """Peak of this process and of those it started and keeps.

    ``getrusage`` would count what its parent held before the fork.
    """
    ours = [psutil.Process(), *psutil.Process().children(recursive=True)]
    return sum(_peak_kilobytes(each.pid) for each in ours) // KILOBYTES_PER_MB


def _peak_kilobytes(pid: int) -> int:
    return int(Path(f"/proc/{pid}/status").read_text().split("VmHWM:")[1].split()[0])
