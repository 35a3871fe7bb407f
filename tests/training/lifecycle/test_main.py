"""What the main job leaves in MLflow: versions, gate, lineage."""

import json
from pathlib import Path

import mlflow
import pandas as pd
import pytest
from mlflow import MlflowClient
from mlflow.entities.model_registry import ModelVersion

from model.scenarios import ALL
from tests.training.lifecycle.conftest import (
    Train,
    aliases,
    artifacts_of,
    decision_of,
    model_id_of,
)
from training.config import MainConfig, validated
from training.errors import InputError
from training.evaluation.evaluate import CUTOFFS
from training.evaluation.metrics import METRICS
from training.pages import plain
from training.versions import registry
from training.versions.moves import moves

NAME = "shop"


@pytest.fixture
def first(train: Train) -> ModelVersion:
    return _version(train, 1)


@pytest.fixture
def second(train: Train, first: ModelVersion) -> ModelVersion:
    return _version(train, 2)


def _version(train: Train, number: int) -> ModelVersion:
    """The version by that number, trained when it is first asked for."""
    if registry.champion(NAME) is None or number > _count():
        train(NAME)
    return MlflowClient().get_model_version(NAME, str(number))


def _count() -> int:
    return len(MlflowClient().search_model_versions(f"name = '{NAME}'"))


def test_the_first_version_that_passes_becomes_champion(first: ModelVersion) -> None:
    decision = decision_of(first)
    assert decision["promoted"] is True
    assert decision["champion"] is None
    assert moves(NAME)[0].to_version == "1"


def test_a_version_says_its_data_configuration_and_figures(first: ModelVersion) -> None:
    tags = first.tags
    assert len(tags["data_hash"]) == len(tags["configuration_hash"]) == 64
    assert tags["data_first"] < tags["test_from"] < tags["data_last"]
    assert int(tags["data_events"]) > 1000
    assert json.loads(tags["configuration"])["neighbours"] == "200"
    assert "[" in tags["all/ndcg_at_10"]
    assert tags["gate"] == "passed"
    assert "git_commit" in tags


def test_a_version_has_a_model_card(first: ModelVersion) -> None:
    for heading in ("### Data", "### Figures", "### Gate", "### Limits", "### Settings"):
        assert heading in first.description
    assert "| all | ours |" in first.description
    assert all(f"`{scenario}`" in first.description for scenario in ALL)
    assert len(first.description) <= 5000


def test_a_run_is_named_after_its_log_and_what_is_not_as_by_default(first: ModelVersion) -> None:
    name = MlflowClient().get_run(first.run_id).info.run_name
    assert name == "events.csv neighbours=200 second_stage=never"
    assert first.description.endswith("`neighbours=200`, `second_stage=never`.")


def test_the_page_of_the_decision_names_every_condition(first: ModelVersion) -> None:
    page = mlflow.artifacts.load_text(f"runs:/{first.run_id}/gate/decision.html")
    assert "Yes, it is champion now." in page
    for check in decision_of(first)["checks"]:
        assert plain(check["name"]) in page
    assert page.count("(98.3% interval)") == 3  # the shop has looks: three checks hold at once
    assert "<script" not in page
    assert "http" not in page.replace("&#", "")


def test_metrics_hang_on_the_model_and_the_data_it_was_tested_on(first: ModelVersion) -> None:
    logged = mlflow.get_logged_model(model_id_of(first))
    found = {metric.key: metric for metric in logged.metrics}
    assert found["all/ndcg_at_10"].dataset_digest == first.tags["data_hash"][:32]
    contexts = {
        tag.value
        for entry in mlflow.get_run(first.run_id).inputs.dataset_inputs
        for tag in entry.tags
    }
    assert contexts == {"training", "test"}


def test_per_customer_results_carry_ids(first: ModelVersion) -> None:
    table = mlflow.artifacts.download_artifacts(f"runs:/{first.run_id}/evaluation/per_user.parquet")
    assert set(pd.read_parquet(table)["user_id"]) <= {f"{number:03d}" for number in range(80)}


def test_slices_and_figures_beyond_accuracy_are_metrics_of_the_run(first: ModelVersion) -> None:
    metrics = mlflow.get_run(first.run_id).data.metrics
    for name in ("coverage", "gini", "novelty", "popularity", "diversity"):
        assert f"new/{name}_at_10" in metrics
        assert f"buy_again/all/{name}_at_20" in metrics
    assert metrics["all/customers_light/customers"] > 0
    assert "all/products_tail/recall_at_10_ci_low" in metrics
    assert not [name for name in metrics if name.startswith("rolling/")]


