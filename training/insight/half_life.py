"""How much the half-life matters: `buy_again` over a grid, on the newest window of the past.

The test window is never looked at.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from model.columns import DEFAULT_K
from model.matrix import UserItemMatrix
from model.recommender import items_at
from model.sparse import best_of_each
from model.strategies import BuyAgain
from training.config import Knobs
from training.evaluation.metrics import ndcg
from training.evaluation.tasks import Task, tasks
from training.events.split import Split
from training.fit import bought_again
from training.intervals import Interval, intervals
from training.matrix.items import rebuy_share
from training.matrix.user_item import user_item_matrix

GRID_DAYS = (5.0, 11.0, 22.0, 45.0, 90.0, 180.0, 360.0)
MOST_CUSTOMERS = 500


@dataclass(frozen=True)
class HalfLives:
    """NDCG@10 of ``buy_again`` in task ``all``, by half-life.

    Attributes
    ----------
    found : mapping of half-life in days to Interval
    n_customers : int
        The same customers for every half-life.
    in_use : float
        The half-life of the run's configuration.
    """

    found: dict[float, Interval]
    n_customers: int
    in_use: float


def half_lives(windows: Sequence[Split], knobs: Knobs) -> HalfLives | None:
    """Judge `buy_again` with each half-life on the last window, for some of its customers.

    None where there is no window, the log is undated, or nobody of the past came back.
    """
    if not windows or windows[-1].cutoff is None:
        return None
    window, rng = windows[-1], np.random.default_rng(knobs.seed)
    returned = np.unique(window.future.user_rows[window.future.is_purchase])
    chosen = rng.choice(returned, min(len(returned), MOST_CUSTOMERS), replace=False)
    past, future = (p.where(np.isin(p.user_rows, chosen)) for p in (window.past, window.future))
    grid = sorted({*GRID_DAYS, knobs.half_life_days})
    settings = [knobs.model_copy(update={"half_life_days": days}) for days in grid]
    if not len(past):
        return None
    strategy = _strategy(window, knobs)
    matrices = [user_item_matrix(past, each, window.cutoff) for each in settings]
    task = tasks(matrices[0], future)[0]
    columns = np.column_stack([_ndcg(task, strategy, matrix) for matrix in matrices])
    found = dict(zip(grid, intervals(columns, rng), strict=True))
    return HalfLives(found, len(columns), knobs.half_life_days) if len(columns) else None


def _strategy(window: Split, knobs: Knobs) -> BuyAgain:
    """As all customers of the window make it; their matrix is gone when it is made."""
    matrix = user_item_matrix(window.past, knobs, window.cutoff)
    return BuyAgain(bought_again(rebuy_share(matrix)))


def _ndcg(task: Task, strategy: BuyAgain, matrix: UserItemMatrix) -> NDArray[np.float64]:
    """NDCG@10 of each customer's own products, as they are bought again."""
    own = strategy.own(matrix.histories(task.user_rows))
    lists = items_at(own.indices, best_of_each(own.data, own.indices, own.indptr, DEFAULT_K))
    return ndcg(task.hits(lists), task.n_targets, DEFAULT_K)
