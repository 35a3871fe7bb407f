"""The run in MLflow: what was asked, what was read, how good it is."""

import json
import logging
import math
import warnings
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from tempfile import TemporaryDirectory

import mlflow
import pandas as pd
from mlflow import MlflowClient
from mlflow.data.dataset import Dataset
from mlflow.exceptions import MlflowException

from model.columns import EVENT_TYPE
from model.matrix import UserItemMatrix
from training import pages
from training.config import Config
from training.errors import InputError
from training.events.catalogue import hash_of
from training.events.fingerprint import Fingerprint
from training.events.log import EventLog
from training.gate.decision import Decision
from training.insight.examine import Insight
from training.insight.files import PER_USER_FILE, write_files
from training.insight.rolling import rolling_metrics
from training.ranking.learn import Ranking
from training.runs.orphans import end_orphans, owner_tags
from training.runs.profile import figure
from training.runs.progress import Step
from training.runs.store import open_store

logger = logging.getLogger("training")

DATASET_ROWS = 10_000
"""Rows from which MLflow infers the dataset's schema; the digest is of all rows."""

EVENTS = "events.json"
EVALUATION = "evaluation"
PER_USER = f"{EVALUATION}/{PER_USER_FILE}"
DECISION = "gate/decision.json"
DECISION_PAGE = "gate/decision.html"
LONGEST_TAG = 5000
DATA_HASH = "data_hash"
FIRST, LAST = "data_first", "data_last"
"""Tags of a version: the time of the first and of the last event it was trained on."""
DESCRIPTION = "mlflow.note.content"
"""The tag that MLflow shows as the description of a run or an experiment."""
INTRODUCTION = {
    DESCRIPTION: "Product recommendations from a shop's event log. A run of `main` is one trained "
    "model: `evaluation/report.html` says how good it is, `gate/decision.html` whether it may "
    "answer. Figures are named by task: `all` is any purchase, `new` products new to the "
    "customer, `unseen` those not even looked at. Runs of `tune` hold their trials; `compare` and "
    "`monitor` have a page each.",
    "mlflow.experimentKind": "custom_model_development",
}
"""Tags of an experiment; the second lets it open on its runs, as one of LLM traces does not."""

MOST_METRICS = 1000
"""What MLflow takes in one request."""

UNREACHABLE = "failed with exception"
"""What MLflow's client says of a request that got no answer."""

DISK_FULL = ("No space left on device", "disk is full", "Disk quota exceeded", "requested and")
"""What the kernel, SQLite and NumPy say."""


@contextmanager
def run(config: Config, name: str) -> Iterator[mlflow.ActiveRun]:
    """A run with the configuration as its params; FAILED, and saying why, if the body raises.

    Raises
    ------
    InputError
        If the tracking server does not answer, after MLflow's own retries, or a disk is full.
    """
    try:
        open_store()
        with mlflow.start_run(run_name=name) as active:
            _describe(active, config, name)
            with _told_errors():
                yield active
    except (MlflowException, OSError) as error:
        told = _explained(str(error))
        if told is None:
            raise
        raise InputError(
            f"{told}; a champion that had not been moved before answers on, and a run that is "
            "still shown as running is marked by the next one"
        ) from error


def _explained(message: str) -> str | None:
    """A fault of the surroundings in one line; None for any other."""
    if UNREACHABLE in message:
        return f"tracking server {mlflow.get_tracking_uri()} does not answer"
    if any(words in message for words in DISK_FULL):
        return f"the disk is full: {' '.join(message.split())[:300]}"
    return None


def _describe(active: mlflow.ActiveRun, config: Config, name: str) -> None:
    """Name, owner and params; runs that died before are marked on the way."""
    mlflow.set_tags({"mlflow.runName": name, **owner_tags()})
    _introduce(active.info.experiment_id)
    end_orphans(active.info.experiment_id)
    given = active.data.params
    mlflow.log_params({k: v for k, v in params_of(config).items() if k not in given})


def _introduce(experiment_id: str) -> None:
    """Say what the experiment is, unless somebody has: a description, and the view that fits."""
    known = MlflowClient().get_experiment(experiment_id).tags
    absent = {tag: value for tag, value in INTRODUCTION.items() if tag not in known}
    if absent:
        mlflow.set_experiment_tags(absent)


@contextmanager
def _told_errors() -> Iterator[None]:
    """Say in a tag why the run failed, unless the server cannot be told anything."""
    try:
        yield
    except BaseException as error:
        if UNREACHABLE not in str(error):
            mlflow.set_tag("error", f"{type(error).__name__}: {error}"[:LONGEST_TAG])
        raise


def params_of(config: Config) -> dict[str, str]:
    """A configuration as MLflow's params: mappings as JSON, everything else as text."""
    return {
        name: json.dumps(value) if isinstance(value, Mapping) else str(value)
        for name, value in config.model_dump().items()
    }


def log_events(log: EventLog, source: str, found: Fingerprint) -> None:
    """The dataset's name, source, schema and digest, and the account of dropped rows."""
    mlflow.log_input(dataset(log, source, found.data_hash), context="training")
    account = {"rows_read": log.n_read, "rows_used": len(log), "dropped": log.n_dropped}
    types = {str(name): int(n) for name, n in log.frame[EVENT_TYPE].value_counts().items()}
    mlflow.log_dict({**account, **asdict(found), "event_types": types}, EVENTS)
    mlflow.set_tags(data_tags(found))
    mlflow.log_metrics({"events/read": log.n_read, "events/used": len(log)})


