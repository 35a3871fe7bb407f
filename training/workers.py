"""Processes that answer from one saved model: all map the same files, so it is in memory once."""

import os
import threading
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context, parent_process
from pathlib import Path

from model import storage
from model.recommender import Recommender

_loaded: Recommender


def model_pool(folder: Path, n_workers: int) -> ProcessPoolExecutor:
    """A pool in which `loaded` is the model saved in the folder.

    Processes start afresh: one forked from a process with threads may hang.
    """
    return ProcessPoolExecutor(n_workers, get_context("spawn"), _start, (folder,))


def loaded() -> Recommender:
    """The model, for a function that runs in the pool."""
    return _loaded


def _start(folder: Path) -> None:
    global _loaded
    threading.Thread(target=_end_with_parent, daemon=True).start()
    _loaded = storage.load(folder)


def _end_with_parent() -> None:
    """A worker whose parent was killed would wait for work for ever."""
    parent = parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)
