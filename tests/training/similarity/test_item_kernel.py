import numpy as np
import pytest
from scipy.sparse import csr_array

from training.similarity import KERNELS
from training.similarity.item_kernel import ItemKernel
from training.similarity.weighting import WEIGHTINGS


def as_the_formula_says(kernel, matrix):
    """``(Σ_u d_u^-a x_ui x_uj)^s · d_i^-p · d_j^-q`` on dense arrays."""
    x = WEIGHTINGS[kernel.weighting](matrix.astype(np.float64)).toarray()
    users, items = (x**2).sum(axis=1), (x**2).sum(axis=0)
    gram = (x * users[:, None] ** -kernel.user_exponent).T @ x
    np.fill_diagonal(gram, 0)
    sources, targets = items**-kernel.source_exponent, items**-kernel.target_exponent
    return gram**kernel.sharpness * sources[:, None] * targets


def random_baskets():
    rng = np.random.default_rng(3)
    stored = rng.random((60, 25)) < 0.3
    stored[np.arange(60), np.arange(60) % 25] = True
    return csr_array(rng.integers(1, 5, (60, 25)) * stored).astype(np.float32)


def test_cosine_of_two_baskets_by_hand():
    # Product 0 is in both baskets, 1 in the first, 2 in the second: 1 / (sqrt 2 · sqrt 1).
    baskets = csr_array(np.array([[1.0, 1.0, 0.0], [1.0, 0.0, 1.0]]))
    half = np.float32(0.5**0.5)
    similarity = ItemKernel(k=1).fit(baskets).similarity_
    assert similarity.toarray().tolist() == [[0, half, 0], [half, 0, 0], [half, 0, 0]]


@pytest.mark.parametrize("name", KERNELS)
def test_every_algorithm_equals_its_formula(name):
    baskets = random_baskets()
    kernel = KERNELS[name].with_k(25).fit(baskets)
    expected = as_the_formula_says(kernel, baskets)
    np.testing.assert_allclose(kernel.similarity_.toarray(), expected, rtol=1e-6, atol=1e-9)


@pytest.mark.parametrize("name", KERNELS)
def test_the_neighbours_kept_are_the_best_ones(name):
    baskets = random_baskets()
    kept = KERNELS[name].with_k(4).fit(baskets).similarity_.toarray()
    every = KERNELS[name].with_k(25).fit(baskets).similarity_.toarray()
    np.testing.assert_array_equal(np.sort(kept)[:, -4:], np.sort(every)[:, -4:])
    assert ((kept > 0).sum(axis=1) <= 4).all()


def test_no_product_is_its_own_neighbour():
    similarity = ItemKernel().fit(random_baskets()).similarity_
    assert not similarity.diagonal().any()


def test_a_product_nobody_bought_has_no_neighbours():
    baskets = csr_array(np.array([[1.0, 1.0, 0.0]]))
    assert ItemKernel().fit(baskets).similarity_.toarray()[2].tolist() == [0, 0, 0]


def test_a_sharpness_that_would_turn_the_order_round_is_refused():
    with pytest.raises(ValueError, match="sharpness is 0; it must be above 0"):
        ItemKernel(sharpness=0)
