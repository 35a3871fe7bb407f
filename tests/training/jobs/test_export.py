import pickle
from pathlib import Path

import numpy as np
import pytest

from training.versions import export

from .conftest import EXPORTED, Command

pytestmark = pytest.mark.slow


def test_a_registered_model_is_exported_as_main_exported_it(
    champion: Path, command: Command, tmp_path: Path
):
    done = command("export", "--folder", str(tmp_path / "new"))
    assert done.code == 0, done.err
    assert done.out.startswith("models:/product-recommender/1: ")
    for name in (export.MODEL_FILE, export.MATRIX_FILE):
        assert (tmp_path / "new" / name).exists()
    ours = pickle.loads((tmp_path / "new" / export.MODEL_FILE).read_bytes())
    mains = pickle.loads((champion / EXPORTED / export.MODEL_FILE).read_bytes())
    assert ours.recommend("007") == mains.recommend("007")
    for scenario, lists in mains.lists.items():
        np.testing.assert_array_equal(ours.lists[scenario], lists)


def test_without_a_folder_it_lands_where_main_writes(champion: Path, command: Command):
    (champion / export.MATRIX_FILE).unlink()
    assert command("export", "--model_uri", "models:/product-recommender/1").code == 0
    assert (champion / export.MATRIX_FILE).exists()


def test_an_unknown_model_is_refused_and_writes_nothing(
    champion: Path, command: Command, tmp_path: Path
):
    refused = command("export", "--model_uri", "models:/nothing/1", "--folder", str(tmp_path / "x"))
    assert refused.code == 2
    assert "'nothing' has no version '1'" in refused.error
    assert not (tmp_path / "x").exists()
