"""Writing a file so that it is whole or not there: what is killed leaves the old one."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from training.errors import InputError


@contextmanager
def beside(path: Path) -> Iterator[Path]:
    """A name to write under; what was written replaces ``path`` at the end, or is removed.

    It is hidden, and ends as ``path`` does, so that it can be read before it is there.

    Raises
    ------
    InputError
        If a folder has that name.
    """
    if path.is_dir():
        raise InputError(f"output {str(path)!r} is a folder; allowed: the name of a file")
    scratch = path.with_name(f".{os.getpid()}.tmp.{path.name}")
    try:
        yield scratch
        scratch.replace(path)
    finally:
        scratch.unlink(missing_ok=True)
