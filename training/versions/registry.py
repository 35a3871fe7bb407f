"""The model registry: versions, and the aliases that say which one answers.

``champion`` answers, ``challenger`` was trained last, ``previous`` is where a rollback goes.
"""

import os
import subprocess
import sys
from collections.abc import Mapping
from contextlib import AbstractContextManager
from tempfile import TemporaryDirectory

import mlflow
from mlflow import MlflowClient
from mlflow.entities.model_registry import ModelVersion
from mlflow.exceptions import MlflowException
from mlflow.protos.databricks_pb2 import (
    INVALID_PARAMETER_VALUE,
    RESOURCE_DOES_NOT_EXIST,
    ErrorCode,
)

from training.errors import InputError
from training.locks import one_at_a_time
from training.versions import smoke
from training.versions.moves import PROMOTE, ROLLBACK, Move, place_in, recorded, way_back

CHAMPION = "champion"
CHALLENGER = "challenger"
PREVIOUS = "previous"

MISSING = (ErrorCode.Name(RESOURCE_DOES_NOT_EXIST), ErrorCode.Name(INVALID_PARAMETER_VALUE))
"""What a store answers for a name that is not there, or a version that is no number."""

ERASED_IN = "erased_in"
"""Tag of a version with a customer who was erased since; it must not answer any more."""

ANYBODY = "*"
"""Promote whoever is champion at that moment."""

DESCRIPTION = (
    "Ranks a shop's products for each of its customers. `champion` answers, `challenger` was "
    "trained last, `previous` is where a rollback goes. Each version's page is its model card; "
    "the tags below are the moves of the champion: who, when, from, to and why."
)
"""Of the registered model, where nobody wrote another."""

SMOKE_SECONDS = 600


def uri_of(version: ModelVersion) -> str:
    """By its number, so that it stays the same model."""
    return f"models:/{version.name}/{version.version}"


class ChampionMovedError(InputError):
    """Somebody else moved the champion since it was looked at."""


def register(model_uri: str, name: str, tags: Mapping[str, str]) -> ModelVersion:
    """Make a new version of the registered model, and call it ``challenger``."""
    version = mlflow.register_model(model_uri, name, tags=dict(tags))
    client = MlflowClient()
    client.set_registered_model_alias(name, CHALLENGER, version.version)
    if not client.get_registered_model(name).description:
        client.update_registered_model(name, DESCRIPTION)
    return version


def annotate(name: str, version: str, tags: Mapping[str, str], description: str) -> None:
    """Fill what the version's page shows."""
    client = MlflowClient()
    for key, value in tags.items():
        client.set_model_version_tag(name, version, key, value)
    client.update_model_version(name, version, description)


def aliased(name: str, alias: str) -> ModelVersion | None:
    """The version an alias points to; None if the model or the alias is not there."""
    client = MlflowClient()
    try:
        version = client.get_registered_model(name).aliases.get(alias)
    except MlflowException as error:
        if error.error_code == ErrorCode.Name(RESOURCE_DOES_NOT_EXIST):
            return None
        raise
    return client.get_model_version(name, version) if version else None


def resolve(name: str, asked: str) -> ModelVersion:
    """The version meant by a number or an alias.

    Raises
    ------
    InputError
        If there is no such model, version or alias.
    """
    client = MlflowClient()
    try:
        aliases = client.get_registered_model(name).aliases
        return client.get_model_version(name, aliases.get(asked, asked))
    except MlflowException as error:
        if error.error_code not in MISSING:
            raise
        known = ", ".join(sorted(_known(name))) or "none, nothing is registered by this name"
        raise InputError(f"{name!r} has no version {asked!r}; allowed: {known}") from None


def _known(name: str) -> list[str]:
    """Aliases and versions that can be asked for."""
    client = MlflowClient()
    found = client.search_registered_models(f"name = '{name}'")
    versions = client.search_model_versions(f"name = '{name}'")
    return [
        *(alias for model in found for alias in model.aliases),
        *(str(v.version) for v in versions),
    ]


def champion(name: str) -> ModelVersion | None:
    """The version that answers today, if there is one."""
    return aliased(name, CHAMPION)


