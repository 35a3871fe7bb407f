"""Locks that only processes of this user hold, in a folder that nobody else can reach."""

import stat
import tempfile
from pathlib import Path

import pytest

from training.errors import InputError
from training.locks import one_at_a_time


@pytest.fixture(autouse=True)
def shared(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder for temporary files, which other users can write to as well."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    return tmp_path


def lock_in(shared: Path) -> Path:
    with one_at_a_time("count"):
        pass
    [lock] = shared.glob("*/*.lock")
    return lock


def test_a_lock_lies_where_nobody_else_can_reach_it(shared: Path):
    lock = lock_in(shared)
    assert stat.S_IMODE(lock.stat().st_mode) == 0o600
    assert stat.S_IMODE(lock.parent.stat().st_mode) == 0o700


def test_what_is_done_already_is_refused_or_done_afterwards(shared: Path):
    with one_at_a_time("count"):
        with one_at_a_time("something else", wait=False):
            pass
        with pytest.raises(BlockingIOError), one_at_a_time("count", wait=False):
            pass
    with one_at_a_time("count", wait=False):
        pass


def test_a_link_in_the_place_of_a_lock_is_not_followed(shared: Path):
    lock, precious = lock_in(shared), shared / "precious"
    precious.write_text("kept")
    lock.unlink()
    lock.symlink_to(precious)
    with pytest.raises(OSError, match="symbolic link"), one_at_a_time("count"):
        pass
    assert precious.read_text() == "kept"


def test_a_folder_that_others_can_write_to_is_refused(shared: Path):
    lock_in(shared).parent.chmod(0o777)
    with pytest.raises(InputError, match="is not a folder that is this user's alone"):
        lock_in(shared)


def test_a_link_in_the_place_of_the_folder_is_refused(shared: Path):
    folder, elsewhere = lock_in(shared).parent, shared / "elsewhere"
    folder.rename(elsewhere)
    folder.symlink_to(elsewhere)
    with pytest.raises(InputError, match="is not a folder that is this user's alone"):
        lock_in(shared)
