import numpy as np
import pytest

from training.similarity.content import content_neighbours

TARGETS = ["green tea", "red wine", "soap"]


def test_the_nearest_share_the_rarest_words():
    # "tea" is in one description of three and "red" in one: both lead to their only bearer.
    near = content_neighbours(["tea", "red"], TARGETS, np.ones(3), k=3).toarray()
    assert (near > 0).tolist() == [[True, False, False], [False, True, False]]
    # Each target has two words that are as rare as one another: the cosine is 1 / sqrt 2.
    assert near[0, 0] == pytest.approx(0.5**0.5)


def test_of_equals_the_one_with_the_higher_factor_comes_first():
    near = content_neighbours(["tea"], ["tea", "tea"], np.array([1.0, 1.1]), k=1).toarray()
    assert near[0, 0] == 0
    assert near[0, 1] == pytest.approx(1.1)


@pytest.mark.parametrize(
    ("sources", "targets"),
    [([], TARGETS), (["tea"], ["", " "]), (["tea"], ["!?"]), (["tea"], []), (["?!"], TARGETS)],
)
def test_where_nothing_can_be_compared_nothing_is_near(sources: list[str], targets: list[str]):
    near = content_neighbours(sources, targets, np.ones(len(targets)), k=3)
    assert near.shape == (len(sources), len(targets))
    assert near.nnz == 0
