"""Item-item similarity: one kernel that covers cosine, TF-IDF, BM25, RP3beta and their kin."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Self

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array, vstack

from model.sparse import row_numbers, scale_columns, scale_rows, top_k_rows
from training.similarity.weighting import WEIGHTINGS

BLOCK_ENTRIES = 5_000_000
"""Multiply-adds of one block, which bounds the memory of its product."""


@dataclass
class ItemKernel:
    """``S_ij = (Σ_u d_u^-a x_ui x_uj)^s · d_i^-p · d_j^-q``, the top ``k`` of every row ``i``.

    ``d`` are sums of squares of a row or column. Cosine is ``a=0, p=q=1/2, s=1``; RP3beta
    (Paudel et al., "Updatable, Accurate, Diverse, and Scalable Recommendations for Interactive
    Applications", ACM TiiS 2017) is ``a=1, p=s, q=beta``. TF-IDF and BM25 weight ``x`` first.

    Attributes
    ----------
    similarity_ : csr_array of shape (n_items, n_items), float32
        No product is its own neighbour; ties go to the lowest item row.
    """

    weighting: str = "plain"
    user_exponent: float = 0.0
    source_exponent: float = 0.5
    target_exponent: float = 0.5
    sharpness: float = 1.0
    k: int = 100

    def with_k(self, k: int) -> "ItemKernel":
        """The same kernel with another number of neighbours."""
        return replace(self, k=k)

    def fit(self, matrix: csr_array, progress: Callable[[int], object] | None = None) -> Self:
        """Learn the neighbours of every product from a (n_users, n_items) matrix.

        ``progress`` is called with the number of products done since the last call.
        """
        weighted = csr_array(WEIGHTINGS[self.weighting](matrix.astype(np.float64)))
        users = _power(_energy(weighted, axis=1), -self.user_exponent)
        sources = _power(_energy(weighted, axis=0), -self.source_exponent)
        targets = _power(_energy(weighted, axis=0), -self.target_exponent)
        by_item = csr_array(weighted.T.tocsr())
        by_user = scale_rows(weighted, users)
        blocks = []
        for start, end in _blocks(by_item, by_user):
            gram = csr_array(by_item[start:end] @ by_user)
            gram.data[gram.indices == row_numbers(gram) + start] = 0
            np.power(gram.data, self.sharpness, out=gram.data, where=gram.data > 0)
            scaled = scale_columns(scale_rows(gram, sources[start:end]), targets)
            blocks.append(top_k_rows(scaled.astype(np.float32), self.k))
            if progress:
                progress(end - start)
        self.similarity_ = csr_array(vstack(blocks, format="csr"))
        return self


def _energy(matrix: csr_array, axis: int) -> NDArray[np.float64]:
    return np.asarray((matrix * matrix).sum(axis=axis))


def _power(values: NDArray[np.float64], exponent: float) -> NDArray[np.float64]:
    """Elementwise power that leaves empty rows and columns at 0."""
    return np.power(values, exponent, out=np.zeros_like(values), where=values > 0)


def _blocks(by_item: csr_array, by_user: csr_array) -> list[tuple[int, int]]:
    """Cut the products into runs of about equal multiply-adds."""
    work_of_user = np.diff(by_user.indptr)
    work = np.add.reduceat(np.append(work_of_user[by_item.indices], 0), by_item.indptr[:-1]) * (
        np.diff(by_item.indptr) > 0
    )
    total = np.concatenate(([0], np.cumsum(work)))
    n_blocks = int(total[-1] // BLOCK_ENTRIES) + 1
    edges = np.searchsorted(total, np.linspace(0, total[-1], n_blocks + 1))
    edges[0], edges[-1] = 0, by_item.shape[0]
    edges = np.unique(edges)
    return [(int(a), int(b)) for a, b in pairwise(edges)]
