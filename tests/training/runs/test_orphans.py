"""Runs whose process died, on a real SQLite store."""

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from mlflow import MlflowClient

from tests.stores import stored_in
from training.runs import orphans


@pytest.fixture
def client(tmp_path: Path) -> Iterator[MlflowClient]:
    with stored_in(f"sqlite:///{tmp_path / 'mlflow.db'}"):
        yield MlflowClient()


def dead_process() -> int:
    process = subprocess.Popen([sys.executable, "-c", ""])
    process.wait()
    return process.pid


def test_the_run_of_a_killed_mlflow_run_is_ours_to_end(
    client: MlflowClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    run_id = client.create_run("0").info.run_id
    monkeypatch.setenv("MLFLOW_RUN_ID", run_id)
    orphans.own_project_run()
    assert not orphans.end_orphans("0")
    client.set_tag(run_id, orphans.PID, str(dead_process()))
    assert orphans.end_orphans("0") == [run_id]


def test_only_runs_of_dead_processes_are_marked(client: MlflowClient) -> None:
    mine, nobodys = orphans.owner_tags(), {"note": "made by another program"}
    dead = mine | {orphans.PID: str(dead_process())}
    reused = mine | {orphans.STARTED: "1"}
    runs = {
        name: client.create_run("0", tags=tags).info.run_id
        for name, tags in {"mine": mine, "dead": dead, "reused": reused, "other": nobodys}.items()
    }
    assert set(orphans.end_orphans("0")) == {runs["dead"], runs["reused"]}
    status = {name: client.get_run(run_id).info.status for name, run_id in runs.items()}
    assert status == {"mine": "RUNNING", "dead": "KILLED", "reused": "KILLED", "other": "RUNNING"}
    assert "without closing" in client.get_run(runs["dead"]).data.tags["error"]


def test_a_run_of_another_machine_is_dead_after_a_week(client: MlflowClient) -> None:
    tags = orphans.owner_tags() | {orphans.HOST: "elsewhere"}
    run = client.create_run("0", tags=tags)
    now = time.time()
    assert not orphans.is_orphan(run, now + 6 * orphans.SECONDS_PER_DAY)
    assert orphans.is_orphan(run, now + 8 * orphans.SECONDS_PER_DAY)


def test_this_process_lives() -> None:
    assert orphans.started(os.getpid())
