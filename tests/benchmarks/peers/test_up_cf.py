import numpy as np
from scipy.sparse import csr_array

from benchmarks.quality.peers.baskets import Baskets
from benchmarks.quality.peers.up_cf import UpCf, recent_popularity


def test_popularity_is_the_share_of_a_customers_last_baskets() -> None:
    # Product 0 in baskets 0 and 2 from the last, product 1 in basket 1; three baskets in all.
    places = np.array([0, 2, 1])
    baskets = Baskets(np.zeros(3, int), np.array([0, 0, 1]), places, np.full(3, 3), (1, 2))
    np.testing.assert_allclose(recent_popularity(baskets, 2).toarray(), [[1 / 2, 1 / 2]])
    np.testing.assert_allclose(recent_popularity(baskets, 9).toarray(), [[2 / 3, 1 / 3]])


def test_similar_customers_count_by_asymmetric_cosine_to_the_power_of_locality() -> None:
    bought = csr_array(np.array([[1, 1, 0, 0], [1, 1, 1, 1]], np.float32))
    scores = UpCf(bought, bought, asymmetry=0.25, locality=2).score(np.array([0]))
    similarity = (2 / (2**0.25 * 4**0.75)) ** 2
    itself = 1.0  # 2 / (2^.25 · 2^.75)
    np.testing.assert_allclose(scores[0], [itself + similarity] * 2 + [similarity] * 2, rtol=1e-6)
