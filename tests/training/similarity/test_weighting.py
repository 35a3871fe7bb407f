import numpy as np
import pytest
from scipy.sparse import csr_array

from training.similarity import KERNELS
from training.similarity.weighting import BM25_B, BM25_K1, bm25, tfidf

# Ann bought all three products, Bob the first two, Cid the third twice.
BASKETS = csr_array(np.array([[1.0, 1.0, 1.0], [1.0, 1.0, 0.0], [0.0, 0.0, 2.0]]))


def test_tfidf_counts_customers_of_few_products_more():
    ann, bob, cid = np.log1p(3 / 3), np.log1p(3 / 2), np.log1p(3 / 1)
    expected = [[ann, ann, ann], [bob, bob, 0], [0, 0, 2 * cid]]
    np.testing.assert_allclose(tfidf(BASKETS).toarray(), expected)


def test_bm25_saturates_counts_and_damps_products_of_many_purchases():
    # Products weigh 2, 2 and 3: on the average 7/3.
    light, heavy = (BM25_K1 * (1 - BM25_B + BM25_B * length / (7 / 3)) for length in (2, 3))
    one = (BM25_K1 + 1) / (1 + light) * np.log1p(3 / 2)
    two = 2 * (BM25_K1 + 1) / (2 + heavy) * np.log1p(3 / 1)
    weighted = bm25(BASKETS).toarray()
    assert weighted[1, 0] == pytest.approx(one)
    assert weighted[2, 2] == pytest.approx(two)


@pytest.mark.parametrize("name", ["tfidf", "bm25"])
def test_weighting_makes_another_similarity_than_cosine(name: str):
    cosine, weighted = (KERNELS[kind].fit(BASKETS).similarity_ for kind in ("cosine", name))
    assert abs(cosine - weighted).max() > 0.01


def test_a_matrix_without_entries_stays_empty():
    empty = csr_array((2, 3), dtype=np.float64)
    assert tfidf(empty).nnz == bm25(empty).nnz == 0
