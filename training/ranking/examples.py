"""What ranking is learnt from: candidates at a past moment, and which of them were bought later."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from model.candidates import Candidates
from model.features import features
from model.matrix import Floats
from model.recommender import BLOCK_USERS, Recommender
from training.evaluation.tasks import Task


@dataclass(frozen=True)
class Examples:
    """Candidates of some customers with their features and outcomes.

    Attributes
    ----------
    candidates : Candidates
    names : list of str
        Names of the features.
    features : array of shape (n_candidates, n_features), float32
    is_target : array of shape (n_candidates,), bool
    n_targets : array of shape (n_customers,)
        All targets of each customer, candidates or not.
    """

    candidates: Candidates
    names: list[str]
    features: Floats
    is_target: NDArray[np.bool_]
    n_targets: NDArray[np.int64]

    def only(self, kept: NDArray[np.bool_]) -> "Examples":
        """Some of the candidates, of the same customers."""
        candidates = self.candidates.only(kept)
        return Examples(
            candidates, self.names, self.features[kept], self.is_target[kept], self.n_targets
        )


def examples(recommender: Recommender, task: Task) -> Examples:
    """Candidates that the task's scenario may show, with what became of them."""
    parts = []
    for start in range(0, len(task.user_rows), BLOCK_USERS):
        stop = start + BLOCK_USERS
        histories = recommender.matrix.histories(task.user_rows[start:stop])
        candidates = recommender.candidates(histories, task.scenario)
        named = features(candidates, histories, recommender.items)
        rows = candidates.customers()
        is_target = np.asarray(task.targets[start:stop][rows, candidates.items]).ravel() > 0
        parts.append((candidates, named, is_target))
    return Examples(
        _joined([candidates for candidates, _, _ in parts]),
        list(parts[0][1]),
        np.concatenate([np.column_stack(list(named.values())) for _, named, _ in parts]),
        np.concatenate([is_target for _, _, is_target in parts]),
        task.n_targets,
    )


def _joined(parts: list[Candidates]) -> Candidates:
    lengths = np.concatenate([np.diff(part.indptr) for part in parts])
    return Candidates(
        np.concatenate(([0], np.cumsum(lengths))),
        np.concatenate([part.items for part in parts]),
        np.concatenate([part.pairs for part in parts]),
        np.concatenate([part.scores for part in parts]),
        parts[0].names,
    )
