"""A training in a process of its own that kills itself at a chosen point, as the kernel would."""

import logging
import multiprocessing
import os
import signal
from collections.abc import Callable
from pathlib import Path
from typing import Any

import mlflow
from mlflow import MlflowClient

from tests.conftest import without_plots
from training import pipeline
from training.config import MainConfig
from training.insight import files

PROCESSES = multiprocessing.get_context("forkserver")
"""Imports are paid once, by the server, and no child inherits a thread."""

PROCESSES.set_forkserver_preload(["training.pipeline", "training.gate.decide"])


class _KillAfter(logging.Handler):
    """Die when the line of a step is logged."""

    def __init__(self, step: str) -> None:
        super().__init__()
        self.step = step

    def emit(self, record: logging.LogRecord) -> None:
        if record.getMessage().startswith(f"{self.step}: "):
            _die()


def _die() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def _dying(method: Callable[..., Any], value: str) -> Callable[..., Any]:
    """The method, which kills the process when one of its arguments is ``value``."""

    def called(*given: Any, **named: Any) -> Any:
        if value in (*given, *named.values()):
            _die()
        return method(*given, **named)

    return called


def _run(point: str, uri: str, folder: Path, settings: dict[str, Any]) -> None:
    os.chdir(folder)
    os.environ["MLFLOW_ENABLE_ARTIFACTS_PROGRESS_BAR"] = "false"
    pipeline.EXPORTS = folder
    files.plots = without_plots
    mlflow.set_tracking_uri(uri)
    if point.startswith("alias "):
        moved = _dying(MlflowClient.set_registered_model_alias, point.removeprefix("alias "))
        MlflowClient.set_registered_model_alias = moved  # type: ignore[method-assign]
    logging.getLogger("training").addHandler(_KillAfter(point))
    logging.getLogger("training").setLevel(logging.INFO)
    pipeline.train(MainConfig(**settings))


def train_until(point: str, uri: str, folder: Path, **settings: Any) -> int:
    """Train until a step is done, or an alias (``alias champion``) is to be set; the exit code."""
    process = PROCESSES.Process(target=_run, args=(point, uri, folder, settings))
    process.start()
    process.join(120)
    return int(process.exitcode or 0)
