import json
from pathlib import Path

import numpy as np
import pytest

from model import storage
from model.recommender import Recommender
from training.gate.rails import served
from training.precompute import latest_customers, n_kept, with_lists


def test_everybody_s_list_is_kept_in_a_shop_of_ordinary_size(recommender: Recommender):
    assert n_kept(recommender.matrix) == 80
    stored = with_lists(recommender)
    assert {len(lists) for lists in stored.lists.values()} == {80}
    assert not len(stored.places)


def test_the_customers_seen_last_are_those_of_the_lowest_age(recommender: Recommender):
    matrix = recommender.matrix
    frame = matrix.to_frame().groupby("user_id")["age_days"].min()
    expected = frame.sort_values(kind="stable").index[:10]
    assert matrix.users.ids_of(latest_customers(matrix, 10)) == sorted(expected)


@pytest.mark.parametrize("kept", [0, 25])
def test_customers_without_a_kept_list_get_the_same_answer(
    recommender: Recommender, tmp_path: Path, kept: int
):
    storage.save(with_lists(recommender, kept=kept), tmp_path)
    some, everybody = storage.load(tmp_path), with_lists(recommender)
    ids = recommender.matrix.users.ids_of(range(80))
    listed = [some.listed(row, 10, "for_you") for row in range(80)]
    assert sum(products is not None for products in listed) == kept
    for user_id, products in zip(ids, listed, strict=True):
        answer = everybody.recommend(user_id, 10)
        assert some.recommend(user_id, 10) == answer
        assert products is None or products == answer
    rows = np.arange(80)
    np.testing.assert_array_equal(
        some.served_rows(rows, 10, "discover"), everybody.lists["discover"][:, :10]
    )
    np.testing.assert_array_equal(served(some, rows, "for_you"), everybody.lists["for_you"][:, :10])


@pytest.mark.slow
def test_two_threads_compute_the_same_lists(recommender: Recommender):
    done: list[int] = []
    alone = with_lists(recommender, n_workers=1)
    together = with_lists(recommender, done.append, n_workers=2)
    for name, lists in alone.lists.items():
        assert lists.tobytes() == together.lists[name].tobytes()
    assert sum(done) == 80


def test_a_model_saved_before_there_were_places_has_everybody_s_list(
    recommender: Recommender, tmp_path: Path
):
    stored = with_lists(recommender)
    storage.save(stored, tmp_path)
    manifest = json.loads((tmp_path / "manifest.json").read_text())
    del manifest["recommender"]["fields"]["map"]["places"]
    (tmp_path / "manifest.json").write_text(json.dumps(manifest))
    assert storage.load(tmp_path).listed(7, 10, "for_you") == stored.listed(7, 10, "for_you")
