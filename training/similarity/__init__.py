"""Methods of item-item similarity, all in one table."""

from collections.abc import Mapping
from typing import Protocol, Self

import numpy as np
from scipy.sparse import csr_array

from training.config import Knobs
from training.similarity.item_kernel import ItemKernel
from training.similarity.local_ridge import LocalRidge, penalty_for


class Similarity(Protocol):
    """Learns the neighbours of every product from a (n_users, n_items) matrix."""

    similarity_: csr_array

    def with_k(self, k: int) -> "Similarity":
        """The same with another number of neighbours."""
        ...

    def fit(self, matrix: csr_array) -> Self:
        """Fill ``similarity_``, of shape (n_items, n_items)."""
        ...


KERNELS: Mapping[str, ItemKernel] = {
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
"""What is one kernel with other exponents is one estimator."""

RIDGE = "ridge"
ALGORITHMS: Mapping[str, Similarity] = {RIDGE: LocalRidge(), **KERNELS}
"""Every algorithm by name."""

AUTO = "auto"

MOST_REGRESSED = 300_000
"""Products up to which regression is worth its time: a tenth of a millisecond each."""


def similarity_for(taste: csr_array, knobs: Knobs, dated: bool) -> Similarity:
    """The estimator that the configuration and the matrix ask for, not fitted yet."""
    name = algorithm_for(len(np.unique(taste.indices)), knobs.algorithm)
    if name != RIDGE:
        return ALGORITHMS[name].with_k(knobs.k)
    return LocalRidge(penalty=knobs.ridge_penalty * penalty_for(dated), k=knobs.k)


def algorithm_for(n_products: int, asked: str = AUTO) -> str:
    """Name of the algorithm: the one asked for, or what suits as many products, without a search.

    Regression, with which the learnt list is better or level on every log measured
    (`docs/experiments.md`), unless there are very many products: then the kernel that comes next
    where few of the pairs are filled.

    >>> algorithm_for(3), algorithm_for(3, "cosine")
    ('ridge', 'cosine')
    """
    if asked != AUTO:
        return asked
    return RIDGE if n_products <= MOST_REGRESSED else "asymmetric"
