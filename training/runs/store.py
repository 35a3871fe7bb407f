"""The tracking store and the experiment, made once by whoever comes first.

MLflow itself makes the tables at first use, statement by statement: two processes that come at once
spoil each other's (`duplicate column name`), and one that is killed leaves half of them for ever.
Of two that make the same experiment, one fails.
"""

import re
from pathlib import Path
from urllib.parse import quote, unquote

import mlflow
from mlflow import MlflowClient
from mlflow.environment_variables import MLFLOW_EXPERIMENT_NAME
from mlflow.exceptions import MlflowException
from mlflow.protos.databricks_pb2 import RESOURCE_ALREADY_EXISTS, ErrorCode

from training.locks import one_at_a_time

SQLITE_FILE = re.compile(r"sqlite:///(?P<path>[^?]+)(\?.*)?")


def open_store() -> None:
    """Make the tracking store if it is not there, whole and by one process at a time.

    A tracking server makes its own. The experiment that ``MLFLOW_EXPERIMENT_NAME`` names is made in
    either.
    """
    uri = mlflow.get_tracking_uri()
    if not uri.startswith("http"):
        _open_file(uri)
    if MLFLOW_EXPERIMENT_NAME.get():
        _make_experiment(MLFLOW_EXPERIMENT_NAME.get())


def _open_file(uri: str) -> None:
    with one_at_a_time(f"open {uri}"):
        file = SQLITE_FILE.fullmatch(uri)
        path = Path(unquote(file["path"])) if file else None  # MLflow escapes spaces and umlauts
        if path and not path.exists():
            _make(path)
        _touch(uri)


def _make_experiment(name: str) -> None:
    client = MlflowClient()
    if client.get_experiment_by_name(name) is None:
        try:
            client.create_experiment(name)
        except MlflowException as error:
            if error.error_code != ErrorCode.Name(RESOURCE_ALREADY_EXISTS):
                raise


def _make(path: Path) -> None:
    """Write a new store beside the place where it belongs, and rename it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    beside = path.with_name(f"{path.name}.new")
    beside.unlink(missing_ok=True)
    _touch(f"sqlite:///{quote(str(beside))}")
    beside.rename(path)


def _touch(uri: str) -> None:
    """Tables, and the experiment called Default, are made where there are none."""
    MlflowClient(uri, uri).search_experiments(max_results=1)
