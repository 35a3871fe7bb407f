"""Finding what is to be compared: a version, an alias or a run, with its model and its figures."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from tempfile import TemporaryDirectory

import mlflow
import pandas as pd
from mlflow import MlflowClient
from mlflow.exceptions import MlflowException

from model.columns import PRODUCT_ID
from model.recommender import Recommender
from model.storage import DamagedModelError
from training.errors import InputError
from training.evaluation.evaluate import OURS
from training.events.catalogue import catalogue_of, read_catalogue
from training.events.sample import SAMPLE, sample
from training.runs.project_run import as_meant
from training.runs.tracking import PER_USER
from training.versions import registry
from training.versions.lifecycle import load

RUN_ID = re.compile(r"[0-9a-f]{32}")


@dataclass(frozen=True)
class Side:
    """One of the two models.

    Attributes
    ----------
    label : str
        What the page calls it, as ``version 7 (champion)``.
    metrics : mapping of name to value
        As logged, limits included.
    per_user : DataFrame
        Our results of its test window: ``user_id, task`` and one column a metric; empty if the
        run's artifacts are gone.
    tags : mapping
        The run's, which tell data and test window.
    """

    label: str
    recommender: Recommender
    params: Mapping[str, str]
    metrics: Mapping[str, float]
    tags: Mapping[str, str]
    per_user: pd.DataFrame

    @property
    def window(self) -> tuple[str | None, str | None]:
        """What its figures were measured on; two models with the same window compare pairwise."""
        return self.tags.get("data_hash"), self.tags.get("test_from")


def side(name: str, asked: str) -> Side:
    """Load one side.

    Raises
    ------
    InputError
        If there is nothing by that name, or its model cannot be read.
    """
    label, run_id, uri = _run(asked) if RUN_ID.fullmatch(asked) else _version(name, asked)
    try:
        recommender = load(uri)
    except DamagedModelError as error:
        raise InputError(f"{label} cannot be compared: {error}") from error
    run = MlflowClient().get_run(run_id)
    params = as_meant(run.data.params)
    return Side(label, recommender, params, run.data.metrics, run.data.tags, _per_user(run_id))


def catalogue_beside(params: Mapping[str, str], asked: str) -> pd.DataFrame | None:
    """The catalogue asked for, else the one that a model with these params was trained beside.

    Its column of products may be called as that of the events.
    """
    path = asked or params.get("catalogue", "")
    if path:
        return read_catalogue(path, {PRODUCT_ID: params.get("product_id_column", "")})
    return catalogue_of(sample()) if params.get("events") == SAMPLE else None


def _version(name: str, asked: str) -> tuple[str, str, str]:
    version = registry.resolve(name, asked)
    alias = "" if asked == str(version.version) else f" ({asked})"
    uri = f"models:/{name}/{version.version}"
    return f"version {version.version}{alias}", version.run_id or "", uri


def _run(run_id: str) -> tuple[str, str, str]:
    try:
        run = MlflowClient().get_run(run_id)
    except MlflowException as error:
        raise InputError(f"run {run_id!r} cannot be read: {error.message}") from None
    models = run.outputs.model_outputs if run.outputs else []
    if not models:
        raise InputError(f"run {run_id!r} has no model; allowed: a run of the main job")
    return f"run {run.info.run_name}", run_id, f"models:/{models[-1].model_id}"


def _per_user(run_id: str) -> pd.DataFrame:
    with TemporaryDirectory() as scratch:
        try:
            path = mlflow.artifacts.download_artifacts(
                run_id=run_id, artifact_path=PER_USER, dst_path=scratch
            )
        except (OSError, MlflowException):
            return pd.DataFrame(columns=["user_id", "task"])
        table = pd.read_parquet(path)
    return table[table["method"] == OURS].drop(columns="method")
