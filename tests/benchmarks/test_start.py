import os

from benchmarks.start import loading, proportional_set_size, synthetic
from model import storage


def test_the_synthetic_model_answers_from_kept_lists_and_by_computing(tmp_path):
    made = synthetic(n_users=50, n_items=120, per_user=5, neighbours=6)
    storage.save(made, tmp_path / "model")
    loaded = storage.load(tmp_path / "model")
    for user_id in ("u0000007", None):
        assert len(loaded.recommend(user_id)) == 10
    assert loaded.matrix.shape == (50, 120)


def test_loading_is_timed_in_a_process_of_its_own(tmp_path):
    storage.save(synthetic(n_users=50, n_items=120, per_user=5, neighbours=6), tmp_path)
    line = loading(tmp_path)
    assert line["case"] == "load"
    assert line["check_s"] > 0
    assert line["load_s"] > 0


def test_memory_is_that_of_the_process_and_its_children():
    assert proportional_set_size(os.getpid()) > 10
