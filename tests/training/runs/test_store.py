"""The tracking store is made once and whole, whoever comes first."""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

import mlflow
import pytest
from mlflow import MlflowClient

from tests.stores import stored_in
from training.runs.store import open_store

ROOT = Path(__file__).parents[3]


@pytest.fixture
def uri(tmp_path: Path) -> Iterator[str]:
    """A store that is not there yet, and is MLflow's for the time of the test."""
    with stored_in(f"sqlite:///{tmp_path / 'folder' / 'mlflow.db'}") as fresh:
        yield fresh


@pytest.mark.slow
def test_processes_that_come_at_once_make_one_store(uri: str, tmp_path: Path) -> None:
    command = [sys.executable, "-c", "from training.runs.store import open_store; open_store()"]
    environment = os.environ | {"MLFLOW_TRACKING_URI": uri, "PYTHONPATH": str(ROOT)}
    several = [
        subprocess.Popen(command, cwd=tmp_path, env=environment, stderr=subprocess.PIPE, text=True)
        for _ in range(3)
    ]
    said = [process.communicate(timeout=120)[1] for process in several]
    assert [process.returncode for process in several] == [0, 0, 0], said
    assert [e.name for e in MlflowClient(uri).search_experiments()] == ["Default"]


@pytest.mark.slow
def test_processes_that_come_at_once_make_one_experiment(uri: str, tmp_path: Path) -> None:
    open_store()
    # As if the other had not been there when each looked.
    command = [
        sys.executable,
        "-c",
        "from mlflow import MlflowClient; MlflowClient.get_experiment_by_name = lambda *_: None\n"
        "from training.runs.store import open_store; open_store()",
    ]
    environment = os.environ | {
        "MLFLOW_TRACKING_URI": uri,
        "MLFLOW_EXPERIMENT_NAME": "spring",
        "PYTHONPATH": str(ROOT),
    }
    for _ in range(2):
        done = subprocess.run(
            command, cwd=tmp_path, env=environment, capture_output=True, text=True, timeout=120
        )
        assert done.returncode == 0, done.stderr
    assert {e.name for e in MlflowClient(uri).search_experiments()} == {"Default", "spring"}


def test_what_a_killed_process_left_half_made_is_made_anew_and_a_whole_store_stays(
    uri: str, tmp_path: Path
) -> None:
    (tmp_path / "folder").mkdir()
    (tmp_path / "folder" / "mlflow.db.new").write_text("half a database")
    open_store()
    assert [e.name for e in MlflowClient(uri).search_experiments()] == ["Default"]
    assert [path.name for path in (tmp_path / "folder").iterdir()] == ["mlflow.db"]
    MlflowClient(uri).create_experiment("spring")
    open_store()
    assert {e.name for e in MlflowClient(uri).search_experiments()} == {"Default", "spring"}


@pytest.mark.parametrize("name", ["Mein L\u00e4dchen", "50%25 off"])
def test_a_folder_with_a_space_or_an_umlaut_holds_the_store(
    uri: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    folder = tmp_path / name
    folder.mkdir()
    monkeypatch.chdir(folder)
    mlflow.set_tracking_uri(f"sqlite:///{quote(str(folder / 'mlflow.db'))}?timeout=60")
    for _ in range(2):
        open_store()
    assert [e.name for e in MlflowClient().search_experiments()] == ["Default"]
    assert (folder / "mlflow.db").exists()
