"""One logged model in a temporary store, and one server of each kind a module."""

import sys
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import mlflow
import pytest

from model.recommender import Recommender
from tests.stores import stored_in
from training.config import Knobs
from training.events.log import EventLog
from training.precompute import with_lists
from training.relations import relations
from training.versions.logged_model import log_model

sys.path.insert(0, str(Path(__file__).parent))
from server import CLONE, Server, app_command, free_port, running, stock_command

NAME = "shop"


@dataclass(frozen=True)
class Logged:
    """The shop's recommender as registered: version 1 of ``shop``."""

    recommender: Recommender
    store: str
    uri: str = f"models:/{NAME}/1"


@pytest.fixture(scope="session")
def logged(
    recommender: Recommender,
    shop_log: EventLog,
    knobs: Knobs,
    tmp_path_factory: pytest.TempPathFactory,
) -> Logged:
    folder = tmp_path_factory.mktemp("store")
    store = f"sqlite:///{folder}/mlflow.db"
    related = replace(recommender, relations=relations(shop_log, recommender, None, knobs))
    shipped = with_lists(related)
    with stored_in(store):
        experiment = mlflow.create_experiment("serving", artifact_location=str(folder / "files"))
        with mlflow.start_run(experiment_id=experiment):
            info = log_model(shipped)
        mlflow.register_model(info.model_uri, NAME)
    return Logged(shipped, store)


@pytest.fixture(scope="module")
def stock(logged: Logged, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """``mlflow models serve``, started in a folder whose package ``model`` must not be used."""
    folder = tmp_path_factory.mktemp("stock")
    (folder / "model").mkdir()
    (folder / "model" / "__init__.py").write_text("raise ImportError('not the logged code')")
    port = free_port()
    command = stock_command(logged.uri, port)
    with running(command, port, folder / "log", folder, logged.store) as server:
        yield server


@pytest.fixture(scope="module")
def app(logged: Logged, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """``python -m training serve``, started in the clone."""
    port = free_port()
    log = tmp_path_factory.mktemp("app") / "log"
    with running(app_command(logged.uri, port), port, log, CLONE, logged.store) as server:
        yield server
