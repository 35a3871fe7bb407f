"""A registry with real versions of the small shop, in a folder of its own."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import count
from pathlib import Path

import mlflow
import pytest
from mlflow import MlflowClient
from mlflow.entities.model_registry import ModelVersion

from tests.conftest import without_plots
from tests.stores import stored_in
from training import pipeline
from training.config import MainConfig
from training.insight import files

Train = Callable[..., ModelVersion]

QUICK = {"second_stage": "never", "neighbours": 200}
"""Settings that make a training of the small shop a matter of seconds."""

_names = (f"shop-{number}" for number in count())


@dataclass(frozen=True)
class Store:
    """Where everything of these tests is kept."""

    folder: Path
    uri: str


@pytest.fixture(scope="session")
def store(tmp_path_factory: pytest.TempPathFactory) -> Store:
    folder = tmp_path_factory.mktemp("lifecycle")
    return Store(folder, f"sqlite:///{folder / 'mlflow.db'}")


@pytest.fixture(autouse=True)
def in_store(store: Store, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Run inside the store's folder; exported pickles go there, too."""
    monkeypatch.chdir(store.folder)
    monkeypatch.setattr(pipeline, "EXPORTS", store.folder)
    monkeypatch.setattr(files, "plots", without_plots)
    monkeypatch.setenv("MLFLOW_ENABLE_ARTIFACTS_PROGRESS_BAR", "false")
    with stored_in(store.uri):
        yield


@pytest.fixture(scope="session")
def train(store: Store, shop_csv: Path) -> Train:
    """Train a version of a registered model, and give it back as it then is."""

    def trained(name: str, **settings: object) -> ModelVersion:
        given = {**QUICK, "events": str(shop_csv), "max_latency_ms": 60_000, **settings}
        pipeline.train(MainConfig(registered_model=name, **given))
        client = MlflowClient()
        return client.get_model_version_by_alias(name, "challenger")

    return trained


@pytest.fixture
def name() -> str:
    """A registered model of one's own."""
    return next(_names)


def aliases(name: str) -> dict[str, str]:
    return {k: str(v) for k, v in MlflowClient().get_registered_model(name).aliases.items()}


def decision_of(version: ModelVersion) -> dict:
    return mlflow.artifacts.load_dict(f"runs:/{version.run_id}/gate/decision.json")


def model_id_of(version: ModelVersion) -> str:
    """The logged model behind a version."""
    outputs = MlflowClient().get_run(version.run_id).outputs
    return str(outputs.model_outputs[0].model_id)


def artifacts_of(version: ModelVersion) -> Path:
    """The folder in which a version's arrays lie."""
    [manifest] = Path("mlruns").glob(f"*/models/{model_id_of(version)}/**/manifest.json")
    return manifest.parent
