import numpy as np
import pytest
from scipy.sparse import csr_array, random_array

from model.blocks import GROUP, best_of_rows, mean_of_best, product
from model.sparse import top_k_rows


def sparse(seed: int, shape: tuple[int, int]) -> csr_array:
    rng = np.random.default_rng(seed)
    return csr_array(random_array(shape, density=0.3, format="csr", dtype=np.float32, rng=rng))


def test_a_product_adds_up_rows_of_the_right_matrix():
    left = csr_array(np.array([[2, 1], [0, 0], [0, 3]], np.float32))
    right = csr_array(np.array([[1, 0, 4], [0, 5, 1]], np.float32))
    # 2 · [1 0 4] + 1 · [0 5 1]; nothing; 3 · [0 5 1].
    assert product(left, right).tolist() == [[2, 5, 9], [0, 0, 0], [0, 15, 3]]


def test_a_row_of_a_product_is_the_same_to_the_last_bit_alone_and_among_many():
    left, right = sparse(0, (20, 50)), sparse(1, (50, 30))
    together = product(left, right)
    assert np.array_equal(np.vstack([product(left[[row]], right) for row in range(20)]), together)
    assert together == pytest.approx(left.toarray() @ right.toarray(), rel=1e-5)


@pytest.mark.parametrize("k", [1, 5, 40])
@pytest.mark.parametrize("n_columns", [3, 5 * GROUP, 40 * GROUP + 7])
def test_best_entries_of_a_block_are_those_of_its_sparse_rows(k: int, n_columns: int):
    # Six different scores, so that most entries at the threshold are tied.
    values = np.random.default_rng(k).integers(0, 6, (9, n_columns)).astype(np.float32)
    expected = top_k_rows(csr_array(values), k).toarray()
    assert np.array_equal(best_of_rows(values, k).toarray(), expected)


def test_a_row_without_positive_scores_has_no_best_ones_and_the_mean_0():
    best = best_of_rows(np.array([[0, 0, 0], [4, 0, 2]], np.float32), 2)
    assert np.diff(best.indptr).tolist() == [0, 2]
    assert mean_of_best(best).tolist() == [0, 3]
