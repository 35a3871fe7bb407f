import lightgbm
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from model.trees import MAX_LEAVES, Trees
from training.ranking.trees import as_arrays


def stump_of(threshold: float, low: float, high: float) -> Trees:
    """One split on the only feature: low where the value is not above the threshold, else high."""
    n_splits = MAX_LEAVES - 1
    thresholds = np.full((1, n_splits), np.inf, np.float32)
    kept = np.full((1, n_splits), 0xFFFF, np.uint16)
    leaves = np.zeros((1, MAX_LEAVES), np.float32)
    thresholds[0, 0], kept[0, 0], leaves[0, :2] = threshold, 0xFFFE, (low, high)
    return Trees(("x",), np.zeros((1, n_splits), np.int32), thresholds, kept, leaves)


def test_a_row_goes_left_where_its_value_is_not_above_the_threshold():
    stump = stump_of(0.5, low=-1.0, high=2.0)
    rows = np.array([[0.4], [0.5], [0.6]], np.float32)
    assert stump.predict(rows).tolist() == [-1.0, -1.0, 2.0]


def test_no_rows_give_no_predictions():
    assert stump_of(0.5, 0, 1).predict(np.empty((0, 1), np.float32)).shape == (0,)


def learnt(seed: int, n_trees: int, leaves: int) -> tuple[lightgbm.Booster, np.ndarray]:
    rng = np.random.default_rng(seed)
    rows = rng.integers(-3, 4, (400, 5)).astype(np.float32) / 2
    bought = rows[:, 0] * rows[:, 1] + rng.normal(0, 0.5, 400) > 0
    parameters = {"num_leaves": leaves, "min_data_in_leaf": 3, "verbose": -1, "seed": seed}
    data = lightgbm.Dataset(rows, bought.astype(int))
    return lightgbm.train({**parameters, "objective": "binary"}, data, n_trees), rows


@settings(max_examples=10)
@given(st.integers(0, 1000), st.integers(1, 20), st.integers(2, MAX_LEAVES - 1))
def test_arrays_predict_what_lightgbm_predicts(seed: int, n_trees: int, leaves: int):
    booster, rows = learnt(seed, n_trees, leaves)
    expected = booster.predict(rows, raw_score=True)
    assert as_arrays(booster.dump_model()).predict(rows) == pytest.approx(expected, abs=1e-5)


def test_one_row_is_predicted_as_among_many():
    booster, rows = learnt(0, 20, 15)
    trees = as_arrays(booster.dump_model())
    together = trees.predict(rows)
    alone = np.concatenate([trees.predict(row[None]) for row in rows])
    assert np.array_equal(together, alone)
