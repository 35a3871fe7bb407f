"""Sparse user-item matrices of files, as so many events a pair."""

from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array, load_npz

from training.errors import InputError

MOST_EVENTS = 20
"""Of a pair in a matrix of counts; more say no more."""


def matrix_of(path: Path) -> csr_array:
    """How many events every pair has, from a sparse matrix of any format and type.

    Whole numbers of which 1 is the commonest are counts, up to 20 of a pair; other values, as
    ratings and weights, are one event each. Stored zeros and negative values are none.

    Raises
    ------
    InputError
        If there is no file, it is not scipy's, or it holds no event or a value that is no number.
    """
    try:
        matrix = csr_array(load_npz(path))
    except (OSError, EOFError, ValueError, KeyError) as error:
        told = str(error).splitlines()[0]
        raise InputError(f"{str(path)!r} is no sparse matrix as scipy saves it: {told}") from error
    matrix.sum_duplicates()
    values = matrix.data.astype(np.float64)
    if not np.isfinite(values).all():
        raise InputError(f"{str(path)!r} holds values that are no numbers; allowed: finite ones")
    counted = np.minimum(values, MOST_EVENTS) if _are_counts(values[values > 0]) else values > 0
    matrix.data = np.maximum(counted, 0).astype(np.int64)
    matrix.eliminate_zeros()
    if not matrix.nnz:
        raise InputError(f"{str(path)!r} holds no event; allowed: at least one value above 0")
    return matrix


def _are_counts(values: NDArray[np.float64]) -> bool:
    """Ratings have their commonest value in the middle or at the top, counts at 1."""
    found, often = np.unique(values, return_counts=True)
    return bool(len(found)) and found[often.argmax()] == 1 and bool((found % 1 == 0).all())
