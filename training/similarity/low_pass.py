"""The shop's strongest patterns: leading singular vectors of the scaled user-item matrix."""

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array
from sklearn.utils.extmath import randomized_svd

from model.matrix import Floats
from model.sparse import scale_columns, scale_rows
from model.strategies import LowPass
from model.strategies.low_pass import STEPS
from training.config import Knobs

USER_EXPONENT, ITEM_EXPONENT = 0.35, 0.4
SOURCE_EXPONENT, TARGET_EXPONENT = 0.35, 0.4
CUSTOMERS_PER_VECTOR = 30
FEWEST_VECTORS, MOST_VECTORS = 32, 1024
LARGEST_WORK = 6e9
"""Pairs times vectors that are worth the time."""

POWER_ITERATIONS = 3


def low_pass(taste: csr_array, trend: Floats, knobs: Knobs) -> LowPass | None:
    """Learn the filter from a (n_users, n_items) matrix; None where it is off or impossible.

    ``V`` holds the right singular vectors of ``D_u^-a X D_i^-b``, by the randomised method of
    Halko et al., "Finding structure with randomness", SIAM Review 2011.
    """
    users, items = taste.sum(axis=1), taste.sum(axis=0)
    n_vectors = vectors_by_size(taste, int((items > 0).sum()), knobs.low_pass_vectors)
    if n_vectors == 0:
        return None
    scaled = scale_columns(
        scale_rows(taste, _power(users, -USER_EXPONENT)), _power(items, -ITEM_EXPONENT)
    )
    vectors = randomized_svd(
        scaled,
        n_vectors,
        n_oversamples=8,
        n_iter=POWER_ITERATIONS,
        power_iteration_normalizer="QR",
        random_state=knobs.seed,
    )[2].T
    return LowPass(
        np.rint(np.ascontiguousarray(vectors, np.float64) * STEPS),
        _power(items, -SOURCE_EXPONENT).astype(np.float32),
        (_power(items, TARGET_EXPONENT) * trend).astype(np.float32),
    )


def vectors_by_size(taste: csr_array, n_items: int, asked: int) -> int:
    """As many patterns as asked for, or one for 40 customers; fewer than products or customers."""
    n_users = int((np.diff(taste.indptr) > 0).sum())
    most = max(min(n_users, n_items) - 10, 0)
    if asked >= 0:
        return min(asked, most)
    by_size = min(max(n_users // CUSTOMERS_PER_VECTOR, FEWEST_VECTORS), MOST_VECTORS)
    return min(by_size, int(LARGEST_WORK // max(taste.nnz, 1)), most)


def _power(values: NDArray, exponent: float) -> NDArray[np.float64]:
    return np.power(values, exponent, out=np.zeros(len(values)), where=values > 0)
