"""The two pickles that plain Python loads from a clone; they never travel inside a logged model."""

import logging
import pickle
from pathlib import Path
from typing import Any

import model
from model.recommender import Recommender
from training.atomic_write import beside
from training.config import ExportConfig
from training.versions.opened import opened

logger = logging.getLogger("training")

EXPORTS = Path(model.__file__).parent
"""Where plain Python looks for them."""

MODEL_FILE = "recommendation_model.pkl"
MATRIX_FILE = "user_item_matrix.pkl"


def export(recommender: Recommender, folder: Path) -> list[Path]:
    """Write ``recommendation_model.pkl`` and ``user_item_matrix.pkl``, each whole or not at all."""
    return [
        _pickled(recommender, folder / MODEL_FILE),
        _pickled(recommender.matrix, folder / MATRIX_FILE),
    ]


def export_promoted(recommender: Recommender, folder: Path, promoted: bool) -> None:
    """Export what answers from now on; what does not leaves the pickles of another in peace.

    A folder that cannot be written to, as in a container, is told of: the model is registered.
    """
    if not promoted and (folder / MODEL_FILE).exists():
        logger.info("the pickles in %s stay as they are: this version was not promoted", folder)
        return
    try:
        export(recommender, folder)
    except OSError as error:
        logger.warning("no pickles in %s: %s; the entry point export writes them", folder, error)


def export_logged(config: ExportConfig) -> str:
    """Export a logged model; returns what was written."""
    folder = Path(config.folder).expanduser() if config.folder else EXPORTS
    with opened(config.model_uri) as logged:
        folder.mkdir(parents=True, exist_ok=True)
        written = export(logged.recommender, folder)
    return f"{logged.uri}: {' and '.join(map(str, written))}"


def _pickled(value: Any, path: Path) -> Path:
    with beside(path) as scratch, scratch.open("wb") as file:
        pickle.dump(value, file, protocol=5)
    return path
