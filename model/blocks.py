"""Blocks of scores, (n_customers, n_items), as dense arrays: computed, cut and averaged."""

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csc_array, csr_array

from model.sparse import MOST_INT32, best_entries, lengths_of, row_numbers

Block = NDArray[np.float32]

SMALLEST_POSITIVE = np.finfo(np.float32).smallest_subnormal

GROUP = 16
"""Columns of which the highest stands for all while a row's threshold is looked for."""


def keys_of(block: csr_array) -> NDArray[np.int64]:
    """One number for each entry: ``row * n_columns + column``."""
    return row_numbers(block) * block.shape[1] + block.indices


def product(left: csr_array, right: csr_array) -> Block:
    """The dense product of two sparse matrices of float32.

    Every row adds up rows of ``right`` in the order of its own entries, so it is the same in any
    block. One sparse matrix times a vector does it: entry ``e`` of ``left`` is its column ``e``.
    """
    added = right[left.indices]  # a copy, whose columns may be moved to where their row begins
    shape = (left.shape[0] * right.shape[1], left.nnz)
    begin = row_numbers(left) * right.shape[1]
    columns: NDArray[np.integer] = added.indices
    if shape[0] <= MOST_INT32:
        columns += np.repeat(begin.astype(columns.dtype), lengths_of(added.indptr))
    else:
        columns = columns + np.repeat(begin, lengths_of(added.indptr))
    spread = csc_array((added.data, columns, added.indptr), shape=shape)
    return (spread @ left.data).reshape(left.shape[0], right.shape[1])


def best_of_rows(values: Block, k: int) -> tuple[NDArray[np.int64], NDArray[np.integer]]:
    """The ``k`` highest positive entries of every row; ties go to the lowest column.

    Returns
    -------
    Their places ``row * n_columns + column``, ascending, and the indptr that parts them into rows.
    """
    n_rows, n_columns = values.shape
    least = np.maximum(_not_above_kth(values, k), SMALLEST_POSITIVE)
    places = np.flatnonzero(values >= least[:, None])
    indptr = np.searchsorted(places, np.arange(n_rows + 1) * n_columns)
    best, indptr = best_entries(values.ravel()[places], indptr, k)
    return places[best], indptr


def _not_above_kth(values: Block, k: int) -> Block:
    """A number for every row that its ``k``-th highest entry is not below.

    The ``k``-th highest of the groups' maxima: ``k`` groups have an entry as high as that.
    """
    n_groups = values.shape[1] // GROUP
    if n_groups < k:
        return np.zeros(len(values), np.float32)
    grouped = values[:, : n_groups * GROUP].reshape(len(values), GROUP, n_groups)
    return np.partition(grouped.max(axis=1), n_groups - k, axis=1)[:, n_groups - k]


def mean_of_best(scores: NDArray, indptr: NDArray[np.integer], k: int) -> NDArray[np.float64]:
    """Mean of the ``k`` highest positive entries of every row; 0 for a row without any."""
    best, indptr = best_entries(scores, indptr, k)
    counts = lengths_of(indptr)
    sums = np.bincount(np.repeat(np.arange(len(counts)), counts), scores[best], len(counts))
    return np.divide(sums, counts, out=np.zeros(len(counts)), where=counts > 0)
