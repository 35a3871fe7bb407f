"""The strongest patterns of a matrix: its leading singular vectors."""

import numpy as np
from scipy.sparse import csr_array
from sklearn.utils.extmath import randomized_svd

from model.matrix import Floats

POWER_ITERATIONS = 3


def patterns(matrix: csr_array, n_vectors: int, seed: int) -> tuple[Floats, Floats]:
    """Leading singular values, best first, and right singular vectors of a sparse matrix.

    Source: Halko et al., "Finding structure with randomness", SIAM Review 2011.

    Returns
    -------
    values, vectors
        Of shapes (n_vectors,) and (n_columns, n_vectors); 0 where the matrix is empty.
    """
    if not matrix.nnz:
        return np.zeros(n_vectors, np.float32), np.zeros((matrix.shape[1], n_vectors), np.float32)
    _, values, vectors = randomized_svd(
        matrix,
        n_vectors,
        n_oversamples=8,
        n_iter=POWER_ITERATIONS,
        power_iteration_normalizer="QR",
        random_state=seed,
    )
    return values, vectors.T
