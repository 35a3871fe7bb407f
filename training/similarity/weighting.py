"""How a user-item matrix is weighted before item-item similarity: plain, TF-IDF or BM25.

A product is the document and a customer the term: who buys everything says little of what belongs
together. (An idf of products would cancel where similarities are divided by products' norms.)
"""

import numpy as np
from scipy.sparse import csr_array

from model.sparse import scale_rows

BM25_K1 = 1.2
BM25_B = 0.75


def plain(matrix: csr_array) -> csr_array:
    """As it is."""
    return matrix


def tfidf(matrix: csr_array) -> csr_array:
    """``x_ui · log(1 + n_items / n_items_of_u)``: customers of few products say more.

    Source: Salton and Buckley, "Term-weighting approaches in automatic text retrieval", 1988.
    """
    return scale_rows(matrix, _idf(matrix))


def bm25(matrix: csr_array) -> csr_array:
    """``idf_u · x (k1 + 1) / (x + k1 (1 - b + b · |i| / mean |i|))``: counts saturate.

    ``|i|`` is the sum of a product's weights. Source: Robertson and Zaragoza, "The Probabilistic
    Relevance Framework: BM25 and Beyond", 2009.
    """
    lengths = np.asarray(matrix.sum(axis=0))
    mean_length = lengths[lengths > 0].mean() if (lengths > 0).any() else 1.0
    norm = BM25_K1 * (1 - BM25_B + BM25_B * lengths / mean_length)
    data = matrix.data * (BM25_K1 + 1) / (matrix.data + norm[matrix.indices])
    saturated = csr_array((data, matrix.indices, matrix.indptr), shape=matrix.shape)
    return scale_rows(saturated, _idf(matrix))


def _idf(matrix: csr_array) -> np.ndarray:
    n_items_of = np.diff(matrix.indptr)
    n_items = len(np.unique(matrix.indices))
    return np.log1p(n_items / np.maximum(n_items_of, 1))


WEIGHTINGS = {"plain": plain, "tfidf": tfidf, "bm25": bm25}
