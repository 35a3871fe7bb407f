"""What ``main --profile true`` leaves in the run."""

from io import StringIO
from pathlib import Path

import mlflow
import pandas as pd
import pytest
from mlflow import MlflowClient

pytestmark = pytest.mark.slow


def test_every_step_s_time_and_peak_memory_are_a_table_a_plot_and_metrics(champion: Path):
    run_id = MlflowClient().get_model_version("product-recommender", "1").run_id or ""
    text = mlflow.artifacts.load_text(f"runs:/{run_id}/steps.csv")
    table = pd.read_csv(StringIO(text)).set_index("name")
    assert {"read events", "fit the past", "refit on everything", "export"} <= set(table.index)
    assert (table["peak_mb"] > 0).all()
    metrics = MlflowClient().get_run(run_id).data.metrics
    assert metrics["peak_mb/read_events"] == table.loc["read events", "peak_mb"]
    assert metrics["seconds/read_events"] == pytest.approx(table.loc["read events", "seconds"])
    assert "steps.png" in {file.path for file in MlflowClient().list_artifacts(run_id)}
