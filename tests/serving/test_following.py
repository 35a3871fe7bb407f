"""The app follows an alias over real HTTP: no request fails, and a bad version never answers."""

import signal
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import httpx
import mlflow
import pytest
from mlflow import MlflowClient
from server import CLONE, Server, app_command, failed_start, free_port, running

from model.recommender import Recommender
from tests.stores import stored_in
from training.versions.logged_model import log_model

URI = "models:/shop@champion"
PATIENCE = 120


class Registry:
    """Versions of ``shop`` in a store of their own, and the alias that is followed."""

    def __init__(self, folder: Path) -> None:
        self.store = f"sqlite:///{folder}/mlflow.db"
        self.client = MlflowClient(self.store, self.store)
        self.folders: dict[int, Path] = {}
        self._files = folder / "files"

    def add(self, recommender: Recommender) -> None:
        with stored_in(self.store):
            with mlflow.start_run(experiment_id=self._experiment()):
                info = log_model(recommender)
            version = mlflow.register_model(info.model_uri, "shop").version
            self.folders[int(version)] = Path(info.artifact_path)

    def _experiment(self) -> str:
        found = self.client.get_experiment_by_name("followed")
        files = str(self._files)
        return found.experiment_id if found else self.client.create_experiment("followed", files)

    def let_answer(self, version: int) -> None:
        self.client.set_registered_model_alias("shop", "champion", str(version))


@pytest.fixture(scope="module")
def registry(recommender: Recommender, tmp_path_factory: pytest.TempPathFactory) -> Registry:
    """Four versions: two are well, one has a damaged array, one code that does not import."""
    registry = Registry(tmp_path_factory.mktemp("followed"))
    for _ in range(4):
        registry.add(recommender)
    array = next(registry.folders[3].rglob("*.npy"))
    array.write_bytes(array.read_bytes()[:-1] + b"\xff")
    (registry.folders[4] / "code" / "model" / "app.py").write_text("import nothing_like_this")
    registry.let_answer(1)
    return registry


@contextmanager
def following(registry: Registry, folder: Path, workers: int = 1) -> Iterator[Server]:
    port = free_port()
    command = [*app_command(URI, port, workers), "--refresh_seconds", "0.2"]
    with running(command, port, folder / "log", CLONE, registry.store) as server:
        yield server


def version_of(response: httpx.Response) -> str:
    return response.headers["x-model-version"]


def until(said: Callable[[], bool], server: Server) -> None:
    deadline = time.monotonic() + PATIENCE
    while not said():
        assert time.monotonic() < deadline, server.said()
        time.sleep(0.1)


@dataclass
class Callers:
    """Threads that ask all the time: three keep their connection, one makes a new one each time."""

    server: Server
    versions: Counter = field(default_factory=Counter)
    failures: list[str] = field(default_factory=list)
    _enough: threading.Event = field(default_factory=threading.Event)

    def __enter__(self) -> "Callers":
        kept = [threading.Thread(target=self._ask, args=(True,)) for _ in range(3)]
        self._threads = [*kept, threading.Thread(target=self._ask, args=(False,))]
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._enough.set()
        for thread in self._threads:
            thread.join()

    def _ask(self, keep: bool) -> None:
        headers = {} if keep else {"Connection": "close"}
        with httpx.Client(base_url=self.server.url, headers=headers) as client:
            while not self._enough.wait(0.02):
                try:
                    response = client.post("/recommend", json={"user_id": "001"})
                    assert len(response.raise_for_status().json()["recommended_products"]) == 10
                    self.versions[version_of(response)] += 1
                except Exception as error:
                    self.failures.append(repr(error))


def says(server: Server, line: str) -> None:
    until(lambda: line in server.said(), server)


def test_the_alias_is_followed_and_no_request_fails(registry, tmp_path):
    """To 2 and back to 1, past an alias that is gone and two versions that cannot answer."""
    with following(registry, tmp_path, workers=2) as server, Callers(server) as callers:
        registry.let_answer(2)
        says(server, "version 2 answers, version 1 leaves")
        until(lambda: callers.versions["2"] > 20, server)
        registry.client.delete_registered_model_alias("shop", "champion")
        says(server, f"{URI} cannot be looked up, what answers stays: ")
        for bad in (3, 4):
            registry.let_answer(bad)
            says(server, f"version {bad} is refused, version 2 keeps answering")
        registry.let_answer(1)
        says(server, "version 1 answers, version 2 leaves")
        before = callers.versions["1"]
        until(lambda: callers.versions["1"] > before + 20, server)
    assert callers.failures == []
    assert set(callers.versions) == {"1", "2"}
    for once in ("ready:", "cannot be looked up,", "can be looked up again"):
        assert server.said().count(once) == 1
    assert server.said().count("is refused, version 2") == 2
    assert server.said().count("error: ") == 2
    assert "Traceback" not in server.said()


def nobody_listens(server: Server) -> bool:
    try:
        httpx.get(server.url + "/ping")
    except httpx.TransportError:
        return True
    return False


@pytest.mark.parametrize("by", [signal.SIGTERM, signal.SIGINT, signal.SIGKILL])
def test_a_signal_in_the_middle_of_a_change_ends_everything(registry, tmp_path, by):
    registry.let_answer(1)
    with following(registry, tmp_path) as server:
        registry.let_answer(2)
        time.sleep(1.5)  # version 2 is being loaded
        assert server.stop(by) == (-signal.SIGKILL if by == signal.SIGKILL else 0)
        until(lambda: nobody_listens(server), server)
        assert "Traceback" not in server.said()


def test_only_an_alias_can_be_followed(registry):
    command = [*app_command("models:/shop/1", free_port()), "--refresh_seconds", "1"]
    said = failed_start(command, registry.store)
    assert "refresh_seconds = 1 has nothing to follow in model_uri = 'models:/shop/1'" in said


def test_an_alias_that_leads_nowhere_is_refused_at_the_start(registry):
    command = [*app_command("models:/shop@nobody", free_port()), "--refresh_seconds", "1"]
    said = failed_start(command, registry.store)
    assert said.startswith("error: model_uri = 'models:/shop@nobody' cannot be loaded: ")
