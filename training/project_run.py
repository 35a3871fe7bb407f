"""The run that ``mlflow run`` makes before we start, with every parameter on it for good."""

import os

RUN_ID = "MLFLOW_RUN_ID"


def leave_project_run() -> str | None:
    """Let the next run be a new one in the same experiment; returns the id of the one left.

    Params cannot be changed, so a run whose params were logged before they were known has to be
    left where they turn out to be others.
    """
    return os.environ.pop(RUN_ID, None)
