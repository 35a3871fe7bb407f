"""What may go wrong, and what must then still be true."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from mlflow import MlflowClient

from tests.training.lifecycle.conftest import (
    QUICK,
    Store,
    Train,
    aliases,
    artifacts_of,
    decision_of,
)
from training import lifecycle, registry
from training.config import PromoteConfig, RollbackConfig
from training.errors import InputError

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parents[3]


def start_main(store: Store, events: Path, name: str, *options: str) -> subprocess.Popen[str]:
    """The main job in a process of its own, with the same store."""
    quick = [part for key, value in QUICK.items() for part in (f"--{key}", str(value))]
    command = [
        *(sys.executable, "-m", "training", "main", "--events", str(events)),
        *("--registered_model", name, "--max_latency_ms", "60000", *quick, *options),
    ]
    environment = os.environ | {"MLFLOW_TRACKING_URI": store.uri, "PYTHONPATH": str(ROOT)}
    return subprocess.Popen(
        command, cwd=store.folder, env=environment, stderr=subprocess.PIPE, text=True
    )


def running() -> list[str]:
    found = MlflowClient().search_runs(["0"], "attributes.status = 'RUNNING'")
    return [run.info.run_id for run in found]


def test_a_killed_training_leaves_the_champion_and_is_marked_by_the_next(
    store: Store, shop_csv: Path, train: Train, name: str
) -> None:
    train(name)
    before = set(running())
    killed = start_main(store, shop_csv, name)
    assert killed.stderr
    for line in killed.stderr:
        if "fit the past" in line:
            break
    killed.send_signal(signal.SIGKILL)
    killed.wait()
    [orphan] = set(running()) - before
    assert aliases(name) == {"challenger": "1", "champion": "1"}
    train(name)
    assert MlflowClient().get_run(orphan).info.status == "KILLED"
    assert aliases(name)["champion"] == "2"


def test_two_trainings_at_once_both_end_well_and_leave_one_champion(
    store: Store, shop_csv: Path, name: str
) -> None:
    both = [start_main(store, shop_csv, name, "--seed", seed) for seed in "12"]
    said = [process.communicate(timeout=300)[1] for process in both]
    assert [process.returncode for process in both] == [0, 0], said
    found = aliases(name)
    assert {found["champion"], found["previous"]} == {"1", "2"}
    chain = registry.moves(name)
    assert chain[-1].to_version == found["champion"]
    assert chain[-1].from_version == found["previous"]


def test_a_damaged_champion_is_reported_and_can_be_replaced(train: Train, name: str) -> None:
    damaged = artifacts_of(train(name)) / "recommender.matrix.weights.data.npy"
    content = bytearray(damaged.read_bytes())
    content[-1] ^= 1
    damaged.write_bytes(content)
    decision = decision_of(train(name))
    assert "champion 1 is damaged" in " ".join(decision["notes"])
    assert decision["promoted"] is True
    with pytest.raises(InputError, match=r"/1 is refused, the champion stays: .*not the file"):
        lifecycle.rollback(RollbackConfig(registered_model=name))
    with pytest.raises(InputError, match=r"/1 is refused, the champion stays: .*not the file"):
        lifecycle.promote(PromoteConfig(registered_model=name, version="1"))
    assert aliases(name)["champion"] == "2"


def test_a_champion_whose_run_is_gone_is_compared_by_its_version_tags(
    train: Train, name: str
) -> None:
    first = train(name, half_life_days=5)
    run_id = first.run_id
    MlflowClient().delete_run(run_id)
    lifecycle_params = lifecycle.rival(registry.champion(name))
    assert lifecycle_params.knobs.half_life_days == 5


def test_promotion_and_rollback_by_hand(train: Train, name: str) -> None:
    train(name)
    train(name, promote="never")
    said = lifecycle.promote(PromoteConfig(registered_model=name, version="2", why="looks good"))
    assert said == "promote: champion 1 -> 2: looks good"
    assert "already" in lifecycle.promote(PromoteConfig(registered_model=name, version="champion"))
    assert lifecycle.rollback(RollbackConfig(registered_model=name, why="it was not")) == (
        "rollback: champion 2 -> 1: it was not"
    )
    assert aliases(name) == {"challenger": "2", "champion": "1"}
    assert [move.kind for move in registry.moves(name)] == ["promote", "promote", "rollback"]
    assert time.strptime(registry.moves(name)[0].at, "%Y-%m-%dT%H:%M:%S.%fZ")
