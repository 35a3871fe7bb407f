"""What may go wrong, and what must then still be true."""

import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from mlflow import MlflowClient
from mlflow.entities.model_registry import ModelVersion

from tests.training.lifecycle.conftest import (
    QUICK,
    Store,
    Train,
    aliases,
    artifacts_of,
    decision_of,
)
from training.compare.compare import compare
from training.config import CompareConfig, PromoteConfig, RollbackConfig
from training.errors import InputError
from training.versions import lifecycle, registry
from training.versions.moves import moves

pytestmark = pytest.mark.slow

TWINS = "twins"


def start_main(
    store: Store, clone: Path, events: Path, name: str, hash_seed: str
) -> subprocess.Popen[str]:
    """The main job in a process of its own, with the same store and other hashes of strings."""
    quick = [part for key, value in QUICK.items() for part in (f"--{key}", str(value))]
    command = [
        *(sys.executable, "-m", "training", "main", "--events", str(events)),
        *("--registered_model", name, "--max_latency_ms", "60000", *quick),
    ]
    environment = os.environ | {
        "MLFLOW_TRACKING_URI": store.uri,
        "PYTHONPATH": str(clone),
        "PYTHONHASHSEED": hash_seed,
    }
    return subprocess.Popen(
        command, cwd=store.folder, env=environment, stderr=subprocess.PIPE, text=True
    )


@pytest.fixture(scope="module")
def two_at_once(store: Store, clone: Path, shop_csv: Path) -> list[ModelVersion]:
    """Versions of two processes that trained the same thing at the same moment."""
    both = [start_main(store, clone, shop_csv, TWINS, hash_seed) for hash_seed in "12"]
    said = [process.communicate(timeout=300)[1] for process in both]
    assert [process.returncode for process in both] == [0, 0], said
    client = MlflowClient(store.uri, store.uri)
    return [client.get_model_version(TWINS, number) for number in "12"]


def test_two_trainings_at_once_both_end_well_and_leave_one_champion(
    two_at_once: list[ModelVersion],
) -> None:
    found = aliases(TWINS)
    assert {found["champion"], found["previous"]} == {str(v.version) for v in two_at_once}
    chain = moves(TWINS)
    assert chain[-1].to_version == found["champion"]
    assert chain[-1].from_version == found["previous"]


def test_two_processes_give_the_same_bytes_and_the_same_figures(
    two_at_once: list[ModelVersion],
) -> None:
    contents = [
        {
            path.name: path.read_bytes()
            for path in artifacts_of(version).rglob("*")
            if path.is_file()
        }
        for version in two_at_once
    ]
    assert len(contents[0]) > 5
    assert contents[0] == contents[1]
    runs = [MlflowClient().get_run(version.run_id).data for version in two_at_once]
    figures = [{k: v for k, v in run.metrics.items() if "seconds" not in k} for run in runs]
    assert len(figures[0]) > 50
    assert figures[0] == figures[1]
    for tag in ("data_hash", "configuration_hash"):
        assert runs[0].tags[tag] == runs[1].tags[tag]


def test_a_damaged_champion_is_reported_and_can_be_replaced(train: Train, name: str) -> None:
    damaged = artifacts_of(train(name)) / "recommender.matrix.weights.data.npy"
    content = bytearray(damaged.read_bytes())
    content[-1] ^= 1
    damaged.write_bytes(content)
    decision = decision_of(train(name))
    assert "champion 1 cannot be read" in " ".join(decision["notes"])
    assert decision["promoted"] is True
    with pytest.raises(InputError, match=r"/1 is refused, the champion stays: .*not the file"):
        lifecycle.rollback(RollbackConfig(registered_model=name))
    with pytest.raises(InputError, match=r"/1 is refused, the champion stays: .*not the file"):
        lifecycle.promote(PromoteConfig(registered_model=name, version="1"))
    assert aliases(name)["champion"] == "2"


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of 200 kB, which is a third of what a training of the shop writes."""
    folder = tmp_path / "disk"
    folder.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=200k", "shop", str(folder)]
    if os.getuid() or subprocess.run(mount, capture_output=True).returncode:
        pytest.skip("only root may mount a small disk")
    yield folder
    subprocess.run(["umount", "--lazy", str(folder)], check=True)


def test_a_full_disk_ends_a_training_in_one_line_and_leaves_the_champion(
    train: Train, name: str, small_disk: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    train(name)
    experiment = MlflowClient().create_experiment(name, artifact_location=str(small_disk))
    monkeypatch.setenv("MLFLOW_EXPERIMENT_ID", experiment)
    with pytest.raises(
        InputError,
        match=r"the disk is full: .*a champion that had not been moved before answers on",
    ):
        train(name)
    assert aliases(name) == {"challenger": "1", "champion": "1"}
    [run] = MlflowClient().search_runs([experiment])
    assert run.info.status == "FAILED"
    assert "No space left on device" in run.data.tags["error"]
    subprocess.run(["mount", "-o", "remount,size=100m", str(small_disk)], check=True)
    train(name)
    assert aliases(name)["champion"] == "2"


def test_a_champion_whose_files_are_gone_is_reported_and_can_be_replaced(
    train: Train, name: str
) -> None:
    shutil.rmtree(artifacts_of(train(name)).parents[1])
    decision = decision_of(train(name))
    assert "champion 1 cannot be read, compared by its configuration" in " ".join(decision["notes"])
    assert aliases(name)["champion"] == "2"


def test_a_registry_without_a_champion_says_so_and_gets_one(train: Train, name: str) -> None:
    train(name, promote="never")
    allowed = f"{name!r} has no version 'champion'; allowed: 1, challenger"
    with pytest.raises(InputError, match=allowed):
        lifecycle.promote(PromoteConfig(registered_model=name, version="champion"))
    with pytest.raises(InputError, match=allowed):
        compare(CompareConfig(registered_model=name))
    with pytest.raises(InputError, match="no champion to roll back from"):
        lifecycle.rollback(RollbackConfig(registered_model=name))
    decision = decision_of(train(name))
    assert decision["champion"] is None
    assert aliases(name)["champion"] == "2"


def test_a_champion_whose_run_is_gone_is_compared_by_its_version_tags(
    train: Train, name: str
) -> None:
    first = train(name, half_life_days=5)
    run_id = first.run_id
    MlflowClient().delete_run(run_id)
    lifecycle_params = lifecycle.logged_configuration(registry.champion(name))
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
    assert [move.kind for move in moves(name)] == ["promote", "promote", "rollback"]
    assert time.strptime(moves(name)[0].at, "%Y-%m-%dT%H:%M:%S.%fZ")
