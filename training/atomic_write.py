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
    refuse_folder(path)
    scratch = path.with_name(f".{os.getpid()}.tmp.{path.name}")
    try:
        yield scratch
        scratch.replace(path)
    finally:
        scratch.unlink(missing_ok=True)


def refuse_folder(path: Path) -> None:
    """Nothing can be written under the name of a folder."""
    if path.is_dir():
        raise InputError(f"output {str(path)!r} is a folder; allowed: the name of a file")


def refuse_input(path: Path, *inputs: str | None) -> None:
    """What is read must not be written over: a shop has its log once.

    Raises
    ------
    InputError
        If ``path`` is one of the files that are read, under whatever name.
    """
    for given in filter(None, inputs):
        read = Path(given).expanduser()
        if path.exists() and read.exists() and path.samefile(read):
            raise InputError(
                f"output {str(path)!r} is {given!r}, which is read; allowed: another name"
            )
