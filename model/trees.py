"""Boosted trees as plain arrays, evaluated with numpy alone.

Every tree has at most 16 leaves. A split whose condition does not hold rules out the leaves of its
left side, so the leaf that a row reaches is the first one that no split has ruled out. All splits
by one feature are decided at once: the place of a value among the feature's thresholds says which
leaves of every tree are left, and that is looked up in a table. The place is looked up too: values
have 16 bits, so a table has them all.

Source: Lucchese et al., "QuickScorer: A Fast Algorithm to Rank Documents with Additive Ensembles of
Regression Trees", SIGIR 2015.
"""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from model.matrix import Floats

MAX_LEAVES = 16
CHUNK_ROWS = 4096
EVERY_LEAF = np.uint16(0xFFFF)

_FIRST_BIT = np.zeros(1 << MAX_LEAVES, np.uint8)
for _bit in reversed(range(MAX_LEAVES)):
    _FIRST_BIT[1 << _bit :: 1 << (_bit + 1)] = _bit

CODES = 1 << 16


def shortened(values: Floats) -> Floats:
    """The same to three digits: float32 without the lower half of its bits (bfloat16).

    >>> shortened(np.array([-1.0, 0.1, 365.2], np.float32)).tolist()
    [-1.0, 0.099609375, 364.0]
    """
    return (values.view(np.uint32) & np.uint32(0xFFFF0000)).view(np.float32)


def _codes(values: Floats) -> NDArray[np.uint16]:
    """The upper halves of float32's bits, of which there are `CODES`."""
    return (values.view(np.uint32) >> np.uint32(16)).astype(np.uint16)


def _values() -> Floats:
    """The value of every code."""
    return (np.arange(CODES, dtype=np.uint32) << np.uint32(16)).view(np.float32)


@dataclass(frozen=True)
class Trees:
    """An additive ensemble.

    Attributes
    ----------
    features : tuple of str
        Names of the columns.
    columns : array of shape (n_trees, 15), int32
        The feature of each split.
    thresholds : array of shape (n_trees, 15), float32
        A row goes left where its value is not above the threshold; +inf for splits that are none.
    kept_leaves : array of shape (n_trees, 15), uint16
        The leaves still possible once the split's condition is known not to hold, as bits.
    leaves : array of shape (n_trees, 16), float32
        Values of the leaves, from left to right.
    """

    features: tuple[str, ...]
    columns: NDArray[np.int32]
    thresholds: Floats
    kept_leaves: NDArray[np.uint16]
    leaves: Floats

    def predict(self, features: Floats) -> Floats:
        """Sum of the trees for each row of (n_rows, n_features), by values that are `shortened`."""
        codes = _codes(np.ascontiguousarray(features.T, np.float32))
        chunks = [
            self._predict(codes[:, start : start + CHUNK_ROWS])
            for start in range(0, len(features), CHUNK_ROWS)
        ]
        return np.concatenate([np.empty(0), *chunks]).astype(np.float32)

    def _predict(self, codes: NDArray[np.uint16]) -> NDArray[np.float64]:
        shape = (codes.shape[1], len(self.leaves))
        possible, left = np.full(shape, EVERY_LEAF), np.empty(shape, np.uint16)
        for table in self._tables:
            possible &= table.left_by(codes[table.column], left)
        reached = _FIRST_BIT.take(possible) + self._first_leaves
        # In float64 from the start: numpy adds up in another order where it casts in between.
        return self._leaf_values.take(reached).sum(axis=1)

    @cached_property
    def _leaf_values(self) -> NDArray[np.float64]:
        return self.leaves.ravel().astype(np.float64)

    @cached_property
    def _first_leaves(self) -> NDArray[np.int64]:
        """Place of every tree's first leaf among all leaves."""
        return np.arange(len(self.leaves)) * MAX_LEAVES

    @cached_property
    def _tables(self) -> list["_Table"]:
        """One table for every feature that the trees look at."""
        used = np.unique(self.columns[np.isfinite(self.thresholds)])
        return [_Table.of(self, column) for column in used]


@dataclass(frozen=True)
class _Table:
    """All splits by one feature.

    Attributes
    ----------
    column : int
    places : array of shape (65536,), uint16
        By a value's code: how many of the splits' thresholds it is above.
    left : array of shape (n_splits + 1, n_trees), uint16
        Row ``i`` has the leaves still possible for a value above the lowest ``i`` thresholds.
    """

    column: int
    places: NDArray[np.uint16]
    left: NDArray[np.uint16]

    @classmethod
    def of(cls, trees: Trees, column: int) -> "_Table":
        rows, places = np.nonzero((trees.columns == column) & np.isfinite(trees.thresholds))
        order = np.argsort(trees.thresholds[rows, places], kind="stable")
        rows, places = rows[order], places[order]
        left = np.full((len(rows) + 1, len(trees.columns)), EVERY_LEAF)
        left[np.arange(len(rows)) + 1, rows] = trees.kept_leaves[rows, places]
        ruled_out = np.bitwise_and.accumulate(left, axis=0)
        above = np.searchsorted(trees.thresholds[rows, places], _values()).astype(np.uint16)
        return cls(column, above, ruled_out)

    def left_by(self, codes: NDArray[np.uint16], out: NDArray[np.uint16]) -> NDArray[np.uint16]:
        """Leaves that the splits leave possible, shape (n_rows, n_trees), written to ``out``."""
        return self.left.take(self.places[codes], axis=0, out=out, mode="clip")
