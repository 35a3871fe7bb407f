import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays
from scipy.sparse import csr_array

from model.sparse import best_positions, scale_columns, scale_rows, top_k_rows

SCORES = arrays(
    np.float32,
    array_shapes(min_dims=2, max_dims=2, max_side=20),
    elements=st.sampled_from([0.0, -1.0, 1.0, 1.0, 2.0, 3.0]),
)


@given(SCORES, st.integers(1, 6))
def test_top_k_rows_equals_sorting_every_row(scores, k):
    expected = np.zeros_like(scores)
    for row, values in enumerate(scores):
        columns = np.lexsort((np.arange(len(values)), -values))[:k]
        columns = columns[values[columns] > 0]
        expected[row, columns] = values[columns]
    np.testing.assert_array_equal(top_k_rows(csr_array(scores), k).toarray(), expected)


def test_columns_in_any_order_give_ascending_ones():
    # Columns 5, 2, 9 score 1, 1, 1: the two lowest columns stay.
    shuffled = csr_array((np.ones(3), [5, 2, 9], [0, 3]), shape=(1, 10))
    assert top_k_rows(shuffled, 2).indices.tolist() == [2, 5]


def test_ties_below_a_clear_winner_go_to_the_lowest_columns():
    # 4 wins; of the three 1s there is room for two.
    assert top_k_rows(csr_array(np.array([[1, 1, 4, 1]])), 3).toarray().tolist() == [[1, 1, 4, 0]]


def test_short_and_long_rows_are_cut_alike():
    # Rows of 1 to 64 entries with the scores 1, 2, ...: the last three columns are the best.
    rows = np.tril(np.tile(np.arange(1.0, 65), (64, 1)))
    best = top_k_rows(csr_array(rows), k=3).toarray()
    assert np.array_equal(best, np.tril(rows) * np.triu(np.ones((64, 64)), -2))


def test_the_matrix_that_was_given_stays_as_it_was():
    shuffled = csr_array((np.ones(3), [5, 2, 9], [0, 3]), shape=(1, 10))
    top_k_rows(shuffled, 5)
    assert shuffled.indices.tolist() == [5, 2, 9]


def test_no_rows_give_no_rows():
    assert top_k_rows(csr_array((0, 4)), 2).shape == (0, 4)


@pytest.mark.parametrize("k", [2, 4, 9])
def test_best_positions_are_best_first_and_ties_by_column(k):
    # Scores 1, 3, 3, 2 in columns 7, 9, 4, 1: positions 2 and 1 tie, column 4 comes first.
    best = best_positions(np.array([1.0, 3.0, 3.0, 2.0]), np.array([7, 9, 4, 1]), k)
    assert best.tolist() == [2, 1, 3, 0][:k]


def test_rows_and_columns_are_scaled_by_their_own_factor():
    matrix = csr_array(np.array([[1.0, 2.0], [0.0, 3.0]]))
    assert scale_rows(matrix, np.array([10, 100])).toarray().tolist() == [[10, 20], [0, 300]]
    assert scale_columns(matrix, np.array([10, 100])).toarray().tolist() == [[10, 200], [0, 300]]
