"""Events grouped by customer and product, in time that is linear in the events."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numba import njit
from numpy.typing import NDArray

BLOCK_EVENTS = 2_000_000
"""Events that are looked at once, which bounds memory."""

MOST_BITS = 13
"""Events are sorted by that many bits at a time, or fewer: their counts stay in the cache."""


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
    """Group events by a radix sort of their pairs, which keeps those of a pair as they came.

    >>> pairs = pairs_of(np.array([1, 0, 1, 1]), np.array([2, 0, 0, 2]), 2, 3)
    >>> pairs.order.tolist(), pairs.starts.tolist()  # customer 0: event 1; customer 1: 2, 0 and 3
    ([1, 2, 0, 3], [0, 1, 2, 4])
    >>> pairs.indptr.tolist(), pairs.indices.tolist()
    ([0, 1, 3], [0, 0, 2])
    """
    item_bits = max(n_items - 1, 0).bit_length()
    pairs = user_rows.astype(np.int64) << item_bits
    pairs |= item_rows
    pairs, order = _sorted(pairs, max(n_users - 1, 0).bit_length() + item_bits)
    is_first = np.ones(len(pairs) + 1, bool)
    np.not_equal(pairs[1:], pairs[:-1], out=is_first[1:-1])
    starts = np.flatnonzero(is_first)
    pairs = pairs[starts[:-1]]
    counts = np.bincount(pairs >> item_bits, minlength=n_users)
    # SciPy keeps column numbers as wide as row starts.
    indptr = np.concatenate(([0], np.cumsum(counts))).astype(np.int32)
    return Pairs(order, starts, indptr, (pairs & ((1 << item_bits) - 1)).astype(np.int32))


def _sorted(keys: NDArray[np.int64], n_bits: int) -> tuple[NDArray[np.int64], NDArray[np.uint32]]:
    """Keys of so many bits in ascending order, and the place each had; overwrites the given."""
    n_digits = max(-(-n_bits // MOST_BITS), 1)
    places = np.arange(len(keys), dtype=np.uint32)
    spare = np.empty_like(keys), np.empty_like(places)
    return _by_digits(keys, places, *spare, n_digits, -(-n_bits // n_digits))


@njit(nogil=True, cache=True)
def _by_digits(
    keys: NDArray[np.int64],
    places: NDArray[np.uint32],
    spare_keys: NDArray[np.int64],
    spare_places: NDArray[np.uint32],
    n_digits: int,
    bits: int,
) -> tuple[NDArray[np.int64], NDArray[np.uint32]]:
    """Sort by the lowest digit first, equal ones as they come; two of the arrays hold the result.

    Each digit reads in sequence and writes to ``2^bits`` places, however many events there are.
    """
    mask = (1 << bits) - 1
    ends = np.zeros((n_digits, mask + 2), np.int64)
    for key in keys:
        for digit in range(n_digits):
            ends[digit, ((key >> digit * bits) & mask) + 1] += 1
    for digit in range(n_digits):
        end = np.cumsum(ends[digit])
        for place in range(len(keys)):
            value = (keys[place] >> digit * bits) & mask
            spare_keys[end[value]] = keys[place]
            spare_places[end[value]] = places[place]
            end[value] += 1
        keys, spare_keys = spare_keys, keys
        places, spare_places = spare_places, places
    return keys, places
