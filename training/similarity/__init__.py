"""Methods of item-item similarity, all in one table."""

import numpy as np
from scipy.sparse import csr_array

from training.similarity.item_kernel import ItemKernel

ALGORITHMS: dict[str, ItemKernel] = {
    "cosine": ItemKernel(),
    "tfidf": ItemKernel(weighting="tfidf"),
    "bm25": ItemKernel(weighting="bm25"),
    "rp3beta": ItemKernel(
        user_exponent=1.0, source_exponent=0.78, target_exponent=0.17, sharpness=0.78
    ),
    "asymmetric": ItemKernel(
        user_exponent=0.63, source_exponent=0.55, target_exponent=0.19, sharpness=0.93
    ),
}
"""Every algorithm by name; what is one kernel with other exponents is one estimator."""

AUTO = "auto"

DENSE = 0.01
"""From this share of all pairs on, customers have so much in common that BM25 tells them apart."""


def algorithm_for(taste: csr_array, asked: str = AUTO) -> str:
    """Name of the algorithm: the one asked for, or one that suits the matrix, without a search.

    In dense matrices whoever buys everything must count less (BM25); in sparse ones popular
    products must not be divided away (asymmetric). `docs/quality.md` has the figures.

    >>> few = csr_array(np.eye(200))
    >>> algorithm_for(few), algorithm_for(csr_array(np.ones((9, 9)))), algorithm_for(few, "cosine")
    ('asymmetric', 'bm25', 'cosine')
    """
    if asked != AUTO:
        return asked
    customers = int((np.diff(taste.indptr) > 0).sum())
    products = len(np.unique(taste.indices))
    return "bm25" if taste.nnz > DENSE * customers * products else "asymmetric"
