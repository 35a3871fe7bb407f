"""A model's files on this machine, without leaving any behind."""

import atexit
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


def fetched(model_uri: str) -> Path:
    """The model's local folder: where it lies, or fetched from afar for as long as this process.

    Forked workers share the files and do not remove them: they end without ``atexit``.
    """
    from mlflow.artifacts import download_artifacts

    folder = tempfile.mkdtemp(prefix="product-recommender-")
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    with _temporary_files_in(folder):
        # Given a destination, MLflow would copy a model that lies on this machine already.
        return Path(download_artifacts(model_uri))


@contextmanager
def _temporary_files_in(folder: str) -> Iterator[None]:
    """What MLflow fetches goes to a temporary folder that it names itself, and leaves there."""
    before, tempfile.tempdir = tempfile.tempdir, folder
    try:
        yield
    finally:
        tempfile.tempdir = before
