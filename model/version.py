"""Which version of the registered model this is, as far as its files or its server know."""

import os
from pathlib import Path

import yaml

VERSION_VARIABLE = "PRODUCT_RECOMMENDER_MODEL_VERSION"
"""The environment variable by which our server says it."""

META = "registered_model_meta"
"""MLflow writes this file beside a model that it has fetched by its registered name."""


def version_of(folder: Path) -> str | None:
    """The version of the logged model in a folder; None for one that was not fetched by name."""
    said = os.environ.get(VERSION_VARIABLE)
    if said or not (folder / META).is_file():
        return said or None
    return str(yaml.safe_load((folder / META).read_text("utf-8"))["model_version"])
