"""Boosted trees as plain arrays, evaluated with numpy alone.

Every tree has at most 16 leaves. A split whose condition does not hold rules out the leaves of its
left side, so the leaf that a row reaches is the first one that no split has ruled out, and all
splits of all trees are decided at once, without walking.

Source: Lucchese et al., "QuickScorer: A Fast Algorithm to Rank Documents with Additive Ensembles of
Regression Trees", SIGIR 2015.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from model.matrix import Floats

MAX_LEAVES = 16
CHUNK_ROWS = 1024

_FIRST_BIT = np.zeros(1 << MAX_LEAVES, np.uint8)
for _bit in reversed(range(MAX_LEAVES)):
    _FIRST_BIT[1 << _bit :: 1 << (_bit + 1)] = _bit


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
        """Sum of the trees for each row of (n_rows, n_features)."""
        chunks = [
            self._predict(features[start : start + CHUNK_ROWS])
            for start in range(0, len(features), CHUNK_ROWS)
        ]
        return np.concatenate([np.empty(0, np.float32), *chunks])

    def _predict(self, features: Floats) -> Floats:
        total = np.zeros(len(features))
        every_leaf = np.uint16(0xFFFF)
        by_column = np.ascontiguousarray(features.T)
        for tree in range(len(self.columns)):
            possible = np.full(len(features), every_leaf)
            values = by_column[self.columns[tree]]
            ruled = values > self.thresholds[tree][:, None]
            possible &= np.bitwise_and.reduce(
                np.where(ruled, self.kept_leaves[tree][:, None], every_leaf), axis=0
            )
            total += self.leaves[tree][_FIRST_BIT[possible]]
        return total.astype(np.float32)
