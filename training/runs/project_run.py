"""The run that ``mlflow run`` makes before we start, with every parameter on it for good."""

import os
import shlex
from collections.abc import Mapping

RUN_ID = "MLFLOW_RUN_ID"


def leave_project_run() -> str | None:
    """Let the next run be a new one in the same experiment; returns the id of the one left.

    Params cannot be changed, so a run whose params were logged before they were known has to be
    left where they turn out to be others.
    """
    return os.environ.pop(RUN_ID, None)


def as_meant(params: Mapping[str, str]) -> dict[str, str]:
    """A run's params: ``mlflow run`` logs an empty or spaced one as the shell quotes it.

    >>> as_meant({"catalogue": "''", "events": "'my log.csv'", "algorithm": "cosine"})
    {'catalogue': '', 'events': 'my log.csv', 'algorithm': 'cosine'}
    """
    return {
        name: "".join(shlex.split(value)) if value.startswith("'") else value
        for name, value in params.items()
    }
