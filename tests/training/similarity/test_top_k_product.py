import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy.sparse import csr_array

from training.similarity.top_k_product import top_k_product


def dense_top_k(scores, k):
    """Every row's k highest positive scores, ties by lowest column, by sorting all of them."""
    best = np.zeros_like(scores)
    for row, values in enumerate(scores):
        columns = np.lexsort((np.arange(len(values)), -values))[:k]
        columns = columns[values[columns] > 0]
        best[row, columns] = values[columns]
    return best


def without_diagonal(scores, offset):
    kept = scores.copy()
    kept[np.eye(*scores.shape, k=offset, dtype=bool)] = 0
    return kept


def small_integers(shape):
    """Sums and products of small integers are exact, so that ties are true ones."""
    return arrays(np.float64, shape, elements=st.sampled_from([0.0, 0.0, 0.0, 1.0, 2.0, -1.0]))


@st.composite
def products(draw):
    n_rows, n_inner, n_columns = (draw(st.integers(1, 25)) for _ in range(3))
    left = draw(small_integers((n_rows, n_inner)))
    right = draw(small_integers((n_inner, n_columns)))
    factors = draw(arrays(np.float64, n_columns, elements=st.sampled_from([0.0, 0.5, 1.0, 2.0])))
    return left, right, factors


@settings(max_examples=150)
@given(products(), st.integers(1, 6), st.none() | st.integers(-4, 4))
def test_it_equals_sorting_every_row_of_the_dense_product(matrices, k, offset):
    left, right, factors = matrices
    scores = left @ right * factors
    if offset is not None:
        scores = without_diagonal(scores, offset)
    best = top_k_product(
        csr_array(left), csr_array(right), k, column_factors=factors, skip_diagonal_offset=offset
    )
    np.testing.assert_array_equal(best.toarray(), dense_top_k(scores, k))


def test_two_baskets_by_hand():
    # Products 0 and 1 share both baskets; product 2 is in the second one only.
    baskets = csr_array(np.array([[1.0, 1.0, 0.0], [1.0, 1.0, 1.0]]))
    together = top_k_product(csr_array(baskets.T.tocsr()), baskets, 1, skip_diagonal_offset=0)
    assert together.toarray().tolist() == [[0, 2, 0], [2, 0, 0], [1, 0, 0]]


def test_equal_scores_go_to_the_lowest_columns():
    row, ones = csr_array(np.ones((1, 1))), csr_array(np.ones((1, 1000)))
    assert top_k_product(row, ones, 3).indices.tolist() == [0, 1, 2]


def test_a_row_with_thousands_of_candidates_equals_the_dense_one():
    rng = np.random.default_rng(0)
    left, right = rng.integers(0, 9, (5, 40)), rng.integers(0, 9, (40, 3000))
    best = top_k_product(csr_array(left * 1.0), csr_array(right * 1.0), 7)
    np.testing.assert_array_equal(best.toarray(), dense_top_k(left @ right * 1.0, 7))


def test_sums_that_pass_through_zero_again_and_again_are_counted_once():
    # 1 - 1 + 1 - 1 + 1 = 1 in every column, and 0 on the way.
    left = csr_array(np.array([[1.0, -1.0, 1.0, -1.0, 1.0]]))
    best = top_k_product(left, csr_array(np.ones((5, 4))), 3)
    assert best.toarray().tolist() == [[1, 1, 1, 0]]


def test_stored_zeros_are_no_neighbours():
    right = csr_array((np.zeros(3), [0, 1, 2], [0, 3]), shape=(1, 3))
    assert top_k_product(csr_array(np.ones((1, 1))), right, 2).nnz == 0


def test_every_number_of_threads_gives_the_same_bytes():
    rng = np.random.default_rng(1)
    baskets = csr_array(rng.random((400, 300)) * (rng.random((400, 300)) < 0.1))
    by_product = csr_array(baskets.T.tocsr())
    first, *others = (
        top_k_product(by_product, baskets, 10, skip_diagonal_offset=0, n_threads=n_threads)
        for n_threads in (1, 2, 5)
    )
    for other in others:
        assert other.data.tobytes() == first.data.tobytes()
        assert other.indices.tobytes() == first.indices.tobytes()
        assert other.indptr.tobytes() == first.indptr.tobytes()


@pytest.mark.parametrize("shape", [(0, 3), (3, 0), (2, 2)])
def test_nothing_gives_an_empty_product(shape):
    left = csr_array((shape[0], 4))
    right = csr_array((4, shape[1]))
    best = top_k_product(left, right, 5, skip_diagonal_offset=0)
    assert (best.shape, best.nnz) == (shape, 0)


def test_shapes_that_do_not_fit_are_refused():
    with pytest.raises(ValueError, match="left has 2 columns but right has 3 rows"):
        top_k_product(csr_array((1, 2)), csr_array((3, 1)), 1)


def test_k_below_one_is_refused():
    with pytest.raises(ValueError, match="k is 0; it must be at least 1"):
        top_k_product(csr_array((1, 2)), csr_array((2, 1)), 0)
