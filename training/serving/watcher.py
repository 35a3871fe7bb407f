"""Says which version an alias leads to, one line each time it looks."""

import os
import time
from collections.abc import Callable

from training.model_uri import name_and_alias
from training.serving.process import Parent, reason, say

PATIENCE = {"MLFLOW_HTTP_REQUEST_MAX_RETRIES": "1", "MLFLOW_HTTP_REQUEST_TIMEOUT": "10"}
"""A look that fails is followed by the next one; MLflow itself would retry for minutes."""


def watch(model_uri: str, every: float, tell: Callable[[str], None]) -> None:
    """Look every so many seconds, for as long as the parent lives; say once what is wrong."""
    for variable, value in PATIENCE.items():
        os.environ.setdefault(variable, value)
    from mlflow import MlflowClient

    client, (name, alias) = MlflowClient(), name_and_alias(model_uri) or ("", "")
    parent, trouble = Parent(), ""
    while not parent.is_gone():
        now = ""
        try:
            tell(client.get_model_version_by_alias(name, alias).version)
        except Exception as error:
            now = f"{model_uri} cannot be looked up, what answers stays: {reason(error)}"
        if now != trouble:
            say(now or f"{model_uri} can be looked up again")
            trouble = now
        time.sleep(every)
