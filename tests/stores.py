"""MLflow's stores, each for the time that a test needs it."""

from collections.abc import Iterator
from contextlib import contextmanager

import mlflow


@contextmanager
def stored_in(uri: str) -> Iterator[str]:
    """MLflow tracks here in the body, and afterwards where it did before: nowhere, mostly."""
    before = mlflow.get_tracking_uri() if mlflow.tracking.is_tracking_uri_set() else None
    mlflow.set_tracking_uri(uri)
    try:
        yield uri
    finally:
        mlflow.set_tracking_uri(before)
