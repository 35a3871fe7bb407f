"""The run in MLflow: what was asked, what was read, how good it is."""

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

import mlflow
import pandas as pd

from training.config import Config
from training.evaluation.evaluate import Evaluation
from training.evaluation.plots import figures
from training.events.log import EventLog
from training.progress import Step

DIGEST_ROWS = 10_000


@contextmanager
def run(config: Config, name: str) -> Iterator[mlflow.ActiveRun]:
    """A run with the configuration as its params; FAILED, and saying why, if the body raises."""
    with mlflow.start_run(run_name=name) as active:
        if active.info.run_name != name:
            mlflow.set_tag("mlflow.runName", name)
        given = active.data.params
        mlflow.log_params({k: v for k, v in _params(config).items() if k not in given})
        try:
            yield active
        except BaseException as error:
            mlflow.set_tag("error", f"{type(error).__name__}: {error}"[:5000])
            raise


def _params(config: Config) -> dict[str, str]:
    return {
        name: json.dumps(value) if isinstance(value, Mapping) else str(value)
        for name, value in config.model_dump().items()
    }


def log_events(log: EventLog, source: str) -> None:
    """The dataset's name, source, schema and digest, and the account of dropped rows."""
    head = log.frame.head(DIGEST_ROWS)
    dataset = mlflow.data.from_pandas(head, source=source, name=Path(source).name)  # type: ignore[attr-defined]
    mlflow.log_input(dataset, context="training")
    mlflow.log_dict(
        {"rows_read": log.n_read, "rows_used": len(log), "dropped": dict(log.dropped)},
        "events.json",
    )
    mlflow.log_metrics({"events/read": log.n_read, "events/used": len(log)})


def log_evaluation(evaluation: Evaluation, model_id: str | None) -> None:
    """Metrics with their limits, per-customer results as Parquet, and plots."""
    mlflow.log_metrics(evaluation.metrics(), model_id=model_id)
    with TemporaryDirectory() as scratch:
        path = Path(scratch, "per_user.parquet")
        evaluation.per_user().to_parquet(path)
        mlflow.log_artifact(str(path), "evaluation")
    for file, figure in figures(evaluation).items():
        mlflow.log_figure(figure, f"evaluation/{file}")


def log_steps(steps: list[Step]) -> None:
    """Where the time went, as metrics and as a table."""
    mlflow.log_metrics({f"seconds/{step.name.replace(' ', '_')}": step.seconds for step in steps})
    table = pd.DataFrame([vars(step) for step in steps])
    mlflow.log_text(table.to_csv(index=False), "steps.csv")
