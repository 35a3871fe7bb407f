"""What still holds a customer: versions, logged models without one, and runs' results."""

import logging
from dataclasses import dataclass
from pathlib import PurePosixPath

import mlflow
from mlflow import MlflowClient
from mlflow.entities import ViewType
from mlflow.entities.model_registry import ModelVersion
from mlflow.exceptions import MlflowException

from model.columns import USER_ID
from model.pyfunc import ARTIFACT
from model.storage import DamagedModelError
from training.runs.tracking import per_user_of
from training.versions.lifecycle import load
from training.versions.registry import uri_of

MOST_RUNS = 10_000

logger = logging.getLogger("training")


@dataclass(frozen=True)
class Holding:
    """What is to be deleted, beside the events.

    Attributes
    ----------
    versions : list of ModelVersion
        With the customer in them, or not readable to make sure.
    models : list of str
        Ids of logged models like these that no version of this name is made of: their training was
        killed before it registered them, the version was deleted since, or it has another name.
    runs : list of str
        Runs whose per-customer results name the customer.
    """

    versions: list[ModelVersion]
    models: list[str]
    runs: list[str]


def holding(after: ModelVersion, user_id: str) -> Holding:
    """All that holds the customer beside the new version's own; looked at are versions of its name,
    and models and runs of the experiments in which one of them was trained.
    """
    found = MlflowClient().search_model_versions(f"name = '{after.name}'")
    others = [version for version in found if version.version != after.version]
    experiments = _experiments_of(found)
    return Holding(
        [
            version
            for version in sorted(others, key=lambda v: int(v.version))
            if _may_hold(uri_of(version), user_id)
        ],
        [
            model_id
            for model_id in _unregistered(experiments, {version.source for version in found})
            if _may_hold(f"models:/{model_id}", user_id)
        ],
        _runs_that_hold(experiments, user_id),
    )


def holds(model_uri: str, user_id: str) -> bool:
    """Whether the customer is among those whom a model knows."""
    return user_id in load(model_uri).matrix.users


def _may_hold(model_uri: str, user_id: str) -> bool:
    try:
        return holds(model_uri, user_id)
    except DamagedModelError as error:
        logger.warning("%s cannot be read: %s", model_uri, error)
        return True


def _experiments_of(versions: list[ModelVersion]) -> list[str]:
    client, experiments = MlflowClient(), set()
    for version in versions:
        try:
            experiments.add(client.get_run(version.run_id or "").info.experiment_id)
        except MlflowException:
            logger.info("the run of version %s is gone", version.version)
    return sorted(experiments)


def _unregistered(experiments: list[str], sources: set[str | None]) -> list[str]:
    """Ids of our models that were logged in these experiments and are no version's source."""
    if not experiments:
        return []
    logged = mlflow.search_logged_models(experiments, output_format="list")
    return [
        model.model_id
        for model in logged
        if f"models:/{model.model_id}" not in sources and _is_ours(model.artifact_location)
    ]


def _is_ours(location: str) -> bool:
    """Whether the model's files, as far as they were written, are a recommender's."""
    try:
        files = mlflow.artifacts.list_artifacts(f"{location}/artifacts")
    except (OSError, MlflowException):
        return False
    return ARTIFACT in {PurePosixPath(file.path).name for file in files}


def _runs_that_hold(experiments: list[str], user_id: str) -> list[str]:
    """Deleted runs that are still kept, too."""
    runs = mlflow.search_runs(
        experiments, run_view_type=ViewType.ALL, max_results=MOST_RUNS, output_format="list"
    )
    return [run.info.run_id for run in runs if user_id in _customers_judged(run.info.run_id)]


def _customers_judged(run_id: str) -> set[str]:
    found = per_user_of(run_id, [USER_ID])
    return set() if found is None else set(found[USER_ID])
