import numpy as np
import pytest

from model.candidates import Candidates
from model.rankers import Blend, TwoStage
from model.trees import Trees


def candidates() -> Candidates:
    scores = np.array([[1, 0], [0, 2], [3, 1]], np.float32)
    return Candidates(
        np.array([0, 3]), np.arange(3), np.full(3, -1), scores, ("similar_items", "popular")
    )


def test_a_blend_is_the_weighted_sum_of_the_columns():
    # 2·1 + 1·0, 2·0 + 1·2, 2·3 + 1·1
    total = Blend(np.array([2, 1], np.float32)).total(candidates())
    assert total.tolist() == [2, 2, 7]


def test_two_stages_add_the_blend_to_the_probability_in_units_of_the_best():
    flat = np.zeros((1, 15), np.int32)
    trees = Trees(
        ("x",),
        flat,
        np.full((1, 15), np.inf, np.float32),
        np.full((1, 15), 0xFFFF, np.uint16),
        np.zeros((1, 16), np.float32),
    )
    ranker = TwoStage(Blend(np.array([1, 0], np.float32)), trees, share=0.5)
    blended = ranker.blend.total(candidates())  # 1, 0, 3: mean of the best 2
    combined = ranker.combined(candidates(), np.zeros((3, 1), np.float32), blended)
    # Every probability is .5, so 1 in units of the best; the blend is .5, 0, 1.5.
    assert combined == pytest.approx(1 + 0.5 * np.array([0.5, 0, 1.5]))
