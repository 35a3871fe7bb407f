"""Revenue captured: the money of the targets that were in the list, over that of all targets."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

from model.columns import VALUE
from model.recommender import Lists
from training.evaluation.tasks import Task
from training.events.log import EventLog


@dataclass(frozen=True)
class Captured:
    """Money of the targets, customer by customer.

    Attributes
    ----------
    total : array of shape (n_users,)
        Money of all of a customer's targets.
    hits : mapping of k to array of shape (n_users,)
        Money of the targets in the first ``k``.
    """

    total: NDArray[np.float64]
    hits: dict[int, NDArray[np.float64]]

    def share(self, k: int) -> NDArray[np.float64]:
        """Share of a customer's money; NaN for one whose targets have no value."""
        undefined = np.full(len(self.total), np.nan)
        return np.divide(self.hits[k], self.total, out=undefined, where=self.total > 0)


def money(future: EventLog) -> csr_array | None:
    """Money that every customer spent on every product, (n_users, n_items); None without values."""
    if VALUE not in future.frame:
        return None
    future = future.settled
    bought = future.where(future.is_purchase)
    shape = (len(future.users), len(future.products))
    return csr_array((paid(bought), (bought.user_rows, bought.item_rows)), shape=shape)


def paid(purchases: EventLog) -> NDArray[np.float64]:
    """Money of every purchase of a log with values; 0 where it has none, or a negative one."""
    return np.maximum(np.nan_to_num(purchases.frame[VALUE].to_numpy(np.float64)), 0.0)


def captured(task: Task, lists: Lists, spent: csr_array, cutoffs: tuple[int, ...]) -> Captured:
    """What the lists of a task's customers capture of the money of its targets."""
    wanted = csr_array(spent[task.user_rows].multiply(task.targets))
    hits = task.hits(lists)
    rows, places = np.nonzero(hits)
    worth = np.zeros(lists.shape)
    worth[rows, places] = _at(wanted, rows, lists[rows, places])
    total = np.asarray(wanted.sum(axis=1), np.float64).ravel()
    return Captured(total, {k: worth[:, :k].sum(axis=1) for k in cutoffs})


def _at(matrix: csr_array, rows: NDArray[np.integer], columns: NDArray[np.integer]) -> NDArray:
    """Some entries of a matrix; scipy gives one for no index at all."""
    return np.asarray(matrix[rows, columns]).ravel() if len(rows) else np.zeros(0)
