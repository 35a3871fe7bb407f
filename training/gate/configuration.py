"""A version's configuration, read back from what its run logged."""

import json
from collections.abc import Mapping
from dataclasses import dataclass

from training.config import Knobs, MainConfig, validated
from training.errors import InputError


@dataclass(frozen=True)
class LoggedConfiguration:
    """What a version was trained with.

    Attributes
    ----------
    missing : list of str
        Knobs that did not exist when it was trained; today's defaults stand in.
    """

    version: str
    knobs: Knobs
    test_days: float
    missing: list[str]

    def differs_from(self, config: MainConfig) -> list[str]:
        """Names of the knobs that are others in a configuration."""
        ours = config.model_dump()
        theirs = {**self.knobs.model_dump(), "test_days": self.test_days}
        return [name for name, value in theirs.items() if ours[name] != value]


def read_back(version: str, params: Mapping[str, str]) -> LoggedConfiguration:
    """Read a configuration back from a run's params.

    Raises
    ------
    InputError
        If a value is not allowed any more, or there are no params at all.
    """
    known = {name: params[name] for name in Knobs.model_fields if name in params}
    if not known:
        raise InputError(f"version {version} has no logged configuration")
    missing = [name for name in Knobs.model_fields if name not in params]
    given = {name: _parsed(value) for name, value in known.items()}
    test_days = float(params.get("test_days", 0))
    return LoggedConfiguration(version, validated(Knobs, **given), test_days, missing)


def _parsed(value: str) -> object:
    """A mapping is logged as JSON, everything else as plain text."""
    return json.loads(value) if value.startswith("{") else value
