"""A logged model by its URI: which version it is, and what it answers with."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import mlflow
from mlflow import MlflowClient
from mlflow.exceptions import MlflowException

from model import storage
from model.pyfunc import ARTIFACT
from model.recommender import Recommender
from training.errors import InputError
from training.versions import registry

REGISTERED = re.compile(r"models:/(?P<name>[^/@]+)[/@](?P<asked>[^/@]+)")


LATEST = "latest"
"""What MLflow calls the highest version, in any case of letters; no alias may be called so."""


@dataclass(frozen=True)
class Opened:
    """A logged model.

    Attributes
    ----------
    uri : str
        With the version's number in the place of an alias, so that it stays the same model.
    version : str
        Number in the registry; empty for a model that was given by run or folder.
    model_id : str
        What MLflow calls this very model; no other has it.
    folder : Path
        Its arrays; they are there while the model is open.
    """

    uri: str
    version: str
    model_id: str
    folder: Path
    recommender: Recommender


def mapped(model_uri: str, scratch: str) -> tuple[Path, Recommender]:
    """Fetch a logged model, check it against its manifest and map it into memory.

    Parameters
    ----------
    scratch : str
        Folder to fetch into. The arrays stay readable when it is gone.

    Raises
    ------
    storage.DamagedModelError
        If a file is absent or is not the one that was saved.
    """
    try:
        folder = mlflow.artifacts.download_artifacts(model_uri, dst_path=scratch)
    except (OSError, MlflowException) as error:
        raise storage.DamagedModelError(f"{model_uri} cannot be read: {error}") from error
    arrays = Path(folder, "artifacts", ARTIFACT)
    return arrays, storage.load(arrays)


@contextmanager
def opened(model_uri: str) -> Iterator[Opened]:
    """Fetch a logged model, check it against its manifest and map it into memory.

    Raises
    ------
    InputError
        If there is no such model, or it is damaged or not one of ours.
    """
    uri, version = pinned(model_uri)
    with TemporaryDirectory() as scratch:
        try:
            model_id = mlflow.models.get_model_info(uri).model_uuid
            arrays, recommender = mapped(uri, scratch)
        except (OSError, MlflowException, storage.DamagedModelError) as error:
            told = " ".join(str(error).split())
            raise InputError(f"model_uri = {model_uri!r} cannot be opened: {told}") from error
        yield Opened(uri, version, str(model_id), arrays, recommender)


def pinned(model_uri: str) -> tuple[str, str]:
    """The URI by number and the version; the URI as given, and "", where it is not registered.

    Raises
    ------
    InputError
        If the registry has no such model, version or alias.
    """
    found = REGISTERED.fullmatch(model_uri)
    if found is None:
        return model_uri, ""
    name, asked = found["name"], found["asked"]
    if asked.lower() == LATEST:
        asked = _latest(name) or asked
    version = str(registry.resolve(name, asked).version)
    return f"models:/{name}/{version}", version


def _latest(name: str) -> str | None:
    """The highest version's number, as MLflow understands it; None if there is none."""
    found = MlflowClient().search_model_versions(f"name = '{name}'")
    return str(max(int(version.version) for version in found)) if found else None
