"""The second stage: LightGBM learns, and its trees become plain arrays."""

import os
from typing import Any

import numpy as np
from numpy.typing import NDArray

from model.trees import MAX_LEAVES, Trees
from training.ranking.examples import Examples

# Threads that wait for one another by spinning keep the cores from others: LightGBM in two
# processes at once took ten times as long. OpenMP looks for this when LightGBM loads it.
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
import lightgbm

N_TREES = 200
PARAMETERS = {
    "objective": "binary",
    "learning_rate": 0.08,
    "num_leaves": MAX_LEAVES - 1,
    "lambda_l2": 10.0,
    "feature_fraction": 0.33,
    "max_bin": 63,
    "deterministic": True,
    "force_row_wise": True,
    "num_threads": 2,  # the same trees by any number
    "verbose": -1,
}
SMALLEST_LEAF, FEWEST_IN_LEAF = 200, 5
SMALLEST_LEAF_SHARE = 0.002
"""A leaf holds at least so many examples, of a small set this share of them, but never fewer."""

MOST_ROWS = 500_000
"""Examples that trees are learnt from at the most; products not bought stand for several then."""


def learn_trees(
    windows: list[Examples], rng: np.random.Generator, bought_weight: float = 1.0
) -> Trees:
    """Predict which candidates are bought, from the examples of several past moments.

    One that was bought counts as ``bought_weight`` examples.
    """
    rows = np.concatenate([window.features for window in windows])
    bought = np.concatenate([window.is_target for window in windows])
    kept, weights = _sampled(bought, rng)
    weights[bought[kept]] *= bought_weight
    smallest = int(min(SMALLEST_LEAF, max(FEWEST_IN_LEAF, SMALLEST_LEAF_SHARE * len(kept))))
    data = lightgbm.Dataset(
        rows[kept], bought[kept].astype(np.int8), weight=weights, feature_name=windows[0].names
    )
    seed = int(rng.integers(2**31))
    parameters = {**PARAMETERS, "min_data_in_leaf": smallest, "seed": seed}
    return as_arrays(lightgbm.train(parameters, data, N_TREES).dump_model())


def _sampled(
    bought: NDArray[np.bool_], rng: np.random.Generator
) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """Rows to learn from and their weights: all that were bought, and a sample of the others."""
    n_bought = int(bought.sum())
    share = min(1.0, max(MOST_ROWS - n_bought, n_bought) / max(len(bought) - n_bought, 1))
    kept = np.flatnonzero(bought | (rng.random(len(bought)) < share))
    return kept, np.where(bought[kept], 1.0, 1.0 / share)


def as_arrays(dumped: dict[str, Any]) -> Trees:
    """LightGBM's own description of its trees, as arrays for `model.trees`."""
    trees = [_Flat(tree["tree_structure"]) for tree in dumped["tree_info"]]
    return Trees(
        tuple(dumped["feature_names"]),
        np.array([tree.columns for tree in trees], np.int32),
        np.array([tree.thresholds for tree in trees], np.float32),
        np.array([tree.kept_leaves for tree in trees], np.uint16),
        np.array([tree.leaves for tree in trees], np.float32),
    )


class _Flat:
    """One tree, its leaves numbered from left to right."""

    def __init__(self, root: dict[str, Any]) -> None:
        n_splits = MAX_LEAVES - 1
        self.columns, self.thresholds = [0] * n_splits, [np.inf] * n_splits
        self.kept_leaves, self.leaves = [0xFFFF] * n_splits, [0.0] * MAX_LEAVES
        self._n_leaves = self._n_splits = 0
        self._visit(root)

    def _visit(self, node: dict[str, Any]) -> None:
        if "leaf_value" in node:
            self.leaves[self._n_leaves] = node["leaf_value"]
            self._n_leaves += 1
            return
        split, first = self._n_splits, self._n_leaves
        self._n_splits += 1
        self._visit(node["left_child"])
        left = sum(1 << leaf for leaf in range(first, self._n_leaves))
        self.columns[split] = node["split_feature"]
        self.thresholds[split] = _not_above(node["threshold"])
        self.kept_leaves[split] = 0xFFFF & ~left
        self._visit(node["right_child"])


def _not_above(threshold: float) -> float:
    """The largest float32 that is not above the threshold: the same split for float32 values."""
    rounded = np.float32(threshold)
    return float(rounded if rounded <= threshold else np.nextafter(rounded, np.float32(-np.inf)))
