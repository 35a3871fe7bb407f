"""Killed at any step: the champion answers as before, the next training is fine, no run lies."""

import signal
from pathlib import Path

import pytest
from mlflow import MlflowClient

from tests.training.lifecycle.conftest import QUICK, Store, Train, aliases
from tests.training.lifecycle.killed import train_until
from training.versions import lifecycle, registry

pytestmark = pytest.mark.slow

NAME = "mortal"
POINTS = (
    "read events",
    "split",
    "learn the ranking",
    "fit the past",
    "evaluate",
    "refit on everything",
    "relate products",
    "answer known customers",
    "log the model",
    "alias challenger",
    "alias previous",
    "alias champion",
)
"""Ends of steps, and the moments before an alias is set; what follows them moves the champion."""


@pytest.fixture
def champion(train: Train) -> str:
    """The version that answers, trained when it is first asked for."""
    found = registry.champion(NAME)
    return str((found or train(NAME)).version)


def running() -> list[str]:
    found = MlflowClient().search_runs(["0"], "attributes.status = 'RUNNING'")
    return [run.info.run_id for run in found]


@pytest.mark.parametrize("point", POINTS)
def test_a_training_that_is_killed_leaves_the_champion_and_is_marked_by_the_next(
    point: str, champion: str, store: Store, shop_csv: Path
) -> None:
    """The next one is killed as well, so the marks of one point are checked at the one after."""
    before = running()
    code = train_until(
        point,
        store.uri,
        store.folder,
        **QUICK,
        events=str(shop_csv),
        registered_model=NAME,
        max_latency_ms=60_000,
    )
    assert code == -signal.SIGKILL
    assert aliases(NAME)["champion"] == champion
    assert lifecycle.load(f"models:/{NAME}@champion").recommend("000", 10)
    [orphan] = set(running()) - set(before)
    for earlier in before:
        assert MlflowClient().get_run(earlier).info.status == "KILLED"
    assert MlflowClient().get_run(orphan).info.status == "RUNNING"


def test_the_training_after_them_all_is_fine(champion: str, train: Train) -> None:
    version = train(NAME)
    assert aliases(NAME)["champion"] == str(version.version)
    assert aliases(NAME)["previous"] == champion
    assert running() == []
