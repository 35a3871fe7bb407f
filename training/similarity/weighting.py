"""How a user-item matrix is weighted before item-item similarity: plain, TF-IDF or BM25."""

import numpy as np
from scipy.sparse import csr_array

from model.sparse import scale_columns

BM25_K1 = 1.2
BM25_B = 0.75


def plain(matrix: csr_array) -> csr_array:
    """As it is."""
    return matrix


def tfidf(matrix: csr_array) -> csr_array:
    """``x_ui · log(n_users / n_users_of_i)``: rare products say more.

    Source: Salton and Buckley, "Term-weighting approaches in automatic text retrieval", 1988;
    a customer is the document, a product the term.
    """
    return scale_columns(matrix, _idf(matrix))


def bm25(matrix: csr_array) -> csr_array:
    """``idf_i · x (k1 + 1) / (x + k1 (1 - b + b · |u| / mean |u|))``: counts saturate.

    Source: Robertson and Zaragoza, "The Probabilistic Relevance Framework: BM25 and Beyond", 2009.
    """
    lengths = matrix.sum(axis=1)
    mean_length = lengths[lengths > 0].mean() if (lengths > 0).any() else 1.0
    norm = BM25_K1 * (1 - BM25_B + BM25_B * lengths / mean_length)
    per_entry = np.repeat(norm, np.diff(matrix.indptr))
    data = matrix.data * (BM25_K1 + 1) / (matrix.data + per_entry)
    saturated = csr_array((data, matrix.indices, matrix.indptr), shape=matrix.shape)
    return scale_columns(saturated, _idf(matrix))


def _idf(matrix: csr_array) -> np.ndarray:
    n_users_of = np.bincount(matrix.indices, minlength=matrix.shape[1])
    n_users = max(int((np.diff(matrix.indptr) > 0).sum()), 1)
    return np.log1p(n_users / np.maximum(n_users_of, 1))


WEIGHTINGS = {"plain": plain, "tfidf": tfidf, "bm25": bm25}
