"""Files that were fetched to be served are there while anybody answers from them, and then gone."""

import signal
import time
from pathlib import Path

import psutil
import pytest
from mlflow import MlflowClient
from server import CLONE, app_command, failed_start, free_port, running

ASKED = {"user_id": "001"}


@pytest.fixture
def temporary(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where servers put their temporary files."""
    folder = tmp_path / "temporary"
    folder.mkdir()
    monkeypatch.setenv("TMPDIR", str(folder))
    return folder


@pytest.fixture
def fetched_uri(logged) -> str:
    """A URI that MLflow never reads in place: by its run."""
    run_id = MlflowClient(logged.store).get_model_version("shop", "1").run_id
    return f"runs:/{run_id}/recommender"


def models_in(folder: Path) -> list[Path]:
    return list(folder.rglob("MLmodel"))


@pytest.mark.parametrize("by", [signal.SIGTERM, signal.SIGINT])
def test_a_fetched_model_outlives_a_worker_and_goes_with_the_server(
    logged, fetched_uri, temporary, tmp_path, by
):
    port = free_port()
    command = app_command(fetched_uri, port, workers=2)
    with running(command, port, tmp_path / "log", CLONE, logged.store) as server:
        psutil.Process(server.process.pid).children()[0].terminate()
        while "is replaced" not in server.said():
            time.sleep(0.1)
        assert len(models_in(temporary)) == 1
        assert server.post("/recommend", ASKED).status_code == 200
        assert server.stop(by) == 0
        assert "Traceback" not in server.said()
    assert list(temporary.iterdir()) == []


def test_a_fetched_model_that_is_refused_leaves_nothing(logged, temporary):
    client = MlflowClient(logged.store)
    run = client.create_run(client.get_experiment_by_name("serving").experiment_id)
    client.log_dict(run.info.run_id, {}, "nothing/MLmodel")
    uri = f"runs:/{run.info.run_id}/nothing"
    assert failed_start(app_command(uri, free_port()), logged.store).startswith("error: model_uri")
    assert list(temporary.iterdir()) == []


def test_a_model_on_this_machine_is_read_where_it_lies(logged, temporary, tmp_path):
    port = free_port()
    command = app_command(logged.uri, port)
    with running(command, port, tmp_path / "log", CLONE, logged.store) as server:
        assert models_in(temporary) == []
        assert server.stop() == 0
    assert list(temporary.iterdir()) == []
