"""The run in MLflow: named, owned, honest about its end."""

import json
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest
from mlflow import MlflowClient

from tests.stores import stored_in
from training.config import Knobs
from training.errors import InputError
from training.runs import orphans, tracking


@pytest.fixture
def store(tmp_path: Path) -> Iterator[None]:
    with stored_in(f"sqlite:///{tmp_path / 'mlflow.db'}"):
        yield


@pytest.mark.usefixtures("store")
def test_a_run_has_a_name_an_owner_and_its_configuration() -> None:
    with tracking.run(Knobs(k=7), "sample asymmetric") as active:
        run_id = active.info.run_id
    found = MlflowClient().get_run(run_id)
    assert found.info.run_name == "sample asymmetric"
    assert found.info.status == "FINISHED"
    assert found.data.params["k"] == "7"
    assert json.loads(found.data.params["event_weights"])["view"] > 0
    assert orphans.owner_tags().items() <= found.data.tags.items()


@pytest.mark.usefixtures("store")
def test_a_run_that_fails_says_why() -> None:
    with pytest.raises(ValueError, match="too small"), tracking.run(Knobs(), "x") as active:
        raise ValueError("the shop is too small")
    found = MlflowClient().get_run(active.info.run_id)
    assert found.info.status == "FAILED"
    assert found.data.tags["error"] == "ValueError: the shop is too small"


def test_a_tracking_server_that_is_not_there_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MLFLOW_HTTP_REQUEST_MAX_RETRIES", "0")
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        uri = f"http://127.0.0.1:{probe.getsockname()[1]}"
    with (
        stored_in(uri),
        pytest.raises(InputError, match=f"tracking server {uri} does not answer"),
        tracking.run(Knobs(), "x"),
    ):
        pass