@pytest.mark.slow
def test_earlier_origins_are_steps_of_a_metric_of_their_own(
    train: Train, name: str, first: ModelVersion
) -> None:
    version = train(name, origins=3)
    history = MlflowClient().get_metric_history(version.run_id, "rolling/all/ndcg_at_10")
    assert [metric.step for metric in history] == [0, 1, 2]
    logged = mlflow.get_run(version.run_id).data.metrics
    assert history[-1].value == logged["all/ndcg_at_10"]
    plain = mlflow.get_run(first.run_id).data.metrics
    assert {k: v for k, v in plain.items() if "seconds" not in k}.items() <= logged.items()


@pytest.mark.slow
def test_the_same_events_and_configuration_give_the_same_bytes_and_figures(
    first: ModelVersion, second: ModelVersion
) -> None:
    manifests = [
        json.loads((artifacts_of(version) / "manifest.json").read_text())["sha256"]
        for version in (first, second)
    ]
    assert manifests[0] == manifests[1]
    figures = [
        {k: v for k, v in mlflow.get_run(version.run_id).data.metrics.items() if "seconds" not in k}
        for version in (first, second)
    ]
    assert figures[0] == figures[1]
    assert first.tags["data_hash"] == second.tags["data_hash"]


@pytest.mark.slow
def test_the_same_configuration_again_is_level_with_the_champion_and_promoted(
    second: ModelVersion,
) -> None:
    decision = decision_of(second)
    assert decision["champion"] == "1"
    assert "same configuration as champion 1" in decision["notes"][0]
    [own] = [
        c
        for c in decision["comparisons"]
        if (c["rival"], c["task"], c["metric"]) == ("champion", "all", "ndcg_at_10")
    ]
    assert own["difference"]["mean"] == 0
    assert own["verdict"] == "level"
    assert decision["promoted"] is True
    assert aliases(NAME) == {"challenger": "2", "champion": "2", "previous": "1"}


@pytest.mark.slow
def test_half_an_export_under_other_names_is_refused(
    train: Train, name: str, shop_csv: Path, tmp_path: Path
) -> None:
    whole = pd.read_csv(shop_csv, dtype=str)
    kept = whole[whole["user_id"].isin(sorted(whole["user_id"].unique())[:36])]  # of 80
    kept = kept.assign(product_id="0" + kept["product_id"])
    kept.to_csv(tmp_path / "half.csv", index=False)
    train(name)
    refused = decision_of(train(name, events=str(tmp_path / "half.csv")))
    checks = {check["name"]: check for check in refused["checks"]}
    assert not refused["promoted"]
    assert checks["customers in the log"] == {
        "name": "customers in the log",
        "passed": False,
        "found": "36",
        "allowed": "at least 0.5 × 80 (champion's log)",
    }
    assert checks["products in the log"]["passed"]
    assert not checks["the champion's customers"]["passed"]
    assert checks["the champion's products"]["found"].startswith("0 of ")
    assert not checks["the champion's products"]["passed"]
    assert aliases(name)["champion"] == "1"


@pytest.mark.slow
def test_never_keeps_the_champion_and_force_says_why(train: Train, name: str) -> None:
    assert not decision_of(train(name, promote="never"))["promoted"]
    assert "champion" not in aliases(name)
    forced = train(name, promote="force", promote_reason="the campaign starts today")
    assert aliases(name)["champion"] == str(forced.version)
    assert "the campaign starts today" in moves(name)[0].why
    assert forced.tags["gate_mode"] == "force"


def test_force_without_a_reason_is_refused_before_anything_is_read() -> None:
    with pytest.raises(InputError, match="promote=force needs promote_reason"):
        validated(MainConfig, promote="force", events="absent.csv")


@pytest.mark.parametrize("wrong", ["ndcg", "all/ndcg_at_7", "old/ndcg_at_10"])
def test_an_unknown_gate_metric_is_refused(wrong: str) -> None:
    with pytest.raises(InputError, match="gate_metric"):
        validated(MainConfig, gate_metric=wrong)


def test_every_metric_that_is_measured_may_decide() -> None:
    for metric in METRICS:
        for k in CUTOFFS:
            assert MainConfig(gate_metric=f"new/{metric}_at_{k}")


def test_exports_do_not_travel_with_the_model(first: ModelVersion) -> None:
    assert not list(artifacts_of(first).parents[1].rglob("*.pkl"))
    assert Path("recommendation_model.pkl").exists()