def promote(name: str, version: str, why: str, expected: str | None = ANYBODY) -> Move | None:
    """Let a version answer from now on; None if it already does.

    ``previous`` is set first and ``champion`` last, each in one step: a reader finds the old or
    the new champion, never none. Moves on one machine wait for each other; between machines the
    last one wins.

    Raises
    ------
    ChampionMovedError
        If ``expected`` (a version, or None for no champion) is not the champion any more.
    """
    with _one_mover(name):
        current = _version_of(name, CHAMPION)
        if expected != ANYBODY and current != expected:
            raise ChampionMovedError(f"champion was {expected}, and is {current}")
        if current == version:
            return None
        if current:
            MlflowClient().set_registered_model_alias(name, PREVIOUS, current)
        MlflowClient().set_registered_model_alias(name, CHAMPION, version)
        return recorded(name, PROMOTE, current, version, why)


def rollback(name: str, why: str) -> Move:
    """Let the previous version answer again; a second rollback goes one further back.

    Raises
    ------
    InputError
        If there is no champion or no version before it, or that version does not answer.
    """
    with _one_mover(name):
        current = _version_of(name, CHAMPION)
        before = way_back(name, current)
        target = _rolled_back_to(name, current, before)
        further = _predecessor(name, target, before)
        check(name, target)
        client = MlflowClient()
        client.set_registered_model_alias(name, CHAMPION, target)
        if further:
            client.set_registered_model_alias(name, PREVIOUS, further)
        else:
            client.delete_registered_model_alias(name, PREVIOUS)
        return recorded(name, ROLLBACK, current, target, why)


def check(name: str, version: str) -> None:
    """Load a version in a process of its own, as a server would, and ask it once.

    Raises
    ------
    InputError
        If the version does not exist, does not load, fails its manifest, gives no answer, or holds
        a customer who was erased.
    """
    uri = f"models:/{name}/{version}"
    erased_in = resolve(name, version).tags.get(ERASED_IN)
    if erased_in:
        raise InputError(
            f"{uri} is refused, the champion stays: it holds a customer who was erased, and "
            f"version {erased_in} took its place"
        )
    stores = {
        "MLFLOW_TRACKING_URI": mlflow.get_tracking_uri(),
        "MLFLOW_REGISTRY_URI": mlflow.get_registry_uri(),
    }
    # -P: the folder of the script must not shadow packages that the model imports.
    command = [sys.executable, "-P", smoke.__file__, uri]
    try:
        with TemporaryDirectory() as scratch:  # where it fetches the model from a remote store
            done = subprocess.run(
                command,
                env=os.environ | stores | {"TMPDIR": scratch},
                capture_output=True,
                text=True,
                timeout=SMOKE_SECONDS,
            )
    except subprocess.TimeoutExpired:
        raise InputError(
            f"{uri} is refused: no answer within {SMOKE_SECONDS} s; the champion stays"
        ) from None
    if done.returncode:
        said = done.stderr.strip().splitlines() or ["it ended without a word"]
        raise InputError(f"{uri} is refused, the champion stays: {said[-1]}")


def _rolled_back_to(name: str, current: str | None, before: list[str]) -> str:
    if current is None:
        raise InputError(f"{name!r} has no champion to roll back from")
    target = _version_of(name, PREVIOUS)
    if target == current:  # a move was cut short between its two steps
        target = _may_answer(name, before[-1]) if before else None
    if target is None:
        raise InputError(f"{name!r} has no version before champion {current} to roll back to")
    return target


def _predecessor(name: str, version: str, before: list[str]) -> str | None:
    """The champion that this version replaced, if it is still there and may answer."""
    place = place_in(before, version)
    return _may_answer(name, before[place - 1]) if place else None


def _may_answer(name: str, version: str) -> str | None:
    """The version, if it is still there and holds nobody who was erased."""
    found = MlflowClient().search_model_versions(f"name = '{name}'")
    allowed = {str(each.version) for each in found if ERASED_IN not in each.tags}
    return version if version in allowed else None


def _version_of(name: str, alias: str) -> str | None:
    found = aliased(name, alias)
    return str(found.version) if found else None


def _one_mover(name: str) -> AbstractContextManager[None]:
    """Wait for other moves of this model on this machine, by this user."""
    return one_at_a_time(f"move {mlflow.get_registry_uri()} {name}")
