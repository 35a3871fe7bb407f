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
    expected = top_k_rows(csr_array(values), k)
    places, indptr = best_of_rows(values, k)
    assert np.array_equal(indptr, expected.indptr)
    assert np.array_equal(places % n_columns, expected.indices)


def test_the_mean_of_the_best_leaves_out_what_is_not_above_0():
    # (5 + 2) / 2; nothing above 0; no entries; 4 alone.
    scores, indptr = np.array([2, 5, 1, 0, 0, 4]), np.array([0, 3, 4, 4, 6])
    assert mean_of_best(scores, indptr, k=2).tolist() == [3.5, 0, 0, 4]
