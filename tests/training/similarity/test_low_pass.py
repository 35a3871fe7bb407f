"""The spectral filter, as neighbours of every product."""

import numpy as np
import pytest
from scipy.sparse import csr_array

from training.similarity.low_pass import LowPass, vectors_for


@pytest.fixture
def matrix() -> csr_array:
    """60 customers and 40 products, of which the last has no customers."""
    stored = np.random.default_rng(2).random((60, 40)) < 0.3
    stored[:, -1] = False
    return csr_array(stored.astype(np.float32))


def dense(matrix: csr_array, n_vectors: int) -> np.ndarray:
    """``D_i^-.35 V Vᵀ D_i^.4`` of ``D_u^-.35 X D_i^-.4``, by a complete decomposition."""
    x = matrix.toarray()[:, :-1].astype(np.float64)
    users, items = x.sum(axis=1), x.sum(axis=0)
    scaled = x * users[:, None] ** -0.35 * items**-0.4
    v = np.linalg.svd(scaled, full_matrices=False)[2][:n_vectors].T
    says = items[:, None] ** -0.35 * (v @ v.T) * items**0.4
    np.fill_diagonal(says, 0)
    return says


def test_it_is_the_projection_on_the_leading_vectors(matrix):
    near = LowPass(n_vectors=30, k=40).fit(matrix).similarity_.toarray()
    expected = np.maximum(dense(matrix, 30), 0)
    # The randomised method leaves the last vectors a little open.
    assert np.abs(near[:-1, :-1] - expected).max() < 0.05
    assert np.corrcoef(near[:-1, :-1].ravel(), expected.ravel())[0, 1] > 0.99
    assert not near[-1].any()
    assert not near[:, -1].any()


def test_all_vectors_leave_nothing_to_smooth(matrix):
    near = LowPass(n_vectors=39, k=40).fit(matrix).similarity_
    assert np.abs(near.toarray()).max() < 1e-3


def test_the_best_are_kept_and_no_product_is_its_own_neighbour(matrix):
    every = LowPass(n_vectors=10, k=40).fit(matrix).similarity_.toarray()
    kept = LowPass(n_vectors=10, k=3).fit(matrix).similarity_.toarray()
    np.testing.assert_array_equal(np.sort(kept)[:, -3:], np.sort(every)[:, -3:])
    assert ((kept > 0).sum(axis=1) <= 3).all()
    assert not kept.diagonal().any()


def sparse_matrix(n_users: int, n_items: int, per_user: int) -> csr_array:
    columns = np.random.default_rng(0).integers(0, n_items, (n_users, per_user)).ravel()
    rows = np.repeat(np.arange(n_users), per_user)
    return csr_array((np.ones(len(rows)), (rows, columns)), shape=(n_users, n_items))


def test_it_is_on_where_few_or_very_many_pairs_are_filled_one_vector_for_thirty_customers():
    assert vectors_for(sparse_matrix(3000, 9000, 4), asked=-1) == 100
    assert vectors_for(sparse_matrix(3000, 300, 6), asked=-1) == 100
    assert vectors_for(sparse_matrix(3000, 900, 4), asked=-1) == 0
    assert vectors_for(sparse_matrix(3000, 900, 4), asked=64) == 64
    assert vectors_for(sparse_matrix(3000, 9000, 4), asked=0) == 0
    assert vectors_for(sparse_matrix(50, 900, 4), asked=64) == 40
    assert vectors_for(csr_array((0, 0)), asked=-1) == 0
    assert vectors_for(csr_array((0, 0)), asked=64) == 1


@pytest.mark.parametrize("matrix", [np.zeros((3, 4)), np.zeros((0, 0)), np.ones((1, 1))])
def test_without_two_products_with_customers_there_are_no_neighbours(matrix):
    assert LowPass(n_vectors=1).fit(csr_array(matrix)).similarity_.nnz == 0
