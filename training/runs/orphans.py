"""Runs whose process died are marked KILLED when the next run starts; none is RUNNING for ever."""

import os
import socket
import time
from pathlib import Path

from mlflow import MlflowClient
from mlflow.entities import Run

from training.runs.project_run import RUN_ID

HOST, PID, STARTED = "owner_host", "owner_pid", "owner_started"

FOREIGN_DAYS = 7
"""A run of another machine, whose processes we cannot see, counts as dead after this time."""

SECONDS_PER_DAY = 86_400


def owner_tags() -> dict[str, str]:
    """Who owns a run: machine, process, and when that process started."""
    return {HOST: socket.gethostname(), PID: str(os.getpid()), STARTED: started(os.getpid())}


def own_project_run() -> None:
    """Say who owns the run that ``mlflow run`` made, which no longer ends it if it is killed."""
    client = MlflowClient()
    for tag, value in owner_tags().items():
        client.set_tag(os.environ[RUN_ID], tag, value)


def end_orphans(experiment_id: str) -> list[str]:
    """Mark the experiment's runs that are RUNNING without a living process; returns their ids."""
    client = MlflowClient()
    running = client.search_runs([experiment_id], "attributes.status = 'RUNNING'", max_results=1000)
    dead = [run.info.run_id for run in running if is_orphan(run, time.time())]
    for run_id in dead:
        client.set_tag(run_id, "error", "its process ended without closing the run")
        client.set_terminated(run_id, "KILLED")
    return dead


def is_orphan(run: Run, now: float) -> bool:
    """Whether the process that owned a run is gone; a run of somebody else's program never is."""
    tags = run.data.tags
    if HOST not in tags:
        return False
    if tags[HOST] != socket.gethostname():
        return now - run.info.start_time / 1000 > FOREIGN_DAYS * SECONDS_PER_DAY
    return started(int(tags[PID])) != tags[STARTED]


def started(pid: int) -> str:
    """When a process started, in the kernel's clock ticks; empty if there is no such process.

    A process number is used again after a while, the pair of number and start is not. Where the
    system has no ``/proc``, "alive" or empty.
    """
    if not Path("/proc/self/stat").exists():
        return "alive" if _answers(pid) else ""
    try:
        stat = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8")
    except OSError:
        return ""
    state, *rest = stat.rpartition(")")[2].split()
    return "" if state == "Z" else rest[18]


def _answers(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
