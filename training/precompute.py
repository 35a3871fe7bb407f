"""Answers for known customers, computed once when the model is made."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from model.columns import MAX_K
from model.matrix import UserItemMatrix
from model.recommender import NO_PLACE, Recommender
from training.lists import lists_of

PRECOMPUTED = ("for_you", "discover")
"""Scenarios whose lists are kept; those of the others are computed when they are asked for."""

MOST_KEPT = 100_000
"""Customers whose lists are kept by default: time and size of a model stay bounded."""


def with_lists(
    recommender: Recommender,
    advance: Callable[[int], object] | None = None,
    kept: int = -1,
    n_workers: int | None = None,
) -> Recommender:
    """The same recommender with the answers for known customers kept beside it.

    The lists are what ``recommend`` would compute, so keeping them changes speed and nothing else;
    nor does the number of threads, which is one for every processor.
    """
    rows = latest_customers(recommender.matrix, n_kept(recommender.matrix, kept))
    lists = lists_of(recommender, rows, MAX_K, PRECOMPUTED, advance, n_workers)
    return replace(recommender, lists=lists, places=_places(rows, recommender.matrix.shape[0]))


def n_kept(matrix: UserItemMatrix, asked: int = -1) -> int:
    """Customers whose lists are kept: as many as asked for, or up to 100,000."""
    return min(matrix.shape[0], MOST_KEPT if asked < 0 else asked)


def _places(rows: NDArray[np.int64], n_users: int) -> NDArray[np.int32]:
    """Where each customer's list is: -1 for one without; nothing where everybody has one."""
    if len(rows) == n_users:
        return np.empty(0, np.int32)
    places = np.full(n_users, NO_PLACE, np.int32)
    places[rows] = np.arange(len(rows))
    return places


def latest_customers(matrix: UserItemMatrix, n: int) -> NDArray[np.int64]:
    """Rows of the ``n`` customers who were seen last, ascending; ties go to the lowest row."""
    n_users = matrix.shape[0]
    if n >= n_users:
        return np.arange(n_users)
    has_events = np.flatnonzero(np.diff(matrix.weights.indptr))
    unseen_days = np.full(n_users, np.inf, np.float32)
    starts = matrix.weights.indptr[has_events]
    unseen_days[has_events] = np.minimum.reduceat(matrix.facts.age_days, starts)
    return np.sort(np.argsort(unseen_days, kind="stable")[:n])
