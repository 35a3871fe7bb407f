import pickle
from pathlib import Path

import numpy as np
import pytest

from model.recommender import Recommender
from training.versions.export import export, export_promoted


def test_the_pickles_answer_as_the_recommender_does(recommender: Recommender, tmp_path: Path):
    model_file, matrix_file = export(recommender, tmp_path)
    model = pickle.loads(model_file.read_bytes())
    matrix = pickle.loads(matrix_file.read_bytes())
    assert model.recommend("007", k=5) == recommender.recommend("007", k=5)
    assert matrix.users == recommender.matrix.users
    np.testing.assert_array_equal(matrix.weights.toarray(), recommender.matrix.weights.toarray())
    assert [path.name for path in (model_file, matrix_file)] == [
        "recommendation_model.pkl",
        "user_item_matrix.pkl",
    ]


def test_what_was_not_promoted_leaves_the_pickles_of_what_was(
    recommender: Recommender, tmp_path: Path
):
    export_promoted(recommender, tmp_path, promoted=False)  # the first, where there are none
    before = {path.name: path.stat().st_mtime_ns for path in tmp_path.iterdir()}
    assert len(before) == 2
    export_promoted(recommender, tmp_path, promoted=False)
    assert {path.name: path.stat().st_mtime_ns for path in tmp_path.iterdir()} == before
    export_promoted(recommender, tmp_path, promoted=True)
    assert {path.name: path.stat().st_mtime_ns for path in tmp_path.iterdir()} != before


def test_a_folder_that_cannot_be_written_to_is_told_of_after_a_training(
    recommender: Recommender, tmp_path: Path, caplog: pytest.LogCaptureFixture
):
    export_promoted(recommender, tmp_path / "absent", promoted=True)
    assert f"no pickles in {tmp_path / 'absent'}: " in caplog.text
    assert "the entry point export writes them" in caplog.text


def test_the_pickles_take_an_id_that_is_a_number(recommender: Recommender):
    assert recommender.recommend(7) == recommender.recommend("7")
    assert recommender.matrix.of(7).equals(recommender.matrix.of("7"))


def test_a_failed_export_leaves_the_old_file_and_no_scraps(
    recommender: Recommender, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    export(recommender, tmp_path)
    before = {path.name: path.read_bytes() for path in tmp_path.iterdir()}

    def full_disk(*_: object, **__: object) -> None:
        raise OSError("no space left on device")

    monkeypatch.setattr(pickle, "dump", full_disk)
    with pytest.raises(OSError, match="no space left"):
        export(recommender, tmp_path)
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == before
