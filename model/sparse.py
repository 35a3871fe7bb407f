"""Sparse rows cut to their best entries, with one rule for ties: the lowest column wins."""

from itertools import pairwise

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

MOST_INT32 = 2**31 - 1
PADDED = 1 << 18
"""Entries of rows that are laid out as one array at once."""


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


def best_of_each(
    scores: NDArray[np.floating], columns: NDArray[np.integer], indptr: NDArray[np.integer], k: int
) -> NDArray[np.int64]:
    """Positions of each row's ``k`` highest scores as `best_positions` orders them; -1 pads.

    Row ``i`` is ``scores[indptr[i]:indptr[i + 1]]``, with the columns aligned. Shape (n_rows, k).

    >>> best_of_each(np.array([1.0, 3.0, 2.0]), np.array([4, 6, 0]), np.array([0, 2, 3]), k=2)
    array([[ 1,  0],
           [ 2, -1]])
    """
    best = np.full((len(indptr) - 1, k), -1)
    for row, (start, end) in enumerate(pairwise(indptr)):
        found = best_positions(scores[start:end], columns[start:end], k)
        best[row, : len(found)] = start + found
    return best


def top_k_rows(matrix: csr_array, k: int) -> csr_array:
    """Keep the ``k`` highest positive entries of every row, columns in ascending order.

    Returns
    -------
    csr_array of the same shape; equal scores are kept in favour of the lowest column.

    Examples
    --------
    >>> rows = csr_array(np.array([[1.0, 3.0, 3.0, 2.0], [0.0, -1.0, 5.0, 0.0]]))
    >>> top_k_rows(rows, k=1).toarray().tolist()
    [[0.0, 3.0, 0.0, 0.0], [0.0, 0.0, 5.0, 0.0]]
    """
    if not matrix.has_sorted_indices:
        matrix = matrix.sorted_indices()
    kept, indptr = best_entries(matrix.data, matrix.indptr, k)
    triple = (matrix.data[kept], matrix.indices[kept], narrow(indptr))
    return csr_array(triple, shape=matrix.shape)


def best_entries(
    data: NDArray, indptr: NDArray[np.integer], k: int
) -> tuple[NDArray[np.int64], NDArray[np.integer]]:
    """Positions of the ``k`` highest positive entries of every row, ascending, and their indptr.

    Row ``i`` is ``data[indptr[i]:indptr[i + 1]]``; equal entries are kept in favour of the first.

    >>> best_entries(np.array([1.0, 3.0, 3.0, 2.0, 5.0]), np.array([0, 4, 5]), k=1)
    (array([1, 4]), array([0, 1, 2]))
    """
    thresholds = _kth_highest(data, indptr, k)
    best = (data >= np.repeat(thresholds, lengths_of(indptr))) & (data > 0)
    kept = np.flatnonzero(best).astype(np.int64, copy=False)
    indptr = np.concatenate(([0], np.cumsum(best)))[indptr]
    excess = lengths_of(indptr) - k
    if not (excess > 0).any():
        return kept, indptr
    rows = np.repeat(np.arange(len(excess)), lengths_of(indptr))
    tied = data[kept] == thresholds[rows]
    ties_until = np.concatenate(([0], np.cumsum(tied)))
    ties_after = ties_until[indptr[rows + 1]] - ties_until[1:]
    is_in = ~tied | (ties_after >= excess[rows])
    return kept[is_in], np.concatenate(([0], np.cumsum(is_in)))[indptr]


def _kth_highest(data: NDArray, indptr: NDArray[np.integer], k: int) -> NDArray:
    """The ``k``-th highest entry of every row; 0 where it has no more than ``k``."""
    lengths = lengths_of(indptr)
    thresholds = np.zeros(len(lengths), data.dtype)
    for rows in _of_like_length(lengths, np.flatnonzero(lengths > k)):
        places = np.arange(lengths[rows].max())
        entries = np.minimum(indptr[rows][:, None] + places, len(data) - 1)
        values = np.where(places < lengths[rows][:, None], data[entries], -np.inf)
        position = len(places) - k
        thresholds[rows] = np.partition(values, position, axis=1)[:, position]
    return thresholds


def _of_like_length(
    lengths: NDArray[np.integer], rows: NDArray[np.integer]
) -> list[NDArray[np.integer]]:
    """Runs of rows, none more than twice as long as another, of about ``PADDED`` entries."""
    if len(rows) < 2:
        return [rows] * len(rows)
    ordered = rows[np.argsort(lengths[rows], kind="stable")]
    powers = np.frexp(lengths[ordered])[1]
    sizes = np.cumsum(lengths[ordered]) // PADDED
    edges = np.flatnonzero(np.diff(powers) | np.diff(sizes)) + 1
    return np.split(ordered, edges)


def places_in(ordered: NDArray[np.integer], keys: NDArray[np.integer]) -> NDArray[np.int64]:
    """Place of each key in an ascending array; -1 where it is not in it.

    >>> places_in(np.array([2, 5, 7]), np.array([7, 3, 2])).tolist()
    [2, -1, 0]
    """
    if not len(ordered):
        return np.full(len(keys), -1)
    keys = keys.astype(ordered.dtype, copy=False)  # or numpy would convert the array
    places = np.minimum(np.searchsorted(ordered, keys), len(ordered) - 1)
    return np.where(ordered[places] == keys, places, -1)


def lengths_of(indptr: NDArray[np.integer]) -> NDArray[np.integer]:
    """Entries of every row; `numpy.diff` does the same more slowly."""
    return indptr[1:] - indptr[:-1]


def narrow(indptr: NDArray[np.integer]) -> NDArray[np.integer]:
    """The same as int32 where it fits: scipy keeps columns as wide as their indptr."""
    return indptr.astype(np.int32 if indptr[-1] <= MOST_INT32 else np.int64)


def row_numbers(matrix: csr_array) -> NDArray[np.int64]:
    """Row of every stored entry, aligned with ``matrix.data``."""
    return np.repeat(np.arange(matrix.shape[0]), lengths_of(matrix.indptr))


def scale_rows(matrix: csr_array, factors: NDArray) -> csr_array:
    """Multiply row ``i`` by ``factors[i]`` without building a diagonal matrix."""
    data = matrix.data * np.repeat(factors, lengths_of(matrix.indptr)).astype(matrix.dtype)
    return csr_array((data, matrix.indices, matrix.indptr), shape=matrix.shape)


def scale_columns(matrix: csr_array, factors: NDArray) -> csr_array:
    """Multiply column ``j`` by ``factors[j]`` without building a diagonal matrix."""
    data = matrix.data * factors.astype(matrix.dtype)[matrix.indices]
    return csr_array((data, matrix.indices, matrix.indptr), shape=matrix.shape)
