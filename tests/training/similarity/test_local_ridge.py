"""Regression between products: the closed form, cut to neighbours."""

import numpy as np
import pytest
from scipy.sparse import csr_array

from training.similarity import local_ridge
from training.similarity.local_ridge import LocalRidge

N_USERS, N_ITEMS = 80, 30


@pytest.fixture
def baskets() -> csr_array:
    """Everybody has some products; each product has some customers."""
    rng = np.random.default_rng(4)
    stored = rng.random((N_USERS, N_ITEMS)) < 0.25
    stored[np.arange(N_USERS), np.arange(N_USERS) % N_ITEMS] = True
    return csr_array(rng.uniform(0.5, 2, (N_USERS, N_ITEMS)) * stored).astype(np.float32)


def closed_form(ridge: LocalRidge, matrix: csr_array) -> np.ndarray:
    """``D^-b (G + λ)^-1 G D^b`` on dense arrays, all products neighbours of one another."""
    x = matrix.toarray().astype(np.float64)
    users, items = x.sum(axis=1), x.sum(axis=0)
    scaled = x * users[:, None] ** -ridge.user_exponent * items**-ridge.item_exponent
    gram = scaled.T @ scaled
    penalty = ridge.penalty * (scaled**2).sum() / (x > 0).sum()
    coefficients = np.linalg.solve(gram + penalty * np.eye(len(gram)), gram)
    says = items[:, None] ** -ridge.item_exponent * coefficients * items**ridge.item_exponent
    np.fill_diagonal(says, 0)
    return np.maximum(says, 0)


@pytest.mark.parametrize("penalty", [0.5, 20.0, 500.0])
def test_with_all_products_as_neighbours_it_is_ridge_regression(baskets, penalty):
    ridge = LocalRidge(penalty=penalty, k=N_ITEMS).fit(baskets)
    expected = closed_form(ridge, baskets)
    np.testing.assert_allclose(ridge.similarity_.toarray(), expected, rtol=2e-4, atol=1e-6)


def test_two_neighbours_that_say_the_same_share_it():
    # 40 customers buy a and c, 40 buy neither but d: once with one a, once with two alike.
    one = np.zeros((80, 3), np.float32)
    one[:40, [0, 1]] = 1
    one[40:, 2] = 1
    two = np.column_stack((one, one[:, 0]))
    plain = {"user_exponent": 0.0, "item_exponent": 0.0, "penalty": 1.0}
    alone = LocalRidge(**plain).fit(csr_array(one)).similarity_.toarray()[0, 1]
    shared = LocalRidge(**plain).fit(csr_array(two)).similarity_.toarray()
    assert shared[0, 1] == pytest.approx(shared[3, 1])
    assert shared[0, 1] < alone
    # c, its own predictor among the others, leaves a third of 40 / (3 · 40 + 1) to each of them.
    assert shared[0, 1] == pytest.approx(40 / 121, rel=1e-5)


def test_only_so_many_neighbours_are_kept_and_the_best_ones(baskets):
    every = LocalRidge(k=N_ITEMS).fit(baskets).similarity_.toarray()
    kept = LocalRidge().with_k(4).fit(baskets).similarity_.toarray()
    np.testing.assert_array_equal(np.sort(kept)[:, -4:], np.sort(every)[:, -4:])
    assert ((kept > 0).sum(axis=1) <= 4).all()


def test_a_product_is_regressed_on_those_it_has_most_in_common_with(baskets, monkeypatch):
    monkeypatch.setattr(local_ridge, "OVERLAPS", 5)
    near = LocalRidge(k=N_ITEMS).fit(baskets).similarity_
    assert (np.diff(near.tocsc().indptr) <= 5).all()
    assert np.isfinite(near.data).all()


def test_overlaps_left_out_do_not_blow_up_the_coefficients(monkeypatch):
    # Everybody buys nearly everything: without its small overlaps the system is not definite.
    rng = np.random.default_rng(0)
    dense = csr_array((rng.random((60, 40)) < 0.8).astype(np.float32))
    monkeypatch.setattr(local_ridge, "OVERLAPS", 8)
    near = LocalRidge(penalty=0.5).fit(dense).similarity_
    assert np.abs(near.data).max() < 2


@pytest.mark.parametrize(
    "matrix", [np.zeros((3, 4)), np.array([[1.0, 0.0], [0.0, 1.0]]), np.zeros((0, 0))]
)
def test_products_without_anything_in_common_have_no_neighbours(matrix):
    assert LocalRidge().fit(csr_array(matrix)).similarity_.nnz == 0


def test_a_penalty_that_is_not_above_zero_is_refused():
    with pytest.raises(ValueError, match="penalty is 0; it must be above 0"):
        LocalRidge(penalty=0)
