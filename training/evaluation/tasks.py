"""What evaluation asks: which customers, which targets, which scenario answers."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

from model.matrix import UserItemMatrix
from model.recommender import hidden_products
from training.events.log import EventLog

LEARNT = {"all": "for_you", "new": "discover"}
"""The tasks that ranking is learnt from, each with the scenario that answers."""

UNSEEN = "unseen"
"""Task and scenario."""

UNKNOWN_CUSTOMERS = "all/customers_0_events"
ONLY_BROWSED = "all/customers_only_browsed"

LEAST_JUDGED = 10
"""Customers; an interval over fewer says nothing."""

MOST_JUDGED = 20_000
"""Customers of a task whose lists a run judges at the most: intervals are narrow then."""

JUDGED_SEED = 0


@dataclass(frozen=True)
class Task:
    """A question to a recommender, with its answers.

    Attributes
    ----------
    name : str
        ``all`` (any future purchase), ``new`` (products that customer never bought before) or
        ``unseen`` (nor looked at).
    scenario : str
        The scenario whose lists are judged, as served.
    user_rows : array of shape (n_users,)
        Customers with a purchase in the past and a target in the future.
    targets : csr_array of shape (n_users, n_items), bool
        Distinct products bought in the future.
    """

    name: str
    scenario: str
    user_rows: NDArray[np.int64]
    targets: csr_array

    def sample(self, n: int, rng: np.random.Generator) -> "Task":
        """At most ``n`` of its customers, drawn at random."""
        if len(self.user_rows) <= n:
            return self
        chosen = np.sort(rng.choice(len(self.user_rows), n, replace=False))
        return Task(self.name, self.scenario, self.user_rows[chosen], self.targets[chosen])

    def among(self, user_rows: NDArray[np.int64]) -> tuple[NDArray[np.bool_], csr_array]:
        """Which of these customers the task asks, and their targets; none for the others."""
        asked = np.isin(user_rows, self.user_rows)
        spread = csr_array(
            (np.ones(asked.sum(), bool), (np.flatnonzero(asked), np.arange(asked.sum()))),
            shape=(len(user_rows), int(asked.sum())),
        )
        places = np.searchsorted(self.user_rows, user_rows[asked])
        return asked, csr_array(spread @ self.targets[places])

    def hits(self, lists: NDArray[np.integer]) -> NDArray[np.bool_]:
        """Which places of the lists, shape (n_users, k), hold a target; padding (-1) does not."""
        n, k = lists.shape
        if not n:
            return np.zeros((0, k), bool)
        rows = np.repeat(np.arange(n), k)
        columns = np.maximum(lists, 0).ravel()
        found = np.asarray(self.targets[rows, columns]).reshape(n, k).astype(bool)
        return found & (lists >= 0)

    @property
    def n_targets(self) -> NDArray[np.int64]:
        """Number of targets of each customer."""
        return np.diff(self.targets.indptr).astype(np.int64)


def tasks(matrix: UserItemMatrix, future: EventLog) -> list[Task]:
    """The tasks that ranking is learnt from, ``all`` and ``new``.

    They ask customers with a purchase in the past, of which ``matrix`` is. Targets never sold in
    the past stay targets, as misses.
    """
    return _known_tasks(LEARNT, matrix, future)


def judged_tasks(matrix: UserItemMatrix, future: EventLog) -> list[Task]:
    """The tasks of a run, of many customers the same random ones whatever its seed.

    Where the log has looks, and enough customers bought what they had not looked at, ``unseen`` is
    one of them: it is ranked as ``new`` is.
    """
    of_looks = {UNSEEN: UNSEEN} if matrix.facts.looks.any() else {}
    asked = _known_tasks(LEARNT | of_looks, matrix, future)
    rng = np.random.default_rng(JUDGED_SEED)
    return [
        task.sample(MOST_JUDGED, rng)
        for task in asked
        if task.name in LEARNT or len(task.user_rows) >= LEAST_JUDGED
    ]


def newcomers(matrix: UserItemMatrix, future: EventLog) -> list[Task]:
    """Customers who buy for the first time, whom no task asks: slices of their own.

    ``all/customers_0_events``: unknown in the past. ``all/customers_only_browsed``: they looked but
    bought nothing. Their targets are all they bought.
    """
    bought_later = _bought(matrix, future)
    has_bought = np.diff(matrix.everybody().bought.indptr) > 0
    is_known = np.diff(matrix.weights.indptr) > 0
    return [
        _task(UNKNOWN_CUSTOMERS, "for_you", bought_later, ~is_known),
        _task(ONLY_BROWSED, "for_you", bought_later.copy(), is_known & ~has_bought),
    ]


def is_newcomers(task: Task) -> bool:
    """Whether it is a slice of its own, which counts in no task's mean."""
    return task.name in (UNKNOWN_CUSTOMERS, ONLY_BROWSED)


def _known_tasks(asked: Mapping[str, str], matrix: UserItemMatrix, future: EventLog) -> list[Task]:
    """What customers of the past buy later, but for what each task's scenario does not show."""
    everybody, bought_later = matrix.everybody(), _bought(matrix, future)
    known = np.diff(everybody.bought.indptr) > 0
    found = []
    for name, scenario in asked.items():
        hidden = bought_later.multiply(hidden_products(everybody, scenario))
        found.append(_task(name, scenario, csr_array(bought_later - hidden), known))
    return found


def _bought(matrix: UserItemMatrix, log: EventLog) -> csr_array:
    """How often each customer bought each product in a log, in the matrix's shape."""
    log = log.settled
    purchases = log.where(log.is_purchase)
    flags = np.ones(len(purchases), np.float32)
    return csr_array((flags, (purchases.user_rows, purchases.item_rows)), matrix.shape)


def _task(name: str, scenario: str, targets: csr_array, known: NDArray[np.bool_]) -> Task:
    targets.eliminate_zeros()
    users = np.flatnonzero(known & (np.diff(targets.indptr) > 0))
    return Task(name, scenario, users, csr_array(targets[users]) > 0)
