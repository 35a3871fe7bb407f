import numpy as np
import pytest

from model.recommender import Recommender
from training import lists
from training.lists import lists_of


@pytest.mark.parametrize("n_workers", [1, 3])
def test_threads_give_the_lists_of_one_call_in_the_order_asked_for(
    recommender: Recommender, monkeypatch: pytest.MonkeyPatch, n_workers: int
):
    monkeypatch.setattr(lists, "CUSTOMERS_AT_ONCE", 7)
    rows = np.arange(recommender.matrix.shape[0])[::-1]
    scenarios, done = ("for_you", "discover"), []
    found = lists_of(recommender, rows, 20, scenarios, done.append, n_workers)
    expected = recommender.recommend_scenarios(rows, 20, scenarios)
    assert found.keys() == expected.keys()
    for name in scenarios:
        np.testing.assert_array_equal(found[name], expected[name])
    assert sum(done) == len(rows)
