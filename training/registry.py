"""The model registry: versions, and the aliases that say which one answers."""

import mlflow
from mlflow import MlflowClient
from mlflow.entities.model_registry import ModelVersion
from mlflow.exceptions import MlflowException

CHAMPION = "champion"
CHALLENGER = "challenger"


def register(model_uri: str, name: str, description: str) -> ModelVersion:
    """Make a new version of the registered model, and call it ``challenger``."""
    version = mlflow.register_model(model_uri, name)
    client = MlflowClient()
    client.update_model_version(name, version.version, description)
    client.set_registered_model_alias(name, CHALLENGER, version.version)
    return version


def promote(name: str, version: str) -> None:
    """Let a version answer from now on."""
    MlflowClient().set_registered_model_alias(name, CHAMPION, version)


def champion(name: str) -> ModelVersion | None:
    """The version that answers today, if there is one."""
    try:
        return MlflowClient().get_model_version_by_alias(name, CHAMPION)
    except MlflowException:
        return None
