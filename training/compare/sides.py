"""Finding what is to be compared: a version, an alias or a run, with its model and its figures."""

import re
from collections.abc import Mapping
from dataclasses import dataclass

import pandas as pd
from mlflow import MlflowClient
from mlflow.exceptions import MlflowException

from model.recommender import Recommender
from model.storage import DamagedModelError
from training.config import CatalogueConfig
from training.errors import InputError
from training.evaluation.evaluate import OURS
from training.events.catalogue import catalogue_of
from training.events.sample import source_of
from training.runs.project_run import as_meant
from training.runs.tracking import DATA_HASH, per_user_of
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
        return self.tags.get(DATA_HASH), self.tags.get("test_from")


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
    """The catalogue asked for, else the one that a model with these params was trained beside."""
    known = {name: params[name] for name in CatalogueConfig.model_fields if name in params}
    named = known | ({"catalogue": asked} if asked else {})
    return catalogue_of(source_of(CatalogueConfig(**named)))


def _version(name: str, asked: str) -> tuple[str, str, str]:
    version = registry.resolve(name, asked)
    alias = "" if asked == str(version.version) else f" ({asked})"
    return f"version {version.version}{alias}", version.run_id or "", registry.uri_of(version)


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
    table = per_user_of(run_id)
    if table is None:
        return pd.DataFrame(columns=["user_id", "task"])
    return table[table["method"] == OURS].drop(columns="method")
