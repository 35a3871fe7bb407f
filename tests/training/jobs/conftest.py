"""A working directory with its own store and a champion of the small shop, made by ``main``."""

import shutil
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.conftest import without_plots
from tests.stores import stored_in
from training import pipeline
from training.__main__ import run
from training.insight import files
from training.versions import export


@dataclass(frozen=True)
class Outcome:
    code: int
    out: str
    err: str

    @property
    def error(self) -> str:
        """The line that says what was wrong."""
        return next(line for line in self.err.splitlines() if line.startswith("error: "))


EXPORTED = "exported"
"""Where the pickles that main wrote of the champion are kept: other jobs export over them."""

Command = Callable[..., Outcome]


def called(*arguments: str) -> int:
    """``python -m training`` in this process; its exit code."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sys, "argv", ["training", *arguments])
        try:
            run()
        except SystemExit as ended:
            return int(ended.code or 0)
    return 0


@pytest.fixture
def command(capfd: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture) -> Command:
    """``python -m training``, with what it printed; pytest holds the log lines, which are added."""

    def told(*arguments: str) -> Outcome:
        code = called(*arguments)
        captured = capfd.readouterr()
        return Outcome(code, captured.out, captured.err + caplog.text)

    return told


@pytest.fixture(scope="package")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """An empty MLflow store in a working directory of its own; exports land there too."""
    folder = tmp_path_factory.mktemp("jobs")
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        patch.setattr(pipeline, "EXPORTS", folder)
        patch.setattr(export, "EXPORTS", folder)
        patch.setattr(files, "plots", without_plots)
        for name in ("MLFLOW_RUN_ID", "MLFLOW_EXPERIMENT_ID"):
            patch.delenv(name, raising=False)
        with stored_in(f"sqlite:///{folder}/mlflow.db"):
            yield folder


@pytest.fixture(scope="package")
def champion(store: Path, shop_csv: Path) -> Path:
    """The working directory, with version 1 as champion and a copy of what main exported of it."""
    forced = ("--promote", "force", "--promote_reason", "-")
    assert called("main", "--events", str(shop_csv), "--profile", "true", *forced) == 0
    (store / EXPORTED).mkdir()
    for name in (export.MODEL_FILE, export.MATRIX_FILE):
        shutil.copy(store / name, store / EXPORTED)
    return store
