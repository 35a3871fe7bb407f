"""Monitoring of a real version with events made for the purpose."""

import os
import re
import subprocess
import sys
from pathlib import Path

import mlflow
import numpy as np
import pandas as pd
import pytest
from mlflow import MlflowClient

from tests.conftest import shop_frame
from tests.training.lifecycle.conftest import Store, Train
from training.config import MonitorConfig
from training.errors import InputError
from training.monitor.health import Health
from training.monitor.monitor import monitor
from training.versions import lifecycle

NAME = "watched"
ROOT = Path(__file__).parents[3]
END = pd.Timestamp("2024-04-30")


@pytest.fixture
def version(train: Train) -> str:
    if not MlflowClient().search_registered_models(f"name = '{NAME}'"):
        train(NAME)
    return "champion"


def watch(tmp_path: Path, events: pd.DataFrame, **settings: object) -> Health:
    path = tmp_path / "new.csv"
    events.to_csv(path, index=False)
    return monitor(MonitorConfig(events=str(path), registered_model=NAME, **settings))


def later(days: float) -> pd.DataFrame:
    """The same shop's next events: its old ones, moved behind the training window."""
    events = shop_frame()
    moved = events["timestamp"] - events["timestamp"].min() + END + pd.Timedelta(days=1)
    events["timestamp"] = moved
    return events[events["timestamp"] <= END + pd.Timedelta(days=1 + days)]


def readings(health: Health) -> dict[str, float]:
    return {reading.name: reading.value for reading in health.readings}


@pytest.mark.usefixtures("version")
def test_more_of_the_same_is_fine(tmp_path: Path) -> None:
    health = watch(tmp_path, later(25))
    assert health.alarms == []
    found = readings(health)
    assert found["new_product_share"] == found["cold_share"] == 0
    assert found["stale_days"] == pytest.approx(26, abs=1)
    assert "fine  hit_rate_at_10" in health.report()


@pytest.mark.usefixtures("version")
def test_three_days_are_not_held_against_the_test_window(tmp_path: Path) -> None:
    """The shop's log spans 120 days, of which a fifth, 24, were tested."""
    hit_rate, *_ = watch(tmp_path, later(3), min_hit_rate_share=1).readings
    assert (hit_rate.name, hit_rate.allowed, hit_rate.alarm) == ("hit_rate_at_10", "", False)
    assert re.match(r"not judged: .* cover 2\.\d days, .* is of 24\.0;", hit_rate.meaning)


@pytest.mark.usefixtures("version")
def test_strangers_and_new_products_raise_an_alarm_and_a_page(tmp_path: Path) -> None:
    events = later(100)
    events["user_id"] = "new" + events["user_id"]
    rows = np.arange(len(events)) % 2 == 0
    events.loc[rows, "product_id"] = "new" + events.loc[rows, "product_id"]
    health = watch(tmp_path, events)
    found = readings(health)
    assert found["cold_share"] == 1
    assert found["new_product_share"] == pytest.approx(0.5, abs=0.01)
    names = {reading.name for reading in health.alarms}
    assert {"cold_share", "new_product_share", "stale_days"} <= names
    [run, *_] = mlflow.search_runs(["0"], "tags.alarms LIKE '%cold_share%'", output_format="list")
    page = mlflow.artifacts.load_text(f"runs:/{run.info.run_id}/monitor/monitor.html")
    assert "Out of bounds:<" in page
    assert run.info.status == "FINISHED"


@pytest.mark.usefixtures("version")
def test_hits_and_revenue_are_what_the_list_holds(tmp_path: Path) -> None:
    """Two customers buy: one a product of the own list for 3, one a product outside it for 1."""
    model = lifecycle.load(f"models:/{NAME}@champion")
    shown = {user: model.recommend(user, 10) for user in ("000", "001")}
    outside = next(f"p{n:02d}" for n in range(48) if f"p{n:02d}" not in shown["001"])
    events = pd.DataFrame(
        {
            "user_id": ["000", "001"],
            "product_id": [shown["000"][3], outside],
            "event_type": "purchase",
            "timestamp": END + pd.Timedelta(days=2),
            "value": [3.0, 1.0],
        }
    )
    found = readings(watch(tmp_path, events))
    assert found["hit_rate_at_10"] == 0.5
    assert found["revenue_captured"] == 0.75


@pytest.mark.usefixtures("version")
def test_logged_answers_are_joined_by_recommendation_id(tmp_path: Path) -> None:
    answers = tmp_path / "answers.csv"
    answers.write_text(
        "recommendation_id,user_id,product_id,version\n"
        "r1,000,p01,1\nr1,000,p02,1\nr2,001,p01,1\nr3,002,p05,2@b\n"
    )
    events = pd.DataFrame(
        {
            "recommendation_id": ["r1", "r3", "r2", ""],
            "user_id": ["000", "002", "001", "001"],
            "product_id": ["p02", "p05", "p09", "p01"],
            "event_type": "purchase",
            "timestamp": END + pd.Timedelta(days=2),
            "value": [2.0, 5.0, 7.0, 9.0],
        }
    )
    one, two = watch(tmp_path, events, recommendations=str(answers)).outcomes
    # r1 sold p02 for 2; r2's purchase was of something else; r3 sold p05 for 5.
    assert (one.version, one.answers, one.hit_rate, one.revenue) == ("1", 2, 0.5, 2.0)
    assert (two.version, two.answers, two.hit_rate, two.revenue) == ("2@b", 1, 1.0, 5.0)
    [run, *_] = mlflow.search_runs(
        ["0"], "metrics.`shown/version_1/revenue` = 2", output_format="list"
    )
    assert run.data.metrics["shown/version_2_b/hit_rate"] == 1


@pytest.mark.usefixtures("version")
def test_events_that_the_model_has_seen_are_nothing_to_watch(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no event is later than 2024-04-"):
        watch(tmp_path, shop_frame())


@pytest.mark.usefixtures("version")
@pytest.mark.slow
def test_the_shell_is_told_of_an_alarm_by_code_3(store: Store, tmp_path: Path) -> None:
    later(25).to_csv(tmp_path / "new.csv", index=False)
    command = [sys.executable, "-m", "training", "monitor", "--registered_model", NAME]
    done = subprocess.run(
        [*command, "--events", str(tmp_path / "new.csv"), "--max_stale_days", "1"],
        env=os.environ | {"MLFLOW_TRACKING_URI": store.uri, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 3, done.stderr
    assert "ALARM stale_days" in done.stdout


@pytest.mark.usefixtures("version")
def test_looks_are_no_purchases_though_nothing_else_happened(tmp_path: Path) -> None:
    looks = later(25).assign(event_type="view")
    shown = tmp_path / "shown.csv"
    answers = looks.head(50).assign(timestamp=END + pd.Timedelta(hours=1), version="1")
    answers.drop(columns="event_type").to_csv(shown, index=False)
    health = watch(tmp_path, looks, recommendations=str(shown))
    assert np.isnan(readings(health)["hit_rate_at_10"])
    assert "not judged: no returning customer bought anything" in health.report()
    [outcome] = health.outcomes
    assert (outcome.purchases, outcome.revenue, outcome.hit_rate) == (0, 0, 0)
