"""One at a time: what two processes of one machine must not do at the same moment."""

import fcntl
import hashlib
import os
import stat
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from tempfile import gettempdir

from training.errors import InputError

ONLY_OURS = stat.S_IRWXU


@contextmanager
def one_at_a_time(what: str, wait: bool = True) -> Iterator[None]:
    """Wait for other processes of this user, on this machine, that do the same thing.

    The kernel lets go of the lock when its holder ends, however it ends.

    Raises
    ------
    BlockingIOError
        If another process does it, and is not to be waited for.
    """
    key = hashlib.sha256(what.encode()).hexdigest()[:16]
    path = _folder() / f"{key}.lock"
    file = os.open(path, os.O_CREAT | os.O_RDWR | os.O_NOFOLLOW, 0o600)
    try:
        fcntl.flock(file, fcntl.LOCK_EX if wait else fcntl.LOCK_EX | fcntl.LOCK_NB)
        yield
    finally:
        os.close(file)


@contextmanager
def nobody_else(what: str, told: str) -> Iterator[None]:
    """Be the only process of this user, on this machine, that does it.

    Raises
    ------
    InputError
        ``told``, if another one does.
    """
    with ExitStack() as held:
        try:
            held.enter_context(one_at_a_time(what, wait=False))
        except BlockingIOError:
            raise InputError(told) from None
        yield


def _folder() -> Path:
    """This user's folder for locks, which nobody else can read or write.

    Raises
    ------
    InputError
        If there is something else by that name, as anybody can make it in a folder that all share.
    """
    folder = Path(gettempdir(), f"product-recommender-{os.getuid()}")
    folder.mkdir(ONLY_OURS, exist_ok=True)
    found = folder.lstat()
    if not stat.S_ISDIR(found.st_mode) or found.st_uid != os.getuid() or found.st_mode & 0o077:
        raise InputError(
            f"{folder} is not a folder that is this user's alone; remove it, or name another "
            "folder for temporary files by TMPDIR"
        )
    return folder
