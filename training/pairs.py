"""Events grouped by customer and product, in time that is linear in the events."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numba import njit
from numpy.typing import NDArray

BLOCK_EVENTS = 2_000_000
"""Events that are looked at once, which bounds memory."""


@dataclass(frozen=True)
class Pairs:
    """Every customer with every product of theirs.

    Attributes
    ----------
    order : array of shape (n_events,), uint32
        The events by customer, then by product, then as they came.
    starts : array of shape (n_pairs + 1,), int64
        Pair ``p`` has the events ``order[starts[p]:starts[p + 1]]``.
    indptr : array of shape (n_users + 1,), int32
        Customer ``u`` has the pairs ``indptr[u]:indptr[u + 1]``.
    indices : array of shape (n_pairs,), int32
        Product of every pair.
    """

    order: NDArray[np.uint32]
    starts: NDArray[np.int64]
    indptr: NDArray[np.int32]
    indices: NDArray[np.int32]

    def __len__(self) -> int:
        return len(self.indices)

    def blocks(self) -> Iterator[slice]:
        """Runs of pairs with about as many events as are looked at once."""
        n_blocks = max(len(self.order) // BLOCK_EVENTS, 1)
        places = np.linspace(0, len(self.order), n_blocks + 1).astype(np.int64)
        edges = np.unique(np.searchsorted(self.starts, places))
        yield from (slice(*edge) for edge in pairwise(edges.tolist()))

    def events(self, block: slice) -> NDArray[np.uint32]:
        """The events of a run of pairs."""
        return self.order[self.starts[block.start] : self.starts[block.stop]]

    def lengths(self, block: slice) -> NDArray[np.int64]:
        """How many events each pair of a run has."""
        return np.diff(self.starts[block.start : block.stop + 1])


def pairs_of(
    user_rows: NDArray[np.integer], item_rows: NDArray[np.integer], n_users: int, n_items: int
) -> Pairs:
    """Group events by two counting sorts, first by product, then by customer.

    Both are stable, so that within a pair events stay as they came.

    >>> pairs = pairs_of(np.array([1, 0, 1, 1]), np.array([2, 0, 0, 2]), 2, 3)
    >>> pairs.order.tolist(), pairs.starts.tolist()  # customer 0: event 1; customer 1: 2, 0 and 3
    ([1, 2, 0, 3], [0, 1, 2, 4])
    >>> pairs.indptr.tolist(), pairs.indices.tolist()
    ([0, 1, 3], [0, 0, 2])
    """
    users, items = user_rows.astype(np.int32), item_rows.astype(np.int32)
    as_they_came = np.arange(len(users), dtype=np.uint32)
    by_item = _sorted_by(items, as_they_came, n_items)
    order = _sorted_by(users, by_item, n_users)
    starts = _starts(order, users, items)
    first = order[starts[:-1]]
    counts = np.bincount(users[first], minlength=n_users)
    # SciPy keeps column numbers as wide as row starts.
    indptr = np.concatenate(([0], np.cumsum(counts))).astype(np.int32)
    return Pairs(order, starts, indptr, items[first])


@njit(nogil=True, cache=True)
def _sorted_by(
    keys: NDArray[np.int32], events: NDArray[np.uint32], n_keys: int
) -> NDArray[np.uint32]:
    """The events in the order of their keys, those of one key in the order given."""
    places = np.zeros(n_keys + 1, np.int64)
    for key in keys:
        places[key + 1] += 1
    for key in range(n_keys):
        places[key + 1] += places[key]
    ordered = np.empty_like(events)
    for event in events:
        key = keys[event]
        ordered[places[key]] = event
        places[key] += 1
    return ordered


@njit(nogil=True, cache=True)
def _starts(
    order: NDArray[np.uint32], users: NDArray[np.int32], items: NDArray[np.int32]
) -> NDArray[np.int64]:
    """Places in the order where another pair starts, and its end."""
    starts = np.empty(len(order) + 1, np.int64)
    n, user, item = 0, -1, -1
    for place in range(len(order)):
        event = order[place]
        if users[event] != user or items[event] != item:
            user, item = users[event], items[event]
            starts[n] = place
            n += 1
    starts[n] = len(order)
    return starts[: n + 1].copy()
