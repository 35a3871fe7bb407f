"""What a method is to the benchmark: fitted on a protocol, it answers tasks with lists."""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from benchmarks.datasets import Protocol
from model.matrix import Histories
from model.recommender import NO_ITEM, Lists, hidden_products
from model.sparse import best_positions
from training.evaluation.evaluate import CUTOFFS
from training.evaluation.tasks import Task

LONGEST = CUTOFFS[-1]
BLOCK_USERS = 256
"""Customers whose scores for all products are held at once."""

Answer = Callable[[list[Task]], list[Lists]]
"""A fitted method: one array of lists, best first, for every task."""

Method = Callable[[Protocol], Answer]

Score = Callable[[NDArray[np.integer]], NDArray[np.floating]]
"""From customers' rows to one row of scores each, over all products."""


class NotForThisError(Exception):
    """A method cannot be asked of this data; the message says why."""


def blocks(n: int) -> list[slice]:
    """Places 0 to ``n`` in blocks of customers."""
    return [slice(start, start + BLOCK_USERS) for start in range(0, n, BLOCK_USERS)]


def best_lists(scores: NDArray[np.floating], hidden: NDArray[np.bool_]) -> Lists:
    """The 20 highest positive scores of every row, best first, ties by lowest column.

    >>> hidden = np.array([[False, False, False, True]])
    >>> best_lists(np.array([[0.0, 2.0, 5.0, 2.0]]), hidden)[0, :4].tolist()
    [2, 1, -1, -1]
    """
    scores = np.where(hidden, 0, scores)
    lists = np.full((len(scores), LONGEST), NO_ITEM, np.int32)
    for row, row_scores in enumerate(scores):
        shown = np.flatnonzero(row_scores > 0)
        best = shown[best_positions(row_scores[shown], shown, LONGEST)]
        lists[row, : len(best)] = best
    return lists


def masked_lists(score: Score, everybody: Histories, task: Task) -> Lists:
    """The 20 best of each customer by some scores, without what the task's scenario hides."""
    hidden = hidden_products(everybody, task.scenario)
    found = [np.empty((0, LONGEST), np.int32)]
    for block in blocks(len(task.user_rows)):
        rows = task.user_rows[block]
        found.append(best_lists(score(rows), hidden[rows].toarray() > 0))
    return np.concatenate(found)
