"""The log of who was made to answer, when and why, kept in the registry beside the versions."""

import getpass
import json
import logging
import os
import socket
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime

from mlflow import MlflowClient

PROMOTE, ROLLBACK = "promote", "rollback"

MOVE_TAG = "move/"
"""Every move is one tag of the registered model, so that two writers never overwrite a line."""

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Move:
    """One change of who answers: who, when, from, to and why."""

    kind: str
    at: str
    by: str
    from_version: str | None
    to_version: str
    why: str

    def __str__(self) -> str:
        return (
            f"{self.kind}: champion {self.from_version or 'none'} -> {self.to_version}: {self.why}"
        )


def recorded(name: str, kind: str, before: str | None, after: str, why: str) -> Move:
    """Write down that the champion moved."""
    at = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
    move = Move(kind, at, f"{_user()}@{socket.gethostname()}", before, after, why[:4000])
    client = MlflowClient()
    client.set_registered_model_tag(name, MOVE_TAG + at, json.dumps(asdict(move)))
    for key, value in asdict(move).items():
        client.set_model_version_tag(name, after, f"moved_{key}", str(value or ""))
    logger.info("%s %s", name, move)
    return move


def _user() -> str:
    """The user's name; the number of one who has none, as in many a container."""
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return f"uid {os.getuid()}"


def moves(name: str) -> list[Move]:
    """Every move of the champion, oldest first."""
    tags = MlflowClient().get_registered_model(name).tags
    return [Move(**json.loads(tags[key])) for key in sorted(tags) if key.startswith(MOVE_TAG)]


def way_back(name: str, current: str | None) -> list[str]:
    """Champions before the current one, the latest last; what a rollback undid is not among them.

    ::

        promote 1, promote 2, promote 3, roll back to 2, promote 4     ->     1, 2
    """
    way: list[str] = []
    for move in moves(name):
        if move.kind == ROLLBACK:
            way = way[: place_in(way, move.to_version)]
        elif move.from_version and way[-1:] != [move.from_version]:
            way.append(move.from_version)
        way.append(move.to_version)
    return way[:-1] if way[-1:] == [current] else way


def place_in(way: Sequence[str], version: str) -> int:
    """Where a version is last; 0 where it is not.

    >>> place_in(["1", "2", "1", "3"], "1"), place_in(["1", "2"], "7")
    (2, 0)
    """
    return max((place for place, each in enumerate(way) if each == version), default=0)
