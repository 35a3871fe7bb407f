"""The best entries of every row of a sparse product, which is never held as a whole.

Rows are computed one at a time (Gustavson, "Two Fast Algorithms for Sparse Matrices", ACM TOMS
1978): a row of the left matrix adds up rows of the right one in a dense accumulator, and a list
remembers which of its columns were touched. Candidates above the ``k``-th best seen so far go to a
small buffer that is cut back to ``k`` whenever it is full. Memory is one accumulator a thread, and
the result.

Indices are unsigned throughout: numba then leaves out its test for negative ones, which is a third
of the time.
"""

from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise

import numpy as np
from numba import config, njit
from numpy.typing import NDArray
from scipy.sparse import csr_array

from model.sparse import narrow

BLOCKS = 64
"""Rows are shared out in at most so many blocks of about equal multiply-adds."""

BUFFERED = 4
"""Candidates of a row are held until there are so many times ``k``."""

LOW_HALF = np.uint64(0xFFFFFFFF)
HALF = np.uint64(32)
ONE = np.uint64(1)
SMALLEST_POSITIVE = np.float32(1e-45)

Parts = tuple[NDArray, NDArray, NDArray]
"""``indptr`` (uint64), ``indices`` (uint32) and ``data`` of a CSR matrix."""


def top_k_product(
    left: csr_array,
    right: csr_array,
    k: int,
    *,
    column_factors: NDArray[np.floating] | None = None,
    skip_diagonal_offset: int | None = None,
    n_threads: int | None = None,
) -> csr_array:
    """Keep the ``k`` highest positive entries of every row of ``left @ right · column_factors``.

    Parameters
    ----------
    left : csr_array of shape (n_rows, n_inner)
    right : csr_array of shape (n_inner, n_columns)
        Taken as float32; products are added up in float64, in the order of ``left``'s entries.
    column_factors : array of shape (n_columns,), optional
        Factor on every column of the product; 1 where not given.
    skip_diagonal_offset : int, optional
        Leave out column ``row + offset`` of every row: 0 for a product's similarity to itself, the
        first row's number where ``left`` is a block of rows.
    n_threads : int, optional
        All cores where not given. The answer does not depend on it.

    Returns
    -------
    csr_array of shape (n_rows, n_columns), float32
        Columns ascending. Entries that are equal in float32 are kept in favour of the lowest
        column.

    Raises
    ------
    ValueError
        If the shapes do not fit, or ``k`` is not positive.

    Examples
    --------
    >>> X = csr_array(np.array([[1.0, 1.0, 0.0], [1.0, 1.0, 1.0]]))
    >>> top_k_product(csr_array(X.T.tocsr()), X, k=1, skip_diagonal_offset=0).toarray().tolist()
    [[0.0, 2.0, 0.0], [2.0, 0.0, 0.0], [1.0, 0.0, 0.0]]
    """
    _check(left, right, k)
    n_rows, n_columns = left.shape[0], right.shape[1]
    k = min(k, max(n_columns, 1))
    factors = np.ones(n_columns) if column_factors is None else column_factors
    skipped = -n_rows if skip_diagonal_offset is None else skip_diagonal_offset
    left_parts, right_parts = _parts(left, np.float64), _parts(right, np.float32)
    longest = int(np.diff(right.indptr).max(initial=0))
    blocks = _blocks(_multiply_adds(left_parts, right_parts) + k)

    def best_of(block: tuple[int, int]) -> tuple[NDArray[np.int64], NDArray[np.uint64]]:
        best = np.zeros((block[1] - block[0], k), np.uint64)
        _best_of_rows(left_parts, right_parts, factors, longest, skipped, block[0], best)
        best.sort(axis=1)
        return np.count_nonzero(best, axis=1), best[best > 0]

    lengths, packed = [np.zeros(1, np.int64)], [np.empty(0, np.uint64)]
    n_threads = n_threads or config.NUMBA_NUM_THREADS  # type: ignore[attr-defined]
    with ThreadPoolExecutor(n_threads) as threads:
        for counts, entries in threads.map(best_of, blocks):
            lengths.append(counts)
            packed.append(entries)
    return _unpacked(np.concatenate(lengths), np.concatenate(packed), (n_rows, n_columns))


def _check(left: csr_array, right: csr_array, k: int) -> None:
    if left.shape[1] != right.shape[0]:
        raise ValueError(f"left has {left.shape[1]} columns but right has {right.shape[0]} rows")
    if k < 1:
        raise ValueError(f"k is {k}; it must be at least 1")


def _parts(matrix: csr_array, dtype: type[np.floating]) -> Parts:
    indptr, indices = matrix.indptr.astype(np.uint64), matrix.indices.astype(np.uint32)
    return indptr, indices, matrix.data.astype(dtype, copy=False)


def _blocks(work: NDArray[np.int64]) -> list[tuple[int, int]]:
    """Cut the rows into runs of about equal work."""
    total = np.concatenate(([0], np.cumsum(work)))
    edges = np.searchsorted(total, np.linspace(0, total[-1], BLOCKS + 1))
    edges[0], edges[-1] = 0, len(work)
    return list(pairwise(np.unique(edges).tolist()))


