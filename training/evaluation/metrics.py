"""Ranking metrics per customer, from one array of hits.

Every function takes ``hits`` of shape (n_users, >= k), bool, best rank first, and ``n_targets`` of
shape (n_users,), and gives one number a customer, NaN for a customer without targets. A list that
is empty or shorter than ``k`` simply has no hits there: a miss is 0, only "undefined" is NaN.
"""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

Hits = NDArray[np.bool_]
Counts = NDArray[np.integer]
PerUser = NDArray[np.float64]


def ndcg(hits: Hits, n_targets: Counts, k: int) -> PerUser:
    """``Σ_hits 1/log2(rank + 1)`` over its best possible value with ``min(k, n_targets)`` hits.

    Source: Järvelin and Kekäläinen, "Cumulated gain-based evaluation of IR techniques", 2002.

    >>> ndcg(np.array([[False, True]]), np.array([1]), k=2).round(3).tolist()
    [0.631]
    """
    discounts = 1 / np.log2(np.arange(2, k + 2))
    ideal = np.concatenate(([0.0], np.cumsum(discounts)))[np.minimum(n_targets, k)]
    return _ratio(hits[:, :k] @ discounts[: hits.shape[1]], ideal)


def recall(hits: Hits, n_targets: Counts, k: int) -> PerUser:
    """Share of the targets that are in the first ``k``."""
    return _ratio(hits[:, :k].sum(axis=1), n_targets)


def precision(hits: Hits, n_targets: Counts, k: int) -> PerUser:
    """Share of the ``k`` places that hold a target."""
    return _ratio(hits[:, :k].sum(axis=1), np.where(n_targets > 0, k, 0))


def hit_rate(hits: Hits, n_targets: Counts, k: int) -> PerUser:
    """1 if any target is in the first ``k``, else 0."""
    return _ratio(np.any(hits[:, :k], axis=1), n_targets > 0)


def average_precision(hits: Hits, n_targets: Counts, k: int) -> PerUser:
    """Mean over ``min(k, n_targets)`` of the precision at every hit's rank.

    >>> average_precision(np.array([[True, False, True]]), np.array([2]), k=3).round(3).tolist()
    [0.833]
    """
    first = hits[:, :k]
    at_hits = np.cumsum(first, axis=1) / np.arange(1, first.shape[1] + 1) * first
    return _ratio(at_hits.sum(axis=1), np.minimum(n_targets, k))


def reciprocal_rank(hits: Hits, n_targets: Counts, k: int) -> PerUser:
    """``1 / rank`` of the first hit in the first ``k``, else 0."""
    first = hits[:, :k]
    rank = first.argmax(axis=1) + 1
    return _ratio(first.any(axis=1) / rank, n_targets > 0)


def _ratio(numerator: NDArray, denominator: NDArray) -> PerUser:
    """Elementwise ratio, NaN where the denominator is 0."""
    top, bottom = numerator.astype(np.float64), denominator.astype(np.float64)
    return np.divide(top, bottom, out=np.full(len(top), np.nan), where=bottom > 0)


METRICS: dict[str, Callable[[Hits, Counts, int], PerUser]] = {
    "ndcg": ndcg,
    "recall": recall,
    "precision": precision,
    "hit_rate": hit_rate,
    "map": average_precision,
    "mrr": reciprocal_rank,
}
"""Every metric by its name in ``<task>/<metric>_at_<k>``."""
