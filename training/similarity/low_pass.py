"""Graph low-pass filter: products that the shop's strongest patterns bring together.

A regression sees what two products have in common; where few pairs are filled, that is little. The
leading singular vectors also relate products that share no customer, and smooth what many share.

Source: Shen et al., "How Powerful is Graph Convolution for Recommendation?" (GF-CF), CIKM 2021.
"""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Self

import numpy as np
from numba import config
from numpy.typing import NDArray
from scipy.sparse import csr_array

from model.blocks import best_of_rows
from model.matrix import Floats
from model.sparse import narrow
from training.similarity.patterns import patterns
from training.similarity.scaling import power, scaled

USER_EXPONENT, ITEM_EXPONENT = 0.35, 0.4
SOURCE_EXPONENT, TARGET_EXPONENT = 0.35, 0.4

SPARSE, DENSE = 0.001, 0.01
"""Shares of filled pairs below and above which the filter adds to what regression knows.

Where few are filled, regression sees little; where many are, as of film ratings, what two products
have in common is mostly what the strongest patterns say. Between them it gives nothing, or takes
(`docs/experiments.md`).
"""

CUSTOMERS_PER_VECTOR = 30
FEWEST_VECTORS, MOST_VECTORS = 32, 1024
LARGEST_WORK = 2e9
"""Pairs times vectors that are worth the time."""

BLOCK_SCORES = 1 << 23
"""Scores that a thread holds at once."""


@dataclass
class LowPass:
    """``S = D_i^-c V Vᵀ D_i^d``, ``V`` the leading right singular vectors of ``D_u^-a X D_i^-b``.

    Attributes
    ----------
    similarity_ : csr_array of shape (n_items, n_items), float32
        The top ``k`` of every row. No product is its own neighbour; ties go to the lowest item row.
    """

    n_vectors: int
    seed: int = 0
    k: int = 100

    def fit(self, matrix: csr_array) -> Self:
        """Learn the neighbours of every product from a (n_users, n_items) matrix."""
        items = matrix.sum(axis=0)
        kept = np.flatnonzero(items)
        r = scaled(matrix, USER_EXPONENT, ITEM_EXPONENT)
        vectors = patterns(csr_array(r[:, kept]).astype(np.float32), self.n_vectors, self.seed)[1]
        sources = vectors * power(items[kept], -SOURCE_EXPONENT)[:, None].astype(np.float32)
        targets = vectors * power(items[kept], TARGET_EXPONENT)[:, None].astype(np.float32)
        self.similarity_ = _best_products(sources, targets, kept, matrix.shape[1], self.k)
        return self


def _best_products(
    sources: Floats,
    targets: Floats,
    kept: NDArray[np.integer],
    n_items: int,
    k: int,
) -> csr_array:
    """The ``k`` best of every row of ``sources @ targetsᵀ``, as rows and columns ``kept``."""
    size = max(BLOCK_SCORES // max(len(kept), 1), 1)

    def best_of(start: int) -> tuple[NDArray, NDArray, Floats]:
        scores = sources[start : start + size] @ targets.T
        own = np.arange(len(scores))
        scores[own, start + own] = 0
        places, indptr = best_of_rows(scores, k)
        near = kept[places % scores.shape[1]].astype(np.int32)
        return np.diff(indptr), near, scores.ravel()[places]

    with ThreadPoolExecutor(config.NUMBA_NUM_THREADS) as threads:  # type: ignore[attr-defined]
        found = list(threads.map(best_of, range(0, max(len(kept), 1), size)))
    counts, near, scores = (np.concatenate(parts) for parts in zip(*found, strict=True))
    lengths = np.zeros(n_items, np.int64)
    lengths[kept] = counts
    indptr = narrow(np.concatenate(([0], np.cumsum(lengths))))
    return csr_array((scores, near, indptr), shape=(n_items, n_items))


def vectors_for(taste: csr_array, asked: int) -> int:
    """As many patterns as asked for, or what suits the matrix; fewer than products or customers,
    and one at the least where some were asked for.

    That is none unless few of its pairs are filled, or very many: then one for 30 customers, up to
    1,024.
    """
    n_users = int((np.diff(taste.indptr) > 0).sum())
    n_items = len(np.unique(taste.indices))
    most = max(min(n_users, n_items) - 10, 1)
    if asked >= 0:
        return min(asked, most)
    if SPARSE * n_users * n_items <= taste.nnz <= DENSE * n_users * n_items:
        return 0
    by_size = min(max(n_users // CUSTOMERS_PER_VECTOR, FEWEST_VECTORS), MOST_VECTORS)
    return min(by_size, int(LARGEST_WORK // taste.nnz), most)
