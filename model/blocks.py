"""Blocks of scores, (n_customers, n_items): sparse or dense, cut and looked up alike."""

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

from model.sparse import row_numbers, top_k_rows

Block = csr_array | NDArray[np.float32]


def dense(block: Block) -> NDArray[np.float32]:
    """The block as a dense array, free to be changed; a dense one is itself."""
    return block if isinstance(block, np.ndarray) else block.toarray()


def keys_of(block: csr_array) -> NDArray[np.int64]:
    """One number for each entry: ``row * n_columns + column``."""
    return row_numbers(block) * block.shape[1] + block.indices


def best_of_rows(block: Block, values: NDArray[np.float32], k: int) -> csr_array:
    """The ``k`` highest positive entries of every row of a block, by changed dense values."""
    if isinstance(block, np.ndarray):
        return top_k_rows(_above_threshold(values, k), k)
    data = values[row_numbers(block), block.indices]
    return top_k_rows(csr_array((data, block.indices, block.indptr), shape=block.shape), k)


def _above_threshold(values: NDArray[np.float32], k: int) -> csr_array:
    """Entries not below the k-th highest of their row, all ties at the threshold included."""
    n_columns = values.shape[1]
    kth = max(n_columns - k, 0)
    threshold = np.partition(values, kth, axis=1)[:, [kth]]
    rows, columns = np.nonzero((values >= threshold) & (values > 0))
    indptr = np.searchsorted(rows, np.arange(len(values) + 1))
    return csr_array((values[rows, columns], columns, indptr), shape=values.shape)


def mean_of_best(best: csr_array) -> NDArray[np.float64]:
    """Mean of every row's entries; 0 for an empty row."""
    counts = np.diff(best.indptr)
    sums = np.bincount(row_numbers(best), best.data, minlength=len(counts))
    return np.divide(sums, counts, out=np.zeros(len(counts)), where=counts > 0)
