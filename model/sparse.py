"""Sparse rows cut to their best entries, with one rule for ties: the lowest column wins."""

from itertools import pairwise

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array


def best_positions(scores: NDArray[np.floating], columns: NDArray[np.integer], k: int) -> NDArray:
    """Positions of the ``k`` highest scores, best first, ties by lowest column.

    >>> best_positions(np.array([1.0, 3.0, 3.0, 2.0]), np.array([7, 9, 4, 1]), k=3).tolist()
    [2, 1, 3]
    """
    if k < len(scores):
        threshold = np.partition(scores, len(scores) - k)[len(scores) - k]
        kept = np.flatnonzero(scores >= threshold)
        return kept[np.lexsort((columns[kept], -scores[kept]))][:k]
    return np.lexsort((columns, -scores))


def top_k_rows(matrix: csr_array, k: int) -> csr_array:
    """Keep the ``k`` highest positive entries of every row, columns in ascending order.

    Returns
    -------
    csr_array of the same shape; equal scores are kept in favour of the lowest column.
    """
    indptr, indices, data = matrix.indptr, matrix.indices, matrix.data
    kept = []
    for start, end in pairwise(indptr):
        positions = np.flatnonzero(data[start:end] > 0)
        if len(positions) > k:
            row = data[start:end][positions]
            positions = positions[best_positions(row, indices[start:end][positions], k)]
        kept.append(positions + start)
    lengths = np.fromiter(map(len, kept), np.int64, len(kept))
    chosen = np.concatenate(kept) if kept else np.empty(0, np.int64)
    result = csr_array(
        (data[chosen], indices[chosen], np.concatenate(([0], np.cumsum(lengths)))),
        shape=matrix.shape,
    )
    result.sort_indices()
    return result


def row_numbers(matrix: csr_array) -> NDArray[np.int64]:
    """Row of every stored entry, aligned with ``matrix.data``."""
    return np.repeat(np.arange(matrix.shape[0]), np.diff(matrix.indptr))


def scale_rows(matrix: csr_array, factors: NDArray) -> csr_array:
    """Multiply row ``i`` by ``factors[i]`` without building a diagonal matrix."""
    data = matrix.data * np.repeat(factors, np.diff(matrix.indptr)).astype(matrix.dtype)
    return csr_array((data, matrix.indices, matrix.indptr), shape=matrix.shape)


def scale_columns(matrix: csr_array, factors: NDArray) -> csr_array:
    """Multiply column ``j`` by ``factors[j]`` without building a diagonal matrix."""
    data = matrix.data * factors.astype(matrix.dtype)[matrix.indices]
    return csr_array((data, matrix.indices, matrix.indptr), shape=matrix.shape)
