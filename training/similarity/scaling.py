"""Matrices scaled by powers of what their customers and products weigh."""

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

from model.sparse import scale_columns, scale_rows


def power(values: NDArray, exponent: float) -> NDArray[np.float64]:
    """``values ** exponent``, and 0 for customers and products without anything.

    >>> power(np.array([4.0, 0.0]), -0.5).tolist()
    [0.5, 0.0]
    """
    return np.power(values, exponent, out=np.zeros(len(values)), where=values > 0)


def scaled(matrix: csr_array, user_exponent: float, item_exponent: float) -> csr_array:
    """``D_u^-a X D_i^-b`` of a (n_users, n_items) matrix; ``D`` are its sums by row and column."""
    by_users = scale_rows(matrix, power(matrix.sum(axis=1), -user_exponent))
    return scale_columns(by_users, power(matrix.sum(axis=0), -item_exponent))
