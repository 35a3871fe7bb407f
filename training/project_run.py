"""The run that ``mlflow run`` makes before we start, with every parameter on it for good."""

import os
from collections.abc import Iterator
from contextlib import contextmanager

from mlflow import MlflowClient

RUN_ID = "MLFLOW_RUN_ID"


def leave_project_run() -> str | None:
    """Let the next run be a new one in the same experiment; returns the id of the one left.

    Params cannot be changed, so a run whose params were logged before they were known has to be
    left where they turn out to be others.
    """
    return os.environ.pop(RUN_ID, None)


@contextmanager
def unrecorded() -> Iterator[str | None]:
    """Leave the run that ``mlflow run`` made and delete it at the end: its params name somebody."""
    run_id = leave_project_run()
    status = "FAILED"
    try:
        yield run_id
        status = "FINISHED"
    finally:
        if run_id is not None:
            # Ended first: mlflow run would otherwise try to end a run that is deleted.
            MlflowClient().set_terminated(run_id, status)
            MlflowClient().delete_run(run_id)