def event_types_of(run_id: str) -> dict[str, int]:
    """How many events of each type a run was trained on; empty if its artifacts are gone."""
    try:
        logged = mlflow.artifacts.load_dict(f"runs:/{run_id}/{EVENTS}")
    except (MlflowException, OSError):
        return {}
    return dict(logged.get("event_types", {}))


def data_tags(found: Fingerprint) -> dict[str, str]:
    """What a version's page and a run say of the data."""
    return {
        DATA_HASH: found.data_hash,
        FIRST: found.first,
        LAST: found.last,
        "data_events": str(found.events),
        "data_customers": str(found.customers),
        "data_products": str(found.products),
    }


def log_catalogue(catalogue: pd.DataFrame | None, source: str | None) -> None:
    """What products are called and where they belong, as one more dataset of the run."""
    if catalogue is not None and source:
        described = _dataset(catalogue, source, Path(source).name, hash_of(catalogue))
        mlflow.log_input(described, context="catalogue")


def dataset(log: EventLog, source: str, digest: str, part: str = "") -> Dataset:
    """A log, or a part of it, as MLflow shows it."""
    return _dataset(log.frame, source, f"{Path(source).name} {part}".strip(), digest)


def _dataset(frame: pd.DataFrame, source: str, name: str, digest: str) -> Dataset:
    """A schema from the frame's head, a digest of all of it."""
    head = frame.head(DATASET_ROWS)
    with warnings.catch_warnings():
        # MLflow registers its source of local files twice, and wonders which of the two is meant.
        warnings.filterwarnings("ignore", message="The specified dataset source can be interpreted")
        return mlflow.data.from_pandas(head, source=source, name=name, digest=digest[:32])  # type: ignore[attr-defined]


def log_evaluation(
    insight: Insight, past: UserItemMatrix, tested_on: Dataset, model_id: str | None
) -> None:
    """Every figure with its limits; per-customer results, plots and a page as files."""
    mlflow.log_input(tested_on, context="test")
    figures = list(insight.metrics().items())
    for start in range(0, len(figures), MOST_METRICS):
        some = dict(figures[start : start + MOST_METRICS])
        mlflow.log_metrics(some, model_id=model_id, dataset=tested_on)
    for step, found in enumerate(rolling_metrics(insight.origins)):
        mlflow.log_metrics(found, step=step)
    with TemporaryDirectory() as scratch:
        write_files(insight, past, Path(scratch))
        mlflow.log_artifacts(scratch, EVALUATION)


def log_decision(decision: Decision) -> None:
    """The gate's verdict: as JSON, as a page for people, and as tags of the run."""
    mlflow.log_dict(decision.as_dict(), DECISION)
    mlflow.log_text(pages.render("decision.html", decision=decision.as_dict()), DECISION_PAGE)
    mlflow.set_tags(gate_tags(decision))


def gate_tags(decision: Decision) -> dict[str, str]:
    """What the version and the run say of the gate."""
    return {
        "gate": "passed" if decision.passed else "refused",
        "gate_promoted": str(decision.promoted).lower(),
        "gate_mode": decision.mode,
        "gate_against": decision.champion or "none",
        "gate_reason": decision.reason[:LONGEST_TAG],
    }


def per_user_of(run_id: str, columns: list[str] | None = None) -> pd.DataFrame | None:
    """A run's per-customer results, or some columns of them; None where they are gone."""
    with TemporaryDirectory() as scratch:
        try:
            path = mlflow.artifacts.download_artifacts(
                run_id=run_id, artifact_path=PER_USER, dst_path=scratch
            )
        except (OSError, MlflowException):
            return None
        return pd.read_parquet(path, columns=columns)


def log_learnt(ranking: Ranking) -> None:
    """What each scenario is ranked by, and by how much trees beat the blend on held-out time."""
    for scenario, found in ranking.by_scenario.items():
        kind, gain = type(found.ranker).__name__, found.gain_of_trees
        mlflow.set_tag(f"ranker.{scenario}", kind)
        if not math.isnan(gain.mean):
            limits = {"": gain.mean, "_ci_low": gain.low, "_ci_high": gain.high}
            mlflow.log_metrics(
                {f"learning/{scenario}/gain_of_trees{k}": v for k, v in limits.items()}
            )
        logger.info("%s is ranked by %s; trees minus blend, NDCG@10: %s", scenario, kind, gain)


def log_algorithm(name: str) -> None:
    """Which item-item similarity was fitted, since the parameter may leave it open."""
    mlflow.set_tag("similarity", name)
    logger.info("products are compared by %s", name)


def log_steps(steps: list[Step]) -> None:
    """Where the time went, as metrics and as a table; beside the memory, where it was watched."""
    mlflow.log_metrics({f"seconds/{step.name.replace(' ', '_')}": step.seconds for step in steps})
    table = pd.DataFrame([vars(step) for step in steps]).dropna(axis="columns", how="all")
    mlflow.log_text(table.to_csv(index=False), "steps.csv")


def log_profile(steps: list[Step]) -> None:
    """The same as a plot, and the peaks as metrics."""
    peaks = {f"peak_mb/{step.name.replace(' ', '_')}": step.peak_mb or 0.0 for step in steps}
    mlflow.log_metrics(peaks)
    mlflow.log_figure(figure(steps), "steps.png")
