import numpy as np
import pytest
from scipy.sparse import csr_array

from training.similarity.scaling import totals


def test_totals_are_those_of_the_dense_matrix():
    matrix = csr_array(np.array([[1.0, 0.0, 2.5], [0.0, 0.0, 4.0]], np.float32))
    assert totals(matrix, 0).tolist() == [1.0, 0.0, 6.5]
    assert totals(matrix, 1).tolist() == [3.5, 4.0]


def test_small_weights_of_millions_of_customers_are_not_lost():
    n = 3_000_000
    weights = np.full(n, 0.1, np.float32)
    product = csr_array((weights, np.zeros(n, np.int32), np.arange(n + 1)), shape=(n, 1))
    assert totals(product, 0)[0] == pytest.approx(n * np.float64(np.float32(0.1)))
    assert product.sum(axis=0)[0] != pytest.approx(n * 0.1, rel=0.01)  # why it is ours