def _unpacked(
    lengths: NDArray[np.int64], packed: NDArray[np.uint64], shape: tuple[int, int]
) -> csr_array:
    """Split the entries: the column is the upper half, the score's bits the lower."""
    columns = (packed >> HALF).astype(np.int32)
    scores = packed.astype(np.uint32).view(np.float32)
    return csr_array((scores, columns, narrow(np.cumsum(lengths))), shape=shape)


@njit(nogil=True, cache=True)
def _multiply_adds(left: Parts, right: Parts) -> NDArray[np.int64]:
    """Multiply-adds of every row of the product."""
    (left_indptr, left_indices, _), (right_indptr, _, _) = left, right
    work = np.zeros(len(left_indptr) - 1, np.int64)
    for row in range(len(work)):
        for p in range(left_indptr[row], left_indptr[row + 1]):
            inner = left_indices[p]
            work[row] += np.int64(right_indptr[inner + ONE] - right_indptr[inner])
    return work


@njit(nogil=True, cache=True)
def _best_of_rows(
    left: Parts,
    right: Parts,
    factors: NDArray[np.floating],
    longest: int,
    skipped: int,
    start: int,
    best: NDArray[np.uint64],
) -> None:
    """Fill ``best`` with the entries of rows from ``start`` on: column above score's bits."""
    indptr, indices, data = left
    accumulator = np.zeros(len(factors))
    touched = np.empty(len(factors) + longest, np.uint32)
    keys = np.empty(BUFFERED * best.shape[1], np.uint64)
    score = np.empty(1, np.float32)
    for row in range(len(best)):
        first, last = np.int64(indptr[start + row]), np.int64(indptr[start + row + 1])
        n_touched = _accumulate(indices[first:last], data[first:last], right, accumulator, touched)
        if 0 <= start + row + skipped < len(accumulator):
            accumulator[start + row + skipped] = 0
        count = _select(touched[:n_touched], accumulator, factors, best.shape[1], keys, score)
        for i in range(count):
            best[row, i] = ((LOW_HALF - (keys[i] & LOW_HALF)) << HALF) | (keys[i] >> HALF)


@njit(nogil=True, cache=True)
def _accumulate(
    inner_rows: NDArray[np.uint32],
    weights: NDArray[np.floating],
    right: Parts,
    accumulator: NDArray[np.float64],
    touched: NDArray[np.uint32],
) -> np.uint64:
    """Add up one row and list its columns: each once, or more often where a sum was 0 midway."""
    indptr, indices, data = right
    n_touched = np.uint64(0)
    for p in range(len(inner_rows)):
        inner, weight = inner_rows[p], weights[p]
        for q in range(indptr[inner], indptr[inner + ONE]):
            column = indices[q]
            before = accumulator[column]
            touched[n_touched] = column
            n_touched += np.uint64(before == 0)
            accumulator[column] = before + weight * data[q]
        if n_touched > len(accumulator):
            n_touched = np.uint64(len(accumulator))
            for every in range(len(accumulator)):
                touched[every] = every
    return n_touched


@njit(nogil=True, cache=True)
def _select(
    touched: NDArray[np.uint32],
    accumulator: NDArray[np.float64],
    factors: NDArray[np.floating],
    k: int,
    keys: NDArray[np.uint64],
    score: NDArray[np.float32],
) -> int:
    """Leave the ``k`` best keys in front and the accumulator at 0; return how many there are.

    A key is the score's bits above the inverted column. Bits of positive floats sort as the floats
    do, so the higher key has the higher score or, on a tie, the lower column.
    """
    bits = score.view(np.uint32)
    floor, lowest_key, count = SMALLEST_POSITIVE, np.uint64(0), 0
    for column in touched:
        value = np.float32(accumulator[column] * factors[column])
        accumulator[column] = 0
        if value >= floor:
            score[0] = value
            key = (np.uint64(bits[0]) << HALF) | (LOW_HALF - column)
            if key > lowest_key:
                keys[count] = key
                count += 1
                if count == len(keys):
                    lowest_key, count = _best_to_the_front(keys, count, k), k
                    bits[0] = np.uint32(lowest_key >> HALF)
                    floor = score[0]
    if count > k:
        _best_to_the_front(keys, count, k)
    return min(count, k)


@njit(nogil=True, cache=True)
def _best_to_the_front(keys: NDArray[np.uint64], count: int, k: int) -> np.uint64:
    """Quickselect of distinct keys, Lomuto's partition without branches; return the ``k``-th."""
    low, high, wanted = np.uint64(0), np.uint64(count), np.uint64(k)
    while low < wanted < high:
        a, b, c = keys[low], keys[(low + high) >> ONE], keys[high - ONE]
        pivot = max(min(a, b), min(max(a, b), c))
        middle = low
        for i in range(low, high):
            key = keys[i]
            keys[i], keys[middle] = keys[middle], key
            middle += np.uint64(key >= pivot)
        if middle == high:  # two keys, in order: of three or more the median is not the lowest
            break
        low, high = (low, middle) if middle >= wanted else (middle, high)
    lowest = keys[0]
    for i in range(1, k):
        lowest = min(lowest, keys[i])
    return lowest
