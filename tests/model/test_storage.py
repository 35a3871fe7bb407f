import json
from pathlib import Path

import numpy as np
import pytest

from model import storage
from model.recommender import Recommender
from model.storage import DamagedModelError


@pytest.fixture
def saved(recommender: Recommender, tmp_path: Path) -> Path:
    storage.save(recommender, tmp_path / "model")
    return tmp_path / "model"


def arrays(folder: Path) -> list[Path]:
    return sorted(folder.glob("*.npy"))


def test_only_plain_arrays_and_json_are_written(saved: Path):
    assert {path.suffix for path in saved.iterdir()} == {".npy", ".json"}
    for path in arrays(saved):
        assert np.load(path, allow_pickle=False).dtype != object


def test_saving_twice_gives_the_same_bytes(recommender: Recommender, saved: Path, tmp_path: Path):
    storage.save(recommender, tmp_path / "again")
    for path in saved.iterdir():
        assert (tmp_path / "again" / path.name).read_bytes() == path.read_bytes()


def test_a_loaded_model_saves_to_the_same_bytes(saved: Path, tmp_path: Path):
    storage.save(storage.load(saved), tmp_path / "again")
    for path in saved.iterdir():
        assert (tmp_path / "again" / path.name).read_bytes() == path.read_bytes()


def test_loaded_arrays_are_mapped_and_cannot_be_written(saved: Path):
    weights = storage.load(saved).matrix.weights
    assert not weights.data.flags.writeable


def test_one_changed_byte_anywhere_is_noticed(saved: Path):
    for path in arrays(saved):
        content = path.read_bytes()
        path.write_bytes(content[:-1] + bytes([content[-1] ^ 1]))
        with pytest.raises(DamagedModelError, match=f"{path.name} is not the file that was saved"):
            storage.load(saved)
        path.write_bytes(content)


def test_a_missing_file_is_named(saved: Path):
    gone = arrays(saved)[0]
    gone.unlink()
    with pytest.raises(DamagedModelError, match=f"{gone.name} cannot be read"):
        storage.load(saved)


@pytest.mark.parametrize("content", ["", "not json", "[]", "{}"])
def test_a_manifest_that_is_not_ours_is_refused(saved: Path, content: str):
    (saved / storage.MANIFEST).write_text(content)
    with pytest.raises(DamagedModelError, match=storage.MANIFEST):
        storage.load(saved)


def test_another_format_is_refused_and_told_what_is_allowed(saved: Path):
    manifest = json.loads((saved / storage.MANIFEST).read_text())
    (saved / storage.MANIFEST).write_text(json.dumps({**manifest, "format": 99}))
    with pytest.raises(DamagedModelError, match=r"has format 99, .*; allowed: 6: train again"):
        storage.load(saved)


def test_a_class_that_is_not_ours_is_never_built(saved: Path):
    manifest = json.loads((saved / storage.MANIFEST).read_text())
    manifest["recommender"]["kind"] = "Popen"
    (saved / storage.MANIFEST).write_text(json.dumps(manifest))
    with pytest.raises(DamagedModelError, match="Popen"):
        storage.load(saved)
