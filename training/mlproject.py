"""Writes MLproject, so that its parameters are the configuration's and nothing is said twice.

``python -m training.mlproject > MLproject``
"""

import sys

import yaml

from training.__main__ import ENTRY_POINTS, as_text
from training.config import Config

NUMBERS = (int, float)
"""Types that MLproject calls float; it has no whole numbers."""


def mlproject() -> str:
    """The text of MLproject: one entry point a command, every parameter typed and defaulted."""
    entry_points = {name: _entry_point(name, kind) for name, kind in ENTRY_POINTS.items()}
    project = {
        "name": "product-recommender",
        "conda_env": "conda.yaml",
        "entry_points": entry_points,
    }
    return yaml.safe_dump(project, sort_keys=False, width=1000)


def _entry_point(name: str, kind: type[Config]) -> dict[str, object]:
    parameters = {
        field: {
            "type": "float" if info.annotation in NUMBERS else "string",
            "default": as_text(info.default),
        }
        for field, info in kind.model_fields.items()
    }
    options = " ".join(f"--{field} {{{field}}}" for field in kind.model_fields)
    return {"parameters": parameters, "command": f"python -m training {name} {options}"}


if __name__ == "__main__":
    sys.stdout.write(mlproject())
