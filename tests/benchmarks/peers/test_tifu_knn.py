import numpy as np
from scipy.sparse import csr_array

from benchmarks.quality.peers.baskets import Baskets
from benchmarks.quality.peers.tifu_knn import TifuKnn, customer_vectors


def one_product_a_basket(n: int) -> Baskets:
    """One customer whose i-th basket from the last holds product i alone."""
    places = np.arange(n)
    return Baskets(np.zeros(n, int), places, places, np.full(n, n), (1, n))


def test_baskets_decay_within_their_group_and_groups_within_the_customer() -> None:
    vector = customer_vectors(one_product_a_basket(4), 2, basket_decay=0.9, group_decay=0.7)
    # Two groups of two: each basket is half of its group, each group half of the customer.
    expected = [1 / 4, 0.9 / 4, 0.7 / 4, 0.7 * 0.9 / 4]
    np.testing.assert_allclose(vector.toarray()[0], expected, rtol=1e-6)


def test_the_oldest_group_may_hold_fewer_baskets() -> None:
    vector = customer_vectors(one_product_a_basket(3), 2, basket_decay=0.9, group_decay=0.7)
    # The newest two fill a group; the oldest is a group of its own, not halved.
    np.testing.assert_allclose(vector.toarray()[0], [1 / 4, 0.9 / 4, 0.7 / 2], rtol=1e-6)


def test_the_nearest_customers_are_averaged_beside_the_customers_own() -> None:
    vectors = csr_array(np.array([[1, 0, 0], [1, 1, 0], [0, 0, 9], [0.5, 0, 1]], np.float32))
    scores = TifuKnn(vectors, k=2, own_share=0.7).score(np.array([0]))
    # Squared distances of customer 0: to 1 it is 1, to 2 it is 82, to 3 it is 1.25.
    mean = np.array([(1 + 0.5) / 2, 1 / 2, 1 / 2])
    np.testing.assert_allclose(scores[0], [0.7 * 1, 0, 0] + 0.3 * mean, rtol=1e-6)


def test_customers_without_purchases_are_nobodys_neighbours() -> None:
    vectors = csr_array(np.array([[1, 0], [0, 0], [0, 2]], np.float32))
    scores = TifuKnn(vectors, k=1, own_share=0.5).score(np.array([0]))
    np.testing.assert_allclose(scores[0], [0.5, 1])  # customer 2, though 1 is nearer
